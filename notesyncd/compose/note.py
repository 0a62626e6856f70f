"""Transcripts to one note: pure, so that the same pages always give the same note."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any, Literal

from notesyncd.api import Attachment, Block, Note, NotePage, Page, Span, Transcript
from notesyncd.compose.blocks import block_prefix, page_blocks, region_rows
from notesyncd.compose.dates import written_date
from notesyncd.compose.tags import once_each, tags_in
from notesyncd.compose.title import TitleFacts, render_path, render_title, title_of
from notesyncd.domain.transcript import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposedPage:
    """What is known of one page of a note.

    Attributes:
        number: page number in its file, from 1.
        source: file name of the scan, for people.
        captured_at: EXIF capture time.
        received_at: the file's time, in the zone whose calendar counts.
        transcript: its newest version; None where there is none (yet).
        outcome: how reading ended; None where it didn't (yet).
        problem: why the page has no text although it should.
        tags: tags that it has from elsewhere than its text.
    """

    page: Page
    number: int
    source: str
    captured_at: datetime | None
    received_at: datetime
    transcript: Transcript | None
    outcome: Outcome | None
    problem: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteStyle:
    """How notes are to look.

    Attributes:
        title_template: Jinja template of the title; variables date, title, source, page_count, tags.
        path_template: the same for the place; "/" makes folders.
        images: "none" leaves out the images of pages with text; a drawing or an unread page has nothing else to show.
        hashtags: whether a handwritten ``#tag`` tags the note.
        better_reader: name of the reader that suits this machine best, whether it is there or not.
        lesser_readers: those that it outdoes: what they read says so.
    """

    title_template: str | None = None
    path_template: str | None = None
    images: Literal["page", "none"] = "page"
    hashtags: bool = True
    better_reader: str = ""
    lesser_readers: frozenset[str] = frozenset()


def compose(note_id: str, pages: Sequence[ComposedPage], style: NoteStyle) -> Note:
    """Return the note of these pages (at least one), with revision 0 and its content digest.

    A page gives its text, then its image; a blank page gives nothing.

    Raises:
        ConfigError: a template can't be used.
    """
    first = pages[0]
    blocks = _with_unique_ids(block for page in pages for block in _blocks(page, style))
    shown = {block.attachment for block in blocks}
    texts = [_row_texts(page.transcript) for page in pages if page.transcript is not None]
    captured_at = first.captured_at or first.received_at
    dated = written_date(next(filter(None, texts), []), reference=captured_at.date()) or captured_at.date()
    written = tags_in(text for page in texts for text in page) if style.hashtags else ()
    tags = once_each(tag for some in (*(page.tags for page in pages), written) for tag in some)
    facts = TitleFacts(
        title=title_of(blocks, dated=dated, source=first.source),
        date=dated,
        source=first.source,
        page_count=len(pages),
        tags=tags,
    )
    transcripts = [page.transcript for page in pages if page.transcript is not None]
    readers = list(dict.fromkeys(transcript.provenance.reader.name for transcript in transcripts))
    note = Note(
        id=note_id,
        revision=0,
        digest="",
        title=render_title(style.title_template, facts),
        path="",
        blocks=blocks,
        pages=tuple(_note_page(page) for page in pages),
        attachments=tuple({image.name: image for page in pages if (image := _attachment(page)).name in shown}.values()),
        tags=tags,
        dated=dated,
        captured_at=captured_at,
        reader=", ".join(readers),
        words=sum(1 for transcript in transcripts for word in transcript.words if word.text),
        better_reader=style.better_reader if style.lesser_readers.intersection(readers) else "",
    )
    note = replace(note, path=render_path(style.path_template, replace(facts, title=note.title)))
    return replace(note, digest=content_digest(note))


def content_digest(note: Note) -> str:
    """Return the sha256, in hex, of all that a sink can show.

    Left out are revision, transcript versions, and the ids of words and blocks: a re-read that gives the same text, or
    a word that was only accepted, makes no new revision. What was added to notes later counts only where it is there:
    the digests of older notes stand.
    """
    content = asdict(note)
    del content["revision"], content["digest"]
    if not note.better_reader:
        del content["better_reader"]
    for page in content["pages"]:
        del page["transcript_version"]
        if not page["warnings"]:
            del page["warnings"]
    for block in content["blocks"]:
        del block["id"]
        spans = [*block["spans"], *(span for row in block["rows"] for cell in row for span in cell)]
        for span in spans:
            del span["word_ids"]
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), default=_iso)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


def _iso(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"a note can't hold {type(value).__name__}")


def _blocks(page: ComposedPage, style: NoteStyle) -> Iterable[Block]:
    if page.outcome == "blank":
        return
    prefix = block_prefix(page.page.id)
    text = page_blocks(page.transcript) if page.transcript is not None else ()
    yield from text
    if page.problem is not None:
        reason = Span(text=f"This page could not be read: {page.problem}", generated=True)
        yield Block(id=f"{prefix}-problem", kind="callout", spans=(reason,), page_id=page.page.id)
    if style.images == "page" or page.problem is not None or not text:
        kind: Literal["image", "drawing"] = "drawing" if page.outcome == "drawing" else "image"
        name = _attachment(page).name
        yield Block(id=f"{prefix}-image", kind=kind, page_id=page.page.id, attachment=name)


def _attachment(page: ComposedPage) -> Attachment:
    return Attachment(
        name=f"page-{page.page.id[:12]}.jpg",
        page_id=page.page.id,
        media_type="image/jpeg",
        alt=f"Page {page.number} of {page.source}",
    )


def _note_page(page: ComposedPage) -> NotePage:
    return NotePage(
        page_id=page.page.id,
        source=page.source,
        number=page.number,
        transcript_version=page.transcript.version if page.transcript is not None else None,
        problem=page.problem,
        warnings=page.transcript.warnings if page.transcript is not None else (),
    )


def _row_texts(transcript: Transcript) -> list[str]:
    return [row.text for region in transcript.regions for row in region_rows(region)]


def _with_unique_ids(blocks: Iterable[Block]) -> tuple[Block, ...]:
    """Number ids that come again: the same page may stand in a note twice."""
    seen: dict[str, int] = {}
    unique: list[Block] = []
    for block in blocks:
        seen[block.id] = count = seen.get(block.id, 0) + 1
        unique.append(block if count == 1 else replace(block, id=f"{block.id}-{count}"))
    return tuple(unique)
