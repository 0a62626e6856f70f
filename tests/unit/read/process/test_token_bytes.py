"""Every token stands for exact bytes, whichever way its vocabulary writes them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from notesyncd.read.process.token_bytes import TokenBytes
from tests.checkpoints import make_checkpoint
from tests.unit.read.process.torch_child import Child, new_child

pytestmark = pytest.mark.skipif(find_spec("transformers") is None, reason="needs transformers")

TEXTS = (
    "call Anna\r\n\tat 7",
    "Größe: 3 µm – naïve",
    "日本語の手書き、縦書き",
    "🖋️ e\u0301",
    "\x1b[0m\x00\x7f",
    "  two  spaces ",
)


@pytest.fixture(scope="module")
def child() -> Iterator[Child]:
    with new_child() as made:
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_checkpoint(tmp_path / "model")


def _pieces(folder: Path, text: str) -> list[bytes | None]:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    known = TokenBytes(tokenizer)
    return [known.of(number) for number in tokenizer(text, add_special_tokens=False)["input_ids"]]


def _of_names(folder: Path, *names: str) -> list[bytes | None]:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    known = TokenBytes(tokenizer)
    return [known.of(tokenizer.convert_tokens_to_ids(name)) for name in names]


def _of_number(folder: Path, number: int) -> bytes | str | None:
    from transformers import AutoTokenizer

    try:
        return TokenBytes(AutoTokenizer.from_pretrained(folder)).of(number)
    except LookupError as error:
        return str(error)


def _tokenizer(folder: Path, model: dict[str, object], *added: tuple[int, str, bool]) -> Path:
    """Write a tokenizer.json with a vocabulary of our own."""
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    written = {
        "version": "1.0",
        "added_tokens": [
            {"id": number, "content": text, "special": special} | flags for number, text, special in added
        ],
        "normalizer": {"type": "Replace", "pattern": {"String": " "}, "content": "▁"},
        "model": model,
    }
    folder.mkdir()
    (folder / "tokenizer.json").write_text(json.dumps(written), encoding="utf-8")
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "PreTrainedTokenizerFast"}', encoding="utf-8")
    return folder


@pytest.fixture
def sentencepiece(tmp_path: Path) -> Path:
    pieces = ["<unk>", *(f"<0x{byte:02X}>" for byte in range(256)), "▁", "call", "▁call", "Ġ", "本"]
    vocabulary = [[piece, -2.0 if len(piece) < 6 else -9.0] for piece in pieces]
    model = {"type": "Unigram", "unk_id": 0, "byte_fallback": True, "vocab": vocabulary}
    return _tokenizer(tmp_path / "sentencepiece", model, (0, "<unk>", True))


@pytest.mark.parametrize("text", TEXTS)
def test_byte_level_tokens_join_to_the_text(folder: Path, child: Child, text: str) -> None:
    assert b"".join(child.call(_pieces, folder, text)) == text.encode()


@pytest.mark.parametrize("text", [*TEXTS, "call call 本"])
def test_sentencepiece_tokens_join_to_the_text(sentencepiece: Path, child: Child, text: str) -> None:
    assert b"".join(child.call(_pieces, sentencepiece, text)) == text.encode()


def test_sentencepiece_tokens_are_taken_apart_as_they_are_written(sentencepiece: Path, child: Child) -> None:
    names = ("▁call", "<0x0A>", "<0xE3>", "本", "Ġ")
    assert child.call(_of_names, sentencepiece, *names) == [b" call", b"\n", b"\xe3", "本".encode(), "Ġ".encode()]


def test_special_tokens_stand_for_nothing_and_added_words_for_themselves(folder: Path, child: Child) -> None:
    names = ("<|im_end|>", "<|image_pad|>", "<|endoftext|>", "<think>")
    assert child.call(_of_names, folder, *names) == [None, None, None, b"<think>"]


def test_a_special_token_with_a_low_line_does_not_hide_that_a_vocabulary_is_byte_level(
    folder: Path, child: Child
) -> None:
    """DeepSeek's ``<｜begin▁of▁sentence｜>``."""
    file = folder / "tokenizer.json"
    known = json.loads(file.read_text(encoding="utf-8"))
    known["added_tokens"].append({**known["added_tokens"][0], "id": 470, "content": "<｜begin▁of▁sentence｜>"})
    file.write_text(json.dumps(known), encoding="utf-8")
    assert b"".join(child.call(_pieces, folder, TEXTS[2])) == TEXTS[2].encode()
    assert child.call(_of_names, folder, "<｜begin▁of▁sentence｜>") == [None]


def test_markup_of_boxes_is_kept_though_its_tokens_are_special(folder: Path, child: Child) -> None:
    file = folder / "tokenizer.json"
    known = json.loads(file.read_text(encoding="utf-8"))
    names = ("<|ref|>", "<|/ref|>", "<|det|>", "<|/det|>", "<|LOC_17|>", "<|LOC_BEGIN|>", "<|grounding|>")
    known["added_tokens"] += [
        {**known["added_tokens"][0], "id": 470 + place, "content": name} for place, name in enumerate(names)
    ]
    file.write_text(json.dumps(known), encoding="utf-8")
    assert child.call(_of_names, folder, *names) == [*(name.encode() for name in names[:-1]), None]


@pytest.mark.parametrize("number", [470, 151_935])
def test_a_number_beyond_the_tokenizer_is_an_error(folder: Path, child: Child, number: int) -> None:
    """Published vocabularies are padded beyond their tokenizer's."""
    assert child.call(_of_number, folder, number) == f"the tokenizer has no token {number}"
