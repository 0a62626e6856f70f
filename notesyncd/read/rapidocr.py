"""The embedded reader: rapidocr with the models of its wheel, on any machine, offline, at once."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version

import cv2
import numpy as np

from notesyncd.api import (
    BoundingBox,
    ConfigError,
    Detection,
    PageImage,
    Pixels,
    ReaderCapabilities,
    ReaderContext,
    ReaderId,
    Reading,
    ReadLine,
    ReadRegion,
    ReadRequest,
    ReadWord,
    TransientError,
    load_pixels,
)
from notesyncd.read import upright
from notesyncd.read.canvas import Canvas
from notesyncd.read.rapidocr_engine import MODELS, Engine, Recognised, Strip, models_digest, unready
from notesyncd.read.words import word_spans

NAME = "rapidocr"

_SIDE = 2000  # px, border counted: rapidocr's own limit; 1600 to 2000 read alike and cost in proportion
_BORDER = 60  # px: the detector finds nothing on ink that touches the border
_FLATTEST = 8.0  # a picture flatter than this is enlarged beyond reason before detection
_PAGE_MEMORY = 700_000_000  # bytes that a page of 2000 px takes while it is read (measured: 600 MB)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """The strips of one picture of the page, as it stands or turned."""

    canvas: Canvas
    strips: list[Strip]
    lay: upright.Lay

    def flips(self, strip: Strip) -> bool:
        """Tell whether to read a strip turned by 180 degrees.

        A level one never: on handwriting the classifier errs more often than a single line stands on its head. One
        that runs up the margin of a page of level lines was cut out upside down.
        """
        return strip.tall and strip.upside_down and self.lay == "level"


class RapidOcrReader:
    """Reads pages with rapidocr; also the light reader that finds lines, words and rotation.

    May be called from any number of threads; the models are loaded once, at the first page.
    """

    def __init__(self, context: ReaderContext) -> None:  # noqa: ARG002 - the contract; nothing of it is needed
        """Open the reader; the models are loaded at the first page.

        Raises:
            ConfigError: if rapidocr can't be used here.
        """
        reason = unready()
        if reason is not None:
            raise ConfigError(reason)
        self._loading = threading.Lock()
        self._engine: Engine | None = None

    @property
    def capabilities(self) -> ReaderCapabilities:
        """Boxes, no log-probabilities; a page a core as far as half the memory reaches."""
        return ReaderCapabilities(boxes=True, parallel=parallel())

    def identity(self) -> ReaderId:
        """Name engine, weights and all that changes the result."""
        return ReaderId(
            name=NAME,
            version=version("rapidocr"),
            model="+".join(name.removesuffix(".onnx") for name in MODELS.values()),
            model_digest=models_digest(),
            settings=(
                ("border", str(_BORDER)),
                ("onnxruntime", version("onnxruntime")),
                ("opencv", cv2.__version__),
                ("side", str(_SIDE)),
                ("threads", "1"),
            ),
        )

    def detect(self, pixels: Pixels) -> Detection:
        """Find the page's rotation and read its lines; a page that stands upright is looked at once."""
        found = self._find(pixels)
        lines = None
        if found.lay == "level" and not upright.looks_flipped(found.strips):
            lines = self._recognise(found)
            if upright.mean_score(lines) >= upright.READS_WELL:
                return self._detection(0, found, lines)
        rotation = self._rotation(pixels, found)
        if rotation:
            found = self._find(_turned(pixels, rotation))
            lines = None
        return self._detection(rotation, found, self._recognise(found) if lines is None else lines)

    def read(self, image: PageImage, detection: Detection, request: ReadRequest) -> Reading:  # noqa: ARG002
        """Read an upright page image; what this very reader detected on it is its reading already.

        Raises:
            TransientError: if the page image is gone or cut off; it can be made again.
        """
        begin = time.perf_counter()
        lines = detection.lines
        if detection.reader != self.identity():
            try:
                pixels = load_pixels(image)
            except (OSError, ValueError) as error:
                raise TransientError(f"the page image can't be read: {error}") from error
            found = self._find(pixels)
            lines = _read_lines(found, self._recognise(found))
        return Reading(
            reader=self.identity(),
            regions=(ReadRegion(lines=lines),) if lines else (),
            elapsed=time.perf_counter() - begin,
        )

    def close(self) -> None:
        """Let go of the models."""
        with self._loading:
            self._engine = None

    def _ready(self) -> Engine:
        with self._loading:
            if self._engine is None:
                self._engine = Engine()
            return self._engine

    def _find(self, pixels: Pixels) -> _Found:
        canvas = Canvas.of(pixels, side=_SIDE, border=_BORDER, flattest=_FLATTEST)
        strips = self._ready().find(canvas.bgr)
        return _Found(canvas=canvas, strips=strips, lay=upright.lay(strips))

    def _recognise(self, found: _Found) -> list[Recognised]:
        return self._ready().recognise([_pixels(strip, flip=found.flips(strip)) for strip in found.strips])

    def _rotation(self, pixels: Pixels, found: _Found) -> int:
        """Return by how many degrees, clockwise, the page must be turned; 0 unless another turn reads far better."""
        evidence = dict.fromkeys(upright.TURNS, 0.0)
        self._weigh(found, 0, evidence)
        if found.lay == "unclear":
            self._weigh(self._find(_turned(pixels, 90)), 90, evidence)
        turn = upright.best_turn(evidence)
        if found.lay == "sideways" and turn and self._is_written_downwards(found.strips, flip=turn == 90):
            return (turn + 90) % 360
        return turn

    def _is_written_downwards(self, strips: Sequence[Strip], *, flip: bool) -> bool:
        """Tell whether tall strips are columns of upright Japanese or Chinese, and no lines of a page on its side.

        The recogniser reads both. But the characters of a column, cut apart and laid side by side, still read well;
        those of a line on its side would then lie on their backs.
        """
        sample = [_pixels(strip, flip=flip) for strip in upright.longest(strips) if strip.tall]
        lines = self._ready().recognise(sample)
        columns = [(pixels, line) for pixels, line in zip(sample, lines, strict=True) if upright.is_mostly_cjk(line)]
        if 2 * len(columns) < len(sample):
            return False
        laid = self._ready().recognise([upright.laid_out(pixels, line.centers) for pixels, line in columns])
        return 2 * sum(map(upright.readable, laid)) > sum(upright.readable(line) for _, line in columns)

    def _weigh(self, found: _Found, rotation: int, evidence: dict[int, float]) -> None:
        """Add for each turn of the page how readable its longest strips are then; ``found`` is turned by one."""
        sample = upright.longest(found.strips)
        for flip in (False, True):
            lines = self._ready().recognise([_pixels(strip, flip=flip) for strip in sample])
            for strip, line in zip(sample, lines, strict=True):
                # A tall strip was turned counter-clockwise before it was read.
                turn = rotation + (270 if strip.tall else 0) + (180 if flip else 0)
                evidence[turn % 360] += upright.readable(line)

    def _detection(self, rotation: int, found: _Found, lines: list[Recognised]) -> Detection:
        return Detection(rotation=rotation, ink=0.0, lines=_read_lines(found, lines), reader=self.identity())


def _pixels(strip: Strip, *, flip: bool) -> Pixels:
    return np.ascontiguousarray(np.rot90(strip.bgr, 2)) if flip else strip.bgr


def _turned(pixels: Pixels, rotation: int) -> Pixels:
    return np.ascontiguousarray(np.rot90(pixels, -rotation // 90))


def _read_lines(found: _Found, lines: Sequence[Recognised]) -> tuple[ReadLine, ...]:
    placed = (_read_line(found, strip, line) for strip, line in zip(found.strips, lines, strict=True))
    return tuple(line for line in placed if line.words)


def _read_line(found: _Found, strip: Strip, line: Recognised) -> ReadLine:
    def box(start: float, end: float) -> BoundingBox:
        corners = np.array([[start, 0], [end, 0], [end, strip.height], [start, strip.height]], np.float64)
        return found.canvas.box(strip.to_picture(corners, flip=found.flips(strip)))

    centers = [center * strip.length for center in line.centers]
    spans = word_spans(line.text, centers, line.scores, strip.length)
    words = tuple(ReadWord(text=span.text, box=box(span.start, span.end), score=span.score) for span in spans)
    return ReadLine(words=words, box=box(0, strip.length), score=line.score)


def parallel() -> int:
    """Return 0 (a page a core), or fewer where half of the machine's memory does not hold as many pages."""
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    pages = max(1, memory // 2 // _PAGE_MEMORY)
    return 0 if cores <= pages else pages
