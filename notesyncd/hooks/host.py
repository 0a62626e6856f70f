"""What a component beside the daemon (a web page, an upload endpoint) may ask of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from notesyncd.domain.geometry import BoundingBox
from notesyncd.domain.review import Correction, CorrectionKind
from notesyncd.domain.transcript import Transcript


class Host(Protocol):
    """The daemon, as its components see it. Safe to call from several threads."""

    def transcript(self, page_id: str) -> Transcript | None:
        """Return the newest words of a page; None if it has not been read."""

    def page_image(self, page_id: str) -> Path:
        """Return the file with the upright JPEG of a page."""

    def correct(
        self,
        page_id: str,
        *,
        kind: CorrectionKind,
        word_ids: Sequence[str] = (),
        after: str | None = None,
        before: str | None = None,
        box: BoundingBox | None = None,
        undoes: str | None = None,
        seen_version: int | None = None,
        by: str,
    ) -> tuple[Transcript, Correction]:
        """Carry out a person's correction; every delivered note is mended in place."""

    def retry(self) -> int:
        """Queue again what is parked, failed or unreadable; returns how many rows."""

    def status(self) -> dict[str, Any]:
        """Return what ``notesyncd status --json`` prints."""
