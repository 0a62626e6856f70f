"""The ledger's tables. Times are seconds since the epoch, UTC; JSON columns hold values of the domain."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BLOB,
    REAL,
    TEXT,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy.schema import SchemaItem

metadata = MetaData()


def _table(name: str, *columns: SchemaItem) -> Table:
    return Table(name, metadata, *columns, sqlite_strict=True)


def _work() -> tuple[Column[Any], ...]:
    """Columns of a work row; ``hold`` says in one word why a parked row is parked."""
    return (
        Column("state", TEXT, nullable=False),
        Column("attempts", Integer, nullable=False, server_default=text("0")),
        Column("due_at", REAL, nullable=False, server_default=text("0")),
        Column("claim", Integer, nullable=False, server_default=text("0")),
        Column("run_tag", TEXT),
        Column("last_error", TEXT),
        Column("hold", TEXT),
        Column("deaths", Integer, nullable=False, server_default=text("0")),
        Column("since", REAL, nullable=False, server_default=text("0")),
    )


def _work_indexes(table: Table) -> None:
    Index(f"{table.name}_due", table.c.due_at, sqlite_where=table.c.state == "queued")
    Index(f"{table.name}_state", table.c.state)


meta = _table("meta", Column("key", TEXT, primary_key=True), Column("value", TEXT, nullable=False))

source_file = _table(
    "source_file",
    Column("id", Integer, primary_key=True),
    Column("root", TEXT, nullable=False),
    Column("raw_path", BLOB, nullable=False),
    Column("dev", Integer, nullable=False),
    Column("ino", Integer, nullable=False),
    Column("size", Integer, nullable=False),
    Column("mtime_ns", Integer, nullable=False),
    Column("digest", TEXT),
    Column("state", TEXT, nullable=False),
    Column("reason", TEXT),
    Column("first_seen", REAL, nullable=False),
    Column("changed_at", REAL, nullable=False),
    Column("due_at", REAL),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    UniqueConstraint("root", "raw_path"),
)
Index("source_file_due", source_file.c.due_at, sqlite_where=source_file.c.due_at.is_not(None))
Index("source_file_digest", source_file.c.digest)
Index("source_file_state", source_file.c.state)

scan = _table(
    "scan",
    Column("digest", TEXT, primary_key=True),
    Column("media_type", TEXT, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("captured_at", TEXT),
    Column("camera", TEXT),
    Column("received_at", REAL, nullable=False),
    Column("name", TEXT, nullable=False),
    Column("modified_at", REAL, nullable=False),
    Column("appeared_at", REAL, nullable=False),
    Column("taken_at", REAL, nullable=False),
    Column("forgotten", Integer, nullable=False, server_default=text("0")),
)
Index("scan_taken", scan.c.taken_at)

page = _table(
    "page",
    Column("id", TEXT, primary_key=True),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("dpi", REAL),
)

scan_page = _table(
    "scan_page",
    Column("scan_digest", TEXT, ForeignKey("scan.digest"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("page_id", TEXT, ForeignKey("page.id"), nullable=False),
    Column("orientation", Integer, nullable=False),
    Column("text_layer", TEXT),
)
Index("scan_page_page", scan_page.c.page_id)

transcription = _table(
    "transcription",
    Column("page_id", TEXT, ForeignKey("page.id"), primary_key=True),
    *_work(),
    Column("strikes", Integer, nullable=False, server_default=text("0")),
    Column("outcome", TEXT),
    Column("version", Integer, nullable=False, server_default=text("0")),
    Column("to_raster", TEXT),
)
_work_indexes(transcription)
Index("transcription_outcome", transcription.c.outcome, sqlite_where=transcription.c.outcome == "blank")

transcript = _table(
    "transcript",
    Column("page_id", TEXT, ForeignKey("page.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("cause", TEXT, nullable=False),
    Column("body", TEXT, nullable=False),
    Column("created_at", REAL, nullable=False),
)

note = _table(
    "note",
    # the search index refers to it: a row number that is not declared may change when the table is rebuilt
    Column("rowid", Integer, primary_key=True),
    Column("id", TEXT, nullable=False, unique=True),
    Column("group_kind", TEXT, nullable=False),
    Column("group_key", TEXT, nullable=False),
    Column("closes_at", REAL, nullable=False),
    Column("created_at", REAL, nullable=False),
    Column("revision", Integer, nullable=False, server_default=text("0")),
    Column("digest", TEXT),
    Column("title", TEXT),
    Column("dated", TEXT),
    *_work(),
)
_work_indexes(note)
Index("note_group", note.c.group_kind, note.c.group_key)
Index("note_created", note.c.created_at)

note_page = _table(
    "note_page",
    Column("note_id", TEXT, ForeignKey("note.id"), primary_key=True),
    Column("scan_digest", TEXT, ForeignKey("scan.digest"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("page_id", TEXT, ForeignKey("page.id"), nullable=False),
)
Index("note_page_page", note_page.c.page_id)
Index("note_page_scan", note_page.c.scan_digest)

note_revision = _table(
    "note_revision",
    Column("note_id", TEXT, ForeignKey("note.id"), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("digest", TEXT, nullable=False),
    Column("body", TEXT, nullable=False),
    Column("created_at", REAL, nullable=False),
)
Index("note_revision_digest", note_revision.c.note_id, note_revision.c.digest)

remote_copy = _table(
    "remote_copy",
    Column("note_id", TEXT, ForeignKey("note.id"), primary_key=True),
    Column("sink", TEXT, primary_key=True),
    Column("identity", TEXT, primary_key=True),
    Column("receipt", TEXT),
    Column("maybe_sent", TEXT),
    Column("progress", TEXT),
    Column("delivered", TEXT),
    Column("tombstone", Integer, nullable=False, server_default=text("0")),
    Column("unsure", Integer, nullable=False, server_default=text("0")),
    Column("since", REAL),
    Column("last_byte_at", REAL),
)

delivery = _table(
    "delivery",
    Column("id", Integer, primary_key=True),
    Column("note_id", TEXT, ForeignKey("note.id"), nullable=False),
    Column("sink", TEXT, nullable=False),
    Column("identity", TEXT, nullable=False),
    Column("revision", Integer, nullable=False),
    *_work(),
    UniqueConstraint("note_id", "sink", "identity", "revision"),
)
Index("delivery_due", delivery.c.sink, delivery.c.due_at, sqlite_where=delivery.c.state == "queued")
Index("delivery_state", delivery.c.state, delivery.c.sink)

correction = _table(
    "correction",
    Column("id", TEXT, primary_key=True),
    Column("page_id", TEXT, ForeignKey("page.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("state", TEXT, nullable=False),
    Column("body", TEXT, nullable=False),
    Column("at", REAL, nullable=False),
    UniqueConstraint("page_id", "number"),
)

attempt = _table(
    "attempt",
    Column("id", Integer, primary_key=True),
    Column("kind", TEXT, nullable=False),
    Column("subject", TEXT, nullable=False),
    Column("claim", Integer, nullable=False),
    Column("run_tag", TEXT),
    Column("ended_at", REAL, nullable=False),
    Column("outcome", TEXT, nullable=False),
    Column("error", TEXT),
)
Index("attempt_subject", attempt.c.kind, attempt.c.subject)

sink = _table(
    "sink",
    Column("name", TEXT, primary_key=True),
    Column("plugin", TEXT, nullable=False),
    Column("identity", TEXT, nullable=False),
    Column("paused_reason", TEXT),
    Column("next_at", REAL, nullable=False, server_default=text("0")),
)
