"""The sample pages are there, small, and their truth fits their pictures."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from PIL import Image

from notesyncd.testing.make_sample_pages import make_sample_pages
from notesyncd.testing.samples import SamplePage, read_truth, sample_pages, write_truth

SAMPLES = sample_pages()
by_name = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.path.name)


def rasters(path: Path) -> list[Image.Image]:
    if path.suffix != ".pdf":
        with Image.open(path) as image:
            return [image.convert("RGB")]
    document = pypdfium2.PdfDocument(path)
    try:
        return [page.render(scale=150 / 72).to_pil().convert("RGB") for page in document]
    finally:
        document.close()


def test_there_is_one_of_each_kind() -> None:
    names = {sample.path.stem: sample for sample in SAMPLES}
    assert set(names) == {"journal", "kaigi", "meeting", "recipe", "running-log", "todo"}
    assert "会議" in names["kaigi"].truth[0].text
    assert "仕様書" in names["kaigi"].truth[0].text
    assert "#openday" in names["meeting"].truth[0].text
    assert len(names["journal"].truth) == 2
    assert [word.text for word in names["todo"].truth[0].words if word.kind == "checkbox"] == ["[x]"] * 2 + ["[ ]"] * 5
    assert [len(row) for row in names["running-log"].truth[0].tables[0].rows] == [4] * 5
    assert names["recipe"].truth[0].orientation == 6


def test_they_are_small() -> None:
    sizes = [sample.path.stat().st_size for sample in SAMPLES]
    assert max(sizes) <= 350 * 1024
    assert sum(sizes) < 2_500_000


@by_name
def test_the_truth_has_the_size_of_its_picture(sample: SamplePage) -> None:
    for image, truth in zip(rasters(sample.path), sample.truth, strict=True):
        assert np.allclose(image.size, (truth.width, truth.height), atol=1)
        assert truth.text == "\n".join(line.text for line in truth.lines)


@by_name
def test_each_word_box_holds_ink(sample: SamplePage) -> None:
    """Ink is darker than the paper right around it."""
    for image, truth in zip(rasters(sample.path), sample.truth, strict=True):
        grey = np.asarray(image.convert("L"), float)
        for word in truth.words:
            left, top, right, bottom = (
                round(x) for x in (word.box.left, word.box.top, word.box.right, word.box.bottom)
            )
            inside = grey[top:bottom, left:right]
            assert inside.min() < np.median(grey[top - 8 : bottom + 8, left - 8 : right + 8]) - 40, word.text


def test_the_sideways_photo_carries_its_orientation() -> None:
    (recipe,) = (sample for sample in SAMPLES if sample.path.stem == "recipe")
    with Image.open(recipe.path) as image:
        assert image.getexif()[0x0112] == 6
        assert image.width > image.height


def test_making_them_without_the_fonts_says_where_they_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"sample_pages/README\.md"):
        make_sample_pages(tmp_path, tmp_path / "out")


def test_truth_written_beside_a_file_is_read_again(tmp_path: Path) -> None:
    pages = SAMPLES[0].truth
    write_truth(tmp_path / "page.jpg", pages)
    assert read_truth(tmp_path / "page.jpg") == pages
    assert len(json.loads((tmp_path / "page.json").read_text())["pages"]) == len(pages)
