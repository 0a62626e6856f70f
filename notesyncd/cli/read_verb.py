"""``notesyncd read``: reads files at once, without daemon and ledger."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from notesyncd.cli.opening import open_app
from notesyncd.cli.output import ExitCode, complain, print_json, say

if TYPE_CHECKING:
    from notesyncd.pipeline.reading_files import FileResult


class Format(StrEnum):
    """What ``read`` prints."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"


_SUFFIX = {Format.TEXT: ".txt", Format.MARKDOWN: ".md", Format.JSON: ".json"}
_LATER = ("alto", "page-xml", "hocr", "pdf")


def _format(value: str) -> Format:
    if value in _LATER:
        raise typer.BadParameter(f"{value}: not in this version")
    try:
        return Format(value)
    except ValueError:
        raise typer.BadParameter(f"{value!r} is none of {', '.join(Format)}") from None


def read(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="Images or PDFs.", show_default=False)],
    reader: Annotated[str | None, typer.Option("--reader", help="Name of the reader; default as configured.")] = None,
    model: Annotated[str | None, typer.Option("--model", help="Model of the reader; default as configured.")] = None,
    as_format: Annotated[
        Format, typer.Option("--format", parser=_format, metavar="text|markdown|json", help="What to print.")
    ] = Format.TEXT,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write one file for each input into this folder instead.")
    ] = None,
) -> None:
    """Read files and print what stands on them. Nothing is kept, nothing is sent."""
    from notesyncd.app import note_style
    from notesyncd.cli.progress import progress
    from notesyncd.pipeline.reading_files import read_file

    app = open_app(context, required=False)
    tools = app.tools(app.reader(reader), model=model)
    if output is not None:
        output.mkdir(parents=True, exist_ok=True)
    worked = True
    style = note_style(app.config.note)
    with app.decoder() as decoder, progress("reading files") as bar:
        try:
            for number, path in enumerate(files):
                bar.update(number, len(files), note=path.name)
                result = read_file(path, decoder=decoder, tools=tools, style=style)
                worked &= result.worked
                _give(result, as_format, output)
            bar.update(len(files), len(files))
        finally:
            tools.close()
    raise typer.Exit(ExitCode.OK if worked else ExitCode.FAILED)


def _give(result: FileResult, as_format: Format, output: Path | None) -> None:
    """Print a result, or write it into the folder, and say what went wrong."""
    problems = [result.error] if result.error else [page.error for page in result.pages if page.error]
    for problem in problems:
        complain(f"{result.path}: {problem}")
    if as_format is not Format.JSON:
        _warn(result)
    if as_format is Format.JSON:
        if output is None:
            print_json(_json(result), indent=None)
        else:
            _write(output, result.path, as_format, _dumped(result))
        return
    text = _text(result) if as_format is Format.TEXT else _markdown(result)
    if output is not None:
        _write(output, result.path, as_format, text + "\n")
    elif result.error is None:
        say(text)


def _warn(result: FileResult) -> None:
    """Say what was odd about the reading, which JSON itself tells."""
    for page in result.pages:
        for warning in page.transcript.warnings if page.transcript else ():
            complain(f"{result.path}, page {page.number}: {warning}")


def _json(result: FileResult) -> dict[str, object]:
    from notesyncd.render.transcript_json import file_json

    decoded = result.decoded
    return file_json(
        path=str(result.path),
        sha256=decoded.digest if decoded else None,
        media_type=decoded.media_type if decoded else None,
        size_bytes=decoded.size_bytes if decoded else None,
        pages=result.pages,
        error=result.error,
    )


def _dumped(result: FileResult) -> str:
    import json

    return json.dumps(_json(result), ensure_ascii=False, indent=2) + "\n"


def _text(result: FileResult) -> str:
    return "\n\n".join(page.transcript.text for page in result.pages if page.transcript)


def _markdown(result: FileResult) -> str:
    return "\n\n".join(page.markdown for page in result.pages if page.markdown)


def _write(folder: Path, source: Path, as_format: Format, text: str) -> None:
    """Write ``page.jpg.txt`` and the like: two inputs of one stem don't overwrite each other."""
    target = folder / (source.name + _SUFFIX[as_format])
    target.write_text(text, encoding="utf-8", errors="surrogateescape")
    say(str(target))
