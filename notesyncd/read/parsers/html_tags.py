"""Cuts HTML into tags and text, each with its place.

Not the standard library's ``html.parser``: a tag that never ends takes it quadratic time (60 kB: 20 s with Python
3.11.7), and an unknown declaration makes it raise.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from notesyncd.read.parsers.traced import Traced

_TAGS = frozenset(
    """
    a abbr address article aside b big blockquote body br caption center cite code col colgroup dd del details div dl
    dt em fieldset figcaption figure font footer form h1 h2 h3 h4 h5 h6 head header hr html i img input ins kbd label
    legend li link main mark math meta nav noscript ol option p pre q s samp script section select small span strike
    strong style sub summary sup svg table tbody td template textarea tfoot th thead title tr tt u ul var wbr
    annotation menclose mfrac mi mn mo mover mpadded mphantom mroot mrow ms mspace msqrt mstyle msub msubsup msup
    mtable mtd mtext mtr munder munderover semantics
    page_number signature watermark
    """.split()  # noqa: SIM905 - words are easier to read so
)
"""Those of HTML and MathML, and the three that Nanonets-OCR-s adds; any other name in angle brackets is text."""

# A quoted value may hold ">"; none holds "<", so that each attempt ends at the next tag and all take linear time.
_TAG = re.compile(
    r"""<(?P<closing>/?)(?P<name>[A-Za-z][A-Za-z0-9_]*)
        (?P<attributes>(?:[\s/](?:[^<>"']|"[^"<]*"|'[^'<]*')*+)?)>""",
    re.VERBOSE,
)
_LOOSE_TAG = re.compile(r"<(?P<closing>/?)(?P<name>[A-Za-z][A-Za-z0-9_]*)(?P<attributes>(?:[\s/][^<>]*)?)>")
# "x <b" at the end of an answer is a comparison.
_CUT_OFF_TAG = re.compile(
    r"<(?P<closing>/?)(?=[A-Za-z][\w/\s])(?P<name>[A-Za-z][A-Za-z0-9_]*)(?P<attributes>(?:[\s/][^<>]*)?)\Z"
)
# Nanonets-OCR-s writes what it sees in a picture between the two: no text of the page.
_DESCRIPTION = re.compile(r"[^<]*</img\s{0,9}>", re.IGNORECASE)
_UNSEEN = {
    name: re.compile(rf"</{name}\s{{0,9}}>", re.IGNORECASE)
    for name in ("head", "noscript", "script", "style", "svg", "template")
}
"""What stands between the tags of these names is not on the page."""

_ATTRIBUTE = re.compile(r"""([^\s=/<>"']+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+)))?""")
_NO_TEXT = re.compile(r"<[!?][A-Za-z][^<>]*>|<!\[CDATA\[|</[A-Za-z]*\Z")
_FARTHEST = 10_000
"""Characters to the end of a comment or script: one that never ends must not cost a search through all the answer."""

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """One tag.

    Attributes:
        name: in small letters.
        source: all of it, with what belongs to it but is not on the page: a script, the description of a picture.
        attributes: their values by name in small letters, still escaped; empty where there is none.
    """

    name: str
    is_closing: bool
    source: Traced
    attributes: dict[str, Traced] = field(default_factory=dict)

    def value(self, name: str) -> str | None:
        """Return the value of an attribute; empty where it has none, None where it is not there."""
        found = self.attributes.get(name)
        return None if found is None else html.unescape(found.text)

    def number(self, name: str, otherwise: int) -> int:
        """Return the value of an attribute that counts something."""
        value = (self.value(name) or "").strip()
        return int(value) if re.fullmatch(r"[0-9]{1,4}", value) else otherwise


def tag_at(source: Traced, position: int) -> Tag | None:
    """Return the tag that begins at ``position``, if a known one does."""
    match = _TAG.match(source.text, position) or _LOOSE_TAG.match(source.text, position)
    if match is None:
        match = _CUT_OFF_TAG.match(source.text, position)
    if match is None or match["name"].lower() not in _TAGS:
        return None
    attributes: dict[str, Traced] = {}
    for found in _ATTRIBUTE.finditer(source.text, *match.span("attributes")):
        group = found.lastindex or 1
        value = source.part(found.start(group), found.end(group)) if group > 1 else source.part(0, 0)
        attributes.setdefault(found[1].lower(), value)
    name, is_closing, end = match["name"].lower(), bool(match["closing"]), match.end()
    rest = None
    if name == "img" and not is_closing:
        rest = _DESCRIPTION.match(source.text, end)
    elif name in _UNSEEN and not is_closing:
        rest = _UNSEEN[name].search(source.text, end, end + _FARTHEST)
    if rest is not None:
        end = rest.end()
    return Tag(name=name, is_closing=is_closing, source=source.part(match.start(), end), attributes=attributes)


def no_text_at(text: str, position: int) -> int | None:
    """Return where the comment or declaration ends that begins at ``position``, if one does."""
    if text.startswith("<!--", position):
        end = text.find("-->", position, position + _FARTHEST)
        return end + 3 if end >= 0 else None
    match = _NO_TEXT.match(text, position)
    return match.end() if match else None


def pieces(source: Traced) -> Iterator[Tag | Traced]:
    """Yield tags and, still escaped, the text between them; comments and declarations are left out."""
    text, position, begin = source.text, 0, 0
    while (position := text.find("<", position)) >= 0:
        tag = tag_at(source, position)
        end = position + len(tag.source.text) if tag is not None else no_text_at(text, position)
        if end is None:
            position += 1
            continue
        if begin < position:
            yield source.part(begin, position)
        if tag is not None:
            yield tag
        begin = position = end
    if begin < len(text):
        yield source.part(begin)


def unescaped(source: Traced) -> Traced:
    """Return text with its entities decoded."""
    return source.replaced(_ENTITY, lambda entity: html.unescape(entity[0])) if "&" in source.text else source
