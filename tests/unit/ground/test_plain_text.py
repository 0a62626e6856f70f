"""Hostile characters in a reader's text."""

from __future__ import annotations

import pytest

from notesyncd.ground.plain_text import plain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("milk", "milk"),
        ("  milk\t", "milk"),
        ("two\nlines", "two lines"),
        ("two\u2028lines", "two lines"),
        ("invoice\u202egpj.exe", "invoicegpj.exe"),  # right-to-left override
        ("\u2066milk\u2069", "milk"),
        ("bell\x07\x1b[31m", "bell[31m"),
        ("zero\u200bwidth", "zerowidth"),
        ("half\ud800", "half"),  # half of a pair can't be written to a file
        ("<b>*x*</b> [[link]] #tag", "<b>*x*</b> [[link]] #tag"),  # markup on paper is text
        ("می\u200cخواهم", "می\u200cخواهم"),  # Persian needs its joiner
        ("ｶﾀｶﾅ①é", "ｶﾀｶﾅ①é"),  # no folding
        ("\u0000", ""),
    ],
)
def test_only_what_can_be_seen_is_left(text: str, expected: str) -> None:
    assert plain(text) == expected
