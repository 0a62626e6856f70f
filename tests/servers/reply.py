"""What a scripted server sends: streamed events, JSON, or anything at all."""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler
from typing import Any


def tokens_of(text: str) -> list[str]:
    """Cut a text into pieces as a tokenizer would: short ones, white space before."""
    return re.findall(r"\s*\S{1,4}|\s+", text)


def entry(token: str, logprob: float, *, data: bytes | None = None, others: bool = True) -> dict[str, Any]:
    """Return what OpenAI's interface says of one token."""
    top = [_top(token, logprob), _top("other", logprob - 2.5), _top("last", logprob - 4.0)]
    return {
        "token": token,
        "logprob": logprob,
        "bytes": list(token.encode() if data is None else data),
        "top_logprobs": top if others else [],
    }


def _top(token: str, logprob: float) -> dict[str, Any]:
    return {"token": token, "logprob": logprob, "bytes": list(token.encode())}


def chunk(content: str | None = None, *, entries: Any = ..., reason: str | None = None, **delta: Any) -> dict[str, Any]:
    """Return one streamed event; ``entries`` are of its tokens."""
    choice: dict[str, Any] = {"index": 0, "delta": {"content": content, **delta}, "finish_reason": reason}
    if entries is not ...:
        choice["logprobs"] = entries if entries is None else {"content": entries}
    return {"object": "chat.completion.chunk", "system_fingerprint": "scripted-1", "choices": [choice]}


def usage(prompt: int, completion: int) -> dict[str, Any]:
    """Return the event with the counts: it has no choices."""
    counts = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
    return {"object": "chat.completion.chunk", "choices": [], "usage": counts}


class Reply:
    """One answer of the server."""

    def __init__(self, handler: BaseHTTPRequestHandler, leave: threading.Event, elsewhere: str) -> None:
        self._handler = handler
        self._leave = leave
        self.elsewhere = elsewhere

    def json(self, status: int, body: Any, **headers: str) -> None:
        self.whole(status, json.dumps(body).encode(), "application/json", **headers)

    def whole(self, status: int, body: bytes, kind: str = "text/html", **headers: str) -> None:
        self._head(status, kind, {"Content-Length": str(len(body)), **headers})
        self._handler.wfile.write(body)

    def begin(self) -> None:
        self._head(200, "text/event-stream", {"Transfer-Encoding": "chunked"})

    def line(self, line: bytes) -> None:
        self.bytes(line + b"\n")

    def bytes(self, data: bytes) -> None:
        self._handler.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self._handler.wfile.flush()

    def event(self, event: dict[str, Any]) -> None:
        self.bytes(b"data: " + json.dumps(event).encode() + b"\n\n")

    def end(self, *, done: bool = True) -> None:
        if done:
            self.bytes(b"data: [DONE]\n\n")
        self._handler.wfile.write(b"0\r\n\r\n")

    def hang(self) -> None:
        """Say nothing until the test is over."""
        self._leave.wait(60)
        self.drop()

    def pause(self, seconds: float) -> bool:
        """Wait; returns whether the test goes on."""
        return not self._leave.wait(seconds)

    def drop(self) -> None:
        """Close the connection, whatever was announced."""
        self._handler.close_connection = True

    def _head(self, status: int, kind: str, headers: dict[str, str]) -> None:
        self._handler.send_response(status)
        self._handler.send_header("Content-Type", kind)
        for name, value in headers.items():
            self._handler.send_header(name.replace("_", "-"), value)
        self._handler.end_headers()
