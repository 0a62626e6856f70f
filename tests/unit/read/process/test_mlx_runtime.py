"""The mlx reader's runtime, on the processor, with tiny random checkpoints of both Qwen families."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from notesyncd.read.generation import Decoding
from notesyncd.read.process.mlx_runtime import MlxRuntime
from notesyncd.read.process.runtime import LoadOrder, RuntimeFacts
from tests.checkpoints import Family, make_adapter, make_checkpoint
from tests.unit.read.process.torch_child import Answered, Child, Told, answer, edit_json, new_child, picture, told

pytestmark = pytest.mark.skipif(find_spec("mlx_vlm") is None, reason="needs the mlx extra")

SIZES: dict[Family, tuple[int, int]] = {"qwen3_vl": (320, 128), "qwen2_5_vl": (308, 140)}
SHORT = Decoding(max_tokens=8)
PENALTY = Decoding(max_tokens=8, repetition_penalty=3.0)


@pytest.fixture(scope="module")
def child() -> Iterator[Child]:
    with new_child() as made:
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_checkpoint(tmp_path / "model")


def read(child: Child, order: LoadOrder, *pictures: np.ndarray, decoding: Decoding = SHORT) -> list[Answered]:
    return child.read(order, *pictures, decoding=decoding, runtime=MlxRuntime)


def problem(child: Child, order: LoadOrder, shown: np.ndarray | None = None) -> Told:
    answered = child.call(told, _load_and_read, order, picture() if shown is None else shown)
    assert isinstance(answered, Told), answered
    return answered


def facts(child: Child, order: LoadOrder) -> RuntimeFacts:
    told_of = child.call(_facts, order)
    assert isinstance(told_of, RuntimeFacts)
    return told_of


def _load_and_read(order: LoadOrder, shown: np.ndarray) -> Answered:
    return answer(MlxRuntime(order), shown, decoding=SHORT)


def _facts(order: LoadOrder) -> RuntimeFacts:
    return MlxRuntime(order).facts()


def _bare(folder: Path, shown: np.ndarray, number: int, penalty: float | None = None) -> tuple[list[int], Any]:
    """Tokens and raw log-probabilities of plain mlx-vlm, with none of our code in between."""
    import mlx.core as mx
    from mlx_vlm import load, stream_generate
    from mlx_vlm.prompt_utils import apply_chat_template

    model, processor = load(str(folder))
    raw = []

    def keep(_tokens: Any, logits: Any) -> Any:
        raw.append(np.array(logits.astype(mx.float32))[0].astype(np.float64))
        return logits

    prompt = apply_chat_template(processor, model.config, "Transcribe.", num_images=1)
    others = {} if penalty is None else {"repetition_penalty": penalty, "repetition_context_size": 256}
    made = stream_generate(
        model,
        processor,
        prompt,
        [Image.fromarray(shown)],
        max_tokens=number,
        temperature=0.0,
        logits_processors=[keep],
        **others,
    )
    tokens = [item.token for item in made if item.finish_reason is None]
    rows = np.stack(raw[: len(tokens)])
    return tokens, rows - np.logaddexp.reduce(rows, axis=-1, keepdims=True)


def _convert(folder: Path, to: Path, options: dict[str, Any]) -> None:
    from mlx_vlm.convert import convert

    convert(str(folder), str(to), **options)


@pytest.mark.parametrize("family", SIZES)
def test_tokens_and_evidence_are_those_of_plain_mlx_vlm(tmp_path: Path, child: Child, family: Family) -> None:
    folder = make_checkpoint(tmp_path / family, family=family)
    shown = picture(size=SIZES[family])
    (ours,) = read(child, LoadOrder(folder=folder), shown, decoding=Decoding(max_tokens=32))
    numbers, logprobs = child.call(_bare, folder, shown, 32)
    assert ours.ids == numbers
    assert len(numbers) == 32
    assert ours.ended == "length"
    for token, row in zip(ours.tokens, logprobs, strict=True):
        assert token.logprob == pytest.approx(row[token.id], abs=1e-5)
        assert token.entropy == pytest.approx(-(np.exp(row) * row).sum(), abs=1e-4)
        others = sorted(np.delete(row, token.id), reverse=True)[:3]
        assert [other.logprob for other in token.alternatives] == pytest.approx(others, abs=1e-5)


def test_figures_are_fine_though_the_weights_have_16_bits(tmp_path: Path, folder: Path, child: Child) -> None:
    """mlx-vlm's own log-probabilities are as coarse as the weights: hundredths of a nat off."""
    child.call(_convert, folder, tmp_path / "bf16", {"dtype": "bfloat16"})
    order = LoadOrder(folder=tmp_path / "bf16")
    assert facts(child, order).quantization == "bf16"
    (ours,) = read(child, order, picture())
    numbers, logprobs = child.call(_bare, tmp_path / "bf16", picture(), 8)
    assert ours.ids == numbers
    assert ours.logprobs == pytest.approx(
        [row[number] for row, number in zip(logprobs, numbers, strict=True)], abs=1e-5
    )
    assert ours.tokens[0].entropy == pytest.approx(-(np.exp(logprobs[0]) * logprobs[0]).sum(), abs=1e-4)


def test_penalties_change_the_tokens_but_not_the_figures(folder: Path, child: Child) -> None:
    (ours,) = read(child, LoadOrder(folder=folder), picture(), decoding=PENALTY)
    numbers, logprobs = child.call(_bare, folder, picture(), 8)
    assert ours.ids[0] == numbers[0]
    assert ours.ids[1] != numbers[1]  # after the same beginning
    assert ours.logprobs[1] == pytest.approx(logprobs[1][ours.ids[1]], abs=1e-5)
    assert ours.tokens[1].alternatives[0].logprob == pytest.approx(logprobs[1].max(), abs=1e-5)
    assert ours.tokens[1].margin is not None
    assert ours.tokens[1].margin < 0
    assert len(set(ours.ids)) == 8


def test_only_the_latest_tokens_are_penalised(folder: Path, child: Child) -> None:
    of_one = Decoding(max_tokens=8, repetition_penalty=3.0, repetition_context=1)
    (ours,) = read(child, LoadOrder(folder=folder), picture(), decoding=of_one)
    assert ours.ids[0] != ours.ids[1]
    assert len(set(ours.ids)) < 8  # they come again as soon as they are forgotten


@pytest.mark.parametrize("family", SIZES)
def test_two_pictures_give_different_log_probabilities(tmp_path: Path, child: Child, family: Family) -> None:
    order = LoadOrder(folder=make_checkpoint(tmp_path / family, family=family))
    first, second = read(child, order, picture("milk", SIZES[family]), picture("7 o'clock", SIZES[family]))
    assert max(abs(a - b) for a, b in zip(first.logprobs, second.logprobs, strict=True)) > 0.01


def test_runs_in_two_processes_give_the_same_to_the_last_bit(folder: Path, child: Child) -> None:
    """The checkpoint asks for sampling, as published ones do."""
    (first,) = read(child, LoadOrder(folder=folder), picture(), decoding=PENALTY)
    with new_child() as other:
        (second,) = read(other, LoadOrder(folder=folder), picture(), decoding=PENALTY)
    assert first == second


def test_facts_name_what_runs(folder: Path, child: Child) -> None:
    told_of = facts(child, LoadOrder(folder=folder, device="cpu"))
    assert (told_of.engine, told_of.version) == ("mlx-vlm", version("mlx-vlm"))
    assert told_of.device.startswith("cpu (")
    assert told_of.quantization == "fp32"
    assert dict(told_of.packages)["mlx"] == version("mlx")


@pytest.mark.parametrize("family", SIZES)
def test_weights_brought_to_4_bits_while_loading_read_as_converted_ones(
    tmp_path: Path, child: Child, family: Family
) -> None:
    folder = make_checkpoint(tmp_path / family, family=family)
    child.call(_convert, folder, tmp_path / "4bit", {"quantize": True, "q_bits": 4})
    shown = picture(size=SIZES[family])
    (plain,) = read(child, LoadOrder(folder=folder), shown)
    (converted,) = read(child, LoadOrder(folder=tmp_path / "4bit"), shown)
    (loading,) = read(child, LoadOrder(folder=folder, quantization="4bit"), shown)
    assert converted == loading
    assert max(abs(a - b) for a, b in zip(plain.logprobs, loading.logprobs, strict=True)) > 0.01
    assert facts(child, LoadOrder(folder=tmp_path / "4bit")).quantization == "4bit"
    assert facts(child, LoadOrder(folder=folder, quantization="4bit")).quantization == "4bit"
    assert facts(child, LoadOrder(folder=tmp_path / "4bit", quantization="4bit")).quantization == "4bit"


@pytest.mark.parametrize("quantization", [None, "4bit"])
def test_an_adapter_changes_the_answer(tmp_path: Path, folder: Path, child: Child, quantization: str | None) -> None:
    adapter = make_adapter(tmp_path / "hand")
    (plain,) = read(child, LoadOrder(folder=folder, quantization=quantization), picture())
    (adapted,) = read(child, LoadOrder(folder=folder, quantization=quantization, adapter=adapter), picture())
    (again,) = read(child, LoadOrder(folder=folder, quantization=quantization, adapter=adapter), picture())
    assert max(abs(a - b) for a, b in zip(plain.logprobs, adapted.logprobs, strict=True)) > 0.01
    assert adapted == again


def test_an_adapter_that_does_not_fit_is_refused(tmp_path: Path, folder: Path, child: Child) -> None:
    empty = problem(child, LoadOrder(folder=folder, adapter=tmp_path))
    assert (empty.kind, "is no adapter for mlx" in empty.message) == ("config", True)
    adapter = make_adapter(tmp_path / "hand")
    settings = json.loads((adapter / "adapter_config.json").read_text())
    settings["lora_parameters"]["keys"] = ["language_model.model.layers.7.self_attn.q_proj"]
    edit_json(adapter / "adapter_config.json", lora_parameters=settings["lora_parameters"])
    other = problem(child, LoadOrder(folder=folder, adapter=adapter))
    assert (other.kind, "does not fit this model" in other.message) == ("config", True)


def test_an_answer_ends_where_the_checkpoint_says(folder: Path, child: Child) -> None:
    (before,) = read(child, LoadOrder(folder=folder), picture(), decoding=PENALTY)
    edit_json(folder / "generation_config.json", eos_token_id=[before.ids[3]])
    (after,) = read(child, LoadOrder(folder=folder), picture(), decoding=PENALTY)
    assert after.tokens == before.tokens[:3]
    assert (before.ended, after.ended) == ("length", "stop")
    edit_json(folder / "generation_config.json", eos_token_id=[before.ids[0]])
    (nothing,) = read(child, LoadOrder(folder=folder), picture(), decoding=PENALTY)
    assert (nothing.tokens, nothing.ended, nothing.prompt_tokens) == ([], "stop", before.prompt_tokens)


def _stopped(order: LoadOrder) -> tuple[Answered, Answered]:
    runtime = MlxRuntime(order)
    first = answer(runtime, picture(), decoding=SHORT)
    stopped = runtime.tokens(picture(), "Transcribe.", SHORT)
    next(stopped)
    next(stopped)
    stopped.close()
    runtime.rest()
    return first, answer(runtime, picture(), decoding=SHORT)


def test_an_answer_may_be_stopped_in_the_middle(folder: Path, child: Child) -> None:
    first, again = child.call(_stopped, LoadOrder(folder=folder))
    assert first == again


@pytest.mark.parametrize("family", SIZES)
def test_the_processor_does_not_resize_a_picture(tmp_path: Path, child: Child, family: Family) -> None:
    """Whatever bounds the checkpoint sets: the caller has fitted the picture, and the record names its very pixels."""
    folder = make_checkpoint(tmp_path / family, family=family)
    unit = 32 if family == "qwen3_vl" else 28
    for bounds in ({"shortest_edge": unit**2, "longest_edge": 4 * unit**2}, {"shortest_edge": 4096 * unit**2}):
        size = {"shortest_edge": unit**2, "longest_edge": 8192 * unit**2} | bounds
        edit_json(folder / "preprocessor_config.json", size=size)
        small, large = (picture(size=(across * unit, down * unit)) for across, down in ((2, 3), (7, 10)))
        one, other = read(child, LoadOrder(folder=folder), small, large)
        assert other.prompt_tokens - one.prompt_tokens == 7 * 10 - 2 * 3


def test_a_picture_beyond_what_was_agreed_on_is_that_pages_trouble(folder: Path, child: Child) -> None:
    found = problem(child, LoadOrder(folder=folder, max_pixels=320 * 128 - 1))
    assert found.kind == "page"
    assert "320 x 128" in found.message


def _without_room(order: LoadOrder) -> tuple[Answered, Told, Answered]:
    """Read as if other programs had taken nearly all memory since the model was loaded."""
    import resource

    runtime = MlxRuntime(order)
    before = answer(runtime, picture(), decoding=SHORT)
    usual = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + (50 << 20), usual[1]))
    try:
        found = told(answer, runtime, picture(size=(2048, 2048)))
    finally:
        resource.setrlimit(resource.RLIMIT_AS, usual)
    return before, found, answer(runtime, picture(), decoding=SHORT)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux's limits")
def test_a_page_without_room_is_told_as_such_and_the_next_is_read(folder: Path, child: Child) -> None:
    """The processor calls a want of memory a wrong value; the page would be given up for good."""
    before, found, after = child.call(_without_room, LoadOrder(folder=folder, max_pixels=2048 * 2048))
    assert isinstance(found, Told)
    assert found.kind == "memory"
    assert "2048 x 2048 pixels is too large for what memory is left" in found.message
    assert before == after


def test_a_model_that_thinks_is_told_not_to(folder: Path, child: Child) -> None:
    (plain,) = read(child, LoadOrder(folder=folder), picture())
    template = folder / "chat_template.jinja"
    switch = "{%- if add_generation_prompt and enable_thinking is defined and not enable_thinking %}{{- '<think>\\n\\n</think>' }}{%- endif %}"
    template.write_text(template.read_text(encoding="utf-8") + switch, encoding="utf-8")
    (quiet,) = read(child, LoadOrder(folder=folder, thinks=True), picture())
    assert quiet.prompt_tokens > plain.prompt_tokens


# ------------------------------------------------------------------------------------------------- broken checkpoints


def _without_rotary_base(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    del config["text_config"]["rope_theta"]
    (folder / "config.json").write_text(json.dumps(config))


def _changed_weights(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    from safetensors.numpy import load_file, save_file

    weights = dict(load_file(folder / "model.safetensors"))
    change(weights)
    save_file(weights, folder / "model.safetensors", {"format": "pt"})


def _without_vision(folder: Path) -> None:
    def change(weights: dict[str, Any]) -> None:
        for name in [name for name in weights if "visual" in name]:
            del weights[name]

    _changed_weights(folder, change)


def _without_a_layer(folder: Path) -> None:
    def change(weights: dict[str, Any]) -> None:
        for name in [name for name in weights if "layers.1.mlp" in name]:
            del weights[name]

    _changed_weights(folder, change)


def _without_a_shard(folder: Path) -> None:
    """Two files were to be there; one is."""
    from safetensors import safe_open

    first, second = "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"
    (folder / "model.safetensors").rename(folder / first)
    with safe_open(folder / first, "numpy") as weights:
        names = list(weights.keys())
    where = dict.fromkeys(names, first) | {"model.language_model.norm.weight": second}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": where}))


def _of_another_shape(folder: Path) -> None:
    def change(weights: dict[str, Any]) -> None:
        name = "model.language_model.layers.0.mlp.up_proj.weight"
        weights[name] = weights[name][:, :32]

    _changed_weights(folder, change)


def _cut_off(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])


def _of_unknown_type(folder: Path) -> None:
    edit_json(folder / "config.json", model_type="qwen9_vl")


def _nonsense(folder: Path) -> None:
    (folder / "config.json").write_text("{nonsense", encoding="utf-8")


def _without_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()


def _gone(folder: Path) -> None:
    folder.rename(folder.with_name("elsewhere"))


@pytest.mark.parametrize(
    ("spoil", "told_of"),
    [
        (_without_rotary_base, "can't be loaded by mlx-vlm"),
        (_without_vision, "holds no weights that see a picture"),
        (_without_a_layer, "can't be loaded by mlx-vlm"),
        (_without_a_shard, "model-00002-of-00002.safetensors"),
        (_of_another_shape, "can't be loaded by mlx-vlm"),
        (_cut_off, "model.safetensors"),
        (_of_unknown_type, "knows no model of this type"),
        (_nonsense, "config.json"),
        (_without_tokenizer, "can't be loaded by mlx-vlm"),
        (_gone, "there is no folder"),
    ],
)
def test_a_broken_checkpoint_is_told_and_the_process_goes_on(
    folder: Path, child: Child, spoil: Callable[[Path], None], told_of: str
) -> None:
    spoil(folder)
    found = problem(child, LoadOrder(folder=folder))
    assert found.kind == "config"
    assert told_of in found.message
    assert "model" in found.message
    assert len(found.message) < 700


def test_code_that_comes_with_a_model_is_never_run(tmp_path: Path, folder: Path, child: Child) -> None:
    mark = tmp_path / "it ran"
    (folder / "model.py").write_text(f"open({str(mark)!r}, 'w')\nfrom mlx_vlm.models.qwen3_vl import *\n", "utf-8")
    edit_json(folder / "config.json", model_file="model.py")
    found = problem(child, LoadOrder(folder=folder))
    assert (found.kind, "brings code of its own" in found.message) == ("config", True)
    edit_json(folder / "config.json", model_file=None)
    edit_json(folder / "tokenizer_config.json", auto_map={"AutoTokenizer": ["model.Qwen3VLModel", None]})
    edit_json(folder / "preprocessor_config.json", auto_map={"AutoProcessor": "model.Qwen3VLProcessor"})
    assert isinstance(child.call(told, _load_and_read, LoadOrder(folder=folder), picture()), Answered | Told)
    assert not mark.exists()


def test_a_quantization_or_device_that_mlx_lacks_is_refused(folder: Path, child: Child) -> None:
    found = problem(child, LoadOrder(folder=folder, quantization="8bit"))
    assert (found.kind, '"8bit"' in found.message) == ("config", True)
    found = problem(child, LoadOrder(folder=folder, device="gpu"))
    assert (found.kind, "no GPU" in found.message) == ("config", True)


def _padded(folder: Path) -> None:
    """Add tokens that the tokenizer lacks, as published vocabularies have, and make them the likeliest."""

    def change(weights: dict[str, Any]) -> None:
        table = weights["model.language_model.embed_tokens.weight"]
        more = 50 * np.random.default_rng(1).standard_normal((10, table.shape[1]), dtype=np.float32)
        weights["model.language_model.embed_tokens.weight"] = np.concatenate([table, more])

    _changed_weights(folder, change)
    config = json.loads((folder / "config.json").read_text())
    config["text_config"]["vocab_size"] += 10
    (folder / "config.json").write_text(json.dumps(config))


def test_a_token_that_the_tokenizer_lacks_is_a_failed_page(folder: Path, child: Child) -> None:
    _padded(folder)
    assert problem(child, LoadOrder(folder=folder)).kind == "failed"


def test_figures_that_are_no_numbers_are_a_failed_page(folder: Path, child: Child) -> None:
    def change(weights: dict[str, Any]) -> None:
        weights["model.language_model.norm.weight"] = np.full(64, math.nan, np.float32)

    _changed_weights(folder, change)
    found = problem(child, LoadOrder(folder=folder))
    assert (found.kind, "overflowed" in found.message) == ("failed", True)


def test_a_model_that_is_too_large_is_told_with_what_helps(folder: Path) -> None:
    from notesyncd.read.models.contents import contents_of
    from notesyncd.read.process.mlx.loading import _check_room
    from notesyncd.read.process.mlx.place import Place
    from notesyncd.read.process.runtime import RuntimeProblem

    contents = contents_of(folder)
    with pytest.raises(RuntimeProblem, match='with quantization = "4bit" they take') as caught:
        _check_room(contents, Place(shown="gpu", memory_bytes=contents.weights_bytes // 2), quantizes=False)
    assert caught.value.kind == "memory"
    with pytest.raises(RuntimeProblem, match="choose a smaller model"):
        _check_room(contents, Place(shown="gpu", memory_bytes=1000), quantizes=True)
