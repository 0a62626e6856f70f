"""Marked pages are read without an error."""

from __future__ import annotations

import pytest

from notesyncd.testing.pages import mark_text, render_marked_page


def test_marks_are_all_different() -> None:
    assert len({mark_text(number) for number in range(10_000)}) == 10_000
    assert mark_text(417).startswith("MARK 0417 ")


def test_a_marked_page_is_small_and_says_its_mark() -> None:
    page = render_marked_page("MARK 0417 KATUR", seed=3)
    assert page.truth.text == "MARK 0417 KATUR"
    assert page.image.size == (800, 600)


def test_pages_with_one_mark_and_different_seeds_are_different_pages() -> None:
    first, second = (render_marked_page("MARK 0417 KATUR", seed=seed).pixels for seed in (1, 2))
    assert (first != second).any()


@pytest.mark.slow
def test_the_embedded_reader_reads_every_mark_exactly() -> None:
    engine = pytest.importorskip("rapidocr").RapidOCR(
        params={"Global.log_level": "error", "EngineConfig.onnxruntime.intra_op_num_threads": 1}
    )
    for number in range(0, 10_000, 167):
        mark = mark_text(number)
        answer = engine(render_marked_page(mark, seed=number).pixels[:, :, ::-1].copy())
        assert answer.txts == (mark,)
