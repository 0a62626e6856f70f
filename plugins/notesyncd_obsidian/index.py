"""Which file of the vault is the copy of which note, wherever the user moved it.

A directory scan with ``stat`` keeps the index fresh; only Markdown files that changed are opened. Files that stand in a
cloud only are never opened (that would fetch them): what they hold is unknown unless it was read before, and unknown
is not deleted.
"""

from __future__ import annotations

import json
import logging
import os
import re
import stat
import time
from collections import defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path

from notesyncd_obsidian.frontmatter import find_front_matter
from notesyncd_obsidian.names import comparable
from notesyncd_obsidian.region import find_regions
from notesyncd_obsidian.vault import CLOUD_STUB

_log = logging.getLogger(__name__)

_DATALESS = 0x40000000  # SF_DATALESS of macOS's sys/stat.h: the name stands here, the bytes in a cloud
_CONFLICT = re.compile(r"\.sync-conflict-|conflicted copy", re.IGNORECASE)
_LARGEST_NOTE = 16 << 20  # bytes that are searched for our marks; what stands behind them isn't ours
_SECOND = 1_000_000_000
_TRUSTED_FOR = 60.0  # seconds in which a folder's unchanged mtime is believed; some network drives keep none
_SAVE_EVERY = 60.0
_FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A Markdown file of the vault.

    Attributes:
        path: below the vault, with ``/``, as the file system spells it.
        owner: id in its properties.
        regions: ids of the managed regions in it.
        place: device and inode, which a move on the same disk keeps.
        mtime_ns: when it last changed; 0 where that was so shortly before it was read that it must be read again.
        known: False where its content was never read: it stands in a cloud only, or nobody lets us.
        local: its bytes stand on this machine.
    """

    path: str
    owner: str | None = None
    regions: tuple[str, ...] = ()
    place: tuple[int, int] = (0, 0)
    size: int = 0
    mtime_ns: int = 0
    born_ns: int = 0
    known: bool = True
    local: bool = True

    def holds(self, note_id: str) -> bool:
        """Whether it bears marks of this note."""
        return self.owner == note_id or note_id in self.regions


@dataclass(slots=True, kw_only=True)
class _Folder:
    mtime_ns: int
    files: dict[str, Entry] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)


class VaultIndex:
    """Finds copies by note id and files by name.

    Attributes:
        unlisted: folders whose content couldn't be read at the last refresh.
    """

    def __init__(self, vault: Path, store: Path) -> None:
        """Open the index of ``vault``; ``store`` is the file in which it is kept between runs (a cache)."""
        self.unlisted: list[str] = []
        self._vault = vault
        self._store = store
        self._folders: dict[str, _Folder] = {}
        self._remembered: dict[str, Entry] = {}
        self._by_id: dict[str, set[str]] = defaultdict(set)
        self._by_name: dict[str, set[str]] = defaultdict(set)
        self._homes: dict[str, tuple[int, int]] = {}
        self._copies: dict[tuple[int, int], set[str]] = defaultdict(set)
        self._looked_at = float("-inf")
        self._saved_at = time.monotonic()
        self._changed = False
        self._load()

    def refresh(self, *, thorough: bool = False) -> None:
        """Bring the index up to date.

        Args:
            thorough: look at every file, not only into folders that changed; done anyway once a minute. A file edited
                in place doesn't change its folder.
        """
        now = time.monotonic()
        thorough = thorough or now - self._looked_at > _TRUSTED_FOR
        self.unlisted = []
        seen: set[str] = set()
        self._visit("", thorough=thorough, seen=seen, parents=frozenset())
        for gone in self._folders.keys() - seen:
            self._forget_folder(gone)
        if thorough:
            self._looked_at = now
            self._drop_dead_copies()
            if not self.unlisted:
                self._remembered.clear()
        if self._changed and now - self._saved_at > _SAVE_EVERY:
            self.save()

    def copies(self, note_id: str) -> list[Entry]:
        """Return the files that bear this note's marks and may be ours, the likeliest first.

        Left out is what was once seen beside our own copy: that the user made. The one whose inode is that of our copy
        goes before one with the id in its properties, then the oldest.
        """
        entries = [entry for path in self._by_id.get(note_id, ()) if (entry := self._entry(path)) is not None]
        return sorted(
            (entry for entry in entries if note_id not in self._copies.get(entry.place, ())),
            key=lambda entry: (
                entry.place != self._homes.get(note_id),
                entry.owner != note_id,
                entry.born_ns,
                entry.path,
            ),
        )

    def search(self, note_id: str, *, thorough: bool) -> Entry | None:
        """Return the likeliest copy, looked at this moment; ``thorough`` as for ``refresh``."""
        self.refresh(thorough=thorough)
        listed = self.copies(note_id)
        looked_at = (self.entry(entry.path) for entry in listed)
        found = next((entry for entry in looked_at if entry is not None and entry.holds(note_id)), None)
        if found is None and listed and not thorough:  # edited in place since the last thorough look
            return self.search(note_id, thorough=True)
        return found

    def unknown(self) -> list[str]:
        """Return the paths of notes that stand in a cloud only and were never read."""
        return [entry.path for folder in self._folders.values() for entry in folder.files.values() if not entry.known]

    def entry(self, path: str) -> Entry | None:
        """Look at one file by itself; None if it isn't there. One that stands in a cloud only isn't opened."""
        try:
            status = (self._vault / path).stat()
        except (FileNotFoundError, NotADirectoryError):
            stub = (self._vault / path).with_name(f".{_name(path)}.icloud")
            return self._cloud_entry(path) if os.path.lexists(stub) else None
        return self._look(path, status, self._entry(path)) if stat.S_ISREG(status.st_mode) else None

    def named(self, name: str) -> list[str]:
        """Return the paths of all files with this name, as Obsidian compares names in links."""
        return sorted(self._by_name.get(comparable(name), ()))

    def settle(self, note_id: str, path: str) -> None:
        """Take ``path`` for the home of our copy; every other file that bears its marks now is the user's.

        Other notes whose home the file was before it was written anew stay at home there.
        """
        before = self._entry(path)
        entry = self.entry(path)
        if entry is None or not entry.local:
            return
        self._put(entry)
        old = self._homes.get(note_id) if before is None else before.place
        at_home = {one for one in {entry.owner, *entry.regions} if one is not None and self._homes.get(one) == old}
        others = {other.place for other in self.copies(note_id) if other.path != path}
        self._homes |= dict.fromkeys({note_id, *at_home}, entry.place)
        for place in others - {entry.place}:
            self._copies[place].add(note_id)
        self._copies[entry.place] -= {note_id, *at_home}  # an inode may have been a deleted copy's before
        self._changed = True

    def save(self) -> None:
        """Keep what was read, so that the next start opens changed files only and knows what went to a cloud."""
        kept = {
            "format": _FORMAT,
            "vault": str(self._vault),
            "homes": self._homes,
            "copies": [[place, sorted(ids)] for place, ids in self._copies.items() if ids],
            "files": [
                [entry.path, entry.owner, entry.regions, entry.place, entry.size, entry.mtime_ns, entry.born_ns]
                for folder in self._folders.values()
                for entry in folder.files.values()
                if entry.known
            ],
        }
        self._saved_at = time.monotonic()
        temporary = self._store.with_suffix(".tmp")
        try:
            self._store.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_text(json.dumps(kept), encoding="utf-8")
            temporary.replace(self._store)
        except OSError as error:
            _log.warning("the index of the vault can't be kept in %s: %s", self._store, error.strerror)
        else:
            self._changed = False

    # ------------------------------------------------------------------------------------------------------ the scan

    def _visit(self, folder: str, *, thorough: bool, seen: set[str], parents: frozenset[tuple[int, int]]) -> None:
        try:
            status = (self._vault / folder).stat()
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError:
            self._unlisted(folder, seen)
            return
        here = (status.st_dev, status.st_ino)
        if here in parents:  # a link to a folder above
            return
        if not is_local(status):
            self._unlisted(folder, seen)
            return
        seen.add(folder)
        known = self._folders.get(folder)
        if thorough or known is None or known.mtime_ns != status.st_mtime_ns:
            try:
                known = self._list(folder, status, thorough=thorough)
            except FileNotFoundError:
                seen.discard(folder)
                return
            except OSError:
                self._unlisted(folder, seen)
                return
        for name in known.folders:
            self._visit(_below(folder, name), thorough=thorough, seen=seen, parents=parents | {here})

    def _unlisted(self, folder: str, seen: set[str]) -> None:
        """What was known of a folder that can't be read now stays known, but nothing is said to be gone."""
        self.unlisted.append(folder)
        prefix = f"{folder}/" if folder else ""
        seen |= {known for known in self._folders if known == folder or known.startswith(prefix)}

    def _list(self, folder: str, status: os.stat_result, *, thorough: bool) -> _Folder:
        """Read a folder's names.

        Where it isn't a thorough look, a file that was known there isn't looked at if it has kept its inode, which the
        listing itself tells.
        """
        new = _Folder(mtime_ns=_settled(status.st_mtime_ns))
        before = self._folders.get(folder, _Folder(mtime_ns=0))
        with os.scandir(self._vault / folder) as listing:
            for item in listing:
                known = before.files.get(_below(folder, item.name))
                try:
                    if known is not None and not thorough and known.mtime_ns and known.place[1] == item.inode():
                        new.files[known.path] = known
                    else:
                        self._take(item, folder, new, known)
                except FileNotFoundError:
                    continue
                except OSError:  # a link that leads to itself
                    new.others.append(_below(folder, item.name))
        self._folders[folder] = new
        self._follow(before, new)
        return new

    def _take(self, item: os.DirEntry[str], folder: str, new: _Folder, known: Entry | None) -> None:
        path = _below(folder, item.name)
        if stub := CLOUD_STUB.fullmatch(item.name) if item.name.startswith(".") else None:
            target = _below(folder, stub["name"])
            if _is_note(target):
                new.files.setdefault(target, self._cloud_entry(target))
        elif item.name.startswith("."):
            return
        elif item.is_dir():
            new.folders.append(item.name)
        elif item.is_file() and _is_note(item.name):
            new.files[path] = self._look(path, item.stat(), known)
        else:
            new.others.append(path)

    def _follow(self, before: _Folder, new: _Folder) -> None:
        """Bring what is looked up by id and name from one listing of a folder to the next."""
        for path, entry in before.files.items():
            if new.files.get(path) is not entry:
                self._unnote(entry)
                self._changed = True
        for path, entry in new.files.items():
            if before.files.get(path) is not entry:
                self._note(entry)
                self._changed = True
        for path in before.others:
            self._by_name[comparable(_name(path))].discard(path)
        for path in new.others:
            self._by_name[comparable(_name(path))].add(path)

    def _look(self, path: str, status: os.stat_result, known: Entry | None) -> Entry:
        """Return what a file is, opened only if it changed since it was read and stands on this machine."""
        known = known or self._remembered.get(path)
        if not is_local(status):
            return self._cloud_entry(path)
        place = (status.st_dev, status.st_ino)
        if (
            known is not None
            and known.local
            and (known.place, known.size, known.mtime_ns) == (place, status.st_size, status.st_mtime_ns)
        ):
            return known
        try:
            owner, regions = _marks(self._vault / path)
        except PermissionError:
            return Entry(path=path, known=False)
        self._changed = True
        return Entry(
            path=path,
            owner=owner,
            regions=regions,
            place=place,
            size=status.st_size,
            mtime_ns=_settled(status.st_mtime_ns),
            born_ns=int(getattr(status, "st_birthtime", 0) * _SECOND) or status.st_mtime_ns,
        )

    def _cloud_entry(self, path: str) -> Entry:
        known = self._entry(path) or self._remembered.get(path)
        if known is None:
            return Entry(path=path, known=False, local=False)
        return replace(known, local=False)

    # ------------------------------------------------------------------------------------------------------ the memory

    def _entry(self, path: str) -> Entry | None:
        folder = self._folders.get(_parent(path))
        return folder.files.get(path) if folder else None

    def _put(self, entry: Entry) -> None:
        """Take over what is known of one file, without a scan."""
        folder = self._folders.get(_parent(entry.path))
        if folder is None:
            return
        if (before := folder.files.get(entry.path)) is not None:
            self._unnote(before)
        folder.files[entry.path] = entry
        self._note(entry)

    def _note(self, entry: Entry) -> None:
        for note_id in {entry.owner, *entry.regions} - {None}:
            self._by_id[str(note_id)].add(entry.path)
        self._by_name[comparable(_name(entry.path))].add(entry.path)

    def _unnote(self, entry: Entry) -> None:
        for note_id in {entry.owner, *entry.regions} - {None}:
            self._by_id[str(note_id)].discard(entry.path)
        self._by_name[comparable(_name(entry.path))].discard(entry.path)

    def _drop_dead_copies(self) -> None:
        """Forget copies of the user that are gone, before the file system gives their inodes to other files."""
        if self.unlisted:
            return
        standing = {entry.place for folder in self._folders.values() for entry in folder.files.values()}
        for place in self._copies.keys() - standing:
            del self._copies[place]
            self._changed = True

    def _forget_folder(self, path: str) -> None:
        folder = self._folders.pop(path, None)
        if folder is not None:
            self._follow(folder, _Folder(mtime_ns=0))

    def _load(self) -> None:
        """Take over what an earlier run kept; a file that is missing, broken or of another vault counts as none."""
        try:
            kept = json.loads(self._store.read_text(encoding="utf-8"))
            if (kept["format"], kept["vault"]) != (_FORMAT, str(self._vault)):
                return
            homes = {note_id: (device, inode) for note_id, (device, inode) in kept["homes"].items()}
            copies = {(device, inode): set(ids) for (device, inode), ids in kept["copies"]}
            files = {
                path: Entry(
                    path=path,
                    owner=owner,
                    regions=tuple(regions),
                    place=(place[0], place[1]),
                    size=size,
                    mtime_ns=mtime_ns,
                    born_ns=born_ns,
                )
                for path, owner, regions, place, size, mtime_ns, born_ns in kept["files"]
            }
        except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError):
            return
        self._homes, self._remembered = homes, files
        self._copies.update(copies)


def is_local(status: os.stat_result) -> bool:
    """Whether a file's bytes, or a folder's names, stand on this machine."""
    return not getattr(status, "st_flags", 0) & _DATALESS


def _marks(path: Path) -> tuple[str | None, tuple[str, ...]]:
    """Read which notes a file bears marks of: in its properties, in its regions."""
    with path.open("rb") as file:
        content = file.read(_LARGEST_NOTE)
    if b"notesyncd" not in content:
        return None, ()
    text = content.decode("utf-8", "surrogateescape")
    properties = find_front_matter(text)
    regions = dict.fromkeys(region.note_id for region in find_regions(text))
    return properties.note_id if properties else None, tuple(regions)


def _settled(mtime_ns: int) -> int:
    """Return the time, or 0 if a second change could bear the same one: such a file or folder is looked at again."""
    coarse = (
        mtime_ns % _SECOND == 0
    )  # FAT and HFS+ count in seconds or two; the others' clocks tick every 10 ms or less
    return mtime_ns if time.time_ns() - mtime_ns > (5 * _SECOND // 2 if coarse else _SECOND // 20) else 0


def _is_note(name: str) -> bool:
    """Whether this is a note, and not what a sync client made of two notes."""
    return name.lower().endswith(".md") and not _CONFLICT.search(name)


def _below(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _name(path: str) -> str:
    return path.rpartition("/")[2]
