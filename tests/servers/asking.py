"""A generator that asks a scripted server, with little patience, and a question for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from notesyncd.api import ReaderContext
from notesyncd.read.generation import Decoding, Question
from notesyncd.read.http.generator import HttpGenerator
from notesyncd.read.http.opening import open_generator
from notesyncd.read.http.settings import HttpSettings
from notesyncd.read.picture import Picture

IMPATIENT = {"first_token_seconds": 0.6, "between_tokens_seconds": 0.4}
"""For servers that are silent; a good one may be slow on a busy machine."""


def question(*, shade: int = 200, prompt: str = "Transcribe.", **decoding: Any) -> Question:
    pixels = np.full((64, 96, 3), shade, np.uint8)
    picture = Picture(pixels=pixels, page_width=96, page_height=64)
    return Question(picture=picture, prompt=prompt, decoding=Decoding(**{"max_tokens": 400, **decoding}))


@contextmanager
def opened(base_url: str, cache: Path, **settings: Any) -> Iterator[HttpGenerator]:
    chosen = HttpSettings.model_validate({"base_url": base_url, **settings})
    generator = open_generator(ReaderContext(cache=cache, settings=chosen))
    try:
        yield generator
    finally:
        generator.close()
