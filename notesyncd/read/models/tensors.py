"""What the head of a safetensors file tells: the weights' names, types and sizes. No library is needed to list models.

The form is described at https://huggingface.co/docs/safetensors: eight bytes with the head's length, the head in JSON,
the weights.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_LENGTH = 8  # bytes, little-endian
_LONGEST_HEAD = 100_000_000  # bytes: the library's own limit
_OWN = "__metadata__"


class DamagedFile(Exception):  # noqa: N818 - named by what it is
    """A file that is no whole safetensors file; ``str()`` says what is wrong with it, without its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tensor:
    """One tensor of weights: its type as the file names it (``BF16``), and its bytes."""

    name: str
    kind: str
    size: int


def tensors_of(file: Path) -> list[Tensor]:
    """Return the tensors of a file, which must be as long as its head says.

    Raises:
        DamagedFile: it is cut off, too long, or no such file.
        OSError: it can't be read.
    """
    with file.open("rb") as stream:
        size = file.stat().st_size
        length = int.from_bytes(stream.read(_LENGTH), "little")
        if not 0 < length <= min(_LONGEST_HEAD, size - _LENGTH):
            raise DamagedFile("is cut off, or no safetensors file")
        try:
            head = json.loads(stream.read(length))
            entries = {name: entry for name, entry in head.items() if name != _OWN}
            tensors = [_tensor(name, entry) for name, entry in entries.items()]
            end = max((entry["data_offsets"][1] for entry in entries.values()), default=0)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError, RecursionError) as error:
            raise DamagedFile("is no safetensors file") from error
    if _LENGTH + length + end != size:
        raise DamagedFile(f"has {size} bytes where its head says {_LENGTH + length + end}")
    return tensors


def _tensor(name: str, entry: Any) -> Tensor:
    begin, end = entry["data_offsets"]
    if not isinstance(begin, int) or not isinstance(end, int) or not 0 <= begin <= end:
        raise ValueError(name)
    return Tensor(name=name, kind=str(entry["dtype"]), size=end - begin)
