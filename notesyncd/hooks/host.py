"""What a component beside the daemon (a web page, an upload endpoint) may ask of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from notesyncd.domain.review import Correction, CorrectionRequest
from notesyncd.domain.transcript import Transcript


class Host(Protocol):
    """The daemon, as its components see it. Safe to call from several threads."""

    def transcript(self, page_id: str) -> Transcript | None:
        """Return the newest words of a page; None if it has not been read."""

    def page_image(self, page_id: str) -> Path:
        """Return the file with the upright JPEG of a page."""

    def correct(self, request: CorrectionRequest) -> tuple[Transcript, Correction]:
        """Carry out a person's correction; every delivered note is mended in place."""

    def retry(self) -> int:
        """Queue again what is parked, failed or unreadable; returns how many rows."""

    def status(self) -> dict[str, Any]:
        """Return what ``notesyncd status --json`` prints."""
