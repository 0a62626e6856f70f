"""What can't be loaded is told by what to do next, and nothing that a model's files say is run or fetched."""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from notesyncd.read.process.runtime import LoadOrder
from notesyncd.read.process.torch_runtime import TorchRuntime
from tests.checkpoints import make_adapter, make_checkpoint
from tests.unit.read.process.torch_child import (
    Child,
    Told,
    answer,
    edit_json,
    needs_bitsandbytes,
    needs_torch,
    new_child,
    picture,
    told,
)

pytestmark = needs_torch

Damage = Callable[[Path], object]


@pytest.fixture(scope="module")
def child() -> Iterator[Child]:
    with new_child() as made:
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_checkpoint(tmp_path / "model")


def _weights(folder: Path, change: Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]]) -> None:
    from safetensors.numpy import load_file, save_file

    save_file(change(load_file(folder / "model.safetensors")), folder / "model.safetensors", {"format": "pt"})


def _without_eyes(folder: Path) -> None:
    _weights(folder, lambda known: {name: value for name, value in known.items() if "visual" not in name})


def _without_some_weights(folder: Path) -> None:
    _weights(folder, lambda known: {name: value for name, value in known.items() if "merger.linear" not in name})


def _half_of_the_weights_file(folder: Path) -> None:
    file = folder / "model.safetensors"
    os.truncate(file, file.stat().st_size // 2)


def _pickled_weights(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def _own_code(folder: Path) -> None:
    """A model that brings Python code; it would leave a trace in its folder."""
    (folder / "modeling_own.py").write_text(
        f"open({str(folder / 'trace')!r}, 'w').close()\nclass Own: pass\n", encoding="utf-8"
    )
    edit_json(
        folder / "config.json",
        model_type="own",
        auto_map={"AutoConfig": "modeling_own.Own", "AutoModelForImageTextToText": "modeling_own.Own"},
    )


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder: (folder / "config.json").unlink(), "config.json"),
        (lambda folder: (folder / "config.json").write_text("[1]"), "config.json"),
        (lambda folder: (folder / "config.json").write_text('{"a":' * 100_000), "config.json"),
        (lambda folder: os.truncate(folder / "config.json", 17 << 20), "config.json"),
        (lambda folder: (folder / "adapter_config.json").write_text("{}"), "holds an adapter, no model"),
        (lambda folder: (folder / "model.safetensors").unlink(), "has no weights as *.safetensors"),
        (_pickled_weights, "has no weights as *.safetensors"),
        (lambda folder: edit_json(folder / "config.json", quantization={"bits": 4}), "was converted for mlx"),
        (
            lambda folder: edit_json(folder / "config.json", quantization_config={"bits": 4, "group_size": 64}),
            "was converted for mlx",
        ),
        (lambda folder: edit_json(folder / "config.json", model_type="dots_ocr"), "of the type dots_ocr (model)"),
        (lambda folder: edit_json(folder / "config.json", model_type="bert"), "of the type bert (model)"),
        (_own_code, "brings code of its own, which is never run here"),
        (_without_eyes, "no weights that see a picture"),
        (_half_of_the_weights_file, "model.safetensors"),
        (_without_some_weights, "(model.visual.merger.linear_fc1.bias and such), which would be made up at random"),
        (lambda folder: (folder / "chat_template.jinja").unlink(), "has no template of a chat"),
        (lambda folder: (folder / "tokenizer.json").unlink(), "can't be loaded"),
        (lambda folder: (folder / "preprocessor_config.json").unlink(), "can't be loaded"),
        (lambda folder: (folder / "tokenizer.json").write_text("{}"), "can't be loaded"),
    ],
)
def test_a_model_that_can_never_be_loaded_is_told(folder: Path, child: Child, damage: Damage, message: str) -> None:
    damage(folder)
    problem = child.problem(LoadOrder(folder=folder))
    assert problem.kind == "config"
    assert message in problem.message
    assert not (folder / "trace").exists()


def test_a_missing_folder_is_told(tmp_path: Path, child: Child) -> None:
    problem = child.problem(LoadOrder(folder=tmp_path / "nowhere"))
    assert (problem.kind, str(tmp_path / "nowhere") in problem.message) == ("config", True)


@pytest.mark.parametrize(
    ("library", "quantization", "remedy"),
    [
        ("torch", None, "pip install 'notesyncd[cuda]'"),
        ("accelerate", None, "pip install accelerate"),
        ("bitsandbytes", "4bit", "pip install 'notesyncd[cuda]'"),
    ],
)
def test_a_library_that_is_missing_is_named(folder: Path, library: str, quantization: str | None, remedy: str) -> None:
    with new_child() as fresh:
        problem = fresh.call(_load_without, library, LoadOrder(folder=folder, quantization=quantization))
    assert problem.kind == "config"
    assert library in problem.message
    assert remedy in problem.message


def _load_without(library: str, order: LoadOrder) -> Any:
    sys.modules[library] = None  # type: ignore[assignment]
    return told(TorchRuntime, order)


def test_another_quantization_is_refused(folder: Path, child: Child) -> None:
    problem = child.problem(LoadOrder(folder=folder, quantization="3bit"))
    assert (problem.kind, 'knows quantization = "4bit", not "3bit"' in problem.message) == ("config", True)


def test_a_card_that_is_not_there_is_told(folder: Path, child: Child) -> None:
    if child.call(_has_card):
        pytest.skip("this machine has a card")
    problem = child.problem(LoadOrder(folder=folder, device="gpu"))
    assert problem.kind == "config"
    assert 'device = "cpu"' in problem.message
    assert ("built without CUDA" if child.call(_is_without_cuda) else "sees no graphics card") in problem.message


def _has_card() -> bool:
    import torch

    return bool(torch.cuda.is_available())


def _is_without_cuda() -> bool:
    import torch

    return torch.version.cuda is None and torch.version.hip is None


# ------------------------------------------------------------------------------------------------- numbers of the weights


@pytest.mark.parametrize(("stored", "shown"), [("bfloat16", "bf16"), ("float16", "fp32"), ("float32", "fp32")])
def test_the_processor_computes_with_the_weights_own_numbers_unless_they_are_halves(
    folder: Path, child: Child, stored: str, shown: str
) -> None:
    child.call(_store_as, folder, stored)
    assert child.facts(LoadOrder(folder=folder, device="cpu")).quantization == shown
    (read,) = child.read(LoadOrder(folder=folder, device="cpu"), picture())
    assert len(read.tokens) == 8


def _store_as(folder: Path, kind: str) -> None:
    import torch
    from safetensors.torch import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    save_file(
        {name: value.to(getattr(torch, kind)) for name, value in weights.items()},
        folder / "model.safetensors",
        {"format": "pt"},
    )
    edit_json(folder / "config.json", torch_dtype=kind)


# ------------------------------------------------------------------------------------------------------------- adapters


@pytest.mark.skipif(find_spec("peft") is None, reason="needs peft")
@pytest.mark.parametrize("quantization", [None, pytest.param("4bit", marks=needs_bitsandbytes)])
def test_an_adapter_is_laid_over_the_weights(
    folder: Path, tmp_path: Path, child: Child, quantization: str | None
) -> None:
    child.call(_make_adapter, folder, tmp_path / "adapter")
    order = LoadOrder(folder=folder, quantization=quantization)
    (plain,) = child.read(order, picture())
    with_adapter = LoadOrder(folder=folder, quantization=quantization, adapter=tmp_path / "adapter")
    (changed,) = child.read(with_adapter, picture())
    assert max(abs(a - b) for a, b in zip(plain.logprobs, changed.logprobs, strict=True)) > 0.01
    assert "peft" in dict(child.facts(with_adapter).packages)


def _make_adapter(folder: Path, out: Path) -> None:
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForImageTextToText

    torch.manual_seed(0)
    config = LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj", "v_proj"], init_lora_weights=False)
    get_peft_model(AutoModelForImageTextToText.from_pretrained(folder), config).save_pretrained(out)


@pytest.mark.skipif(find_spec("peft") is None, reason="needs peft")
def test_an_adapter_made_by_mlx_is_refused(folder: Path, tmp_path: Path, child: Child) -> None:
    adapter = make_adapter(tmp_path / "adapter")
    problem = child.problem(LoadOrder(folder=folder, adapter=adapter))
    assert (problem.kind, "adapters made by mlx don't work" in problem.message) == ("config", True)


def test_an_adapter_needs_peft_and_says_so(folder: Path, tmp_path: Path) -> None:
    with new_child() as fresh:
        problem = fresh.call(_load_without, "peft", LoadOrder(folder=folder, adapter=tmp_path))
    assert (problem.kind, "pip install peft" in problem.message) == ("config", True)


# --------------------------------------------------------------------------------------------------------------- memory


def test_a_model_larger_than_the_machine_is_refused_before_it_is_loaded(folder: Path, child: Child) -> None:
    size = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") + (2 << 30)
    entry = {"dtype": "F32", "shape": [size // 4], "data_offsets": [0, size // 4 * 4]}
    head = json.dumps({"model.visual.patch_embed.proj.weight": entry}).encode()
    (folder / "model.safetensors").write_bytes(len(head).to_bytes(8, "little") + head)
    os.truncate(folder / "model.safetensors", 8 + len(head) + size // 4 * 4)  # a hole, of no size on the disk
    edit_json(folder / "config.json", model_type="own")  # whoever tried to load it would say that it knows no such type
    problem = child.problem(LoadOrder(folder=folder, device="cpu"))
    assert problem.kind == "memory"
    assert f"model does not fit: its weights take {size / (1 << 30):.1f} GiB" in problem.message
    assert f"this machine has {size / (1 << 30) - 2:.1f} GiB in all" in problem.message


def test_memory_that_runs_out_while_a_model_is_loaded_is_told(folder: Path) -> None:
    """For real: the process may have 40 MB more than torch and transformers take, the model's words take 100."""
    with new_child() as fresh:
        problem = fresh.call(_load_with_little_memory, folder, 40 << 20)
    assert problem.kind == "memory", problem
    assert "model does not fit: its weights take 0.1 GiB" in problem.message


def _load_with_little_memory(folder: Path, more: int) -> Any:
    _make_wide(folder)
    told(TorchRuntime, LoadOrder(folder=folder, device="cpu"))  # all libraries are loaded, the threads are there
    _leave(more)
    return told(TorchRuntime, LoadOrder(folder=folder, device="cpu"))


def _make_wide(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    edit_json(folder / "config.json", text_config=config["text_config"] | {"vocab_size": 400_000})
    name = "model.language_model.embed_tokens.weight"
    _weights(folder, lambda known: known | {name: np.resize(known[name], (400_000, 64))})


def test_a_picture_for_which_there_is_no_memory_is_told(folder: Path) -> None:
    """For real: the process may have 40 MB more than the loaded model takes, the picture's patches take 50."""
    with new_child() as fresh:
        small, large = fresh.call(_read_with_little_memory, LoadOrder(folder=folder, device="cpu"), 40 << 20)
    assert len(small.tokens) == 8
    assert isinstance(large, Told)
    assert large.kind == "memory", large
    assert "a picture of 2048 x 1024 pixels is too large" in large.message


def _read_with_little_memory(order: LoadOrder, more: int) -> tuple[Any, Any]:
    runtime = TorchRuntime(order)
    answer(runtime, picture())
    _leave(more)
    small = told(answer, runtime, picture())
    return small, told(answer, runtime, np.zeros((1024, 2048, 3), np.uint8))


def _leave(more: int) -> None:
    """Let the process take only so many bytes more than it has now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    limit = pages * resource.getpagesize() + more
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def test_nothing_is_written_beside_the_weights(folder: Path, child: Child) -> None:
    before = {file: file.stat().st_mtime_ns for file in folder.rglob("*")}
    child.read(LoadOrder(folder=folder), picture())
    assert {file: file.stat().st_mtime_ns for file in folder.rglob("*")} == before
