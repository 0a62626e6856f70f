"""A model hub on loopback that speaks what huggingface_hub asks for: a model's files at a commit, and their bytes.

Large files are served by a second server on another port, as the real hub's are by another host.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

LARGE = 100_000  # bytes from which a file is kept apart (git LFS)
_PIECE = 1 << 18


def commit_of(files: dict[str, bytes]) -> str:
    digest = hashlib.sha1(usedforsecurity=False)
    for name, data in sorted(files.items()):
        digest.update(name.encode() + hashlib.sha256(data).digest())
    return digest.hexdigest()


@dataclass
class Request:
    """What was asked, and how many bytes of a file went out."""

    method: str
    path: str
    range: str | None
    token: str | None
    served: int = 0

    @property
    def file(self) -> str:
        return PurePosixPath(self.path).name


@dataclass
class Repository:
    """``commits``: files by name, oldest first; ``broken``: other bytes that are sent instead of a file's own."""

    commits: list[dict[str, bytes]]
    gated: bool = False
    broken: dict[str, bytes] = field(default_factory=dict)

    def at(self, revision: str) -> dict[str, bytes] | None:
        if revision == "main":
            return self.commits[-1]
        return next((files for files in self.commits if commit_of(files) == revision), None)


@dataclass
class Hub:
    """``pause``: seconds between two pieces of 256 KiB; ``cut_after``: bytes after which a large file's connection
    breaks, once; ``status``: answered to everything; ``accepts``: the only token that is no wrong one."""

    repositories: dict[str, Repository] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    pause: float = 0.0
    cut_after: int | None = None
    status: int | None = None
    accepts: str | None = None
    xet: bool = False
    url: str = ""
    far_url: str = ""

    def serve(self, hub_id: str, *commits: dict[str, bytes], gated: bool = False) -> Repository:
        repository = Repository(commits=list(commits), gated=gated)
        self.repositories[hub_id] = repository
        return repository

    def of_files(self) -> list[Request]:
        """The requests that asked for bytes of files, redirects left out."""
        return [request for request in self.requests if request.served or "/far/" in request.path]

    def served(self) -> int:
        return sum(request.served for request in self.requests)

    def wait_for(self, count: int, *, seconds: float = 60) -> None:
        until = time.monotonic() + seconds
        while self.served() < count:
            assert time.monotonic() < until, f"only {self.served()} bytes were asked for"
            time.sleep(0.005)


@contextmanager
def loopback_hub() -> Iterator[Hub]:
    hub = Hub()
    handler = type("Handler", (_Handler,), {"hub": hub})
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), handler) for _ in range(2)]
    hub.url, hub.far_url = (f"http://127.0.0.1:{server.server_address[1]}" for server in servers)
    threads = [threading.Thread(target=server.serve_forever, args=(0.05,)) for server in servers]
    for server, thread in zip(servers, threads, strict=True):
        server.daemon_threads = True
        thread.start()
    try:
        yield hub
    finally:
        for server, thread in zip(servers, threads, strict=True):
            server.shutdown()
            thread.join()
            server.server_close()


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: Any) -> None:
        pass

    def handle(self) -> None:
        with suppress(ConnectionError):  # whoever asked was killed
            super().handle()

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ") or None
        path = unquote(urlsplit(self.path).path)
        request = Request(method=self.command, path=path, range=self.headers.get("Range"), token=token)
        self.hub.requests.append(request)
        if self.hub.status is not None:
            self._answer(self.hub.status)
        elif self.hub.accepts is not None and token not in {None, self.hub.accepts} and "/far/" not in path:
            self._answer(401, {"X-Error-Message": "Invalid credentials in Authorization header"})
        elif path.startswith("/api/models/"):
            self._describe(path.removeprefix("/api/models/"))
        elif path.startswith("/far/"):
            self._send_far(path, request)
        else:
            self._send(path, request)

    def _describe(self, rest: str) -> None:
        hub_id, _, revision = rest.partition("/revision/")
        repository = self.hub.repositories.get(hub_id)
        if repository is None:
            return self._answer(404, {"X-Error-Code": "RepoNotFound"})
        files = repository.at(revision or "main")
        if files is None:
            return self._answer(404, {"X-Error-Code": "RevisionNotFound"})
        siblings = [self._sibling(name, data) for name, data in files.items()]
        return self._json({"id": hub_id, "sha": commit_of(files), "private": False, "siblings": siblings})

    def _sibling(self, name: str, data: bytes) -> dict[str, Any]:
        blob = hashlib.sha1(f"blob {len(data)}\0".encode() + data, usedforsecurity=False).hexdigest()
        sibling: dict[str, Any] = {"rfilename": name, "size": len(data), "blobId": blob}
        if len(data) >= LARGE:
            sibling["lfs"] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 134}
        return sibling

    def _send(self, path: str, request: Request) -> None:
        hub_id, _, rest = path.lstrip("/").partition("/resolve/")
        revision, _, name = rest.partition("/")
        repository = self.hub.repositories.get(hub_id)
        files = repository.at(revision) if repository else None
        if repository is None or files is None or name not in files:
            return self._answer(404, {"X-Error-Code": "EntryNotFound"})
        if repository.gated:
            return self._answer(403, {"X-Error-Code": "GatedRepo"})
        data = files[name]
        headers = {"X-Repo-Commit": revision, "ETag": f'"{hashlib.sha256(data).hexdigest()}"'}
        if len(data) < LARGE:
            return self._bytes(repository.broken.get(name, data), headers, request)
        headers["X-Linked-Size"] = str(len(data))
        if self.hub.xet:
            headers |= {"X-Xet-Hash": "a" * 64, "X-Xet-Refresh-Route": f"{self.hub.url}/api/xet"}
        return self._answer(302, headers | {"Location": f"{self.hub.far_url}/far/{hub_id}/{revision}/{name}"})

    def _send_far(self, path: str, request: Request) -> None:
        owner, model, revision, name = path.removeprefix("/far/").split("/", 3)
        repository = self.hub.repositories[f"{owner}/{model}"]
        files = repository.at(revision)
        assert files is not None
        self._bytes(repository.broken.get(name, files[name]), {}, request)

    def _bytes(self, data: bytes, headers: dict[str, str], request: Request) -> None:
        begin = 0
        if request.range is not None:
            begin = int(request.range.removeprefix("bytes=").partition("-")[0])
            headers = headers | {"Content-Range": f"bytes {begin}-{len(data) - 1}/{len(data)}"}
        self.send_response(206 if begin else 200)
        for name, value in (headers | {"Content-Length": str(len(data) - begin)}).items():
            self.send_header(name, value)
        self.end_headers()
        for start in range(begin, len(data), _PIECE):
            piece = data[start : start + _PIECE]
            self.wfile.write(piece)
            request.served += len(piece)
            if self.hub.cut_after is not None and request.served >= self.hub.cut_after:
                self.hub.cut_after = None
                self.close_connection = True
                return
            if self.hub.pause:
                time.sleep(self.hub.pause)

    def _json(self, value: Any) -> None:
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _answer(self, status: int, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in ((headers or {}) | {"Content-Length": "0"}).items():
            self.send_header(name, value)
        self.end_headers()
