"""Other families than Qwen-VL go through the same code: tiny random models of each, as transformers builds them.

Their layout is transformers' own, their tokenizer and chat template are ours; none is a published checkpoint.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from notesyncd.read.process.runtime import LoadOrder
from notesyncd.read.process.torch_runtime import TorchRuntime
from tests.unit.read.process.torch_child import PROMPT, Child, needs_torch, new_child, picture

pytestmark = needs_torch

COMMON = ("<eos>", "<|im_start|>", "<|im_end|>")
TEMPLATE = """\
{%- for message in messages %}{{ '<|im_start|>' + message.role + '\\n' }}
{%- for part in message.content %}
{%- if part.type == 'image' %}{{ 'PICTURE' }}{%- else %}{{ part.text }}{%- endif %}
{%- endfor %}{{ '<|im_end|>\\n' }}{%- endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{%- endif %}"""
TEXT = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "max_position_embeddings": 4096,
}
EYES = {"hidden_size": 64, "intermediate_size": 128}
ROPE = {"rope_type": "default", "rope_theta": 10_000.0, "mrope_section": [2, 3, 3], "partial_rotary_factor": 1.0}
COLOURS = {"image_mean": [0.5] * 3, "image_std": [0.5] * 3}


class Family:
    """What a family's checkpoint looks like.

    Attributes:
        ids: which key of its configuration names which of its tokens.
        shown: what stands for a picture in a chat.
        size: of a picture that its processor has nothing to do with.
        tokens: that such a picture takes.
    """

    def __init__(
        self,
        *,
        text: dict[str, Any],
        eyes: dict[str, Any],
        ids: dict[str, str],
        processor: dict[str, Any],
        shown: str | None,
        size: tuple[int, int],
        tokens: int,
        extra: dict[str, str] | None = None,
    ) -> None:
        self.text, self.eyes, self.ids, self.processor = text, eyes, ids, processor
        self.shown, self.size, self.tokens, self.extra = shown, size, tokens, extra or {}


FAMILIES = {
    "glm_ocr": Family(
        text=TEXT | {"rope_parameters": ROPE},
        eyes=EYES | {"depth": 2, "num_heads": 4, "out_hidden_size": 64, "patch_size": 14},
        ids={
            "image_token_id": "<|image|>",
            "video_token_id": "<|video|>",
            "image_start_token_id": "<|begin_of_image|>",
            "image_end_token_id": "<|end_of_image|>",
            "video_start_token_id": "<|begin_of_video|>",
            "video_end_token_id": "<|end_of_video|>",
        },
        processor={
            "processor_class": "Glm46VProcessor",
            "image_processor_type": "Glm46VImageProcessor",
            "patch_size": 14,
            "merge_size": 2,
            "size": {"shortest_edge": 12_544, "longest_edge": 9_633_792},
        },
        shown="<|begin_of_image|><|image|><|end_of_image|>",
        size=(280, 140),
        tokens=50,
    ),
    "paddleocr_vl": Family(
        text=TEXT | {"rope_parameters": ROPE},
        eyes=EYES | {"num_hidden_layers": 2, "num_attention_heads": 4, "image_size": 56, "patch_size": 14},
        ids={
            "image_token_id": "<|IMAGE_PLACEHOLDER|>",
            "video_token_id": "<|video|>",
            "vision_start_token_id": "<|IMAGE_START|>",
            "vision_end_token_id": "<|IMAGE_END|>",
        },
        processor={
            "processor_class": "PaddleOCRVLProcessor",
            "image_processor_type": "PaddleOCRVLImageProcessor",
            "patch_size": 14,
            "merge_size": 2,
            "temporal_patch_size": 1,
            "min_pixels": 147_384,
            "max_pixels": 2_822_400,
        },
        shown="<|IMAGE_START|><|IMAGE_PLACEHOLDER|><|IMAGE_END|>",
        extra={"image_token": "<|IMAGE_PLACEHOLDER|>"},
        size=(280, 140),
        tokens=50,
    ),
    "qwen3_5": Family(
        text=TEXT
        | {
            "layer_types": ["linear_attention", "full_attention"],
            "linear_num_value_heads": 4,
            "linear_num_key_heads": 2,
            "linear_key_head_dim": 16,
            "linear_value_head_dim": 16,
            "rope_parameters": ROPE | {"mrope_interleaved": True},
        },
        eyes=EYES
        | {"depth": 2, "num_heads": 4, "out_hidden_size": 64, "patch_size": 16, "num_position_embeddings": 64},
        ids={
            "image_token_id": "<|image_pad|>",
            "video_token_id": "<|video_pad|>",
            "vision_start_token_id": "<|vision_start|>",
            "vision_end_token_id": "<|vision_end|>",
        },
        processor={
            "processor_class": "Qwen3VLProcessor",
            "image_processor_type": "Qwen2VLImageProcessor",
            "patch_size": 16,
            "merge_size": 2,
            "size": {"shortest_edge": 65_536, "longest_edge": 16_777_216},
        },
        shown="<|vision_start|><|image_pad|><|vision_end|>",
        size=(320, 128),
        tokens=40,
    ),
    "hunyuan_vl": Family(
        text=TEXT | {"rope_parameters": ROPE | {"mrope_section": [2, 2, 2, 2]}},
        eyes=EYES
        | {
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "out_hidden_size": 64,
            "text_hidden_size": 64,
            "max_image_size": 512,
        },
        ids={
            "image_token_id": "<image>",
            "image_start_token_id": "<is>",
            "image_end_token_id": "<ie>",
            "im_start_id": "<is>",
            "im_end_id": "<ie>",
            "im_newline_id": "<nl>",
        },
        processor={
            "processor_class": "HunYuanVLProcessor",
            "image_processor_type": "HunYuanVLImageProcessor",
            "patch_size": 16,
            "merge_size": 2,
            "min_pixels": 262_144,
            "max_pixels": 4_194_304,
        },
        shown="<is><image><ie>",
        extra={"image_token": "<image>", "image_start_token": "<is>", "image_end_token": "<ie>"},
        size=(320, 128),
        tokens=4 * (10 + 1) + 2,  # each row of tokens has one more, and the whole picture two
    ),
    # It scales every picture to 1024 x 1024, and its processor has a prompt of its own
    "got_ocr2": Family(
        text={key: value for key, value in TEXT.items() if key != "head_dim"} | {"model_type": "qwen2"},
        eyes={
            "hidden_size": 64,
            "output_channels": 32,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "mlp_dim": 128,
            "global_attn_indexes": [1],
            "window_size": 4,
        },
        ids={"image_token_index": "<imgpad>", "unused": "<img>", "unused_too": "</img>"},
        processor={
            "processor_class": "GotOcr2Processor",
            "image_processor_type": "GotOcr2ImageProcessor",
            "size": {"height": 1024, "width": 1024},
        },
        shown=None,
        size=(333, 123),
        tokens=256,
    ),
}


@pytest.fixture(scope="module")
def child() -> Iterator[Child]:
    with new_child() as made:
        yield made


def _make(out: Path, name: str) -> None:
    import torch
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import AutoModelForImageTextToText
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    family = FAMILIES[name]
    out.mkdir()
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    tokenizer.train_from_iterator(["Transcribe the page"], trainer)
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in (*COMMON, *family.ids.values())])
    tokenizer.save(str(out / "tokenizer.json"))
    ids = {key: tokenizer.token_to_id(token) for key, token in family.ids.items() if "unused" not in key}
    end = tokenizer.token_to_id("<eos>")
    text = family.text | {"vocab_size": tokenizer.get_vocab_size(), "eos_token_id": end, "pad_token_id": end}
    torch.manual_seed(0)
    model = AutoModelForImageTextToText.from_config(
        CONFIG_MAPPING[name](text_config=text, vision_config=family.eyes, **ids)
    )
    for weight in model.parameters():
        if weight.dim() > 1:
            torch.nn.init.normal_(weight, std=weight[0].numel() ** -0.5)
    model.save_pretrained(out)
    special = {"eos_token": "<eos>", "pad_token": "<eos>", "extra_special_tokens": family.extra}
    written = {"tokenizer_class": "PreTrainedTokenizerFast"} | special
    (out / "tokenizer_config.json").write_text(json.dumps(written), encoding="utf-8")
    (out / "preprocessor_config.json").write_text(json.dumps(family.processor | COLOURS), encoding="utf-8")
    if family.shown is not None:
        (out / "chat_template.jinja").write_text(TEMPLATE.replace("PICTURE", family.shown), encoding="utf-8")


def _bare(order: LoadOrder, shown: np.ndarray, number: int) -> tuple[list[int], int]:
    """Plain tokens of ``generate`` on the same inputs, and how many of these stand for the picture."""
    runtime = TorchRuntime(order)
    inputs, model = runtime._inputs.of(shown, PROMPT), runtime._model
    made = model.generate(**inputs, do_sample=False, max_new_tokens=number)
    pictures = int((inputs["input_ids"] == model.config.image_token_id).sum())
    tokens = [int(token) for token in made[0, inputs["input_ids"].shape[1] :]]
    assert len(tokens) == number
    special = runtime._inputs.tokenizer.added_tokens_decoder
    return [token for token in tokens if token not in special], pictures


@pytest.mark.parametrize("name", FAMILIES)
def test_a_model_of_the_family_reads_pictures(tmp_path: Path, child: Child, name: str) -> None:
    child.call(_make, tmp_path / name, name)
    order, size = LoadOrder(folder=tmp_path / name), FAMILIES[name].size
    first, second = child.read(order, picture("milk and bread", size), picture("7 o'clock", size))
    bare, pictures = child.call(_bare, order, picture("milk and bread", size), 8)
    assert first.ids == bare
    assert pictures == FAMILIES[name].tokens
    assert max(abs(a - b) for a, b in zip(first.logprobs, second.logprobs, strict=False)) > 0.001
