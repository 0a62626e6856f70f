"""The only call into Apple's Vision framework (pyobjc): a picture goes in, plain values come out.

Never run on a Mac so far: ``notesyncd doctor`` does, there. It is written by what these say:

* Apple's documentation (developer.apple.com/documentation/vision: ``VNRecognizeTextRequest``, ``VNRecognizedText``,
  ``VNImageRequestHandler``) and the framework's header ``VNObservation.h``: a request gives an observation for each
  line; its corners and its box are shares of the picture, 0..1, from its bottom left; ``topCandidates:`` gives
  readings, the surest first, each with a confidence of 0..1 for the whole line; ``boundingBoxForRange:error:`` gives a
  box for some of a reading's characters, which need not fit exactly; ``minimumTextHeight`` is 1/32 of the picture
  unless it is set, more than the lines of a full page have; without language correction the answer is what was really
  seen; ``automaticallyDetectsLanguage`` came with revision 3, in macOS 13.
* pyobjc's metadata and tests (pyobjc-framework-Vision): an ``NSError **`` comes back as the second of two results;
  an ``NSRange`` is a pair, counted in UTF-16 units as in every ``NSString``.
* Public programs that call it from Python, ocrmac among them: the bytes of a PNG are taken as they are; options must
  be None, for an empty dictionary can be refused.
"""

from __future__ import annotations

import platform
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Protocol

from notesyncd.api import NotesyncdError, TransientError, UnreadableScan
from notesyncd.read.words import word_ranges

REVISION = 3
"""Of the request (``VNRecognizeTextRequestRevision3``): named, so that a newer one never comes by itself."""

_FIRST_SYSTEM = 13  # macOS: the first with this revision
_INVALID_IMAGE = 13  # VNErrorInvalidImage

Point = tuple[float, float]
"""(x, y): shares of the picture's width and height, from its bottom left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rectangle:
    """Shares of the picture's width and height, from its bottom left."""

    left: float
    bottom: float
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognisedText:
    """One line as Apple's recogniser sees it.

    Attributes:
        confidence: of the whole line, 0..1.
        top_left: where the writing begins, at its own upper side: tells, with ``top_right``, which way it runs.
        word_boxes: one for each of ``word_ranges(text)``; None where there is none.
    """

    text: str
    confidence: float
    box: Rectangle
    top_left: Point
    top_right: Point
    word_boxes: tuple[Rectangle | None, ...]


class Recogniser(Protocol):
    """Reads the lines of a picture."""

    def unready(self) -> str | None:
        """Say why it can't be used here, with the remedy, or None."""

    def languages(self) -> tuple[str, ...]:
        """Return the BCP 47 tags of all languages that it reads."""

    def recognise(self, png: bytes, languages: Sequence[str]) -> tuple[RecognisedText, ...]:
        """Read a picture.

        Args:
            languages: of ``languages()``, most likely first; none: it finds them out itself.

        Raises:
            UnreadableScan: if it refuses the picture.
            TransientError: if it fails otherwise.
        """


class AppleRecogniser:
    """``VNRecognizeTextRequest``; loads its models at the first picture, in the system's own time.

    Safe to call from any thread: each call has a request and a handler of its own.
    """

    def unready(self) -> str | None:
        """Say why it can't be used here, with the remedy, or None."""
        return reason_against(platform.system(), platform.mac_ver()[0], installed=find_spec("Vision") is not None)

    def languages(self) -> tuple[str, ...]:
        """Ask the system for its languages."""
        import Vision  # noqa: PLC0415 - exists on macOS only

        with _objective_c():
            tags, error = _request(Vision).supportedRecognitionLanguagesAndReturnError_(None)
            if tags is None:
                raise failure(error)
            return tuple(str(tag) for tag in tags)

    def recognise(self, png: bytes, languages: Sequence[str]) -> tuple[RecognisedText, ...]:
        """Read a picture, verbatim."""
        import Vision  # noqa: PLC0415 - exists on macOS only

        with _objective_c():
            return _recognised(Vision, png, languages)


APPLE = AppleRecogniser()


def reason_against(system: str, release: str, *, installed: bool) -> str | None:
    """Say what speaks against Apple's recogniser on a machine, with the remedy, or None.

    Args:
        system: as ``platform.system()`` names it.
        release: of macOS.
        installed: whether pyobjc's ``Vision`` is.
    """
    if system != "Darwin":
        return "it is part of macOS, and this is no Mac: use another reader"
    major = release.split(".", maxsplit=1)[0]
    if major.isdecimal() and int(major) < _FIRST_SYSTEM:
        return f"it needs macOS {_FIRST_SYSTEM} or newer, and this is macOS {release}: update, or use another reader"
    if not installed:
        return "the package pyobjc-framework-Vision is not installed: pip install 'pyobjc-framework-Vision>=10'"
    return None


def utf16_range(text: str, begin: int, end: int) -> tuple[int, int]:
    """Return (location, length) in UTF-16 units for ``text[begin:end]``: so an ``NSRange`` counts."""
    return _units(text[:begin]), _units(text[begin:end])


def failure(error: Any) -> NotesyncdError:
    """Return what to raise for an ``NSError`` of Vision, which may be None."""
    if error is None:
        return TransientError("Apple's text recogniser failed without a reason")
    said = f"{error.localizedDescription()} ({error.domain()} {error.code()})"
    if error.code() == _INVALID_IMAGE:
        return UnreadableScan(f"Apple's text recogniser refused the page: {said}")
    return TransientError(f"Apple's text recogniser failed: {said}")


@contextmanager
def _objective_c() -> Iterator[None]:
    """Free what a call leaves behind, and make its exceptions ours."""
    import objc  # noqa: PLC0415 - exists on macOS only

    with objc.autorelease_pool():
        try:
            yield
        except objc.error as error:
            raise TransientError(f"Apple's text recogniser failed: {error}") from error


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _request(vision: Any) -> Any:
    request = vision.VNRecognizeTextRequest.alloc().init()
    request.setRevision_(REVISION)
    request.setRecognitionLevel_(vision.VNRequestTextRecognitionLevelAccurate)
    request.setUsesLanguageCorrection_(False)
    request.setMinimumTextHeight_(0.0)
    return request


def _recognised(vision: Any, png: bytes, languages: Sequence[str]) -> tuple[RecognisedText, ...]:
    request = _request(vision)
    request.setAutomaticallyDetectsLanguage_(not languages)
    if languages:
        request.setRecognitionLanguages_(list(languages))
    handler = vision.VNImageRequestHandler.alloc().initWithData_options_(png, None)
    done, error = handler.performRequests_error_([request], None)
    if not done:
        raise failure(error)
    readings = ((observation, observation.topCandidates_(1)) for observation in request.results() or ())
    return tuple(_line(observation, candidates[0]) for observation, candidates in readings if candidates)


def _line(observation: Any, candidate: Any) -> RecognisedText:
    text = str(candidate.string())
    return RecognisedText(
        text=text,
        confidence=float(candidate.confidence()),
        box=_rectangle(observation),
        top_left=_point(observation.topLeft()),
        top_right=_point(observation.topRight()),
        word_boxes=tuple(_word_box(candidate, text, begin, end) for begin, end in word_ranges(text)),
    )


def _word_box(candidate: Any, text: str, begin: int, end: int) -> Rectangle | None:
    # An error means that there is no box; the word is placed otherwise.
    box, _ = candidate.boundingBoxForRange_error_(utf16_range(text, begin, end), None)
    return None if box is None else _rectangle(box)


def _rectangle(observation: Any) -> Rectangle:
    box = observation.boundingBox()
    return Rectangle(
        left=float(box.origin.x),
        bottom=float(box.origin.y),
        width=float(box.size.width),
        height=float(box.size.height),
    )


def _point(point: Any) -> Point:
    return float(point.x), float(point.y)
