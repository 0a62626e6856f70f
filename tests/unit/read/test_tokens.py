"""Tokens and words: which characters a token covers, what the tokens say about a word, and how else it may be spelled.

The answers are made by us; the figures are worked out by hand.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from notesyncd.api import ReadWord, TokenEvidence, TokenScore
from notesyncd.read.answer_parts import AnswerLine, AnswerRegion, AnswerWord, ParsedAnswer
from notesyncd.read.generation import Alternative, Answer, LogprobKind, Token
from notesyncd.read.parsers import PARSERS
from notesyncd.read.picture import Picture
from notesyncd.read.tokens import DOUBTFUL, character_spans, read_regions, token_scores

PICTURE = Picture(pixels=np.zeros((10, 10, 3), np.uint8), page_width=10, page_height=10)


def token(
    data: str | bytes,
    logprob: float | None = -0.5,
    *others: tuple[str | bytes, float],
    entropy: float | None = None,
    number: int | None = None,
) -> Token:
    return Token(
        data=data.encode() if isinstance(data, str) else data,
        logprob=logprob,
        id=number,
        entropy=entropy,
        alternatives=tuple(
            Alternative(data=other.encode() if isinstance(other, str) else other, logprob=value)
            for other, value in others
        ),
    )


def answer(*tokens: Token, text: str | None = None, logprobs: LogprobKind = "raw") -> Answer:
    said = b"".join(one.data for one in tokens).decode("utf-8", "replace")
    return Answer(text=said if text is None else text, tokens=tokens, ended="stop", logprobs=logprobs)


def read(given: Answer, *, parser: str = "plain", begin: int = 0, end: int | None = None) -> list[ReadWord]:
    parsed = PARSERS[parser](given.text[begin:end], PICTURE)
    regions = read_regions(parsed, given, begin=begin)
    return [word for region in regions for line in region.lines for word in line.words]


def spans(tokens: Sequence[Token], text: str) -> list[tuple[int, int]] | None:
    found = character_spans(tokens, text)
    return None if found is None else [(span.begin, span.end) for span in found]


# ---------------------------------------------------------------------------------------------------------- characters


def test_a_token_covers_the_characters_of_its_bytes() -> None:
    assert spans([token("Buy"), token(" mi"), token(""), token("lk\n")], "Buy milk\n") == [
        (0, 3),
        (3, 6),
        (6, 6),
        (6, 9),
    ]


@pytest.mark.parametrize(
    ("pieces", "text", "expected"),
    [
        ([b"caf\xc3", b"\xa9!"], "café!", [(0, 4), (3, 5)]),
        ([b"\xe6", b"\x97", b"\xa5\xe6\x9c", b"\xac"], "日本", [(0, 1), (0, 1), (0, 2), (1, 2)]),
        ([b"a\xf0\x9f", b"\x98", b"\x80b"], "a😀b", [(0, 2), (1, 2), (1, 3)]),
        ([b"a\xf0\x9f", b"b"], "a\ufffdb", [(0, 2), (2, 3)]),  # never made whole: one replacement for what there is
        ([b"\xe6\x97"], "\ufffd", [(0, 1)]),
        ([b"\xff\xfe", b"a"], "\ufffd\ufffda", [(0, 2), (2, 3)]),
        ([b"\xef\xbf", b"\xbd"], "\ufffd", [(0, 1), (0, 1)]),  # a replacement character that the model wrote itself
    ],
)
def test_characters_cut_between_tokens_are_covered_by_each(
    pieces: list[bytes], text: str, expected: list[tuple[int, int]]
) -> None:
    assert spans([token(piece) for piece in pieces], text) == expected


@given(st.lists(st.binary(max_size=5), max_size=12))
def test_every_character_is_covered_and_only_by_its_neighbours(pieces: list[bytes]) -> None:
    tokens = [token(piece) for piece in pieces]
    text = b"".join(pieces).decode("utf-8", "replace")
    found = spans(tokens, text)

    if not text:
        assert found is None
        return
    assert found is not None
    assert {at for begin, end in found for at in range(begin, end)} == set(range(len(text)))
    covering = [span for span, piece in zip(found, pieces, strict=True) if piece]
    assert covering == sorted(covering)
    assert [end for _, end in covering] == sorted(end for _, end in covering)
    for (begin, end), piece in zip(found, pieces, strict=True):
        assert (end > begin) == bool(piece)
        assert end - begin <= len(piece)


@given(st.text(max_size=30), st.data())
def test_text_cut_anywhere_into_tokens_is_put_together_again(text: str, data: st.DataObject) -> None:
    encoded = text.encode("utf-8", "replace")
    cuts = sorted(data.draw(st.lists(st.integers(0, len(encoded)), max_size=6)))
    pieces = [encoded[a:b] for a, b in zip([0, *cuts], [*cuts, len(encoded)], strict=True)]
    decoded = encoded.decode()
    found = spans([token(piece) for piece in pieces], decoded)

    for (begin, end), piece in zip(found or [], pieces, strict=bool(found)):
        assert piece in decoded[begin:end].encode()


def test_thoughts_and_white_space_around_the_text_are_covered_by_none() -> None:
    tokens = [token("<think>"), token("hm</think>"), token("\n\nBuy"), token(" milk"), token("\n")]

    assert spans(tokens, "Buy milk") == [(0, 0), (0, 0), (0, 3), (3, 8), (8, 8)]


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("Buy milk", "Buy silk"),
        ("Buy milk", "Buy milk and eggs"),
        ("milk</think>milk", "milk"),  # which of both?
        ("", "milk"),
        ("milk", ""),
    ],
)
def test_tokens_that_do_not_say_the_text_say_nothing(said: str, text: str) -> None:
    given = answer(token(said, -0.1, ("x", -0.2)), text=text)

    assert character_spans(given.tokens or (), text) is None
    assert all(word.tokens is None and word.alternatives == () for word in read(given))


# ------------------------------------------------------------------------------------------------------------ evidence


def test_the_evidence_of_a_word_is_that_of_its_tokens() -> None:
    given = answer(
        token("Buy", -0.25, ("By", -2.25), entropy=0.5),
        token(" mi", -0.5, (" me", -1.5), entropy=1.25),
        token("lk", -1.0, ("st", -1.25), entropy=0.75),
        token("\n", -3.0, (" ", -3.1), entropy=9.0),
        token("eggs", -0.125, ("legs", -5.0), entropy=0.25),
    )
    buy, milk, eggs = read(given)

    assert buy.tokens == TokenEvidence(logprob=-0.25, least=-0.25, margin=2.0, entropy=0.5)
    assert milk.tokens == TokenEvidence(logprob=-1.5, least=-1.0, margin=0.25, entropy=1.25)
    assert eggs.tokens == TokenEvidence(logprob=-0.125, least=-0.125, margin=4.875, entropy=0.25)


def test_a_token_of_two_words_counts_for_both() -> None:
    one, two, three = read(answer(token("a", -1), token("b c", -2), token("d e", -4)))

    assert [word.text for word in (one, two, three)] == ["ab", "cd", "e"]
    assert [word.tokens.logprob for word in (one, two, three) if word.tokens] == [-3, -6, -4]


def test_spaces_belong_to_the_word_after_them_and_line_breaks_to_none() -> None:
    tokens = [token("a", -1), token(" ", -2), token(" ", -4), token("b", -8), token("\n", -16), token("c ", -32)]
    a, b, c, d = read(answer(*tokens, token("d", -64)))

    assert [word.tokens.logprob for word in (a, b, c, d) if word.tokens] == [-1, -2 - 4 - 8, -32, -64]


def test_words_of_a_script_without_spaces_share_the_bytes_that_tokens_cut() -> None:
    given = answer(
        token(b"API\xe6", -1), token(b"\x97\xa5", -2), token("本é".encode()[:4], -4), token(b"\xa9\xf0\x9f", -8)
    )
    given = answer(*given.tokens or (), token(b"\x98\x80", -16))

    assert given.text == "API日本é😀"
    words = read(given)
    assert [word.text for word in words] == ["API", "日本", "é😀"]
    assert [word.tokens.logprob for word in words if word.tokens] == [-1, -1 - 2 - 4, -4 - 8 - 16]


def test_markup_is_no_evidence_and_escapes_are() -> None:
    given = answer(
        token('[{"', -1),
        token('text":"', -2),
        token("caf", -4),
        token("\\u00", -8),
        token("e9", -16),
        token('"}]', -32),
    )
    (word,) = read(given, parser="json-lines")

    assert (word.text, word.tokens) == ("café", TokenEvidence(logprob=-28, least=-16))


def test_the_parsed_text_may_begin_inside_the_answer() -> None:
    given = answer(token("Sure: ", -1), token("milk", -2), token(" milk", -4), token(" that's all", -8))

    assert [word.tokens.logprob for word in read(given, begin=6, end=15) if word.tokens] == [-2, -4]


@pytest.mark.parametrize("unknown", [None, -math.inf, math.nan])
def test_one_token_that_says_nothing_leaves_the_word_unknown(unknown: float | None) -> None:
    assert read(answer(token("mi", -1), token("lk", unknown)))[0].tokens is None


def test_margin_and_entropy_are_unknown_where_those_of_one_token_are() -> None:
    (word,) = read(answer(token("mi", -1, ("ma", -2), entropy=0.5), token("lk", -1)))

    assert word.tokens == TokenEvidence(logprob=-2, least=-1, margin=None, entropy=None)


@pytest.mark.parametrize("kind", ["penalised", "none"])
def test_only_raw_log_probabilities_are_evidence(kind: LogprobKind) -> None:
    (word,) = read(answer(token("milk", -1, ("silk", -1.1)), logprobs=kind))

    assert (word.text, word.tokens, word.alternatives) == ("milk", None, ())


def test_an_answer_without_tokens_has_words_without_evidence() -> None:
    given = Answer(text="Buy milk", tokens=None, ended="stop", logprobs="raw")

    assert [(word.text, word.tokens) for word in read(given)] == [("Buy", None), ("milk", None)]
    assert token_scores(given) is None


def test_regions_keep_all_that_the_parser_found() -> None:
    box = PICTURE.box(0, 0, 5, 5, of=(10, 10))
    line = AnswerLine(words=(AnswerWord(text="a", begin=0, end=1),), box=box)
    region = AnswerRegion(kind="list", lines=(line,), level=2, checked=True, cells=(("a",),), box=box)
    (found,) = read_regions(ParsedAnswer(regions=(region,)), answer(token("a", -1)), begin=0)

    assert (found.kind, found.level, found.checked, found.cells, found.box) == ("list", 2, True, (("a",),), box)
    assert (found.lines[0].box, found.lines[0].words[0].text) == (box, "a")


# -------------------------------------------------------------------------------------------------------- alternatives


def test_a_doubtful_word_has_other_spellings_the_best_first() -> None:
    given = answer(
        token("the", -0.1, ("a", -5)),
        token(" res", -0.5, (" ros", -0.6)),
        token("id", -0.7, ("ist", -0.8), ("ul", -1.5), ("ol", -2.0), ("in", -2.5)),
        token("ents", -0.1, ("ence", -0.9)),
    )
    the, word = read(given)

    assert the.alternatives == ()
    assert word.text == "residents"
    assert word.alternatives == ("rosidents",)  # of the token with the least margin, the first of the word
    assert read(answer(*(given.tokens or ())[:1], token(" res", -0.5), *(given.tokens or ())[2:]))[1].alternatives == (
        "resistents",
        "resulents",
        "resolents",
    )


def test_a_word_that_is_sure_has_none() -> None:
    assert read(answer(token("milk", -1, ("silk", -1 - DOUBTFUL))))[0].alternatives == ()
    assert read(answer(token("milk", -1, ("silk", -1 - DOUBTFUL + 0.01))))[0].alternatives == ("silk",)


@pytest.mark.parametrize(
    "other",
    [
        "",  # nothing known of it
        " milk",  # the word itself
        "silk",  # without the space it would be one word with that before it
        " mi lk",
        " ",
        " mi\nlk",
        " mi\u3000lk",
        b" mi\xe6",  # in the middle of a character
        " mi\x07",
        "\nmilk",
    ],
)
def test_what_would_be_no_word_is_no_alternative(other: str | bytes) -> None:
    given = answer(token("buy", -0.1), token(" milk", -1, (other, -1.1), (" silk", -1.2)))

    assert read(given)[1].alternatives == ("silk",)


def test_alternatives_of_characters_cut_between_tokens() -> None:
    first, second = token(b"\xe6\x97", -0.1), token(b"\xa5", -1, (b"\xa7", -1.1), (b"a", -1.2))
    (word,) = read(answer(first, second))

    assert (word.text, word.alternatives) == ("日", ("\u65e7",))


def test_an_alternative_of_which_nothing_is_known_is_none() -> None:
    given = answer(token("mi", -0.1), token("lk", -1, ("", -1.1), ("st", -1.2)))

    assert read(given)[0].alternatives == ("mist",)


def test_alternatives_keep_what_the_token_says_of_its_neighbours() -> None:
    given = answer(token('[{"text":"m', -1, ('[{"text":"s', -1.1), ('[{"txt":"s', -1.2)), token('ilk"}]', -0.1))
    (word,) = read(given, parser="json-lines")

    assert (word.text, word.alternatives) == ("milk", ("silk",))


def test_a_word_that_was_escaped_has_no_alternatives() -> None:
    given = answer(token('[{"text":"', -1), token("caf\\u00e9", -1, ("face", -1.1)), token('"}]', -1))

    assert read(given, parser="json-lines")[0].alternatives == ()


# -------------------------------------------------------------------------------------------------------------- record


def test_all_tokens_go_into_the_record_as_they_came() -> None:
    given = answer(
        token(b"caf\xc3", -0.5, number=7), token(b"\xa9", None, number=8), token("!", -math.inf), logprobs="penalised"
    )

    assert token_scores(given) == (
        TokenScore(text="caf\ufffd", logprob=-0.5, id=7),
        TokenScore(text="\ufffd", logprob=None, id=8),
        TokenScore(text="!", logprob=None, id=None),
    )
