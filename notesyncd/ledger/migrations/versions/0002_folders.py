"""Watched folders and their backlog; whether a file's digest is that of the file as it was last seen."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
CREATE TABLE watched_folder (
    path TEXT NOT NULL,
    first_seen REAL NOT NULL,
    backlog TEXT,
    backlog_sinks TEXT DEFAULT '[]' NOT NULL,
    PRIMARY KEY (path)
)
 STRICT
    """,
    "ALTER TABLE source_file ADD COLUMN digest_is_current INTEGER DEFAULT 0 NOT NULL",
    "ALTER TABLE source_file ADD COLUMN backlog INTEGER DEFAULT 0 NOT NULL",
    "CREATE INDEX source_file_folder ON source_file (root, state)",
    "UPDATE source_file SET digest_is_current = 1 WHERE state = 'registered'",
    # what these folders hold was taken in long ago: they have no backlog
    """
INSERT INTO watched_folder (path, first_seen, backlog)
    SELECT root, min(first_seen), 'all' FROM source_file GROUP BY root
    """,
)


def upgrade() -> None:
    """Add what the intake of whole folders needs."""
    for statement in STATEMENTS:
        op.execute(statement)
