"""A named model is found on this disk, or the command that fetches it is told."""

from __future__ import annotations

import hashlib
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from notesyncd.api import ConfigError
from notesyncd.read.catalogue import catalogue
from notesyncd.read.models.digest import folder_digest
from notesyncd.read.models.places import folder_of, unfinished_of
from notesyncd.read.models.record import FileRecord, Record, write_record
from notesyncd.read.models.room import runtime_here
from notesyncd.read.models.store import fetched_models, hub_id, pull_command, remove, resolve, unready
from tests.unit.read.models.tiny_models import CONFIG, model_files, safetensors, write_files

GB = 1_000_000_000
COMMIT = "c0ffee" * 6 + "c0de"
QUANTIZED = CONFIG | {"quantization": {"bits": 4, "group_size": 64}}


def fetched(cache: Path, hub: str, files: dict[str, bytes] | None = None) -> Path:
    """A model as ``models pull`` leaves it."""
    files = files if files is not None else model_files(config=QUANTIZED)
    folder = write_files(folder_of(cache, hub), files)
    records = {
        name: FileRecord(size=len(data), sha256=hashlib.sha256(data).hexdigest()) for name, data in files.items()
    }
    write_record(folder, Record(hub=hub, revision=COMMIT, fetched=datetime.now(UTC), files=records))
    return folder


def of(model: str, runtime: str = "mlx") -> str:
    weights = catalogue()[model].weights_for(runtime)
    assert weights is not None
    return weights.hub


def option(runtime: str) -> str:
    return "" if runtime == runtime_here() else f" --runtime {runtime}"


class TestAModelOfTheCatalogue:
    def test_it_is_found_with_card_commit_and_digest(self, tmp_path: Path) -> None:
        folder = fetched(tmp_path, of("qwen3-vl-4b"))
        found = resolve("qwen3-vl-4b", runtime="mlx", cache=tmp_path)
        assert found.card == catalogue()["qwen3-vl-4b"].card
        assert (found.folder, found.revision, found.quantization) == (folder, COMMIT, "4bit")
        assert found.digest == folder_digest(folder)
        assert found.memory_bytes == 5 * GB
        assert unready("qwen3-vl-4b", runtime="mlx", cache=tmp_path) is None

    def test_its_hub_id_means_the_same(self, tmp_path: Path) -> None:
        fetched(tmp_path, of("qwen3-vl-4b"))
        by_id = resolve(of("qwen3-vl-4b"), runtime="mlx", cache=tmp_path)
        assert by_id == resolve("qwen3-vl-4b", runtime="mlx", cache=tmp_path)

    @pytest.mark.parametrize("runtime", ["mlx", "cuda"])
    def test_the_very_command_that_fetches_it_is_told(self, tmp_path: Path, runtime: str) -> None:
        reason = unready("qwen3-vl-4b", runtime=runtime, cache=tmp_path)
        command = f"notesyncd models pull qwen3-vl-4b{option(runtime)}"
        assert reason == f"the model qwen3-vl-4b is not on this disk; run: {command}"
        with pytest.raises(ConfigError, match=command):
            resolve("qwen3-vl-4b", runtime=runtime, cache=tmp_path)

    def test_what_was_fetched_for_the_other_runtime_is_no_help(self, tmp_path: Path) -> None:
        fetched(tmp_path, of("qwen3-vl-4b", "mlx"))
        assert "is not on this disk" in (unready("qwen3-vl-4b", runtime="cuda", cache=tmp_path) or "")

    def test_a_half_fetched_one_is_told_apart(self, tmp_path: Path) -> None:
        write_files(unfinished_of(tmp_path, of("qwen3-vl-4b")), {"config.json": b"{}"})
        assert "was not fetched to its end; run:" in (unready("qwen3-vl-4b", runtime="mlx", cache=tmp_path) or "")

    @pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
    def test_one_that_lost_something_is_not_used(self, tmp_path: Path, name: str) -> None:
        folder = fetched(tmp_path, of("qwen3-vl-4b"))
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(data[:-1])
        reason = unready("qwen3-vl-4b", runtime="mlx", cache=tmp_path) or ""
        assert f"{folder / name} is missing or not whole; run: notesyncd models pull qwen3-vl-4b" in reason
        (folder / name).unlink()
        assert unready("qwen3-vl-4b", runtime="mlx", cache=tmp_path) == reason

    def test_one_that_a_runtime_cannot_run_is_said(self, tmp_path: Path) -> None:
        assert "only with mlx" in (unready("dots.ocr", runtime="cuda", cache=tmp_path) or "")
        assert "let a server run it" in (unready("sarashina2.2-ocr", runtime="mlx", cache=tmp_path) or "")


class TestAuto:
    def test_the_one_that_the_memory_asks_for_is_told(self, tmp_path: Path) -> None:
        reason = unready("auto", runtime="mlx", cache=tmp_path, memory_bytes=16 * GB)
        assert reason == (
            f"the model qwen3-vl-8b is not on this disk; run: notesyncd models pull qwen3-vl-8b{option('mlx')}"
        )

    def test_the_best_of_those_that_are_here_and_fit_is_taken(self, tmp_path: Path) -> None:
        for name in ("qwen3-vl-2b", "qwen3-vl-4b", "qwen3-vl-30b-a3b"):
            fetched(tmp_path, of(name))
        found = resolve("auto", runtime="mlx", cache=tmp_path, memory_bytes=16 * GB)
        assert found.card.name == "qwen3-vl-4b"

    def test_this_machine_counts_unless_a_memory_is_given(self, tmp_path: Path) -> None:
        assert "notesyncd models pull qwen3-vl-" in (unready("auto", runtime="mlx", cache=tmp_path) or "")


class TestAnyOtherModelOfTheHub:
    def test_its_card_is_guessed_from_its_configuration(self, tmp_path: Path) -> None:
        files = model_files(config={"model_type": "dots_ocr"}, kind="F16")
        fetched(tmp_path, "someone/fine-tuned", files)
        found = resolve("someone/fine-tuned", runtime="mlx", cache=tmp_path)
        assert (found.card.name, found.card.family, found.card.parser) == ("someone/fine-tuned", "dots-ocr", "dots")
        assert found.quantization == "fp16"
        assert found.memory_bytes == len(files["model.safetensors"]) + 2 * GB

    def test_the_command_names_its_id(self, tmp_path: Path) -> None:
        reason = unready("someone/fine-tuned", runtime="mlx", cache=tmp_path) or ""
        assert reason.endswith(f"run: notesyncd models pull someone/fine-tuned{option('mlx')}")

    @pytest.mark.parametrize("name", ["../../etc", "a/../b", "a//b", "a/b/c", "a--b/c", "-a/b", "a/b c", "a/b\n"])
    def test_what_has_not_the_form_of_an_id_is_none(self, tmp_path: Path, name: str) -> None:
        assert unready(name, runtime="mlx", cache=tmp_path) is not None
        with pytest.raises(ConfigError):
            hub_id(name, "mlx")


class TestAFolder:
    def test_it_is_used_as_it_is(self, tmp_path: Path) -> None:
        folder = write_files(tmp_path / "my model", model_files(config={"model_type": "qwen2_5_vl"}))
        found = resolve(str(folder), runtime="cuda", cache=tmp_path / "cache")
        assert (found.card.name, found.card.family) == ("my model", "qwen2.5-vl")
        assert (found.folder, found.revision, found.quantization) == (folder, None, "bf16")
        assert found.digest == folder_digest(folder)

    def test_home_may_be_abbreviated(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HOME", str(tmp_path))
        write_files(tmp_path / "models" / "mine", model_files())
        assert resolve("~/models/mine", runtime="mlx", cache=tmp_path / "cache").card.name == "mine"

    def test_whether_it_can_be_used_is_said_without_reading_its_weights(self, tmp_path: Path) -> None:
        """A gigabyte of a sparse file: hashing it takes a second and more."""
        files = model_files()
        head = safetensors({"visual.w": 64})
        grown = head.replace(b"[0, 64]", b"[0, 1073741824]")
        grown = (len(grown) - 8 - 64).to_bytes(8, "little") + grown[8:-64]
        folder = write_files(tmp_path / "large", files | {"model.safetensors": grown})
        with (folder / "model.safetensors").open("r+b") as file:
            file.truncate(len(grown) + 1073741824)
        begin = time.perf_counter()
        assert unready(str(folder), runtime="mlx", cache=tmp_path / "cache") is None
        assert time.perf_counter() - begin < 0.2
        assert not (tmp_path / "cache").exists()

    @pytest.mark.parametrize(
        ("name", "message"),
        [("/nowhere/at/all", "there is no folder"), ("./here", "no full path"), ("~nobody-here/model", "home folder")],
    )
    def test_what_is_wrong_with_it_is_said(self, tmp_path: Path, name: str, message: str) -> None:
        assert message in (unready(name, runtime="mlx", cache=tmp_path) or "")

    def test_program_code_in_it_is_refused_where_it_would_be_run(self, tmp_path: Path) -> None:
        folder = write_files(tmp_path / "mine", model_files() | {"tokenization_mine.py": b"print('run me')"})
        reason = unready(str(folder), runtime="mlx", cache=tmp_path / "cache")
        assert (
            reason
            == f"{folder}/tokenization_mine.py is program code, which is never run: take it away to use this model with mlx"
        )
        assert unready(str(folder), runtime="cuda", cache=tmp_path / "cache") is None

    def test_a_text_model_is_refused(self, tmp_path: Path) -> None:
        files = model_files() | {"model.safetensors": safetensors({"lm_head.weight": 64})}
        folder = write_files(tmp_path / "text", files)
        assert "no weights that see a picture" in (unready(str(folder), runtime="mlx", cache=tmp_path) or "")


def test_a_misspelt_name_is_answered_with_a_close_one(tmp_path: Path) -> None:
    reason = unready("qwen3vl-8b", runtime="mlx", cache=tmp_path) or ""
    assert "did you mean 'qwen3-vl-8b'?" in reason
    assert "`notesyncd models list` shows all" in reason


def test_a_damaged_record_is_as_good_as_none(tmp_path: Path) -> None:
    folder = fetched(tmp_path, of("qwen3-vl-4b"))
    (folder / "notesyncd-model.json").write_text('{"hub": 1}')
    assert "is not on this disk" in (unready("qwen3-vl-4b", runtime="mlx", cache=tmp_path) or "")
    assert list(fetched_models(tmp_path)) == []


def test_fetched_models_are_listed_and_removed(tmp_path: Path) -> None:
    first, second = fetched(tmp_path, "a/b"), fetched(tmp_path, "c/d")
    (tmp_path / "models" / "seconds.json").write_text("{}")
    assert [each.folder for each in fetched_models(tmp_path)] == [first, second]
    freed = remove("a/b", tmp_path)
    assert freed is not None
    assert freed > 4096
    assert [each.record.hub for each in fetched_models(tmp_path)] == ["c/d"]
    assert remove("a/b", tmp_path) is None
    assert list(fetched_models(tmp_path / "nowhere")) == []


def test_the_runtime_is_named_where_it_is_not_the_usual_one() -> None:
    other = "cuda" if runtime_here() == "mlx" else "mlx"
    assert pull_command("x/y", runtime_here()) == "notesyncd models pull x/y"
    assert pull_command("x/y", other) == f"notesyncd models pull x/y --runtime {other}"
