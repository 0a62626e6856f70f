"""Tokens must make up the text, or they count for nothing."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from notesyncd.read.generation import Token
from notesyncd.read.http.alignment import aligned, mended


def tokens(*data: bytes | str, logprob: float = -0.1) -> list[Token]:
    return [Token(data=piece.encode() if isinstance(piece, str) else piece, logprob=logprob) for piece in data]


def test_tokens_that_make_up_the_text_stay_as_they_are() -> None:
    some = tokens("milk", ",", " bread")

    assert aligned("milk, bread", some, cut=False) == ("milk, bread", tuple(some))


def test_a_character_cut_between_tokens_is_no_difference() -> None:
    data = "鷗".encode()

    found = aligned("鷗外", tokens(data[:1], data[1:], "外"), cut=False)
    assert found is not None
    assert found[0] == "鷗外"


def test_the_token_that_ends_an_answer_is_left_out() -> None:
    found = aligned("milk", tokens("milk", "<|im_end|>"), cut=False)

    assert found == ("milk", tuple(tokens("milk")))


def test_white_space_that_was_stripped_from_the_text_is_taken_from_the_tokens() -> None:
    found = aligned("milk", tokens("\n ", "milk", "\n"), cut=False)

    assert found is not None
    assert found[0] == "\n milk\n"


def test_tokens_of_another_text_are_none() -> None:
    assert aligned("milk", tokens("bread"), cut=False) is None
    assert aligned("milk", tokens("thought", "milk"), cut=False) is None
    assert aligned("milk and bread", tokens("milk"), cut=False) is None
    assert aligned("milk", [], cut=False) is None


def test_tokens_may_be_ahead_of_a_text_that_was_stopped() -> None:
    some = tokens("ha", " ha", " ha")

    assert aligned("ha", some, cut=False) is None
    assert aligned("ha", some, cut=True) == ("ha ha ha", tuple(some))
    assert aligned("ho", some, cut=True) is None


def test_broken_tokens_are_mended_from_the_text() -> None:
    found = aligned("本鷗外", tokens("本", "\ufffd", "\ufffd", "外"), cut=False)

    assert found is not None
    text, mended_tokens = found
    assert text == "本鷗外"
    assert b"".join(token.data for token in mended_tokens[1:3]).decode() == "鷗"
    assert [token.logprob for token in mended_tokens] == [-0.1] * 4


def test_a_broken_end_and_a_broken_beginning_are_mended() -> None:
    assert aligned("鷗外", tokens("\ufffd", "\ufffd", "外"), cut=False) is not None
    assert aligned("森鷗", tokens("森", "\ufffd", "\ufffd"), cut=False) is not None


def test_broken_tokens_of_another_text_stay_none() -> None:
    assert mended("abc", tokens("x", "\ufffd", "c")) == ()
    assert aligned("abcdefgh", tokens("a", "\ufffd", "h"), cut=False) is None


def test_many_tokens_that_are_all_certain_are_no_measurement() -> None:
    assert aligned("a" * 40, tokens(*"a" * 40, logprob=0.0), cut=False) is None
    assert aligned("a" * 5, tokens(*"a" * 5, logprob=0.0), cut=False) is not None


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab 鷗外😀\n", min_size=1, max_size=30), st.lists(st.integers(1, 5), min_size=1))
def test_tokens_cut_anywhere_agree_with_the_text(text: str, lengths: list[int]) -> None:
    data, some, position = text.encode(), [], 0
    while position < len(data):
        length = lengths[len(some) % len(lengths)]
        some.append(Token(data=data[position : position + length], logprob=-0.5))
        position += length
    found = aligned(text, some, cut=False)
    assert found is not None
    assert found[0] == text
    assert found[1] == tuple(some)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab 鷗外😀\n\ufffd", max_size=30), st.lists(st.binary(max_size=4), max_size=12))
def test_whatever_comes_never_raises_and_never_lies(text: str, data: list[bytes]) -> None:
    found = aligned(text, [Token(data=piece, logprob=-0.5) for piece in data], cut=False)

    if found is not None:
        assert found[0].strip().rstrip("\ufffd") == text.strip().rstrip("\ufffd")
        assert b"".join(token.data for token in found[1]).decode("utf-8", "replace") == found[0]
