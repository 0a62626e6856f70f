"""Hostile names, and things with a picture's name that are no files."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from notesyncd.testing.pages import render_marked_page
from tests.hostile.cases import ABSENT, Case, Outcome, holding, ignored, sound
from tests.hostile.pictures import encoded

NAMES: tuple[bytes, ...] = (
    b"new\nline.jpg",
    b"tab\tand bell\x07.jpg",
    b"escape \x1b[31mred\x1b[0m.jpg",
    b"carriage\rreturn.jpg",
    b"delete \x7f.jpg",
    b"'single' and \"double\" quotes.jpg",
    b"back\\slash.jpg",
    b"-rf.jpg",
    b"--help",
    b"$(touch pwned).jpg",
    b"; touch pwned ;.jpg",
    b"`touch pwned`.jpg",
    b"%s %n {0} {name} %(x)s.jpg",
    b"*?.jpg",
    b"..%2f..%2fetc%2fpasswd.jpg".replace(b"..", b"a..", 1),
    b"a..\\..\\up.jpg",
    b"ends with dots...jpg...",
    b" begins and ends with a blank.jpg ",
    "right to left \u202egpj.jpg".encode(),
    "no width \u200b\u200d\ufeff.jpg".encode(),
    "emoji \U0001f469\u200d\U0001f469\u200d\U0001f467 \U0001f4d3.jpg".encode(),
    "e\u0301 decomposed.jpg".encode(),
    "\u00e9 composed.jpg".encode(),
    "會議記錄 заметки ملاحظات.jpg".encode(),
    b"latin-1 caf\xe9.jpg",
    b"no utf-8 \xff\xfe\x80.jpg",
    b"surrogate \xed\xa0\x80.jpg",
    b"# heading [[link]] |pipe| ^block.jpg",
    b"![[embed.md]] %%comment%%.jpg",
    b"<script>alert(1)<script>.jpg",
    b"---.jpg",
    b"yaml: [a, &b *b] #tag.jpg",
    b"CON.jpg",
    b"NUL",
    b"con:stream.jpg",
    b"{{title}} {% raw %}.jpg",
    b"n" * 251 + b".jpg",
    "\u4f1a".encode() * 83 + b".jpg",
    b".jpg.jpg.jpg".replace(b".", b"x.", 1),
)

NEVER_OPENED: tuple[bytes, ...] = (
    b".jpg",
    b".hidden.jpg",
    b"._scan.jpg",
    b"..scan.jpg",
    b"...",
    b"scan.jpg.part",
    b"scan.jpg.crdownload",
    b"~$scan.jpg",
    b"scan.jpg~",
    b"Thumbs.db",
    b"desktop.ini",
    b"IMG_0001.MOV",
    b"annexe \xe2\x80\xaegpj.exe",
    b"scan.jpg.txt",
)


def names(marks: Iterator[str]) -> Iterator[Case]:
    """Yield sound pages under hostile names; those that are never opened bear a mark that must appear nowhere."""
    for name in NAMES:
        mark = next(marks)
        yield Case(family="name", name=name, put=holding(_page(mark)), outcomes=(sound(),), marks=(mark,))
    for name in NEVER_OPENED:
        mark = next(marks)
        yield Case(family="name never opened", name=name, put=holding(_page(mark)), outcomes=ignored(), hidden=(mark,))


def nodes(outside: Path, marks: Iterator[str]) -> Iterator[Case]:
    """Yield links and other things that are no regular files; ``outside`` is a folder that nobody watches.

    Its pages bear marks that no note may ever show.
    """
    absent = (Outcome(state=ABSENT),)
    secret, secrets = outside / "secret.jpg", outside / "secrets"
    secrets.mkdir(parents=True)
    hidden = next(marks), next(marks)
    for path, mark in zip((secret, secrets / "inner.jpg"), hidden, strict=True):
        path.write_bytes(_page(mark))
    makers: dict[str, Callable[[Path], object]] = {
        "link to a page outside.jpg": lambda path: path.symlink_to(secret),
        "relative link to a page outside.jpg": lambda path: path.symlink_to(os.path.relpath(secret, path.parent)),
        "link to a folder outside.jpg": lambda path: path.symlink_to(secrets),
        "link to itself.jpg": lambda path: path.symlink_to(path),
        "link to its own folder.jpg": lambda path: path.symlink_to(path.parent),
        "link to the root.jpg": lambda path: path.symlink_to("/"),
        "link to nothing.jpg": lambda path: path.symlink_to(outside / "nothing.jpg"),
        "link to the memory of a process.jpg": lambda path: path.symlink_to("/proc/self/mem"),
        "link to endless zeros.jpg": lambda path: path.symlink_to("/dev/zero"),
        "empty folder.jpg": lambda path: path.mkdir(),
        "folder of a PDF.pdf": lambda path: path.mkdir(),
        "pipe.jpg": os.mkfifo,
        "pipe.pdf": os.mkfifo,
        "socket.jpg": _socket,
    }
    for name, make in makers.items():
        yield Case(family="no file", name=name.encode(), put=make, outcomes=absent, hidden=hidden)
    mark = next(marks)
    within = Case(
        family="no file",
        name=b"folder with a page.jpg/page.jpg",
        put=_within(_page(mark)),
        outcomes=(sound(),),
        marks=(mark,),
    )
    yield within
    for name, major, minor in (("endless zeros.jpg", 1, 5), ("terminal.png", 5, 0)):  # needs the right to make them
        yield Case(
            family="no file",
            name=name.encode(),
            put=partial(os.mknod, mode=stat.S_IFCHR | 0o666, device=os.makedev(major, minor)),
            outcomes=absent,
        )
    if not _reads_everything(outside):
        yield Case(
            family="no file",
            name=b"may not be read.jpg",
            put=_forbidden,
            outcomes=(Outcome(state="settling", reason="can't be (opened|read).*permission"),),
        )


def _forbidden(path: Path) -> None:
    path.write_bytes(b"secret")
    path.chmod(0)


def _reads_everything(folder: Path) -> bool:
    """Tell whether no permission keeps us from a file, as is so for root."""
    probe = folder / "probe"
    _forbidden(probe)
    try:
        probe.read_bytes()
    except PermissionError:
        return False
    finally:
        probe.unlink()
    return True


def _page(mark: str) -> bytes:
    return encoded("jpeg", render_marked_page(mark).image)


def _within(data: bytes) -> Callable[[Path], object]:
    def put(path: Path) -> None:
        path.parent.mkdir()
        path.write_bytes(data)

    return put


def _socket(path: Path) -> None:
    """Leave a socket behind; its address may be longer than the system takes, so it is made under a short one."""
    here = os.open(path.parent, os.O_RDONLY)
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(f"/proc/self/fd/{here}/{path.name}" if Path("/proc/self/fd").exists() else str(path))
    finally:
        os.close(here)
