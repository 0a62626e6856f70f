"""Whether what a reader gives is writing, or what it makes of a photo: a reader asked about anything answers."""

from __future__ import annotations

from collections.abc import Sequence

from notesyncd.api import Detection, ReadLine

_WHOLE_PICTURE = 0.5
"""Share of the page that the box of one line covers where the detector took the whole picture for a line."""
_FEW_CHARACTERS = 2

_PICTURE_INK = 0.1
"""Ink of photos is 0.01 to 0.7 of all pixels; of 19 densely written pages it was at most 0.075."""
_GUESS = 0.5
"""The reader's own score below which a word is a guess."""


def holds_writing(
    lines: Sequence[ReadLine],
    *,
    ink: float,
    width: int,
    height: int,
    seen: Sequence[ReadLine] | None = None,
) -> bool:
    """Tell whether any of ``lines`` is writing. When in doubt it is: a page lost is worse than a photo in a note.

    Found with the embedded reader on 28 photos: one or two characters, read from the whole picture at once (21 of
    them), or mere guesses all over a picture (coins). A model describes a photo in words without a score: these are
    believed, except where much of the picture is ink and the light reader sees no writing in it.

    Args:
        lines: as read, boxes in pixels of the page image.
        ink: share of the pixels that are written on (see ``ink_share``).
        width: of the page image, pixels.
        height: of the page image, pixels.
        seen: what the light reader found on the same page image; None: nobody else looked at it.
    """
    written = [line for line in lines if _text(line) and not _is_whole_picture(line, width * height)]
    if ink < _PICTURE_INK:
        return bool(written)
    words = [word for line in written for word in line.words]
    if any(word.score is not None and word.score >= _GUESS for word in words):
        return True
    unscored = any(word.score is None for word in words)
    return unscored and (seen is None or holds_writing(seen, ink=ink, width=width, height=height))


def is_picture(detection: Detection, *, width: int, height: int) -> bool:
    """Tell whether a page is surely a picture already by what the light reader saw of it."""
    if detection.reader is None or detection.ink < _PICTURE_INK:
        return False
    return not holds_writing(detection.lines, ink=detection.ink, width=width, height=height)


def _is_whole_picture(line: ReadLine, area: int) -> bool:
    if line.box is None or len(_text(line)) > _FEW_CHARACTERS:
        return False
    return (line.box.right - line.box.left) * (line.box.bottom - line.box.top) > _WHOLE_PICTURE * area


def _text(line: ReadLine) -> str:
    return "".join(word.text for word in line.words).strip()
