"""A scan that is put away stands whole at its old place or at its new one, whatever happens meanwhile."""

import errno
import hashlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notesyncd.domain.errors import TransientError
from notesyncd.intake import put_away
from notesyncd.intake.put_away import SourceChanged, move_away, names_for, trash
from notesyncd.intake.sweep import FileIdentity
from tests.unit.system.mounting import mounted_tmpfs
from tests.unit.system.refusing import refusing

LARGE = 256 << 20
MOVE = """
import sys
from pathlib import Path
from notesyncd.intake.put_away import move_away
from notesyncd.intake.sweep import look
source, target = map(Path, sys.argv[1:])
found = look(source.parent, source)
print("ready", flush=True)
print(move_away(source, target, found.identity))
"""
TRASH = """
import sys
from pathlib import Path
from notesyncd.intake.put_away import trash
from notesyncd.intake.sweep import look
source = Path(sys.argv[1])
trash(source, look(source.parent, source).identity)
"""
NO_EXCLUSIVE_RENAME = {"renameat2": errno.EINVAL}
NO_LINKS_EITHER = NO_EXCLUSIVE_RENAME | {"linkat": errno.EPERM}


def identity(path: Path) -> FileIdentity:
    status = path.lstat()
    return FileIdentity(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox"


@pytest.fixture
def source(inbox: Path) -> Path:
    path = inbox / "scan.jpg"
    path.write_bytes(b"the page")
    path.chmod(0o640)
    os.utime(path, ns=(1_700_000_000_123_456_789, 1_700_000_000_987_654_321))
    return path


@pytest.fixture(params=["same file system", "another file system"])
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "archive"
    folder.mkdir()
    if request.param == "same file system":
        yield folder
    else:
        with mounted_tmpfs(folder):
            assert folder.stat().st_dev != tmp_path.stat().st_dev
            yield folder


@pytest.fixture
def other_disk(tmp_path: Path) -> Iterator[Path]:
    with mounted_tmpfs(tmp_path / "disk", "size=1g"):
        yield tmp_path / "disk"


def test_the_file_moves_with_its_time_and_permissions(source: Path, inbox: Path, archive: Path) -> None:
    target = archive / "2026" / "May" / "scan.jpg"
    assert move_away(source, target, identity(source)) == target
    assert everything(inbox) == {}
    assert everything(archive) == {"2026/May/scan.jpg": b"the page"}
    assert target.stat().st_mtime_ns == 1_700_000_000_987_654_321
    assert target.stat().st_mode & 0o777 == 0o640


def test_names_that_are_taken_are_never_overwritten(source: Path, inbox: Path, archive: Path) -> None:
    (archive / "scan.jpg").write_bytes(b"another")
    (archive / "scan (2).jpg").mkdir()
    (archive / "scan (3).jpg").symlink_to("nowhere")
    os.mkfifo(archive / "scan (4).jpg")
    assert move_away(source, archive / "scan.jpg", identity(source)) == archive / "scan (5).jpg"
    assert everything(inbox) == {}
    assert everything(archive) == {"scan.jpg": b"another", "scan (5).jpg": b"the page"}


def test_a_file_that_is_alike_but_for_its_bytes_is_another(source: Path, archive: Path) -> None:
    (archive / "scan.jpg").write_bytes(b"the PAGE")
    os.utime(archive / "scan.jpg", ns=(0, source.stat().st_mtime_ns))
    assert move_away(source, archive / "scan.jpg", identity(source)) == archive / "scan (2).jpg"
    assert everything(archive) == {"scan.jpg": b"the PAGE", "scan (2).jpg": b"the page"}


def test_a_raw_name_moves(inbox: Path, archive: Path) -> None:
    name = os.fsdecode(b"caf\xe9.jpg")
    try:
        (inbox / name).write_bytes(b"x")
    except OSError:
        pytest.skip("needs a file system that takes any bytes as a name")
    assert move_away(inbox / name, archive / name, identity(inbox / name)).read_bytes() == b"x"


def test_another_file_of_that_name_stays(source: Path, inbox: Path, archive: Path) -> None:
    before = identity(source)
    source.rename(inbox / "old.jpg")  # keeps the inode in use
    source.write_bytes(b"the next page")
    with pytest.raises(SourceChanged, match="not the file any more"):
        move_away(source, archive / "scan.jpg", before)
    source.unlink()
    with pytest.raises(SourceChanged, match="No such file"):
        move_away(source, archive / "scan.jpg", before)
    source.symlink_to("old.jpg")
    with pytest.raises(SourceChanged):
        move_away(source, archive / "scan.jpg", before)
    assert everything(archive) == {}
    assert (inbox / "old.jpg").read_bytes() == b"the page"


def test_a_file_that_stands_where_it_should_go_stays(source: Path) -> None:
    assert move_away(source, source, identity(source)) == source
    assert source.read_bytes() == b"the page"


def test_a_move_that_was_cut_off_is_finished(source: Path, inbox: Path, archive: Path) -> None:
    """What such a crash leaves: a second link, or a whole copy."""
    wanted = identity(source)
    try:
        (archive / "scan.jpg").hardlink_to(source)
    except OSError:
        subprocess.run(["cp", "--preserve=all", source, archive], check=True)
    assert move_away(source, archive / "scan.jpg", wanted) == archive / "scan.jpg"
    assert everything(inbox) == {}
    assert everything(archive) == {"scan.jpg": b"the page"}


def test_a_file_exchanged_between_look_and_rename_is_put_back(source: Path, inbox: Path, tmp_path: Path) -> None:
    """A scanner that uses its names again puts its next page there in the last instant."""
    meant = identity(source)
    source.rename(tmp_path / "old.jpg")
    source.write_bytes(b"the next page")
    (tmp_path / "archive").mkdir()
    with pytest.raises(SourceChanged):
        put_away._move(source, tmp_path / "archive" / "scan.jpg", meant)
    assert everything(inbox) == {"scan.jpg": b"the next page"}
    assert everything(tmp_path / "archive") == {}


def test_a_file_exchanged_between_look_and_deletion_is_put_back(source: Path, inbox: Path, tmp_path: Path) -> None:
    meant = identity(source)
    source.rename(tmp_path / "old.jpg")
    source.write_bytes(b"the next page")
    with pytest.raises(SourceChanged):
        put_away._remove(source, meant)
    assert everything(inbox) == {"scan.jpg": b"the next page"}


def test_what_is_put_back_overwrites_nothing_either(source: Path, inbox: Path) -> None:
    (inbox / "aside").write_bytes(b"the next page")
    put_away._put_back(inbox / "aside", source)
    assert everything(inbox) == {"scan.jpg": b"the page", "scan (2).jpg": b"the next page"}


class TestOfAFileSystemThatLacksSomething:
    """Network shares and FAT can't rename without replacing, some have no second links: the kernel is told to refuse."""

    @pytest.mark.parametrize("lacking", [NO_EXCLUSIVE_RENAME, NO_LINKS_EITHER])
    def test_it_works_all_the_same(self, source: Path, inbox: Path, archive: Path, lacking: dict[str, int]) -> None:
        (archive / "scan.jpg").write_bytes(b"another")
        command = [*refusing(lacking), sys.executable, "-c", MOVE, source, archive / "scan.jpg"]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        assert ran.stdout.splitlines()[1:] == [str(archive / "scan (2).jpg")], ran.stderr
        assert everything(inbox) == {}
        assert everything(archive) == {"scan.jpg": b"another", "scan (2).jpg": b"the page"}


def test_a_full_disk_is_said_and_leaves_nothing(source: Path, tmp_path: Path) -> None:
    source.write_bytes(bytes(2 << 20))
    with mounted_tmpfs(tmp_path / "disk", "size=1m"):
        with pytest.raises(TransientError, match=r"scan\.jpg can't be moved to .*: there is no room left"):
            move_away(source, tmp_path / "disk" / "scan.jpg", identity(source))
        assert everything(tmp_path / "disk") == {}
    assert source.read_bytes() == bytes(2 << 20)


def test_what_is_not_permitted_is_said(source: Path, tmp_path: Path) -> None:
    with mounted_tmpfs(tmp_path / "disk"):
        subprocess.run(["mount", "-o", "remount,ro", tmp_path / "disk"], check=True)
        with pytest.raises(TransientError, match="not permitted"):
            move_away(source, tmp_path / "disk" / "scan.jpg", identity(source))
    assert source.read_bytes() == b"the page"


def test_a_source_that_may_not_be_removed_leaves_no_copy(source: Path, tmp_path: Path, other_disk: Path) -> None:
    """A read-only disk: the copy is made, the original can't go."""
    with mounted_tmpfs(tmp_path / "card"):
        card = tmp_path / "card" / "scan.jpg"
        card.write_bytes(source.read_bytes())
        subprocess.run(["mount", "-o", "remount,ro", tmp_path / "card"], check=True)
        with pytest.raises(TransientError, match="not permitted"):
            move_away(card, other_disk / "scan.jpg", identity(card))
        assert card.read_bytes() == b"the page"
        assert everything(other_disk) == {}
        # what stood there before is not taken for ours
        subprocess.run(["cp", "--preserve=all", card, other_disk], check=True)
        with pytest.raises(TransientError, match="not permitted"):
            move_away(card, other_disk / "scan.jpg", identity(card))
        assert everything(other_disk) == {"scan.jpg": b"the page"}


def test_a_file_in_place_of_a_folder_is_said(source: Path, archive: Path) -> None:
    (archive / "2026").touch()
    with pytest.raises(TransientError, match="a file stands in place of a folder"):
        move_away(source, archive / "2026" / "scan.jpg", identity(source))
    assert source.read_bytes() == b"the page"


def large(source: Path) -> str:
    """Make a file whose copying takes long enough to be met in the middle; returns its digest."""
    with source.open("wb") as file:
        file.write(random.Random(1).randbytes(1 << 20))
        file.truncate(LARGE)
    return digest(source)


def when_half_copied(folder: Path, then: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not any(1 << 20 < path.stat().st_size < LARGE for path in folder.glob(".notesyncd-*.tmp")):
        assert time.monotonic() < deadline
        time.sleep(0.001)
    then()


@pytest.mark.parametrize("change", ["grown", "replaced"])
def test_a_file_that_changes_while_it_is_copied_stays(source: Path, inbox: Path, other_disk: Path, change: str) -> None:
    large(source)

    def meddle() -> None:
        if change == "grown":
            with source.open("ab") as file:
                file.write(b"more")
        else:
            (inbox / ".new").write_bytes(b"the next page")
            (inbox / ".new").rename(source)

    meddler = threading.Thread(target=when_half_copied, args=(other_disk, meddle), daemon=True)
    meddler.start()
    with pytest.raises(TransientError):
        move_away(source, other_disk / "scan.jpg", identity(source))
    meddler.join()
    assert everything(other_disk) == {}
    assert os.listdir(inbox) == ["scan.jpg"]
    assert source.stat().st_size == (LARGE + 4 if change == "grown" else len(b"the next page"))


def moving(source: Path, target: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", MOVE, source, target]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


def test_killed_in_the_middle_of_a_copy_nothing_is_lost(source: Path, inbox: Path, other_disk: Path) -> None:
    whole = large(source)
    with moving(source, other_disk / "scan.jpg") as process:
        when_half_copied(other_disk, process.kill)
    assert process.returncode == -signal.SIGKILL
    assert digest(source) == whole
    assert not (other_disk / "scan.jpg").exists()
    assert all(name.startswith(".") for name in os.listdir(other_disk))
    move_away(source, other_disk / "scan.jpg", identity(source))
    assert os.listdir(inbox) == []
    assert os.listdir(other_disk) == ["scan.jpg"]
    assert digest(other_disk / "scan.jpg") == whole


def test_killed_at_any_moment_one_whole_file_stands_in_the_end(source: Path, inbox: Path, other_disk: Path) -> None:
    chance = random.Random(7)
    with source.open("wb") as file:
        file.truncate(16 << 20)
    whole, target = digest(source), other_disk / "scan.jpg"
    kills = 0
    for _ in range(12):
        with moving(source, target) as process:
            time.sleep(chance.uniform(0, 0.06))
            process.kill()
        kills += process.returncode == -signal.SIGKILL
        seen = [path for path in (source, target) if path.exists()]
        assert seen
        assert all(digest(path) == whole for path in seen)
        if not source.exists():  # it was quicker: once more from the beginning
            target.rename(other_disk / "back")
            source.write_bytes((other_disk / "back").read_bytes())
            (other_disk / "back").unlink()
    assert kills
    move_away(source, target, identity(source))
    assert digest(target) == whole
    assert os.listdir(other_disk) == ["scan.jpg"]
    assert [name for name in os.listdir(inbox) if not name.endswith(".away")] == []


@given(st.binary(min_size=1, max_size=255), st.integers(2, 12))
def test_every_name_can_be_a_name(raw: bytes, many: int) -> None:
    if raw in {b".", b".."} or b"/" in raw or b"\0" in raw:
        return
    wanted = Path("/archive") / os.fsdecode(raw)
    names = [name for name, _ in zip(names_for(wanted), range(many), strict=False)]
    assert names[0] == wanted
    assert len(set(names)) == many
    assert {name.parent for name in names} == {wanted.parent}
    assert max(len(os.fsencode(name.name)) for name in names) <= 255


@pytest.mark.parametrize(
    ("name", "second"),
    [
        ("scan.jpg", "scan (2).jpg"),
        ("scan", "scan (2)"),
        (".hidden", ".hidden (2)"),
        ("2026.05.01 list.tar.gz", "2026.05.01 list.tar (2).gz"),
        ("ä" * 125 + ".jpg", "ä" * 123 + " (2).jpg"),
        ("a." + "b" * 250, "a." + "b" * 249 + " (2)"),
    ],
)
def test_the_number_stands_before_the_suffix(name: str, second: str) -> None:
    first, other, _ = zip(names_for(Path(name)), range(3), strict=False)
    assert [first[0].name, other[0].name] == [name, second]


@given(st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=80))
def test_no_character_is_cut_in_two(text: str) -> None:
    name = (text * 9).encode()[:200].decode(errors="ignore") + ".jpg"
    if len(name.encode()) > 255:
        return
    for candidate, _ in zip(names_for(Path("/a") / name), range(3), strict=False):
        candidate.name.encode()


class TestOfTheTrash:
    @pytest.fixture
    def home(self, tmp_path: Path) -> Path:
        (tmp_path / "home").mkdir()
        return tmp_path / "home"

    def put(self, source: Path, home: Path) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": os.environ["PATH"], "HOME": str(home)}
        command = [sys.executable, "-c", TRASH, source]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    def test_the_desktop_can_give_it_back(self, source: Path, inbox: Path, home: Path) -> None:
        for page in (b"the page", b"the next page"):
            source.write_bytes(page)
            ran = self.put(source, home)
            assert ran.returncode == 0, ran.stderr
        assert everything(inbox) == {}
        kept = home / ".local/share/Trash"
        assert sorted(path.read_bytes() for path in (kept / "files").iterdir()) == [b"the next page", b"the page"]
        for note in (kept / "info").iterdir():
            assert f"Path={source}" in unquote(note.read_text())

    def test_on_another_disk_it_goes_into_that_disks_trash(self, other_disk: Path, home: Path) -> None:
        (other_disk / "inbox").mkdir()
        source = other_disk / "inbox" / "Übung 1.jpg"
        source.write_bytes(b"the page")
        ran = self.put(source, home)
        assert ran.returncode == 0, ran.stderr
        kept = other_disk / f".Trash-{os.getuid()}"
        assert everything(kept / "files") == {"Übung 1.jpg": b"the page"}
        (note,) = (kept / "info").iterdir()
        assert "Path=inbox/Übung 1.jpg" in unquote(note.read_text())
        assert everything(home) == {}

    def test_another_file_of_that_name_stays(self, source: Path) -> None:
        before = identity(source)
        source.write_bytes(b"the page, and more")
        with pytest.raises(SourceChanged):
            trash(source, before)
        assert source.read_bytes() == b"the page, and more"

    def test_where_there_can_be_none_it_is_said(self, tmp_path: Path, source: Path) -> None:
        with mounted_tmpfs(tmp_path / "card"):
            card = tmp_path / "card" / "scan.jpg"
            card.write_bytes(b"the page")
            subprocess.run(["mount", "-o", "remount,ro", tmp_path / "card"], check=True)
            with pytest.raises(
                TransientError, match=r"card/scan\.jpg can't be put into the trash: it is not permitted"
            ):
                trash(card, identity(card))
            assert card.read_bytes() == b"the page"
