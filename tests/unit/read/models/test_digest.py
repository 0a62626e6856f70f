"""One digest names all the weights of a model; it is computed anew only where a file has changed."""

import json
import os
from pathlib import Path

from notesyncd.read.models import digest
from notesyncd.read.models.digest import file_sha256, folder_digest, remembered_digest, weights_digest
from tests.unit.read.models.tiny_models import model_files, safetensors, shards, write_files


def test_names_sizes_and_bytes_of_all_weights_count(tmp_path: Path) -> None:
    folder = shards(tmp_path / "model")
    first = folder_digest(folder)
    assert first == folder_digest(shards(tmp_path / "the same elsewhere"))
    data = (folder / "two.safetensors").read_bytes()
    (folder / "two.safetensors").write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    second = folder_digest(folder)
    (folder / "two.safetensors").write_bytes(data)
    (folder / "one.safetensors").rename(folder / "three.safetensors")
    (folder / "model.safetensors.index.json").unlink()
    assert len({first, second, folder_digest(folder)}) == 3


def test_files_that_are_no_weights_do_not_count(tmp_path: Path) -> None:
    folder = write_files(tmp_path / "model", model_files())
    before = folder_digest(folder)
    (folder / "config.json").write_text('{"model_type": "other"}')
    assert folder_digest(folder) == before


def test_the_order_in_which_files_are_told_does_not_count() -> None:
    files = [("a", 1, "0" * 64), ("b", 2, "1" * 64)]
    assert weights_digest(files) == weights_digest(reversed(files))


def test_all_bytes_are_told_as_they_are_read(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(bytes(9 << 20))
    counts: list[int] = []
    file_sha256(file, counts.append)
    assert (sum(counts), len(counts)) == (9 << 20, 3)


class TestRememberedDigest:
    def test_it_is_that_of_the_folder(self, tmp_path: Path) -> None:
        folder = write_files(tmp_path / "model", model_files())
        assert remembered_digest(folder, tmp_path / "cache") == folder_digest(folder)
        assert remembered_digest(folder, tmp_path / "cache") == folder_digest(folder)

    def test_weights_are_not_read_again(self, tmp_path: Path) -> None:
        """Other bytes, with size and time as before: whoever does not read them can't notice."""
        folder, cache = write_files(tmp_path / "model", model_files()), tmp_path / "cache"
        first = remembered_digest(folder, cache)
        weights = folder / "model.safetensors"
        stat = weights.stat()
        weights.write_bytes(safetensors({}, seed=1).ljust(stat.st_size, b"x"))
        os.utime(weights, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        assert remembered_digest(folder, cache) == first != folder_digest(folder)

    def test_weights_that_changed_are_read_again(self, tmp_path: Path) -> None:
        folder, cache = write_files(tmp_path / "model", model_files()), tmp_path / "cache"
        first = remembered_digest(folder, cache)
        write_files(folder, model_files(seed=1))
        os.utime(folder / "model.safetensors", ns=(0, 0))
        assert first != remembered_digest(folder, cache) == folder_digest(folder)

    def test_a_damaged_memory_is_made_anew(self, tmp_path: Path) -> None:
        folder, cache = write_files(tmp_path / "model", model_files()), tmp_path / "cache"
        memory = cache / "models" / "digests.json"
        memory.parent.mkdir(parents=True)
        for damaged in ("", "[]", "{", json.dumps({str(folder): 1}), "[" * 100_000):
            memory.write_text(damaged)
            assert remembered_digest(folder, cache) == folder_digest(folder)
            assert str(folder) in json.loads(memory.read_text())

    def test_only_so_many_folders_are_remembered(self, tmp_path: Path) -> None:
        for number in range(digest._MOST_KEPT + 3):
            remembered_digest(write_files(tmp_path / f"model {number}", model_files(64)), tmp_path / "cache")
        kept = json.loads((tmp_path / "cache" / "models" / "digests.json").read_text())
        assert len(kept) == digest._MOST_KEPT
        assert str(tmp_path / f"model {digest._MOST_KEPT + 2}") in kept

    def test_a_cache_that_cannot_be_written_costs_time_only(self, tmp_path: Path) -> None:
        folder = write_files(tmp_path / "model", model_files())
        (tmp_path / "cache").write_text("a file where the folder should be")
        assert remembered_digest(folder, tmp_path / "cache") == folder_digest(folder)
