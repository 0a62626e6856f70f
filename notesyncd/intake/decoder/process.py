"""The decoder process as seen from the daemon: started, asked, given so much time, ended."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import tempfile
import time
from typing import Any

from notesyncd.domain.errors import TransientError

START_SECONDS = 60.0
"""The first start after a boot reads 30 MB of libraries from a disk that may be slow."""

_LONGEST_LINE = 64 << 20

# The child decodes strangers' files, so it gets none of the daemon's secrets: only what Python needs to start.
_ENVIRONMENT = (
    "DYLD_LIBRARY_PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "LD_LIBRARY_PATH",
    "PATH",
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONUSERBASE",
    "TMPDIR",
    "VIRTUAL_ENV",
)


class ChildFailed(Exception):  # noqa: N818 - what happened, told to decode.py only
    """The child died, took too long or answered nonsense; the message is the end of a sentence about it."""


class DecoderProcess:
    """One child. Not thread-safe, but ``kill`` may be called from another thread.

    ``deadline`` (monotonic) is when a wait for the child ends in ``ChildFailed``.
    """

    def __init__(self) -> None:
        """Start the child and wait until it is ready.

        Raises:
            TransientError: if it can't be started; no file is to blame.
        """
        try:
            self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the child
            # -P: neither the current folder nor a script's is searched for modules
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-X", "faulthandler", "-m", "notesyncd.intake.decoder.child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
                process_group=0,  # Ctrl-C in a terminal reaches the parent alone
                bufsize=0,
            )
        except OSError as error:
            raise TransientError(f"the decoder can't be started: {error}") from error
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._input, self._output = self._process.stdin, self._process.stdout.fileno()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._output, selectors.EVENT_READ)
        self._buffer = bytearray()
        self.deadline = time.monotonic() + START_SECONDS
        try:
            self.receive()
        except ChildFailed as error:
            self.close()
            raise TransientError(f"the decoder can't be started: {error}") from error

    @property
    def alive(self) -> bool:
        """Whether the child still runs."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    def send(self, request: dict[str, Any]) -> None:
        """Send one request line; requests are shorter than a pipe's buffer, so this never waits."""
        try:
            self._input.write(json.dumps(request).encode("ascii") + b"\n")
        except OSError as error:
            raise ChildFailed(self._last_words("died")) from error

    def receive(self) -> dict[str, Any]:
        """Return the next message, or raise ChildFailed."""
        while (end := self._buffer.find(b"\n")) < 0:
            self._wait()
            piece = os.read(self._output, 1 << 16)
            if not piece:
                raise ChildFailed(self._last_words("died"))
            self._buffer += piece
            if len(self._buffer) > _LONGEST_LINE:
                raise ChildFailed("answered without end")
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        try:
            message = json.loads(line)
        except ValueError as error:
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
                raise ChildFailed(self._last_words("died"))
            filled += got

    def kill(self) -> None:
        """End the child at once; whoever waits for it gets ChildFailed."""
        self._process.kill()

    def close(self) -> None:
        """End the child and give back all that belongs to it."""
        self._process.kill()
        self._input.close()
        self._process.wait()
        self._selector.close()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._errors.close()

    def _wait(self) -> None:
        if not self._selector.select(max(0.0, self.deadline - time.monotonic())):
            raise ChildFailed("took too long")

    def _last_words(self, what: str) -> str:
        """Say how the child ended and the last line that it or a library printed."""
        try:
            code = self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            code = None
        how = "" if code is None else f" (signal {-code})" if code < 0 else f" (exit code {code})"
        self._errors.seek(max(0, self._errors.seek(0, os.SEEK_END) - 2000))
        lines = self._errors.read().decode("utf-8", "replace").splitlines()
        fatal = [line for line in lines if line.startswith("Fatal Python error")] or lines[-1:]
        return f"{what}{how}" + "".join(f": {line.strip()}" for line in fatal[:1])
