"""The decoder process as seen from the daemon."""

from __future__ import annotations

from typing import Any

from notesyncd.domain.errors import TransientError
from notesyncd.intake.decoder.confine import Confinement
from notesyncd.intake.decoder.limits import MAX_RESIDENT_BYTES
from notesyncd.system.child_process import ChildFailed, ChildProcess

START_SECONDS = 60.0
"""The first start after a boot reads 30 MB of libraries from a disk that may be slow."""


class DecoderProcess(ChildProcess):
    """One decoder, ready to be asked.

    Attributes:
        confinement: which limits hold in the child.
    """

    def __init__(self) -> None:
        """Start the child and wait until it is ready.

        Raises:
            TransientError: if it can't be started; no file is to blame.
        """
        try:
            super().__init__("notesyncd.intake.decoder.child", seconds=START_SECONDS, most_bytes=MAX_RESIDENT_BYTES)
        except OSError as error:
            raise TransientError(f"the decoder can't be started: {error}") from error
        try:
            self.confinement = _confinement(self.receive())
        except ChildFailed as error:
            self.close()
            raise TransientError(f"the decoder can't be started: {error}") from error


def _confinement(message: dict[str, Any]) -> Confinement:
    limits = message.get("limits")
    if not isinstance(limits, dict):
        raise ChildFailed("answered nonsense")
    return {str(name): None if reason is None else str(reason) for name, reason in limits.items()}
