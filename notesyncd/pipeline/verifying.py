"""Reads a page again as it was read, writes nothing, and says what is no longer the same."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from notesyncd.api import BoundingBox, PermanentError, Provenance, RasterInfo, ReaderId, Region, Step, Transcript
from notesyncd.ledger import transcriptions
from notesyncd.pipeline.pictures import load_raster
from notesyncd.pipeline.previous_title import title_before
from notesyncd.pipeline.rereading import words_that_differ
from notesyncd.pipeline.stages import on_its_way, transcribe, words_with_places
from notesyncd.read.text_layer import NAME as TEXT_LAYER
from notesyncd.review.wording import ACCEPTED, CORRECTED, ILLEGIBLE

if TYPE_CHECKING:
    from notesyncd.intake.decoder.decoder import Decoder
    from notesyncd.ledger.artifacts import Artifacts
    from notesyncd.ledger.store import Ledger
    from notesyncd.pipeline.services import ReadingTools

_BY_A_PERSON = frozenset((ACCEPTED, CORRECTED, ILLEGIBLE))


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifier:
    """What reading again takes.

    Attributes:
        tools: gives the tools of a reader by name; None: of the configured one. Raises ConfigError.
    """

    ledger: Ledger
    artifacts: Artifacts
    page_decoder: Decoder
    tools: Callable[[str | None], ReadingTools]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedPart:
    """One part of the fingerprint that was another one then; None: it had none."""

    part: str
    then: str | None
    now: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How a page reads now beside how it was read.

    Attributes:
        version: of the transcript that it is compared with: the newest that no person had a hand in.
        words_then: sha256 over the words as they were read, their order and boxes.
        words_now: of this reading.
        words_differ: so many words would have to be changed, put in or taken out.
        changed: what made the one and not the other.
        condemned: the guard that this time found the answer unfit.
    """

    page_id: str
    version: int
    words_then: str
    words_now: str
    words_differ: int
    changed: tuple[ChangedPart, ...]
    condemned: str | None = None

    @property
    def same(self) -> bool:
        """Whether words and fingerprint are the same."""
        return self.words_then == self.words_now and not self.changed and self.condemned is None


def verify(verifier: Verifier, page_id: str) -> Verdict:
    """Read a page again with the reader that read it last, as that is set up now, and compare.

    Raises:
        PermanentError: if nobody read it yet, or its original is gone.
        NotesyncdError: if it can't be read now.
    """
    with verifier.ledger.read() as connection:
        then = next(filter(_is_pure, transcriptions.readings(connection, page_id)), None)
    if then is None:
        raise PermanentError(f"page {page_id[:12]} was not read yet, or never without a person's corrections")
    now, condemned = _read_again(verifier, then)
    return Verdict(
        page_id=page_id,
        version=then.version,
        words_then=words_digest(then),
        words_now=words_digest(now),
        words_differ=words_that_differ(then, now),
        changed=changed_parts(then.provenance, now.provenance),
        condemned=condemned,
    )


def words_digest(transcript: Transcript) -> str:
    """Return the sha256, in hex, over a transcript's words, their order and their boxes, whatever their ids are."""
    regions = [_region(region) for region in transcript.regions]
    canonical = json.dumps(regions, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


def changed_parts(then: Provenance, now: Provenance) -> tuple[ChangedPart, ...]:
    """Return the parts of the fingerprint that differ, in the order in which a provenance names them."""
    before, after = dict(_parts("", then)), dict(_parts("", now))
    return tuple(
        ChangedPart(part=part, then=before.get(part), now=after.get(part))
        for part in dict.fromkeys([*before, *after])
        if before.get(part) != after.get(part)
    )


def _read_again(verifier: Verifier, then: Transcript) -> tuple[Transcript, str | None]:
    name = then.provenance.reader.name
    raster, place = load_raster(verifier, then.page_id)
    tools = verifier.tools(None if name == TEXT_LAYER else name)
    with tempfile.TemporaryDirectory(prefix="notesyncd-") as folder:
        page = transcribe(
            on_its_way(
                tools,
                page_id=then.page_id,
                raster=raster,
                info=RasterInfo(orientation=place.orientation, dpi=place.page.dpi),
                text_layer=place.text_layer,
                file=Path(folder) / "page.ppm",
                previous_title=title_before(verifier.ledger, then.page_id) if tools.tells_previous_title else None,
            )
        )
    now = words_with_places(page, None)
    if now is None:  # there is nothing to read on it any more, so nobody was asked
        return replace(then, regions=()), None
    return now, page.condemned


def _is_pure(transcript: Transcript) -> bool:
    return not any(_BY_A_PERSON.intersection(word.flags) for word in transcript.words)


def _region(region: Region) -> list[Any]:
    lines = [
        [_box(line.box), line.script, [[word.text, _box(word.box)] for word in line.words]] for line in region.lines
    ]
    return [region.kind, region.level, region.checked, region.cells, _box(region.box), lines]


def _box(box: BoundingBox | None) -> list[float] | None:
    return None if box is None else [box.left, box.top, box.right, box.bottom]


def _parts(name: str, value: object) -> Iterator[tuple[str, str | None]]:
    """Name each part of a provenance: ``reader.version``, ``packages.numpy``, ``steps.bound.side``."""
    match value:
        case None:
            return
        case tuple():
            for item in value:
                if isinstance(item, Step):
                    yield f"{name}.{item.name}", "in use"
                    yield from _parts(f"{name}.{item.name}", item.settings)
                else:
                    key, said = item
                    yield f"{name}.{key}", said
        case str():
            yield name, value
        case Provenance() | ReaderId():
            for field in fields(value):
                yield from _parts(f"{name}.{field.name}".lstrip("."), getattr(value, field.name))
