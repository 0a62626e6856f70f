"""Page images in the vault: where its settings want them, under names that are nobody else's, linked in its style."""

from __future__ import annotations

import filecmp
import hashlib
import os
import posixpath
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

from notesyncd.api import Attachment, TransientError, escape_markdown
from notesyncd_obsidian.atomic import publish, temporary_of, write_temporary
from notesyncd_obsidian.frontmatter import one_line
from notesyncd_obsidian.index import VaultIndex, is_local
from notesyncd_obsidian.names import free_name, safe_name
from notesyncd_obsidian.vault import VaultSettings, make_folder, taken_names

_EMBED = re.compile(r"!\[\[(?P<wiki>[^\]|#]+)|!\[[^\]]*\]\(<?(?P<markdown>[^)>]+)")
_BREAKS_WIKILINK = re.compile(r"[\[\]|#^]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an attachment stands or is to stand: its path below the vault, and the link that shows it."""

    path: str
    link: str


class Attachments:
    """Places the attachments of one file of the vault."""

    def __init__(self, vault: Path, settings: VaultSettings, folder: str | None, index: VaultIndex) -> None:
        """Place attachments in ``folder`` of the vault; None: where the vault's settings say."""
        self._vault = vault
        self._settings = settings
        self._folder = folder
        self._index = index

    def places(
        self,
        due: Sequence[Attachment],
        earlier: Sequence[Attachment],
        *,
        note_path: str,
        standing: str,
        open_artifact: Callable[[Attachment], Path],
    ) -> dict[str, Place]:
        """Return the places of attachments by their names.

        Args:
            due: those of the note that is to stand there.
            earlier: those of its earlier revisions; they are only looked for in ``standing``.
            note_path: path of the note's file below the vault.
            standing: the text of that file now. An attachment it shows is where it is, and is never written again: if
                its file is gone, the user removed or moved it.
        """
        shown = f"{standing}\n{unquote(standing)}"
        folder = self._folder_for(note_path)
        found: dict[str, Place] = {}
        for attachment in [*due, *earlier]:
            if attachment.name not in found:
                path = self._shown(attachment, shown, folder)
                if path is None and attachment in due:
                    source = open_artifact(attachment)
                    path = self._renamed(source, standing) or self._choose(attachment, folder, source)
                path = path or _join(folder, attachment.name)
                link = self._link(path, attachment.alt, note_path)
                found[attachment.name] = Place(path=path, link=link)
        return found

    def write(self, place: Place, source: Path) -> None:
        """Bring an attachment's bytes to its place, unless something stands there already."""
        folder, name = posixpath.split(place.path)
        target = self._vault / make_folder(self._vault, folder) / name
        temporary = temporary_of(target, "attachment")
        temporary.unlink(missing_ok=True)  # of an attempt that died; never anything of the user's
        if os.path.lexists(target):
            return
        write_temporary(temporary, source.read_bytes())
        try:
            publish(temporary, target)
        except FileExistsError as error:
            temporary.unlink()
            raise TransientError(f"{place.path} has just been made by somebody else", retry_after=1) from error

    def _folder_for(self, note_path: str) -> str:
        if self._folder is not None:
            return self._folder
        setting = self._settings.attachment_folder
        above = posixpath.dirname(note_path) if setting == "." or setting.startswith("./") else ""
        parts = [part for part in setting.split("/") if part and not part.startswith(".")]
        return "/".join([above, *parts] if above else parts)

    def _shown(self, attachment: Attachment, shown: str, folder: str) -> str | None:
        stem, suffix = _split(attachment.name)
        match = re.search(rf"{re.escape(stem)}(?:-[0-9a-f]{{8}})?{re.escape(suffix)}", shown)
        if match is None:
            return None
        path = _join(folder, match[0])
        moved = [] if os.path.lexists(self._vault / path) else self._index.named(match[0])
        return moved[0] if moved else path

    def _renamed(self, source: Path, standing: str) -> str | None:
        """Return the file with these bytes that the text shows under a name of the user's."""
        targets = (match["wiki"] or unquote(match["markdown"]) for match in _EMBED.finditer(standing))
        names = dict.fromkeys(posixpath.basename(target.strip()) for target in targets)
        paths = (path for name in names for path in self._index.named(name))
        return next((path for path in paths if self._is_same(self._vault / path, source, unseen=False)), None)

    def _choose(self, attachment: Attachment, folder: str, source: Path) -> str:
        """Return the place of the same bytes if they stand in the vault already, else one that is free."""
        stem, suffix = _split(attachment.name)
        digest = hashlib.sha256(source.read_bytes()).hexdigest()[:8]
        for name in (f"{stem}{suffix}", f"{stem}-{digest}{suffix}"):
            path = _join(folder, name)
            for standing in dict.fromkeys([path, *self._index.named(name)]):
                if self._is_same(self._vault / standing, source, unseen=True):
                    return standing
            if not os.path.lexists(self._vault / path):
                return path
        taken = taken_names(self._vault / folder)
        return _join(folder, free_name(f"{stem}-{digest}{suffix}", taken.keys()))

    def _is_same(self, standing: Path, source: Path, *, unseen: bool) -> bool:
        """Compare two files; one whose bytes are in a cloud isn't fetched for that, ``unseen`` is said of it."""
        try:
            return filecmp.cmp(standing, source, shallow=False) if is_local(standing.stat()) else unseen
        except (FileNotFoundError, NotADirectoryError):
            return False

    def _link(self, path: str, alt: str, note_path: str) -> str:
        name = posixpath.basename(path)
        target = path
        if self._settings.link_format == "relative":
            target = posixpath.relpath(path, posixpath.dirname(note_path) or ".")
        elif self._settings.link_format == "shortest" and not set(self._index.named(name)) - {path}:
            target = name
        if self._settings.markdown_links or _BREAKS_WIKILINK.search(target):
            return f"![{escape_markdown(one_line(alt))}]({quote(target)})"
        return f"![[{target}]]"


def _split(name: str) -> tuple[str, str]:
    stem, suffix = posixpath.splitext(name)
    suffix = re.sub(r"[^.0-9A-Za-z]", "", suffix)[:16]
    return safe_name(stem, suffix=f"-12345678{suffix}").removesuffix(f"-12345678{suffix}"), suffix


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
