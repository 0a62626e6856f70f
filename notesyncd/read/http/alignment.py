"""Holds a server's tokens against the text it gave: tokens that do not make up the text are worth nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from notesyncd.read.generation import Token

CERTAIN_TOKENS = 32
"""So many tokens that are all of probability 1 exactly are no measurement: temperature 0 was applied before."""

_BROKEN = "\ufffd"  # what servers that decode token by token write for a character that is cut between tokens


def aligned(text: str, tokens: Sequence[Token], *, cut: bool) -> tuple[str, tuple[Token, ...]] | None:
    """Return text and tokens that agree to the byte, or None where the tokens are not those of the text.

    The token that ends an answer is left out; white space at either end, which some servers strip from the text, is
    taken from the tokens; characters that were cut between tokens are mended from the text.

    Args:
        cut: the answer was stopped while it came in, so that tokens may be ahead of the text.
    """
    if len(tokens) >= CERTAIN_TOKENS and all(token.logprob == 0.0 for token in tokens):
        return None
    for some in (tuple(tokens), tuple(tokens[:-1])):
        for candidate in (some, mended(text, some)):
            decoded = _decoded(candidate)
            if candidate and _same(decoded, text, cut=cut):
                return decoded, candidate
    return None


def _same(decoded: str, text: str, *, cut: bool) -> bool:
    whole, given = decoded.strip().rstrip(_BROKEN), text.strip().rstrip(_BROKEN)
    return whole == given or (cut and whole.startswith(given))


def mended(text: str, tokens: Sequence[Token]) -> tuple[Token, ...]:
    """Return the tokens with cut characters taken from the text; empty where text and tokens do not match.

    The bytes of a run of broken tokens are shared out evenly among them: where exactly a character was cut can't be
    known, and no word begins inside of one.
    """
    text = text.strip()
    runs = [(broken, tuple(run)) for broken, run in groupby(tokens, key=_is_broken)]
    pieces = [_decoded(run) for _, run in runs]
    if pieces:
        pieces[0], pieces[-1] = pieces[0].lstrip(), pieces[-1].rstrip()
    result: list[Token] = []
    position = 0
    for i, (broken, run) in enumerate(runs):
        if broken:
            end = _end_of_run(text, position, pieces[i], following=pieces[i + 1] if i + 1 < len(pieces) else "")
            result.extend(_shared_out(text[position:end].encode("utf-8"), run))
        else:
            end = position + len(pieces[i])
            if text[position:end] != pieces[i]:
                return ()
            result.extend(run)
        position = end
    return tuple(result)


def _is_broken(token: Token) -> bool:
    return _BROKEN in token.data.decode("utf-8", "replace")


def _decoded(tokens: Sequence[Token]) -> str:
    return b"".join(token.data for token in tokens).decode("utf-8", "replace")


def _end_of_run(text: str, position: int, piece: str, *, following: str) -> int:
    """Return where the text of a run of broken tokens ends: where the next whole ones begin, else the text's end."""
    most = position + len(piece)  # a character is cut in two tokens at least
    found = text.find(following, position, most + len(following)) if following else -1
    return found if found >= 0 else min(len(text), most)


def _shared_out(data: bytes, tokens: Sequence[Token]) -> list[Token]:
    bounds = [len(data) * share // len(tokens) for share in range(len(tokens) + 1)]
    return [replace(token, data=data[bounds[i] : bounds[i + 1]]) for i, token in enumerate(tokens)]
