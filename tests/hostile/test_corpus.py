"""Each file of the corpus straight through a decoder: a clear answer within seconds, and the same child lives on."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from notesyncd.domain.errors import NotesyncdError
from notesyncd.intake.decoder.decoder import Decoder
from notesyncd.intake.sweep import sweep
from tests.hostile.cases import DIED, Case, place, report
from tests.hostile.corpus import FAMILIES, corpus, look, put_all
from tests.hostile.pdf_parts import single, written
from tests.hostile.slow import slow

pytestmark = pytest.mark.slow


PATIENCE = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    folder: Path
    cases: list[Case]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    root = tmp_path_factory.mktemp("corpus")
    folder = root / "inbox"
    folder.mkdir()
    return Made(folder=folder, cases=put_all(corpus(3, root / "outside"), folder))


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    with Decoder(files_per_child=10_000) as shared:
        yield shared


def test_all_families_are_tried(made: Made) -> None:
    assert {case.family for case in made.cases} == set(FAMILIES)


@pytest.mark.parametrize("family", FAMILIES)
def test_each_file_gets_a_clear_answer(made: Made, decoder: Decoder, family: str) -> None:
    problems = []
    for case in made.cases:
        if case.family == family and not case.never_opened:
            begun = time.monotonic()
            problems.append(case.problem(*look(decoder, place(made.folder, case))))
            if (took := time.monotonic() - begun) > case.seconds:
                problems.append(f"{family}/{case.label} took {took:.1f} s")
    report(problems)


def test_what_is_never_opened_is_not_found(made: Made) -> None:
    found = {file.raw_path for file in sweep(made.folder).files}
    assert {case.name for case in made.cases if case.never_opened}.isdisjoint(found)
    assert {case.name for case in made.cases if not case.never_opened} <= found


def test_links_and_pipes_are_refused_even_by_name(made: Made, decoder: Decoder) -> None:
    """What was a file when it was found can be a link when it is opened."""
    for case in made.cases:
        if case.family == "no file" and case.never_opened:
            begun = time.monotonic()
            with pytest.raises(NotesyncdError):
                decoder.inspect(place(made.folder, case))
            assert time.monotonic() - begun < 5, case.label


@pytest.mark.parametrize("case", list(slow()), ids=lambda case: case.label)
def test_what_would_take_for_ever_is_ended(tmp_path: Path, case: Case) -> None:
    path, good = place(tmp_path, case), tmp_path / "good.pdf"
    case.put(path)
    good.write_bytes(single(written("good")))
    with Decoder(seconds=2.0) as impatient:
        end = threading.Timer(PATIENCE, impatient.close)  # else a decoder that is never ended would hold up the test
        end.start()
        state, reason = look(impatient, path)
        end.cancel()
        assert case.problem("unreadable" if state == DIED else state, reason) is None
        assert look(impatient, good) == ("registered", None)
