"""A chat server on loopback that behaves as it is told: well, or in one of the ways in which real ones go wrong.

    with scripted_server("loops") as server:
        ...  # server.base_url, and afterwards server.pages: the questions about pages that it got

The small picture with which a server is probed is answered well unless the behaviour is about just that
(``scripted_server("hangs_before_an_answer", from_the_start=True)`` makes any behaviour so).
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from notesyncd.read.http.probe import PROBE_PROMPT
from tests.servers.behaviours import BEHAVIOURS, FROM_THE_START, reads_the_probe
from tests.servers.reply import Reply


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request that came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def _parts(self) -> list[dict[str, Any]]:
        return self.body["messages"][0]["content"]

    @property
    def prompt(self) -> str:
        return next(part["text"] for part in self._parts if part["type"] == "text")

    @property
    def picture_form(self) -> str | None:
        """``object``, ``string``, or None where there is no picture."""
        for part in self._parts:
            if part["type"] == "image_url":
                return "string" if isinstance(part["image_url"], str) else "object"
        return None

    @property
    def png(self) -> bytes | None:
        for part in self._parts:
            if part["type"] == "image_url":
                address = part["image_url"]
                address = address if isinstance(address, str) else address["url"]
                return base64.b64decode(address.removeprefix("data:image/png;base64,"))
        return None

    @property
    def is_probe(self) -> bool:
        return self.prompt == PROBE_PROMPT


@dataclass(kw_only=True)
class ScriptedServer:
    """Where it listens, and what it was asked."""

    base_url: str
    requests: list[Asked] = field(default_factory=list)

    @property
    def questions(self) -> list[Asked]:
        return [asked for asked in self.requests if asked.path.endswith("/chat/completions")]

    @property
    def pages(self) -> list[Asked]:
        """The questions that were not about the probe's small picture."""
        return [asked for asked in self.questions if not asked.is_probe]


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves in the middle is part of the play."""


@contextmanager
def scripted_server(
    behaviour: str = "reads", *, from_the_start: bool = False, models: Any = ("scripted",), elsewhere: str = ""
) -> Iterator[ScriptedServer]:
    """Serve until the block ends.

    Args:
        behaviour: name of one of ``BEHAVIOURS``.
        from_the_start: the probe is treated that way, too.
        models: names that are listed, or whole entries.
        elsewhere: where ``redirects`` sends to.
    """
    play = BEHAVIOURS[behaviour]
    leave = threading.Event()
    served = ScriptedServer(base_url="")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

        def _asked(self) -> Asked:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else {}
            asked = Asked(method=self.command, path=self.path, headers=dict(self.headers.items()), body=body)
            served.requests.append(asked)
            return asked

        def do_GET(self) -> None:
            self._asked()
            reply = Reply(self, leave, elsewhere)
            if behaviour in ("asks_for_a_key", "is_another_program", "lists_no_models"):
                play(None, reply)
                return
            entries = [{"id": model, "object": "model"} if isinstance(model, str) else model for model in models]
            reply.json(200, {"object": "list", "data": entries})

        def do_POST(self) -> None:
            asked, reply = self._asked(), Reply(self, leave, elsewhere)
            spared = asked.is_probe and not from_the_start and behaviour not in FROM_THE_START
            (reads_the_probe if spared else play)(asked, reply)

    server = _Quiet(("127.0.0.1", 0), Handler)
    served.base_url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield served
    finally:
        leave.set()
        server.shutdown()
        thread.join()
        server.server_close()
