"""What a server says instead of an answer, and what is to be done about it."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from notesyncd.api import (
    AuthError,
    ConfigError,
    NotesyncdError,
    PermanentError,
    TransientError,
    UnreadableScan,
)

LONGEST_WAIT = 86_400.0
"""Seconds: a day; a server that asks for more is asked again all the same."""

_LONGEST_MESSAGE = 300
# Keys, pictures and other long runs have no place in a message; words and paths are shorter.
_LONG_RUN = re.compile(r"[^\s,;:'\"(){}\[\]]{48,}")
_LATER = frozenset((408, 409, 425, 429))
_CONTEXT = re.compile(
    r"context (size|length|window|the overflows)|maximum context|max_model_len|exceed_context|too many tokens"
    r"|prompt is too long|input.{0,40}too long",
    re.IGNORECASE,
)
_NO_MODEL = re.compile(
    r"model\b.{0,250}\b(not found|does not exist|not exist|not loaded|is not available|unknown)"
    r"|(unknown|invalid|no such|failed to load) model|repository not found",
    re.IGNORECASE | re.DOTALL,
)
_BLIND = re.compile(
    r"mmproj|not a multimodal model|missing data required for image|at most 0 image"
    r"|(does not|doesn't|do not|not) support.{0,20}(image|vision|multimodal)|image input is not supported",
    re.IGNORECASE,
)
CONTEXT_HINT = (
    "give the server a longer context (llama.cpp: -c, Ollama: OLLAMA_CONTEXT_LENGTH, LM Studio: context length, "
    "vLLM: --max-model-len), or set a smaller max_pixels under [read.http]"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What a server said instead of an answer.

    Attributes:
        message: bounded, without keys and long runs; empty where it said nothing that is meant to be read.
        about: the field that it names as the culprit, if it does so outside of the message.
        explained: it spoke in the form that such servers use, so the interface itself is there.
        retry_after: seconds.
    """

    status: int
    message: str = ""
    about: str = ""
    explained: bool = False
    retry_after: float | None = None

    @property
    def of_the_question(self) -> bool:
        """Whether another form of the question might be taken."""
        return self.status in (400, 413, 415, 422) or self.blind

    @property
    def blind(self) -> bool:
        """Whether it says that the model takes no pictures."""
        return bool(_BLIND.search(self.message))

    def named(self, names: frozenset[str]) -> str | None:
        """Return which of these fields it is about: the one it names as the culprit, or the first in its message."""
        fields = re.findall(r"\w+", f"{self.about} {self.message}".lower())
        return next((field for field in fields if field in names), None)


class Refused(Exception):  # noqa: N818 - what happened, told inside of this folder only
    """The server refused a question."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


def refusal_of(status: int, headers: httpx.Headers, body: bytes, secrets: tuple[str, ...]) -> Refusal:
    """Read what a server said.

    Args:
        body: its beginning is enough.
        secrets: what must not be in a message even if the server repeats it.
    """
    wait = retry_after(headers.get("retry-after"))
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return Refusal(status=status, retry_after=wait)
    return refusal_in(answer, status, secrets, retry_after=wait)


def refusal_in(answer: Any, status: int, secrets: tuple[str, ...], *, retry_after: float | None = None) -> Refusal:
    """Read an error that came as JSON: OpenAI's form, FastAPI's, or a bare string."""
    message, about = _said(answer)
    for secret in secrets:
        message = message.replace(secret, "…")
    message = " ".join(_LONG_RUN.sub("…", message[: 10 * _LONGEST_MESSAGE]).split())
    message = "".join(character for character in message if character.isprintable())
    if len(message) > _LONGEST_MESSAGE:
        message = message[:_LONGEST_MESSAGE] + "…"
    return Refusal(
        status=status, message=message, about=about[:_LONGEST_MESSAGE], explained=bool(message), retry_after=retry_after
    )


def _said(answer: Any) -> tuple[str, str]:
    """Return message and culprit; what the server repeats of the question itself is left out."""
    if isinstance(answer, list) and answer:  # Gemini wraps its errors in a list
        answer = answer[0]
    if not isinstance(answer, dict):
        return "", ""
    error = answer.get("error", answer)
    if isinstance(error, str):
        return error, ""
    if not isinstance(error, dict):
        return "", ""
    message, about = error.get("message", error.get("detail")), error.get("param")
    if isinstance(message, list):  # FastAPI's list of what is wrong with which field
        faults = [fault for fault in message[:5] if isinstance(fault, dict)]
        about = " ".join(str(part) for fault in faults for part in _places(fault))
        message = "; ".join(f"{'.'.join(map(str, _places(fault)))}: {fault.get('msg', '')}" for fault in faults)
    if not isinstance(message, str):
        message = ""
    kind = error.get("type")
    if isinstance(kind, str) and "context" in kind and kind not in message:
        message = f"{message} ({kind})"
    return message, about if isinstance(about, str) else ""


def _places(fault: dict[str, Any]) -> list[Any]:
    places = fault.get("loc")
    return [place for place in places if isinstance(place, str | int)] if isinstance(places, list | tuple) else []


def retry_after(value: str | None, *, now: datetime | None = None) -> float | None:
    """Return the seconds that a ``Retry-After`` asks for, as a number or a date; at most ``LONGEST_WAIT``."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            moment = parsedate_to_datetime(value)
        except ValueError:
            return None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        seconds = (moment - (now or datetime.now(UTC))).total_seconds()
    return min(max(0.0, seconds), LONGEST_WAIT) if math.isfinite(seconds) else None


def error_of(refusal: Refusal, *, server: str, model: str, probing: bool = False) -> NotesyncdError:
    """Say what is to be done about a refusal.

    Args:
        server: how it is called in messages.
        probing: the question was about a small picture of our own, so that no page is to blame.
    """
    said = f": {refusal.message}" if refusal.message else ""
    return (
        _by_a_person(refusal, server, model, said)
        or _by_waiting(refusal, server, said)
        or _in_the_settings(refusal, server, said, probing=probing)
        or UnreadableScan(f"{server} refuses this page (HTTP {refusal.status}){said}")
    )


def _by_a_person(refusal: Refusal, server: str, model: str, said: str) -> NotesyncdError | None:
    if refusal.status in (401, 407):
        return AuthError(f"{server} does not accept the key; check api_key under [read.http]")
    if refusal.status in (402, 403):
        return AuthError(f"{server} does not allow this (HTTP {refusal.status}){said}; check api_key and account")
    if refusal.blind:
        return ConfigError(f"the model {model!r} of {server} takes no pictures{said}; serve a vision model")
    if (refusal.status == 404 and refusal.explained) or (
        400 <= refusal.status < 500 and _NO_MODEL.search(refusal.message)
    ):
        return ConfigError(f"{server} does not serve the model {model!r}{said}; set model under [read.http]")
    return None


def _by_waiting(refusal: Refusal, server: str, said: str) -> NotesyncdError | None:
    if refusal.status not in _LATER and refusal.status < 500:
        return None
    message = f"{server} can't answer now (HTTP {refusal.status}){said}"
    return TransientError(message, retry_after=refusal.retry_after)


def _in_the_settings(refusal: Refusal, server: str, said: str, *, probing: bool) -> NotesyncdError | None:
    if 300 <= refusal.status < 400:
        return ConfigError(f"{server} sends elsewhere, which is never followed; set base_url to the final address")
    if refusal.status in (404, 405):
        return ConfigError(f"there is no chat interface at {server}; base_url mostly ends in /v1")
    if _CONTEXT.search(refusal.message):
        return PermanentError(f"{server} has too short a context for the page{said}; {CONTEXT_HINT}")
    if refusal.status == 413:
        return PermanentError(f"the page is too large for {server}; set a smaller max_pixels under [read.http]")
    if probing:
        return ConfigError(f"{server} does not take questions about pictures (HTTP {refusal.status}){said}")
    return None
