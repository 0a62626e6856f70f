"""A byte-level BPE: any text survives encoding and decoding."""

from __future__ import annotations

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

SPECIAL = (
    *("<|endoftext|>", "<|im_start|>", "<|im_end|>"),
    *("<|vision_start|>", "<|vision_end|>", "<|vision_pad|>", "<|image_pad|>", "<|video_pad|>"),
)
ADDED = ("<think>", "</think>")
"""Added tokens of the published vocabularies that decode as plain text all the same."""

_TEXTS = (
    "Write down the page exactly as it stands there. Keep the line breaks. [illegible]",
    "water the beans, sow the radishes, order compost, mend the fence by Friday",
    "0123456789 the and of to in is it on for with",
    '{"bbox_2d": [12, 34, 560, 78], "text_content": "seeds"}',
)


def make_tokenizer() -> Tokenizer:
    """Train the tokenizer; the same each time."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=470, initial_alphabet=sorted(alphabet), show_progress=False)
    tokenizer.train_from_iterator(_TEXTS, trainer)
    tokenizer.add_special_tokens([AddedToken(text, special=True) for text in SPECIAL])
    tokenizer.add_tokens([AddedToken(text, special=False) for text in ADDED])
    return tokenizer
