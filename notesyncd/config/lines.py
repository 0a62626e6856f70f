"""Finds the line of a TOML file where a setting stands, for error messages; ``tomllib`` keeps no positions."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

Key = tuple[str | int, ...]
"""Way to a setting: names of tables and keys, and numbers from 0 inside arrays: ``("watch", 1, "folder")``."""

_NAME = r"""(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')"""
_DOTTED = rf"{_NAME}(?:\s*\.\s*{_NAME})*"
_HEADER = re.compile(rf"^\s*(?P<open>\[\[?)\s*(?P<key>{_DOTTED})\s*\]")
_ASSIGNMENT = re.compile(rf"^\s*(?P<key>{_DOTTED})\s*=")


def line_of(text: str, key: Key) -> int | None:
    """Return the line (from 1) where ``key`` stands, else where the innermost table around it begins, else None.

    ``text`` is valid TOML. What stands in an inline table has the line of that table.
    """
    best, matched, inside = None, 0, None
    for number, found in _keys(text):
        if len(found) > matched and key[: len(found)] == found:
            best, matched = number, len(found)
        elif inside is None and found[: len(key)] == key:
            inside = number
    # A table may have no line of its own: [[route]] only ever begins a part of it.
    return inside if inside and matched < len(key) else best


def _keys(text: str) -> Iterator[tuple[int, Key]]:
    """Yield line and key of each table header and assignment, in the order of the file."""
    arrays: dict[Key, int] = {}
    table: Key = ()
    quoted = False
    for number, line in enumerate(text.splitlines(), start=1):
        inside, quoted = quoted, quoted ^ _toggles(line)
        if inside:
            continue
        if header := _HEADER.match(line):
            table = _numbered(_names(header["key"]), arrays)
            if header["open"] == "[[":
                arrays[table] = arrays.get(table, -1) + 1
                table = (*table, arrays[table])
            yield number, table
        elif assignment := _ASSIGNMENT.match(line):
            yield number, (*table, *_names(assignment["key"]))


def _toggles(line: str) -> bool:
    """Say whether a multi-line string begins or ends on this line."""
    return (line.count('"""') + line.count("'''")) % 2 == 1


def _names(dotted: str) -> tuple[str, ...]:
    """Split a dotted key, quoted parts and all, by the parser itself."""
    names = []
    value: Any = tomllib.loads(f"{dotted} = 0")
    while isinstance(value, dict):
        ((name, value),) = value.items()
        names.append(name)
    return tuple(names)


def _numbered(names: tuple[str, ...], arrays: dict[Key, int]) -> Key:
    """Return the key of a table: below an array of tables it belongs to the newest of them."""
    key: Key = ()
    for name in names[:-1]:
        key = (*key, name)
        if key in arrays:
            key = (*key, arrays[key])
    return (*key, names[-1])
