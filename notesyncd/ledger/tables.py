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
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.schema import SchemaItem

metadata = MetaData()


class Text(TypeDecorator[str]):
    """Text from anywhere. Names of files and errors about them may hold what UTF-8 can't: that is kept escaped."""

    impl = TEXT
    cache_ok = True

    def process_bind_param(self, value: str | None, _: object) -> str | None:
        """Return what SQLite takes."""
        return None if value is None else value.encode(errors="backslashreplace").decode()


def _table(name: str, *columns: SchemaItem) -> Table:
    return Table(name, metadata, *columns, sqlite_strict=True)


def _work() -> tuple[Column[Any], ...]:
    """Columns of a work row; ``hold`` says in one word why a parked row is parked."""
    return (
        Column("state", Text, nullable=False),
        Column("attempts", Integer, nullable=False, server_default=text("0")),
        Column("due_at", REAL, nullable=False, server_default=text("0")),
        Column("claim", Integer, nullable=False, server_default=text("0")),
        Column("run_tag", Text),
        Column("last_error", Text),
        Column("hold", Text),
        Column("deaths", Integer, nullable=False, server_default=text("0")),
        Column("since", REAL, nullable=False, server_default=text("0")),
    )


def _state_index(table: Table) -> None:
    """What is due, what runs, and how many there are of each state."""
    Index(f"{table.name}_state", table.c.state, table.c.due_at)


meta = _table("meta", Column("key", Text, primary_key=True), Column("value", Text, nullable=False))

source_file = _table(
    "source_file",
    Column("id", Integer, primary_key=True),
    Column("root", Text, nullable=False),
    Column("raw_path", BLOB, nullable=False),
    Column("dev", Integer, nullable=False),
    Column("ino", Integer, nullable=False),
    Column("size", Integer, nullable=False),
    Column("mtime_ns", Integer, nullable=False),
    Column("digest", Text),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("first_seen", REAL, nullable=False),
    Column("changed_at", REAL, nullable=False),
    Column("due_at", REAL),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("digest_is_current", Integer, nullable=False, server_default=text("0")),
    Column("backlog", Integer, nullable=False, server_default=text("0")),
    UniqueConstraint("root", "raw_path"),
)
Index("source_file_due", source_file.c.due_at, sqlite_where=source_file.c.due_at.is_not(None))
Index("source_file_digest", source_file.c.digest)
Index("source_file_state", source_file.c.state)
Index("source_file_folder", source_file.c.root, source_file.c.state)

watched_folder = _table(
    "watched_folder",
    Column("path", Text, primary_key=True),
    Column("first_seen", REAL, nullable=False),
    Column("backlog", Text),
    Column("backlog_sinks", Text, nullable=False, server_default=text("'[]'")),
)

scan = _table(
    "scan",
    Column("digest", Text, primary_key=True),
    Column("media_type", Text, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("captured_at", Text),
    Column("camera", Text),
    Column("received_at", REAL, nullable=False),
    Column("name", Text, nullable=False),
    Column("modified_at", REAL, nullable=False),
    Column("appeared_at", REAL, nullable=False),
    Column("taken_at", REAL, nullable=False),
    Column("forgotten", Integer, nullable=False, server_default=text("0")),
)
Index("scan_taken", scan.c.taken_at)

page = _table(
    "page",
    Column("id", Text, primary_key=True),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("dpi", REAL),
)

scan_page = _table(
    "scan_page",
    Column("scan_digest", Text, ForeignKey("scan.digest"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("page_id", Text, ForeignKey("page.id"), nullable=False),
    Column("orientation", Integer, nullable=False),
    Column("text_layer", Text),
)
Index("scan_page_page", scan_page.c.page_id)

transcription = _table(
    "transcription",
    Column("page_id", Text, ForeignKey("page.id"), primary_key=True),
    *_work(),
    Column("strikes", Integer, nullable=False, server_default=text("0")),
    Column("outcome", Text),
    Column("version", Integer, nullable=False, server_default=text("0")),
    Column("to_raster", Text),
    Column("again", Text),  # 'instead' or 'beside' of what it was read as before; NULL: it is read for the first time
    Column("reader", Text),  # that is to read it; NULL: the configured one
    Column("read_by", Text),  # the reader of the newest transcript
    Column("warnings", Integer, nullable=False, server_default=text("0")),  # of the newest transcript, where it is text
)
_state_index(transcription)
Index("transcription_outcome", transcription.c.outcome, sqlite_where=transcription.c.outcome == "blank")
Index("transcription_read_by", transcription.c.read_by, sqlite_where=transcription.c.read_by.is_not(None))
Index("transcription_warnings", transcription.c.warnings, sqlite_where=transcription.c.warnings > 0)

transcript = _table(
    "transcript",
    Column("page_id", Text, ForeignKey("page.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("cause", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", REAL, nullable=False),
)

answer = _table(
    "answer",
    Column("page_id", Text, ForeignKey("page.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("reader", Text, nullable=False),
    Column("raw", Text, nullable=False),
    Column("size_bytes", Integer, nullable=False),  # of the whole answer; ``raw`` may be cut
    Column("warnings", Text, nullable=False),
    Column("condemned", Text),
    Column("kept_at", REAL, nullable=False),
)

reading_beside = _table(
    "reading_beside",
    Column("page_id", Text, ForeignKey("page.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("body", Text, nullable=False),
    Column("kept_at", REAL, nullable=False),
)

note = _table(
    "note",
    # the search index refers to it: a row number that is not declared may change when the table is rebuilt
    Column("rowid", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("group_kind", Text, nullable=False),
    Column("group_key", Text, nullable=False),
    Column("closes_at", REAL, nullable=False),
    Column("created_at", REAL, nullable=False),
    Column("revision", Integer, nullable=False, server_default=text("0")),
    Column("digest", Text),
    Column("title", Text),
    Column("dated", Text),
    *_work(),
)
_state_index(note)
Index("note_group", note.c.group_kind, note.c.group_key)
Index("note_created", note.c.created_at)

note_page = _table(
    "note_page",
    Column("note_id", Text, ForeignKey("note.id"), primary_key=True),
    Column("scan_digest", Text, ForeignKey("scan.digest"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("page_id", Text, ForeignKey("page.id"), nullable=False),
)
Index("note_page_page", note_page.c.page_id)
Index("note_page_scan", note_page.c.scan_digest)

note_revision = _table(
    "note_revision",
    Column("note_id", Text, ForeignKey("note.id"), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", REAL, nullable=False),
)
Index("note_revision_digest", note_revision.c.note_id, note_revision.c.digest)

remote_copy = _table(
    "remote_copy",
    Column("note_id", Text, ForeignKey("note.id"), primary_key=True),
    Column("sink", Text, primary_key=True),
    Column("identity", Text, primary_key=True),
    Column("receipt", Text),
    Column("maybe_sent", Text),
    Column("progress", Text),
    Column("delivered", Text),
    Column("tombstone", Integer, nullable=False, server_default=text("0")),
    Column("unsure", Integer, nullable=False, server_default=text("0")),
    Column("since", REAL),
    Column("last_byte_at", REAL),
)

delivery = _table(
    "delivery",
    Column("id", Integer, primary_key=True),
    Column("note_id", Text, ForeignKey("note.id"), nullable=False),
    Column("sink", Text, nullable=False),
    Column("identity", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    *_work(),
    UniqueConstraint("note_id", "sink", "identity", "revision"),
)
Index("delivery_state", delivery.c.state, delivery.c.sink, delivery.c.due_at)

correction = _table(
    "correction",
    Column("id", Text, primary_key=True),
    Column("page_id", Text, ForeignKey("page.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("at", REAL, nullable=False),
    UniqueConstraint("page_id", "number"),
)

attempt = _table(
    "attempt",
    Column("id", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("claim", Integer, nullable=False),
    Column("run_tag", Text),
    Column("ended_at", REAL, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("error", Text),
)
Index("attempt_subject", attempt.c.kind, attempt.c.subject)

sink = _table(
    "sink",
    Column("name", Text, primary_key=True),
    Column("plugin", Text, nullable=False),
    Column("identity", Text, nullable=False),
    Column("paused_reason", Text),
    Column("next_at", REAL, nullable=False, server_default=text("0")),
)
