"""A model's folder is looked at without loading it: is it whole, does it see pictures, how was it quantized."""

import json
from pathlib import Path

import pytest

from notesyncd.read.models.contents import UnusableModel, contents_of
from tests.unit.read.models.tiny_models import CONFIG, READS, SEES, model_files, safetensors, shards, write_files


def test_a_whole_model_is_described(tmp_path: Path) -> None:
    contents = contents_of(write_files(tmp_path / "model", model_files(4096)))
    assert contents.model_type == "qwen3_vl"
    assert contents.quantization == "bf16"
    assert contents.weights_bytes == (tmp_path / "model" / "model.safetensors").stat().st_size


@pytest.mark.parametrize(
    ("config", "quantization"),
    [
        ({"quantization": {"group_size": 64, "bits": 4, "mode": "affine"}}, "4bit"),
        ({"quantization": {"group_size": 64, "bits": 8}, "quantization_config": {"bits": 8}}, "8bit"),
        ({"quantization": {"group_size": 32, "bits": 4, "mode": "mxfp4"}}, "mxfp4"),
        ({"quantization_config": {"quant_method": "bitsandbytes", "load_in_4bit": True}}, "4bit"),
        ({"quantization_config": {"quant_method": "bitsandbytes", "load_in_8bit": True}}, "8bit"),
        ({"quantization_config": {"quant_method": "awq", "bits": 4}}, "4bit"),
        ({"quantization_config": {"quant_method": "fp8"}}, "fp8"),
        ({"quantization_config": {"quant_method": "a line\nof its own"}}, "bf16"),
        ({"quantization": True}, "bf16"),
    ],
)
def test_the_quantization_is_named(tmp_path: Path, config: dict, quantization: str) -> None:
    folder = write_files(tmp_path / "model", model_files(config=CONFIG | config))
    assert contents_of(folder).quantization == quantization


@pytest.mark.parametrize(("kind", "quantization"), [("F16", "fp16"), ("F32", "fp32"), ("U8", None)])
def test_unquantized_weights_are_named_by_their_type(tmp_path: Path, kind: str, quantization: str | None) -> None:
    assert contents_of(write_files(tmp_path / "model", model_files(kind=kind))).quantization == quantization


def test_a_model_in_pieces_is_whole_with_all_of_them(tmp_path: Path) -> None:
    folder = shards(tmp_path / "model")
    assert contents_of(folder).weights_bytes > 128
    (folder / "two.safetensors").unlink()
    with pytest.raises(UnusableModel, match=r"not whole: two\.safetensors is missing"):
        contents_of(folder)


@pytest.mark.parametrize(
    "name",
    [
        "model.visual.blocks.0.attn.qkv.weight",  # Qwen, GLM-OCR
        "vision_tower.patch_embed.proj.weight",  # conversions for mlx, dots.ocr
        "model.sam_model.blocks.0.attn.qkv.weight",  # DeepSeek-OCR
        "vit.layers.0.mlp.weight",  # HunyuanOCR
        "model.vision_tower_high.blocks.0.weight",  # GOT-OCR
        "visual.vision_model.encoder.layers.0.weight",  # PaddleOCR-VL
    ],
)
def test_weights_that_see_are_known_by_their_names(tmp_path: Path, name: str) -> None:
    files = model_files() | {"model.safetensors": safetensors({name: 64, READS: 64})}
    contents_of(write_files(tmp_path / "model", files))


@pytest.mark.parametrize(
    "name", [READS, "lm_head.weight", "language_model.model.embed_tokens.weight", "encoder.layer.0"]
)
def test_a_model_without_weights_that_see_is_refused(tmp_path: Path, name: str) -> None:
    files = model_files() | {"model.safetensors": safetensors({name: 64})}
    with pytest.raises(UnusableModel, match="no weights that see a picture"):
        contents_of(write_files(tmp_path / "model", files))


def test_the_encoder_of_a_line_reader_sees(tmp_path: Path) -> None:
    files = model_files(config={"model_type": "vision-encoder-decoder"})
    files["model.safetensors"] = safetensors({"encoder.encoder.layer.0.attention.weight": 64}, kind="F32")
    assert contents_of(write_files(tmp_path / "model", files)).quantization == "fp32"


def test_an_adapter_beside_the_weights_is_none_of_them(tmp_path: Path) -> None:
    folder = write_files(tmp_path / "model", model_files() | {"adapters.safetensors": b"anything"})
    before = contents_of(folder).weights_bytes
    assert before == (folder / "model.safetensors").stat().st_size


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"config.json": None}, "config.json is missing"),
        ({"config.json": b"{"}, "config.json is damaged"),
        ({"config.json": b"[" * 100_000}, "config.json is damaged"),
        ({"config.json": b"[]"}, "config.json is damaged"),
        ({"model.safetensors": None}, "has no weights as"),
        ({"model.safetensors": None, "pytorch_model.bin": b"pickle"}, "has no weights as"),
        ({"model.safetensors": safetensors({SEES: 64})[:-1]}, "where its head says"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, changed: dict[str, bytes | None], message: str) -> None:
    files = {name: data for name, data in (model_files() | changed).items() if data is not None}
    with pytest.raises(UnusableModel, match=message):
        contents_of(write_files(tmp_path / "model", files))


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UnusableModel, match="there is no folder"):
        contents_of(tmp_path / "nothing")


def test_an_index_of_another_form_is_passed_over(tmp_path: Path) -> None:
    files = model_files() | {"model.safetensors.index.json": json.dumps({"weight_map": ["a"]}).encode()}
    contents_of(write_files(tmp_path / "model", files))
