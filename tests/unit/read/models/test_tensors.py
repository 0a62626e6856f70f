"""The head of a safetensors file is read, and believed only as far as the file bears it out."""

import json
from pathlib import Path

import pytest

from notesyncd.read.models.tensors import DamagedFile, tensors_of
from tests.unit.read.models.tiny_models import READS, SEES, safetensors


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_names_kinds_and_sizes_are_told(tmp_path: Path) -> None:
    file = written(tmp_path / "a.safetensors", safetensors({SEES: 64, READS: 32}))
    found = {tensor.name: (tensor.kind, tensor.size) for tensor in tensors_of(file)}
    assert found == {SEES: ("BF16", 64), READS: ("BF16", 32)}


def test_what_the_library_itself_writes_is_read(tmp_path: Path) -> None:
    numpy = pytest.importorskip("safetensors.numpy")
    import numpy as np

    file = tmp_path / "a.safetensors"
    numpy.save_file({"visual.weight": np.zeros((3, 5), np.float32)}, file, metadata={"format": "pt"})
    assert [(tensor.name, tensor.kind, tensor.size) for tensor in tensors_of(file)] == [("visual.weight", "F32", 60)]


@pytest.mark.parametrize("lost", [1, 64, 100])
def test_a_file_that_is_cut_off_is_damaged(tmp_path: Path, lost: int) -> None:
    data = safetensors({SEES: 64})
    with pytest.raises(DamagedFile):
        tensors_of(written(tmp_path / "a.safetensors", data[:-lost]))


def test_a_file_that_is_too_long_is_damaged(tmp_path: Path) -> None:
    with pytest.raises(DamagedFile, match=r"where its head says"):
        tensors_of(written(tmp_path / "a.safetensors", safetensors({SEES: 64}) + b"more"))


def packed(head: object) -> bytes:
    data = head if isinstance(head, bytes) else json.dumps(head).encode()
    return len(data).to_bytes(8, "little") + data


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 8,
        b"\xff" * 64,  # a head of 2^64 bytes
        (1 << 40).to_bytes(8, "little") + b"{}",
        packed(b"\xff\xfe"),
        packed(b"[" * 100_000),
        packed([]),
        packed({"a": 1}),
        packed({"a": {"dtype": "F32"}}),
        packed({"a": {"dtype": "F32", "data_offsets": [0]}}),
        packed({"a": {"dtype": "F32", "data_offsets": [0, "4"]}}),
        packed({"a": {"dtype": "F32", "data_offsets": [4, 0]}}),
        packed({"a": {"dtype": "F32", "data_offsets": [-4, 0]}}),
        b"<html>the hub is down</html>",
    ],
)
def test_what_is_no_such_file_is_said_to_be_none(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(DamagedFile):
        tensors_of(written(tmp_path / "a.safetensors", data))
