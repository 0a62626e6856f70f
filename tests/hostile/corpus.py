"""Hundreds of hostile and broken files, each with what must become of it.

By hand: ``python -m tests.hostile.corpus DIR`` makes the files, ``--look`` also asks a decoder about each, and prints
state, reason, seconds and the decoder's peak memory.
"""

from __future__ import annotations

import argparse
import errno
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path

from notesyncd.domain.errors import NotesyncdError, TransientError
from notesyncd.intake.complete import EncryptedFile, IncompleteFile
from notesyncd.intake.decoder.decoder import Decoder, DecoderDied
from notesyncd.testing.pages import mark_text
from tests.hostile.bombs import bombs
from tests.hostile.broken import broken
from tests.hostile.cases import DIED, Case, place
from tests.hostile.foreign import foreign
from tests.hostile.mutations import mutations
from tests.hostile.names import names, nodes
from tests.hostile.odd import odd
from tests.hostile.pages import pages
from tests.hostile.pdfs import pdfs
from tests.hostile.unfinished import unfinished

_NOT_HERE = {errno.EILSEQ, errno.EINVAL, errno.ENAMETOOLONG, errno.EPERM, errno.ENOTSUP, errno.EFBIG}
"""How a file system refuses names of any bytes, device nodes or very long files."""

MARKS = 1000
"""Marks of one corpus; another seed has others."""


FAMILIES = (
    "sound",
    "odd",
    "name",
    "name never opened",
    "no file",
    "pdf locked",
    "pdf with actions",
    "pdf lies",
    "pdf loops",
    "pdf bomb",
    "pdf of a broken picture",
    "pdf oddities",
    "cut",
    "zero tail",
    "zeros",
    "hole",
    "stub",
    "empty",
    "random",
    "foreign",
    "png lies",
    "jpeg lies",
    "tiff lies",
    "heic and webp lies",
    "bomb",
    "mutation",
)


def corpus(seed: int, outside: Path) -> list[Case]:
    """Return all cases; another seed gives other bytes and other marks. ``outside`` is for what links point at."""
    marks = map(mark_text, count(seed * MARKS))
    cases = [
        *pages(marks),
        *odd(marks),
        *names(marks),
        *nodes(outside, marks),
        *pdfs(marks),
        *unfinished(seed),
        *foreign(seed),
        *broken(seed),
        *bombs(seed),
        *mutations(seed),
    ]
    twice = [name for name, times in Counter(case.name for case in cases).items() if times > 1]
    assert not twice, f"the same name twice: {twice}"
    return cases


def put_all(cases: Iterable[Case], folder: Path) -> list[Case]:
    """Make the files of all cases; returns those that this file system, and our rights, allow."""
    made = []
    for case in cases:
        try:
            case.put(place(folder, case))
        except OSError as error:
            if error.errno not in _NOT_HERE:
                raise
        else:
            made.append(case)
    return made


def look(decoder: Decoder, path: Path) -> tuple[str, str | None]:
    """Return the state that the ledger would be told, and the reason."""
    try:
        decoded = decoder.inspect(path)
    except IncompleteFile as error:
        return "incomplete", str(error)
    except DecoderDied as error:
        return DIED, str(error)
    except EncryptedFile as error:
        return "needs_password", str(error)
    except TransientError as error:
        return "settling", str(error)
    except NotesyncdError as error:
        return "unreadable", str(error)
    return "registered", "; ".join(decoded.warnings) or None


def _peak_mb(pid: int | None) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return int(status.partition("VmHWM:")[2].split()[0]) >> 10


def _table(folder: Path, cases: list[Case]) -> Iterator[str]:
    for case in cases:
        with Decoder() as decoder:
            look(decoder, place(folder, cases[0]))  # so that the child's start is not counted
            pid, begun = decoder.child_pid, time.monotonic()
            state, reason = look(decoder, place(folder, case))
            took, peak = time.monotonic() - begun, _peak_mb(pid)
        sign = "!" if not case.never_opened and case.problem(state, reason) else " "
        yield f"{sign} {took:6.2f} s {peak:5} MB  {case.family}/{case.label}: {state} ({reason})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--look", action="store_true", help="ask a decoder about each file")
    parser.add_argument("--family", default="", help="only families whose name contains this")
    asked = parser.parse_args()
    folder, outside = asked.folder / "inbox", asked.folder / "outside"
    folder.mkdir(parents=True)
    cases = put_all(corpus(asked.seed, outside), folder)
    for family, times in Counter(case.family for case in cases).items():
        print(f"{times:4} {family}")
    print(f"{len(cases):4} in all, {sum(case.predictable for case in cases)} of them predictable")
    if asked.look:
        chosen = [cases[0], *(case for case in cases[1:] if asked.family in case.family)]
        for line in _table(folder, chosen):
            print(line, flush=True)


if __name__ == "__main__":
    main()
