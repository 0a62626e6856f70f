"""The text layer of a born-digital PDF as a reading: what the file says of itself needs no reader."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from notesyncd.api import BoundingBox, ReaderId, Reading, ReadLine, ReadRegion, Transform

NAME = "pdf-text"


def text_layer_reading(regions: Iterable[ReadRegion], version: str, to_image: Transform | None = None) -> Reading:
    """Return a page's text layer as a reading, in the file's own order.

    Args:
        regions: as the file has them.
        version: of the library that took them out of the file.
        to_image: maps the regions' boxes to pixels of the page image; None: they are in these already.
    """
    mapped = tuple(regions) if to_image is None else tuple(_mapped(region, to_image) for region in regions)
    return Reading(reader=ReaderId(name=NAME, version=version), regions=mapped, ordered=True)


def _mapped(region: ReadRegion, to_image: Transform) -> ReadRegion:
    def box(there: BoundingBox | None) -> BoundingBox | None:
        return None if there is None else to_image.box(there)

    def line(there: ReadLine) -> ReadLine:
        return replace(there, box=box(there.box), words=tuple(replace(word, box=box(word.box)) for word in there.words))

    return replace(region, box=box(region.box), lines=tuple(line(there) for there in region.lines))
