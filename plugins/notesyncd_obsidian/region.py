"""The managed region: the part of a file that is ours, between two comments that Obsidian doesn't show.

::

    %% notesyncd:begin <note id> <revision> <digest of the note> [<hash of the text below>] %%

    the note's blocks

    %% notesyncd:end <note id> %%

The hash is there only while nothing of the user's stands in the region. So an untouched region is known as such even
where the ledger is lost or a later version writes Markdown otherwise. The id in the end mark keeps code, or a copied
mark of another note, from ending it.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from notesyncd.api import RevisionMark

_BEGIN = re.compile(
    r"^[ \t]*%% notesyncd:begin (?P<id>[0-9A-Za-z_-]+) (?P<revision>\d{1,9}) (?P<digest>[0-9A-Za-z:_-]+)"
    r"(?: (?P<hash>[0-9a-f]{12}))? %%[ \t]*(?=\r?$)",
    re.MULTILINE,
)
_END = re.compile(r"^[ \t]*%% notesyncd:end (?P<id>[0-9A-Za-z_-]+) %%[ \t]*(?=\r?$)", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    r"""A region in a file's text.

    Attributes:
        start: where its begin mark begins.
        end: where its end mark ends; where the region's text ends, if that mark is missing.
        mark: the revision that was written.
        content: the text between the marks, with ``\n`` as newline and none around it.
        untouched: it is as we wrote it, and all of it was ours.
        closed: the end mark is there.
    """

    note_id: str
    start: int
    end: int
    mark: RevisionMark
    content: str
    untouched: bool
    closed: bool


def find_regions(text: str, note_id: str | None = None) -> list[Region]:
    """Find the regions of one note, or of all, in the order of the text.

    Where the end mark is missing the region reaches to the next begin mark, or to the end of the text.
    """
    begins = list(_BEGIN.finditer(text))
    ends = list(_END.finditer(text))
    regions = []
    for index, begin in enumerate(begins):
        if note_id is not None and begin["id"] != note_id:
            continue
        limit = begins[index + 1].start() if index + 1 < len(begins) else len(text)
        end = next((e for e in ends if e["id"] == begin["id"] and begin.end() <= e.start() < limit), None)
        content = text[begin.end() : end.start() if end else limit].replace("\r\n", "\n").strip("\n")
        regions.append(
            Region(
                note_id=begin["id"],
                start=begin.start(),
                end=end.end() if end else limit,
                mark=RevisionMark(revision=int(begin["revision"]), digest=begin["digest"]),
                content=content,
                untouched=end is not None and begin["hash"] == text_hash(content),
                closed=end is not None,
            )
        )
    return regions


def write_region(note_id: str, mark: RevisionMark, content: str, *, all_ours: bool) -> str:
    r"""Return a region with its marks, ``\n`` as newline and none at its end.

    Args:
        all_ours: nothing of the user's stands in ``content``.
    """
    proof = f" {text_hash(content)}" if all_ours else ""
    begin = f"%% notesyncd:begin {note_id} {mark.revision} {mark.digest}{proof} %%"
    # The blank lines keep the marks from becoming part of a paragraph or list.
    return "\n\n".join(part for part in (begin, content, f"%% notesyncd:end {note_id} %%") if part)


def text_hash(content: str) -> str:
    """Return what the begin mark says of the region's text: 48 bits of its sha256."""
    return hashlib.sha256(content.encode("utf-8", "surrogateescape")).hexdigest()[:12]
