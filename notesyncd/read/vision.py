"""Apple's text recogniser as a reader: on any Mac, offline, with no download; there it is the light reader too.

All but the call itself (``vision_request``) is plain arithmetic on its answers.
"""

from __future__ import annotations

import platform
import threading
import time
from collections.abc import Sequence

import cv2
import numpy as np

from notesyncd.api import (
    ConfigError,
    Detection,
    PageImage,
    Pixels,
    ReaderCapabilities,
    ReaderContext,
    ReaderId,
    Reading,
    ReadRegion,
    ReadRequest,
    TransientError,
    load_pixels,
)
from notesyncd.read import upright
from notesyncd.read.canvas import Canvas
from notesyncd.read.vision_answers import Look, evidence, read_lines, stands
from notesyncd.read.vision_languages import nearest
from notesyncd.read.vision_request import APPLE, REVISION, Recogniser

NAME = "vision"
PARALLEL = 1
"""A page at a time: the system has one Neural Engine."""

# None of these was measured on a Mac.
_SIDE = 4096  # px, border counted: a page image of 16 MP keeps its size; the time of four looks stays bounded
_BORDER = 60  # px: as the embedded reader needs it; a picture of one pixel is large enough then, too
_FLATTEST = 8.0  # as for the embedded reader


class VisionReader:
    """Reads pages with Apple's recogniser; may be called from any number of threads, which take turns."""

    def __init__(self, context: ReaderContext, recogniser: Recogniser = APPLE) -> None:  # noqa: ARG002 - the contract
        """Open the reader; the system loads its models at the first page.

        Raises:
            ConfigError: if the recogniser can't be used here.
        """
        reason = recogniser.unready()
        if reason is not None:
            raise ConfigError(reason)
        self._recogniser = recogniser
        self._one_at_a_time = threading.Lock()

    @property
    def capabilities(self) -> ReaderCapabilities:
        """Boxes, no log-probabilities."""
        return ReaderCapabilities(boxes=True, parallel=PARALLEL)

    def identity(self) -> ReaderId:
        """Name the system and all that changes the result, where no language is asked for."""
        return identity_for(())

    def detect(self, pixels: Pixels) -> Detection:
        """Find the page's rotation and read its lines; a page that stands upright is looked at once."""
        look = self._look(pixels, 0, ())
        if not stands(look):
            looks = {0: look, **{turn: self._look(pixels, turn, ()) for turn in upright.TURNS if turn}}
            look = looks[upright.best_turn(evidence(looks.values()))]
        return Detection(rotation=look.turn, ink=0.0, lines=read_lines(look), reader=self.identity())

    def read(self, image: PageImage, detection: Detection, request: ReadRequest) -> Reading:
        """Read an upright page image in the languages asked for, as far as the system has them.

        Raises:
            TransientError: if the page image is gone or cut off, or the recogniser fails.
            UnreadableScan: if the recogniser refuses the page.
        """
        begin = time.perf_counter()
        languages, warnings = nearest(request.languages, self._languages() if request.languages else ())
        reader = identity_for(languages)
        lines = detection.lines
        if detection.reader != reader:
            try:
                pixels = load_pixels(image)
            except (OSError, ValueError) as error:
                raise TransientError(f"the page image can't be read: {error}") from error
            lines = read_lines(self._look(pixels, 0, languages))
        return Reading(
            reader=reader,
            regions=(ReadRegion(lines=lines),) if lines else (),
            warnings=warnings,
            elapsed=time.perf_counter() - begin,
        )

    def close(self) -> None:
        """Nothing is held between pages."""

    def _look(self, pixels: Pixels, turn: int, languages: Sequence[str]) -> Look:
        # Turned here, not by the handler's orientation: so boxes are surely those of the turned picture.
        turned = np.ascontiguousarray(np.rot90(pixels, -turn // 90))
        canvas = Canvas.of(turned, side=_SIDE, border=_BORDER, flattest=_FLATTEST)
        png = cv2.imencode(".png", canvas.bgr, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes()
        with self._one_at_a_time:
            return Look(turn=turn, canvas=canvas, texts=self._recogniser.recognise(png, languages))

    def _languages(self) -> tuple[str, ...]:
        with self._one_at_a_time:
            return self._recogniser.languages()


def unready() -> str | None:
    """Say why Apple's recogniser can't be used here, with the remedy, or None. Loads no model."""
    return APPLE.unready()


def identity_for(languages: Sequence[str]) -> ReaderId:
    """Name the system and all that changes the result; weights can't be hashed, so the release stands for them."""
    return ReaderId(
        name=NAME,
        version=platform.mac_ver()[0],
        model=f"VNRecognizeTextRequestRevision{REVISION}",
        device="system",  # which chooses among CPU, GPU and Neural Engine
        settings=(
            ("border", str(_BORDER)),
            ("correction", "off"),
            ("languages", "+".join(languages) or "automatic"),
            ("level", "accurate"),
            ("machine", platform.machine()),
            ("minimum_text_height", "0"),
            ("opencv", cv2.__version__),
            ("side", str(_SIDE)),
        ),
    )
