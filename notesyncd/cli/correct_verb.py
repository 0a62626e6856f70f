"""``notesyncd correct``: a person's hand from the terminal."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

from notesyncd.cli.opening import open_app
from notesyncd.cli.output import ExitCode, complain, print_json, say
from notesyncd.domain.review import CorrectionKind, CorrectionRequest


def correct(
    context: typer.Context,
    page: Annotated[
        str, typer.Argument(help="Id of the page, or its beginning (`notesyncd notes show ID` lists them).")
    ],
    word: Annotated[
        list[str] | None, typer.Option("--word", help="Id of the word; several for words side by side.")
    ] = None,
    text: Annotated[str | None, typer.Option("--text", help="What really stands there.")] = None,
    insert: Annotated[bool, typer.Option("--insert", help="Put TEXT after WORD (or at the page's beginning).")] = False,
    accept: Annotated[bool, typer.Option("--accept", help="The word is right as it is.")] = False,
    delete: Annotated[bool, typer.Option("--delete", help="Nothing is written there.")] = False,
    illegible: Annotated[bool, typer.Option("--illegible", help="Nobody can read it.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Take the last correction of the page back.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Mend a word; every note already delivered is corrected in place. Without options: list the page's words."""
    from notesyncd.ledger.transcriptions import newest
    from notesyncd.pipeline.asking import page_id_of
    from notesyncd.pipeline.correcting import correct as carry_out

    kinds: list[tuple[CorrectionKind, bool]] = [
        ("insert", insert),
        ("replace", text is not None and not insert),
        ("accept", accept),
        ("delete", delete),
        ("illegible", illegible),
        ("undo", undo),
    ]
    chosen = [kind for kind, wanted in kinds if wanted]
    if len(chosen) > 1 or (insert and text is None):
        complain("say one thing at a time: --text T, --insert --text T, --accept, --delete, --illegible or --undo")
        raise typer.Exit(ExitCode.USAGE)
    with open_app(context).ledger() as ledger:
        page_id = page_id_of(ledger, page)
        if not chosen:
            with ledger.read() as connection:
                transcript = newest(connection, page_id)
            for line in transcript.lines if transcript else ():
                say("  ".join(f"{found.id}:{found.text}" for found in line.words))
            return
        request = CorrectionRequest(
            page_id=page_id, kind=chosen[0], word_ids=tuple(word or ()), after=text, by=getpass.getuser()
        )
        corrected, correction = carry_out(ledger, request)
    if as_json:
        print_json({"correction": correction.id, "page": page_id, "version": corrected.version})
    else:
        say(f"page {page_id[:12]} is at version {corrected.version}; its notes follow")
        say(f"undo: notesyncd correct {page_id[:12]} --undo")
