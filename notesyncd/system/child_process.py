"""A child process as seen from its parent: started, asked, given so much time and memory, ended.

It answers in JSON, a message a line, and may send raw bytes after one. It never gets the parent's secrets: only those
variables of the environment that it needs.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from notesyncd.system.memory import resident_bytes

LOOK_SECONDS = 0.25
"""How often a child's memory is looked at while it is waited for; most work is done before the first look."""

PYTHON_NEEDS = (
    *("DYLD_LIBRARY_PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "PATH"),
    *("PYTHONHOME", "PYTHONPATH", "PYTHONUSERBASE", "TMPDIR", "VIRTUAL_ENV"),
)
"""Variables of the environment without which Python may not start."""

_LONGEST_LINE = 64 << 20
_LAST_WORDS = 8000

_TIME_IS_UP = {signal.SIGALRM: "took too long", signal.SIGXCPU: "took too much processor time"}

# How libraries end that asked for memory in vain, and how the kernel ends what takes too much of it.
_PERHAPS_MEMORY = frozenset(
    (signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGKILL, signal.SIGSEGV, signal.SIGTRAP)
)


class ChildFailed(Exception):  # noqa: N818 - what happened, told to whoever started the child
    """The child died, took too long or answered nonsense; the message is the end of a sentence about it."""


class ChildGrew(ChildFailed):
    """The child took more memory than it may; over the same work it would do so again."""


class ChildProcess:
    """One child. Not thread-safe, but ``kill`` may be called from another thread.

    Attributes:
        deadline: the moment (monotonic) when a wait for the child ends in ``ChildFailed``.
    """

    def __init__(
        self,
        module: str,
        *,
        seconds: float,
        most_bytes: int,
        environment: Iterable[str] = PYTHON_NEEDS,
        settings: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Start ``python -m module``; it is not waited for.

        Args:
            seconds: until ``deadline``.
            most_bytes: of resident memory; whoever waits for a child that holds more ends it.
            environment: names of the variables that it gets.
            settings: variables that it gets besides.

        Raises:
            OSError: if it can't be started.
        """
        known = {name: os.environ[name] for name in environment if name in os.environ}
        # -P: neither the current folder nor a script's is searched for modules
        self._process = subprocess.Popen(  # noqa: S603 - our own modules
            [sys.executable, "-P", "-X", "faulthandler", "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,  # not a file: the child may write none
            env={**known, **settings},
            process_group=0,  # Ctrl-C in a terminal reaches the parent alone
            bufsize=0,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._input, self._output = self._process.stdin.fileno(), self._process.stdout.fileno()
        self._errors = self._process.stderr.fileno()
        os.set_blocking(self._input, False)
        os.set_blocking(self._errors, False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._output, selectors.EVENT_READ)
        self._selector.register(self._errors, selectors.EVENT_READ)
        self._buffer = bytearray()
        self._printed = b""
        self._most_bytes = most_bytes
        self.deadline = time.monotonic() + seconds
        self._look_at = time.monotonic() + LOOK_SECONDS

    @property
    def alive(self) -> bool:
        """Whether the child still runs."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    def resident_bytes(self) -> int:
        """Return the memory that the child holds, as far as the system tells."""
        return resident_bytes(self.pid) or 0

    def send(self, request: dict[str, Any]) -> None:
        """Send one request line, or raise ChildFailed."""
        self._look_at = time.monotonic() + LOOK_SECONDS
        rest = memoryview(json.dumps(request).encode("ascii") + b"\n")
        while rest:
            try:
                rest = rest[os.write(self._input, rest) :]
            except BlockingIOError:  # the pipe is full, which takes more than 16 KB
                self._wait_for_room()
            except OSError as error:
                raise ChildFailed(self._end()) from error

    def receive(self) -> dict[str, Any]:
        """Return the next message, or raise ChildFailed."""
        while (end := self._buffer.find(b"\n")) < 0:
            self._wait()
            piece = os.read(self._output, 1 << 16)
            if not piece:
                raise ChildFailed(self._end())
            self._buffer += piece
            if len(self._buffer) > _LONGEST_LINE:
                raise ChildFailed("answered without end")
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        try:
            message = json.loads(line)
        except (RecursionError, ValueError) as error:
            raise ChildFailed("answered nonsense") from error
        if not isinstance(message, dict):
            raise ChildFailed("answered nonsense")
        return message

    def receive_into(self, view: memoryview) -> None:
        """Fill ``view`` (bytes) with what follows the last message, or raise ChildFailed."""
        filled = min(len(self._buffer), len(view))
        view[:filled] = self._buffer[:filled]
        del self._buffer[:filled]
        while filled < len(view):
            self._wait()
            got = os.readv(self._output, [view[filled:]])
            if not got:
                raise ChildFailed(self._end())
            filled += got

    def kill(self) -> None:
        """End the child at once; whoever waits for it gets ChildFailed."""
        self._process.kill()

    def close(self) -> None:
        """End the child and give back all that belongs to it."""
        self._process.kill()
        self._process.wait()
        self._selector.close()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            assert pipe is not None
            pipe.close()

    def _wait(self) -> None:
        """Wait for the next piece of an answer; meanwhile keep what is printed, and an eye on the child's memory."""
        while True:
            moment = min(self.deadline, self._look_at)
            ready = {key.fd for key, _ in self._selector.select(max(0.0, moment - time.monotonic()))}
            if self._errors in ready:
                self._keep_what_is_printed()
            if time.monotonic() >= self._look_at:
                self._look_at_memory()
            if self._output in ready:
                return
            if time.monotonic() >= self.deadline:
                raise ChildFailed("took too long")

    def _wait_for_room(self) -> None:
        with selectors.DefaultSelector() as room:
            room.register(self._input, selectors.EVENT_WRITE)
            if not room.select(max(0.0, self.deadline - time.monotonic())):
                raise ChildFailed("took too long")

    def _look_at_memory(self) -> None:
        if self.resident_bytes() > self._most_bytes:
            self.kill()
            raise ChildGrew(f"took more than {self._most()} of memory")
        self._look_at = time.monotonic() + LOOK_SECONDS

    def _keep_what_is_printed(self) -> None:
        """Read what the child or a library printed, so that it never waits for us to do so; the end of it is kept."""
        if self._errors not in self._selector.get_map():  # closed before
            return
        try:
            printed = os.read(self._errors, 1 << 16)
        except BlockingIOError:
            return
        if printed:
            self._printed = (self._printed + printed)[-_LAST_WORDS:]
        else:
            self._selector.unregister(self._errors)

    def _end(self) -> str:
        """Say how the child ended and the last line that it or a library printed."""
        try:
            code = self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            return "closed its answers"
        if -code in _TIME_IS_UP:
            return _TIME_IS_UP[signal.Signals(-code)]
        self._keep_what_is_printed()
        lines = self._printed.decode("utf-8", "replace").splitlines()
        fatal = [line for line in lines if line.startswith("Fatal Python error")] or lines[-1:]
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        memory = f"; it may have wanted more than {self._most()} of memory"
        return (
            f"died ({how})"
            + "".join(f": {line.strip()}" for line in fatal[:1])
            + (memory if -code in _PERHAPS_MEMORY else "")
        )

    def _most(self) -> str:
        return f"{self._most_bytes / (1 << 30):.3g} GB"
