"""A server that really reads: the embedded reader answers in a model's place."""

from __future__ import annotations

import io
import tempfile
import threading
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from notesyncd.api import Detection, ReaderContext, ReadRequest
from notesyncd.read.rapidocr import RapidOcrReader
from notesyncd.testing.images import page_image
from tests.servers.behaviours import behaviour, said, stream
from tests.servers.reply import Reply

_lock = threading.Lock()
_reader = RapidOcrReader(ReaderContext(cache=Path(tempfile.gettempdir())))


@behaviour
def reads_what_is_there(asked: Any, reply: Reply) -> None:
    stream(asked, reply, said(asked, "" if asked.is_probe else _text(asked.png)))


def _text(png: bytes) -> str:
    pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))
    with _lock, tempfile.TemporaryDirectory() as folder:
        reading = _reader.read(page_image(pixels, Path(folder)), Detection(rotation=0, ink=0.01), ReadRequest())
    lines = [line for region in reading.regions for line in region.lines if line.score is None or line.score > 0.5]
    return "\n".join(" ".join(word.text for word in line.words) for line in lines)
