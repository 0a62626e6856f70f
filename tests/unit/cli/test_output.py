"""Errors become exit codes, and nothing from paper or files can steer the terminal."""

import io
import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notesyncd.cli.output import fail, print_json, print_table, printable, say
from notesyncd.domain.errors import AuthError, ConfigError, NotesyncdError, TransientError


@pytest.mark.parametrize(
    ("error", "code"), [(ConfigError("a"), 78), (TransientError("a"), 1), (AuthError("a"), 1), (NotesyncdError(), 1)]
)
def test_an_error_has_its_exit_code_and_goes_to_stderr(
    error: NotesyncdError, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fail(error) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("notesyncd: ")


def test_each_line_of_an_error_is_ours(capsys: pytest.CaptureFixture[str]) -> None:
    fail(ConfigError("one\ntwo"))
    assert capsys.readouterr().err == "notesyncd: one\nnotesyncd: two\n"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("会議メモ – Grüße\tx\ny", "会議メモ – Grüße\tx\ny"),
        ("全角\u3000space", "全角\u3000space"),
        ("\x1b]0;owned\x07", "\\x1b]0;owned\\x07"),
        ("a\rb\x9b31m", "a\\x0db\\x9b31m"),
        ("\u202egpj.exe", "\\u202egpj.exe"),
        ("half \udcff", "half \\udcff"),
    ],
)
def test_controls_are_made_visible(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text())
def test_what_is_printed_holds_no_controls(text: str) -> None:
    assert not [char for char in printable(text) if ord(char) < 0x20 and char not in "\n\t"]
    assert not {"\x1b", "\x7f", "\x9b", "\u202e", "\u2066"} & set(printable(text))


def test_a_terminal_without_unicode_gets_escapes(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    say("é会")
    print_json({"a": "é会"})
    stream.flush()
    line, _, rest = stream.buffer.getvalue().decode().partition("\n")  # type: ignore[attr-defined]
    assert line == "\\xe9\\u4f1a"
    assert json.loads(rest) == {"a": "é会"}


def test_json_is_one_line_where_asked(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"name": "half \udcff", "text": "会"}, indent=None)
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert json.loads(out) == {"name": "half \udcff", "text": "会"}


def test_a_table_is_a_line_a_row_for_scripts(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("a", "b"), [("x\ny", 1), ("tab\there", None)])
    assert capsys.readouterr().out == "a\tb\nx y\t1\ntab here\tNone\n"


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_a_table_on_a_terminal_takes_no_text_for_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("NO_COLOR", "1")
    print_table(("name",), [("[red]hot[/red] :smile: \x1b[31m",)])
    shown = terminal.getvalue()
    assert "[red]hot[/red] :smile: \\x1b[31m" in shown
