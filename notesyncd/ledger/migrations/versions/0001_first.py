"""The first schema."""

import time

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

STATEMENTS = (
    """
CREATE TABLE attempt (
    id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    claim INTEGER NOT NULL,
    run_tag TEXT,
    ended_at REAL NOT NULL,
    outcome TEXT NOT NULL,
    error TEXT,
    PRIMARY KEY (id)
)
 STRICT
    """,
    """
CREATE INDEX attempt_subject ON attempt (kind, subject)
    """,
    """
CREATE TABLE meta (
    "key" TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY ("key")
)
 STRICT
    """,
    """
CREATE TABLE note (
    rowid INTEGER NOT NULL,
    id TEXT NOT NULL,
    group_kind TEXT NOT NULL,
    group_key TEXT NOT NULL,
    closes_at REAL NOT NULL,
    created_at REAL NOT NULL,
    revision INTEGER DEFAULT 0 NOT NULL,
    digest TEXT,
    title TEXT,
    dated TEXT,
    state TEXT NOT NULL,
    attempts INTEGER DEFAULT 0 NOT NULL,
    due_at REAL DEFAULT 0 NOT NULL,
    claim INTEGER DEFAULT 0 NOT NULL,
    run_tag TEXT,
    last_error TEXT,
    hold TEXT,
    deaths INTEGER DEFAULT 0 NOT NULL,
    since REAL DEFAULT 0 NOT NULL,
    PRIMARY KEY (rowid),
    UNIQUE (id)
)
 STRICT
    """,
    """
CREATE INDEX note_created ON note (created_at)
    """,
    """
CREATE INDEX note_group ON note (group_kind, group_key)
    """,
    """
CREATE INDEX note_state ON note (state, due_at)
    """,
    """
CREATE TABLE page (
    id TEXT NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    dpi REAL,
    PRIMARY KEY (id)
)
 STRICT
    """,
    """
CREATE TABLE scan (
    digest TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    captured_at TEXT,
    camera TEXT,
    received_at REAL NOT NULL,
    name TEXT NOT NULL,
    modified_at REAL NOT NULL,
    appeared_at REAL NOT NULL,
    taken_at REAL NOT NULL,
    forgotten INTEGER DEFAULT 0 NOT NULL,
    PRIMARY KEY (digest)
)
 STRICT
    """,
    """
CREATE INDEX scan_taken ON scan (taken_at)
    """,
    """
CREATE TABLE sink (
    name TEXT NOT NULL,
    plugin TEXT NOT NULL,
    identity TEXT NOT NULL,
    paused_reason TEXT,
    next_at REAL DEFAULT 0 NOT NULL,
    PRIMARY KEY (name)
)
 STRICT
    """,
    """
CREATE TABLE source_file (
    id INTEGER NOT NULL,
    root TEXT NOT NULL,
    raw_path BLOB NOT NULL,
    dev INTEGER NOT NULL,
    ino INTEGER NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    digest TEXT,
    state TEXT NOT NULL,
    reason TEXT,
    first_seen REAL NOT NULL,
    changed_at REAL NOT NULL,
    due_at REAL,
    attempts INTEGER DEFAULT 0 NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (root, raw_path)
)
 STRICT
    """,
    """
CREATE INDEX source_file_digest ON source_file (digest)
    """,
    """
CREATE INDEX source_file_due ON source_file (due_at) WHERE due_at IS NOT NULL
    """,
    """
CREATE INDEX source_file_state ON source_file (state)
    """,
    """
CREATE TABLE correction (
    id TEXT NOT NULL,
    page_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    state TEXT NOT NULL,
    body TEXT NOT NULL,
    at REAL NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (page_id, number),
    FOREIGN KEY(page_id) REFERENCES page (id)
)
 STRICT
    """,
    """
CREATE TABLE delivery (
    id INTEGER NOT NULL,
    note_id TEXT NOT NULL,
    sink TEXT NOT NULL,
    identity TEXT NOT NULL,
    revision INTEGER NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER DEFAULT 0 NOT NULL,
    due_at REAL DEFAULT 0 NOT NULL,
    claim INTEGER DEFAULT 0 NOT NULL,
    run_tag TEXT,
    last_error TEXT,
    hold TEXT,
    deaths INTEGER DEFAULT 0 NOT NULL,
    since REAL DEFAULT 0 NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (note_id, sink, identity, revision),
    FOREIGN KEY(note_id) REFERENCES note (id)
)
 STRICT
    """,
    """
CREATE INDEX delivery_state ON delivery (state, sink, due_at)
    """,
    """
CREATE TABLE note_page (
    note_id TEXT NOT NULL,
    scan_digest TEXT NOT NULL,
    number INTEGER NOT NULL,
    page_id TEXT NOT NULL,
    PRIMARY KEY (note_id, scan_digest, number),
    FOREIGN KEY(note_id) REFERENCES note (id),
    FOREIGN KEY(scan_digest) REFERENCES scan (digest),
    FOREIGN KEY(page_id) REFERENCES page (id)
)
 STRICT
    """,
    """
CREATE INDEX note_page_page ON note_page (page_id)
    """,
    """
CREATE INDEX note_page_scan ON note_page (scan_digest)
    """,
    """
CREATE TABLE note_revision (
    note_id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    digest TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at REAL NOT NULL,
    PRIMARY KEY (note_id, revision),
    FOREIGN KEY(note_id) REFERENCES note (id)
)
 STRICT
    """,
    """
CREATE INDEX note_revision_digest ON note_revision (note_id, digest)
    """,
    """
CREATE TABLE remote_copy (
    note_id TEXT NOT NULL,
    sink TEXT NOT NULL,
    identity TEXT NOT NULL,
    receipt TEXT,
    maybe_sent TEXT,
    progress TEXT,
    delivered TEXT,
    tombstone INTEGER DEFAULT 0 NOT NULL,
    unsure INTEGER DEFAULT 0 NOT NULL,
    since REAL,
    last_byte_at REAL,
    PRIMARY KEY (note_id, sink, identity),
    FOREIGN KEY(note_id) REFERENCES note (id)
)
 STRICT
    """,
    """
CREATE TABLE scan_page (
    scan_digest TEXT NOT NULL,
    number INTEGER NOT NULL,
    page_id TEXT NOT NULL,
    orientation INTEGER NOT NULL,
    text_layer TEXT,
    PRIMARY KEY (scan_digest, number),
    FOREIGN KEY(scan_digest) REFERENCES scan (digest),
    FOREIGN KEY(page_id) REFERENCES page (id)
)
 STRICT
    """,
    """
CREATE INDEX scan_page_page ON scan_page (page_id)
    """,
    """
CREATE TABLE transcript (
    page_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    cause TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at REAL NOT NULL,
    PRIMARY KEY (page_id, version),
    FOREIGN KEY(page_id) REFERENCES page (id)
)
 STRICT
    """,
    """
CREATE TABLE transcription (
    page_id TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER DEFAULT 0 NOT NULL,
    due_at REAL DEFAULT 0 NOT NULL,
    claim INTEGER DEFAULT 0 NOT NULL,
    run_tag TEXT,
    last_error TEXT,
    hold TEXT,
    deaths INTEGER DEFAULT 0 NOT NULL,
    since REAL DEFAULT 0 NOT NULL,
    strikes INTEGER DEFAULT 0 NOT NULL,
    outcome TEXT,
    version INTEGER DEFAULT 0 NOT NULL,
    to_raster TEXT,
    PRIMARY KEY (page_id),
    FOREIGN KEY(page_id) REFERENCES page (id)
)
 STRICT
    """,
    """
CREATE INDEX transcription_state ON transcription (state, due_at)
    """,
    """
CREATE INDEX transcription_outcome ON transcription (outcome) WHERE outcome = 'blank'
    """,
    """
CREATE VIRTUAL TABLE note_search USING fts5(note_id UNINDEXED, title, body, tokenize='trigram')
    """,
)


def upgrade() -> None:
    """Make all tables, and note when the ledger was born: what left before is unknown to it."""
    for statement in STATEMENTS:
        op.execute(statement)
    op.get_bind().exec_driver_sql("INSERT INTO meta (key, value) VALUES ('born_at', ?)", (repr(time.time()),))
