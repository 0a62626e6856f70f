"""A decoder that dies, hangs or is overtaken by events hurts one file at most."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from notesyncd.domain.errors import NotesyncdError, TransientError, UnreadableScan
from notesyncd.intake.complete import IncompleteFile
from notesyncd.intake.decoder.decoder import Decoder, DecoderDied
from notesyncd.intake.decoder.process import DecoderProcess
from notesyncd.intake.sweep import FileIdentity
from notesyncd.intake.writer import FileChanged
from notesyncd.system.child_process import ChildFailed
from notesyncd.system.memory import resident_bytes

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
        assert "died (signal 9); it may have wanted more than 2 GB of memory" in str(results[0])
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
def test_a_file_that_grows_while_it_is_decoded_has_changed(tmp_path: Path, build_pdf: Encode) -> None:
    path = tmp_path / "growing.pdf"
    path.write_bytes(build_pdf(*[("/MediaBox [0 0 1000 1000]", SHAPES)] * 20))
    with Decoder() as decoder:
        thread, results = in_background(lambda: decoder.inspect(path))
        busy_child(decoder)
        with path.open("ab") as file:
            file.write(b"% one more byte")
        thread.join(30)
        assert type(results[0]) is FileChanged
        assert "changed while it was read" in str(results[0])


def test_only_the_file_that_was_looked_at_is_decoded(good: Path) -> None:
    status = good.stat()
    seen = FileIdentity(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
    with Decoder() as decoder:
        decoded = decoder.inspect(good, expected=seen)
        assert decoded.identity == seen
        os.utime(good, ns=(0, status.st_mtime_ns + 1))
        with pytest.raises(FileChanged, match="changed since it was looked at"):
            decoder.inspect(good, expected=seen)
        assert decoder.inspect(good).digest == decoded.digest


# -------------------------------------------------------------------------------------------------------------- writers

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who writes")
HOLDS_OPEN = "import sys; file = open(sys.argv[1], 'r+b'); print('open', flush=True); sys.stdin.read()"


def holding_open(path: Path) -> subprocess.Popen[bytes]:
    """Start a program that has ``path`` open for writing until its stdin ends."""
    program = subprocess.Popen([sys.executable, "-c", HOLDS_OPEN, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert program.stdout is not None
    assert program.stdout.readline() == b"open\n"
    return program


@linux_only
def test_a_file_that_looks_whole_is_incomplete_while_somebody_writes(good: Path) -> None:
    with Decoder() as decoder:
        with holding_open(good), pytest.raises(IncompleteFile, match="still has the file open for writing") as caught:
            decoder.inspect(good)
        assert type(caught.value) is IncompleteFile  # it has not changed (yet)
        pid = decoder.child_pid
        assert decoder.inspect(good).media_type == "image/png"
        assert decoder.child_pid == pid


@linux_only
def test_what_somebody_writes_is_not_even_decoded(slow: Path) -> None:
    with Decoder() as decoder, holding_open(slow):
        begun = time.monotonic()
        with pytest.raises(IncompleteFile, match="open for writing"):
            decoder.inspect(slow)
        assert time.monotonic() - begun < 2


@linux_only
def test_a_writer_that_comes_while_the_file_is_decoded_is_seen_too(tmp_path: Path, build_pdf: Encode) -> None:
    path = tmp_path / "opened.pdf"
    path.write_bytes(build_pdf(*[("/MediaBox [0 0 1000 1000]", SHAPES)] * 20))
    with Decoder() as decoder:
        thread, results = in_background(lambda: decoder.inspect(path))
        busy_child(decoder)
        with holding_open(path):
            thread.join(30)
        assert type(results[0]) is IncompleteFile
        assert "open for writing" in str(results[0])


# --------------------------------------------------------------------------------------------------------------- memory


def hungry_pdf(build_pdf: Encode) -> bytes:
    """Return 11 KB that take PDFium 2.4 GB: each drawing is mixed with the one below it as a whole, 38 deep."""
    side, depth, resources = 1440, 38, "/ExtGState << /G << /ca 0.5 /BM /Multiply >> >> /XObject << /X %d 0 R >>"
    forms = []
    for number in range(7, 7 + depth):
        body = f"0.9 g 0 0 {side} {side} re f /G gs /X Do"
        head = f"/Type /XObject /Subtype /Form /BBox [0 0 {side} {side}] /Group << /S /Transparency /I true >>"
        inside = f"/Resources << {resources % number} >>" if number < 6 + depth else ""
        forms.append(f"<< {head} {inside} /Length {len(body)} >>\nstream\n{body}\nendstream".encode())
    data = build_pdf((f"/MediaBox [0 0 {side} {side}]", "/G gs /X Do"), objects=tuple(forms))
    return data.replace(b"/Font << /F1 3 0 R >>", (resources % 6).encode())


@linux_only
def test_a_file_that_makes_the_decoder_too_hungry_is_refused_at_once(
    good: Path, tmp_path: Path, build_pdf: Encode
) -> None:
    path = tmp_path / "hungry.pdf"
    path.write_bytes(hungry_pdf(build_pdf))
    with Decoder() as decoder:
        decoder.inspect(good)
        pid = decoder.child_pid
        assert pid is not None
        with pytest.raises(UnreadableScan, match="needs more memory than the 2 GB that a decoder is given") as caught:
            decoder.inspect(path)
        assert not isinstance(caught.value, DecoderDied)  # tried again, it would do the same
        assert resident_bytes(pid) is None
        assert decoder.inspect(good).media_type == "image/png"


def test_a_child_that_keeps_much_memory_is_replaced(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Decoder() as decoder:
        first = decoder.inspect(good)
        pid = decoder.child_pid
        decoder.inspect(good)
        assert decoder.child_pid == pid
        monkeypatch.setattr("notesyncd.intake.decoder.decoder.IDLE_BYTES", 10 << 20)  # less than any child holds
        assert decoder.inspect(good) == first
        assert decoder.child_pid != pid


# ----------------------------------------------------------------------------------------------------------- the child


@needs_proc
def test_a_child_that_took_too_much_processor_time_is_named_so(slow: Path) -> None:
    with Decoder() as decoder:
        thread, results = in_background(lambda: decoder.inspect(slow))
        os.kill(busy_child(decoder), signal.SIGXCPU)
        thread.join(20)
        assert isinstance(results[0], DecoderDied)
        assert str(results[0]) == "over this file the decoder took too much processor time"


@needs_proc
def test_a_child_that_prints_without_end_is_not_left_waiting(slow: Path) -> None:
    """What a library prints goes through a pipe, which holds 64 KB until somebody reads."""
    with Decoder() as decoder:
        thread, results = in_background(lambda: decoder.inspect(slow))
        pid = busy_child(decoder)
        with Path(f"/proc/{pid}/fd/2").open("wb", buffering=0) as printed:
            printed.writelines(b"warning " * 1250 + b"\n" for _ in range(100))
            printed.write(b"the last words")
        os.kill(pid, signal.SIGTERM)
        thread.join(20)
        assert str(results[0]) == "over this file the decoder died (signal 15): the last words"


def test_a_child_that_is_stopped_holds_nobody_up(good: Path) -> None:
    """Not even by a request that is longer than a pipe holds."""
    with Decoder(seconds=0.5, passwords=["\N{GRINNING FACE}" * 1000] * 100) as decoder:
        before = decoder.inspect(good)
        pid = decoder.child_pid
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        begun = time.monotonic()
        assert decoder.inspect(good) == before
        assert time.monotonic() - begun < 10
        assert decoder.child_pid != pid


def test_a_request_waits_for_a_stopped_child_no_longer_than_its_deadline() -> None:
    child = DecoderProcess()
    os.kill(child.pid, signal.SIGSTOP)
    child.deadline = time.monotonic() + 0.3
    with pytest.raises(ChildFailed, match="took too long"):
        child.send({"path": "ff" * 100_000})
    child.close()


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
