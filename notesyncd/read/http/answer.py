"""Puts an answer together from the pieces in which it comes: streamed events, or one JSON object."""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from notesyncd.api import TransientError, UnreadableScan
from notesyncd.read.generation import Ended, Token
from notesyncd.read.http.alignment import aligned
from notesyncd.read.http.entries import tokens_of
from notesyncd.read.http.refusals import Refused, refusal_in

LONGEST_LINE = 16 << 20
"""Bytes: an answer of 4,096 tokens with five alternatives each takes about 3 MB where it comes in one line."""
LONGEST_ANSWER = 64 << 20
"""Bytes of all that a server sends for one question."""
CHARACTERS_A_TOKEN = 16
"""More than tokenizers make of text on the average; a server that sends more does not keep to the limit of tokens."""

_FIELDS_OF_EVENTS = frozenset((b"", b"event", b"id", b"retry"))  # besides "data"; a comment has no name
_LENGTH = frozenset(("length", "max_tokens", "model_length"))
_FILTERED = frozenset(("content_filter", "prohibited_content", "recitation", "safety"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """An answer as it came.

    Attributes:
        tokens: those of ``text``; None where there were none, or not the text's.
        overran: the server went on after the limit that was set.
        prompt_tokens: that the server counted in the question, the picture's among them.
        fingerprint: the server's own name for what answered.
    """

    text: str
    tokens: tuple[Token, ...] | None
    ended: Ended
    thinking: str = ""
    overran: bool = False
    prompt_tokens: int | None = None
    fingerprint: str | None = None


class Incoming:
    """An answer on its way in, line by line."""

    def __init__(
        self, *, server: str, most_tokens: int, loops: Callable[[str], bool], secrets: tuple[str, ...] = ()
    ) -> None:
        """Begin.

        Args:
            server: how it is called in messages.
            most_tokens: that were asked for.
            loops: told each new piece of the answer; says whether it runs in a loop.
            secrets: what must not be in a message.
        """
        self._server = server
        self._most_tokens = most_tokens
        self._loops = loops
        self._secrets = secrets
        self._text: list[str] = []
        self._thinking: list[str] = []
        self._tokens: list[Token] = []
        self._sound = True
        self._characters = 0
        self._bytes = 0
        self._events = 0
        self._other = bytearray()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._reason: str | None = None
        self._stopped: Ended | None = None
        self._done = False
        self._prompt_tokens: int | None = None
        self._fingerprint: str | None = None

    @property
    def over(self) -> bool:
        """Whether nothing more is wanted: the stream ended, or its answer was stopped here."""
        return self._done or self._stopped is not None

    @property
    def complete(self) -> bool:
        """Whether nothing of the answer itself is missing."""
        return self.over or self._reason is not None

    def take(self, line: bytes) -> bool:
        """Take one line, without its end; returns whether the answer went on by it.

        Raises:
            TransientError: for what is no answer.
            UnreadableScan: where a filter of the server's held the answer back.
            Refused: where the server reports an error.
        """
        self._bytes += len(line) + 1
        if self._bytes > LONGEST_ANSWER:
            raise TransientError(f"{self._server} answered without end")
        name, colon, value = line.partition(b":")
        if name == b"data" and colon:
            return self._take_event(value.strip())
        if not self._events and line.strip() and not (colon and name in _FIELDS_OF_EVENTS):
            self._other += line + b"\n"  # perhaps one JSON object, though a stream was asked for
        return False

    def finish(self) -> Received:
        """Return the answer after its last line.

        Raises:
            TransientError: if it broke off, or was none.
        """
        if self._other and not self._events:
            self._take_object(_object(bytes(self._other), self._server))
            self._done = True
        if not self.complete:
            what = "broke off in the middle of its answer" if self._events else "closed the connection without answer"
            raise TransientError(f"{self._server} {what}")
        text, thinking, cut = _whole(self._text), _whole(self._thinking), self._stopped is not None
        comparable = self._sound and (text.strip() or (cut and not thinking))
        agreed = aligned(text, self._tokens, cut=cut) if comparable else None
        return Received(
            text=agreed[0] if agreed else text,
            tokens=agreed[1] if agreed else None,
            ended=self._stopped or ("length" if self._reason in _LENGTH else "stop"),
            thinking=thinking,
            overran=self._stopped == "length",
            prompt_tokens=self._prompt_tokens,
            fingerprint=self._fingerprint,
        )

    def _take_event(self, data: bytes) -> bool:
        self._events += 1
        if data == b"[DONE]":
            self._done = True
            return False
        return bool(data) and self._take_object(_object(data, self._server))

    def _take_object(self, event: dict[str, Any]) -> bool:
        if event.get("error"):
            error = event["error"]
            code = error.get("code") if isinstance(error, dict) else None
            raise Refused(
                refusal_in(event, code if isinstance(code, int) and 400 <= code < 600 else 502, self._secrets)
            )
        self._take_facts(event)
        choices = event.get("choices")
        for choice in choices if isinstance(choices, list) else ():
            if isinstance(choice, dict) and choice.get("index") in (None, 0):
                return self._take_choice(choice)
        return False

    def _take_facts(self, event: dict[str, Any]) -> None:
        usage = event.get("usage")
        count = usage.get("prompt_tokens") if isinstance(usage, dict) else None
        if isinstance(count, int) and 0 < count < 1 << 31:
            self._prompt_tokens = count
        fingerprint = event.get("system_fingerprint")
        if isinstance(fingerprint, str) and fingerprint.isprintable():
            self._fingerprint = fingerprint[:100] or None

    def _take_choice(self, choice: dict[str, Any]) -> bool:
        piece = choice.get("delta") or choice.get("message")
        piece = piece if isinstance(piece, dict) else {}
        text = _text_of(piece.get("content")) + _text_of(piece.get("refusal"))
        thinking = _text_of(piece.get("reasoning_content")) or _text_of(piece.get("reasoning"))
        tokens, sound = tokens_of(choice.get("logprobs"))
        self._text.append(text)
        self._thinking.append(thinking)
        self._tokens += tokens
        self._sound &= sound
        self._characters += len(text) + len(thinking)
        reason = choice.get("finish_reason")
        if isinstance(reason, str) and reason:
            self._end(reason.lower())
        self._watch(text, tokens)
        return bool(text or thinking or tokens)

    def _end(self, reason: str) -> None:
        if reason in _FILTERED:
            raise UnreadableScan(f"{self._server} holds its answer back (content filter)")
        if reason == "error":
            raise TransientError(f"{self._server} broke off its answer with an error")
        self._reason = reason

    def _watch(self, text: str, tokens: list[Token]) -> None:
        """Stop the answer where it runs in a loop, or beyond what was asked for."""
        if self._tokens:  # a server's text may lag behind its tokens
            text = self._decoder.decode(b"".join(token.data for token in tokens))
        if text and self._loops(text):
            self._stopped = "loop"
        elif len(self._tokens) > self._most_tokens + 1 or self._characters > CHARACTERS_A_TOKEN * self._most_tokens:
            self._stopped = "length"  # one more is the token that ends an answer


def _object(data: bytes, server: str) -> dict[str, Any]:
    try:
        value = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        what = "with a web page" if data.lstrip().startswith(b"<") else "nonsense"
        raise TransientError(f"{server} answered {what}; is base_url right? It mostly ends in /v1")
    return value


def _text_of(content: Any) -> str:
    """Return the text of a piece: a string, or OpenAI's list of parts."""
    if isinstance(content, list):
        return "".join(_text_of(part.get("text")) for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


def _whole(pieces: list[str]) -> str:
    """Join pieces; halves of a character that came apart are joined too, and a half alone becomes U+FFFD."""
    return "".join(pieces).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
