"""What is asked of Apple's framework, and what is made of its objects: they are built here as they are documented.

No Mac is needed: pyobjc's modules are stood in for by objects with the methods that Apple and pyobjc document. That
the real ones are like that is what ``notesyncd doctor`` shows on a Mac.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType, SimpleNamespace

import pytest

from notesyncd.api import NotesyncdError, TransientError, UnreadableScan
from notesyncd.read.vision_request import AppleRecogniser, Rectangle, failure, reason_against, utf16_range

LANGUAGES = ("en-US", "ja-JP")


class AppleError:
    """An NSError."""

    def __init__(self, code: int) -> None:
        self._code = code

    def code(self) -> int:
        return self._code

    def domain(self) -> str:
        return "com.apple.Vision"

    def localizedDescription(self) -> str:  # noqa: N802
        return "it went wrong"


class AppleRectangle:
    """A VNRectangleObservation that stands level."""

    def __init__(self, left: float, bottom: float, width: float, height: float) -> None:
        self._edges = (left, bottom, width, height)

    def boundingBox(self) -> SimpleNamespace:  # noqa: N802
        left, bottom, width, height = self._edges
        return SimpleNamespace(
            origin=SimpleNamespace(x=left, y=bottom), size=SimpleNamespace(width=width, height=height)
        )

    def topLeft(self) -> SimpleNamespace:  # noqa: N802
        left, bottom, _, height = self._edges
        return SimpleNamespace(x=left, y=bottom + height)

    def topRight(self) -> SimpleNamespace:  # noqa: N802
        left, bottom, width, height = self._edges
        return SimpleNamespace(x=left + width, y=bottom + height)


class AppleText:
    """A VNRecognizedText; the box of a range tells which range was asked for."""

    def __init__(self, text: str, confidence: float) -> None:
        self._text, self._confidence = text, confidence

    def string(self) -> str:
        return self._text

    def confidence(self) -> float:
        return self._confidence

    def boundingBoxForRange_error_(  # noqa: N802
        self, place: tuple[int, int], error: None
    ) -> tuple[AppleRectangle | None, AppleError | None]:
        if self._text.startswith("?"):
            return None, AppleError(9)
        location, length = place
        return AppleRectangle(location / 100, 0.5, length / 100, 0.1), None


class AppleLine(AppleRectangle):
    """A VNRecognizedTextObservation."""

    def __init__(self, *candidates: AppleText) -> None:
        super().__init__(0.1, 0.5, 0.8, 0.1)
        self._candidates = candidates

    def topCandidates_(self, count: int) -> list[AppleText]:  # noqa: N802
        return list(self._candidates[:count])


class AppleRequest:
    """A VNRecognizeTextRequest: remembers what it was told."""

    def __init__(self, framework: AppleFramework) -> None:
        self._framework = framework
        self.told: dict[str, object] = {}
        framework.requests.append(self)

    def init(self) -> AppleRequest:
        return self

    def __getattr__(self, name: str) -> Callable[[object], None]:
        settable = (
            "setRevision_",
            "setRecognitionLevel_",
            "setUsesLanguageCorrection_",
            "setMinimumTextHeight_",
            "setAutomaticallyDetectsLanguage_",
            "setRecognitionLanguages_",
        )
        if name not in settable:
            raise AttributeError(name)
        return lambda value: self.told.__setitem__(name, value)

    def supportedRecognitionLanguagesAndReturnError_(  # noqa: N802
        self, error: None
    ) -> tuple[list[str] | None, AppleError | None]:
        return (None, self._framework.error) if self._framework.error else (list(LANGUAGES), None)

    def results(self) -> list[AppleLine] | None:
        return self._framework.lines


class AppleFramework:
    """What happens in this test's Vision."""

    def __init__(self) -> None:
        self.lines: list[AppleLine] | None = None
        self.error: AppleError | None = None
        self.exception: Exception | None = None
        self.requests: list[AppleRequest] = []
        self.handed: tuple[object, ...] = ()
        self.pools = 0

    def handler(self) -> SimpleNamespace:
        def initialised(data: bytes, options: None) -> SimpleNamespace:
            self.handed = (data, options)
            return SimpleNamespace(performRequests_error_=self.perform)

        return SimpleNamespace(initWithData_options_=initialised)

    def perform(self, requests: list[AppleRequest], error: None) -> tuple[bool, AppleError | None]:
        assert requests == self.requests
        assert self.pools == 1
        if self.exception is not None:
            raise self.exception
        return (False, self.error) if self.error else (True, None)

    @contextmanager
    def pool(self) -> Iterator[None]:
        self.pools += 1
        try:
            yield
        finally:
            self.pools -= 1


class ObjectiveCError(Exception):
    """objc.error."""


@pytest.fixture
def framework(monkeypatch: pytest.MonkeyPatch) -> AppleFramework:
    framework = AppleFramework()
    vision, objc = ModuleType("Vision"), ModuleType("objc")
    vision.VNRequestTextRecognitionLevelAccurate = 0
    vision.VNRecognizeTextRequest = SimpleNamespace(alloc=lambda: AppleRequest(framework))
    vision.VNImageRequestHandler = SimpleNamespace(alloc=framework.handler)
    objc.autorelease_pool = framework.pool
    objc.error = ObjectiveCError
    monkeypatch.setitem(sys.modules, "Vision", vision)
    monkeypatch.setitem(sys.modules, "objc", objc)
    return framework


def test_a_page_is_read_verbatim_and_by_a_named_revision(framework: AppleFramework) -> None:
    AppleRecogniser().recognise(b"png", ())

    assert framework.requests[0].told == {
        "setRevision_": 3,
        "setRecognitionLevel_": 0,
        "setUsesLanguageCorrection_": False,
        "setMinimumTextHeight_": 0.0,
        "setAutomaticallyDetectsLanguage_": True,
    }
    assert framework.handed == (b"png", None)


def test_languages_that_are_named_are_not_looked_for(framework: AppleFramework) -> None:
    AppleRecogniser().recognise(b"png", ("ja-JP", "en-US"))

    assert framework.requests[0].told["setAutomaticallyDetectsLanguage_"] is False
    assert framework.requests[0].told["setRecognitionLanguages_"] == ["ja-JP", "en-US"]


def test_lines_become_plain_values(framework: AppleFramework) -> None:
    framework.lines = [
        AppleLine(AppleText("buy milk", 0.5), AppleText("boy milk", 0.3)),
        AppleLine(AppleText("ok", 1.0)),
    ]

    first, second = AppleRecogniser().recognise(b"png", ())

    assert (first.text, first.confidence) == ("buy milk", 0.5)
    assert first.box == Rectangle(left=0.1, bottom=0.5, width=0.8, height=0.1)
    assert first.top_left == (0.1, 0.6)
    assert first.top_right == (0.9, 0.6)
    assert first.word_boxes == (
        Rectangle(left=0.0, bottom=0.5, width=0.03, height=0.1),
        Rectangle(left=0.04, bottom=0.5, width=0.04, height=0.1),
    )
    assert second.text == "ok"
    assert framework.pools == 0


def test_the_range_of_a_word_is_counted_as_the_framework_counts(framework: AppleFramework) -> None:
    framework.lines = [AppleLine(AppleText("😀 𠮷野家 milk", 1.0))]

    (line,) = AppleRecogniser().recognise(b"png", ())

    assert [round(box.left * 100) for box in line.word_boxes if box] == [0, 3, 8]
    assert [round(box.width * 100) for box in line.word_boxes if box] == [2, 4, 4]


def test_a_word_without_a_box_has_none(framework: AppleFramework) -> None:
    framework.lines = [AppleLine(AppleText("?? what", 1.0))]

    assert AppleRecogniser().recognise(b"png", ())[0].word_boxes == (None, None)


@pytest.mark.parametrize("lines", [None, [], [AppleLine()]])
def test_a_page_without_text_gives_no_lines(framework: AppleFramework, lines: list[AppleLine] | None) -> None:
    framework.lines = lines

    assert AppleRecogniser().recognise(b"png", ()) == ()


def test_a_request_that_fails_is_an_error(framework: AppleFramework) -> None:
    framework.error = AppleError(9)

    with pytest.raises(TransientError, match=r"it went wrong \(com.apple.Vision 9\)"):
        AppleRecogniser().recognise(b"png", ())
    with pytest.raises(TransientError, match="it went wrong"):
        AppleRecogniser().languages()
    assert framework.pools == 0


def test_an_exception_of_the_framework_may_pass(framework: AppleFramework) -> None:
    framework.exception = ObjectiveCError("NSInvalidArgumentException")

    with pytest.raises(TransientError, match="NSInvalidArgumentException"):
        AppleRecogniser().recognise(b"png", ())


def test_the_systems_languages_are_asked_for_this_very_request(framework: AppleFramework) -> None:
    assert AppleRecogniser().languages() == LANGUAGES
    assert framework.requests[0].told["setRevision_"] == 3


@pytest.mark.parametrize(
    ("error", "kind"), [(AppleError(13), UnreadableScan), (AppleError(10), TransientError), (None, TransientError)]
)
def test_only_a_refused_picture_is_the_pages_fault(error: AppleError | None, kind: type[NotesyncdError]) -> None:
    assert type(failure(error)) is kind


@pytest.mark.parametrize(
    ("begin", "end", "expected"), [(0, 1, (0, 1)), (1, 2, (1, 2)), (2, 4, (3, 2)), (0, 4, (0, 5)), (4, 4, (5, 0))]
)
def test_a_range_counts_utf16_units(begin: int, end: int, expected: tuple[int, int]) -> None:
    assert utf16_range("a𠮷bc", begin, end) == expected


@pytest.mark.parametrize(
    ("system", "release", "installed", "said"),
    [
        ("Linux", "", True, "no Mac"),
        ("Darwin", "12.7.6", True, "needs macOS 13 or newer, and this is macOS 12.7.6"),
        ("Darwin", "13.0", False, "pip install 'pyobjc-framework-Vision>=10'"),
    ],
)
def test_what_keeps_it_from_use_is_said_with_the_remedy(system: str, release: str, installed: bool, said: str) -> None:
    reason = reason_against(system, release, installed=installed)

    assert reason is not None
    assert said in reason


@pytest.mark.parametrize("release", ["13.0", "15.5", "26.1", ""])
def test_nothing_speaks_against_a_mac_that_is_new_enough(release: str) -> None:
    assert reason_against("Darwin", release, installed=True) is None
