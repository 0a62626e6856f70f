"""The name a folder lists for a file whose name came in another form.

Some file systems take "é" as one character or as two (NFC, NFD), or capitals for small letters, and events use either
form. A sweep knows only the form that is listed; without this one file would be known under two names.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Mapping


def as_stored(root: bytes, raw_path: bytes) -> bytes:
    """Return ``raw_path`` (below ``root``) with each name as its folder lists it.

    Names of ASCII alone, which have one form, names that are no UTF-8, and what is not listed in any form are returned
    as they came. A listing is read only where the name came in a form that may not be the listed one.
    """
    if raw_path.isascii():
        return raw_path
    here, stored = root, []
    for name in raw_path.split(b"/"):
        stored.append(name if name.isascii() else _stored(here, name))
        here += b"/" + stored[-1]
    return b"/".join(stored)


def listed_form(name: str, inode: int | None, listed: Mapping[bytes, int]) -> bytes | None:
    """Return which of the ``listed`` names (with their inodes) ``name`` stands for, or None.

    The very name comes first, then one that is equal in NFC; then, where the folder finds ``inode`` by ``name``, one of
    that inode that differs in capitals as well.
    """
    exact = os.fsencode(name)
    if exact in listed:
        return exact
    wanted = _composed(name)
    others = {raw: text for raw in sorted(listed) if not raw.isascii() and (text := _text(raw)) is not None}
    same = [raw for raw, text in others.items() if _composed(text) == wanted]
    alike = [raw for raw, text in others.items() if listed[raw] == inode and _folded(text) == _folded(name)]
    return next(iter(same + alike), None)


def _stored(folder: bytes, name: bytes) -> bytes:
    text = _text(name)
    if text is None:
        return name
    inode = _inode(folder, text)
    if inode is not None and all(_inode(folder, other) != inode for other in _other_forms(text)):
        return name  # this form alone leads to the file, so it is the listed one
    try:
        with os.scandir(folder) as entries:
            listed = {entry.name: entry.inode() for entry in entries}
    except OSError:
        return name
    return listed_form(text, inode, listed) or name


def _other_forms(text: str) -> set[str]:
    forms = {_composed(text), unicodedata.normalize("NFD", text), text.swapcase()}
    return forms - {text}


def _inode(folder: bytes, name: str) -> int | None:
    try:
        return os.lstat(folder + b"/" + os.fsencode(name)).st_ino
    except OSError:
        return None


def _text(raw: bytes) -> str | None:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _folded(text: str) -> str:
    return _composed(_composed(text).casefold())
