"""What a library raises over a damaged file, told as a sentence; they raise nearly every class of exception."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image

from notesyncd.domain.errors import NotesyncdError, UnreadableScan

_WORDS = re.compile(r"[\w ,.:;'()/+-]{1,120}", re.ASCII)
"""A library's message that is worth showing; others hold addresses, raw bytes or a whole header."""


@contextmanager
def told_of_file(sentence: str) -> Iterator[None]:
    """Raise UnreadableScan with ``sentence``, and the library's own words in brackets, for whatever is raised inside.

    What says more than that the file is damaged passes: our own refusals, want of memory, Pillow's limit.
    """
    try:
        yield
    except (NotesyncdError, MemoryError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise
    except Exception as error:
        words = str(error).strip().removesuffix(".")
        raise UnreadableScan(f"{sentence} ({words})" if _WORDS.fullmatch(words) else sentence) from error
