"""The exact bytes that a token stands for: a decoder's text is buffered and drops cut characters, bytes never do."""

from __future__ import annotations

import re
from typing import Any, Literal

_Writing = Literal["byte-level", "sentencepiece"]

_SPACE = "\u2581"  # a space, as SentencePiece writes it (its README, "Whitespace is treated as a basic symbol")
_FALLBACK = re.compile(r"<0x([0-9A-Fa-f]{2})>")  # one byte, as SentencePiece's byte_fallback writes it

# Special tokens that are part of an answer, not of its frame: DeepSeek-OCR's names and boxes, PaddleOCR-VL's places.
_MARKUP = re.compile(r"<\|(?:/?(?:ref|det)|LOC_\w+)\|>")


class TokenBytes:
    """The bytes of each token of one tokenizer.

    Works with every tokenizer of transformers, and with what has its ``convert_ids_to_tokens``, ``get_vocab``,
    ``added_tokens_decoder`` and ``all_special_ids``.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        added = dict(getattr(tokenizer, "added_tokens_decoder", None) or {})
        self._added = {int(number): str(token) for number, token in added.items()}
        special = {int(number) for number, token in added.items() if getattr(token, "special", False)}
        self._special = special | {int(number) for number in tokenizer.all_special_ids}
        self._writing = _writing(tokenizer.get_vocab(), set(self._added.values()))
        self._known: dict[int, bytes | None] = {}

    def of(self, number: int) -> bytes | None:
        """Return the bytes of the token of this number; None for a special one, which is no part of an answer.

        With SentencePiece the first word of an answer has a space before it, as all others have.

        Raises:
            LookupError: no token has this number: a model's vocabulary may be padded beyond its tokenizer's.
        """
        if number not in self._known:
            self._known[number] = self._look_up(number)
        return self._known[number]

    def _look_up(self, number: int) -> bytes | None:
        token = self._added.get(number)
        if token is not None:
            left_out = number in self._special and not _MARKUP.fullmatch(token)
            return None if left_out else token.encode()
        token = self._tokenizer.convert_ids_to_tokens(number)
        if token is None:
            raise LookupError(f"the tokenizer has no token {number}")
        if number in self._special:
            return None
        if self._writing == "byte-level":
            return bytes(_BYTES[character] for character in token)
        fallback = _FALLBACK.fullmatch(token)
        return bytes.fromhex(fallback[1]) if fallback else str(token).replace(_SPACE, " ").encode()


def _byte_level() -> dict[str, int]:
    """Return the byte behind each character of a byte-level vocabulary, as GPT-2 began it and all others took it.

    Printable characters of Latin-1 stand for themselves; the other bytes, in order, for U+0100 and what follows.
    """
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(0x100) if byte not in set(plain)]
    return {chr(byte): byte for byte in plain} | {chr(0x100 + place): byte for place, byte in enumerate(others)}


_BYTES = _byte_level()
_BYTE_LEVEL_SPACE = "\u0120"


def _writing(vocabulary: dict[str, int], added: set[str]) -> _Writing:
    """Tell how a vocabulary writes bytes: byte-level ones have no character outside the 256, and write the space."""
    characters = set().union(*(token for token in vocabulary if token not in added))
    return "byte-level" if _BYTE_LEVEL_SPACE in characters and characters <= _BYTES.keys() else "sentencepiece"
