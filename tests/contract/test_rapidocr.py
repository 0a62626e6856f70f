"""The embedded reader keeps the contract of readers."""

from __future__ import annotations

import tempfile
from pathlib import Path

from notesyncd.api import Reader
from notesyncd.hooks.contracts import ReaderContext
from notesyncd.hooks.plugins import Plugins
from notesyncd.testing.reader_contract import ReaderContract


class TestRapidOcr(ReaderContract):
    @classmethod
    def make_reader(cls) -> Reader:
        spec = Plugins(["notesyncd.read.plugin"], external=()).reader("rapidocr")
        return spec.open(ReaderContext(threads=2, cache=Path(tempfile.gettempdir())))
