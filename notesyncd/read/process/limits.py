"""How long and how large the reader process may get."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a reader process is judged by; it is not the page's length that counts but that it goes on.

    Attributes:
        most_bytes: of resident memory; a process that holds more is ended, over whatever it does.
        recycle_bytes: of resident memory after a page, at which a new process is started for the next.
        recycle_pages: after so many pages a new process is started.
        load_seconds: for starting and loading the model: tens of gigabytes from a slow disk.
        first_token_seconds: from the question to the first token: a large picture on a slow machine.
        between_tokens_seconds: from one token to the next.
        idle_seconds: without a question, after which the process ends by itself and the model is unloaded.
    """

    most_bytes: int
    recycle_bytes: int
    recycle_pages: int = 200
    load_seconds: float = 600.0
    first_token_seconds: float = 600.0
    between_tokens_seconds: float = 60.0
    idle_seconds: float = 900.0
