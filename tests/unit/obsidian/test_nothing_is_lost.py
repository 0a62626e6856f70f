"""Whatever a user does to a vault between deliveries, nothing of his is lost and no note is doubled."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from collections import Counter
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from notesyncd.api import Block, Note, Receipt, Removed, SinkContext, TransientError
from notesyncd.testing import notes
from notesyncd.testing.sink_contract import Courier, Killed
from notesyncd_obsidian.frontmatter import find_front_matter
from notesyncd_obsidian.region import find_regions
from notesyncd_obsidian.settings import ObsidianSettings
from notesyncd_obsidian.sink import ObsidianSink

WORDS = re.compile(r"user\d+")  # each word that our user writes is unique

PAGES = [notes.attachment("one"), notes.attachment("two")]


def block(number: int, wording: int) -> Block:
    """A block of each kind, in one of several wordings."""
    text = f"sentence {number} in wording {wording}"
    name = f"b{number}"
    kinds = [
        notes.paragraph(text, name),
        notes.task(text, name),
        notes.list_item(text, name),
        notes.heading(text, name, level=2),
        Block(id=name, kind="code", spans=(notes.span(f"{text}\n\n- code {wording}"),)),
        notes.paragraph(f"{text}\nand a second line", name),
    ]
    return kinds[number % len(kinds)]


class Vault(RuleBasedStateMachine):
    """One vault, two notes, a user, and a daemon that may die, forget or find the disk unmounted."""

    mode = "note"

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp())
        self.root = self.home / "Vault"
        (self.root / ".obsidian").mkdir(parents=True)
        (self.home / "artifacts").mkdir()
        self.couriers = [Courier(self.home / "artifacts"), Courier(self.home / "artifacts")]
        self.notes: list[Note] = []
        self.removed = [False, False]
        self.stood = [False, False]
        self.written = 0
        self.clock = time.time() - 100_000
        self.copies: dict[Path, bytes] = {}
        self.copied: set[Path] = set()
        self.mounted = True
        self.sink = self.open()
        self.kept = self.users_words()

    def open(self) -> ObsidianSink:
        return ObsidianSink(
            ObsidianSettings(vault=self.root, mode=self.mode), SinkContext(name="obsidian", cache=self.home / "cache")
        )

    def teardown(self) -> None:
        self.sink.close()
        shutil.rmtree(self.home)

    # ------------------------------------------------------------------------------------------------ what is there

    @property
    def place(self) -> Path:
        return self.root if self.mounted else self.home / "elsewhere"

    def files(self) -> list[Path]:
        return sorted(path for path in self.place.rglob("*.md") if not path.name.startswith("."))

    def text(self, path: Path) -> str:
        return path.read_bytes().decode()

    def images(self) -> list[Path]:
        return sorted(self.place.rglob("*.jpg"))

    def users_words(self) -> Counter[str]:
        return Counter(word for path in self.files() for word in WORDS.findall(self.text(path)))

    def holding(self, which: int) -> list[Path]:
        """Files that bear the note's marks and aren't copies which the user made."""
        note_id = self.notes[which].id

        def bears(text: str) -> bool:
            front = find_front_matter(text)
            return bool(find_regions(text, note_id)) or (front is not None and front.note_id == note_id)

        return [path for path in self.files() if path not in self.copies and bears(self.text(path))]

    # ------------------------------------------------------------------------------------------------- what we do

    @initialize()
    def begin(self) -> None:
        self.notes = [
            notes.note(
                name,
                *(block(number, 0) for number in range(start, start + 5)),
                notes.image(page),
                title="Same title",
                attachments=(page,),
                tags=("ours",),
            )
            for name, start, page in (("one", 0, PAGES[0]), ("two", 3, PAGES[1]))
        ]

    @rule(which=st.integers(0, 1), change=st.sampled_from(["word", "add", "drop", "turn"]), at=st.integers(0, 9))
    def revise(self, which: int, change: str, at: int) -> None:
        note = self.notes[which]
        blocks = list(note.blocks)
        at %= len(blocks)
        if change == "word" and blocks[at].kind != "image":
            blocks[at] = block(int(blocks[at].id[1:]), note.revision)
        elif change == "add":
            blocks.insert(at, block(note.revision * 6 + at, note.revision))
        elif change == "drop" and len(blocks) > 1:
            del blocks[at]
        elif change == "turn":
            blocks.reverse()
        self.notes[which] = notes.revised(note, *blocks, tags=("ours", f"tag{note.revision}"))

    @rule(which=st.integers(0, 1), fault=st.sampled_from(["", "", "", "lost answer", "dies", "restart"]))
    def deliver(self, which: int, fault: str) -> None:
        courier, note = self.couriers[which], self.notes[which]
        if fault == "restart":
            self.sink.close()
            self.sink = self.open()
        before = {path: self.text(path) for path in self.files()}
        images, shown = (
            self.images(),
            any(".jpg]]" in self.text(path) for path in set(self.holding(which)) - self.copied),
        )
        kept = [courier.receipt, courier.standing, courier.progress]

        def saved(_: int) -> None:
            kept[2] = courier.progress
            if fault == "dies":
                raise Killed

        courier.on_save = saved
        try:
            answer = courier.send(self.sink, note)
        except Killed:
            return
        except TransientError as error:
            if self.mounted and error.retry_after is None:
                raise
            return  # unmounted, or a file without our marks has just been written
        assert self.mounted
        assert not shown or self.images() == images
        if isinstance(answer, Removed):
            assert self.stood[which]
            assert not set(self.holding(which)) - self.copied
            self.removed[which] = True  # a tombstone: the receipt stays, and with it the knowledge
        else:
            self.stood[which], self.removed[which] = True, False
            self.check_copy(which, answer, before)
        if fault == "lost answer" and isinstance(answer, Receipt):
            (courier.receipt, courier.standing, courier.progress), courier.sent = kept, [note]

    def check_copy(self, which: int, receipt: Receipt, before: dict[Path, str]) -> None:
        note, path = self.notes[which], self.root / receipt.remote_id
        text = self.text(path)
        region = next(iter(find_regions(text, note.id)), None)
        if region is None:
            return
        assert region.closed
        assert region.mark.digest == note.digest
        again = self.couriers[which].send(self.sink, note)
        assert isinstance(again, Receipt)
        assert self.text(path) == text, "a second delivery of the same revision changes something"
        if path in before and (old := find_regions(before[path], note.id)) and old[0].closed:
            assert outside(before[path], old[0].start, old[0].end) == outside(text, region.start, region.end)

    @rule(which=st.integers(0, 1))
    def forget(self, which: int) -> None:
        """The ledger is lost; a tombstone with it."""
        if not self.removed[which]:
            self.couriers[which].forget()
            if not self.holding(which):
                self.stood[which] = False

    # ------------------------------------------------------------------------------------------- what the user does

    def save(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        self.clock += 1.25
        os.utime(path, (self.clock, self.clock))
        if path in self.copies:
            self.copies[path] = text.encode()

    def word(self) -> str:
        self.written += 1
        return f"user{self.written}"

    def pick(self, at: int) -> Path | None:
        files = self.files()
        return files[at % len(files)] if files else None

    def settle(self) -> None:
        self.kept = self.users_words()
        # Where the original is gone, a copy can't be told from a note that was moved.
        gone = [note.id.encode() for which, note in enumerate(self.notes) if not set(self.holding(which)) - self.copied]
        self.copies = {
            path: content for path, content in self.copies.items() if not any(note_id in content for note_id in gone)
        }

    @rule(at=st.integers(0, 9), line=st.integers(0, 60), what=st.sampled_from(["edit", "insert", "replace", "delete"]))
    def edit(self, at: int, line: int, what: str) -> None:
        """Anywhere, marks and properties included."""
        if (path := self.pick(at)) is None:
            return
        newline = "\r\n" if "\r\n" in self.text(path) else "\n"
        lines = self.text(path).split(newline)
        line %= len(lines)
        if what == "insert":
            lines.insert(line, self.word())
        elif what == "delete":
            del lines[line]
        elif what == "edit":
            lines[line] += f" {self.word()}"
        else:
            lines[line] = self.word()
        self.save(path, newline.join(lines))
        self.settle()

    @rule(at=st.integers(0, 9), what=st.sampled_from(["above", "below", "tick", "crlf", "unmark", "empty", "property"]))
    def change(self, at: int, what: str) -> None:
        if (path := self.pick(at)) is None:
            return
        text = self.text(path)
        if what == "above":
            front = find_front_matter(text)
            end = text.index("\n", front.end) + 1 if front else 0
            text = f"{text[:end]}\n{self.word()}\n\n{text[end:]}"
        elif what == "below":
            text += f"\n{self.word()}\n"
        elif what == "tick":
            text = text.replace("- [ ] ", "- [x] ")
        elif what == "crlf":
            text = text.replace("\r\n", "\n").replace("\n", "\r\n")
        elif what == "unmark":
            text = re.sub(r"(?m)^%% notesyncd:(begin|end).*$", "", text)
        elif what == "empty":
            text = ""
        else:
            text = text.replace("---\n", f"---\nmine: {self.word()} # {self.word()}\n", 1)
        self.save(path, text)
        self.settle()

    @rule(at=st.integers(0, 9), folder=st.sampled_from(["", "Archive", "Archive/2026"]), name=st.integers(0, 5))
    def move(self, at: int, folder: str, name: int) -> None:
        path = self.pick(at)
        target = self.place / folder / f"Moved {name}.md"
        if path is None or target.exists():
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        path.rename(target)
        if path in self.copies:
            self.copies[target] = self.copies.pop(path)
        if path in self.copied:
            self.copied = self.copied - {path} | {target}

    @rule(at=st.integers(0, 9), name=st.integers(0, 5))
    def copy(self, at: int, name: int) -> None:
        path = self.pick(at)
        target = self.place / f"Copy {name}.md"
        if path is None or target.exists():
            return
        self.save(target, self.text(path))
        self.copies[target] = target.read_bytes()
        self.copied.add(target)
        self.settle()

    @rule(at=st.integers(0, 9))
    def delete(self, at: int) -> None:
        if (path := self.pick(at)) is None:
            return
        path.unlink()
        self.copies.pop(path, None)
        self.settle()

    @rule(page=st.integers(0, 1), name=st.integers(0, 3))
    def rename_attachment(self, page: int, name: int) -> None:
        """As Obsidian does it: the links follow."""
        old = PAGES[page].name
        if not any(old in self.text(note) for note in self.files()):
            return
        for path in self.place.rglob(old):
            new = path.with_name(f"Picture {page}-{name}.jpg")
            if new.exists():
                return
            path.rename(new)
            for note in self.files():
                self.save(note, self.text(note).replace(old, new.name))

    @precondition(lambda self: self.mounted)
    @rule()
    def unmount(self) -> None:
        self.root.rename(self.home / "elsewhere")
        self.mounted = False
        self.follow(self.root, self.home / "elsewhere")

    @precondition(lambda self: not self.mounted)
    @rule()
    def mount(self) -> None:
        (self.home / "elsewhere").rename(self.root)
        self.mounted = True
        self.follow(self.home / "elsewhere", self.root)

    def follow(self, old: Path, new: Path) -> None:
        self.copies = {new / path.relative_to(old): content for path, content in self.copies.items()}
        self.copied = {new / path.relative_to(old) for path in self.copied}

    # --------------------------------------------------------------------------------------------- what always holds

    @invariant()
    def every_word_of_the_user_stands(self) -> None:
        assert self.users_words() == self.kept

    @invariant()
    def a_copy_of_the_user_is_his(self) -> None:
        for path, content in self.copies.items():
            assert path.read_bytes() == content

    @invariant()
    def no_note_is_doubled(self) -> None:
        if self.mode == "note" and self.notes:
            for which in range(2):
                made = [path for path in self.holding(which) if path.name.startswith("Same title")]
                assert len(made) <= 1

    @invariant()
    def nothing_is_left_behind(self) -> None:
        assert self.mounted or not self.root.exists()


def outside(text: str, start: int, end: int) -> tuple[str, str]:
    """What stands around a region, without the properties."""
    front = find_front_matter(text)
    return text[front.end if front else 0 : start], text[end:]


class DailyVault(Vault):
    """The same in one daily note."""

    mode = "daily"


TestNotes = Vault.TestCase
TestDailyNotes = DailyVault.TestCase
for case in (TestNotes, TestDailyNotes):
    case.settings = settings(
        max_examples=60,
        stateful_step_count=25,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
del case
