"""How much memory this machine has for a model, and which runtime it has."""

from __future__ import annotations

import os
import platform
import sys
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec

from notesyncd.read import fit
from notesyncd.read.catalogue_entry import Runtime

_SHARE = 0.75
"""Of the machine's memory that a model may take: the rest is the system's and the daemon's. Apple's GPU may use about
as much of it by default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Memory in bytes: of a graphics card, or else of the whole machine."""

    total_bytes: int
    is_card: bool

    def fits(self, need_bytes: int) -> bool:
        """Say whether a model that needs so many bytes can run here."""
        if self.is_card:
            return fit.fits(need_bytes, self.total_bytes)
        return need_bytes <= _SHARE * self.total_bytes


@cache
def room_for(runtime: str) -> Room:
    """Return the memory that a runtime has here; asks for cards once, which takes up to seconds."""
    if runtime == "cuda":
        card = max((card.total_bytes for card in fit.cards()), default=None)
        if card is not None:
            return Room(total_bytes=card, is_card=True)
    return Room(total_bytes=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"), is_card=False)


def runtime_here() -> Runtime:
    """Return the runtime that models are fetched for unless another is named."""
    is_apple = sys.platform == "darwin" and platform.machine() == "arm64"
    return "mlx" if is_apple or find_spec("mlx") is not None else "cuda"
