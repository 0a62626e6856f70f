"""How a server is asked: which fields a question has, and which it does without because the server refused them."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from typing import Any, Literal

from notesyncd.read.generation import Question
from notesyncd.read.http.presets import Preset

ALTERNATIVES = 5
"""So many other tokens are asked for: enough for the alternatives of a word, and within every documented limit."""

PICTURE_OBJECT = "image_url"
"""Refused by this name: a picture as an object; it is sent as a string then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What is known of how a server wants to be asked.

    Attributes:
        refused: names of fields that it refused, or that did nothing.
    """

    preset: Preset
    refused: frozenset[str] = frozenset()

    def without(self, *names: str) -> Form:
        """Return it with these fields refused as well."""
        return replace(self, refused=self.refused.union(names))

    @property
    def limit(self) -> str | None:
        """Name of the field that limits an answer's tokens."""
        return next((name for name in self.preset.limits if name not in self.refused), None)

    @property
    def thinking_off(self) -> tuple[str, Any] | None:
        """The field that switches thinking off, with its value."""
        return next((field for field in self.preset.thinking_off if field[0] not in self.refused), None)

    @property
    def picture(self) -> Literal["object", "string"]:
        """How a picture's address is written."""
        return "string" if PICTURE_OBJECT in self.refused else "object"

    @property
    def penalty(self) -> str | None:
        """Name of the field of a repetition penalty, if one can be sent."""
        return self.preset.penalty if self.preset.penalty not in self.refused else None

    def penalised(self, question: Question) -> bool:
        """Whether a penalty is sent that changes what the model answers."""
        return self.penalty is not None and question.decoding.repetition_penalty not in (None, 1.0)

    def optional(self, question: Question) -> dict[str, Any]:
        """Return the fields that a server may refuse without the question losing its sense."""
        decoding, preset = question.decoding, self.preset
        fields: dict[str, Any] = {
            "stream_options": {"include_usage": True},
            "temperature": decoding.temperature,
            **dict(preset.neutral),
        }
        if preset.logprobs and "logprobs" not in self.refused:
            fields |= {"logprobs": True, "top_logprobs": ALTERNATIVES}
        if self.limit is not None:
            fields[self.limit] = decoding.max_tokens
        if self.thinking_off is not None:
            fields[self.thinking_off[0]] = self.thinking_off[1]
        if self.penalty is not None and decoding.repetition_penalty is not None:
            fields[self.penalty] = decoding.repetition_penalty
            if preset.penalty_context is not None:
                fields[preset.penalty_context] = decoding.repetition_context
        if preset.pixel_cap == "request":
            fields["max_pixels"] = question.picture.width * question.picture.height
        return {name: value for name, value in fields.items() if name not in self.refused}

    def body(self, model: str, question: Question, extra: dict[str, Any], *, picture: bool = True) -> dict[str, Any]:
        """Return the whole question, ready to be sent.

        Args:
            extra: fields that a user added; they win.
            picture: False asks the same without the picture.
        """
        text = {"type": "text", "text": question.prompt}
        content = [self._picture(question), text] if picture else [text]
        return {
            "model": model,
            "messages": [{"role": "user", "content": content}],
            "stream": True,
            **self.optional(question),
            **extra,
        }

    def _picture(self, question: Question) -> dict[str, Any]:
        address = "data:image/png;base64," + base64.b64encode(question.picture.png()).decode("ascii")
        part: dict[str, Any] = {"type": "image_url"}
        part["image_url"] = address if self.picture == "string" else {"url": address}
        if self.preset.pixel_cap == "picture" and "max_pixels" not in self.refused:
            part["max_pixels"] = question.picture.width * question.picture.height
        return part
