"""Corrections change exactly the words they name, and can be taken back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from notesyncd.domain.errors import PermanentError
from notesyncd.domain.geometry import BoundingBox
from notesyncd.domain.review import Correction
from notesyncd.domain.transcript import Line, Region, Transcript, Word
from notesyncd.review.apply import apply
from tests.unit.review.pages import correction, ids, page, word

PAGE = page("teh quick brown", "fox jumps")


def test_one_word_for_one_keeps_its_id_and_box() -> None:
    corrected, change = apply(PAGE, correction("replace", "w1", before="teh", after="the"))
    assert (corrected.version, corrected.next_word) == (2, PAGE.next_word)
    assert corrected.text == "the quick brown\nfox jumps"
    assert ids(corrected) == ids(PAGE)
    assert word(corrected, "w1").box == word(PAGE, "w1").box
    assert word(corrected, "w1").flags == ("corrected",)
    assert (change.removed, change.added) == ((word(PAGE, "w1"),), (word(corrected, "w1"),))
    assert (change.line_id, change.after_word_id) == ("l1", None)


def test_what_the_reader_knew_of_the_old_text_is_forgotten() -> None:
    unsure = replace(PAGE.regions[0].lines[0].words[0], confidence=0.2, alternatives=("tea",), flags=("illegible",))
    line = Line(id="l1", words=(unsure,))
    corrected, _ = apply(replace(PAGE, regions=(Region(lines=(line,)),)), correction("replace", "w1", after="the"))
    assert word(corrected, "w1") == Word(id="w1", text="the", box=unsure.box, flags=("corrected",))


def test_words_that_stay_keep_their_ids_and_new_ones_share_the_box() -> None:
    corrected, change = apply(PAGE, correction("replace", "w2", "w3", after="quick br own"))
    assert corrected.text == "teh quick br own\nfox jumps"
    assert ids(corrected) == ["w1", "w2", "w6", "w7", "w4", "w5"]
    assert {word(corrected, name).box for name in ("w6", "w7")} == {word(PAGE, "w3").box}
    assert word(corrected, "w2") == word(PAGE, "w2")
    assert change.after_word_id == "w1"
    assert corrected.next_word == 8


def test_a_word_put_between_others_is_unplaced() -> None:
    corrected, _ = apply(PAGE, correction("replace", "w2", "w3", after="quick and brown"))
    assert ids(corrected) == ["w1", "w2", "w6", "w3", "w4", "w5"]
    assert (word(corrected, "w6").box, word(corrected, "w6").flags) == (None, ("unplaced", "corrected"))


def test_words_are_inserted_after_a_word_with_the_box_a_person_drew() -> None:
    box = BoundingBox(left=1, top=2, right=3, bottom=4)
    corrected, _ = apply(PAGE, correction("insert", "w3", after="lazy old", box=box))
    assert corrected.text == "teh quick brown lazy old\nfox jumps"
    assert word(corrected, "w6") == Word(id="w6", text="lazy", box=box, flags=("corrected",))


def test_words_are_inserted_at_the_beginning_even_of_a_page_without_any() -> None:
    corrected, _ = apply(PAGE, correction("insert", after="Look:"))
    assert corrected.text == "Look: teh quick brown\nfox jumps"
    written, _ = apply(page(), correction("insert", after="All mine"))
    assert (written.text, ids(written), written.next_line) == ("All mine", ["w1", "w2"], 2)


def test_words_are_deleted_and_their_ids_never_come_again() -> None:
    shorter, _ = apply(PAGE, correction("delete", "w4", "w5"))
    assert shorter.text == "teh quick brown\n"
    longer, _ = apply(shorter, correction("insert", "w3", after="fox", version=2))
    assert ids(longer) == ["w1", "w2", "w3", "w6"]


def test_verdicts_replace_one_another() -> None:
    accepted, _ = apply(PAGE, correction("accept", "w1", "w5"))
    assert accepted.text == PAGE.text
    assert [word(accepted, name).flags for name in ("w1", "w5", "w2")] == [("accepted",), ("accepted",), ()]
    illegible, _ = apply(accepted, correction("illegible", "w1", version=2))
    assert word(illegible, "w1").flags == ("illegible",)
    corrected, _ = apply(illegible, correction("replace", "w1", after="the", version=3))
    assert word(corrected, "w1").flags == ("corrected",)
    assert word(apply(corrected, correction("accept", "w1", version=4))[0], "w1").flags == ("corrected", "accepted")


def test_the_cells_of_a_table_follow_its_words() -> None:
    lines = page("Item Prise", "Milk one litre 2").regions[0].lines
    cells = (("Item", "Prise", ""), ("Milk", "one litre", "2"))
    table = replace(PAGE, regions=(Region(kind="table", lines=lines, cells=cells),), next_word=7)
    priced, _ = apply(table, correction("replace", "w2", after="Price"))
    metric, change = apply(priced, correction("replace", "w4", "w5", after="1 l or so", version=2))
    assert metric.regions[0].cells == (("Item", "Price", ""), ("Milk", "1 l or so", "2"))
    longer, _ = apply(metric, correction("insert", "w3", after="(oat)", version=3))
    assert longer.regions[0].cells[1] == ("Milk (oat)", "1 l or so", "2")
    assert longer.text == "Item Price\nMilk (oat) 1 l or so 2"
    back, _ = apply(metric, correction("undo", undoes="c1", name="c2", version=3), undone=change)
    assert back.regions == priced.regions
    with pytest.raises(PermanentError, match="different cells"):
        apply(table, correction("delete", "w1", "w2"))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (correction("replace", "w9", after="x"), "no word w9"),
        (correction("replace", "w1", before="the", after="x"), "reads 'teh' by now, no longer 'the'"),
        (correction("replace", "w1", after="x", version=7), "changed since version 7"),
        (correction("replace", "w1", after="  "), "empty"),
        (correction("replace", "w1", after="teh"), "reads so already"),
        (correction("replace", "w3", "w4", after="x"), "side by side"),
        (correction("replace", "w1", "w3", after="x"), "side by side"),
        (correction("replace", after="x"), "say which words"),
        (correction("insert", "w1", "w2", after="x"), "name one word"),
        (correction("insert", "w1"), "empty"),
        (correction("accept", "w1", page_id="f" * 64), "about page ffffffffffff"),
        (correction("undo", undoes="c7"), "no correction c7"),
    ],
)
def test_what_can_t_be_done_is_refused_with_a_reason(wrong: Correction, sentence: str) -> None:
    with pytest.raises(PermanentError, match=sentence):
        apply(PAGE, wrong)


def test_a_correction_made_on_an_older_version_holds_where_its_words_still_read_the_same() -> None:
    newer, _ = apply(PAGE, correction("replace", "w5", after="jumped"))
    corrected, _ = apply(newer, correction("replace", "w1", before="teh", after="the", version=1))
    assert corrected.text == "the quick brown\nfox jumped"


def test_an_undo_waits_for_later_corrections_of_its_words() -> None:
    first, one = apply(PAGE, correction("replace", "w1", after="tha"))
    second, two = apply(first, correction("replace", "w1", after="the", name="c2", version=2))
    with pytest.raises(PermanentError, match=r"'tha' \(w1\) was changed since \(now 'the'\)"):
        apply(second, correction("undo", undoes="c1", name="c3", version=3), undone=one)
    third, _ = apply(second, correction("undo", undoes="c2", name="c4", version=3), undone=two)
    fourth, _ = apply(third, correction("undo", undoes="c1", name="c5", version=4), undone=one)
    assert fourth.regions == PAGE.regions


def test_an_undone_insertion_leaves_its_neighbour_as_it_is_now() -> None:
    inserted, change = apply(PAGE, correction("insert", "w1", after="very"))
    corrected, _ = apply(inserted, correction("replace", "w1", after="the", name="c2", version=2))
    undone, _ = apply(corrected, correction("undo", undoes="c1", name="c3", version=3), undone=change)
    assert undone.text == "the quick brown\nfox jumps"


def test_an_undo_of_a_deletion_needs_its_neighbour() -> None:
    shorter, change = apply(PAGE, correction("delete", "w2"))
    shortest, _ = apply(shorter, correction("delete", "w1", name="c2", version=2))
    with pytest.raises(PermanentError, match="w1"):
        apply(shortest, correction("undo", undoes="c1", name="c3", version=3), undone=change)


def test_an_undo_can_be_undone() -> None:
    corrected, change = apply(PAGE, correction("replace", "w2", after="qu ick"))
    back, undo = apply(corrected, correction("undo", undoes="c1", name="c2", version=2), undone=change)
    again, _ = apply(back, correction("undo", undoes="c2", name="c3", version=3), undone=undo)
    assert (back.regions, again.regions) == (PAGE.regions, corrected.regions)


TEXTS = st.lists(st.sampled_from(["teh", "the", "quick", "brown", "字", "-"]), min_size=1, max_size=4).map(" ".join)


@st.composite
def corrections(draw: st.DrawFn, transcript: Transcript) -> Correction:
    line = draw(st.sampled_from([line for line in transcript.lines if line.words]))
    begin = draw(st.integers(0, len(line.words) - 1))
    end = draw(st.integers(begin + 1, len(line.words)))
    kind = draw(st.sampled_from(["replace", "insert", "delete", "accept", "illegible"]))
    named = [word.id for word in line.words[begin:end]]
    if kind == "insert":
        named = draw(st.sampled_from([[], named[:1]]))
    return correction(kind, *named, after=draw(TEXTS), version=transcript.version)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_words_in_words_out_and_back(data: st.DataObject) -> None:
    asked = data.draw(corrections(PAGE))
    named = [word.text for word in PAGE.words if word.id in asked.word_ids]
    assume(asked.kind != "replace" or asked.after != " ".join(named))  # refused: it reads so already
    corrected, change = apply(PAGE, asked)
    untouched = [word for word in PAGE.words if word not in change.removed]
    assert [word for word in corrected.words if word not in change.added] == untouched
    assert len(set(ids(corrected))) == len(ids(corrected))
    assert set(ids(corrected)) - set(ids(PAGE)) == {f"w{n}" for n in range(PAGE.next_word, corrected.next_word)}
    undo = correction("undo", undoes="c1", name="c2", version=2)
    back, _ = apply(corrected, undo, undone=change)
    assert replace(back, version=1, next_word=PAGE.next_word, next_line=PAGE.next_line) == PAGE
