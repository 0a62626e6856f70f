"""Which reader is taken, and what is said where none can be."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from notesyncd.api import ConfigError, Reader, ReaderContext, ReaderSpec
from notesyncd.hooks.plugins import Plugins
from notesyncd.read.choose import best_suited, better_possible, ranked
from notesyncd.read.choose import choose as choose_with
from notesyncd.read.rapidocr import RapidOcrReader


def spec(name: str, *, rank: int | None, reason: str | None = None, unsuited: str | None = None) -> ReaderSpec:
    def never(_context: ReaderContext) -> Reader:
        raise AssertionError("choosing opens nothing")

    return ReaderSpec(name=name, open=never, unready=lambda _: reason, unsuited=lambda _: unsuited, auto_rank=rank)


def choose(known: dict[str, ReaderSpec], wanted: str) -> ReaderSpec:
    return choose_with(known, wanted, lambda _: ReaderContext(cache=Path("nowhere")))


def better(known: dict[str, ReaderSpec], chosen: str) -> tuple[str, str] | None:
    return better_possible(known, chosen, lambda _: ReaderContext(cache=Path("nowhere")))


def readers(*specs: ReaderSpec) -> dict[str, ReaderSpec]:
    return {one.name: one for one in specs}


def test_auto_is_the_ready_one_with_the_lowest_rank() -> None:
    known = readers(spec("slow", rank=100), spec("best", rank=10, reason="no model"), spec("good", rank=50))

    assert choose(known, "auto").name == "good"


def test_auto_never_takes_one_without_a_rank() -> None:
    with pytest.raises(ConfigError, match=r"never chosen by itself: remote \(name one to use it\)"):
        choose(readers(spec("remote", rank=None)), "auto")


def test_auto_names_each_reason_where_none_is_ready() -> None:
    known = readers(spec("a", rank=1, reason="no model: pull it"), spec("b", rank=2, reason="no program: install it"))

    with pytest.raises(ConfigError, match="a: no model: pull it; b: no program: install it"):
        choose(known, "auto")


def test_a_named_reader_is_taken_whatever_its_rank() -> None:
    assert choose(readers(spec("a", rank=1), spec("b", rank=None)), "b").name == "b"


def test_a_named_reader_that_is_not_ready_is_no_reason_to_take_another() -> None:
    with pytest.raises(ConfigError, match="'b' can't be used: no program"):
        choose(readers(spec("a", rank=1), spec("b", rank=2, reason="no program")), "b")


def test_a_misspelt_name_is_met_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"did you mean 'rapidocr'\?.*auto, rapidocr, tesseract"):
        choose(readers(spec("rapidocr", rank=1), spec("tesseract", rank=None)), "rapidorc")


def test_a_name_like_none_is_met_with_all() -> None:
    with pytest.raises(ConfigError, match=r"'gpt'\. There are: auto, rapidocr"):
        choose(readers(spec("rapidocr", rank=1)), "gpt")


def test_the_built_in_readers_come_through_the_hook() -> None:
    plugins = Plugins(["notesyncd.read.plugin"], external=())

    assert plugins.failures == []
    assert ranked(plugins.readers) == ["mlx", "cuda", "http", "vision", "rapidocr"]
    assert set(plugins.readers) == {*ranked(plugins.readers), "tesseract"}


@pytest.mark.skipif(sys.platform == "darwin", reason="there it is Apple's recogniser")
def test_without_models_and_servers_auto_means_the_embedded_reader(tmp_path: Path) -> None:
    plugins = Plugins(["notesyncd.read.plugin"], external=())

    chosen = choose_with(plugins.readers, "auto", lambda _: ReaderContext(cache=tmp_path))

    assert chosen.open is RapidOcrReader


def test_auto_passes_over_what_does_not_suit_the_machine() -> None:
    known = readers(spec("slow_here", rank=1, unsuited="there is no GPU"), spec("small", rank=9))

    assert choose(known, "auto").name == "small"
    assert choose(known, "slow_here").name == "slow_here"


def test_a_better_reader_is_one_that_suits_the_machine_and_lacks_something() -> None:
    known = readers(
        spec("elsewhere", rank=1, reason="no package", unsuited="no Apple Silicon"),
        spec("lacking", rank=2, reason="no model on disk"),
        spec("small", rank=9),
        spec("worse", rank=10, reason="not installed"),
    )

    assert better(known, "small") == ("lacking", "no model on disk")
    assert better(known, "lacking") is None


def test_the_best_for_a_machine_is_named_whether_it_is_ready_or_not() -> None:
    def best(*specs: ReaderSpec) -> str | None:
        return best_suited(readers(*specs), lambda _: ReaderContext(cache=Path("nowhere")))

    slow = spec("slow", rank=1, unsuited="there is no card")
    assert best(spec("embedded", rank=100), slow, spec("good", rank=50, reason="no model")) == "good"
    assert best(slow, spec("named only", rank=None)) is None
