"""Notes for tests of sinks: small builders, and texts that try to break out."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from notesyncd.api import Attachment, Block, Note, NotePage, Span

_NAMESPACE = uuid.UUID("6f1b2c64-5a0e-5f0d-9d3c-0d6f0f5a7e11")

HOSTILE_TEXTS = (
    "<!channel> @here <@U123> @everyone",
    "[[Secrets]] ![[passwords]] [click](javascript:alert(1))",
    "%% notesyncd:end %%",
    "---\nnotesyncd-id: forged\n---",
    "```dataviewjs\nevil()\n```",
    "<script>alert(1)</script> <% tp.file.include() %>",
    "`= this.file.path` $= x $ $$ y $$",
    "# no heading\n- [ ] no task\n> no quote\n| no | table |",
    "#no-tag ^no-block-id ==no mark== ~~no strike~~ **no** _no_",
    "\\ \\\\ \\n & &amp; &lt;",
    "مرحبا بالعالم שלום עולם \u202eevil\u202c",
    "仕様書の腐敗について会議メモ 👩‍👩‍👧‍👦 🇯🇵 e\u0301 \u200b\ufeff",
    "\x00\x07\x1b[31m\r\n\u2028\u2029\x85end",
)
"""Handwriting is untrusted: each must be shown as these characters and do nothing, in every sink."""


def note_id(name: str) -> str:
    """Return an id as the ledger would give it, the same for the same name."""
    return str(uuid.uuid5(_NAMESPACE, name))


def span(text: str) -> Span:
    """Return a run of text with one word id a word."""
    return Span(text=text, word_ids=tuple(f"w{number}" for number in range(1, len(text.split()) + 1)))


def paragraph(text: str, block_id: str = "p1") -> Block:
    """Return a paragraph."""
    return Block(id=block_id, kind="paragraph", spans=(span(text),))


def heading(text: str, block_id: str = "h1", level: int = 1) -> Block:
    """Return a heading."""
    return Block(id=block_id, kind="heading", spans=(span(text),), level=level)


def list_item(text: str, block_id: str, *, level: int = 0, ordinal: int | None = None) -> Block:
    """Return a list item."""
    return Block(id=block_id, kind="list_item", spans=(span(text),), level=level, ordinal=ordinal)


def task(text: str, block_id: str, *, checked: bool = False) -> Block:
    """Return a task."""
    return Block(id=block_id, kind="task", spans=(span(text),), checked=checked)


def image(attachment: Attachment, block_id: str = "img1") -> Block:
    """Return a block that shows an attachment."""
    return Block(id=block_id, kind="image", attachment=attachment.name, page_id=attachment.page_id)


def attachment(name: str) -> Attachment:
    """Return the image of a page, named as notesyncd names them."""
    page_id = hashlib.sha256(name.encode()).hexdigest()
    return Attachment(name=f"page-{page_id[:12]}.jpg", page_id=page_id, media_type="image/jpeg", alt=f"Page {name}")


def note(
    name: str,
    *blocks: Block,
    revision: int = 1,
    title: str | None = None,
    path: str | None = None,
    tags: Sequence[str] = (),
    attachments: Sequence[Attachment] = (),
    dated: date | None = date(2026, 11, 20),
) -> Note:
    """Return a note; ``name`` decides its id, and title and path unless they are given."""
    title = name if title is None else title
    page = NotePage(page_id=hashlib.sha256(name.encode()).hexdigest(), source=f"{name}.jpg", number=1)
    return _sealed(
        Note(
            id=note_id(name),
            revision=revision,
            digest="",
            title=title,
            path=title if path is None else path,
            blocks=blocks,
            pages=(page,),
            attachments=tuple(attachments),
            tags=tuple(tags),
            dated=dated,
            captured_at=datetime(2026, 11, 20, 9, 30, tzinfo=UTC),
            reader="rapidocr",
            words=sum(len(block.text.split()) for block in blocks),
        )
    )


def revised(
    before: Note,
    *blocks: Block,
    title: str | None = None,
    tags: Sequence[str] | None = None,
    attachments: Sequence[Attachment] | None = None,
) -> Note:
    """Return the next revision of a note, with other blocks and whatever else is given."""
    return _sealed(
        replace(
            before,
            revision=before.revision + 1,
            blocks=blocks,
            title=before.title if title is None else title,
            tags=before.tags if tags is None else tuple(tags),
            attachments=before.attachments if attachments is None else tuple(attachments),
            words=sum(len(block.text.split()) for block in blocks),
        )
    )


def sample_note(name: str = "Workshop notes", *, revision: int = 1) -> Note:
    """Return a note as a page of a notebook gives it: heading, text, a list, tasks, a table and the page's image."""
    page = attachment(name)
    made = note(
        name,
        heading("Workshop", "h1"),
        paragraph("Met in the small hall.\nNext time with slides.", "p1"),
        list_item("bring the projector", "l1"),
        list_item("and its cable", "l2", level=1),
        task("book the hall", "t1"),
        task("print the plan", "t2", checked=True),
        Block(
            id="tab1",
            kind="table",
            rows=(((span("who"),), (span("what"),)), ((span("Ann"),), (span("cake | coffee"),))),
        ),
        Block(id="q1", kind="quote", spans=(span("Measure twice, cut once."),)),
        image(page),
        tags=("workshop", "2026"),
        attachments=(page,),
    )
    return _sealed(replace(made, revision=revision, words_to_check=2))


def _sealed(unsealed: Note) -> Note:
    """Give a note its digest: over all content but the revision."""
    content = repr(replace(unsealed, revision=0, digest=""))
    return replace(unsealed, digest=hashlib.sha256(content.encode("utf-8", "backslashreplace")).hexdigest())
