"""How the command line speaks: results to stdout, errors to stderr, and one place where errors become exit codes."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, Any, TextIO

from notesyncd.domain.errors import ConfigError, NotesyncdError

if TYPE_CHECKING:
    from rich.console import Console


class ExitCode(IntEnum):
    """Exit codes, a contract with scripts and service managers."""

    OK = 0
    FAILED = 1
    """Some work failed or is left."""
    USAGE = 2
    CONFIG = 78
    """sysexits' EX_CONFIG: systemd does not start the daemon again before a person has mended it."""


def fail(error: NotesyncdError) -> ExitCode:
    """Print an error to stderr and return the exit code that it stands for."""
    for line in str(error).splitlines() or [type(error).__name__]:
        complain(line)
    return ExitCode.CONFIG if isinstance(error, ConfigError) else ExitCode.FAILED


def say(text: str = "") -> None:
    """Print lines to stdout; what came from files or paper can't steer the terminal."""
    _write(sys.stdout, text)


def complain(text: str) -> None:
    """Print a line to stderr, with the program's name before it."""
    _write(sys.stderr, f"notesyncd: {text}")


def print_json(value: Any, *, indent: int | None = 2) -> None:
    """Print a JSON value to stdout; ``indent`` None: on one line."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:  # a terminal without UTF-8, or half a character in a file's name
        text = json.dumps(value, indent=indent)
    print(text)


def counted(number: int, noun: str) -> str:
    """Return ``1 page``, ``2 pages``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def print_table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table to stdout: drawn on a terminal; elsewhere a line a row, with tabs between the cells."""
    cells = [[printable(str(cell)).replace("\n", " ").replace("\t", " ") for cell in row] for row in rows]
    if not is_terminal(sys.stdout):
        for row in (list(headers), *cells):
            _write(sys.stdout, "\t".join(row))
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for header in headers:
        table.add_column(header, overflow="fold")
    for row in cells:
        table.add_row(*map(Text, row))
    console().print(table)


def console(*, stderr: bool = False) -> Console:
    """Return a Rich console that takes no text for markup."""
    from rich.console import Console

    return Console(stderr=stderr, markup=False, emoji=False, highlight=False)


def is_terminal(stream: TextIO) -> bool:
    """Say whether a person looks at what is written to ``stream``."""
    return stream.isatty()


def printable(text: str) -> str:
    """Return ``text`` with everything that could steer a terminal (escape codes, turned writing) made visible."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char in "\n\t" or _is_space(char) else _visible(char) for char in text)


def _is_space(char: str) -> bool:
    return char.isspace() and ord(char) > 0xA0  # the wide and narrow spaces of print; not controls


def _visible(char: str) -> str:
    return f"\\x{ord(char):02x}" if ord(char) < 0x100 else f"\\u{ord(char):04x}"


def _write(stream: TextIO, text: str) -> None:
    text = printable(text)
    encoding = stream.encoding or "utf-8"
    print(text.encode(encoding, "backslashreplace").decode(encoding), file=stream)
