"""What stands in a folder, and how it differs from what is known."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notesyncd.domain.errors import TransientError
from notesyncd.intake.sweep import Changes, FoundFile, KnownFile, compare, look, sweep


def write(path: Path, data: bytes = b"x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def known(files: Iterable[FoundFile], state: str = "registered") -> dict[bytes, KnownFile]:
    return {file.raw_path: KnownFile(*file[:5], state) for file in files}


def paths(root: Path) -> set[bytes]:
    return {file.raw_path for file in sweep(root).files}


def compared(root: Path, before: dict[bytes, KnownFile]) -> Changes:
    walk = sweep(root)
    return compare(walk.files, before, unreadable_folders=walk.unreadable_folders, device=walk.device)


# ------------------------------------------------------------------------------------------------------------- sweeping


def test_finds_files_in_all_folders(tmp_path: Path) -> None:
    write(tmp_path / "a.jpg")
    write(tmp_path / "2026" / "May" / "b.pdf", b"12345")
    found = {file.raw_path: file for file in sweep(tmp_path).files}
    assert set(found) == {b"a.jpg", b"2026/May/b.pdf"}
    status = (tmp_path / "2026/May/b.pdf").stat()
    assert found[b"2026/May/b.pdf"] == FoundFile(
        b"2026/May/b.pdf", status.st_dev, status.st_ino, 5, status.st_mtime_ns, status.st_ctime_ns
    )


def test_leaves_out_ignored_names_and_tells_of_foreign_ones(tmp_path: Path) -> None:
    for name in ("a.jpg", ".hidden.jpg", "b.jpg.part", "clip.mov", ".git/c.jpg", "@eaDir/d.jpg"):
        write(tmp_path / name)
    walk = sweep(tmp_path)
    assert [file.raw_path for file in walk.files] == [b"a.jpg"]
    ((foreign, reason),) = walk.foreign
    assert foreign.raw_path == b"clip.mov"
    assert "video" in reason
    assert walk.folders == 1


def test_follows_no_links_and_opens_no_pipes(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside" / "secret.jpg")
    root = tmp_path / "root"
    write(root / "a.jpg")
    (root / "link.jpg").symlink_to(outside)
    (root / "folder").symlink_to(outside.parent)
    (root / "broken.jpg").symlink_to("nowhere")
    os.mkfifo(root / "pipe.jpg")
    assert paths(root) == {b"a.jpg"}


def test_keeps_names_that_are_not_utf8(tmp_path: Path) -> None:
    raw = os.fsencode(tmp_path) + b"/caf\xe9.jpg"
    try:
        with open(raw, "wb"):
            pass
    except OSError:
        pytest.skip("needs a file system that takes any bytes as a name")
    assert paths(tmp_path) == {b"caf\xe9.jpg"}


def test_a_missing_root_is_an_error_not_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(TransientError, match="can't be listed"):
        sweep(tmp_path / "missing")
    with pytest.raises(TransientError, match="can't be listed"):
        sweep(write(tmp_path / "file.jpg"))


def test_a_root_that_goes_before_it_is_walked_deletes_nothing(tmp_path: Path) -> None:
    root = tmp_path / "root"
    write(root / "a.jpg")
    before = known(sweep(root).files)
    walk = sweep(root)
    shutil.rmtree(root)
    changes = compare(walk.files, before, unreadable_folders=walk.unreadable_folders, device=walk.device)
    assert changes == Changes()
    assert b"" in walk.unreadable_folders


def test_files_below_an_unreadable_folder_are_not_vanished(tmp_path: Path) -> None:
    """A path that is too long can be listed by nobody, not even root."""
    write(tmp_path / "a.jpg")
    write(tmp_path / "gone" / "b.jpg")
    name, here = "d" * 250, os.open(tmp_path, os.O_RDONLY)
    for _ in range(18):
        os.mkdir(name, dir_fd=here)
        here, above = os.open(name, os.O_RDONLY, dir_fd=here), here
        os.close(above)
    os.close(here)
    deep = os.fsencode("/".join([name] * 18 + ["c.jpg"]))
    before = known(sweep(tmp_path).files) | known([FoundFile(deep, 1, 2, 3, 4, 5)])
    shutil.rmtree(tmp_path / "gone")
    walk = sweep(tmp_path)
    changes = compare(walk.files, before, unreadable_folders=walk.unreadable_folders)
    assert list(walk.unreadable_folders.values()) == ["File name too long"]
    assert changes == Changes(vanished=(b"gone/b.jpg",))


def test_looks_at_one_file_as_a_sweep_would(tmp_path: Path) -> None:
    write(tmp_path / "in" / "a.jpg")
    write(tmp_path / "in" / ".b.jpg")
    write(tmp_path / "out.jpg")
    (tmp_path / "in" / "link.jpg").symlink_to(tmp_path / "out.jpg")
    (tmp_path / "in" / "folder").symlink_to(tmp_path)
    root = tmp_path / "in"
    assert [look(root, root / "a.jpg")] == list(sweep(root).files)
    for name in (".b.jpg", "link.jpg", "folder/out.jpg", "missing.jpg", "a.jpg/x.jpg", "../out.jpg", "."):
        assert look(root, root / name) is None, name


# ------------------------------------------------------------------------------------------------------------ comparing


def test_tells_new_changed_renamed_and_vanished_apart(tmp_path: Path) -> None:
    for name in ("same.jpg", "edited.jpg", "old name.jpg", "deleted.jpg", "replaced.jpg"):
        write(tmp_path / name, name.encode())
    before = known(sweep(tmp_path).files)
    write(tmp_path / "new.jpg")
    write(tmp_path / "edited.jpg", b"longer than it was")
    (tmp_path / "sub").mkdir()
    (tmp_path / "old name.jpg").rename(tmp_path / "sub" / "new name.jpg")
    (tmp_path / "deleted.jpg").unlink()
    times = (tmp_path / "replaced.jpg").stat()
    other = write(tmp_path / "other.jpg.part", b"replaced.jpX")
    os.utime(other, ns=(times.st_atime_ns, times.st_mtime_ns))
    other.rename(tmp_path / "replaced.jpg")
    changes = compared(tmp_path, before)
    assert [file.raw_path for file in changes.appeared] == [b"new.jpg"]
    assert {file.raw_path for file in changes.changed} == {b"edited.jpg", b"replaced.jpg"}
    assert [(old, file.raw_path) for old, file in changes.renamed] == [(b"old name.jpg", b"sub/new name.jpg")]
    assert changes.vanished == (b"deleted.jpg",)


def test_an_unmounted_root_deletes_nothing(tmp_path: Path) -> None:
    """An empty folder on another device is where a disk is not mounted; on the same one, its files were deleted."""
    write(tmp_path / "a.jpg")
    before = known(sweep(tmp_path).files)
    (tmp_path / "a.jpg").unlink()
    assert compared(tmp_path, before).vanished == (b"a.jpg",)
    mounted = {path: file._replace(dev=file.dev + 1) for path, file in before.items()}
    assert compared(tmp_path, mounted) == Changes(unmounted=True)
    passed_over = {path: file._replace(state="ignored") for path, file in mounted.items()}
    assert compared(tmp_path, passed_over) == Changes()


def test_a_gone_file_that_is_back_returns_or_appears_if_it_is_another(tmp_path: Path) -> None:
    write(tmp_path / "a.jpg")
    files = list(sweep(tmp_path).files)
    gone = known(files, "gone")
    assert compared(tmp_path, gone).returned == (b"a.jpg",)
    (tmp_path / "a.jpg").write_bytes(b"xyz")
    changes = compared(tmp_path, gone)
    assert [file.raw_path for file in changes.appeared] == [b"a.jpg"]
    assert changes.returned == ()


def test_what_came_from_the_cloud_counts_as_changed(tmp_path: Path) -> None:
    """Its size and time were told beforehand, so nothing else of it changes."""
    write(tmp_path / "a.jpg")
    (file,) = sweep(tmp_path).files
    waiting = known([file], "cloud_pending")
    assert compare([file._replace(dataless=True)], waiting).changed == ()
    assert compare([file], waiting).changed == (file,)


def test_a_stub_of_the_cloud_stands_for_its_file(tmp_path: Path) -> None:
    """What macOS 13 and older leave in the place of a file whose content is elsewhere."""
    write(tmp_path / "sub" / ".page.jpg.icloud")
    write(tmp_path / "sub" / ".notes.txt.icloud")
    (found,) = sweep(tmp_path).files
    assert (found.raw_path, found.dataless) == (b"sub/page.jpg", True)
    assert look(tmp_path, tmp_path / "sub" / "page.jpg") == found
    write(tmp_path / "sub" / "page.jpg")
    (tmp_path / "sub" / ".page.jpg.icloud").unlink()
    (found,) = sweep(tmp_path).files
    assert not found.dataless


def test_a_remount_with_a_new_device_number_changes_nothing() -> None:
    file = FoundFile(b"a.jpg", 1, 2, 3, 4, 5)
    assert compare([file._replace(dev=9)], known([file])) == Changes()


def test_one_vanished_file_is_renamed_to_one_place_only() -> None:
    a, b = (FoundFile(name, 1, 7, 3, 4, 5) for name in (b"a.jpg", b"b.jpg"))
    old = FoundFile(b"old.jpg", 1, 7, 3, 4, 5)
    changes = compare([a, b], known([old]))
    assert changes.renamed == ((b"old.jpg", a),)
    assert changes.appeared == (b,)


raw_paths = st.sampled_from([b"a", b"b", b"c", b"x/a", b"x/b", b"x/y/a", b"xy/a"])
small = st.integers(1, 3)
found_files = st.builds(FoundFile, raw_paths, small, small, small, small, st.just(0))
states = st.sampled_from(["registered", "settling", "unreadable", "gone", "ignored"])
by_path = st.lists(found_files, unique_by=lambda file: file.raw_path)


@given(
    by_path,
    st.lists(st.tuples(found_files, states), unique_by=lambda pair: pair[0].raw_path),
    st.sets(st.sampled_from([b"x", b"x/y", b""])),
)
def test_every_file_is_accounted_for_once(
    found: list[FoundFile], before: list[tuple[FoundFile, str]], unreadable: set[bytes]
) -> None:
    ledger = {file.raw_path: KnownFile(*file[:5], state) for file, state in before}
    changes = compare(iter(found), ledger, unreadable_folders=unreadable, device=1)
    here = {file.raw_path: file for file in found}
    new = [file.raw_path for file in changes.appeared] + [file.raw_path for _, file in changes.renamed]
    new += changes.returned
    left = [*changes.vanished, *(old for old, _ in changes.renamed)]
    assert sorted(new) == sorted(path for path in here if path not in ledger or ledger[path].state == "gone")
    assert {file.raw_path for file in changes.changed} == {
        path
        for path in here
        if path in ledger
        and ledger[path].state != "gone"
        and (here[path].ino, *here[path][3:5]) != (ledger[path].ino, *ledger[path][3:5])
    }
    hidden = {path for path in ledger for folder in unreadable if folder == b"" or path.startswith(folder + b"/")}
    there = [file for file in ledger.values() if file.state not in {"gone", "ignored"}]
    mounted = bool(found) or all(file.dev == 1 for file in there)
    assert changes.unmounted is not mounted
    assert sorted(left) == sorted(
        path
        for path in ledger
        if mounted and path not in here and path not in hidden and ledger[path].state not in {"gone", "ignored"}
    )
    for old, file in changes.renamed:
        assert file.identity == ledger[old][1:5]


def test_a_hundred_thousand_known_files_cost_little() -> None:
    found = [FoundFile(b"%d/IMG_%05d.jpg" % (n % 100, n), 1, n, 3_000_000, n, n) for n in range(100_000)]
    ledger = known(found)
    begun = time.process_time()
    assert compare(found, ledger) == Changes()
    print(f"\ncompared 100,000 files in {time.process_time() - begun:.3f} s of CPU", file=sys.stderr)
