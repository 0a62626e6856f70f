"""A settled file becomes a scan with pages and a note that waits for them: commit 1."""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from notesyncd.api import Scan
from notesyncd.intake.identity import same_shot, unfinished_form
from notesyncd.intake.sweep import FileIdentity
from notesyncd.ledger import files, notes, scans
from notesyncd.ledger.scans import ScanFacts, ScanPage

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from notesyncd.intake.decoder.decoder import DecodedFile
    from notesyncd.ledger.files import SourceFile
    from notesyncd.pipeline.services import Grouping, Services

NOTE_IDS = uuid.UUID("6ad5f1c4-2f0e-5d0b-9a53-0c7a2f1d7e10")
"""Namespace of note ids: note.id = uuid5 of its first scan's digest, so that a lost ledger finds its notes again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Arrival:
    """A scan that comes in, and the one that stood at its path before, if it continues that one."""

    facts: ScanFacts
    pages: list[ScanPage]
    group_key: str
    continues: str | None

    @property
    def digest(self) -> str:
        return self.facts.scan.digest


def register(services: Services, file: SourceFile) -> None:
    """Take a settled file in.

    Raises:
        NotesyncdError: as the decoder says; the caller keeps the file's state.
    """
    path = Path(file.path)
    decoded = services.decoder.inspect(path, expected=FileIdentity(*file.identity))
    services.artifacts.keep_original(path, decoded.digest)
    arrival = _arrival(services, file, decoded)
    with services.ledger.write() as connection:
        known = scans.get(connection, arrival.digest)
        if known and known.forgotten:
            files.settle(connection, file.id, state="ignored", reason="forgotten by its owner", digest=arrival.digest)
            return
        now = services.clock()
        scans.add(connection, arrival.facts, arrival.pages, now=now)
        for note_id in _place(connection, arrival, services.grouping, now=now):
            notes.queue(connection, note_id, now=now)
        reason = "; ".join(decoded.warnings) or None
        files.settle(connection, file.id, state="registered", reason=reason, digest=arrival.digest)


def _arrival(services: Services, file: SourceFile, decoded: DecodedFile) -> _Arrival:
    status = os.stat(file.path)  # noqa: PTH116 - the raw name must survive
    scan = Scan(
        digest=decoded.digest,
        media_type=decoded.media_type,
        size_bytes=decoded.size_bytes,
        captured_at=decoded.captured_at,
        camera=decoded.camera,
        received_at=datetime.fromtimestamp(services.clock()).astimezone(),
    )
    name = os.fsencode(os.path.basename(file.path)).decode("utf-8", "replace")  # noqa: PTH119
    pages = [
        ScanPage(page=page.page, number=page.number, orientation=page.orientation, text_layer=page.text_layer)
        for page in decoded.pages
    ]
    return _Arrival(
        facts=ScanFacts(scan=scan, name=name, modified_at=status.st_mtime, appeared_at=status.st_ctime),
        pages=pages,
        group_key=os.fsencode(os.path.dirname(file.path)).decode("utf-8", "surrogateescape"),  # noqa: PTH120
        continues=_continued(services, file, scan, pages),
    )


def _continued(services: Services, file: SourceFile, scan: Scan, pages: list[ScanPage]) -> str | None:
    """Return the digest of the scan at this path that the new bytes continue, by the rule of docs/decisions/0005."""
    if file.digest is None or file.digest == scan.digest:
        return None
    with services.ledger.read() as connection:
        before = scans.get(connection, file.digest)
        shared = scans.page_ids(connection, file.digest, with_ink=True) & {place.page.id for place in pages}
    if before is None:
        return None
    originals = services.artifacts.original(file.digest), services.artifacts.original(scan.digest)
    unfinished = originals[0].exists() and unfinished_form(*originals)
    return file.digest if shared or unfinished or same_shot(before.scan, scan) else None


def _place(connection: Connection, arrival: _Arrival, grouping: Grouping, *, now: float) -> set[str]:
    """Put the scan's pages into notes; returns the notes that changed."""
    if scans.notes_with(connection, arrival.digest):
        return set()  # the same bytes at another path
    if arrival.continues:
        return _take_over(connection, arrival, arrival.continues, now=now)
    if grouping.kind == "page":
        return {_new_page_note(connection, arrival, place, now=now) for place in arrival.pages}
    note_id = _note_for(connection, arrival, grouping, now=now)
    scans.put_in(connection, note_id, arrival.digest, arrival.pages)
    return {note_id}


def _take_over(connection: Connection, arrival: _Arrival, before: str, *, now: float) -> set[str]:
    """Let a later form of a scan stand in its notes."""
    changed: set[str] = set()
    for note_id, kind in scans.notes_with(connection, before):
        changed.add(note_id)
        if kind != "page":
            scans.take_out(connection, before, note_id)
            scans.put_in(connection, note_id, arrival.digest, arrival.pages)
            continue
        number = scans.number_in(connection, before, note_id)
        place = next((place for place in arrival.pages if place.number == number), None)
        if place is not None:  # a page that is no longer in the file keeps its note
            scans.take_out(connection, before, note_id)
            scans.put_in(connection, note_id, arrival.digest, [place])
    if any(kind == "page" for _, kind in scans.notes_with(connection, arrival.digest)):
        for place in arrival.pages:
            if scans.note_at(connection, arrival.digest, place.number) is None:
                changed.add(_new_page_note(connection, arrival, place, now=now))
    return changed


def _note_for(connection: Connection, arrival: _Arrival, grouping: Grouping, *, now: float) -> str:
    """Return the open or closed group that the scan joins, or a new note."""
    closes_at = now
    if grouping.kind == "burst":
        closes_at = now + grouping.burst_seconds
    if grouping.kind in ("burst", "folder"):
        within = grouping.burst_seconds if grouping.kind == "burst" else None
        joined = scans.group_near(
            connection, kind=grouping.kind, key=arrival.group_key, taken_at=arrival.facts.taken_at, within=within
        )
        if joined:
            scans.keep_open(connection, joined, closes_at)
            return joined
    return _new_note(connection, arrival.digest, grouping.kind, arrival.group_key, closes_at, now=now)


def _new_page_note(connection: Connection, arrival: _Arrival, place: ScanPage, *, now: float) -> str:
    name = f"{arrival.digest}/{place.number}"
    note_id = _new_note(connection, name, "page", arrival.group_key, now, now=now)
    scans.put_in(connection, note_id, arrival.digest, [place])
    return note_id


def _new_note(connection: Connection, name: str, kind: str, key: str, closes_at: float, *, now: float) -> str:
    life = 1
    note_id = str(uuid.uuid5(NOTE_IDS, name))
    while scans.note_exists(connection, note_id):  # its first scan came back after a later form had taken its place
        life += 1
        note_id = str(uuid.uuid5(NOTE_IDS, f"{name}#{life}"))
    scans.add_note(connection, note_id, group_kind=kind, group_key=key, closes_at=closes_at, now=now)
    return note_id
