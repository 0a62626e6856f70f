"""Turns a picture and a prompt into what a model takes, by the model's own processor in mlx-vlm."""

from __future__ import annotations

from typing import Any

from PIL import Image

from notesyncd.api import Pixels
from notesyncd.read.process.mlx.problems import is_memory
from notesyncd.read.process.runtime import RuntimeProblem

_FRAMES = 2
"""Some processors count a picture as the frames of a film that it stands for (GLM-OCR) when they compare its size."""


class Inputs:
    """Makes the inputs of one model."""

    def __init__(self, model: Any, processor: Any, *, max_pixels: int) -> None:
        """Tell the processor to leave pictures of up to ``max_pixels`` as they are.

        Where it bounds the pixels of a picture at all: those of some models cut it into tiles of fixed sizes instead.
        """
        self._config = model.config
        self._processor = processor
        pictures: Any = getattr(processor, "image_processor", None)
        if isinstance(getattr(pictures, "max_pixels", None), int):
            pictures.min_pixels, pictures.max_pixels = 1, _FRAMES * max_pixels

    def of(self, pixels: Pixels, prompt: str) -> dict[str, Any]:
        """Return the arguments of ``stream_generate`` that say what is asked.

        Raises:
            RuntimeProblem: the processor refuses the picture.
        """
        from mlx_vlm.prompt_utils import apply_chat_template  # noqa: PLC0415
        from mlx_vlm.utils import prepare_inputs, should_add_special_tokens  # noqa: PLC0415

        config = self._config
        # told not to think aloud; templates that know no such switch pass over it
        asked = apply_chat_template(self._processor, config, prompt, num_images=1, enable_thinking=False)
        try:
            inputs = prepare_inputs(
                self._processor,
                images=[Image.fromarray(pixels)],
                prompts=asked,
                image_token_index=getattr(config, "image_token_index", None),
                add_special_tokens=should_add_special_tokens(config.model_type, self._processor),
            )
        except ValueError as error:
            if is_memory(error):  # a MemoryError comes as a ValueError as well
                raise
            raise RuntimeProblem("page", f"the model's processor refuses the picture: {error}") from error
        return {**inputs, "prompt": asked, "mask": inputs.pop("attention_mask", None)}
