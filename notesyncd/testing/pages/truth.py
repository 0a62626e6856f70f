"""What a drawn page says and where: the text, and tight boxes for words, lines and cells."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, TypeAdapter

from notesyncd.api import BoundingBox, Transform
from notesyncd.testing.pages.bands import WordKind
from notesyncd.testing.pages.flow import LineKind

SCHEMA = "notesyncd.page-truth/1"

Point = tuple[float, float]
Quad = tuple[Point, Point, Point, Point]


def _box(edges: object) -> object:
    if isinstance(edges, list | tuple) and len(edges) == 4:
        return BoundingBox(left=edges[0], top=edges[1], right=edges[2], bottom=edges[3])
    return edges


Box = Annotated[
    BoundingBox,
    BeforeValidator(_box),
    PlainSerializer(lambda box: [box.left, box.top, box.right, box.bottom], return_type=list[float]),
]
"""A box that is written as ``[left, top, right, bottom]`` in JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WordTruth:
    """One written word.

    Attributes:
        text: as written; ``[ ]`` and ``[x]`` for a drawn check box.
        line: number of its line.
        box: tight around its ink, after all bending and turning.
        quad: the tight rectangle on the flat sheet, as the picture shows it; clockwise from the word's own top left.
    """

    text: str
    kind: WordKind
    line: int
    box: Box
    quad: Quad


@dataclass(frozen=True, slots=True, kw_only=True)
class LineTruth:
    """One physical line: its words by number. ``text`` has spaces only where they were written."""

    text: str
    kind: LineKind
    column: int
    words: tuple[int, ...]
    box: Box


@dataclass(frozen=True, slots=True, kw_only=True)
class CellTruth:
    """A cell of a table; its box and quad are those of the frame, its words may be none."""

    text: str
    words: tuple[int, ...]
    box: Box
    quad: Quad


@dataclass(frozen=True, slots=True, kw_only=True)
class TableTruth:
    """A drawn table, row by row."""

    rows: tuple[tuple[CellTruth, ...], ...]
    box: Box


@dataclass(frozen=True, slots=True, kw_only=True)
class PageTruth:
    """The truth of one picture, in pixels of its raster as stored (EXIF orientation not applied).

    Attributes:
        width: of the raster.
        height: of the raster.
        text: the lines joined by newlines, in reading order.
        orientation: the EXIF orientation that the file carries, 1..8.
        rotation: clockwise degrees (0, 90, 180, 270) by which the picture must still be turned to stand upright after
            its orientation was applied.
        lines: in reading order.
        words: in reading order.
    """

    width: int
    height: int
    text: str = ""
    orientation: int = 1
    rotation: int = 0
    lines: tuple[LineTruth, ...] = ()
    words: tuple[WordTruth, ...] = ()
    tables: tuple[TableTruth, ...] = ()
    schema: str = SCHEMA

    def mapped(self, transform: Transform, *, width: int, height: int) -> PageTruth:
        """Return the truth of the same page in a raster of another make; boxes stay tight for turns and mirrorings."""

        def quad(corners: Quad) -> Quad:
            a, b, c, d = (rounded(transform.point(*corner)) for corner in corners)
            return a, b, c, d

        def box(edges: BoundingBox) -> BoundingBox:
            return tight_box(transform.point(*corner) for corner in edges.corners())

        return replace(
            self,
            width=width,
            height=height,
            words=tuple(replace(word, box=box(word.box), quad=quad(word.quad)) for word in self.words),
            lines=tuple(replace(line, box=box(line.box)) for line in self.lines),
            tables=tuple(
                TableTruth(
                    rows=tuple(
                        tuple(replace(cell, box=box(cell.box), quad=quad(cell.quad)) for cell in row)
                        for row in table.rows
                    ),
                    box=box(table.box),
                )
                for table in self.tables
            ),
        )

    def tagged(self, *, orientation: int, rotation: int) -> PageTruth:
        """Return the same truth for a file that carries this orientation and needs this rotation."""
        return replace(self, orientation=orientation, rotation=rotation)

    def to_json(self) -> str:
        """Return the truth as one JSON object."""
        return _ADAPTER.dump_json(self).decode()

    @classmethod
    def from_json(cls, text: str | bytes) -> PageTruth:
        """Read what ``to_json`` wrote.

        Raises:
            ValueError: if it is something else.
        """
        truth = _ADAPTER.validate_json(text)
        if truth.schema != SCHEMA:
            raise ValueError(f"expected {SCHEMA}, not {truth.schema}")
        return truth


def tight_box(points: Iterable[Point]) -> BoundingBox:
    """Return the box around points, to a tenth of a pixel."""
    around = BoundingBox.around(points)
    left, top = rounded((around.left, around.top))
    right, bottom = rounded((around.right, around.bottom))
    return BoundingBox(left=left, top=top, right=right, bottom=bottom)


def rounded(point: Point) -> Point:
    """Return a point to a tenth of a pixel."""
    return round(float(point[0]), 1), round(float(point[1]), 1)


_ADAPTER = TypeAdapter(PageTruth)
