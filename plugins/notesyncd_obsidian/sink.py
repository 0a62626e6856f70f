"""The sink: finds, creates and updates the copies of notes in one vault."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from notesyncd.api import (
    Absent,
    AuthError,
    DeliveryRequest,
    Found,
    Health,
    Json,
    Note,
    PermanentError,
    Receipt,
    Removed,
    SinkCapabilities,
    SinkContext,
    TransientError,
)
from notesyncd_obsidian.atomic import is_temporary, publish, temporary_of, write_temporary
from notesyncd_obsidian.attachments import Attachments, Place
from notesyncd_obsidian.daily import daily_content, daily_path
from notesyncd_obsidian.document import append_section, decode, encode, new_document, revise
from notesyncd_obsidian.frontmatter import find_front_matter
from notesyncd_obsidian.index import Entry, VaultIndex
from notesyncd_obsidian.names import comparable, free_name, safe_name
from notesyncd_obsidian.region import find_regions
from notesyncd_obsidian.rendering import Rendering, render
from notesyncd_obsidian.rewrite import Change, clear_temporary, rewrite
from notesyncd_obsidian.settings import ObsidianSettings
from notesyncd_obsidian.shelf import Shelf
from notesyncd_obsidian.vault import make_folder, read_vault_settings, require_vault, taken_names

_BEING_WRITTEN = 2.0  # seconds after a change in which a file without our marks may be a half-written one of ours
_TRIES = 5  # looks at a file that others change under our hands
_NOT_ALLOWED = {errno.EACCES, errno.EPERM, errno.EROFS}
_NEVER = {errno.ENAMETOOLONG, errno.EILSEQ, errno.EINVAL}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """A file of the vault with what it takes to write our notes into it."""

    path: str
    attachments: Attachments
    places: dict[str, Place]
    section: bool

    def render(self, note: Note) -> Rendering:
        """What we write of a revision in this file."""
        return render(note, lambda name: self.places[name].link if name in self.places else "", section=self.section)

    def write_attachments(self, request: DeliveryRequest, *, before: str, after: str) -> None:
        """Write the page images that the new text shows and the old one didn't.

        The others stand, or the user took them away or renamed them.
        """
        for attachment in request.note.attachments:
            place = self.places[attachment.name]
            if place.link in after and place.link not in before:
                self.attachments.write(place, request.open_artifact(attachment))


class ObsidianSink:
    """Keeps one copy of each note in step in one vault.

    A copy is known by the note's id in its properties or in the marks around its managed region, wherever the user
    moved it; its path is chosen once. What stands outside the region is never touched, edits inside it are merged
    (``notesyncd_obsidian.merge``), and before a write the file is looked at again, after it what was replaced is.
    """

    def __init__(self, settings: ObsidianSettings, context: SinkContext) -> None:
        """Open the sink; the vault may be away, then each call says so."""
        self._settings = settings
        self._vault = settings.vault
        self._name = context.name
        self._index = VaultIndex(self._vault, context.cache / "index.json")
        self._shelf = Shelf(context.cache / "replaced")

    def __repr__(self) -> str:
        return f"ObsidianSink(name={self._name!r}, vault={str(self._vault)!r}, mode={self._settings.mode!r})"

    @property
    def capabilities(self) -> SinkCapabilities:
        """Copies are found by their marks at once, and changed in place; nobody is notified."""
        return SinkCapabilities(lookup=True, update=True, announces=False)

    def identity(self) -> str:
        """The vault's path as it is configured.

        Not resolved and not read from the disk, because the answer must be the same while the vault is unmounted.
        """
        return str(self._vault)

    def check(self) -> Health:
        """Look whether the vault is there and may be written."""
        try:
            with self._explained():
                require_vault(self._vault)
                read_vault_settings(self._vault)
                next(self._vault.iterdir(), None)
        except (TransientError, AuthError, PermanentError) as error:
            return Health(ok=False, message=str(error))
        if not os.access(self._vault, os.W_OK):
            return Health(ok=False, message=f"this account may not write in {self._vault}")
        where = "daily notes" if self._settings.mode == "daily" else f"'{self._settings.folder or '/'}'"
        return Health(ok=True, message=f"vault {self._vault.name}: notes go to {where}")

    def find(self, note_id: str, since: datetime | None, receipt: Receipt | None) -> Found | Removed | Absent:
        """Look for our copy of a note.

        ``since`` changes nothing here: a file that stands is a living copy, and of a deleted one no trace is asked for.
        """
        del since
        with self._explained():
            require_vault(self._vault)
            entry = self._locate(note_id, receipt)
            if entry is None:
                return Removed() if receipt is not None else Absent()
            content = (self._vault / entry.path).read_bytes()
            self._index.settle(note_id, entry.path)
            regions = find_regions(decode(content), note_id)
            return Found(
                receipt=self._receipt(entry.path, content, at=None), revision=regions[0].mark if regions else None
            )

    def deliver(self, request: DeliveryRequest) -> Receipt | Removed:
        """Bring the copy to ``request.note``, by what stands in the vault now."""
        known = request.known.receipt if request.known is not None else None
        stood = known is not None
        with self._explained():
            for _ in range(_TRIES):
                require_vault(self._vault)
                entry = self._locate(request.note.id, known)
                if entry is not None:
                    stood = True
                    self._clear_announced(request.progress)
                    receipt = self._update(request, entry.path)
                elif stood or self._was_deleted(request.progress):
                    return Removed()
                elif self._settings.mode == "daily":
                    receipt = self._create_section(request)
                else:
                    receipt = self._create_note(request)
                if receipt is not None:
                    return receipt
        raise TransientError("somebody else keeps changing the file of this note", retry_after=5)

    def close(self) -> None:
        """Keep the index for the next start."""
        self._index.save()

    # ------------------------------------------------------------------------------------------------------- looking

    def _locate(self, note_id: str, receipt: Receipt | None) -> Entry | None:
        """Return the file that is our copy: the one at the receipt, else one with our marks anywhere in the vault.

        Raises:
            TransientError: what can't be looked at now may be our copy.
        """
        entry = self._at_receipt(note_id, receipt) if receipt is not None else None
        if entry is None:
            entry = self._index.search(note_id, thorough=receipt is not None)
        if entry is not None:
            if not entry.local:
                raise TransientError(f"{entry.path} stands in the cloud only; open it once in Obsidian")
            return entry
        if receipt is not None and (hidden := [*self._index.unlisted, *self._index.unknown()]):
            raise TransientError(
                f"the copy isn't at {receipt.remote_id} any more, and {len(hidden)} places of the vault can't be "
                f"looked at, such as '{hidden[0] or '/'}'"
            )
        return None

    def _at_receipt(self, note_id: str, receipt: Receipt) -> Entry | None:
        path = receipt.remote_id
        if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
            return None
        entry = self._index.entry(path)
        if entry is None or entry.holds(note_id):
            return entry
        if not entry.known:
            raise TransientError(f"{path} can't be read now: it stands in the cloud only, or may not be opened")
        if entry.owner is None:  # else it is another note, that took the name
            self._refuse_half_written(self._vault / path)
        return None

    def _refuse_half_written(self, path: Path) -> None:
        """Obsidian writes in place: a file that lacks something just now may be in the middle of being saved."""
        if abs(time.time() - path.stat().st_mtime) < _BEING_WRITTEN:
            raise TransientError(f"{path.name} is just being written", retry_after=_BEING_WRITTEN)

    def _was_deleted(self, progress: Json | None) -> bool:
        """Whether an earlier attempt made the copy and somebody deleted it since.

        ``progress`` names the temporary file, written before it and renamed after it. If that file is still there the
        copy was never made.
        """
        announced = self._named(progress, "temporary")
        if announced is None or not is_temporary(announced):
            return False
        if not self._clear_announced(progress):
            return True
        target = self._named(progress, "target")
        if target is not None and target.is_file() and target.stat().st_size == 0:
            target.unlink()  # our own empty one: without hard links a name is taken so
        return False

    def _clear_announced(self, progress: Json | None) -> bool:
        """Take away the temporary file that ``progress`` names, if it is there, and tell whether it was."""
        announced = self._named(progress, "temporary")
        return announced is not None and is_temporary(announced) and clear_temporary(announced, self._shelf)

    def _named(self, progress: Json | None, key: str) -> Path | None:
        name = progress.get(key) if progress is not None else None
        inside = isinstance(name, str) and not PurePosixPath(name).is_absolute() and ".." not in name.split("/")
        return self._vault / str(name) if inside else None

    # ------------------------------------------------------------------------------------------------------- writing

    def _create_note(self, request: DeliveryRequest) -> Receipt | None:
        """Make the note's own file; None if its name was taken meanwhile."""
        *above, name = [part for part in request.note.path.split("/") if part.strip(". ")] or [request.note.title]
        folder = make_folder(self._vault, "/".join([self._settings.folder, *map(safe_name, above)]))
        wanted = safe_name(name, suffix=".md")
        taken = taken_names(self._vault / folder)
        if (same := taken.get(comparable(wanted))) is not None:
            standing = self._index.entry(_join(folder, same))
            if standing is not None and not standing.known:
                raise TransientError(f"{standing.path} can't be read, so nobody knows whether it is this note")
        path = _join(folder, free_name(wanted, taken.keys()))
        page = self._page(request, path, standing="", section=False)
        rendering = page.render(request.note)
        text = new_document(request.note, rendering, with_properties=self._settings.properties)
        return self._create(request, page, text)

    def _create_section(self, request: DeliveryRequest) -> Receipt | None:
        """Put the note into the daily note of its date; None if that changed meanwhile."""
        settings = read_vault_settings(self._vault)
        now = datetime.now().astimezone()
        dated = request.note.dated or (request.note.captured_at or now).date()
        at = datetime.combine(dated, now.timetz())
        folder, _, name = daily_path(settings.daily, at).rpartition("/")
        folder = make_folder(self._vault, folder)
        path = _join(folder, taken_names(self._vault / folder).get(comparable(name), name))
        entry = self._index.entry(path)
        if entry is not None and not entry.local:
            raise TransientError(f"{path} stands in the cloud only; open it once in Obsidian")
        if entry is not None and entry.holds(request.note.id):
            return self._update(request, path)
        if entry is None:
            page = self._page(request, path, standing="", section=True)
            top = daily_content(self._vault, settings.daily, at)
            return self._create(request, page, append_section(top, request.note, page.render(request.note)))

        def append(text: str) -> str:
            page = self._page(request, path, standing="", section=True)
            longer = append_section(text, request.note, page.render(request.note))
            page.write_attachments(request, before=text, after=longer)
            return longer

        return self._rewrite(request, path, append, announce=True)

    def _create(self, request: DeliveryRequest, page: _Page, text: str) -> Receipt | None:
        target = self._vault / page.path
        page.write_attachments(request, before="", after=text)
        temporary = temporary_of(target, request.note.id)
        clear_temporary(temporary, self._shelf)
        content = encode(text)
        write_temporary(temporary, content)
        self._announce(request, temporary, target)
        require_vault(self._vault)
        try:
            publish(temporary, target)
        except FileExistsError:
            temporary.unlink()
            return None
        self._index.settle(request.note.id, page.path)
        return self._receipt(page.path, content, at=datetime.now(UTC))

    def _update(self, request: DeliveryRequest, path: str) -> Receipt | None:
        """Bring a file that holds our copy to the new revision; None if it is gone or holds it no more."""
        note = request.note

        def bring(text: str) -> str | None:
            front = find_front_matter(text)
            alone = front is not None and front.note_id == note.id
            regions = find_regions(text, note.id)
            if not alone and not regions:
                return None
            if regions and not regions[0].closed:
                self._refuse_half_written(self._vault / path)
            page = self._page(request, path, standing=text, section=self._settings.mode == "daily" and not alone)
            draft = revise(text, note, previous=request.previous, ours=request.ours, render=page.render)
            page.write_attachments(request, before=text, after=draft.text)
            if draft.touched and draft.text != text:
                self._shelf.keep(PurePosixPath(path).name, encode(text))
            return draft.text

        return self._rewrite(request, path, bring, announce=False)

    def _rewrite(self, request: DeliveryRequest, path: str, change: Change, *, announce: bool) -> Receipt | None:
        file = (self._vault / path).resolve()  # a link stays one
        if file.exists() and not file.stat().st_mode & stat.S_IWUSR:
            raise PermanentError(f"{path} is write-protected; allow writing and retry")

        def tell(temporary: Path) -> None:
            self._announce(request, temporary, file)

        content = rewrite(file, change, key=request.note.id, shelf=self._shelf, announce=tell if announce else None)
        if content is None:
            return None
        self._index.settle(request.note.id, path)
        return self._receipt(path, content, at=datetime.now(UTC))

    def _page(self, request: DeliveryRequest, path: str, *, standing: str, section: bool) -> _Page:
        note = request.note
        if note.attachments:
            self._index.refresh()
        attachments = Attachments(
            self._vault, read_vault_settings(self._vault), self._settings.attachments, self._index
        )
        earlier = [one for one in (request.previous, *request.ours) if one is not None]
        places = attachments.places(
            note.attachments,
            [attachment for one in earlier for attachment in one.attachments],
            note_path=path,
            standing=standing,
            open_artifact=request.open_artifact,
        )
        return _Page(path=path, attachments=attachments, places=places, section=section)

    def _announce(self, request: DeliveryRequest, temporary: Path, target: Path) -> None:
        request.save_progress(
            {
                "temporary": self._below_vault(temporary),
                "target": self._below_vault(target),
                "revision": request.note.revision,
                "digest": request.note.digest,
            }
        )

    def _below_vault(self, path: Path) -> str:
        return os.path.relpath(path.parent.resolve() / path.name, self._vault.resolve())

    # ------------------------------------------------------------------------------------------------------- answers

    def _receipt(self, path: str, content: bytes, *, at: datetime | None) -> Receipt:
        return Receipt(
            remote_id=path,
            url=f"obsidian://open?vault={quote(self._vault.name, safe='')}&file={quote(path, safe='')}",
            remote_version=hashlib.sha256(content).hexdigest(),
            at=at,
        )

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn errors of the file system into ours, by what to do next."""
        try:
            yield
        except OSError as error:
            what = f"{error.filename or self._vault}: {error.strerror}"
            if error.errno in _NEVER:
                raise PermanentError(what) from error
            if error.errno not in _NOT_ALLOWED:
                raise TransientError(what) from error
            if os.access(self._vault, os.R_OK | os.W_OK | os.X_OK):
                raise PermanentError(f"{what}; give this account the right to write there and retry") from error
            raise AuthError(
                f"{what}; let this account write in the vault (macOS: System Settings, Privacy & Security, Files and "
                "Folders)"
            ) from error


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
