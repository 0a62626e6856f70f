"""Notes: what is delivered. Blocks are derived from words and never parsed back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

BlockKind = Literal[
    "heading", "paragraph", "list_item", "task", "table", "equation", "code", "quote", "image", "drawing", "callout"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A run of text. ``word_ids`` are the words it shows; text that we add lists none and is ``generated``.

    ``text`` is plain text, never markup; a newline in it is a line break on the paper that is kept.
    """

    text: str
    word_ids: tuple[str, ...] = ()
    generated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block of a note.

    Attributes:
        id: stable name inside the note, ``[a-z0-9-]+``; the same block keeps it over revisions where it can.
        page_id: the page its words stand on; None for blocks that we add.
        level: heading level 1..6, or nesting depth 0.. of a list item or task.
        ordinal: number of an ordered list item, else None.
        checked: state of a task.
        rows: a table's rows of cells, each cell a tuple of spans.
        attachment: name of the note's attachment that an image or drawing shows.
        language: of a code block.
    """

    id: str
    kind: BlockKind
    spans: tuple[Span, ...] = ()
    page_id: str | None = None
    level: int = 0
    ordinal: int | None = None
    checked: bool | None = None
    rows: tuple[tuple[tuple[Span, ...], ...], ...] = ()
    attachment: str | None = None
    language: str | None = None

    @property
    def text(self) -> str:
        """Plain text of the block."""
        return "".join(span.text for span in self.spans)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that goes with a note.

    Attributes:
        name: file name with suffix, unique in the note, made from the page id: ``page-1a2b3c4d5e6f.jpg``.
        page_id: the page whose upright image it is.
        media_type: e.g. ``image/jpeg``.
        alt: text for those who can't see it.
    """

    name: str
    page_id: str
    media_type: str
    alt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotePage:
    """A page's place in a note: which file it came from and how it ended.

    Attributes:
        source: file name of the scan, for people.
        number: page number in that file, from 1.
        problem: why the page has no text although it should, if so.
        warnings: what was odd about its reading: guards that fired, corrections without a place.
    """

    page_id: str
    source: str
    number: int
    transcript_version: int | None = None
    problem: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One revision of a note, complete.

    Attributes:
        id: uuid5, frozen when its first scan was registered; the key every sink knows it by.
        revision: 1, 2, 3 …
        digest: sha256 over all that a sink shows: not over revision number, transcript versions, word and block ids.
        path: suggested place below a sink's root, without suffix: ``2026/Groceries`` (a sink may be stricter).
        dated: the date written on the page, else EXIF, else the file's.
        captured_at: when the first page was captured or received.
        reader: names of the readers that gave the text.
        better_reader: name of one that would read it better on this machine, whether it is there or not; else empty.
    """

    id: str
    revision: int
    digest: str
    title: str
    path: str
    blocks: tuple[Block, ...]
    pages: tuple[NotePage, ...]
    attachments: tuple[Attachment, ...] = ()
    tags: tuple[str, ...] = ()
    dated: date | None = None
    captured_at: datetime | None = None
    reader: str = ""
    words: int = 0
    words_to_check: int | None = None
    better_reader: str = ""
