"""Writes a checkpoint."""

from __future__ import annotations

import json
from pathlib import Path

from safetensors.numpy import save_file

from tests.checkpoints.config import CHAT_TEMPLATE, json_files
from tests.checkpoints.size import TINY, Family, Size
from tests.checkpoints.tokenizer import make_tokenizer
from tests.checkpoints.weights import make_weights


def make_checkpoint(folder: Path, family: Family = "qwen3_vl", seed: int = 0, *, size: Size = TINY) -> Path:
    """Write a checkpoint into ``folder``, over what stands there, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = make_tokenizer()
    vocabulary = tokenizer.get_vocab_size()
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "chat_template.jinja").write_text(CHAT_TEMPLATE, encoding="utf-8")
    for name, content in json_files(family, size, tokenizer.get_vocab(), vocabulary).items():
        (folder / name).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    weights = folder / "model.safetensors"
    save_file(make_weights(family, size, vocabulary, seed), weights, {"format": "pt"})
    weights.chmod((folder / "config.json").stat().st_mode & 0o777)  # safetensors makes a file for its owner alone
    return folder
