"""Finds the whole objects in JSON as models write it: fenced, cut off, with commas too many or escapes too few."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from notesyncd.read.parsers.traced import Traced

Value = Traced | float | bool | list["Value"] | dict[str, "Value"] | None

_TOKEN = re.compile(
    r'\s*(?:(?P<mark>[{}\[\]:,"])|(?P<number>-?\d{1,30}(?:\.\d{0,30})?(?:[eE][+-]?\d{1,3})?)|(?P<word>[^\s{}\[\]:,"]+))'
)
_IN_STRING = re.compile(
    r'(?P<plain>[^"\\]+)|(?P<pair>\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})'
    r'|\\u(?P<code>[0-9a-fA-F]{4})|\\(?P<escape>.)|(?P<quote>")|(?P<other>\\)',
    re.DOTALL,
)
# A quote that nothing of JSON follows was written on the page, and the model forgot to escape it.
_AFTER_STRING = re.compile(r"\s*(?:[,:}\]]|\Z)")
_FORGOTTEN = 3
"""So deep a bracket is looked for that closes what was left open inside of it."""

_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "n": "\n", "r": "\r", "t": "\t"}
_LITERALS = {"true": True, "false": False, "null": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonObject:
    """An object that is whole; it stands at ``begin:end`` of the text."""

    begin: int
    end: int
    values: dict[str, Value]


@dataclass(slots=True, kw_only=True)
class JsonItems:
    """What was found.

    Attributes:
        objects: in the order in which they begin; those in others come after these.
        is_json: there is a list or an object, and nothing in it that is no JSON.
        is_cut_off: something was left open.
        has_prose: there is text outside the JSON.
    """

    objects: list[JsonObject] = field(default_factory=list)
    is_json: bool = False
    is_cut_off: bool = False
    has_prose: bool = False


@dataclass(slots=True, kw_only=True)
class _Open:
    begin: int
    items: list[Value] | dict[str, Value]
    key: str | None = None

    def add(self, value: Value) -> None:
        if isinstance(self.items, list):
            self.items.append(value)
        elif self.key is not None:
            self.items[self.key] = value
            self.key = None
        elif isinstance(value, Traced):
            self.key = value.text


def json_items(source: Traced) -> JsonItems:
    """Read all that is whole; strings are without escapes and know where they stand. Takes linear time."""
    found = JsonItems()
    position = 0
    stack: list[_Open] = []
    has_junk = False
    while (match := _TOKEN.match(source.text, position)) is not None:
        position = match.end()
        mark = match["mark"]
        if mark in ("{", "["):
            stack.append(_Open(begin=position - 1, items={} if mark == "{" else []))
            found.is_json = True
        elif not stack:
            found.has_prose = True
        elif mark == '"':
            string, position = _string(source, position)
            if string is None:
                break
            stack[-1].add(string)
        elif mark is not None:
            _mark(mark, stack, position, found)
        elif match["number"] is not None:
            stack[-1].add(float(match["number"]))
        elif match["word"] in _LITERALS:
            stack[-1].add(_LITERALS[match["word"]])
        else:
            has_junk = True
    found.is_cut_off = bool(stack)
    found.is_json = found.is_json and not has_junk
    found.objects.sort(key=lambda item: item.begin)
    return found


def _mark(mark: str, stack: list[_Open], position: int, found: JsonItems) -> None:
    """Take a comma, a colon or a closing bracket; one that closes nothing near by is passed over."""
    if mark == ",":
        stack[-1].key = None
    elif mark != ":":
        kind = dict if mark == "}" else list
        open_ones = [isinstance(opened.items, kind) for opened in stack[-_FORGOTTEN:]]
        for _ in range(open_ones[::-1].index(True) + 1 if any(open_ones) else 0):
            closed = stack.pop()
            if stack:
                stack[-1].add(closed.items)
            if isinstance(closed.items, dict):
                found.objects.append(JsonObject(begin=closed.begin, end=position, values=closed.items))


def _string(source: Traced, begin: int) -> tuple[Traced | None, int]:
    """Return the string that begins after the quote before ``begin``, and where it ends; None where it is cut off."""
    text, position = source.text, begin
    parts: list[Traced] = []
    while (match := _IN_STRING.match(text, position)) is not None:
        position = match.end()
        if match["quote"] is not None and _AFTER_STRING.match(text, position):
            return Traced.joined(parts), position
        here = source.part(match.start(), position)
        if match["pair"] is not None:
            units = bytes.fromhex(match["pair"].replace("\\u", ""))
            here = here.read_as(units.decode("utf-16-be"))
        elif match["code"] is not None:
            character = chr(int(match["code"], 16))
            here = here.read_as("\N{REPLACEMENT CHARACTER}" if "\ud800" <= character <= "\udfff" else character)
        elif match["escape"] in _ESCAPES:
            here = here.read_as(_ESCAPES[match["escape"]])
        # What is left are LaTeX commands whose backslash was not escaped; JSON's form feed and backspace (\frac, \beta)
        # are on no page.
        parts.append(here)
    return None, len(text)
