"""What is wrong with a configuration, in words: where it stands, what it is, how to mend it; never a value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from notesyncd.config.lines import Key, line_of
from notesyncd.domain.errors import ConfigError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

# Settings of the documentation's later chapters; a user who copies one should learn more than "unknown".
_LATER = frozenset(("notify", "route", "service", "web"))
_EXPECTED = {
    "string": "text",
    "path": "text: a path",
    "int": "a whole number",
    "float": "a number",
    "finite": "a number",
    "bool": "true or false",
    "tuple": "a list",
    "list": "a list",
    "dict": "a table",
    "model": "a table",
}
_BOUNDS = {
    "greater_than": ("more than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("at most", "le"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong: the setting's key and what to do about it."""

    key: Key
    message: str


def problems_of(error: ValidationError, model: type[BaseModel], *, below: Key = ()) -> Iterator[Problem]:
    """Turn pydantic's errors of ``model``, which stands at the key ``below``, into problems."""
    for detail in error.errors(include_input=False, include_url=False):
        key = (*below, *detail["loc"])
        yield Problem(key=key, message=_message(detail, model, key, detail["loc"]))


def _message(detail: ErrorDetails, model: type[BaseModel], key: Key, location: Key) -> str:
    match detail["type"]:
        case "extra_forbidden":
            return unknown(key, known=_names_at(model, location[:-1]))
        case "missing":
            about = _description(model, location)
            return f"is missing{f' ({about})' if about else ''}"
        case "value_error":
            return str(detail["ctx"]["error"])
        case "tuple_type" if key == ("watch",):
            return "must be a list of tables: write [[watch]], in double brackets, above each folder"
    return _expectation(detail)


def _expectation(detail: ErrorDetails) -> str:
    """Say what the value must be; a value itself is never shown."""
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "literal_error":
        return f"must be one of {context['expected']}"
    if kind == "string_too_short" and context["min_length"] == 1:
        return "must not be empty"
    if kind in _BOUNDS:
        words, name = _BOUNDS[kind]
        return f"must be {words} {context[name]:g}"
    expected = _EXPECTED.get(kind.partition("_")[0])
    if expected and kind.endswith(("_type", "_parsing", "_number")):
        return f"must be {expected}"
    return detail["msg"]


def unknown(key: Key, known: Iterable[str]) -> str:
    """Say that there is no such setting, and which was probably meant."""
    if ".".join(part for part in key if isinstance(part, str)) in _LATER:
        return "not in this version"
    return f"unknown key{did_you_mean(str(key[-1]), known)}"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return the end of a sentence that offers the nearest known name, or names them all."""
    names = sorted(known)
    near = get_close_matches(name, names, n=1)
    if near:
        return f"; did you mean '{near[0]}'?"
    return f"; there are: {', '.join(names)}" if names else ""


def _names_at(model: type[BaseModel], location: Sequence[str | int]) -> list[str]:
    """Return the names of the settings in the table at ``location``; none where it is no table of known settings."""
    found = _walk(model, location)
    return list(found.model_fields) if found else []


def _walk(model: type[BaseModel], location: Sequence[str | int]) -> type[BaseModel] | None:
    for part in location:
        if isinstance(part, int):
            continue
        field = model.model_fields.get(part)
        inner = field.annotation if field else None
        candidates = (inner, *getattr(inner, "__args__", ()))
        models = [kind for kind in candidates if isinstance(kind, type) and issubclass(kind, BaseModel)]
        if not models:
            return None
        model = models[0]
    return model


def _description(model: type[BaseModel], location: Sequence[str | int]) -> str | None:
    table = _walk(model, location[:-1])
    field = table.model_fields.get(str(location[-1])) if table else None
    return field.description.rstrip(".") if field and field.description else None


def config_error(file: Path, text: str, table: Mapping[str, Any], problems: Sequence[Problem]) -> ConfigError:
    """Return one error that lists all problems, each with its line in the file where it can be found."""
    numbered = [(line_of(text, problem.key), problem) for problem in problems]
    numbered.sort(key=lambda pair: pair[0] or 0)
    lines = [
        f"{file}{f':{line}' if line else ''}: {_shown(problem.key, table)}: {problem.message}"
        for line, problem in numbered
    ]
    return ConfigError("\n".join(lines))


def _shown(key: Key, table: Mapping[str, Any]) -> str:
    """Return a key as people write it; ``#2`` where there are several: ``watch#2.folder``."""
    shown = ""
    value: Any = table
    for part in key:
        if isinstance(part, int):
            many = not isinstance(value, list) or len(value) > 1
            shown += f"#{part + 1}" if many else ""
        else:
            shown += f".{part}" if shown else part
        try:
            value = value[part]
        except (LookupError, TypeError):
            value = {}
    return shown
