"""Our own loop over a model's tokens: they come one by one, and whoever reads them may stop at any."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import nullcontext
from typing import Any

from notesyncd.read.generation import Decoding
from notesyncd.read.process.picked import Picked
from notesyncd.read.process.torch.picking import Picker

_Steps = Generator[tuple[Picked, int], None, None]


def take_over(model: Any, tokenizer: Any) -> frozenset[int]:
    """Return the numbers of the tokens that end an answer; drop what else the checkpoint says of decoding.

    Published checkpoints switch sampling, penalties or beams on, and transformers applies whatever a call leaves unset.
    """
    from transformers import GenerationConfig  # noqa: PLC0415

    theirs = model.generation_config
    ends = theirs.eos_token_id
    if ends is None:
        ends = tokenizer.eos_token_id
    model.generation_config = GenerationConfig(
        bos_token_id=theirs.bos_token_id,
        eos_token_id=ends,
        pad_token_id=theirs.pad_token_id,
        decoder_start_token_id=theirs.decoder_start_token_id,
    )
    if ends is None:
        return frozenset()
    return frozenset([ends] if isinstance(ends, int) else ends)


def pick_tokens(model: Any, inputs: Any, decoding: Decoding) -> _Steps:
    """Yield each token with the length of what stands before it, without end: whoever iterates knows when to stop.

    ``generate`` encodes the picture and prepares positions and cache as for a loop of its own, then hands them to ours,
    which takes the steps of its ``_sample``: the tokens are those of ``do_sample=False``.
    """
    steps: _Steps = model.generate(
        **inputs, do_sample=False, max_new_tokens=decoding.max_tokens, custom_generate=_steps, picker=Picker(decoding)
    )
    return steps


def _steps(
    model: Any,
    input_ids: Any,
    logits_processor: Any,
    stopping_criteria: Any,
    generation_config: Any,
    picker: Picker,
    **state: Any,
) -> _Steps:
    del logits_processor, stopping_criteria, generation_config  # the picker and whoever iterates take their places
    import torch  # noqa: PLC0415

    def step(new: int | None) -> tuple[Picked, int]:
        """Take the ``new`` last tokens in, all of them in the first step, and pick the next."""
        nonlocal input_ids, state
        with torch.inference_mode():
            taken = model.prepare_inputs_for_generation(
                input_ids, next_sequence_length=new, is_first_iteration=new is None, **state
            )
            outputs = model(**taken, return_dict=True)
            state = model._update_model_kwargs_for_generation(  # noqa: SLF001 - there is no public way to a next step
                outputs, state, is_encoder_decoder=model.config.is_encoder_decoder
            )
            token, picked = picker.pick(outputs.logits[0, -1].float())
            before = int(input_ids.shape[1])
            input_ids = torch.cat([input_ids, token.view(1, 1)], dim=-1)
        return picked, before

    yield step(None)
    # generate() does the same for mixtures of experts, which are quicker that way on cards
    with getattr(model, "_optimize_model_for_decode", nullcontext)():
        while True:
            yield step(1)
