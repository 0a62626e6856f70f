"""What a hostile file is to this test: how it is made, and what a person is to be told of it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

ABSENT = "absent"
"""Stands for a file that the ledger never lists: its name or its kind says enough."""

DIED = "died"
"""The decoder died over it: never expected, for every file of the corpus must get a clear answer."""

JARGON = re.compile(
    r"\w+Error\b|\w+Plugin\b|[A-Z]+_[A-Z]+|\bErrno\b|\bNoneType\b|\bstruct\b|\bunpack|\bbuffer\b|\bbytes-like\b|"
    r"\btuple\b|\bdict\b|\blist index\b|out of range|\bb'|b\"|\bexit code\b|\bsignal \d|\berror -?\d|\btile\b|"
    r"\bdecoder object\b|-?\d when reading|[{}]"
)
"""Words of a program's inside, which help no one who wants to know about a file; in a bracket at the end they may stand."""

_OBJECT = re.compile(r"0x[0-9a-f]{4}|<[\w.]+ object|\bBytesIO\b")
_BRACKET_AT_END = re.compile(r"\([^()]*\)$")


def jargon(reason: str) -> str | None:
    """Return what in a reason says nothing to a person, if anything."""
    found = _OBJECT.search(reason) or JARGON.search(_BRACKET_AT_END.sub("", reason))
    return found[0] if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One way in which a file may end; ``reason`` None: no reason may be given, else it is searched for in it."""

    state: str
    reason: str | None = None

    def fits(self, state: str, reason: str | None) -> bool:
        if state != self.state:
            return False
        if self.reason is None:
            return reason is None
        return reason is not None and re.search(self.reason, reason, re.IGNORECASE) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One file.

    Attributes:
        name: the raw name, unique in the corpus.
        put: makes it at a path.
        outcomes: how it may end, any of them; () = in any state, but with a reason unless it is registered.
        marks: what its note must contain, and no other note.
        hidden: marks that no note may ever contain.
        seconds: how long a look at it may take on a slow machine.
        heavy: takes so long or so much memory that the journey meets it once only.
    """

    family: str
    name: bytes
    put: Callable[[Path], object]
    outcomes: tuple[Outcome, ...] = ()
    marks: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    seconds: float = 15.0
    heavy: bool = False

    @property
    def label(self) -> str:
        return ascii(self.name)[2:-1] if len(self.name) < 80 else ascii(self.name[:40])[2:-1] + "..."

    @property
    def predictable(self) -> bool:
        return bool(self.outcomes)

    @property
    def never_opened(self) -> bool:
        """Whether even its presence is not to be noted."""
        return any(outcome.state == ABSENT for outcome in self.outcomes)

    def problem(self, state: str, reason: str | None) -> str | None:
        """Say what is wrong with this end, if anything."""
        if self.outcomes and not any(outcome.fits(state, reason) for outcome in self.outcomes):
            wanted = " or ".join(f"{outcome.state} ({outcome.reason})" for outcome in self.outcomes)
            return f"{self.family}/{self.label}: {state} ({reason}), but should be {wanted}"
        if not self.outcomes and state not in {"registered", "incomplete", "unreadable", "needs_password"}:
            return f"{self.family}/{self.label}: {state} ({reason})"
        if state not in {"registered", ABSENT, "ignored"} and not reason:
            return f"{self.family}/{self.label}: {state} without a reason"
        if reason and (inside := jargon(reason)):
            return f"{self.family}/{self.label}: {inside!r} says nothing to a person: {state} ({reason})"
        return None


def sound() -> Outcome:
    return Outcome(state="registered")


def warned(reason: str) -> Outcome:
    return Outcome(state="registered", reason=reason)


def incomplete(reason: str) -> Outcome:
    return Outcome(state="incomplete", reason=reason)


def unreadable(reason: str) -> Outcome:
    return Outcome(state="unreadable", reason=reason)


def password() -> Outcome:
    return Outcome(state="needs_password", reason="password")


def ignored() -> tuple[Outcome, ...]:
    """A name that is never opened: not listed, or listed with the reason."""
    return Outcome(state=ABSENT), Outcome(state="ignored", reason="")


def holding(data: bytes) -> Callable[[Path], object]:
    """Return what writes ``data`` to a path."""
    return lambda path: path.write_bytes(data)


def place(folder: Path, case: Case) -> Path:
    """Return the path of a case below a folder; its name may be any bytes."""
    return folder / os.fsdecode(case.name)


def report(problems: Iterable[object]) -> None:
    """Fail with all problems, one a line, if there are any (None is none)."""
    told = [str(problem) for problem in problems if problem is not None]
    assert not told, f"{len(told)} problems:\n" + "\n".join(told)
