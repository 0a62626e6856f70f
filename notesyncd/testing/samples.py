"""The sample pages that come with notesyncd, and what is written on them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from notesyncd.testing.pages import PageTruth

FOLDER = Path(str(resources.files("notesyncd.testing") / "sample_pages"))
_SUFFIXES = frozenset({".jpg", ".pdf"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplePage:
    """One sample file (JPEG or PDF) and the truth of each of its pages, in order."""

    path: Path
    truth: tuple[PageTruth, ...]


def sample_pages() -> list[SamplePage]:
    """Return all samples, by name."""
    pictures = sorted(path for path in FOLDER.iterdir() if path.suffix in _SUFFIXES)
    return [SamplePage(path=path, truth=read_truth(path)) for path in pictures]


def read_truth(path: Path) -> tuple[PageTruth, ...]:
    """Return the truth that lies beside a sample.

    Raises:
        FileNotFoundError: if none lies there.
        ValueError: if it is something else.
    """
    pages = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["pages"]
    return tuple(PageTruth.from_json(json.dumps(page)) for page in pages)


def write_truth(path: Path, pages: Sequence[PageTruth]) -> None:
    """Write the truth of each page of a sample beside it."""
    text = ",\n".join(page.to_json() for page in pages)
    path.with_suffix(".json").write_text(f'{{"pages":[\n{text}\n]}}\n', encoding="utf-8")
