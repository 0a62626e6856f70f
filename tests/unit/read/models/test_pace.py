"""Seconds a page, as a running mean for each reader and model."""

import threading
from pathlib import Path

import pytest

from notesyncd.read.models.pace import note_seconds, seconds_a_page


def test_nothing_is_known_before_the_first_page(tmp_path: Path) -> None:
    assert seconds_a_page(tmp_path) == {}


def test_the_mean_follows_slowly_and_each_model_has_its_own(tmp_path: Path) -> None:
    note_seconds(tmp_path, "mlx:a", 10)
    note_seconds(tmp_path, "mlx:a", 20)
    note_seconds(tmp_path, "cuda:a", 3)
    assert seconds_a_page(tmp_path) == {"mlx:a": 11.0, "cuda:a": 3.0}
    for _ in range(50):
        note_seconds(tmp_path, "mlx:a", 20)
    assert seconds_a_page(tmp_path)["mlx:a"] == pytest.approx(20, abs=0.1)


@pytest.mark.parametrize(
    ("damaged", "left"),
    [
        ("", {}),
        ("{", {}),
        ("[1]", {}),
        ("[" * 100_000, {}),
        ('{"a": "x", "b": NaN, "c": -1, "d": true, "e": 2}', {"e": 2.0}),
    ],
)
def test_a_damaged_file_is_as_good_as_none(tmp_path: Path, damaged: str, left: dict) -> None:
    file = tmp_path / "models" / "seconds.json"
    file.parent.mkdir()
    file.write_text(damaged)
    assert seconds_a_page(tmp_path) == left
    note_seconds(tmp_path, "mlx:a", 1)
    assert seconds_a_page(tmp_path) == left | {"mlx:a": 1.0}


def test_a_disk_that_cannot_be_written_costs_no_page(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file where the folder should be")
    note_seconds(tmp_path, "mlx:a", 1)
    assert seconds_a_page(tmp_path) == {}


def test_pages_that_end_at_once_are_all_counted(tmp_path: Path) -> None:
    threads = [threading.Thread(target=note_seconds, args=(tmp_path, f"mlx:{number}", 1)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seconds_a_page(tmp_path)) == 16
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["seconds.json"]
