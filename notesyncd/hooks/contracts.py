"""The contracts a plugin fulfils: Reader, Sink, Preprocessor, and how each is announced.

MUST, as in RFC 2119. ``notesyncd.testing`` has the conformance suites.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict

from notesyncd.domain.delivery import Absent, DeliveryRequest, Found, Health, Receipt, Removed
from notesyncd.domain.geometry import Transform
from notesyncd.domain.page import PageImage, Step
from notesyncd.domain.reading import Detection, ReaderId, Reading, ReadRequest
from notesyncd.hooks.pixels import Pixels


class PluginSettings(BaseModel):
    """Base of every plugin's settings: unknown keys are errors, values never appear in messages."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


# ------------------------------------------------------------------------------------------------------------- readers


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderCapabilities:
    """What a reader can do.

    Attributes:
        boxes: its words come with boxes.
        logprobs: its answer comes with token log-probabilities.
        languages: BCP 47 tags it is good at; empty: any.
        parallel: how many pages it may be asked to read at the same moment, from as many threads; 0: one a core.
        remote: page images leave this machine.
    """

    boxes: bool
    logprobs: bool = False
    languages: tuple[str, ...] = ()
    parallel: int = 1
    remote: bool = False


@runtime_checkable
class Reader(Protocol):
    """Turns a page image into words.

    * ``read`` MUST be safe to call from ``capabilities.parallel`` threads at once.
    * ``read`` MUST return words as plain text; markup of its own never enters a word.
    * boxes MUST lie inside the page image, in its pixels.
    * an empty page MUST give a reading without words, never an error.
    * ``read`` raises TransientError where it may work later, UnreadableScan where this page will never work.
    * ``close`` MUST be harmless when called twice.
    """

    @property
    def capabilities(self) -> ReaderCapabilities:
        """What this reader can do."""

    def identity(self) -> ReaderId:
        """Say exactly what reads: engine, weights, settings. Equal identities MUST mean equal answers."""

    def read(self, image: PageImage, detection: Detection, request: ReadRequest) -> Reading:
        """Read one upright page image; ``detection`` may be reused where this reader made it."""

    def close(self) -> None:
        """Give back all that it holds."""


@runtime_checkable
class LightReader(Protocol):
    """A reader quick enough to find lines, words and the page's rotation on every page."""

    def detect(self, pixels: Pixels) -> Detection:
        """Find lines and words on ``pixels`` as they stand, and say by ``rotation`` how they must be turned.

        The lines are in pixels of the image turned by ``rotation``.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderContext:
    """What a reader gets when it is opened, or asked whether it could be.

    Attributes:
        cache: the folder of all readers' caches, fetched models among them; it may not exist yet.
        threads: so many pages may be read at once.
        model: name of a model, "auto", a hub id or a folder: as the user set it.
        prompt_file: the user's own prompt, instead of the built-in one.
        settings: from ``[read.<name>]``, an instance of ``ReaderSpec.settings``; None where that is None.
    """

    cache: Path
    threads: int = 1
    model: str = "auto"
    prompt_file: Path | None = None
    settings: Any = None


def one_page(_context: ReaderContext) -> int:
    """Return how many pages a reader bears at the same moment that bears one."""
    return 1


def no_reason(_context: ReaderContext) -> None:
    """Say that nothing speaks against a reader."""


def no_cost(_context: ReaderContext, _pages: int) -> None:
    """Say that pages cost nothing but time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderSpec:
    """Announces a reader.

    Attributes:
        open: makes the reader; may take seconds; raises ConfigError or TransientError with a remedy.
        unready: why it can't be used on this machine now, or None; MUST be quick and load no model.
        parallel: the same as its capabilities': known before it is opened.
        settings: filled from ``[read.<name>]``; None: it has no settings.
        auto_rank: its place when ``reader = "auto"`` looks for the first that is ready; None: never chosen by itself.
        unsuited: why "auto" passes it over on this machine though it may be used (too slow here, or remote); quick too.
        leaves_machine: what leaves this machine with each page, and where to; None: nothing does.
        estimate: what so many pages would take (tokens, money), in a sentence; None: nothing but time. Asks nobody.
        remedy: how to make it ready where it is not, as a command or a setting; shown where it would read better.
    """

    name: str
    open: Callable[[ReaderContext], Reader]
    unready: Callable[[ReaderContext], str | None]
    parallel: Callable[[ReaderContext], int] = one_page
    settings: type[PluginSettings] | None = None
    auto_rank: int | None = None
    unsuited: Callable[[ReaderContext], str | None] = no_reason
    leaves_machine: Callable[[ReaderContext], str | None] = no_reason
    estimate: Callable[[ReaderContext, int], str | None] = no_cost
    description: str = ""
    remedy: str = ""


# ------------------------------------------------------------------------------------------------------- preprocessors


@dataclass(frozen=True, slots=True, kw_only=True)
class RasterInfo:
    """What is known of a raster before it is prepared: EXIF orientation 1..8 and resolution."""

    orientation: int = 1
    dpi: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Result of one step: the new pixels, the map from them back to the input's pixels, and the record."""

    pixels: Pixels
    to_input: Transform
    step: Step


class Preprocessor(Protocol):
    """One step between raster and page image.

    * MUST be a pure function: equal pixels give equal pixels.
    * MUST return None where it changes nothing.
    """

    def __call__(self, pixels: Pixels, info: RasterInfo) -> Prepared | None:
        """Return the changed pixels with the map back, or None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreprocessorSpec:
    """Announces a preparing step; the order of steps comes from the configuration."""

    name: str
    apply: Preprocessor
    description: str = ""


# --------------------------------------------------------------------------------------------------------------- sinks


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkCapabilities:
    """What a sink can do.

    Attributes:
        lookup: its copies can be found again by note id. False means at-least-once, and users are told so.
        update: a delivered copy can be changed in place.
        announces: a delivery notifies people (so a backlog is never sent there unasked).
        visibility_delay: seconds until a look-up surely sees what was written.
        longest_request: seconds a cut-off request can still be carried out after the last byte left.
    """

    lookup: bool
    update: bool = True
    announces: bool = False
    visibility_delay: float = 0.0
    longest_request: float = 0.0


@runtime_checkable
class Sink(Protocol):
    """Keeps one copy of each note in step at one place.

    * ``deliver`` MUST bring the remote side to exactly ``request.note``, whatever ``known`` says, or raise.
    * What the user wrote MUST be kept: text is the user's where it is none of ``request.ours``.
    * ``find`` MUST return ``Removed`` only where a receipt is known or the remote side itself shows the deletion;
      without either it is ``Absent``. An unreachable or unmarked target is a TransientError, never ``Removed``.
    * ``find`` MUST NOT write, except to withdraw unedited doubles that our own connection made.
    * No call may retry by itself; errors are raised by what to do next (see ``notesyncd.api`` errors).
    * Secrets MUST appear neither in ``repr`` nor in logs nor in errors.
    * ``close`` MUST be harmless when called twice.
    * Calls come from one thread.
    """

    @property
    def capabilities(self) -> SinkCapabilities:
        """What this sink can do."""

    def identity(self) -> str:
        """Name the place (vault, workspace and database, channel); another identity is another sink."""

    def check(self) -> Health:
        """Look, by a call that changes nothing, whether deliveries would work."""

    def find(self, note_id: str, since: datetime | None, receipt: Receipt | None) -> Found | Removed | Absent:
        """Look for our copy of a note; objects made before ``since`` belong to a past life."""

    def deliver(self, request: DeliveryRequest) -> Receipt | Removed:
        """Bring the copy to ``request.note``."""

    def close(self) -> None:
        """Give back all that it holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkContext:
    """What a sink gets when it is opened: its name in the configuration and a folder for its own caches."""

    name: str
    cache: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkSpec:
    """Announces a sink. ``settings`` is filled from ``[sinks.<name>]``; ``open`` gets it and raises ConfigError."""

    name: str
    settings: type[PluginSettings]
    open: Callable[[Any, SinkContext], Sink]
    description: str = ""
