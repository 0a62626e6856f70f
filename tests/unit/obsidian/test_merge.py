from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notesyncd_obsidian.chunks import Chunk, join, spaced, split
from notesyncd_obsidian.merge import merge, suggestion

CODE = "```\ncode\n\n- no item\n```"


def ours(*texts: str) -> list[Chunk]:
    """Chunks with the names of their blocks: the letter a text begins with."""
    return [Chunk(text=chunk.text, blank=chunk.blank, key=chunk.text.lstrip("-# []")[0]) for chunk in spaced(texts)]


def merged(base: list[Chunk] | None, standing: str, new: list[Chunk]) -> list[str]:
    return [chunk.text for chunk in split(merge(base, standing, new).text)]


# ------------------------------------------------------------------------------------------------------------- chunks


@pytest.mark.parametrize(
    ("text", "chunks"),
    [
        ("one\ntwo\n\nthree", ["one\ntwo", "three"]),
        ("# head\ntext", ["# head", "text"]),
        ("- a\n- b\n  more\n1. c", ["- a", "- b\n  more", "1. c"]),
        (f"text\n{CODE}\nafter", ["text", CODE, "after"]),
        ("$$\na\n\nb\n$$", ["$$\na\n\nb\n$$"]),
        ("```\nnever closed\n\ntext", ["```\nnever closed", "text"]),
        ("~~~~\n~~~\n\n~~~~\nx", ["~~~~\n~~~\n\n~~~~", "x"]),
        ("| a |\n| - |\n\n> [!note] q\n> r", ["| a |\n| - |", "> [!note] q\n> r"]),
        ("\n\n", []),
        ("", []),
    ],
)
def test_where_markdown_is_cut(text: str, chunks: list[str]) -> None:
    assert [chunk.text for chunk in split(text)] == chunks


LINES = st.lists(
    st.sampled_from(["", "text", "- item", "# head", "```", "$$", "> quote", "| a | b |", "  more", "1. one"])
)


@given(LINES)
def test_chunks_make_the_text_again(lines: list[str]) -> None:
    text = "\n".join(lines)
    assert join(split(text)) == text.strip("\n")


# -------------------------------------------------------------------------------------------------------------- merge


def test_what_the_user_left_alone_is_brought_up_to_date() -> None:
    assert merged(ours("a", "b", "c"), "a\n\nb\n\nusers\n\nc", ours("a", "b new", "c")) == ["a", "b new", "users", "c"]


def test_what_the_user_changed_and_we_did_not_stays() -> None:
    assert merged(ours("a", "b"), "a of mine\n\nb", ours("a", "b new")) == ["a of mine", "b new"]


def test_what_the_user_deleted_stays_deleted() -> None:
    assert merged(ours("a", "b", "c"), "a\n\nc", ours("a", "b new", "c")) == ["a", "c"]


def test_what_we_dropped_goes_unless_the_user_changed_it() -> None:
    base = ours("a text", "b text", "c text")
    assert merged(base, "a text\n\nb text\n\nc text of mine", ours("a text")) == ["a text", "c text of mine"]


def test_what_both_changed_stays_the_users_with_a_suggestion_once() -> None:
    base, new = ours("a long text", "b"), ours("a corrected text", "b")
    text = merge(base, "a long text of mine\n\nb", new).text
    assert text == f"a long text of mine\n\n{suggestion(['a corrected text'])}\n\nb"
    assert merge(new, text, new).text == text
    later = ours("a text corrected twice", "b")
    assert merge(new, text, later).text == text.replace("a corrected text", "a text corrected twice")


def test_a_suggestion_that_was_thrown_away_does_not_come_back() -> None:
    new = ours("a corrected text", "b")
    assert merged(new, "a long text of mine\n\nb", new) == ["a long text of mine", "b"]


def test_a_suggestion_that_was_taken_over_goes() -> None:
    new = ours("a corrected text", "b")
    text = f"a corrected text\n\n{suggestion(['a corrected text'])}\n\nb"
    assert merged(new, text, ours("a corrected text", "b new")) == ["a corrected text", "b new"]


def test_a_suggestion_that_the_user_wrote_into_is_his() -> None:
    new = ours("a corrected text", "b")
    callout = suggestion(["a corrected text"]) + "\n> my remark"
    text = f"a long text of mine\n\n{callout}\n\nb"
    assert callout in merged(new, text, ours("a text corrected twice", "b"))


def test_a_block_the_user_moved_is_kept_in_step_where_it_is_now() -> None:
    base = ours("a", "b", "c", "d")
    assert merged(base, "d\n\na\n\nmine\n\nb\n\nc", ours("a", "b", "c", "d new")) == ["d new", "a", "mine", "b", "c"]


def test_a_new_block_follows_the_one_it_follows() -> None:
    assert merged(ours("a", "b"), "a\n\nmine\n\nb", ours("x", "a", "y", "b", "z")) == ["x", "a", "y", "mine", "b", "z"]
    assert merged(ours("a", "b"), "all mine", ours("a", "b", "c")) == ["all mine", "c"]


def test_a_ticked_task_stays_ticked_when_its_text_is_corrected() -> None:
    base, new = ours("- [ ] buy mlik", "- [ ] call"), ours("- [ ] buy milk", "- [ ] call")
    text = "- [x] buy mlik ✅ 2026-11-21\n- [ ] call"
    assert merge(base, text, new).text == "- [x] buy milk ✅ 2026-11-21\n- [ ] call"
    moved = "- [ ] call\n- [x] buy mlik"
    assert merge(base, moved, new).text == "- [ ] call\n- [x] buy milk"


def test_a_task_we_ticked_is_ticked_if_the_user_only_added_to_it() -> None:
    assert merged(ours("- [ ] buy"), "- [ ] buy bread", ours("- [x] buy")) == ["- [x] buy bread"]


def test_a_callout_does_not_tear_a_list() -> None:
    base, new = ours("- a item", "- b item", "end"), ours("- a new item", "- b item", "end")
    text = merge(base, "- a item of mine\n- b item\n\nend", new).text
    assert text == f"- a item of mine\n- b item\n\n{suggestion(['- a new item'])}\n\nend"


def test_the_users_blank_lines_stay() -> None:
    base, new = ours("a", "b", "c"), ours("a", "b", "c new")
    assert merge(base, "a\n\n\n\nb\n\nmine\n\n\nc", new).text == "a\n\n\n\nb\n\nmine\n\n\nc new"


def test_without_a_base_everything_stays_and_ours_is_suggested() -> None:
    text = merge(None, "foreign words\n\nb same", ours("a text", "b same", "c text")).text
    assert text == f"foreign words\n\n{suggestion(['a text'])}\n\nb same\n\n{suggestion(['c text'])}"
    assert merge(None, text, ours("a text", "b same", "c text")).text == text


def test_other_ids_do_not_double_the_text() -> None:
    base = [Chunk(text=f"the {word} sentence", key=f"old{word}") for word in ("first", "second")]
    new = [Chunk(text=f"the {word} sentence.", key=f"new{word}") for word in ("first", "second")]
    assert merged(base, "the first sentence\n\nthe second sentence of mine", new) == [
        "the first sentence.",
        "the second sentence of mine",
        suggestion(["the second sentence."]),
    ]


TEXTS = st.lists(st.sampled_from([f"{letter}{n}" for letter in "abcde" for n in range(3)]), max_size=7, unique=True)
USERS = st.lists(
    st.one_of(
        st.sampled_from(["u1", "u2", "- u3", "# u4", CODE]), st.sampled_from([f"{x}{n}" for x in "abcde" for n in "01"])
    ),
    max_size=9,
)


@given(TEXTS, TEXTS, USERS, st.booleans())
def test_no_text_of_the_user_is_lost_or_doubled(
    old: list[str], due: list[str], standing: list[str], known: bool
) -> None:
    base = ours(*old) if known else None
    text = join(spaced(standing))
    result = merge(base, text, ours(*due)).text
    users = Counter(chunk.text for chunk in split(text)) - Counter(old if known else due)
    after = Counter(chunk.text for chunk in split(result))
    assert users <= after
    foreign = Counter({one: count for one, count in users.items() if one not in due})
    assert all(after[one] == count for one, count in foreign.items() if one not in old)


@given(TEXTS, TEXTS, USERS)
def test_a_second_merge_changes_nothing(old: list[str], due: list[str], standing: list[str]) -> None:
    new = ours(*due)
    once = merge(ours(*old), join(spaced(standing)), new).text
    twice = merge(new, once, new).text
    assert merge(new, twice, new).text == twice


@given(TEXTS, TEXTS)
def test_an_untouched_text_becomes_the_new_one(old: list[str], due: list[str]) -> None:
    text = merge(ours(*old), join(ours(*old)), ours(*due)).text
    assert Counter(chunk.text for chunk in split(text)) == Counter(due)
