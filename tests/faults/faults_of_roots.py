"""What befalls a watched folder: renamed, deleted, its disk unmounted, another one mounted over it; and how it heals."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


class Fault:
    """A fault of one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def prepare(self) -> None:
        """Make the folder as it is before."""

    def strike(self) -> None:
        raise NotImplementedError

    def heal(self) -> None:
        self.root.mkdir()

    def clean(self) -> None:
        """Leave no mount behind."""


class Renamed(Fault):
    def strike(self) -> None:
        self.root.rename(self.root.with_name("renamed"))


class Deleted(Fault):
    def strike(self) -> None:
        shutil.rmtree(self.root)


class Unmounted(Fault):
    """A disk in memory; the next one at its place gets the same device and inode numbers, and holds nothing."""

    lazily = False

    def prepare(self) -> None:
        if sys.platform != "linux" or os.geteuid() != 0:
            pytest.skip("needs root on Linux, to mount a file system")
        try:
            self.mount()
        except subprocess.CalledProcessError as error:
            pytest.skip(f"needs the right to mount: {error.stderr.strip()}")

    def strike(self) -> None:
        unmount(self.root, lazily=self.lazily)

    def heal(self) -> None:
        self.mount()

    def mount(self) -> None:
        call("mount", "-t", "tmpfs", "-o", "size=64m", "none", self.root)

    def clean(self) -> None:
        while os.path.ismount(self.root):
            unmount(self.root, lazily=True)


class UnmountedLazily(Unmounted):
    lazily = True


class DiskPulled(Unmounted):
    """A real disk (an image of one), which comes back with all that is on it."""

    @property
    def image(self) -> Path:
        return self.root.with_name("disk.img")

    def prepare(self) -> None:
        if shutil.which("mkfs.ext4") is None:
            pytest.skip("needs mkfs.ext4")
        with self.image.open("wb") as image:
            image.truncate(16 << 20)
        call("mkfs.ext4", "-q", self.image)
        super().prepare()

    def mount(self) -> None:
        call("mount", "-o", "loop", self.image, self.root)


class Unbound(Unmounted):
    """One folder of a disk that stays mounted elsewhere: the same folder comes back, and was never gone for others."""

    @property
    def disk(self) -> Path:
        return self.root.with_name("disk")

    def prepare(self) -> None:
        self.disk.mkdir()
        disk = Unmounted(self.disk)
        disk.prepare()
        super().prepare()

    def mount(self) -> None:
        call("mount", "--bind", self.disk, self.root)

    def clean(self) -> None:
        super().clean()
        Unmounted(self.disk).clean()


class Covered(Unmounted):
    """Another disk is mounted over the folder, and taken away again."""

    def prepare(self) -> None:
        super().prepare()
        self.clean()

    def strike(self) -> None:
        self.mount()

    def heal(self) -> None:
        unmount(self.root)


FAULTS = (Renamed, Deleted, Unmounted, UnmountedLazily, DiskPulled, Unbound, Covered)


@contextmanager
def fault_of(kind: type[Fault], root: Path) -> Iterator[Fault]:
    """Prepare a fault, and clean up after it."""
    fault = kind(root)
    try:
        fault.prepare()
        yield fault
    finally:
        fault.clean()


def call(*command: object) -> None:
    subprocess.run([*map(str, command)], check=True, capture_output=True, text=True)


def unmount(root: Path, *, lazily: bool = False) -> None:
    """Unmount; somebody may be looking into the folder at this very moment, so try for a while."""
    for _ in range(50):
        try:
            return call("umount", *(["--lazy"] if lazily else []), root)
        except subprocess.CalledProcessError as error:
            if "busy" not in error.stderr:
                raise
            time.sleep(0.1)
    raise AssertionError(f"{root} stays busy")
