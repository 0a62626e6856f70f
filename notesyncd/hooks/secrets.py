"""Secrets in settings: named in the configuration, kept elsewhere, and never shown."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, SecretStr, ValidationInfo

_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")
_LONGEST = 64 << 10  # bytes; tokens have some hundred
_FORMS = 'give { env = "NAME" } or { file = "/full/path" }'


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretRules:
    """What holds for secrets while a file of settings is validated; handed over as pydantic's ``context``.

    Attributes:
        exposed_file: the file of settings itself, if others can read it: then no secret may stand in it.
    """

    exposed_file: Path | None = None


def _resolve(value: object, info: ValidationInfo) -> object:
    """Turn what stands in the settings into the secret. No message ever holds a value that may be the secret."""
    if isinstance(value, SecretStr):
        return value
    if isinstance(value, str):
        if isinstance(info.context, SecretRules) and info.context.exposed_file is not None:
            raise ValueError(
                f"a secret stands in a file that others can read; run: chmod 600 {info.context.exposed_file}, "
                f"or better keep it elsewhere and {_FORMS}"
            )
        return _whole(value)
    match value:
        case {"env": str(name), **rest} if not rest:
            return _whole(_from_environment(name))
        case {"file": str(name), **rest} if not rest:
            return _whole(_from_file(name))
    raise ValueError(_FORMS)


def _from_environment(name: str) -> str:
    if name in os.environ:
        return os.environ[name]
    if _VARIABLE.fullmatch(name):
        raise ValueError(f"the environment variable {name} is not set")
    raise ValueError("`env` takes the name of an environment variable that is set, never the secret itself")


def _from_file(name: str) -> str:
    path = Path(name).expanduser()
    if not path.is_absolute():
        raise ValueError("`file` takes the full path of a file that holds the secret, never the secret itself")
    try:
        with path.open("rb") as file:
            if is_readable_by_others(os.fstat(file.fileno()).st_mode):
                raise ValueError(f"{path} can be read by others; run: chmod 600 {path}")
            return file.read(_LONGEST).decode().strip()
    except UnicodeDecodeError:
        raise ValueError(f"{path} holds no text") from None
    except OSError as error:
        raise ValueError(f"{path} can't be read: {error.strerror}") from None


def _whole(secret: str) -> str:
    if not secret.strip():
        raise ValueError(f"the secret is empty; {_FORMS}")
    return secret


def is_readable_by_others(mode: int) -> bool:
    """Say whether a file's mode lets its group or everybody read or change it, as ssh asks of its keys."""
    return bool(stat.S_IMODE(mode) & (stat.S_IRWXG | stat.S_IRWXO))


def secret_source(value: Any) -> str:
    """Say in words where a secret of the settings comes from, without it."""
    if isinstance(value, Mapping):
        for form in ("env", "file"):
            if isinstance(value.get(form), str):
                return f"{form} {value[form]}"
    return "file"


Secret = Annotated[SecretStr, BeforeValidator(_resolve)]
"""Type of a setting that is a secret: ``{ env = "NAME" }``, ``{ file = "/path" }`` (a file only its owner can read), or
the text itself where the file of settings can be read by its owner alone. ``get_secret_value()`` gives it."""
