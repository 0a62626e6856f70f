"""Progress goes to stderr alone: seldom lines in a log, a bar on a terminal."""

import io
import sys
from contextlib import suppress

import pytest

from notesyncd.cli.progress import ProgressLines, progress


def test_lines_come_seldom_and_the_last_state_always() -> None:
    now = 0.0
    stream = io.StringIO()
    lines = ProgressLines("reading", stream, clock=lambda: now)
    for done in range(1, 13):
        now += 1.0
        lines.update(done, 12, note=f"{done}.jpg")
    assert stream.getvalue() == "reading: 5 of 12 (5.jpg)\nreading: 10 of 12 (10.jpg)\n"
    lines.show()
    lines.show()
    assert stream.getvalue().splitlines()[2:] == ["reading: 12 of 12 (12.jpg)"]


def test_nothing_is_said_of_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("reading"):
        pass
    captured = capsys.readouterr()
    assert captured.out + captured.err == ""


def test_the_state_is_told_when_the_work_breaks_off(capsys: pytest.CaptureFixture[str]) -> None:
    with suppress(RuntimeError), progress("reading") as shown:
        shown.update(3, note="a\nb\x1b[2J")
        raise RuntimeError
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "reading: 3 (a b\\x1b[2J)\n"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with progress("reading") as bar:
        bar.update(1, 4, note="[bold]scan.jpg")
    assert "1/4" in terminal.getvalue()
    assert "[bold]scan.jpg" in terminal.getvalue()
