"""Answers of dots.ocr: a JSON list of blocks, whose text is Markdown, HTML (tables) or LaTeX (formulas).

``[{"bbox": [x1, y1, x2, y2], "category": "Text", "text": "…"}]``, edges in pixels of the picture that the model saw.
"""

from __future__ import annotations

from notesyncd.read.answer_parts import ParsedAnswer
from notesyncd.read.parsers.fences import unfenced
from notesyncd.read.parsers.formulas import undelimited
from notesyncd.read.parsers.json_items import Value, json_items
from notesyncd.read.parsers.json_lines import NO_LIST, box_of, oddities, outermost, text_of
from notesyncd.read.parsers.layout import Layout, Style
from notesyncd.read.parsers.markdown import lay_out
from notesyncd.read.parsers.places import in_pixels, unplaced
from notesyncd.read.parsers.plain import as_plain
from notesyncd.read.parsers.traced import Traced
from notesyncd.read.picture import Picture

_STYLES = {
    "title": Style(kind="heading", level=1),
    "section-header": Style(kind="heading", level=2),
    "list-item": Style(kind="list"),
}
"""Of the model's categories, those that say what a text is where its Markdown doesn't."""


def parse(answer: str, picture: Picture) -> ParsedAnswer:
    """Read the blocks in their order; those without words are drawings, if the model says so, else nothing."""
    found = json_items(unfenced(Traced.whole(answer)))
    blocks = list(outermost(found.objects, _is_block))
    if not blocks and not found.is_json:
        return as_plain(answer, *([NO_LIST] if answer.strip() else []))
    layout = Layout()
    warnings = list(oddities(found))
    bad_boxes = 0
    for block in blocks:
        box, is_bad = box_of(block.values, ("bbox",), lambda edges: in_pixels(picture, edges))
        bad_boxes += is_bad
        layout.place(box)
        warnings += _lay_out(block.values, layout)
    return ParsedAnswer(regions=layout.finish(), warnings=(*dict.fromkeys(warnings), *unplaced(bad_boxes)))


def _is_block(values: dict[str, Value]) -> bool:
    return "category" in values or "text" in values


def _lay_out(values: dict[str, Value], layout: Layout) -> tuple[str, ...]:
    category = (text_of(values, ("category",)) or _NOTHING).text.strip().lower()
    text = text_of(values, ("text",))
    if category == "picture":
        layout.drawing()
    if text is None:
        return ()
    if category == "formula":
        layout.formula(undelimited(text))
        return ()
    return lay_out(text, layout, plain=_STYLES.get(category, Style()))


_NOTHING = Traced(text="", begins=(), ends=())
