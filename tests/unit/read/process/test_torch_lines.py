"""Models that read one line, as TrOCR does: an encoder for the picture, a decoder for the text, no prompt."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from notesyncd.read.generation import Decoding
from notesyncd.read.process.runtime import LoadOrder
from tests.unit.read.process.torch_child import Child, edit_json, needs_torch, new_child, picture

pytestmark = needs_torch

LINE = (333, 41)
LONG = Decoding(max_tokens=200)
CONTEXT = 64


@pytest.fixture(scope="module")
def child() -> Iterator[Child]:
    with new_child() as made:
        yield made


@pytest.fixture
def folder(tmp_path: Path, child: Child) -> Path:
    out = tmp_path / "trocr"
    child.call(_make_trocr, out)
    return out


def _make_trocr(out: Path) -> None:
    """A random TrOCR in the layout of the published ones: ViT, decoder, RoBERTa's vocabulary in two files."""
    import torch
    from tokenizers import ByteLevelBPETokenizer
    from transformers import TrOCRConfig, VisionEncoderDecoderConfig, VisionEncoderDecoderModel, ViTConfig

    out.mkdir()
    tokenizer = ByteLevelBPETokenizer()
    tokenizer.train_from_iterator(
        ["call Anna on Monday", "buy milk and bread"], 300, special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    )
    tokenizer.save_model(str(out))
    torch.manual_seed(5)
    eyes = ViTConfig(
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=128,
        image_size=64,
        patch_size=16,
        initializer_range=0.2,
    )
    text = TrOCRConfig(
        vocab_size=tokenizer.get_vocab_size(),
        d_model=64,
        cross_attention_hidden_size=64,
        decoder_layers=2,
        decoder_attention_heads=4,
        decoder_ffn_dim=128,
        max_position_embeddings=CONTEXT,
        init_std=0.2,
        tie_word_embeddings=False,
        pad_token_id=1,
        bos_token_id=0,
        eos_token_id=2,
    )
    config = VisionEncoderDecoderConfig.from_encoder_decoder_configs(eyes, text, tie_word_embeddings=False)
    model = VisionEncoderDecoderModel(config=config)
    with torch.no_grad():  # large weights: else one token is repeated for ever
        for name, weight in model.decoder.named_parameters():
            if weight.dim() > 1 and "output_projection" not in name:
                weight.mul_(4)
    model.save_pretrained(out)
    written = {
        "tokenizer_config.json": {"tokenizer_class": "RobertaTokenizer"},
        "preprocessor_config.json": {
            "feature_extractor_type": "ViTFeatureExtractor",
            "image_mean": [0.5] * 3,
            "image_std": [0.5] * 3,
            "size": 64,
        },
        "generation_config.json": {
            "decoder_start_token_id": 2,
            "bos_token_id": 0,
            "pad_token_id": 1,
            "eos_token_id": 2,
            "num_beams": 4,
            "max_length": 16,
        },
    }
    for name, value in written.items():
        (out / name).write_text(json.dumps(value), encoding="utf-8")


def _bare(folder: Path, shown: np.ndarray, number: int) -> list[int]:
    from transformers import AutoImageProcessor, VisionEncoderDecoderModel

    pixels = AutoImageProcessor.from_pretrained(folder, backend="pil")(images=[shown], return_tensors="pt")
    model = VisionEncoderDecoderModel.from_pretrained(folder)
    made = model.generate(pixels["pixel_values"], do_sample=False, num_beams=1, max_length=None, max_new_tokens=number)
    return [int(token) for token in made[0, 1:]]


def test_a_line_is_read_as_plain_transformers_reads_it(folder: Path, child: Child) -> None:
    (ours,) = child.read(LoadOrder(folder=folder), picture(size=LINE), prompt="", decoding=Decoding(max_tokens=20))
    bare = child.call(_bare, folder, picture(size=LINE), 20)
    assert len(bare) == 20
    assert len(set(bare)) > 3
    assert ours.ids == [number for number in bare if number > 4]  # the first five are special
    assert (ours.ended, ours.prompt_tokens) == ("length", 1)


def test_the_picture_matters_and_the_prompt_does_not(folder: Path, child: Child) -> None:
    order = LoadOrder(folder=folder)
    first, second = child.read(order, picture("milk", LINE), picture("bread", (200, 60)), prompt="")
    (prompted,) = child.read(order, picture("milk", LINE), prompt="Transcribe.")
    assert max(abs(a - b) for a, b in zip(first.logprobs, second.logprobs, strict=False)) > 0.01
    assert prompted == first


def test_an_answer_is_cut_where_the_decoder_has_no_more_places(folder: Path, child: Child) -> None:
    """Its places are learned: one beyond the last would be an index error."""
    (read,) = child.read(LoadOrder(folder=folder), picture(size=LINE), prompt="", decoding=LONG)
    assert read.ended == "length"
    assert CONTEXT // 2 < len(read.tokens) < CONTEXT


def test_a_line_ends_where_the_model_ends_it(folder: Path, child: Child) -> None:
    (whole,) = child.read(LoadOrder(folder=folder), picture(size=LINE), prompt="", decoding=Decoding(max_tokens=20))
    end = max(set(whole.ids), key=whole.ids.index)
    edit_json(folder / "generation_config.json", eos_token_id=[2, end])
    (ended,) = child.read(LoadOrder(folder=folder), picture(size=LINE), prompt="", decoding=LONG)
    assert ended.ended == "stop"
    assert len(ended.ids) > 3
    assert ended.ids == whole.ids[: whole.ids.index(end)]
