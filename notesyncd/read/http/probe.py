"""Finds out once what a server can do: by a small picture of our own, never by a page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Protocol

import cv2
import numpy as np

from notesyncd.read.generation import Decoding, Question
from notesyncd.read.http.answer import Received
from notesyncd.read.http.easing import ask_eased
from notesyncd.read.http.form import Form
from notesyncd.read.http.refusals import Refused
from notesyncd.read.picture import Picture

PROBE_PROMPT = "Which word is written in this picture? Write it forty times, with spaces between, and nothing else."
"""Long enough an answer that a limit of tokens shows, about a picture whose word is easy to look for."""
PROBE_WORD = "LANTERN"
PROBE_TOKENS = 16


class Ask(Protocol):
    """Sends a question."""

    def __call__(self, form: Form, question: Question, *, picture: bool = True) -> Received:
        """Send it in a form, with its picture or without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerAbilities:
    """What a server was found to do.

    Attributes:
        form: how it is asked.
        logprobs: it gives log-probabilities that fit its text.
        alternatives: it gives other tokens with them.
        thinks: it thinks aloud though it was told not to.
        sees: it looks at pictures; None where that could not be told.
        keeps_limits: it stops at the number of tokens that it is told.
        fingerprint: its own name for what answers.
    """

    form: Form
    logprobs: bool
    alternatives: bool
    thinks: bool
    sees: bool | None
    keeps_limits: bool
    fingerprint: str | None


def probe(ask: Ask, form: Form) -> ServerAbilities:
    """Ask about the small picture until the server's ways are known.

    Raises:
        Refused: if it takes no question about a picture, whatever the form.
        NotesyncdError: if it can't be asked now.
    """
    question = probe_question()

    def asked(form: Form) -> tuple[Received, Form]:
        return ask_eased(lambda form: ask(form, question), form, question, exploring=True)

    received, form = asked(form)
    received, form, keeps_limits = _with_a_limit(asked, received, form)
    received, form = _without_thinking(asked, received, form)
    tokens = received.tokens
    if tokens is None and received.text.strip():
        form = form.without("logprobs", "top_logprobs")
    return ServerAbilities(
        form=form,
        logprobs=tokens is not None,
        alternatives=tokens is not None and any(token.alternatives for token in tokens),
        thinks=_thinks(received),
        sees=_sees(received, _prompt_tokens_without_picture(ask, form, question)),
        keeps_limits=keeps_limits,
        fingerprint=received.fingerprint,
    )


@cache
def probe_question() -> Question:
    """Return the question about the small picture."""
    pixels = np.full((128, 256, 3), 255, np.uint8)
    cv2.putText(pixels, PROBE_WORD, (20, 76), cv2.FONT_HERSHEY_SIMPLEX, 1.3, (0, 0, 0), 3)
    picture = Picture(pixels=pixels, page_width=256, page_height=128)
    return Question(picture=picture, prompt=PROBE_PROMPT, decoding=Decoding(max_tokens=PROBE_TOKENS))


def _with_a_limit(
    asked: Callable[[Form], tuple[Received, Form]], received: Received, form: Form
) -> tuple[Received, Form, bool]:
    """Try the names of the limit until one is heeded; where none is, the first stands and answers are cut here."""
    first_form = form
    while received.overran and form.limit is not None:
        form = form.without(form.limit)
        if form.limit is not None:
            received, form = asked(form)
    return (received, form, True) if not received.overran else (received, first_form, False)


def _without_thinking(
    asked: Callable[[Form], tuple[Received, Form]], received: Received, form: Form
) -> tuple[Received, Form]:
    """Try the switches until the server stops thinking aloud; where none works, the first stands."""
    first = received, form
    while _thinks(received) and form.thinking_off is not None:
        form = form.without(form.thinking_off[0])
        if form.thinking_off is None:
            return first
        received, form = asked(form)
    return received, form


def _thinks(received: Received) -> bool:
    """Say whether the answer was thought about: shown apart, in the text itself, or hidden (its tokens are gone)."""
    hidden = not received.text.strip() and received.ended == "length"
    return hidden or bool(received.thinking.strip()) or received.text.lstrip().startswith("<think")


def _prompt_tokens_without_picture(ask: Ask, form: Form, question: Question) -> int | None:
    shortest = replace(question, decoding=replace(question.decoding, max_tokens=1))
    try:
        return ask(form, shortest, picture=False).prompt_tokens
    except Refused:  # some models take nothing but pictures
        return None


def _sees(received: Received, without_picture: int | None) -> bool | None:
    """Judge by the tokens that the picture adds to the question, or by the word that stands in it."""
    if PROBE_WORD in received.text.upper():
        return True
    if received.prompt_tokens is None or without_picture is None:
        return None
    return received.prompt_tokens > without_picture
