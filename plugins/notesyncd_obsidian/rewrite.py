"""Changing a file that its user may be changing at the same moment."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from notesyncd.api import TransientError
from notesyncd_obsidian.atomic import replace, temporary_of, write_temporary
from notesyncd_obsidian.document import decode, encode
from notesyncd_obsidian.shelf import Shelf

_TRIES = 5

Change = Callable[[str], str | None]
"""Gives the text to write for the text that stands there; None: nothing is to be written."""

Announce = Callable[[Path], None]
"""Is told the temporary file before it takes the other one's place."""


def rewrite(file: Path, change: Change, *, key: str, shelf: Shelf, announce: Announce | None = None) -> bytes | None:
    """Replace a file's text by what ``change`` makes of it, and return what the file holds then.

    What is replaced is compared with what was read. If the user saved in between, his text goes onto the shelf, and the
    change is made again, to that text; if it then isn't to be changed, or can't be, his text is put back.

    Args:
        key: whose change it is; names the temporary file.

    Returns:
        None where the file is gone or ``change`` says so.

    Raises:
        TransientError: each time somebody else was quicker.
    """
    try:
        standing = here = file.read_bytes()
    except FileNotFoundError:
        return None
    temporary = temporary_of(file, key)
    clear_temporary(temporary, shelf)
    for _ in range(_TRIES):
        try:
            changed = change(decode(standing))
        except BaseException:
            if standing != here:
                _put(file, temporary, standing, expected=here, shelf=shelf, announce=None)
            raise
        content = standing if changed is None else encode(changed)
        if content != here:
            replaced = _put(file, temporary, content, expected=here, shelf=shelf, announce=announce)
            if replaced is None:
                return None
            if replaced != here:
                standing, here = replaced, content
                continue
        return content if changed is not None else None
    _put(file, temporary, standing, expected=here, shelf=shelf, announce=None)
    raise TransientError(f"{file.name} is being edited", retry_after=5)


def clear_temporary(temporary: Path, shelf: Shelf) -> bool:
    """Take away what an attempt that died has left, and tell whether there was something.

    It goes onto the shelf, for it may be what a user saved at that very moment.
    """
    if not os.path.lexists(temporary):
        return False
    shelf.keep(temporary.name.strip("."), temporary.read_bytes())
    temporary.unlink()
    return True


def _put(
    file: Path, temporary: Path, content: bytes, *, expected: bytes, shelf: Shelf, announce: Announce | None
) -> bytes | None:
    """Replace a file's content and return what that was; None if the file is gone."""
    try:
        write_temporary(temporary, content, like=file.stat())
        if announce is not None:
            announce(temporary)
        replaced = replace(temporary, file)
    except FileNotFoundError:
        temporary.unlink(missing_ok=True)
        return None
    if replaced != expected:
        shelf.keep(file.name, replaced)
    temporary.unlink(missing_ok=True)
    return replaced
