"""What a person corrected is never re-read over: it is put on again, or shown as a conflict."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from notesyncd.domain.geometry import BoundingBox
from notesyncd.domain.review import Change, Correction
from notesyncd.domain.transcript import Line, Region, Transcript
from notesyncd.review.apply import apply
from notesyncd.review.reanchor import reanchor
from tests.unit.review.pages import correction, ids, page, word

PAGE = page("teh quick brown", "fox jumps")


def corrected(*corrections: Correction, start: Transcript = PAGE) -> list[Change]:
    """The changes that these corrections make, one after another."""
    changes: list[Change] = []
    transcript = start
    for at, asked in enumerate(corrections):
        named = replace(asked, id=f"c{at}", transcript_version=transcript.version)
        transcript, change = apply(transcript, named)
        changes.append(change)
    return changes


def reread(*lines: str, boxes: bool = True) -> Transcript:
    """The same paper read once more: equal places, new ids."""
    return page(*lines, first=100, boxes=boxes, version=5)


def test_a_corrected_word_is_found_by_its_ink_whatever_it_reads_now() -> None:
    changes = corrected(correction("replace", "w1", after="the"), correction("replace", "w4", "w5", after="foxes jump"))
    again = reanchor(reread("tch quick brown", "fax jumqs"), changes)
    assert again.transcript.text == "the quick brown\nfoxes jump"
    assert again.transcript.version == 5
    assert (again.conflicts, again.transcript.warnings) == ((), ())
    assert ids(again.transcript) == ["w100", "w101", "w102", "w103", "w104"]
    assert word(again.transcript, "w100").flags == ("corrected",)
    back, _ = apply(again.transcript, correction("undo", undoes="c0", name="c9", version=5), undone=again.anchored[0])
    assert back.text == "tch quick brown\nfoxes jump"


def test_a_reader_that_agrees_with_the_person_changes_nothing_but_the_flag() -> None:
    changes = corrected(correction("replace", "w1", after="the"))
    again = reanchor(reread("the quick brown", "fox jumps"), changes)
    assert again.transcript.text == "the quick brown\nfox jumps"
    assert word(again.transcript, "w100").flags == ("corrected",)
    assert again.anchored[0].removed[0].id == "w100"


def test_other_word_breaks_at_the_same_place() -> None:
    changes = corrected(correction("replace", "w1", "w2", after="the quick"))
    fresh = reread("t ehquick brown", "fox jumps")
    assert reanchor(fresh, changes).transcript.text == "the quick brown\nfox jumps"


def test_a_correction_of_a_correction_follows_the_first() -> None:
    changes = corrected(
        correction("replace", "w1", after="th e"),
        correction("replace", "w6", "w7", after="the"),
        correction("insert", "w8", after="very"),
    )
    again = reanchor(reread("teh quick brown", "fox jumps"), changes)
    assert again.transcript.text == "the very quick brown\nfox jumps"
    assert again.conflicts == ()


def test_inserted_words_come_again_unless_the_reader_found_them() -> None:
    start = page("····· teh quick ······ brown", "fox jumps")
    asked = [correction("insert", "w2", after="little"), correction("insert", after="Look:")]
    changes = corrected(*asked, start=start)
    missed = reanchor(reread("····· teh quack ······ brown", "fox jumps"), changes).transcript
    assert missed.text == "Look: teh quack little brown\nfox jumps"
    found = reanchor(reread("Look: teh quick little brown", "fox jumps"), changes).transcript
    assert found.text == "Look: teh quick little brown\nfox jumps"
    assert word(found, "w103").flags == ("corrected",)


def test_an_insertion_follows_its_neighbour_where_all_moved() -> None:
    changes = corrected(correction("insert", "w2", after="little"))
    fresh = reread("Look: teh quick little brown", "fox jumps")
    assert reanchor(fresh, changes).transcript.text == fresh.text


def test_a_place_is_given_to_one_correction_only() -> None:
    box = word(PAGE, "w1").box
    changes = corrected(correction("replace", "w1", after="the"), correction("insert", "w1", after="Oh", box=box))
    again = reanchor(reread("tha quick brown", "fox jumps"), changes)
    assert again.transcript.text == "the Oh quick brown\nfox jumps"


def test_words_run_together_are_a_conflict_and_none_is_lost() -> None:
    changes = corrected(correction("replace", "w2", after="Quick"))
    again = reanchor(reread("teh·quick brown", "fox jumps"), changes)
    assert again.transcript.text == "teh·quick brown\nfox jumps"
    assert len(again.conflicts) == 1


def test_an_insertion_whose_neighbour_is_gone_is_a_conflict() -> None:
    changes = corrected(correction("insert", "w4", after="quickly"))
    again = reanchor(reread("teh quick brown"), changes)
    assert [conflict.id for conflict in again.conflicts] == ["c0"]


def test_inserted_words_with_a_box_replace_what_is_read_there() -> None:
    box = BoundingBox(left=600, top=0, right=700, bottom=40)
    changes = corrected(correction("insert", "w3", after="lazy", box=box))
    fresh = page("teh quick brown lzay", "fox jumps", first=100)
    words = fresh.regions[0].lines[0].words
    line = Line(id="l1", words=(*words[:3], replace(words[3], box=replace(box, left=605))))
    moved = replace(fresh, regions=(Region(lines=(line, fresh.regions[0].lines[1])),))
    assert reanchor(moved, changes).transcript.text == "teh quick brown lazy\nfox jumps"


def test_what_a_person_wrote_on_a_page_without_words_stays() -> None:
    changes = corrected(correction("insert", after="All mine"), start=page())
    assert reanchor(page(version=2), changes).transcript.text == "All mine"
    assert reanchor(reread("Read now"), changes).transcript.text == "All mine Read now"


def test_deleted_words_are_deleted_again_where_they_read_the_same() -> None:
    changes = corrected(correction("delete", "w2"))
    assert reanchor(reread("teh quick brown", "fox jumps"), changes).transcript.text == "teh brown\nfox jumps"
    other = reanchor(reread("teh quack brown", "fox jumps"), changes)
    assert other.transcript.text == "teh quack brown\nfox jumps"
    assert [conflict.id for conflict in other.conflicts] == ["c0"]


def test_a_deletion_holds_where_nothing_is_read_any_more() -> None:
    changes = corrected(correction("delete", "w4", "w5"))
    again = reanchor(reread("teh quick brown"), changes)
    assert (again.transcript.text, again.anchored, again.conflicts) == ("teh quick brown", tuple(changes), ())


def test_verdicts_are_put_again_and_an_accepted_text_wins() -> None:
    changes = corrected(correction("accept", "w2", "w4"), correction("illegible", "w5"))
    again = reanchor(reread("teh quack brown", "fox jvmps"), changes)
    assert again.transcript.text == "teh quick brown\nfox jvmps"
    flags = [word.flags for word in again.transcript.words]
    assert flags == [(), ("corrected", "accepted"), (), ("accepted",), ("illegible",)]


def test_words_without_places_are_found_by_text_only_where_that_is_sure() -> None:
    start = page("the cat and the dgo", boxes=False)
    changes = corrected(correction("replace", "w5", after="dog"), correction("replace", "w4", after="a"), start=start)
    again = reanchor(reread("the cat and the dgo", boxes=False), changes)
    assert again.transcript.text == "the cat and the dog"
    assert [conflict.id for conflict in again.conflicts] == ["c1"]
    assert "found no place" in again.transcript.warnings[0]
    assert "the" not in again.transcript.warnings[0].split()[:3]


def test_a_whole_line_is_no_other_reading_of_one_word() -> None:
    changes = corrected(correction("replace", "w1", after="the"))
    fresh = reread("tha quick brown", "fox jumps")
    wide = BoundingBox(left=0, top=0, right=300, bottom=40)
    line = fresh.regions[0].lines[0]
    coarse = replace(line, words=tuple(replace(word, box=wide) for word in line.words))
    changes[0] = replace(changes[0], removed=(replace(changes[0].removed[0], box=wide),))
    again = reanchor(replace(fresh, regions=(Region(lines=(coarse, fresh.regions[0].lines[1])),)), changes)
    assert again.transcript.text == fresh.text
    assert len(again.conflicts) == 1


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 5), st.sampled_from(["A", "B C", "teh", "fox"])), max_size=4),
    st.lists(st.sampled_from(["teh", "tha", "x"]), min_size=5, max_size=5),
)
def test_every_correction_is_either_on_the_page_or_a_conflict(asked: list[tuple[int, str]], read: list[str]) -> None:
    once = {number: text for number, text in asked if text != word(PAGE, f"w{number}").text}
    changes = corrected(*(correction("replace", f"w{number}", after=text) for number, text in once.items()))
    again = reanchor(reread(" ".join(read[:3]), " ".join(read[3:])), changes)
    assert len(again.anchored) + len(again.conflicts) == len(changes)
    for change in again.anchored:
        assert all(word(again.transcript, added.id) == added for added in change.added)
    untouched = {added.id for change in again.anchored for added in change.added}
    left = [word.text for word in again.transcript.words if word.id not in untouched]
    assert all(text in read for text in left)
    assert len(set(ids(again.transcript))) == len(ids(again.transcript))
