"""Transcripts as the JSON of ``notesyncd read --format json``: the schema ``notesyncd.transcript/1``, a contract."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from notesyncd.domain.errors import NotesyncdError
from notesyncd.domain.geometry import BoundingBox, Transform
from notesyncd.domain.reading import ReaderId
from notesyncd.domain.transcript import Line, Provenance, Region, Transcript, Word
from notesyncd.render.text import showable

SCHEMA = "notesyncd.transcript/1"

Json = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageResult:
    """How the reading of one page of a file ended.

    Attributes:
        number: page number in its file, from 1.
        to_raster: maps pixels of the page image to those of the decoded raster.
        width: pixels of the upright page image, None where none could be made.
        height: pixels of the upright page image, None where none could be made.
        transcript: None for a blank page and for one that could not be read.
        markdown: the page's blocks, composed.
        error: why the page could not be read.
    """

    page_id: str
    number: int
    to_raster: Transform
    width: int | None = None
    height: int | None = None
    transcript: Transcript | None = None
    markdown: str = ""
    error: NotesyncdError | None = None


def file_json(
    *,
    path: str,
    sha256: str | None,
    media_type: str | None,
    size_bytes: int | None,
    pages: Sequence[PageResult],
    error: NotesyncdError | None = None,
) -> Json:
    """Return the object for one file; ``error`` is the file's own, and then there are no pages.

    Digest, type and size are None where the file could not even be opened.
    """
    return {
        "schema": SCHEMA,
        "error": _error(error),
        "source": {"path": showable(path), "sha256": sha256, "media_type": media_type, "bytes": size_bytes},
        "pages": [] if error is not None else [_page(page) for page in pages],
    }


def _error(error: NotesyncdError | None) -> Json | None:
    if error is None:
        return None
    # UnreadableScan -> unreadable_scan
    kind = re.sub(r"(?<!^)(?=[A-Z])", "_", type(error).__name__).lower()
    return {"kind": kind, "message": showable(str(error))}


def _page(page: PageResult) -> Json:
    transcript = page.transcript
    return {
        "id": page.page_id,
        "number": page.number,
        "version": transcript.version if transcript else None,
        "width": transcript.width if transcript else page.width,
        "height": transcript.height if transcript else page.height,
        "to_raster": [list(row) for row in page.to_raster.rows],
        "text": transcript.text if transcript else "",
        "markdown": page.markdown,
        "regions": [_region(region) for region in transcript.regions] if transcript else [],
        "lines": [_line(line) for line in transcript.lines] if transcript else [],
        "missing": [{"text": ink.text, "box": _box(ink.box)} for ink in transcript.missing] if transcript else [],
        "warnings": list(transcript.warnings) if transcript else [],
        "error": _error(page.error),
        "provenance": _provenance(transcript.provenance) if transcript else None,
    }


def _region(region: Region) -> Json:
    return {
        "kind": region.kind,
        "level": region.level,
        "checked": region.checked,
        "cells": [list(row) for row in region.cells],
        "box": _box(region.box),
        "lines": [line.id for line in region.lines],
    }


def _line(line: Line) -> Json:
    return {
        "id": line.id,
        "text": line.text,
        "box": _box(line.box),
        "script": line.script,
        "words": [_word(word) for word in line.words],
    }


def _word(word: Word) -> Json:
    return {
        "id": word.id,
        "text": word.text,
        "box": _box(word.box),
        "confidence": word.confidence,
        "flags": list(word.flags),
        "alternatives": list(word.alternatives),
    }


def _box(box: BoundingBox | None) -> list[float] | None:
    # A hundredth of a pixel is finer than any box is known.
    return None if box is None else [round(edge, 2) for edge in (box.left, box.top, box.right, box.bottom)]


def _provenance(provenance: Provenance) -> Json:
    return {
        "notesyncd": provenance.notesyncd,
        "reader": _reader(provenance.reader),
        "steps": [{"name": step.name, "settings": _pairs(step.settings)} for step in provenance.steps],
        "grounding": provenance.grounding,
        "calibration": provenance.calibration,
        "prompt_digest": provenance.prompt_digest,
        "sampling": _pairs(provenance.sampling),
        "picture_digest": provenance.picture_digest,
        "adapter": provenance.adapter,
        "packages": _pairs(provenance.packages),
    }


def _reader(reader: ReaderId) -> Json:
    return {
        "name": reader.name,
        "version": reader.version,
        "model": reader.model,
        "model_digest": reader.model_digest,
        "quantization": reader.quantization,
        "device": reader.device,
        "settings": _pairs(reader.settings),
    }


def _pairs(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    return dict(pairs)
