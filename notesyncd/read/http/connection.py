"""Speaks HTTP to one server: questions with streamed answers, judged by progress, and its list of models."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

from notesyncd import __version__
from notesyncd.api import ConfigError, TransientError
from notesyncd.read.http.answer import LONGEST_LINE, Incoming, Received
from notesyncd.read.http.locality import Endpoint, addresses
from notesyncd.read.http.refusals import Refused, refusal_of

_LONGEST_REFUSAL = 64 << 10
_LONGEST_LIST = 8 << 20
_LAST_WORDS_SECONDS = 5.0
"""How long the counts that follow a finished answer are waited for."""

T = TypeVar("T")


class NoAnswer(TransientError):  # noqa: N818 - named by what happened
    """The server can't be reached, or was silent for too long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a server is waited for, in seconds: for a connection, the first token, and each one after it."""

    connect: float
    first_token: float
    between_tokens: float


class Connection:
    """One server; may be used from many threads. Each question has a connection of its own: a page takes seconds."""

    def __init__(self, place: Endpoint, *, key: str | None, patience: Patience) -> None:
        """Reach nothing yet.

        Raises:
            ConfigError: if the server's name can be none, or the key.
        """
        key = key.strip() if key else None
        if key and not (key.isascii() and key.isprintable()):  # the library's own complaint would show it
            raise ConfigError("api_key under [read.http] holds what can't be in a key: line breaks or accents")
        try:
            self._url = httpx.URL(place.url)
        except httpx.InvalidURL as error:
            raise ConfigError(f"base_url is no web address: {error}") from error
        self._place = place
        self._key = key
        self._patience = patience
        self._lock = threading.Lock()
        self._running: dict[asyncio.Task[Any], asyncio.AbstractEventLoop] = {}
        self._closed = False

    @property
    def server(self) -> str:
        """How the server is called in messages."""
        return f"the server at {self._place.url}"

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be in a message."""
        return (self._key,) if self._key else ()

    def ask(self, body: dict[str, Any], incoming: Incoming) -> Received:
        """Send a question and take its answer in.

        Raises:
            NoAnswer: if the server can't be reached, or is silent for too long.
            TransientError: if the answer is none.
            Refused: if the server says so instead.
            NotesyncdError: by what to do next, if the server must not be asked from here.
        """
        return self._run(self._ask(body, incoming))

    def list_models(self, *, seconds: float) -> bytes:
        """Return what the server says of its models.

        Raises:
            NoAnswer: if the server can't be reached, or did not answer in ``seconds``.
            TransientError: if the answer is none.
            Refused: if the server says so instead.
            NotesyncdError: by what to do next, if the server must not be asked from here.
        """
        return self._run(self._list_models(seconds))

    def close(self) -> None:
        """End what is under way."""
        with self._lock:
            self._closed = True
            for task, loop in self._running.items():
                loop.call_soon_threadsafe(task.cancel)

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        async def tracked() -> T:
            task = asyncio.current_task()
            assert task is not None
            with self._lock:
                if self._closed:
                    work.close()
                    raise TransientError(f"{self.server} is no longer asked")
                self._running[task] = asyncio.get_running_loop()
            try:
                return await work
            except asyncio.CancelledError:
                if self._closed:
                    raise TransientError(f"{self.server} was left in the middle of its answer") from None
                raise
            finally:
                with self._lock:
                    del self._running[task]

        return asyncio.run(tracked())

    async def _ask(self, body: dict[str, Any], incoming: Incoming) -> Received:
        waited = self._patience.first_token
        finishing = False
        try:
            async with (
                asyncio.timeout(waited) as limit,
                self._answer("POST", "/chat/completions", body) as response,
                aclosing(_lines(response, self.server)) as lines,
            ):
                async for line in lines:
                    if incoming.take(line):
                        waited = self._patience.between_tokens
                        limit.reschedule(asyncio.get_running_loop().time() + waited)
                    elif incoming.complete and not finishing:
                        finishing = True
                        limit.reschedule(asyncio.get_running_loop().time() + min(_LAST_WORDS_SECONDS, waited))
                    if incoming.over:
                        break
        except TimeoutError:
            if not incoming.complete:
                raise NoAnswer(f"{self.server} was silent for {waited:g} s") from None
        except NoAnswer:
            if not incoming.complete:
                raise
        return incoming.finish()

    async def _list_models(self, seconds: float) -> bytes:
        try:
            async with asyncio.timeout(seconds), self._answer("GET", "/models") as response:
                return await _beginning(response, _LONGEST_LIST)
        except TimeoutError:
            raise NoAnswer(f"{self.server} was silent for {seconds:g} s") from None

    @asynccontextmanager
    async def _answer(
        self, method: str, path: str, body: dict[str, Any] | None = None
    ) -> AsyncIterator[httpx.Response]:
        """Send a request; what comes back is an answer, with its body still to come."""
        numbers = addresses(self._place)
        # A proxy sees nothing but the name of a server that is spoken to in TLS; what is here or near by needs none.
        client = httpx.AsyncClient(
            trust_env=not numbers,
            follow_redirects=False,  # they could lead a page anywhere
            timeout=httpx.Timeout(None, connect=self._patience.connect),
        )
        async with client:
            try:
                response = await self._sent(client, numbers, method, path, body)
            except httpx.TransportError as error:
                raise NoAnswer(f"{self.server} can't be reached: {error or type(error).__name__}") from error
            try:
                if not response.is_success:
                    said = await _beginning(response, _LONGEST_REFUSAL)
                    raise Refused(refusal_of(response.status_code, response.headers, said, self.secrets))
                if response.headers.get("content-encoding", "identity") != "identity":
                    raise TransientError(f"{self.server} answered in a form that was not asked for")
                yield response
            except httpx.TransportError as error:
                raise NoAnswer(f"{self.server} broke off its answer: {error or type(error).__name__}") from error
            finally:
                await response.aclose()

    async def _sent(
        self, client: httpx.AsyncClient, numbers: tuple[str, ...], method: str, path: str, body: dict[str, Any] | None
    ) -> httpx.Response:
        """Send to the first address that takes a connection; by name where there is no number."""
        url = self._url.copy_with(path=self._url.path + path)
        failure: httpx.TransportError | None = None
        for host in numbers or (url.host,):
            request = client.build_request(
                method,
                url.copy_with(host=host),
                json=body,
                headers=self._headers(url),
                extensions={"sni_hostname": url.raw_host.decode("ascii")},
            )
            try:
                return await client.send(request, stream=True)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failure = error
        assert failure is not None
        raise failure

    def _headers(self, url: httpx.URL) -> dict[str, str]:
        headers = {
            "Accept-Encoding": "identity",
            "Host": url.netloc.decode("ascii"),
            "User-Agent": f"notesyncd/{__version__}",
        }
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        return headers


async def _lines(response: httpx.Response, server: str) -> AsyncGenerator[bytes]:
    rest = bytearray()
    async for chunk in response.aiter_raw():
        begin = 0
        while (end := chunk.find(b"\n", begin)) >= 0:
            rest += chunk[begin:end]
            yield bytes(rest).rstrip(b"\r")
            rest.clear()
            begin = end + 1
        rest += chunk[begin:]
        if len(rest) > LONGEST_LINE:
            raise TransientError(f"{server} answered without end")
    if rest:
        yield bytes(rest)


async def _beginning(response: httpx.Response, most: int) -> bytes:
    read = bytearray()
    async for chunk in response.aiter_raw():
        read += chunk
        if len(read) >= most:
            break
    return bytes(read[:most])
