"""Reads files without daemon and ledger: the work of ``notesyncd read``."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from notesyncd.api import Note, NotesyncdError, PermanentError, RasterInfo, Transcript, Transform
from notesyncd.compose.note import ComposedPage, NoteStyle, compose
from notesyncd.pipeline.pictures import encode_jpeg
from notesyncd.pipeline.previous_title import heading_of
from notesyncd.pipeline.services import ImageBounds
from notesyncd.pipeline.stages import PageOnItsWay, on_its_way, transcribe, words_with_places
from notesyncd.render.markdown import note_markdown
from notesyncd.render.transcript_json import PageResult

if TYPE_CHECKING:
    from notesyncd.intake.decoder.decoder import DecodedFile, DecodedPage, Decoder
    from notesyncd.pipeline.services import ReadingTools


@dataclass(frozen=True, slots=True, kw_only=True)
class FileResult:
    """How the reading of one file ended.

    Attributes:
        decoded: None where the file itself could not be decoded; then ``error`` says why.
        pages: one result a page.
        note: all pages as one note, where at least one was read.
        pictures: upright JPEGs by attachment name, if asked for.
    """

    path: Path
    decoded: DecodedFile | None
    pages: tuple[PageResult, ...]
    note: Note | None
    pictures: dict[str, bytes]
    error: NotesyncdError | None = None

    @property
    def worked(self) -> bool:
        """Whether the file and all of its pages were read."""
        return self.error is None and all(page.error is None for page in self.pages)


def read_file(
    path: Path,
    *,
    decoder: Decoder,
    tools: ReadingTools,
    style: NoteStyle,
    with_pictures: ImageBounds | None = None,
    on_page: Callable[[int, int], None] = lambda _done, _total: None,
) -> FileResult:
    """Read every page of one file; errors are part of the result.

    Args:
        with_pictures: make the upright JPEG of each page, within these bounds.
        on_page: told how many pages are done, of how many.
    """
    try:
        decoded = decoder.inspect(path)
    except NotesyncdError as error:
        return FileResult(path=path, decoded=None, pages=(), note=None, pictures={}, error=error)
    except OSError as error:
        problem = PermanentError(f"{path} can't be opened: {error.strerror or error}")
        return FileResult(path=path, decoded=None, pages=(), note=None, pictures={}, error=problem)
    received_at = datetime.fromtimestamp(path.stat().st_mtime).astimezone()
    results: list[PageResult] = []
    composed: list[ComposedPage] = []
    pictures: dict[str, bytes] = {}
    before: Transcript | None = None
    with tempfile.TemporaryDirectory(prefix="notesyncd-") as folder:
        for place in decoded.pages:
            on_page(place.number - 1, len(decoded.pages))
            title = heading_of(before) if before is not None and tools.tells_previous_title else None
            result, outcome, page = _read(path, place, Path(folder), decoder, tools, title)
            before = result.transcript
            here = ComposedPage(
                page=place.page,
                number=place.number,
                source=path.name,
                captured_at=decoded.captured_at,
                received_at=received_at,
                transcript=result.transcript if outcome == "text" else None,
                outcome=outcome,  # type: ignore[arg-type]
                problem=str(result.error) if result.error else None,
            )
            alone = compose("read", [here], NoteStyle(images="none", hashtags=style.hashtags))
            results.append(replace(result, markdown=note_markdown(alone, embed=lambda _: "").strip()))
            composed.append(here)
            if with_pictures and page is not None and page.prepared is not None and outcome != "blank":
                name = f"page-{place.page.id[:12]}.jpg"
                pictures[name] = encode_jpeg(page.prepared.pixels, with_pictures)
    on_page(len(decoded.pages), len(decoded.pages))
    note = compose("read", composed, style) if composed else None
    return FileResult(path=path, decoded=decoded, pages=tuple(results), note=note, pictures=pictures)


def _read(
    path: Path, place: DecodedPage, folder: Path, decoder: Decoder, tools: ReadingTools, previous_title: str | None
) -> tuple[PageResult, str | None, PageOnItsWay | None]:
    try:
        raster = decoder.pixels(path, place.number, page_id=place.page.id)
        page = transcribe(
            on_its_way(
                tools,
                page_id=place.page.id,
                raster=raster,
                info=RasterInfo(orientation=place.orientation, dpi=place.page.dpi),
                text_layer=place.text_layer,
                file=folder / f"{place.number}.ppm",
                previous_title=previous_title,
            )
        )
    except NotesyncdError as error:
        empty = PageResult(page_id=place.page.id, number=place.number, to_raster=Transform.identity(), error=error)
        return empty, None, None
    assert page.prepared is not None
    height, width = page.prepared.pixels.shape[:2]
    result = PageResult(
        page_id=place.page.id,
        number=place.number,
        to_raster=page.prepared.to_raster,
        width=width,
        height=height,
        transcript=words_with_places(page, None),
    )
    return result, page.outcome, page
