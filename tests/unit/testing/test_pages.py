"""Drawn pages tell the truth about themselves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from notesyncd.api import BoundingBox
from notesyncd.testing.pages import CLEAN, PHOTO, POOR_PHOTO, SCAN, Effects, PageTruth, Sheet, empty_page, render_page

SMALL = Sheet(width=600, height=700, margin=50, pitch=50)
NOTE = """# Seeds
Beans and peas
[ ] order compost
[x] sow chard
| Bed | Weeks |
| North | 9 |"""
WORDS = [
    "Seeds",
    "Beans",
    "and",
    "peas",
    "[ ]",
    "order",
    "compost",
    "[x]",
    "sow",
    "chard",
    "Bed",
    "Weeks",
    "North",
    "9",
]


def without_losses(effects: Effects) -> Effects:
    """The same picture before anything that blurs the edges of ink."""
    return replace(effects, noise=0, jpeg=None, blur=0, shadow=0)


def ink_of(page_pixels: np.ndarray, empty_pixels: np.ndarray, threshold: int) -> np.ndarray:
    return np.abs(page_pixels.astype(int) - empty_pixels.astype(int)).max(axis=2) > threshold


def test_the_truth_has_every_word_and_line_in_reading_order() -> None:
    truth = render_page(NOTE, sheet=SMALL, effects="clean").truth
    assert [word.text for word in truth.words] == WORDS
    assert truth.text == "Seeds\nBeans and peas\n[ ] order compost\n[x] sow chard\nBed Weeks\nNorth 9"
    assert [line.kind for line in truth.lines] == ["heading", "text", "task", "task", "table", "table"]
    assert [word.text for word in truth.words if word.kind == "checkbox"] == ["[ ]", "[x]"]
    assert all(truth.words[number].line == i for i, line in enumerate(truth.lines) for number in line.words)


@pytest.mark.parametrize("effects", [CLEAN, SCAN, PHOTO, POOR_PHOTO], ids=["clean", "scan", "photo", "poor photo"])
@pytest.mark.parametrize("turned", [0, 90])
def test_boxes_are_tight_around_the_ink_of_each_word(effects: Effects, turned: int) -> None:
    """Ink is where a written page differs from the same sheet, lying the same way, with nothing on it."""
    plain = without_losses(effects)
    words = "Beans peas chard\n\nleek and kale"
    page = render_page(words, seed=5, sheet=SMALL, effects=plain, turned=turned, ink="black")
    empty = render_page("", seed=5, sheet=SMALL, effects=plain, turned=turned)
    ink = ink_of(page.pixels, empty.pixels, 12)
    explained = np.zeros_like(ink)
    for word in page.truth.words:
        box = word.box
        grown = np.s_[int(box.top) - 1 : int(box.bottom) + 3, int(box.left) - 1 : int(box.right) + 3]
        explained[grown] = True
        rows, columns = np.nonzero(ink[grown])
        left, top = int(box.left) - 1 + columns.min(), int(box.top) - 1 + rows.min()
        right, bottom = int(box.left) + columns.max(), int(box.top) + rows.max()
        measured = BoundingBox(left=left, top=top, right=right, bottom=bottom)
        assert np.allclose(measured_edges(measured), measured_edges(box), atol=2.0), word.text
    assert not (ink & ~explained).any()


def measured_edges(box: BoundingBox) -> list[float]:
    return [box.left, box.top, box.right, box.bottom]


def test_the_quad_lies_around_the_word_and_begins_at_its_own_top_left() -> None:
    word = render_page("Beans", sheet=SMALL, effects="clean", turned=180).truth.words[0]
    assert word.quad[0] == (word.box.right, word.box.bottom)
    assert BoundingBox.around(word.quad) == word.box


@given(seed=st.integers(0, 10_000), effects=st.sampled_from(["clean", "scan", "photo", "poor-photo"]))
@settings(max_examples=12, deadline=None)
def test_all_that_is_written_lies_inside_the_picture(seed: int, effects) -> None:
    page = render_page(NOTE, seed=seed, sheet=SMALL, effects=effects)
    whole = BoundingBox(left=0, top=0, right=page.image.width, bottom=page.image.height)
    assert (page.truth.width, page.truth.height) == page.image.size
    assert [word.text for word in page.truth.words] == WORDS
    for box in [word.box for word in page.truth.words] + [table.box for table in page.truth.tables]:
        assert box == box.clipped(whole.right, whole.bottom)
        assert box.width > 0
        assert box.height > 0


def test_the_same_seed_gives_the_same_page_and_another_seed_another() -> None:
    pages = [render_page(NOTE, sheet=SMALL, seed=seed, effects="photo") for seed in (3, 3, 4)]
    assert pages[0].truth == pages[1].truth
    assert np.array_equal(pages[0].pixels, pages[1].pixels)
    assert pages[0].truth != pages[2].truth


def test_no_two_drawings_of_a_word_are_alike() -> None:
    page = render_page("chard chard", sheet=SMALL, effects=Effects(liveliness=1.0), paper="plain")
    first, second = (word.box for word in page.truth.words)
    crops = [page.image.crop((b.left, b.top, b.right, b.bottom)).resize((120, 50)) for b in (first, second)]
    assert np.abs(np.subtract(*(np.asarray(crop, int) for crop in crops))).mean() > 5


def test_a_letter_has_the_asked_height_whatever_the_font() -> None:
    word = render_page("x", sheet=Sheet(width=400, height=300, pitch=100), effects="clean").truth.words[0]
    assert word.box.height == pytest.approx(30, abs=1.5)


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_a_page_on_its_side_stands_upright_after_its_rotation(turned) -> None:
    upright = render_page(NOTE, seed=2, sheet=SMALL, effects="clean")
    page = render_page(NOTE, seed=2, sheet=SMALL, effects="clean", turned=turned)
    righted = page.image.rotate(-page.truth.rotation, expand=True)
    assert np.array_equal(np.asarray(righted), upright.pixels)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_applying_the_exif_orientation_gives_the_upright_page(orientation: int) -> None:
    upright = render_page(NOTE, seed=2, sheet=SMALL, effects="clean")
    page = render_page(NOTE, seed=2, sheet=SMALL, effects="clean", orientation=orientation)
    tagged = page.image.copy()
    tagged.getexif()[0x0112] = orientation
    assert np.array_equal(np.asarray(ImageOps.exif_transpose(tagged)), upright.pixels)
    assert page.truth.rotation == 0


@pytest.mark.parametrize("orientation", range(1, 9))
def test_boxes_follow_the_raster_as_it_is_stored(orientation: int) -> None:
    page = render_page("Beans\n\n\nkale", seed=2, sheet=SMALL, effects="clean", paper="plain", orientation=orientation)
    dark = page.pixels.max(axis=2) < 200
    for word in page.truth.words:
        box = word.box
        assert dark[int(box.top) : int(box.bottom), int(box.left) : int(box.right)].mean() > 0.1
        dark[int(box.top) : int(box.bottom), int(box.left) : int(box.right)] = False
    assert not dark.any()


def test_a_turn_that_is_no_quarter_is_refused() -> None:
    with pytest.raises(ValueError, match="45"):
        render_page("x", sheet=SMALL, turned=45)  # type: ignore[arg-type]


def test_two_columns_stand_side_by_side_and_are_read_one_after_the_other() -> None:
    names = ["beans", "peas", "chard", "leek", "kale", "mint", "sage", "dill"]
    truth = render_page("\n".join(names), sheet=SMALL, columns=2, effects="clean").truth
    assert truth.text.split() == names
    assert [line.column for line in truth.lines] == [0] * 4 + [1] * 4
    assert max(word.box.right for word in truth.words[:4]) < min(word.box.left for word in truth.words[4:])


def test_a_table_knows_its_cells_and_draws_their_frames() -> None:
    page = render_page("| Bed | Weeks |\n| North | |", sheet=SMALL, effects="clean", paper="plain", ink="black")
    (table,) = page.truth.tables
    assert [[cell.text for cell in row] for row in table.rows] == [["Bed", "Weeks"], ["North", ""]]
    for cell in (cell for row in table.rows for cell in row):
        words = [page.truth.words[number] for number in cell.words]
        assert " ".join(word.text for word in words) == cell.text
        for word in words:
            assert cell.box.left < word.box.left < word.box.right < cell.box.right
            assert cell.box.top < word.box.top < word.box.bottom < cell.box.bottom
    left, top, right, bottom = (round(edge) for edge in measured_edges(table.box))
    assert page.pixels[top - 2 : top + 3, left:right].min(axis=0).max() < 120  # the upper edge of the frame
    assert page.pixels[top:bottom, right - 2 : right + 3].min(axis=1).max() < 120  # and the right one


@pytest.mark.parametrize(
    ("text", "reason"),
    [("x\n" * 40, "needs"), ("x" * 90, "wider than a line"), ("| " + "xxxx " * 20 + "|", "table")],
    ids=["too long", "too wide", "table too wide"],
)
def test_what_does_not_fit_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        render_page(text, sheet=SMALL, effects="clean")


def test_a_sheet_without_height_is_as_tall_as_its_text() -> None:
    short, tall = (render_page("x\n" * lines, sheet=Sheet(width=300), effects="clean").image for lines in (1, 5))
    assert tall.height - short.height == 4 * Sheet().pitch


@pytest.mark.parametrize("paper", ["ruled", "grid", "dots", "plain"])
@pytest.mark.parametrize("effects", ["scan", "photo"])
def test_an_empty_page_has_no_words_but_its_rulings(paper, effects) -> None:
    page = empty_page(7, paper=paper, effects=effects, sheet=SMALL)
    assert page.truth.words == ()
    assert page.truth.text == ""
    plain = empty_page(7, paper="plain", effects=effects, sheet=SMALL)
    assert np.array_equal(page.pixels, plain.pixels) == (paper == "plain")


def test_photos_show_the_desk_around_the_sheet_and_scans_do_not() -> None:
    photo, scan = (empty_page(1, paper="plain", effects=e, sheet=SMALL).pixels for e in ("photo", "scan"))
    assert photo[:8].mean() < 200 < scan[:8].mean()


@pytest.mark.parametrize("effects", ["clean", "photo"])
def test_the_truth_survives_json(effects) -> None:
    truth = render_page(NOTE + "\n会議メモ", sheet=SMALL, effects=effects, orientation=6, turned=90).truth
    assert PageTruth.from_json(truth.to_json()) == truth


def test_json_of_another_kind_is_refused() -> None:
    text = render_page("x", sheet=SMALL, effects="clean").truth.to_json()
    for wrong in ("{}", "[]", text.replace("page-truth/1", "page-truth/9")):
        with pytest.raises(ValueError, match=r"page-truth|PageTruth"):
            PageTruth.from_json(wrong)


def test_the_picture_is_rgb() -> None:
    assert isinstance(render_page("x", sheet=SMALL).image, Image.Image)
    assert render_page("x", sheet=SMALL).image.mode == "RGB"
