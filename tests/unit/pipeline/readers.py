"""Readers as strangers might write them, for tests of the units that ask them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from notesyncd.api import (
    BoundingBox,
    Detection,
    PageImage,
    ReaderCapabilities,
    ReaderId,
    Reading,
    ReadLine,
    ReadRegion,
    ReadRequest,
    ReadWord,
)


def lines(text: str, box: BoundingBox | None = None) -> tuple[ReadRegion, ...]:
    read = (ReadLine(words=tuple(ReadWord(text=word, box=box) for word in row.split())) for row in text.splitlines())
    return (ReadRegion(lines=tuple(read)),)


@dataclass
class Talkative:
    """Has something to say about whatever it is shown, as a model has.

    ``during`` is called while it reads.
    """

    text: str = "A black and white photo of a wall"
    boxes: bool = False
    condemned: str | None = None
    warnings: tuple[str, ...] = ()
    name: str = "talkative"
    error: Exception | None = None
    heading: str | None = None
    requests: list[ReadRequest] = field(default_factory=list)
    during: Callable[[], object] = lambda: None
    asked: int = 0
    closed: int = 0
    at_once: int = 0
    most_at_once: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def capabilities(self) -> ReaderCapabilities:
        return ReaderCapabilities(boxes=self.boxes)

    def identity(self) -> ReaderId:
        return ReaderId(name=self.name, version="1")

    def read(self, image: PageImage, detection: Detection, request: ReadRequest) -> Reading:
        with self._lock:
            self.asked += 1
            self.requests.append(request)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            self.during()
            if self.error is not None:
                raise self.error
            box = BoundingBox(left=1, top=1, right=image.width - 1, bottom=20) if self.boxes else None
            return Reading(
                reader=self.identity(),
                regions=(*self._heading(), *lines(self.text, box)),
                ordered=True,
                raw=f"raw {self.text}",
                condemned=self.condemned,
                warnings=self.warnings,
            )
        finally:
            with self._lock:
                self.at_once -= 1

    def _heading(self) -> tuple[ReadRegion, ...]:
        if self.heading is None:
            return ()
        return tuple(replace(region, kind="heading", level=1) for region in lines(self.heading))

    def close(self) -> None:
        self.closed += 1
