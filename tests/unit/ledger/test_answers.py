from __future__ import annotations

from typing import TYPE_CHECKING

from notesyncd.api import ReaderId, Reading
from notesyncd.ledger import answers
from tests.unit.ledger.builders import NOW, page, register

if TYPE_CHECKING:
    from notesyncd.ledger.store import Ledger

PAGE = page("page").id


def reading(raw: str | None, **more: object) -> Reading:
    return Reading(reader=ReaderId(name="model", version="1"), regions=(), raw=raw, **more)  # type: ignore[arg-type]


def kept(ledger: Ledger, *readings: Reading) -> list[answers.KeptAnswer]:
    with ledger.write() as connection:
        register(connection, "page")
        for number, each in enumerate(readings):
            answers.keep(connection, PAGE, each, now=NOW + number)
        return answers.of_page(connection, PAGE)


def test_an_answer_is_kept_whole_with_the_guards_that_fired(ledger: Ledger) -> None:
    (answer,) = kept(ledger, reading("```\nbuy\x00 milk\ud800 牛乳\n```", warnings=("loop: cut",), condemned="loop"))
    assert answer.raw == "```\nbuy\x00 milk\\ud800 牛乳\n```"
    assert (answer.reader, answer.warnings, answer.condemned) == ("model", ("loop: cut",), "loop")
    assert answer.kept_at == NOW


def test_a_reader_without_words_of_its_own_leaves_none(ledger: Ledger) -> None:
    assert [answer.raw for answer in kept(ledger, reading(None), reading(""), reading(None))] == [""]


def test_the_newest_answers_of_a_page_are_kept(ledger: Ledger) -> None:
    found = kept(ledger, *(reading(str(number)) for number in range(5)))
    assert [answer.raw for answer in found] == ["4", "3", "2"]


def test_an_answer_without_end_is_cut_and_its_length_is_told(ledger: Ledger) -> None:
    (answer,) = kept(ledger, reading("牛" * 100_000))
    assert answer.size_bytes == 300_000
    assert len(answer.raw.encode()) <= answers.LONGEST
    assert answer.raw == "牛" * (answers.LONGEST // 3)
