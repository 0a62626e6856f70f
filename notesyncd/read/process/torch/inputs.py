"""Turns a picture and a prompt into what a model takes, by the model's own processor in transformers.

That processor is put together here rather than by ``AutoProcessor``, for two reasons. Where a family reads videos too,
AutoProcessor asks for torchvision; pictures don't need it. And pictures are always prepared by the same code (the
``pil`` backend), so that what else is installed does not change a reading.
"""

from __future__ import annotations

from typing import Any

from PIL import Image

from notesyncd.api import Pixels
from notesyncd.read.process.runtime import RuntimeProblem
from notesyncd.read.process.torch.checkpoint import Checkpoint

_ASK_THEMSELVES = frozenset({"got_ocr2"})
"""Types of models whose processor writes the prompt."""


class Inputs:
    """Makes the inputs of one model.

    Attributes:
        tokenizer: the model's.
    """

    def __init__(self, checkpoint: Checkpoint, config: Any) -> None:
        """Read the processor's files.

        Args:
            config: of transformers, for this model.

        Raises:
            Exception: of any kind, from the libraries.
        """
        from transformers import AutoImageProcessor, AutoTokenizer  # noqa: PLC0415

        only_these = {"local_files_only": True, "trust_remote_code": False}
        self.tokenizer: Any = AutoTokenizer.from_pretrained(checkpoint.folder, **only_these)
        self._pictures: Any = AutoImageProcessor.from_pretrained(checkpoint.folder, backend="pil", **only_these)
        self._unit = _unit(self._pictures)
        if (
            self._unit is not None
        ):  # our own resizer has fitted the picture, whose very pixels are hashed for the record
            self._pictures.do_resize = False
        self._asks_itself = config.model_type in _ASK_THEMSELVES
        self._processor = self._put_together(checkpoint, config)

    def of(self, pixels: Pixels, prompt: str) -> Any:
        """Return the inputs, as tensors by name; a model that reads lines has no use for the prompt.

        Raises:
            RuntimeProblem: the processor refuses the picture.
        """
        picture = Image.fromarray(pixels)
        if self._unit is not None and (picture.width % self._unit or picture.height % self._unit):
            raise RuntimeProblem(
                "config",
                f"this model takes pictures whose sides are multiples of {self._unit} pixels, not {picture.width} x "
                f"{picture.height}",
            )
        try:
            if self._processor is None:
                return self._pictures(images=[picture], return_tensors="pt")
            if self._asks_itself:
                return self._processor(images=[picture], return_tensors="pt")
            return self._processor(images=[picture], text=[self._chat(prompt)], return_tensors="pt")
        except ValueError as error:
            raise RuntimeProblem("page", f"the model's processor refuses the picture: {error}") from error

    def _put_together(self, checkpoint: Checkpoint, config: Any) -> Any:
        """Return the processor; None for the encoder-decoders that read lines: they take a picture and no text."""
        if config.model_type == "vision-encoder-decoder":
            return None
        kind = _pictures_only(_processor_class(checkpoint, config))
        parts = {"image_processor": self._pictures, "tokenizer": self.tokenizer, "video_processor": None}
        unknown = [name for name in kind.get_attributes() if name not in parts]
        if unknown:
            raise RuntimeProblem("config", f"{checkpoint.folder.name} wants more than a picture: {', '.join(unknown)}")
        settings, others = kind.get_processor_dict(checkpoint.folder, local_files_only=True)
        settings.setdefault("chat_template", self.tokenizer.chat_template)
        if settings["chat_template"] is None and not self._asks_itself:
            raise RuntimeProblem("config", f"{checkpoint.folder.name} has no template of a chat: it can't be asked")
        return kind.from_args_and_dict([parts[name] for name in kind.get_attributes()], settings, **others)

    def _chat(self, prompt: str) -> str:
        """Return the prompt in the model's own template of a chat, told not to think aloud where that can be told."""
        message = {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": prompt}]}
        quiet = {"enable_thinking": False} if "enable_thinking" in str(self._processor.chat_template) else {}
        return str(self._processor.apply_chat_template([message], add_generation_prompt=True, tokenize=False, **quiet))


def _unit(pictures: Any) -> int | None:
    """Return the pixels that one token is wide, for processors that cut a picture of any size into patches.

    None for those that scale every picture to a size of their own.
    """
    if "image_grid_thw" not in pictures.model_input_names:
        return None
    return int(pictures.patch_size) * int(pictures.merge_size)


def _processor_class(checkpoint: Checkpoint, config: Any) -> Any:
    from transformers.models.auto.processing_auto import (  # noqa: PLC0415
        PROCESSOR_MAPPING,
        processor_class_from_name,
    )

    named = processor_class_from_name(checkpoint.processor) if checkpoint.processor is not None else None
    if named is not None:
        return named
    if type(config) in PROCESSOR_MAPPING:
        return PROCESSOR_MAPPING[type(config)]
    raise RuntimeProblem("config", f"{checkpoint.folder.name}: transformers has no processor for {config.model_type}")


def _pictures_only(kind: Any) -> Any:
    """Return a processor's class that does without the part for videos."""

    class PicturesOnly(kind):  # type: ignore[misc]
        def check_argument_for_proper_class(self, argument_name: str, argument: Any) -> Any:
            if argument_name == "video_processor":
                return None
            return super().check_argument_for_proper_class(argument_name, argument)

    return PicturesOnly
