"""Parsers: what a model's family writes, to regions of plain words; markup never enters a word.

One parser a family, for boxes can't be understood from their numbers: 0 to 1000, 0 to 999, 0 to 1024 or pixels of the
picture, x or y first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from notesyncd.api import BoundingBox
from notesyncd.read.answer_parts import Parser
from notesyncd.read.parsers import chandra, deepseek, dots, got, html, hunyuan, json_lines, markdown, plain, verbatim
from notesyncd.read.parsers.places import Placing, in_pixels, relative
from notesyncd.read.parsers.safely import safely
from notesyncd.read.picture import Picture

_TEXTS = ("text_content", "text", "label")
_BOXES = ("bbox_2d", "bbox", "box")


def _spotting(place: Placing) -> Parser:
    return json_lines.parser(texts=_TEXTS, boxes=_BOXES, place=place)


_per_mille = relative(1000)


def _top_first(picture: Picture, edges: Sequence[float]) -> BoundingBox | None:
    """Place edges that are top, left, bottom and right."""
    if len(edges) != 4:
        return None
    top, left, bottom, right = edges
    return _per_mille(picture, (left, top, right, bottom))


_PARSERS: dict[str, Parser] = {
    "chandra-1000": chandra.parser(1000),
    "chandra-1024": chandra.parser(1024),
    "deepseek": deepseek.parse,
    "dots": dots.parse,
    "gemini-spotting": json_lines.parser(texts=_TEXTS, boxes=("box_2d", *_BOXES), place=_top_first),
    "got": got.parse,
    "html": html.parse,
    "hunyuan": hunyuan.parse,
    "json-lines": _spotting(_per_mille),
    "markdown": markdown.parse,
    "plain": plain.parse,
    "qwen2.5-spotting": _spotting(in_pixels),
    # The family's documentation says 0 to 1000; its cookbook divides by 999, a thousandth of the page at most from it.
    "qwen3-spotting": _spotting(_per_mille),
    "verbatim": verbatim.parse,
}

PARSERS: Mapping[str, Parser] = MappingProxyType({name: safely(parse) for name, parse in _PARSERS.items()})
"""By the names that the catalogue uses."""

WITH_BOXES = frozenset(
    (
        *("chandra-1000", "chandra-1024", "deepseek", "dots", "gemini-spotting", "hunyuan", "json-lines"),
        *("qwen2.5-spotting", "qwen3-spotting"),
    )
)
"""Those whose answers may name places."""
