"""The reader behind a server keeps the contract of readers; the embedded reader answers in the model's place."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from pydantic import SecretStr

from notesyncd.api import Reader, ReaderContext
from notesyncd.hooks.plugins import Plugins
from notesyncd.read.http.settings import HttpSettings
from notesyncd.testing.reader_contract import ReaderContract
from tests.servers import embedded
from tests.servers.scripted import ScriptedServer, scripted_server

KEY = "sk-canary-51c2"


class TestHttp(ReaderContract):
    secrets: ClassVar[tuple[str, ...]] = (KEY,)
    server: ClassVar[ScriptedServer]

    @pytest.fixture(autouse=True, scope="class")
    @classmethod
    def served(cls) -> Iterator[None]:
        with scripted_server(embedded.reads_what_is_there.__name__) as cls.server:
            yield

    @classmethod
    def make_reader(cls) -> Reader:
        spec = Plugins(["notesyncd.read.plugin"], external=()).reader("http")
        settings = HttpSettings(base_url=cls.server.base_url, api_key=SecretStr(KEY), parallel=2)
        return spec.open(ReaderContext(threads=2, cache=Path(tempfile.mkdtemp()), settings=settings))

    def test_the_key_is_sent_to_the_server(self, reader: Reader) -> None:
        reader.identity()
        assert all(asked.headers["Authorization"] == f"Bearer {KEY}" for asked in self.server.questions)
        assert self.server.questions
