"""Pages that are read again, and what models answered."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
CREATE TABLE answer (
    page_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    reader TEXT NOT NULL,
    raw TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    warnings TEXT NOT NULL,
    condemned TEXT,
    kept_at REAL NOT NULL,
    PRIMARY KEY (page_id, number),
    FOREIGN KEY(page_id) REFERENCES page (id)
)
 STRICT
    """,
    """
CREATE TABLE reading_beside (
    page_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    body TEXT NOT NULL,
    kept_at REAL NOT NULL,
    PRIMARY KEY (page_id, number),
    FOREIGN KEY(page_id) REFERENCES page (id)
)
 STRICT
    """,
    "ALTER TABLE transcription ADD COLUMN again TEXT",
    "ALTER TABLE transcription ADD COLUMN reader TEXT",
    "ALTER TABLE transcription ADD COLUMN read_by TEXT",
    "ALTER TABLE transcription ADD COLUMN warnings INTEGER DEFAULT 0 NOT NULL",
    "CREATE INDEX transcription_read_by ON transcription (read_by) WHERE read_by IS NOT NULL",
    "CREATE INDEX transcription_warnings ON transcription (warnings) WHERE warnings > 0",
    # what earlier versions read says itself who read it, and what was odd about it
    """
UPDATE transcription SET (read_by, warnings) = (
    SELECT json_extract(body, '$.provenance.reader.name'),
        json_array_length(body, '$.warnings') * (transcription.outcome IS 'text')
    FROM transcript
    WHERE transcript.page_id = transcription.page_id AND transcript.version = transcription.version
)
WHERE EXISTS (
    SELECT 1 FROM transcript
    WHERE transcript.page_id = transcription.page_id AND transcript.version = transcription.version
)
    """,
)


def upgrade() -> None:
    """Add what reading by models, and reading again, needs."""
    for statement in STATEMENTS:
        op.execute(statement)
