"""The text layer of a PDF as a reading."""

from __future__ import annotations

from notesyncd.api import BoundingBox, ReadLine, ReadRegion, ReadWord, Transform
from notesyncd.read.text_layer import text_layer_reading

BOX = BoundingBox(left=100, top=50, right=300, bottom=80)
REGION = ReadRegion(
    lines=(ReadLine(words=(ReadWord(text="Minutes", box=BOX), ReadWord(text="hidden")), box=BOX),), box=BOX
)
HALF = Transform(rows=((0.5, 0.0, 0.0), (0.0, 0.5, 0.0), (0.0, 0.0, 1.0)))


def test_it_is_in_the_file_s_own_order_and_says_where_it_came_from() -> None:
    reading = text_layer_reading((REGION,), "5.1")

    assert reading.ordered
    assert reading.regions == (REGION,)
    assert (reading.reader.name, reading.reader.version) == ("pdf-text", "5.1")


def test_boxes_are_mapped_to_the_page_image() -> None:
    (region,) = text_layer_reading((REGION,), "5.1", HALF).regions

    half = BoundingBox(left=50, top=25, right=150, bottom=40)
    assert region.box == region.lines[0].box == region.lines[0].words[0].box == half
    assert region.lines[0].words[1].box is None
