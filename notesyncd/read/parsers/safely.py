"""Keeps every parser's promise: whatever a model wrote, its words come out, at worst as plain text."""

from __future__ import annotations

import logging

from notesyncd.read.answer_parts import ParsedAnswer, Parser
from notesyncd.read.parsers.plain import as_plain
from notesyncd.read.picture import Picture

LONGEST = 200_000
"""Characters that are looked at for markup. A page full of writing has 6,000; 32,768 tokens have some 130,000."""

TOO_LONG = "the answer is too long for markup to be looked for; it was taken as plain text"
FAILED = "the answer can't be parsed; it was taken as plain text"

_log = logging.getLogger(__name__)


def safely(parse: Parser) -> Parser:
    """Return a parser that takes an answer as plain text where ``parse`` can't."""

    def parse_safely(answer: str, picture: Picture) -> ParsedAnswer:
        if len(answer) > LONGEST:
            return as_plain(answer, TOO_LONG)
        try:
            return parse(answer, picture)
        except Exception as error:  # noqa: BLE001 - a shape that nobody foresaw costs the layout, never the page
            _log.warning("a parser failed: %s", type(error).__name__)
            return as_plain(answer, FAILED)

    return parse_safely
