"""Names of files that every system Obsidian runs on accepts, and how two names are compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

LONGEST_NAME = 200
"""Bytes of UTF-8, suffix included: room for a temporary file's name below the usual 255, and for encrypted vaults."""

_DASHED = re.compile(r'[\\/:|"*<>?]')  # refused by Windows, some of them elsewhere too
_LINK_BREAKING = re.compile(r"[#^\[\]]")
# Control characters, and those that turn the direction of what follows or are invisible: a name must read as it is.
_INVISIBLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_SPACES = re.compile(r"\s+")
_RESERVED = re.compile(r"(?i)(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?=\.|$)")


def safe_name(text: str, *, suffix: str = "", fallback: str = "Untitled") -> str:
    """Return a file name made of ``text`` and ``suffix``: NFC, at most ``LONGEST_NAME`` bytes, never hidden.

    The characters that are refused on Windows, macOS, Linux or Android, or that break a link in Obsidian, are replaced;
    so is a name that Windows reserves.
    """
    name = unicodedata.normalize("NFC", _SPACES.sub(" ", text))
    name = _INVISIBLE.sub("", name)
    name = _LINK_BREAKING.sub(" ", _DASHED.sub("-", name))
    name = _trimmed(_SPACES.sub(" ", name))
    name = _RESERVED.sub(lambda match: f"{match[0]}_", name, count=1) if _RESERVED.match(name) else name
    return f"{_cut(name, LONGEST_NAME - len(suffix.encode())) or fallback}{suffix}"


def comparable(name: str) -> str:
    """Return what is equal for two names exactly where some file system would take them for the same."""
    if name.isascii():
        return name.lower()
    folded = unicodedata.normalize("NFC", name).casefold()
    return unicodedata.normalize("NFC", folded)


def free_name(wanted: str, taken: Collection[str]) -> str:
    """Return ``wanted``, or it with ``" 2"``, ``" 3"`` … before its suffix, such that no name in ``taken`` equals it.

    Args:
        wanted: a safe file name.
        taken: names as ``comparable`` gives them.
    """
    stem, dot, suffix = wanted.rpartition(".")
    if not dot:
        stem, suffix = suffix, ""
    number, name = 1, wanted
    while comparable(name) in taken:
        number += 1
        end = f" {number}{dot}{suffix}"
        name = f"{_cut(stem, LONGEST_NAME - len(end.encode()))}{end}"
    return name


def _trimmed(name: str) -> str:
    return name.strip(" ").lstrip(". ").rstrip(". ")


def _cut(name: str, size: int) -> str:
    """Cut to ``size`` bytes, not inside a character, nor between one and its accents or joiners."""
    if len(name.encode()) <= size:
        return name
    kept = name.encode()[:size].decode(errors="ignore")
    following = name[len(kept) : len(kept) + 1]
    while kept and (_joins(following) or kept.endswith("\u200d")):
        kept, following = kept[:-1], kept[-1]
    return _trimmed(kept)


def _joins(character: str) -> bool:
    return bool(character) and (
        unicodedata.combining(character) > 0 or character == "\u200d" or "\ufe00" <= character <= "\ufe0f"
    )
