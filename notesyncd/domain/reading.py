"""What a reader saw on a page image, before words get their ids and places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from notesyncd.domain.geometry import BoundingBox

RegionKind = Literal["text", "heading", "list", "table", "math", "drawing"]
Script = Literal["handwritten", "printed", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderId:
    """What exactly read a page: part of every provenance record.

    Attributes:
        name: the reader's registered name, e.g. ``rapidocr``.
        version: version of the reading engine.
        model: name of the weights, if any.
        model_digest: sha256 over the weights, if they can be hashed.
        device: e.g. ``cpu``.
        settings: what changes the result, as name and value.
    """

    name: str
    version: str
    model: str | None = None
    model_digest: str | None = None
    quantization: str | None = None
    device: str = "cpu"
    settings: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenEvidence:
    """What the tokens of one word say about it, in nats, before any penalty and at temperature 1; no probability.

    Attributes:
        logprob: sum over the word's tokens: the log-probability of the whole word after what came before it.
        least: the smallest of its tokens.
        margin: the smallest distance from a token to the next best one; None where alternatives are not known.
        entropy: the largest of its tokens, over the whole vocabulary; None where only a few alternatives are known.
    """

    logprob: float
    least: float
    margin: float | None = None
    entropy: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadWord:
    """One word as the reader saw it; ``score`` is the reader's raw figure, not a probability."""

    text: str
    box: BoundingBox | None = None
    score: float | None = None
    tokens: TokenEvidence | None = None
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLine:
    """One physical line of plain words; markup never enters a word."""

    words: tuple[ReadWord, ...]
    box: BoundingBox | None = None
    score: float | None = None
    script: Script = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRegion:
    """Lines that belong together. ``level`` is a heading's, ``checked`` a task's, ``cells`` a table's rows of texts."""

    kind: RegionKind = "text"
    lines: tuple[ReadLine, ...] = ()
    level: int | None = None
    checked: bool | None = None
    cells: tuple[tuple[str, ...], ...] = ()
    box: BoundingBox | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """What the light reader and the pixels say before a page is read in earnest.

    Attributes:
        rotation: clockwise degrees (0, 90, 180, 270) by which the page image was turned to stand upright.
        ink: share of the pixels that are ink, rulings removed, 0..1.
        lines: lines with words in pixels of the *upright* page image, in the order found.
        reader: who read the lines; None where only pixels were looked at.
    """

    rotation: int
    ink: float
    lines: tuple[ReadLine, ...] = ()
    reader: ReaderId | None = None
    warnings: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[ReadWord, ...]:
        """All words of all lines."""
        return tuple(word for line in self.lines for word in line.words)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenScore:
    """One generated token, as it came from the model, before any guard looked at it.

    Attributes:
        text: what it stands for; a byte of a cut character is ``\ufffd``.
        logprob: natural logarithm of its probability; None where the model's server keeps it to itself.
        id: its number in the model's vocabulary, where that is known.
    """

    text: str
    logprob: float | None
    id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One reader's answer for one page.

    Attributes:
        ordered: True where the reader itself gives the reading order; otherwise lines are put in order later.
        raw: the reader's own output, kept for the record, if it is text; uncut.
        condemned: the guard that found the answer too bad to stand anywhere unflagged, even after a second attempt.
        prompt_digest: sha256 of the prompt, where there was one.
        sampling: how the answer was generated, as name and value.
        picture_digest: sha256 of the very pixels that the model saw, where they are not the page image's.
        adapter: name and sha256 of an adapter that was laid over the weights.
        packages: versions of the libraries that read, as name and version.
        elapsed: seconds.
    """

    reader: ReaderId
    regions: tuple[ReadRegion, ...]
    ordered: bool = False
    tokens: tuple[TokenScore, ...] | None = None
    raw: str | None = None
    warnings: tuple[str, ...] = ()
    condemned: str | None = None
    prompt_digest: str | None = None
    sampling: tuple[tuple[str, str], ...] = ()
    picture_digest: str | None = None
    adapter: str | None = None
    packages: tuple[tuple[str, str], ...] = ()
    elapsed: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRequest:
    """What is asked of a reader for one page.

    Attributes:
        languages: BCP 47 tags, empty for "any".
        terms: names and words of the writer's own that may stand on the page.
        previous_title: the heading of the page before this one.
    """

    languages: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    previous_title: str | None = None
