"""The cuda reader's runtime, with torch on the processor and tiny random checkpoints of both Qwen families."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from notesyncd.read.generation import Decoding
from notesyncd.read.process.runtime import LoadOrder
from notesyncd.read.process.torch_runtime import TorchRuntime
from tests.checkpoints import Family, make_checkpoint
from tests.unit.read.process.torch_child import (
    Answered,
    Child,
    answer,
    edit_json,
    needs_bitsandbytes,
    needs_torch,
    new_child,
    picture,
)

pytestmark = needs_torch

SIZES: dict[Family, tuple[int, int]] = {"qwen3_vl": (320, 128), "qwen2_5_vl": (308, 140)}
LONG = Decoding(max_tokens=32)
PENALTY = Decoding(max_tokens=12, repetition_penalty=3.0)


@pytest.fixture(scope="module")
def child() -> Iterator[Child]:
    with new_child() as made:
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_checkpoint(tmp_path / "model")


def _bare(folder: Path, shown: np.ndarray, prompt: str, number: int) -> tuple[list[int], Any]:
    """Greedy tokens and raw logits of plain transformers, with inputs made by hand, none of our code in between."""
    import torch
    from transformers import AutoImageProcessor, AutoModelForImageTextToText, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    pictures = AutoImageProcessor.from_pretrained(folder, backend="pil")(images=[shown], return_tensors="pt")
    pads = int(pictures["image_grid_thw"].prod()) // 4
    text = (
        f"<|im_start|>user\n<|vision_start|>{'<|image_pad|>' * pads}<|vision_end|>{prompt}<|im_end|>\n"
        "<|im_start|>assistant\n"
    )
    ids = tokenizer(text, return_tensors="pt")["input_ids"]
    model = AutoModelForImageTextToText.from_pretrained(folder)
    kinds = (ids == model.config.image_token_id).long()
    made = model.generate(
        input_ids=ids,
        mm_token_type_ids=kinds,
        **pictures,
        do_sample=False,
        max_new_tokens=number,
        output_logits=True,
        return_dict_in_generate=True,
    )
    logprobs = torch.stack([torch.log_softmax(step[0].double(), -1) for step in made.logits])
    return made.sequences[0, ids.shape[1] :].tolist(), logprobs.numpy()


@pytest.mark.parametrize("family", SIZES)
def test_tokens_and_evidence_are_those_of_plain_transformers(tmp_path: Path, child: Child, family: Family) -> None:
    folder = make_checkpoint(tmp_path / family, family=family)
    shown = picture(size=SIZES[family])
    (ours,) = child.read(LoadOrder(folder=folder), shown, decoding=LONG)
    ids, logprobs = child.call(_bare, folder, shown, "Transcribe.", 32)
    assert ours.ids == ids
    assert ours.ended == "length"
    for token, row in zip(ours.tokens, logprobs, strict=True):
        assert token.logprob == pytest.approx(row[token.id], abs=1e-5)
        assert token.entropy == pytest.approx(-(np.exp(row) * row).sum(), abs=1e-4)
        others = sorted(np.delete(row, token.id), reverse=True)[:3]
        assert [other.logprob for other in token.alternatives] == pytest.approx(others, abs=1e-5)


@pytest.mark.parametrize("family", SIZES)
def test_two_pictures_give_different_log_probabilities(tmp_path: Path, child: Child, family: Family) -> None:
    folder = make_checkpoint(tmp_path / family, family=family)
    size = SIZES[family]
    first, second = child.read(LoadOrder(folder=folder), picture("milk and bread", size), picture("7 o'clock", size))
    assert max(abs(a - b) for a, b in zip(first.logprobs, second.logprobs, strict=True)) > 0.01


@pytest.mark.parametrize("quantization", [None, pytest.param("4bit", marks=needs_bitsandbytes)])
def test_runs_in_two_processes_give_the_same_to_the_last_bit(
    folder: Path, child: Child, quantization: str | None
) -> None:
    order = LoadOrder(folder=folder, quantization=quantization)
    (first,) = child.read(order, picture(), decoding=PENALTY)
    with new_child() as other:
        (second,) = other.read(order, picture(), decoding=PENALTY)
    assert first == second


def test_torch_is_told_to_compute_the_same_way_each_time(folder: Path) -> None:
    with new_child() as fresh:
        before, after = fresh.call(_ways_to_compute, LoadOrder(folder=folder))
    assert before != after
    assert after == {"deterministic": True, "tf32": (False, False), "timed": False, "workspace": ":4096:8"}


def _ways_to_compute(order: LoadOrder) -> list[dict[str, Any]]:
    import os

    import torch

    def ways() -> dict[str, Any]:
        return {
            "deterministic": torch.are_deterministic_algorithms_enabled(),
            "tf32": (torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32),
            "timed": torch.backends.cudnn.benchmark,
            "workspace": os.environ.get("CUBLAS_WORKSPACE_CONFIG"),
        }

    before = ways()
    TorchRuntime(order)
    return [before, ways()]


@needs_bitsandbytes
def test_weights_are_brought_to_4_bits(folder: Path, child: Child) -> None:
    order = LoadOrder(folder=folder, quantization="4bit")
    (rounded,) = child.read(order, picture())
    (exact,) = child.read(LoadOrder(folder=folder), picture())
    assert len(rounded.tokens) == len(exact.tokens) == 8
    assert rounded.logprobs != exact.logprobs
    assert rounded.logprobs == pytest.approx(exact.logprobs, abs=1.0)
    facts = child.facts(order)
    assert facts.quantization == "4bit"
    assert dict(facts.packages)["bitsandbytes"] == version("bitsandbytes")
    kinds = child.call(_kinds_of_layers, order)
    assert kinds["visual"] == {"Linear"}
    assert "Linear4bit" in kinds["language_model"]


def _kinds_of_layers(order: LoadOrder) -> dict[str, set[str]]:
    model = TorchRuntime(order)._model.model
    return {
        part: {type(module).__name__ for module in getattr(model, part).modules() if "Linear" in type(module).__name__}
        for part in ("visual", "language_model")
    }


def test_whoever_reads_may_stop_at_any_token_and_ask_again(folder: Path, child: Child) -> None:
    stopped, again = child.call(_stop_and_ask_again, LoadOrder(folder=folder))
    (whole,) = child.read(LoadOrder(folder=folder), picture(), decoding=LONG)
    assert stopped == whole.ids[:3]
    assert again == whole


def _stop_and_ask_again(order: LoadOrder) -> tuple[list[int | None], Answered]:
    runtime = TorchRuntime(order)
    tokens = runtime.tokens(picture(), "Transcribe.", LONG)
    stopped = [next(tokens).id for _ in range(3)]
    tokens.close()
    return stopped, answer(runtime, picture(), decoding=LONG)


def test_tokens_come_one_by_one(folder: Path, child: Child) -> None:
    assert child.call(_steps_taken, LoadOrder(folder=folder)) == [1, 2, 3]


def _steps_taken(order: LoadOrder) -> list[int]:
    """How often the model had computed when each of three tokens was there."""
    runtime, computed, seen = TorchRuntime(order), 0, []

    def count(*_: Any) -> None:
        nonlocal computed
        computed += 1

    runtime._model.register_forward_hook(count)
    tokens = runtime.tokens(picture(), "Transcribe.", LONG)
    for _ in range(3):
        next(tokens)
        seen.append(computed)
    return seen


def test_a_penalty_changes_tokens_and_leaves_the_evidence_raw(folder: Path, child: Child) -> None:
    (plain,) = child.read(LoadOrder(folder=folder), picture())
    (penalised,) = child.read(LoadOrder(folder=folder), picture(), decoding=PENALTY)
    assert len(set(plain.ids)) == 1
    assert len(set(penalised.ids)) == PENALTY.max_tokens
    assert penalised.tokens[0] == plain.tokens[0]
    # both chose the same first token, so the second distribution is the same: only the choice from it differs
    second, unpenalised = penalised.tokens[1], plain.tokens[1]
    assert second.entropy == unpenalised.entropy
    assert second.alternatives[0].logprob == unpenalised.logprob
    assert second.margin is not None
    assert second.margin < 0


def test_only_so_many_tokens_back_are_penalised(folder: Path, child: Child) -> None:
    order = LoadOrder(folder=folder)
    one = Decoding(max_tokens=8, repetition_penalty=3.0, repetition_context=1)
    (answered,) = child.read(order, picture(), decoding=one)
    assert all(a != b for a, b in zip(answered.ids, answered.ids[1:], strict=False))
    assert len(set(answered.ids)) < len(answered.ids)


def test_an_answer_ends_where_the_model_ends_it(folder: Path, child: Child) -> None:
    (whole,) = child.read(LoadOrder(folder=folder), picture(), decoding=PENALTY)
    edit_json(folder / "generation_config.json", eos_token_id=[461, whole.ids[4]])
    (ended,) = child.read(LoadOrder(folder=folder), picture(), decoding=PENALTY)
    assert ended.tokens == whole.tokens[:4]
    assert (ended.ended, whole.ended) == ("stop", "length")


def test_special_tokens_are_left_out(folder: Path, child: Child) -> None:
    (whole,) = child.read(LoadOrder(folder=folder), picture(), decoding=PENALTY)
    hidden = next(token for token in whole.tokens if token.data.isascii())
    added = {"id": hidden.id, "content": hidden.data.decode(), "special": True}
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    _add_tokens(folder, added | flags)
    (rest,) = child.read(LoadOrder(folder=folder), picture(), decoding=PENALTY)
    assert rest.ids == [number for number in whole.ids if number != hidden.id]


def _add_tokens(folder: Path, *added: dict[str, Any]) -> None:
    file = folder / "tokenizer.json"
    known = json.loads(file.read_text(encoding="utf-8"))
    known["added_tokens"] = sorted([*known["added_tokens"], *added], key=lambda token: token["id"])
    file.write_text(json.dumps(known), encoding="utf-8")


def test_what_a_checkpoint_says_of_decoding_is_not_followed(folder: Path, child: Child) -> None:
    (before,) = child.read(LoadOrder(folder=folder), picture(), decoding=LONG)
    edit_json(
        folder / "generation_config.json",
        do_sample=True,
        temperature=5.0,
        top_k=50,
        num_beams=3,
        repetition_penalty=2.0,
        max_new_tokens=3,
    )
    (after,) = child.read(LoadOrder(folder=folder), picture(), decoding=LONG)
    assert after == before


def test_a_model_that_thinks_is_told_not_to(folder: Path, child: Child) -> None:
    order = LoadOrder(folder=folder, thinks=True)
    (before,) = child.read(order, picture())
    template = folder / "chat_template.jinja"
    quiet = "{% if enable_thinking is defined and enable_thinking is false %}<think></think>{% endif %}"
    template.write_text(template.read_text(encoding="utf-8") + quiet, encoding="utf-8")
    (after,) = child.read(order, picture())
    assert after.prompt_tokens == before.prompt_tokens + 2


def test_the_model_sees_the_very_pixels(folder: Path, child: Child) -> None:
    """Not even where its own processor would enlarge or shrink them: each square of 32 pixels is one token."""
    before, larger = child.read(LoadOrder(folder=folder), picture(), picture(size=(320, 256)))
    assert larger.prompt_tokens - before.prompt_tokens == (320 // 32) * (256 // 32) - (320 // 32) * (128 // 32)
    for size in ({"shortest_edge": 1 << 20, "longest_edge": 1 << 22}, {"shortest_edge": 1024, "longest_edge": 4096}):
        edit_json(folder / "preprocessor_config.json", size=size)
        (after,) = child.read(LoadOrder(folder=folder), picture())
        assert after == before


def test_a_picture_that_would_have_to_be_resized_is_refused(folder: Path, child: Child) -> None:
    told = child.problem(LoadOrder(folder=folder), picture(size=(330, 128)))
    assert told.kind == "config"
    assert "multiples of 32 pixels, not 330 x 128" in told.message


def test_a_picture_larger_than_agreed_on_is_refused(folder: Path, child: Child) -> None:
    told = child.problem(LoadOrder(folder=folder, max_pixels=320 * 128 - 1), picture())
    assert (told.kind, "40959 pixels" in told.message) == ("page", True)
    (read,) = child.read(LoadOrder(folder=folder, max_pixels=320 * 128), picture())
    assert len(read.tokens) == 8


def test_a_picture_that_the_model_cannot_bear_is_refused_before_it_is_computed(folder: Path, child: Child) -> None:
    (whole,) = child.read(LoadOrder(folder=folder), picture())
    taken = whole.prompt_tokens
    _bear(folder, taken)
    told = child.problem(LoadOrder(folder=folder), picture())
    assert told.kind == "page"
    assert f"{taken} tokens, the model bears {taken}: lower max_pixels" in told.message
    _bear(folder, taken + 5)
    (read,) = child.read(LoadOrder(folder=folder), picture())
    assert (read.tokens, read.ended) == (whole.tokens[:5], "length")


def _bear(folder: Path, tokens: int) -> None:
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    edit_json(folder / "config.json", text_config=config["text_config"] | {"max_position_embeddings": tokens})


def test_an_id_beyond_the_tokenizer_is_a_failed_page(folder: Path, child: Child) -> None:
    """Real vocabularies are padded, and damaged weights choose from the padding."""
    (whole,) = child.read(LoadOrder(folder=folder), picture())
    told = child.call(_with_padded_vocabulary, LoadOrder(folder=folder), whole.ids[0])
    assert (told.kind, f"the tokenizer has no token {whole.ids[0]}" in told.message) == ("failed", True)


def _with_padded_vocabulary(order: LoadOrder, missing: int) -> Any:
    from tests.unit.read.process.torch_child import told

    runtime = TorchRuntime(order)
    tokenizer = runtime._inputs.tokenizer
    known = tokenizer.convert_ids_to_tokens
    tokenizer.convert_ids_to_tokens = lambda number: None if number == missing else known(number)
    return told(answer, runtime, picture())


def test_figures_that_are_no_numbers_are_a_failed_page(folder: Path, child: Child) -> None:
    from safetensors.numpy import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    weights["model.language_model.norm.weight"][:] = np.nan
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    told = child.problem(LoadOrder(folder=folder), picture())
    assert (told.kind, "overflowed" in told.message) == ("failed", True)


def test_facts_name_all_that_changes_the_figures(folder: Path, child: Child) -> None:
    facts = child.facts(LoadOrder(folder=folder, device="cpu"))
    assert (facts.engine, facts.version) == ("transformers", version("transformers"))
    assert facts.quantization == "fp32"
    assert facts.device.startswith("cpu (")
    assert facts.device.endswith(("thread)", "threads)"))
    assert dict(facts.packages) == {name: version(name) for name in ("torch", "transformers", "tokenizers")}


@needs_bitsandbytes
def test_nothing_is_fetched(folder: Path) -> None:
    with new_child() as fresh:
        read, reached, offline = fresh.call(_read_without_network, LoadOrder(folder=folder, quantization="4bit"))
    assert len(read.tokens) == 8
    assert reached == []
    assert offline


def _read_without_network(order: LoadOrder) -> tuple[Answered, list[Any], bool]:
    reached: list[Any] = []

    def connect(_socket: socket.socket, address: Any) -> None:
        reached.append(address)
        raise OSError("no network here")

    def look_up(*args: Any, **_: Any) -> None:
        reached.append(args)
        raise OSError("no network here")

    socket.socket.connect = connect  # type: ignore[method-assign,assignment]
    socket.getaddrinfo = look_up  # type: ignore[assignment]
    read = answer(TorchRuntime(order), picture())
    from huggingface_hub.constants import HF_HUB_OFFLINE

    return read, reached, HF_HUB_OFFLINE
