"""The built-in readers, announced as a stranger's plugin would announce its own."""

from __future__ import annotations

from collections.abc import Sequence

from notesyncd.api import ReaderSpec, hookimpl
from notesyncd.read import rapidocr, rapidocr_engine, tesseract


@hookimpl
def notesyncd_readers() -> Sequence[ReaderSpec]:
    """Return the built-in readers; rapidocr is the one that works on any machine at once."""
    return (
        ReaderSpec(
            name=rapidocr.NAME,
            open=rapidocr.RapidOcrReader,
            unready=lambda _: rapidocr_engine.unready(),
            auto_rank=100,
            parallel=lambda _: rapidocr.parallel(),
            description="embedded, on the CPU, offline: a searchable draft with word boxes",
        ),
        ReaderSpec(
            name=tesseract.NAME,
            open=tesseract.TesseractReader,
            unready=lambda _: tesseract.unready(),
            parallel=lambda _: tesseract.PARALLEL,
            description="the tesseract program, where it is installed: good at print, poor at handwriting",
        ),
    )
