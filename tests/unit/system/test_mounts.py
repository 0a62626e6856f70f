"""Network file systems are told from local ones, and one mount from the next at the same place."""

import platform
import shutil
import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest

from notesyncd.system.mounts import file_system, is_network, kind_in_mount_table, mount_id, network_file_system
from tests.unit.system.mounting import mounted_far_folder, mounted_tmpfs

MAC_MOUNTS = """\
/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)
devfs on /dev (devfs, local, nobrowse)
/dev/disk3s5 on /System/Volumes/Data (apfs, local, journaled, nobrowse, protect, root data)
//writer@nas._smb._tcp.local/My%20Notes on /Volumes/My Notes (on nas) (smbfs, nodev, nosuid, mounted by writer)
nas:/export on /Volumes/export (nfs)
"""


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "9p", "virtiofs", "fuse", "fuse.sshfs", "fuse.rclone"])
def test_these_are_network_file_systems(kind: str) -> None:
    assert is_network(kind)


@pytest.mark.parametrize(
    "kind", ["ext4", "btrfs", "xfs", "zfs", "apfs", "tmpfs", "overlay", "fuseblk", "fuse.mergerfs"]
)
def test_these_are_local(kind: str) -> None:
    assert not is_network(kind)


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_the_kind_is_that_of_the_mount_a_path_lies_on() -> None:
    assert file_system(Path("/proc/self/status")) == "proc"
    assert network_file_system(Path("/proc")) is None


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_what_does_not_exist_yet_lies_where_its_parent_lies(tmp_path: Path) -> None:
    assert file_system(tmp_path / "not" / "yet") == file_system(tmp_path)
    assert file_system(tmp_path) is not None


@pytest.mark.skipif(sys.platform != "linux", reason="needs namespaces of Linux")
def test_a_mount_over_a_folder_counts(tmp_path: Path) -> None:
    if shutil.which("unshare") is None:
        pytest.skip("needs unshare")
    folder = tmp_path / "a folder"
    folder.mkdir()
    look = (
        "import sys; from pathlib import Path; from notesyncd.system.mounts import file_system; "
        "print(file_system(Path(sys.argv[1]) / 'below'))"
    )
    script = 'mount -t tmpfs none "$1" && mkdir "$1/below" && exec "$2" -c "$3" "$1"'
    ran = subprocess.run(
        ["unshare", "-Urm", "sh", "-c", script, "sh", str(folder), sys.executable, look],
        capture_output=True,
        text=True,
        check=False,
    )
    if "unshare:" in ran.stderr or "mount:" in ran.stderr:
        pytest.skip(f"needs mounts in a namespace of its own: {ran.stderr.strip()}")
    assert ran.stdout == "tmpfs\n", ran.stderr


def test_a_folder_of_another_machine_is_known_by_its_mount(tmp_path: Path) -> None:
    with mounted_far_folder(tmp_path / "far") as kind:
        assert network_file_system(tmp_path / "far" / "not yet") == kind
    assert network_file_system(tmp_path / "far") is None


def test_a_remount_is_told_apart_though_device_and_inode_are_the_same(tmp_path: Path) -> None:
    if tuple(map(int, platform.release().split(".")[:2])) < (6, 8):
        pytest.skip("needs Linux 6.8, which gives no number of a mount twice")
    folder = tmp_path / "disk"
    seen = []
    for _ in range(2):
        with mounted_tmpfs(folder):
            status = folder.stat()
            seen.append((mount_id(folder), status.st_dev, status.st_ino))
            assert mount_id(folder) == seen[-1][0]
    assert seen[0][1:] == seen[1][1:]
    assert seen[0][0] != seen[1][0]


def test_a_mount_over_a_folder_is_told_apart_and_so_is_its_end(tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    folder.mkdir()
    below = mount_id(folder)
    assert below == mount_id(tmp_path)
    with mounted_tmpfs(folder):
        over = mount_id(folder)
        (folder / "inner").mkdir()
        assert mount_id(folder / "inner") == over
    assert over != below
    assert mount_id(folder) == below


def test_a_missing_path_has_no_mount(tmp_path: Path) -> None:
    if sys.platform != "linux":
        pytest.skip("mounts have numbers on Linux only")
    with pytest.raises(FileNotFoundError):
        mount_id(tmp_path / "missing")


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/Users/writer", "apfs"),
        ("/Volumes/My Notes (on nas)/state", "smbfs"),
        ("/Volumes/export", "nfs"),
        ("/Volumes/exports", "apfs"),
    ],
)
def test_the_table_of_macos_is_understood(path: str, kind: str) -> None:
    assert kind_in_mount_table(MAC_MOUNTS, PurePosixPath(path)) == kind
