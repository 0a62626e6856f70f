"""Asks again without what a server refused, as long as it names something that can be left out."""

from __future__ import annotations

from collections.abc import Callable

from notesyncd.read.generation import Question
from notesyncd.read.http.answer import Received
from notesyncd.read.http.form import PICTURE_OBJECT, Form
from notesyncd.read.http.refusals import Refusal, Refused

_AT_ONCE = {"logprobs": ("logprobs", "top_logprobs")}
_ABOUT_PICTURES = frozenset((PICTURE_OBJECT, "messages", "content", "image"))


def ask_eased(
    ask: Callable[[Form], Received], form: Form, question: Question, *, exploring: bool = False
) -> tuple[Received, Form]:
    """Ask; each time the server refuses a field that is not needed, ask again without it.

    Args:
        ask: sends the question in that form.
        exploring: nothing is known of the server yet: also try the other form of pictures, and where it does not say
            what it minds, without all that is not needed.

    Returns:
        The answer, and the form that was taken.

    Raises:
        Refused: if there is nothing left that could be changed.
    """
    puzzling: Refused | None = None
    while True:
        try:
            return ask(form), form
        except Refused as refused:
            if not refused.refusal.of_the_question:
                raise
            easier = eased(form, question, refused.refusal)
            if easier is None and exploring:
                easier = guessed(form, question, refused.refusal)
                puzzling = puzzling or refused
            if easier is None:
                raise (puzzling or refused) from None  # what came of guesses says less than what led to them
            form = easier


def eased(form: Form, question: Question, refusal: Refusal) -> Form | None:
    """Return the form without the field that the server names, or None where it names none that can be left out."""
    name = refusal.named(frozenset(form.optional(question)))
    return None if name is None else form.without(*_AT_ONCE.get(name, (name,)))


def guessed(form: Form, question: Question, refusal: Refusal) -> Form | None:
    """Return another form where the server does not say what it minds, or None where there is no other."""
    optional = form.optional(question)
    if form.picture == "object" and (refusal.named(_ABOUT_PICTURES) is not None or not optional):
        return form.without(PICTURE_OBJECT)
    others = (*form.preset.limits, *dict(form.preset.thinking_off))
    return form.without(*optional, *others) if optional else None
