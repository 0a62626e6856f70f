"""A decoder that dies, hangs or is overtaken by events hurts one file at most."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from notesyncd.domain.errors import NotesyncdError, TransientError
from notesyncd.intake.complete import IncompleteFile
from notesyncd.intake.decoder.decoder import Decoder, DecoderDied

Encode = Callable[..., bytes]

SHAPES = "".join(f"{n % 7 / 7} g 0 0 m 0 2000 2000 {9 * n} 2000 2000 c 0 2000 l f* " for n in range(100))


@pytest.fixture
def good(tmp_path: Path, encode: Encode) -> Path:
    path = tmp_path / "good.png"
    path.write_bytes(encode("png"))
    return path


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory, build_pdf: Encode) -> Path:
    """A PDF whose only page takes PDFium many seconds."""
    path = tmp_path_factory.mktemp("slow") / "slow.pdf"
    path.write_bytes(build_pdf(("/MediaBox [0 0 2000 2000]", SHAPES * 300)))
    return path


def in_background(work: Callable[[], object]) -> tuple[threading.Thread, list[object]]:
    results: list[object] = []

    def run() -> None:
        try:
            results.append(work())
        except NotesyncdError as error:
            results.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, results


def busy_child(decoder: Decoder) -> int:
    """Wait until the child is at work and return its process id."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        pid = decoder.child_pid
        if pid is not None:
            times = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            if int(times[11]) > 40:  # hundredths of a second of CPU: more than its start takes
                return pid
        time.sleep(0.02)
    raise AssertionError("the child never began")


needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs Linux's /proc")


def test_a_child_that_died_while_idle_is_replaced_in_silence(good: Path) -> None:
    with Decoder() as decoder:
        before = decoder.inspect(good)
        pid = decoder.child_pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        assert decoder.inspect(good) == before
        assert decoder.child_pid != pid


@needs_proc
def test_a_child_that_dies_over_a_file_is_that_files_trouble_alone(good: Path, slow: Path) -> None:
    with Decoder() as decoder:
        thread, results = in_background(lambda: decoder.inspect(slow))
        os.kill(busy_child(decoder), signal.SIGKILL)
        thread.join(20)
        assert isinstance(results[0], DecoderDied)
        assert "died (signal 9)" in str(results[0])
        assert decoder.inspect(good).media_type == "image/png"


def test_a_child_that_hangs_is_ended(good: Path, slow: Path) -> None:
    with Decoder(seconds=0.7) as decoder:
        decoder.inspect(good)
        begun = time.monotonic()
        with pytest.raises(DecoderDied, match="took too long"):
            decoder.inspect(slow)
        assert time.monotonic() - begun < 5
        assert decoder.inspect(good).media_type == "image/png"


@needs_proc
def test_closing_waits_for_nobody(slow: Path) -> None:
    decoder = Decoder()
    thread, results = in_background(lambda: decoder.inspect(slow))
    pid = busy_child(decoder)
    begun = time.monotonic()
    decoder.close()
    decoder.close()
    thread.join(20)
    assert time.monotonic() - begun < 3
    assert type(results[0]) is TransientError  # not the file's fault
    assert not Path(f"/proc/{pid}").exists()
    with pytest.raises(TransientError, match="closed"):
        decoder.inspect(slow)


@needs_proc
def test_a_file_that_grows_while_it_is_decoded_is_incomplete(tmp_path: Path, build_pdf: Encode) -> None:
    path = tmp_path / "growing.pdf"
    path.write_bytes(build_pdf(*[("/MediaBox [0 0 1000 1000]", SHAPES)] * 20))
    with Decoder() as decoder:
        thread, results = in_background(lambda: decoder.inspect(path))
        busy_child(decoder)
        with path.open("ab") as file:
            file.write(b"% one more byte")
        thread.join(30)
        assert type(results[0]) is IncompleteFile
        assert "changed while it was read" in str(results[0])


def test_children_are_replaced_after_so_many_files(good: Path) -> None:
    with Decoder(files_per_child=2) as decoder:
        pids = []
        for _ in range(5):
            decoder.inspect(good)
            pids.append(decoder.child_pid)
    assert [pids.index(pid) for pid in pids] == [0, 0, 2, 2, 4]


def test_threads_take_turns(tmp_path: Path, encode: Encode, draw: Callable[..., Image.Image]) -> None:
    paths = []
    for seed in range(4):
        paths.append(tmp_path / f"{seed}.png")
        paths[-1].write_bytes(encode("png", draw(seed=seed)))
    with Decoder() as decoder:
        expected = [decoder.inspect(path) for path in paths]
        jobs = [in_background(lambda path=path: decoder.inspect(path)) for path in paths * 3]
        for thread, _ in jobs:
            thread.join(30)
    assert [results[0] for _, results in jobs] == expected * 3


def test_the_child_gets_none_of_our_secrets(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not Path("/proc/self/environ").exists():
        pytest.skip("needs Linux's /proc")
    monkeypatch.setenv("SOME_TOKEN", "secret-4711")
    with Decoder() as decoder:
        decoder.inspect(good)
        assert b"secret-4711" not in Path(f"/proc/{decoder.child_pid}/environ").read_bytes()
