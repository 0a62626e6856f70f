"""The daemon as its components see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from notesyncd.api import Correction, CorrectionRequest, Transcript
from notesyncd.ledger import transcriptions
from notesyncd.pipeline import asking, correcting, pictures
from notesyncd.pipeline.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonHost:
    """Implements ``notesyncd.api.Host`` over the services of a running daemon."""

    services: Services
    tell_status: Callable[[], dict[str, Any]]

    def transcript(self, page_id: str) -> Transcript | None:
        """Return the newest words of a page; None if it has not been read."""
        with self.services.ledger.read() as connection:
            return transcriptions.newest(connection, page_id)

    def page_image(self, page_id: str) -> Path:
        """Return the file with the upright JPEG of a page."""
        return pictures.picture(self.services, page_id)

    def correct(self, request: CorrectionRequest) -> tuple[Transcript, Correction]:
        """Carry out a person's correction; every delivered note is mended in place."""
        return correcting.correct(self.services.ledger, request)

    def retry(self) -> int:
        """Queue again what is parked, failed or unreadable; returns how many rows."""
        return asking.retry(self.services.ledger, now=self.services.clock()).total

    def status(self) -> dict[str, Any]:
        """Return what ``notesyncd status --json`` prints."""
        return self.tell_status()
