"""Full-text search over the newest revision of each note."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, text

if TYPE_CHECKING:
    from notesyncd.domain.note import Note

CREATE = "CREATE VIRTUAL TABLE note_search USING fts5(note_id UNINDEXED, title, body, tokenize='trigram')"
_TRIGRAM = 3


def index(connection: Connection, note: Note) -> None:
    """Put a note into the index, in place of its older revision."""
    texts = [block.text for block in note.blocks]
    texts += [span.text for block in note.blocks for row in block.rows for cell in row for span in cell]
    body = "\n".join([*texts, " ".join(f"#{tag}" for tag in note.tags)])
    row = connection.execute(text("SELECT rowid FROM note WHERE id = :id"), {"id": note.id}).scalar_one()
    connection.execute(text("DELETE FROM note_search WHERE rowid = :row"), {"row": row})
    connection.execute(
        text("INSERT INTO note_search (rowid, note_id, title, body) VALUES (:row, :id, :title, :body)"),
        {"row": row, "id": note.id, "title": note.title, "body": body},
    )


def search(connection: Connection, query: str, *, limit: int = 100) -> list[str]:
    """Return ids of the notes that hold every word of ``query``, the best first.

    Words of three characters or more are found by the trigram index; shorter ones (会議) by looking at each note
    that the others left.
    """
    words = query.replace("\0", " ").split()
    long = [word for word in words if len(word) >= _TRIGRAM]
    short = [word for word in words if len(word) < _TRIGRAM]
    conditions = []
    values: dict[str, object] = {"limit": limit}
    if long:
        conditions.append("note_search MATCH :match")
        values["match"] = " AND ".join('"' + word.replace('"', '""') + '"' for word in long)
    for number, word in enumerate(short):
        escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        conditions.append(f"(title LIKE :w{number} ESCAPE '\\' OR body LIKE :w{number} ESCAPE '\\')")
        values[f"w{number}"] = f"%{escaped}%"
    if not conditions:
        return []
    order = "rank" if long else "rowid DESC"
    statement = f"SELECT note_id FROM note_search WHERE {' AND '.join(conditions)} ORDER BY {order} LIMIT :limit"  # noqa: S608 - conditions are ours, words are bound
    return list(connection.execute(text(statement), values).scalars())
