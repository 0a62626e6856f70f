"""Loads a model's weights, all of them, and nothing that is not in its folder."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from notesyncd.read.process.runtime import LoadOrder, RuntimeProblem
from notesyncd.read.process.torch.checkpoint import Checkpoint
from notesyncd.read.process.torch.place import Place, short_name

# Modules, as regular expressions; the parts that see are small, and mlx-vlm's converter leaves them too.
_NOT_QUANTIZED = (
    r"(?:model\.)?(?:visual|vision_tower|vision_model|vision_encoder|encoder|projector|multi_modal_projector)",
    r"(?:decoder\.)?(?:lm_head|output_projection)",
)


def load_model(checkpoint: Checkpoint, order: LoadOrder, place: Place) -> Any:
    """Return a transformers model, ready to generate.

    Raises:
        RuntimeProblem: parts of it are missing, or what is asked for can't be had.
        Exception: of any kind, from the libraries.
    """
    from transformers import AutoModelForImageTextToText  # noqa: PLC0415

    model, found = AutoModelForImageTextToText.from_pretrained(
        checkpoint.folder,
        # processors compute float16 slowly, and not every operation at all
        dtype="float32" if not place.is_card and checkpoint.dtype == "float16" else place.dtype,
        quantization_config=_quantization(checkpoint, order, place),
        device_map={"": place.device},
        use_safetensors=True,  # the other kind is pickled code
        local_files_only=True,
        trust_remote_code=False,
        output_loading_info=True,
    )
    absent = sorted(set(found["missing_keys"]) | {entry[0] for entry in found["mismatched_keys"]})
    if absent:
        raise RuntimeProblem(
            "config",
            f"{checkpoint.folder} lacks {len(absent)} of its model's weights ({absent[0]} and such), which would be "
            "made up at random: fetch the model again, or another one",
        )
    if order.adapter is not None:
        _lay_over(model, order.adapter)
    return model.eval()


def quantization_of(model: Any, checkpoint: Checkpoint) -> str:
    """Return how the weights stand in memory: ``4bit``, the method of a quantized checkpoint, or ``bf16``."""
    if getattr(model, "is_loaded_in_4bit", False):
        return "4bit"
    return checkpoint.quantized_by or short_name(model.dtype)


def _quantization(checkpoint: Checkpoint, order: LoadOrder, place: Place) -> Any:
    """Return what transformers is to bring the weights to; None: as they are, which may be quantized already."""
    if order.quantization is None or checkpoint.quantized_by is not None:
        return None
    if order.quantization != "4bit":
        raise RuntimeProblem("config", f'the cuda reader knows quantization = "4bit", not "{order.quantization}"')
    import torch  # noqa: PLC0415
    from transformers import BitsAndBytesConfig  # noqa: PLC0415

    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_compute_dtype=place.dtype if place.is_card else torch.bfloat16,
        llm_int8_skip_modules=list(_NOT_QUANTIZED),
    )


def _lay_over(model: Any, adapter: Path) -> None:
    if find_spec("peft") is None:
        raise RuntimeProblem("config", f"the adapter {adapter} needs a library that is not installed: pip install peft")
    if not (adapter / "adapter_model.safetensors").is_file():
        raise RuntimeProblem(
            "config", f"{adapter} holds no adapter_model.safetensors: adapters made by mlx don't work with cuda"
        )
    # its local_files_only fails in transformers 5.24 (LoadStateDictConfig does not know it); HF_HUB_OFFLINE serves
    model.load_adapter(str(adapter))
