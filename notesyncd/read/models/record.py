"""What is kept of a fetched model, in its own folder: where it came from, at which commit, and each file's sha256."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from notesyncd.read.models.contents import is_weights
from notesyncd.read.models.digest import weights_digest
from notesyncd.read.models.places import write_whole

NAME = "notesyncd-model.json"
_LONGEST = 1 << 20  # bytes

_Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
_FileName = Annotated[str, StringConstraints(pattern=r"^[^/\\\x00]+$", max_length=255)]


class FileRecord(BaseModel):
    """One file as it was fetched and verified."""

    model_config = ConfigDict(frozen=True)

    size: int = Field(ge=0)
    sha256: _Sha256


class Record(BaseModel):
    """A fetched model."""

    model_config = ConfigDict(frozen=True)

    form: Literal["notesyncd.model/1"] = "notesyncd.model/1"
    hub: str
    revision: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}$")]
    fetched: datetime
    files: Mapping[_FileName, FileRecord]

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(file.size for file in self.files.values())

    @property
    def digest(self) -> str:
        """Of its weights, as ``folder_digest`` would have it."""
        weights = ((name, file) for name, file in self.files.items() if is_weights(name))
        return weights_digest((name, file.size, file.sha256) for name, file in weights)


def read_record(folder: Path) -> Record | None:
    """Return the record of a model's folder; None where it has none, or a damaged one."""
    try:
        with (folder / NAME).open("rb") as file:
            return Record.model_validate_json(file.read(_LONGEST))
    except (OSError, ValidationError):
        return None


def write_record(folder: Path, record: Record) -> None:
    """Put a record into a model's folder.

    Raises:
        OSError: it can't be written.
    """
    write_whole(folder / NAME, record.model_dump_json(indent=1))


def files_of_wrong_size(folder: Path, record: Record) -> list[str]:
    """Return the names of recorded files that are missing or have another size; nothing is read."""
    return [name for name, file in record.files.items() if _size(folder / name) != file.size]


def _size(file: Path) -> int | None:
    try:
        return file.stat().st_size if file.is_file() else None
    except OSError:
        return None
