"""``notesyncd notes``: lists, finds and shows notes."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from notesyncd.cli.opening import open_app
from notesyncd.cli.output import counted, print_json, print_table, say
from notesyncd.cli.since import since_option

if TYPE_CHECKING:
    from notesyncd.ledger.answers import KeptAnswer
    from notesyncd.ledger.beside import ReadingBeside
    from notesyncd.ledger.notes import PageOfNote


def notes(
    context: typer.Context,
    query: Annotated[list[str] | None, typer.Argument(help="Words to look for, or `show` and a note's id.")] = None,
    since: Annotated[
        str | None, typer.Option("--since", help="Only notes that came in since: 2026-11-21, 3d, 12h.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many at most.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List notes, newest first; find those that hold words; `notes show ID` prints one."""
    words = query or []
    if len(words) == 2 and words[0] == "show":
        _show(context, words[1], as_json=as_json)
        return
    from notesyncd.ledger.notes import find
    from notesyncd.ledger.search import search

    app = open_app(context)
    with app.ledger() as ledger, ledger.read() as connection:
        ids = search(connection, " ".join(words), limit=limit) if words else None
        rows = find(connection, ids=ids, since=since_option(since), limit=limit)
    if as_json:
        print_json([_row(row) for row in rows])
        return
    if not rows:
        say("no notes" + (" with these words" if words else ""))
        return
    print_table(
        ("id", "date", "title", "pages", "revision", "state"),
        [(row.id[:8], row.dated or "", row.title or "", row.page_count, row.revision, row.state) for row in rows],
    )


def _row(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "title": row.title,
        "dated": row.dated,
        "pages": row.page_count,
        "revision": row.revision,
        "state": row.state,
        "created_at": _moment(row.created_at),
    }


def _show(context: typer.Context, prefix: str, *, as_json: bool) -> None:
    from notesyncd.ledger import answers, beside, outbox
    from notesyncd.ledger import notes as ledger_notes
    from notesyncd.pipeline.asking import note_id_of
    from notesyncd.render.markdown import note_markdown

    app = open_app(context)
    with app.ledger() as ledger:
        note_id = note_id_of(ledger, prefix)
        with ledger.read() as connection:
            note = ledger_notes.revision(connection, note_id)
            copies = outbox.states(connection, note_id)
            pages = ledger_notes.pages(connection, note_id)
            page_ids = [page.page.id for page in pages]
            kept = {page_id: answers.of_page(connection, page_id) for page_id in page_ids}
            compared = beside.of_pages(connection, page_ids)
    text = note_markdown(note, embed=lambda name: f"[{name}]").strip() if note else ""
    if as_json:
        print_json(
            {
                "id": note_id,
                "title": note.title if note else None,
                "revision": note.revision if note else 0,
                "tags": list(note.tags) if note else [],
                "dated": note.dated.isoformat() if note and note.dated else None,
                "markdown": text,
                "pages": [
                    {
                        "id": page.page.id,
                        "source": page.source,
                        "number": page.number,
                        "state": page.state,
                        "outcome": page.outcome,
                        "problem": page.problem,
                        "reader": page.transcript.provenance.reader.name if page.transcript else None,
                        "warnings": list(page.transcript.warnings) if page.transcript else [],
                        "answers": [_answer(answer) for answer in kept[page.page.id]],
                        "beside": [_beside(page, reading) for reading in compared.get(page.page.id, ())],
                        "words": [
                            {"id": word.id, "text": word.text, "flags": list(word.flags)}
                            for word in (page.transcript.words if page.transcript else ())
                        ],
                    }
                    for page in pages
                ],
                "deliveries": [
                    {
                        "sink": place.sink,
                        "revision": revision,
                        "state": state,
                        "reason": error,
                        "url": receipt.url if receipt else None,
                    }
                    for place, revision, state, error, receipt in copies
                ],
            }
        )
        return
    say(f"{note.title if note else '(nothing to deliver)'}\n{note_id}, revision {note.revision if note else 0}\n")
    say(text)
    say()
    for page in pages:
        say(
            f"page {page.page.id[:12]}  {page.source} p. {page.number}  {page.outcome or page.state}"
            + (f": {page.problem}" if page.problem else "")
        )
        for warning in page.transcript.warnings if page.transcript else ():
            say(f"  ! {warning}")
        if page.problem and kept[page.page.id]:
            say(f"  the last answer is kept (`notesyncd notes show {note_id[:8]} --json`)")
        for reading in compared.get(page.page.id, ()):
            found = _beside(page, reading)
            say(f"  read beside by {found['reader']}, {found['at']}: {counted(found['words_differ'], 'word')} differ")
    for place, revision, state, error, receipt in copies:
        where = f"  {receipt.url or receipt.remote_id}" if receipt else ""
        say(f"{place.sink}: revision {revision} {state}{f': {error}' if error else ''}{where}")


def _answer(answer: KeptAnswer) -> dict[str, Any]:
    return {
        "reader": answer.reader,
        "at": _moment(answer.kept_at),
        "condemned": answer.condemned,
        "warnings": list(answer.warnings),
        "bytes": answer.size_bytes,
        "raw": answer.raw,
    }


def _beside(page: PageOfNote, reading: ReadingBeside) -> dict[str, Any]:
    from notesyncd.pipeline.rereading import words_that_differ

    there = reading.transcript
    return {
        "reader": there.provenance.reader.name,
        "at": _moment(reading.kept_at),
        "words_differ": words_that_differ(page.transcript, there) if page.transcript else None,
        "text": there.text,
        "warnings": list(there.warnings),
    }


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).astimezone().isoformat(timespec="seconds")
