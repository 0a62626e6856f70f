"""What the tokens of an answer say about its words: characters, evidence, and other spellings."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from notesyncd.api import ReadLine, ReadRegion, ReadWord, TokenEvidence, TokenScore
from notesyncd.read.answer_parts import AnswerLine, AnswerRegion, AnswerWord, ParsedAnswer
from notesyncd.read.generation import Answer, Token

DOUBTFUL = math.log(10)
"""Nats between a token and the next best one, below which a word's other spellings are shown: the token was less than
ten times as probable."""

_MOST_ALTERNATIVES = 3


@dataclass(frozen=True, slots=True)
class CharacterSpan:
    """The characters ``begin:end`` of an answer that a token stands for, at least in part."""

    begin: int
    end: int


def character_spans(tokens: Sequence[Token], text: str) -> tuple[CharacterSpan, ...] | None:
    """Return which characters of ``text`` each token covers; a character cut between tokens is covered by each of them.

    What lies outside ``text`` is covered by none: a server may leave out white space or thoughts around an answer. None
    where the tokens don't say the text, or say it more than once: then nobody knows which is which.
    """
    data = b"".join(token.data for token in tokens)
    said = data.decode("utf-8", "replace")
    first = said.find(text) if text else -1
    if first < 0 or said.find(text, first + 1) >= 0:
        return None
    ends = _byte_ends(data, said)
    spans: list[CharacterSpan] = []
    at = 0
    for token in tokens:
        begin, at = at, at + len(token.data)
        # From the character that holds the token's first byte to the one that holds its last.
        left = bisect_right(ends, begin) - first
        right = bisect_left(ends, at) + 1 - first
        left, right = (min(max(edge, 0), len(text)) for edge in (left, right))
        spans.append(CharacterSpan(left, right if token.data else left))
    return tuple(spans)


def read_regions(parsed: ParsedAnswer, answer: Answer, *, begin: int) -> tuple[ReadRegion, ...]:
    """Return the regions with what the tokens say about each word.

    Nothing is said where the log-probabilities are not raw: those that a penalty changed are no evidence.

    Args:
        begin: where in the answer's text the parsed text begins.
    """
    spans = character_spans(answer.tokens, answer.text) if answer.tokens and answer.logprobs == "raw" else None
    words = _Words(answer, answer.tokens, spans, begin) if answer.tokens and spans is not None else None
    return tuple(_region(region, words) for region in parsed.regions)


def token_scores(answer: Answer) -> tuple[TokenScore, ...] | None:
    """Return all tokens as they came, for the record; None where a server gave none."""
    if answer.tokens is None:
        return None
    return tuple(
        TokenScore(text=token.data.decode("utf-8", "replace"), logprob=_finite(token.logprob), id=token.id)
        for token in answer.tokens
    )


class _Words:
    """Finds the tokens of each word."""

    def __init__(self, answer: Answer, tokens: Sequence[Token], spans: Sequence[CharacterSpan], begin: int) -> None:
        self._text = answer.text
        self._covering = [(token, span) for token, span in zip(tokens, spans, strict=True) if span.end > span.begin]
        self._begins = [span.begin for _, span in self._covering]
        self._ends = [span.end for _, span in self._covering]
        self._begin = begin

    def read(self, word: AnswerWord) -> ReadWord:
        begin, end = self._begin + word.begin, self._begin + word.end
        first, last = bisect_right(self._ends, begin), bisect_left(self._begins, end)
        # White space belongs to the word after it, a line break to none: it says where a line ends on the page.
        while first > 0 and set(self._text[self._begins[first - 1] : self._ends[first - 1]]) <= {" ", "\t"}:
            first -= 1
        covering = self._covering[first:last]
        tokens = [token for token, _ in covering]
        alternatives: tuple[str, ...] = ()
        if covering and self._text[begin:end] == word.text:
            before = self._text[covering[0][1].begin : begin]
            after = self._text[end : covering[-1][1].end]
            alternatives = tuple(islice(_alternatives(before, word.text, after, tokens), _MOST_ALTERNATIVES))
        return ReadWord(text=word.text, tokens=_evidence(tokens), alternatives=alternatives)


def _region(region: AnswerRegion, words: _Words | None) -> ReadRegion:
    return ReadRegion(
        kind=region.kind,
        lines=tuple(_line(line, words) for line in region.lines),
        level=region.level,
        checked=region.checked,
        cells=region.cells,
        box=region.box,
    )


def _line(line: AnswerLine, words: _Words | None) -> ReadLine:
    if words is None:
        return ReadLine(words=tuple(ReadWord(text=word.text) for word in line.words), box=line.box)
    return ReadLine(words=tuple(map(words.read, line.words)), box=line.box)


def _evidence(tokens: Sequence[Token]) -> TokenEvidence | None:
    """Return what the tokens of a word say together; one that says nothing leaves the whole unknown."""
    logprobs = _known(token.logprob for token in tokens)
    if not logprobs:
        return None
    margins = _known(token.margin for token in tokens)
    entropies = _known(token.entropy for token in tokens)
    return TokenEvidence(
        logprob=math.fsum(logprobs),
        least=min(logprobs),
        margin=min(margins) if margins else None,
        entropy=max(entropies) if entropies else None,
    )


def _alternatives(before: str, word: str, after: str, tokens: Sequence[Token]) -> Iterator[str]:
    """Yield what the word would be with other tokens in the place of its most doubtful one, the best first.

    Args:
        before: what the first of its tokens holds of the text before the word.
        after: what the last of its tokens holds of the text after the word.
    """
    margins = [margin if (margin := token.margin) is not None else math.inf for token in tokens]
    doubtful = min(range(len(tokens)), key=margins.__getitem__)
    if not margins[doubtful] < DOUBTFUL:
        return
    left = b"".join(token.data for token in tokens[:doubtful])
    right = b"".join(token.data for token in tokens[doubtful + 1 :])
    seen = {word}
    for alternative in tokens[doubtful].alternatives:
        text = _decoded(left + alternative.data + right) if alternative.data else ""
        spelling = text[len(before) : len(text) - len(after)]
        if before + spelling + after != text or spelling in seen or not _is_word(spelling):
            continue
        seen.add(spelling)
        yield spelling


def _decoded(data: bytes) -> str:
    """Return the text, empty where it is none: an alternative may end in the middle of a character."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return ""


def _is_word(text: str) -> bool:
    return bool(text) and text.isprintable() and not any(character.isspace() for character in text)


def _known(values: Iterable[float | None]) -> list[float]:
    """Return the values, or none of them where one is unknown."""
    known = [_finite(value) for value in values]
    return [] if None in known else [value for value in known if value is not None]


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _byte_ends(data: bytes, text: str) -> list[int]:
    """Return where the bytes end of each character of ``text``, which ``data`` was decoded to."""
    ends: list[int] = []
    at = 0
    for character in text:
        own = character.encode()
        at += len(own) if data.startswith(own, at) else _invalid_length(data, at)
        ends.append(at)
    return ends


def _invalid_length(data: bytes, at: int) -> int:
    """Return how many bytes from ``at`` on became one replacement character."""
    try:
        data[at : at + 4].decode()
    except UnicodeDecodeError as error:
        return error.end - error.start
    raise AssertionError("valid bytes are never replaced")
