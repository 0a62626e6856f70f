"""A model in a process of its own: it reads page by page, and whatever it does hurts one page at most."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from notesyncd.api import ChildDied, ConfigError, NotesyncdError, TransientError, UnreadableScan
from notesyncd.read.generation import Answer, Decoding, Question
from notesyncd.read.model import ModelCard, ModelFiles
from notesyncd.read.picture import Picture, PixelBudget
from notesyncd.read.process.generator import ProcessGenerator, ReaderDied
from notesyncd.read.process.limits import Limits
from notesyncd.read.process.process import ReaderProcess
from notesyncd.read.process.runtime import LoadOrder, RuntimeProblem
from notesyncd.system.child_process import ChildFailed
from notesyncd.system.memory import resident_bytes
from tests.checkpoints import Family, make_adapter, make_checkpoint
from tests.unit.read.process.torch_child import picture

needs_mlx = pytest.mark.skipif(find_spec("mlx_vlm") is None, reason="needs the mlx extra")
needs_torch = pytest.mark.skipif(
    find_spec("torch") is None or find_spec("transformers") is None, reason="needs the cuda extra"
)
needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs Linux's /proc")
pytestmark = needs_mlx

UNIT = 32
SHORT = Decoding(max_tokens=8)
LONG = Decoding(max_tokens=4000, repetition_penalty=3.0)  # without a penalty the guard against loops ends it soon
ROOMY = Limits(most_bytes=8 << 30, recycle_bytes=7 << 30)

Make = Callable[..., ProcessGenerator]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_checkpoint(tmp_path_factory.mktemp("checkpoint") / "tiny")


def new_generator(
    folder: Path, work: Path, *, runtime: str = "mlx", limits: Limits = ROOMY, **order: Any
) -> ProcessGenerator:
    card = ModelCard(name="tiny", family="qwen3-vl", pixels=PixelBudget(most=16_000_000, multiple=UNIT))
    return ProcessGenerator(
        reader=runtime,
        runtime=runtime,
        files=ModelFiles(card=card, folder=folder, digest="0" * 64, revision="abc", quantization="fp32"),
        order=LoadOrder(folder=folder, **order),
        limits=limits,
        work=work,
    )


@pytest.fixture
def make(folder: Path, tmp_path: Path) -> Iterator[Make]:
    """Makes generators, which are closed in the end."""
    made: list[ProcessGenerator] = []

    def new(where: Path = folder, **options: Any) -> ProcessGenerator:
        made.append(new_generator(where, tmp_path / "work", **options))
        return made[-1]

    yield new
    for generator in made:
        generator.close()


@pytest.fixture(scope="module")
def shared(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessGenerator]:
    """One generator with limits that leave it alone."""
    generator = new_generator(folder, tmp_path_factory.mktemp("work"))
    yield generator
    generator.close()


def question(text: str = "hello world", *, decoding: Decoding = SHORT, size: tuple[int, int] = (320, 128)) -> Question:
    shown = picture(text, size)
    seen = Picture(pixels=shown, page_width=size[0], page_height=size[1])
    return Question(picture=seen, prompt="Transcribe.", decoding=decoding)


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


def wait_until(holds: Callable[[], object], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    """Whether a process runs; one that ended and that nobody asked for yet does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def worked(pid: int) -> int:
    """Hundredths of a second that a process has computed."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def begin_long_page(generator: ProcessGenerator) -> tuple[int, threading.Thread, list[object]]:
    """Let a loaded generator read a page that takes long, and return when it is in the middle of it."""
    pid = generator.process_id
    assert pid is not None
    before = worked(pid)
    thread, results = in_background(lambda: generator.generate(question(decoding=LONG)))
    wait_until(lambda: worked(pid) > before + 50)
    assert not results
    return pid, thread, results


# --------------------------------------------------------------------------------------------------------------- reading


@pytest.mark.parametrize(
    ("runtime", "family", "size"),
    [
        ("mlx", "qwen2_5_vl", (308, 140)),
        pytest.param("cuda", "qwen3_vl", (320, 128), marks=needs_torch),
    ],
)
def test_a_page_is_read_with_evidence(
    make: Make, tmp_path: Path, runtime: str, family: Family, size: tuple[int, int]
) -> None:
    generator = make(make_checkpoint(tmp_path / family, family), runtime=runtime, device="cpu")
    facts = generator.facts()
    assert facts.identity.name == runtime
    assert facts.identity.model == "tiny"
    assert facts.identity.model_digest == "0" * 64
    assert facts.identity.quantization == "fp32"
    assert facts.identity.device.startswith("cpu (")
    assert dict(facts.identity.settings)["revision"] == "abc"
    assert facts.adapter is None
    assert "transformers" in dict(facts.packages)
    first, other, again = (generator.generate(question(text, size=size)) for text in ("hello", "7 o'clock", "hello"))
    assert first == again
    assert first.tokens is not None
    assert other.tokens is not None
    assert (len(first.tokens), first.ended, first.logprobs) == (8, "length", "raw")
    assert first.text == b"".join(token.data for token in first.tokens).decode("utf-8", "replace")
    assert first.prompt_tokens is not None
    assert first.prompt_tokens > 40
    for token in first.tokens:
        assert token.logprob is not None
        assert token.entropy is not None
        assert token.logprob < 0 < token.entropy
        assert len(token.alternatives) == 3
    assert max(abs(a.logprob - b.logprob) for a, b in zip(first.tokens, other.tokens, strict=True)) > 0.01  # type: ignore[operator]
    assert list((tmp_path / "work").iterdir()) == []


def test_a_loop_is_stopped_while_it_is_generated(shared: ProcessGenerator) -> None:
    answer = shared.generate(question(decoding=Decoding(max_tokens=4096)))
    assert answer.tokens is not None
    assert answer.ended == "loop"
    assert 20 < len(answer.tokens) < 3000
    assert shared.generate(question()).ended == "length"  # and the next page is read as ever


def test_pages_of_several_threads_are_read_one_after_the_other(shared: ProcessGenerator) -> None:
    """Two threads in one model end in mlx's "There is no Stream(cpu, 21) in current thread"."""
    texts = ["milk", "bread", "butter", "eggs", "tea", "salt"]
    decoding = Decoding(max_tokens=40, repetition_penalty=1.3)
    alone = [shared.generate(question(text, decoding=decoding)) for text in texts]
    pid = shared.process_id
    answers: dict[str, Answer] = {}

    def read(text: str) -> None:
        answers[text] = shared.generate(question(text, decoding=decoding))

    threads = [threading.Thread(target=read, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [answers[text] for text in texts] == alone
    assert shared.process_id == pid


def test_a_picture_that_the_model_cant_read_is_that_pages_trouble_alone(shared: ProcessGenerator) -> None:
    shared.generate(question())
    pid = shared.process_id
    with pytest.raises(UnreadableScan, match="more than the 2097152 pixels agreed on"):
        shared.generate(question(size=(2048, 2048)))
    assert shared.generate(question()).ended == "length"
    assert shared.process_id == pid


def test_weights_are_brought_to_4_bits_and_an_adapter_is_laid_over_them(
    make: Make, shared: ProcessGenerator, tmp_path: Path
) -> None:
    adapter = make_adapter(tmp_path / "my-hand")
    generator = make(quantization="4bit", adapter=adapter)
    answer, plain = generator.generate(question()), shared.generate(question())
    assert answer.tokens is not None
    assert plain.tokens is not None
    assert len(answer.tokens) == 8
    assert answer.tokens != plain.tokens
    facts = generator.facts()
    assert facts.identity.quantization == "4bit"
    assert facts.adapter is not None
    name, digest = facts.adapter.split()
    assert (name, len(digest)) == ("my-hand", 64)
    assert dict(facts.identity.settings)["quantized"] == "while loading"


@needs_proc
def test_the_process_reaches_no_hub_and_sees_no_secret(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTION_TOKEN", "a secret")
    monkeypatch.setenv("HF_TOKEN", "another")
    monkeypatch.setenv("HF_ENDPOINT", "http://example.org")
    process = ReaderProcess(ROOMY)
    try:
        wait_until(lambda: b"HF_HUB_OFFLINE=1" in Path(f"/proc/{process.pid}/environ").read_bytes(), 10)
        seen = Path(f"/proc/{process.pid}/environ").read_bytes()
    finally:
        process.close()
    assert b"TRANSFORMERS_OFFLINE=1" in seen
    assert not any(name in seen for name in (b"NOTION_TOKEN", b"HF_TOKEN", b"HF_ENDPOINT"))


# --------------------------------------------------------------------------------------------------------------- failing


@needs_proc
def test_a_process_killed_over_a_page_is_that_pages_trouble_alone(make: Make) -> None:
    generator = make()
    generator.facts()
    pid, thread, results = begin_long_page(generator)
    os.kill(pid, signal.SIGKILL)
    thread.join(20)
    assert isinstance(results[0], ReaderDied)
    assert isinstance(results[0], ChildDied)  # which counts as a strike
    assert "over this page the reader process died (signal 9)" in str(results[0])
    assert generator.generate(question()).ended == "length"
    assert generator.process_id != pid


@needs_proc
def test_a_process_that_hangs_over_a_page_is_ended(make: Make) -> None:
    generator = make(limits=Limits(most_bytes=8 << 30, recycle_bytes=7 << 30, between_tokens_seconds=3))
    generator.facts()
    pid, thread, results = begin_long_page(generator)
    os.kill(pid, signal.SIGSTOP)
    stopped = time.monotonic()
    thread.join(20)
    assert isinstance(results[0], ReaderDied)
    assert "took too long" in str(results[0])
    assert 2 < time.monotonic() - stopped < 10
    assert resident_bytes(pid) is None


@needs_proc
def test_a_process_that_grows_over_a_page_is_ended(make: Make) -> None:
    """A picture of 4 million pixels makes an attention over 16,384 patches, some gigabytes at once."""
    generator = make(limits=Limits(most_bytes=1 << 30, recycle_bytes=1 << 30), max_pixels=2048 * 2048)
    generator.generate(question())
    pid = generator.process_id
    assert pid is not None
    with pytest.raises(ReaderDied, match="took more than 1 GB of memory"):
        generator.generate(question(size=(2048, 2048)))
    assert resident_bytes(pid) is None
    assert generator.process_id is None


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits another process")
def test_a_process_that_gets_no_memory_aborts_and_is_replaced(make: Make) -> None:
    """No Python error comes of it in mlx: an exception that nothing catches ends the whole process."""
    import resource

    generator = make(max_pixels=2048 * 2048)
    generator.generate(question())
    pid = generator.process_id
    assert pid is not None
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + (1000 << 20)  # enough for the picture, not for the model's work on it
    resource.prlimit(pid, resource.RLIMIT_AS, (most, most))
    with pytest.raises(ReaderDied, match=r"died \(signal (6|11)\): .*; it may have wanted more than 8 GB of memory"):
        generator.generate(question(size=(2048, 2048)))
    assert generator.process_id is None


@needs_proc
def test_a_process_that_ended_before_it_was_asked_is_replaced_in_silence(make: Make) -> None:
    """It may have been idle for long and be about to end at the very moment when a page comes."""
    generator = make()
    first = generator.generate(question())
    pid = generator.process_id
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)  # the question goes into its pipe
    thread, results = in_background(lambda: generator.generate(question()))
    time.sleep(0.5)
    os.kill(pid, signal.SIGKILL)
    thread.join(60)
    assert results == [first]
    assert generator.process_id != pid


def _padded(folder: Path) -> None:
    """Add likely tokens that the tokenizer lacks."""
    import json

    from safetensors.numpy import load_file, save_file

    weights = dict(load_file(folder / "model.safetensors"))
    table = weights["model.language_model.embed_tokens.weight"]
    more = 50 * np.random.default_rng(1).standard_normal((10, table.shape[1]), dtype=np.float32)
    weights["model.language_model.embed_tokens.weight"] = np.concatenate([table, more])
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    config = json.loads((folder / "config.json").read_text())
    config["text_config"]["vocab_size"] += 10
    (folder / "config.json").write_text(json.dumps(config))


def test_a_library_that_fails_over_a_page_gets_a_new_process(tmp_path: Path, folder: Path, make: Make) -> None:
    """A card's errors stay until the process ends; and the page is tried again before it is given up."""
    shutil.copytree(folder, tmp_path / "padded")
    _padded(tmp_path / "padded")
    generator = make(tmp_path / "padded")
    generator.facts()
    with pytest.raises(ReaderDied, match="over this page the reader process failed: IndexError"):
        generator.generate(question())
    assert generator.process_id is None


def test_a_model_that_cant_be_loaded_is_told(tmp_path: Path, folder: Path, make: Make) -> None:
    shutil.copytree(folder, tmp_path / "broken")
    (tmp_path / "broken" / "tokenizer.json").unlink()
    generator = make(tmp_path / "broken")
    with pytest.raises(ConfigError, match="can't be loaded by mlx-vlm"):
        generator.generate(question())
    assert generator.process_id is None


def test_a_model_that_takes_too_much_is_no_pages_trouble(make: Make) -> None:
    generator = make(limits=Limits(most_bytes=100 << 20, recycle_bytes=1 << 30))
    with pytest.raises(TransientError, match=r"took more than 0\.0977 GB of memory; take a smaller model") as caught:
        generator.generate(question())
    assert caught.value.retry_after is not None


def test_a_model_that_takes_too_long_to_load_is_no_pages_trouble(make: Make) -> None:
    generator = make(limits=Limits(most_bytes=8 << 30, recycle_bytes=1 << 30, load_seconds=0.2))
    with pytest.raises(TransientError, match="took too long"):
        generator.generate(question())


def test_a_process_answers_in_order_after_a_model_that_is_broken(tmp_path: Path, folder: Path) -> None:
    process = ReaderProcess(ROOMY)
    try:
        with pytest.raises(RuntimeProblem, match="there is no folder"):
            process.load("mlx", LoadOrder(folder=tmp_path / "nowhere"))
        assert process.load("mlx", LoadOrder(folder=folder)).engine == "mlx-vlm"
        with pytest.raises(RuntimeProblem, match="No such file"):
            list(process.tokens(tmp_path / "no picture", "Transcribe.", SHORT))
        assert process.alive
    finally:
        process.close()


# ------------------------------------------------------------------------------------------------------ coming and going


@needs_proc
def test_closing_waits_neither_for_a_page_nor_for_a_model(make: Make) -> None:
    generator = make()
    thread, results = in_background(generator.facts)
    wait_until(lambda: generator.process_id is not None)
    begun = time.monotonic()
    generator.close()
    thread.join(10)
    assert type(results[0]) is TransientError
    assert time.monotonic() - begun < 5
    other = make()
    other.facts()
    pid, thread, results = begin_long_page(other)
    begun = time.monotonic()
    other.close()
    other.close()
    thread.join(10)
    assert type(results[0]) is TransientError  # no strike: the page is not to blame
    assert time.monotonic() - begun < 5
    assert not alive(pid)
    with pytest.raises(TransientError, match="closed"):
        other.generate(question())


@needs_proc
def test_an_idle_process_ends_by_itself_and_comes_back(make: Make) -> None:
    generator = make(limits=Limits(most_bytes=8 << 30, recycle_bytes=7 << 30, idle_seconds=0.5))
    first = generator.generate(question())
    pid = generator.process_id
    assert pid is not None
    facts = generator.facts()
    time.sleep(0.55)  # it is about to end, which takes some tenths of a second with all that mlx brings
    assert generator.generate(question()) == first
    pid = generator.process_id
    assert pid is not None
    wait_until(lambda: not alive(pid), 20)
    assert generator.facts() == facts  # which needs no model
    assert generator.process_id == pid


def test_a_process_is_replaced_after_so_many_pages(make: Make) -> None:
    generator = make(limits=Limits(most_bytes=8 << 30, recycle_bytes=8 << 30, recycle_pages=2))
    pids = []
    for _ in range(3):
        generator.generate(question())
        pids.append(generator.process_id)
    assert pids[0] == pids[1] != pids[2]


PARENT = """
import sys
from pathlib import Path
from tests.unit.read.process.test_reader_process import LONG, new_generator, question
generator = new_generator(Path(sys.argv[1]), Path(sys.argv[2]))
generator.facts()
print(generator.process_id, flush=True)
while True:
    generator.generate(question(decoding=LONG))
"""


@needs_proc
@pytest.mark.parametrize("state", ["reading", "loading"])
def test_a_process_ends_with_its_parent_however_that_ended(tmp_path: Path, folder: Path, state: str) -> None:
    program = PARENT if state == "reading" else PARENT.replace("generator.facts()\n", _LOADING)
    with subprocess.Popen(
        [sys.executable, "-c", program, folder, tmp_path], stdout=subprocess.PIPE, cwd=Path(__file__).parents[4]
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        before = worked(pid)
        wait_until(lambda: worked(pid) > before + 30)
        parent.kill()
    wait_until(lambda: not alive(pid), 5)


_LOADING = """
import threading, time
threading.Thread(target=generator.facts, daemon=True).start()
while generator.process_id is None:
    time.sleep(0.01)
"""


def test_tokens_come_as_they_are_generated(folder: Path, tmp_path: Path) -> None:
    """They are the process's heartbeat; and stopping to listen is harmless to all but that answer."""
    from notesyncd.api import write_pixels

    write_pixels(tmp_path / "picture.ppm", picture())
    process = ReaderProcess(ROOMY)
    try:
        process.load("mlx", LoadOrder(folder=folder))
        tokens = process.tokens(tmp_path / "picture.ppm", "Transcribe.", LONG)
        begun = time.monotonic()
        next(tokens)
        first = time.monotonic() - begun
        assert sum(1 for _ in tokens) > 1000
        assert time.monotonic() - begun > 3 * first
        process.kill()
        with pytest.raises(ChildFailed, match=r"died \(signal 9\)"):
            list(process.tokens(tmp_path / "picture.ppm", "Transcribe.", SHORT))
    finally:
        process.close()
