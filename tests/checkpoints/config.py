"""The JSON files of a checkpoint, laid out as the published ones of each family."""

from __future__ import annotations

from typing import Any

from tests.checkpoints.size import MERGE, PATCH, POSITION_GRID, TEMPORAL, Family, Size
from tests.checkpoints.tokenizer import SPECIAL

Json = dict[str, Any]

CHAT_TEMPLATE = """\
{%- for message in messages %}
    {{- '<|im_start|>' + message.role + '\\n' }}
    {%- if message.content is string %}
        {{- message.content }}
    {%- else %}
        {%- for part in message.content %}
            {%- if part.type == 'image' or 'image' in part or 'image_url' in part %}
                {{- '<|vision_start|><|image_pad|><|vision_end|>' }}
            {%- elif 'text' in part %}
                {{- part.text }}
            {%- endif %}
        {%- endfor %}
    {%- endif %}
    {{- '<|im_end|>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
{%- endif %}
"""

_ARCHITECTURES = {"qwen3_vl": "Qwen3VLForConditionalGeneration", "qwen2_5_vl": "Qwen2_5_VLForConditionalGeneration"}
_PROCESSORS = {"qwen3_vl": "Qwen3VLProcessor", "qwen2_5_vl": "Qwen2_5_VLProcessor"}
_VIDEO_PROCESSORS = {"qwen3_vl": "Qwen3VLVideoProcessor", "qwen2_5_vl": "Qwen2VLVideoProcessor"}


def json_files(family: Family, size: Size, ids: dict[str, int], vocabulary: int) -> dict[str, Json]:
    """Return each JSON file by name.

    Args:
        ids: of the tokens, by text.
        vocabulary: number of tokens. It is exactly the tokenizer's: random weights do choose ids of a padded
            vocabulary, which no tokenizer can decode.
    """
    side = PATCH[family] * MERGE
    processor = {
        "processor_class": _PROCESSORS[family],
        "patch_size": PATCH[family],
        "temporal_patch_size": TEMPORAL,
        "merge_size": MERGE,
        "size": {"shortest_edge": side**2, "longest_edge": 4096 * side**2},
        "image_mean": [0.5] * 3,
        "image_std": [0.5] * 3,
    }
    return {
        "config.json": _model(family, size, ids, vocabulary),
        "generation_config.json": {
            "bos_token_id": ids["<|endoftext|>"],
            "eos_token_id": [ids["<|im_end|>"], ids["<|endoftext|>"]],
            "pad_token_id": ids["<|endoftext|>"],
            # as published ones do: whoever leaves sampling to the checkpoint gets another answer each time
            "do_sample": True,
            "temperature": 0.7,
            "top_k": 20,
            "top_p": 0.8,
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "eos_token": "<|im_end|>",
            "pad_token": "<|endoftext|>",
            "additional_special_tokens": list(SPECIAL[1:]),
            "clean_up_tokenization_spaces": False,
            "model_max_length": 32768,
        },
        "preprocessor_config.json": {"image_processor_type": "Qwen2VLImageProcessor", **processor},
        "video_preprocessor_config.json": {"video_processor_type": _VIDEO_PROCESSORS[family], **processor},
    }


def _model(family: Family, size: Size, ids: dict[str, int], vocabulary: int) -> Json:
    common = {
        "architectures": [_ARCHITECTURES[family]],
        "model_type": family,
        "image_token_id": ids["<|image_pad|>"],
        "video_token_id": ids["<|video_pad|>"],
        "vision_start_token_id": ids["<|vision_start|>"],
        "vision_end_token_id": ids["<|vision_end|>"],
        "tie_word_embeddings": True,
        "torch_dtype": "float32",
        "vision_config": _vision(family, size),
    }
    text = _text(family, size, ids, vocabulary)
    # Qwen2.5-VL keeps the settings of its language model at the top level
    return {**common, "text_config": text} if family == "qwen3_vl" else {**text, **common}


def _text(family: Family, size: Size, ids: dict[str, int], vocabulary: int) -> Json:
    text: Json = {
        "vocab_size": vocabulary,
        "hidden_size": size.hidden,
        "intermediate_size": size.intermediate,
        "num_hidden_layers": size.layers,
        "num_attention_heads": size.heads,
        "num_key_value_heads": size.kv_heads,
        "max_position_embeddings": 32768,
        "rms_norm_eps": 1e-6,
        "hidden_act": "silu",
        "tie_word_embeddings": True,
        "bos_token_id": ids["<|endoftext|>"],
        "eos_token_id": ids["<|im_end|>"],
    }
    sections = list(size.rotary_sections)
    if family == "qwen3_vl":
        rotary = {"rope_type": "default", "mrope_interleaved": True, "mrope_section": sections}
        return text | {
            "model_type": "qwen3_vl_text",
            "head_dim": size.head_dim,
            "attention_bias": False,
            "rope_theta": 5_000_000,
            "rope_scaling": rotary,
        }
    return text | {"rope_theta": 1_000_000.0, "rope_scaling": {"type": "mrope", "mrope_section": sections}}


def _vision(family: Family, size: Size) -> Json:
    vision: Json = {
        "model_type": family,
        "depth": size.vision_depth,
        "hidden_size": size.vision_hidden,
        "intermediate_size": size.vision_intermediate,
        "num_heads": size.vision_heads,
        "out_hidden_size": size.hidden,
        "patch_size": PATCH[family],
        "spatial_merge_size": MERGE,
        "temporal_patch_size": TEMPORAL,
    }
    if family == "qwen3_vl":
        return vision | {
            "in_channels": 3,
            "hidden_act": "gelu_pytorch_tanh",
            "num_position_embeddings": POSITION_GRID**2,
            "deepstack_visual_indexes": [0],
        }
    return vision | {
        "in_chans": 3,
        "hidden_act": "silu",
        "window_size": 112,
        "fullatt_block_indexes": [size.vision_depth - 1],
        "tokens_per_second": 2,
    }
