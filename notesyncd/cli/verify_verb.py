"""``notesyncd verify``: proves that a page reads today as it was read, or says what has changed since."""

from __future__ import annotations

from contextlib import ExitStack
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

import typer

from notesyncd.cli.opening import open_app
from notesyncd.cli.output import ExitCode, counted, print_json, say
from notesyncd.domain.errors import NotesyncdError

if TYPE_CHECKING:
    from notesyncd.app import App
    from notesyncd.ledger.store import Ledger
    from notesyncd.pipeline.services import ReadingTools
    from notesyncd.pipeline.verifying import Verdict, Verifier

SCHEMA = "notesyncd.verify/1"


def verify(
    context: typer.Context,
    which: Annotated[str, typer.Argument(help="Id of a page, or of a note for all its pages, or its beginning.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON (notesyncd.verify/1).")] = False,
) -> None:
    """Read pages again, keep nothing, and say whether words and fingerprint are the same. Exit 1: they are not."""
    from notesyncd.pipeline.asking import pages_named

    app = open_app(context)
    with ExitStack() as closing:
        ledger = closing.enter_context(app.ledger())
        verifier = _verifier(app, ledger, closing)
        results = [(page_id, _verified(verifier, page_id)) for page_id in pages_named(ledger, which)]
    if as_json:
        print_json({"schema": SCHEMA, "pages": [_json(page_id, result) for page_id, result in results]})
    else:
        for page_id, result in results:
            _show(page_id, result)
    same = all(not isinstance(result, NotesyncdError) and result.same for _, result in results)
    raise typer.Exit(ExitCode.OK if same else ExitCode.FAILED)


def _verifier(app: App, ledger: Ledger, closing: ExitStack) -> Verifier:
    from notesyncd.ledger.artifacts import Artifacts
    from notesyncd.pipeline.verifying import Verifier

    @cache
    def tools(name: str | None) -> ReadingTools:
        opened = app.tools(app.reader(name))
        closing.callback(opened.close)
        return opened

    return Verifier(
        ledger=ledger,
        artifacts=Artifacts(app.paths.artifacts),
        page_decoder=closing.enter_context(app.decoder()),
        tools=tools,
    )


def _verified(verifier: Verifier, page_id: str) -> Verdict | NotesyncdError:
    from notesyncd.pipeline.verifying import verify as read_again

    try:
        return read_again(verifier, page_id)
    except NotesyncdError as error:
        return error


def _json(page_id: str, result: Verdict | NotesyncdError) -> dict[str, Any]:
    if isinstance(result, NotesyncdError):
        return {"id": page_id, "same": False, "error": str(result)}
    return {
        "id": page_id,
        "same": result.same,
        "error": None,
        "version": result.version,
        "words": {"then": result.words_then, "now": result.words_now, "differ": result.words_differ},
        "changed": [{"part": part.part, "then": part.then, "now": part.now} for part in result.changed],
        "condemned": result.condemned,
    }


def _show(page_id: str, result: Verdict | NotesyncdError) -> None:
    page = f"page {page_id[:12]}"
    if isinstance(result, NotesyncdError):
        say(f"{page}: {result}")
        return
    if result.same:
        say(f"{page}: same (version {result.version}, words {result.words_now[:12]})")
        return
    if result.words_then == result.words_now:
        say(f"{page}: the words are the same")
    elif result.words_differ:
        say(f"{page}: {counted(result.words_differ, 'word')} of version {result.version} would read otherwise now")
    else:
        say(f"{page}: the words of version {result.version} are the same, but not their places")
    if result.condemned is not None:
        say(f"  the answer is no transcription this time: {result.condemned}")
    for part in result.changed:
        say(f"  {part.part}: {_said(part.then)} → {_said(part.now)}")


def _said(value: str | None) -> str:
    return "none" if value is None else value
