"""The stages of one page's way, in order: from raster to reading. The only place that knows this order.

    raster ─▶ prepare ─▶ detect ─▶ turn ─▶ leave pictures ─▶ read ─▶ (ground, in the commit that keeps the words)

A stage takes the page as the stages before it left it, and returns it with what it adds. ``outcome`` ends the way.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version as installed
from pathlib import Path

from notesyncd import __version__
from notesyncd.api import (
    Detection,
    LightReader,
    PageImage,
    Pixels,
    PreprocessorSpec,
    Provenance,
    RasterInfo,
    Reader,
    Reading,
    ReadRegion,
    ReadRequest,
    Transcript,
    write_pixels,
)
from notesyncd.detect.detect import detect
from notesyncd.detect.ink import is_blank
from notesyncd.detect.writing import holds_writing, is_picture
from notesyncd.domain.transcript import Outcome
from notesyncd.ground.adopt import ground
from notesyncd.pipeline.services import ReadingTools
from notesyncd.prepare.chain import PreparedPage, prepare, turn
from notesyncd.read.text_layer import text_layer_reading

_CONDEMNED = "what the reader answered is no transcription"
_LONGEST_NAME = 60  # characters of a guard's name: a stranger's reader may name its own
_PACKAGES = ("numpy", "opencv-python-headless", "pillow", "pypdfium2")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageOnItsWay:
    """A page between raster and transcript.

    Attributes:
        raster: decoded pixels, before any turning.
        text_layer: what a born-digital page says itself, boxes in the raster's pixels.
        file: where the page image's pixels are put for readers.
    """

    page_id: str
    raster: Pixels
    info: RasterInfo
    text_layer: tuple[ReadRegion, ...]
    file: Path
    reader: Reader
    light: LightReader | None
    steps: tuple[PreprocessorSpec, ...]
    request: ReadRequest
    prepared: PreparedPage | None = None
    detection: Detection | None = None
    image: PageImage | None = None
    reading: Reading | None = None
    outcome: Outcome | None = None

    @property
    def condemned(self) -> str | None:
        """The guard that found the reader's answer unfit to be delivered; of a picture no answer would be."""
        if self.outcome != "text" or self.reading is None or self.reading.condemned is None:
            return None
        return " ".join(self.reading.condemned.split())[:_LONGEST_NAME]


def on_its_way(
    tools: ReadingTools,
    *,
    page_id: str,
    raster: Pixels,
    info: RasterInfo,
    text_layer: tuple[ReadRegion, ...],
    file: Path,
    previous_title: str | None = None,
) -> PageOnItsWay:
    """Return a page at the beginning of its way; opens the readers if they are not open yet."""
    reader, light = tools.readers()
    return PageOnItsWay(
        page_id=page_id,
        raster=raster,
        info=info,
        text_layer=text_layer,
        file=file,
        reader=reader,
        light=light,
        steps=tuple(tools.steps),
        request=ReadRequest(languages=tools.languages, terms=tools.terms, previous_title=previous_title),
    )


def _prepare(page: PageOnItsWay) -> PageOnItsWay:
    return dataclasses.replace(page, prepared=prepare(page.raster, page.info, page.steps))


def _text_layer(page: PageOnItsWay) -> PageOnItsWay:
    """A page that says itself what stands on it needs no reader."""
    if not page.text_layer:
        return page
    assert page.prepared is not None
    to_image = page.prepared.to_raster.inverse()
    reading = text_layer_reading(page.text_layer, installed("pypdfium2"), to_image)
    return dataclasses.replace(page, reading=reading, detection=Detection(rotation=0, ink=1.0), outcome="text")


def _detect(page: PageOnItsWay) -> PageOnItsWay:
    assert page.prepared is not None
    detection = detect(page.prepared.pixels, page.light)
    outcome: Outcome | None = "blank" if is_blank(detection.ink) else None
    return dataclasses.replace(page, detection=detection, outcome=outcome)


def _turn(page: PageOnItsWay) -> PageOnItsWay:
    assert page.prepared is not None
    assert page.detection is not None
    return dataclasses.replace(page, prepared=turn(page.prepared, page.detection.rotation))


def _leave_pictures(page: PageOnItsWay) -> PageOnItsWay:
    """A reader that gives no places is not asked about a photo: it would describe it, at length and for seconds."""
    assert page.prepared is not None
    assert page.detection is not None
    height, width = page.prepared.pixels.shape[:2]
    if page.reader.capabilities.boxes or not is_picture(page.detection, width=width, height=height):
        return page
    return dataclasses.replace(page, outcome="drawing")


def _read(page: PageOnItsWay) -> PageOnItsWay:
    assert page.prepared is not None
    assert page.detection is not None
    image, detection = page_image(page), page.detection
    write_pixels(image.artifact, page.prepared.pixels)
    reading = page.reader.read(image, detection, page.request)
    size = {"width": image.width, "height": image.height}
    if reading.condemned is not None:
        is_writing = not is_picture(detection, **size)
    else:
        lines = [line for region in reading.regions for line in region.lines]
        seen = detection.lines if detection.reader not in (None, reading.reader) else None
        is_writing = holds_writing(lines, ink=detection.ink, seen=seen, **size)
    if is_writing:
        return dataclasses.replace(page, image=image, reading=reading, outcome="text")
    # what a reader sees in a photo must not stand anywhere as if somebody had written it
    return dataclasses.replace(page, image=image, reading=dataclasses.replace(reading, regions=()), outcome="drawing")


STAGES: tuple[Callable[[PageOnItsWay], PageOnItsWay], ...] = (
    _prepare,
    _text_layer,
    _detect,
    _turn,
    _leave_pictures,
    _read,
)


def transcribe(page: PageOnItsWay) -> PageOnItsWay:
    """Send a page through all stages, up to the one that knows the outcome."""
    for stage in STAGES:
        page = stage(page)
        if page.outcome is not None:
            return page
    raise AssertionError("the last stage always knows the outcome")


def page_image(page: PageOnItsWay) -> PageImage:
    """Describe the page image as it stands now."""
    assert page.prepared is not None
    height, width = page.prepared.pixels.shape[:2]
    return PageImage(
        page_id=page.page_id,
        width=width,
        height=height,
        artifact=page.file,
        to_raster=page.prepared.to_raster,
        steps=page.prepared.steps,
    )


def words_with_places(page: PageOnItsWay, previous: Transcript | None) -> Transcript | None:
    """Give the words of a reading their ids and places: the last stage, carried out inside commit 2."""
    if page.reading is None or page.detection is None:
        return None
    image = page.image or page_image(page)
    provenance = Provenance(
        notesyncd=__version__,
        reader=page.reading.reader,
        steps=image.steps,
        prompt_digest=page.reading.prompt_digest,
        sampling=page.reading.sampling,
        picture_digest=page.reading.picture_digest,
        adapter=page.reading.adapter,
        packages=(*((name, installed(name)) for name in _PACKAGES), *page.reading.packages),
    )
    transcript = ground(
        page.reading, image=image, previous=previous, provenance=provenance, warnings=page.detection.warnings
    )
    if page.condemned is None or any(page.condemned in warning for warning in transcript.warnings):
        return transcript
    return dataclasses.replace(transcript, warnings=(*transcript.warnings, f"{page.condemned}: {_CONDEMNED}"))
