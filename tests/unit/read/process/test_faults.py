"""Whatever the reader process does, the error says what to do next, and the next page gets a new process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from notesyncd.api import ConfigError, NotesyncdError, TransientError, UnreadableScan
from notesyncd.read.generation import Alternative, Decoding, Question, Token
from notesyncd.read.model import ModelCard, ModelFiles
from notesyncd.read.picture import Picture, PixelBudget
from notesyncd.read.process.generator import ProcessGenerator, ReaderDied
from notesyncd.read.process.limits import Limits
from notesyncd.read.process.runtime import LoadOrder
from notesyncd.system.memory import resident_bytes
from tests.unit.read.process.stand_in import in_first_life, stand_in

PIXELS = np.zeros((8, 12, 3), np.uint8)
QUESTION = Question(
    picture=Picture(pixels=PIXELS, page_width=12, page_height=8), prompt="Transcribe.", decoding=Decoding(max_tokens=4)
)
ROOMY = Limits(most_bytes=1 << 30, recycle_bytes=1 << 30)

Make = Callable[..., ProcessGenerator]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Makes a generator whose processes run a program."""
    made: list[ProcessGenerator] = []

    def new(program: str, *, limits: Limits = ROOMY, adapter: Path | None = None) -> ProcessGenerator:
        stand_in(tmp_path / "first on the path", monkeypatch, program)
        card = ModelCard(name="Qwen-tiny", family="qwen3-vl", pixels=PixelBudget(most=1000))
        folder = tmp_path / "folder-of-the-model"
        made.append(
            ProcessGenerator(
                reader="mlx",
                runtime="mlx",
                files=ModelFiles(card=card, folder=folder, digest="0" * 64),
                order=LoadOrder(folder=folder, adapter=adapter),
                limits=limits,
                work=tmp_path / "work",
            )
        )
        return made[-1]

    yield new
    for generator in made:
        generator.close()


def fails(generator: ProcessGenerator, kind: type[NotesyncdError], match: str) -> NotesyncdError:
    """Ask, find just this error, and nothing of the page left behind."""
    with pytest.raises(kind, match=match) as caught:
        generator.generate(QUESTION)
    assert type(caught.value) is kind
    assert list(generator._work.iterdir()) == []
    return caught.value


# -------------------------------------------------------------------------------------------------------- over a page


def test_a_process_that_behaves_is_kept(make: Make) -> None:
    generator = make("")
    answers = [generator.generate(QUESTION) for _ in range(3)]
    pid = generator.process_id
    generator.generate(QUESTION)
    assert generator.process_id == pid
    token = Token(data=b"fine", logprob=-0.5, id=7, entropy=0.25, alternatives=(Alternative(data=b"x", logprob=-1.5),))
    assert answers[0] == answers[2]
    assert answers[0].tokens == (token,)
    assert (answers[0].text, answers[0].ended, answers[0].prompt_tokens) == ("fine", "stop", 3)


NONSENSE = {
    "no JSON": 'print("nonsense", flush=True)',
    "no object": 'print("[1, 2]", flush=True)',
    "too deep": 'print("[" * 100_000, flush=True)',
    "nothing": "tell()",
    "no list of tokens": "tell(tokens=5)",
    "no tokens": "tell(tokens=[])",
    "tokens of nothing": "tell(tokens=[[]])",
    "tokens of words": 'tell(tokens=["abcde"])',
    "bytes that are none": "tell(tokens=[[7, 5, -0.5, 0.25, []]])",
    "characters that are no bytes": r'tell(tokens=[[7, "\u4e00", -0.5, 0.25, []]])',
    "a probability in words": 'tell(tokens=[[7, "a", "likely", 0.25, []]])',
    "alternatives that are none": 'tell(tokens=[[7, "a", -0.5, 0.25, [1]]])',
    "an unknown end": 'say(); tell(end="bored", prompt_tokens=3)',
    "an end of lists": "tell(end=[], prompt_tokens=3)",
    "an end without figures": 'say(); tell(end="stop")',
    "an endless prompt": """say(); print('{"end": "stop", "prompt_tokens": Infinity}', flush=True)""",
    "a problem of another kind": 'tell(problem={"kind": "moody", "message": ""})',
    "a problem in a list": 'tell(problem={"kind": ["config"], "message": ""})',
    "no problem": "tell(problem=5)",
}


@pytest.mark.parametrize("said", NONSENSE.values(), ids=NONSENSE)
def test_nonsense_is_that_pages_trouble_alone(make: Make, said: str) -> None:
    generator = make(in_first_life(f"load()\nbegin()\n{said}\nasked()"))
    fails(generator, ReaderDied, "^over this page the reader process answered nonsense$")
    assert generator.process_id is None
    assert generator.generate(QUESTION).text == "fine"


def test_what_is_left_of_another_answer_is_nonsense(make: Make) -> None:
    generator = make(in_first_life("load()\nasked()\nanswer()"))
    fails(generator, ReaderDied, "answered nonsense")
    assert generator.generate(QUESTION).text == "fine"


DEATHS = {
    "load()\nbegin()\nsys.exit('the last words')": r"died \(exit code 1\): the last words$",
    "load()\nbegin()\nsay()\nos._exit(3)": r"died \(exit code 3\)$",
    "load()\nbegin()\nsay()\nos.kill(os.getpid(), signal.SIGSEGV)": r"died \(signal 11\): Fatal Python error",
    "load()\nbegin()\nwhile True: say()": "answered without end$",
    "load()\nbegin()\nheld = b'x' * (300 << 20)\ntime.sleep(60)": r"took more than 0\.186 GB of memory$",
}


@pytest.mark.parametrize(("program", "told"), DEATHS.items(), ids=[text.splitlines()[-1] for text in DEATHS])
def test_a_death_over_a_page_is_that_pages_trouble_alone(make: Make, program: str, told: str) -> None:
    generator = make(in_first_life(program), limits=Limits(most_bytes=200_000_000, recycle_bytes=1 << 30))
    fails(generator, ReaderDied, f"^over this page the reader process {told}")
    assert generator.process_id is None
    assert generator.generate(QUESTION).text == "fine"


@pytest.mark.parametrize(
    ("program", "limits"),
    [
        ("load()\nbegin()\ntime.sleep(60)", {"first_token_seconds": 0.3}),
        ("load()\nbegin()\nsay()\nsay()\ntime.sleep(60)", {"between_tokens_seconds": 0.3}),
        ("load()\nbegin()\nos.kill(os.getpid(), signal.SIGSTOP)", {"first_token_seconds": 0.3}),
    ],
)
def test_a_process_that_does_not_go_on_is_ended(make: Make, program: str, limits: dict[str, Any]) -> None:
    generator = make(in_first_life(program), limits=Limits(most_bytes=1 << 30, recycle_bytes=1 << 30, **limits))
    generator.facts()
    pid = generator.process_id
    assert pid is not None
    begun = time.monotonic()
    fails(generator, ReaderDied, "took too long")
    assert time.monotonic() - begun < 10
    assert resident_bytes(pid) is None
    assert generator.generate(QUESTION).text == "fine"


def test_it_is_not_how_long_a_page_takes_that_counts(make: Make) -> None:
    limits = Limits(most_bytes=1 << 30, recycle_bytes=1 << 30, between_tokens_seconds=1.0)
    generator = make("load()\nbegin()\nfor _ in range(3): say(); time.sleep(0.6)\nanswer()", limits=limits)
    begun = time.monotonic()
    assert generator.generate(QUESTION).text == "finefinefinefine"
    assert time.monotonic() - begun > 1.5


@pytest.mark.parametrize(
    ("kind", "error", "told", "goes_on"),
    [
        ("page", UnreadableScan, "the model can't read this page: hm", True),
        ("config", UnreadableScan, "the model can't read this page: hm", True),
        ("memory", ReaderDied, "over this page the reader process ran out of memory: hm", False),
        ("failed", ReaderDied, "over this page the reader process failed: hm", False),
    ],
)
def test_a_problem_with_a_page_is_told_by_what_to_do_next(
    make: Make, kind: str, error: type[NotesyncdError], told: str, *, goes_on: bool
) -> None:
    generator = make(
        in_first_life(f'load()\nbegin()\ntell(problem={{"kind": "{kind}", "message": "hm"}})\nbegin()\nanswer("again")')
    )
    fails(generator, error, f"^{told}$")
    assert generator.generate(QUESTION).text == ("again" if goes_on else "fine")


@pytest.mark.parametrize("program", ["load()\nsys.exit()", "load()\nasked()\nsys.exit()", "load()\ntime.sleep(60)"])
def test_a_process_that_never_took_the_question_is_replaced_in_silence(
    make: Make, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    monkeypatch.setattr("notesyncd.read.process.process._BEGIN_SECONDS", 1.0)
    generator = make(in_first_life(program))
    assert generator.generate(QUESTION).text == "fine"


def test_processes_that_all_end_when_they_are_asked_are_no_pages_trouble(make: Make, tmp_path: Path) -> None:
    lives = tmp_path / "lives"
    generator = make(f"with open({str(lives)!r}, 'a') as lives: lives.write('x')\nload()\nasked()\nsys.exit()")
    fails(generator, TransientError, "the reader process ends as soon as it is asked something")
    assert lives.read_text() == "xx"


def test_a_disk_without_room_is_no_pages_trouble(make: Make, tmp_path: Path) -> None:
    generator = make("")
    (tmp_path / "work").write_bytes(b"no folder can be made here")
    with pytest.raises(TransientError, match="the page can't be handed to the reader process"):
        generator.generate(QUESTION)


# ------------------------------------------------------------------------------------------------------- while it loads


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("asked()\nsys.exit('no such library')", r"died \(exit code 1\): no such library"),
        ("sys.exit('no such library')", r"died \(exit code 1\): no such library"),
        ("asked()\nos.kill(os.getpid(), signal.SIGKILL)", r"died \(signal 9\); it may have wanted more than 1 GB"),
        ("asked()\ntell(facts=5)", "answered nonsense"),
        ("asked()\ntell(facts={**FACTS, 'packages': [5]})", "answered nonsense"),
        ("asked()\ntell(begun=True)", "answered nonsense"),
        ("asked()\nprint('loaded', flush=True)", "answered nonsense"),
        ("asked()\ntell(problem=[])", "answered nonsense"),
    ],
)
def test_a_process_that_fails_while_it_loads_is_tried_again_later(make: Make, program: str, told: str) -> None:
    generator = make(in_first_life(program))
    error = fails(generator, TransientError, f"^the model Qwen-tiny can't be loaded: the reader process {told}")
    assert isinstance(error, TransientError)
    assert error.retry_after is not None
    assert generator.process_id is None
    assert generator.generate(QUESTION).text == "fine"


@pytest.mark.parametrize(
    ("kind", "error"),
    [("memory", TransientError), ("config", ConfigError), ("failed", ConfigError), ("page", ConfigError)],
)
def test_a_model_that_cant_be_loaded_is_named(make: Make, kind: str, error: type[NotesyncdError]) -> None:
    generator = make(f'asked(); tell(problem={{"kind": "{kind}", "message": "hm"}}); asked()')
    fails(generator, error, "^the model Qwen-tiny can't be loaded: hm$")
    assert generator.process_id is None


def test_a_model_that_is_named_is_not_named_twice(make: Make) -> None:
    generator = make('asked(); tell(problem={"kind": "config", "message": "folder-of-the-model is broken"}); asked()')
    fails(generator, ConfigError, "^folder-of-the-model is broken$")


def test_words_without_end_are_cut_off(make: Make) -> None:
    generator = make('asked(); tell(problem={"kind": "config", "message": "long " * 10_000}); asked()')
    assert len(str(fails(generator, ConfigError, "long"))) < 2100


def test_an_adapter_is_named_by_its_folder_and_its_files(make: Make, tmp_path: Path) -> None:
    adapter = tmp_path / "my-hand"
    adapter.mkdir()

    def named() -> str:
        return str(make("", adapter=adapter).facts().adapter)

    (adapter / "adapters.safetensors").write_bytes(b"weights")
    first = named()
    name, digest = first.split()
    assert (name, len(digest)) == ("my-hand", 64)
    (adapter / ".DS_Store").write_bytes(b"a file manager's")
    assert named() == first
    (adapter / "adapters.safetensors").write_bytes(b"others")
    assert named() != first


def test_an_adapter_that_is_gone_is_told(make: Make, tmp_path: Path) -> None:
    fails(make("", adapter=tmp_path / "gone"), ConfigError, "the adapter .*gone can't be read")


# ------------------------------------------------------------------------------------------------------ coming and going


def test_a_process_that_has_grown_is_replaced_before_the_next_page(make: Make) -> None:
    limits = Limits(most_bytes=1 << 30, recycle_bytes=60 << 20)
    generator = make("load()\nbegin()\nanswer()\nbegin()\nheld = b'x' * (100 << 20)\nanswer()\n", limits=limits)
    pids = []
    for _ in range(4):
        generator.generate(QUESTION)
        pids.append(generator.process_id)
    assert pids[0] == pids[1] != pids[2] == pids[3]


def test_a_model_that_is_larger_than_it_is_recycled_at_is_not_loaded_for_each_page(make: Make) -> None:
    """Only what it took since its first page counts then."""
    limits = Limits(most_bytes=1 << 30, recycle_bytes=1)
    program = "held = b'x' * (50 << 20)\nload()\nbegin()\nanswer()\nbegin()\nanswer()\nbegin()\nmore = b'x' * (50 << 20)\nanswer()"
    generator = make(program, limits=limits)
    pids = []
    for _ in range(4):
        generator.generate(QUESTION)
        pids.append(generator.process_id)
    assert pids[0] == pids[1] == pids[2] != pids[3]


def test_closing_ends_those_who_wait_as_well(make: Make) -> None:
    generator = make("load()\nbegin()\nsay()\ntime.sleep(60)")
    generator.facts()
    errors: list[BaseException] = []

    def ask() -> None:
        try:
            generator.generate(QUESTION)
        except BaseException as error:  # noqa: BLE001 - looked at below
            errors.append(error)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    begun = time.monotonic()
    generator.close()
    for thread in threads:
        thread.join(10)
    assert time.monotonic() - begun < 5
    assert [type(error) for error in errors] == [TransientError] * 3
    assert generator.process_id is None
