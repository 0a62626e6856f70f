"""What counts as the same: words, order and boxes; and each part of a fingerprint has a name."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import update

from notesyncd.api import BoundingBox, CorrectionRequest, PermanentError, Provenance, Reader, ReaderId, Step
from notesyncd.ledger import tables
from notesyncd.pipeline.correcting import correct
from notesyncd.pipeline.rereading import words_that_differ
from notesyncd.pipeline.verifying import ChangedPart, Verdict, Verifier, changed_parts, verify, words_digest
from tests.unit.compose.builders import written
from tests.unit.pipeline.conftest import Intake
from tests.unit.pipeline.desk import Desk, tools
from tests.unit.pipeline.readers import Talkative

PAGE = written("Buy seeds\nbeans and peas")
LINE = PAGE.regions[0].lines[0]


def with_word(**more: object):
    line = replace(LINE, words=(replace(LINE.words[0], **more), *LINE.words[1:]))
    return replace(PAGE, regions=(replace(PAGE.regions[0], lines=(line, *PAGE.regions[0].lines[1:])),))


def test_words_are_the_same_whatever_their_ids_and_their_version() -> None:
    assert words_digest(with_word(id="w77", confidence=0.5)) == words_digest(replace(PAGE, version=9))


def test_another_text_another_place_and_another_order_are_not_the_same() -> None:
    box = LINE.words[0].box
    assert box is not None
    lines = PAGE.regions[0].lines
    others = [
        with_word(text="Bay"),
        with_word(box=BoundingBox(left=box.left + 1e-9, top=box.top, right=box.right, bottom=box.bottom)),
        with_word(box=None),
        replace(PAGE, regions=(replace(PAGE.regions[0], lines=lines[::-1]),)),
        replace(PAGE, regions=(replace(PAGE.regions[0], kind="list"),)),
        replace(PAGE, regions=()),
    ]
    digests = {words_digest(other) for other in others}
    assert len(digests) == len(others)
    assert words_digest(PAGE) not in digests


@pytest.mark.parametrize(
    ("other", "count"),
    [
        ("Buy seeds\nbeans and peas", 0),
        ("Buy seeds\nbeans and pears", 1),
        ("Buy seeds today\nbeans and peas", 1),
        ("seeds\nbeans", 3),
        ("", 5),
    ],
)
def test_the_words_that_differ_are_counted(other: str, count: int) -> None:
    there = written(other) if other else replace(PAGE, regions=())
    assert words_that_differ(PAGE, there) == count
    assert words_that_differ(there, PAGE) == count


THEN = Provenance(
    notesyncd="1",
    reader=ReaderId(name="mlx", version="0.7", model="qwen", model_digest="aa", settings=(("max_pixels", "9"),)),
    steps=(Step(name="bound", settings=(("side", "4000"),)),),
    prompt_digest="p1",
    sampling=(("temperature", "0.0"),),
    packages=(("mlx", "0.32"),),
)


@pytest.mark.parametrize(
    ("now", "part", "before", "after"),
    [
        (replace(THEN, notesyncd="2"), "notesyncd", "1", "2"),
        (replace(THEN, reader=replace(THEN.reader, version="0.8")), "reader.version", "0.7", "0.8"),
        (replace(THEN, reader=replace(THEN.reader, model_digest="bb")), "reader.model_digest", "aa", "bb"),
        (replace(THEN, reader=replace(THEN.reader, quantization="4bit")), "reader.quantization", None, "4bit"),
        (replace(THEN, reader=replace(THEN.reader, settings=())), "reader.settings.max_pixels", "9", None),
        (replace(THEN, steps=()), "steps.bound", "in use", None),
        (replace(THEN, steps=(Step(name="bound", settings=(("side", "1"),)),)), "steps.bound.side", "4000", "1"),
        (replace(THEN, prompt_digest="p2"), "prompt_digest", "p1", "p2"),
        (replace(THEN, sampling=(("temperature", "1.0"),)), "sampling.temperature", "0.0", "1.0"),
        (replace(THEN, picture_digest="x"), "picture_digest", None, "x"),
        (replace(THEN, adapter="mine"), "adapter", None, "mine"),
        (replace(THEN, grounding="adopted/2"), "grounding", "adopted/1", "adopted/2"),
        (replace(THEN, packages=(("mlx", "0.33"),)), "packages.mlx", "0.32", "0.33"),
    ],
)
def test_every_part_of_a_fingerprint_is_named_when_it_changes(
    now: Provenance, part: str, before: str | None, after: str | None
) -> None:
    assert ChangedPart(part=part, then=before, now=after) in changed_parts(THEN, now)
    assert all(changed.part.startswith(part) for changed in changed_parts(THEN, now))
    assert changed_parts(THEN, THEN) == ()


# --------------------------------------------------------------------------------------------------------- a page on a desk


@pytest.fixture
def desk(intake: Intake) -> Desk:
    return Desk(intake)


def verified(desk: Desk, reader: Reader) -> Verdict:
    services = desk.services
    verifier = Verifier(
        ledger=services.ledger,
        artifacts=services.artifacts,
        page_decoder=services.page_decoder,
        tools=lambda _name: tools(reader),
    )
    return verify(verifier, desk.page_id)


def test_a_page_that_reads_as_it_did_is_the_same_and_nothing_is_kept_of_it(desk: Desk) -> None:
    desk.read(Talkative("Buy seeds"))
    before = desk.row()
    assert verified(desk, Talkative("Buy seeds")).same
    assert not verified(desk, Talkative("Buy beads")).same
    assert not verified(desk, Talkative("Buy seeds", condemned="loop")).same
    assert desk.row() == before
    assert len(desk.answers()) == 1
    assert list(desk.services.artifacts.work.iterdir()) == []


def test_words_that_a_person_put_on_again_are_no_reading(desk: Desk) -> None:
    """The second reading bears the correction of the first; only the first is what a reader saw."""
    desk.read(Talkative("Buy seeds"))
    request = CorrectionRequest(page_id=desk.page_id, kind="replace", word_ids=("w2",), after="pots", by="somebody")
    correct(desk.services.ledger, request)
    with desk.services.ledger.write() as connection:
        connection.execute(update(tables.transcription).values(state="queued"))
    desk.read(Talkative("Buy seeds"))
    assert desk.text() == "Buy pots"
    verdict = verified(desk, Talkative("Buy seeds"))
    assert (verdict.version, verdict.same) == (1, True)


def test_a_page_that_nobody_read_cannot_be_verified(desk: Desk) -> None:
    with pytest.raises(PermanentError, match="was not read yet"):
        verified(desk, Talkative())
