"""``notesyncd doctor``: every check, its result, and how to mend what is not in order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from notesyncd.cli.options import global_options
from notesyncd.cli.output import ExitCode, print_json, printable
from notesyncd.domain.errors import ConfigError

if TYPE_CHECKING:
    from notesyncd.doctor.finding import Finding

_MARKS = {"ok": ("✓", "green"), "warn": ("!", "yellow"), "fail": ("✗", "red")}


def doctor(
    context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False
) -> None:
    """Check the whole set-up and say how to mend it; exit code 1 where something fails."""
    from dataclasses import asdict

    from notesyncd.doctor.finding import has_failed

    findings = []
    for finding in _findings(global_options(context).config):
        findings.append(finding)
        if not as_json:
            print_finding(finding)
    if as_json:
        print_json({"schema": "notesyncd.doctor/1", "findings": [asdict(finding) for finding in findings]})
    if has_failed(findings):
        raise typer.Exit(ExitCode.FAILED)


def _findings(named: Path | None) -> Iterator[Finding]:
    from functools import partial

    from notesyncd.app import App, load_plugins
    from notesyncd.config.load import load_config
    from notesyncd.config.paths import state_paths
    from notesyncd.doctor.decoder import decoder_findings
    from notesyncd.doctor.finding import Finding
    from notesyncd.doctor.folders import folder_findings
    from notesyncd.doctor.graphics import graphics_findings
    from notesyncd.doctor.machine import machine_findings
    from notesyncd.doctor.parts import plugin_findings, privacy_finding, reader_findings, sink_findings
    from notesyncd.doctor.vision import vision_findings
    from notesyncd.read.catalogue import ways
    from notesyncd.read.fit import cards

    paths = state_paths()
    yield from machine_findings(paths.root)
    yield from decoder_findings()
    plugins = load_plugins()
    yield from plugin_findings(plugins)
    try:
        loaded = load_config(named, plugins)
    except ConfigError as error:
        yield Finding(
            name="configuration", status="fail", message=str(error), remedy="mend it, or write one: notesyncd init"
        )
        return
    yield Finding(name="configuration", status="ok", message=str(loaded.file))
    app = App(loaded=loaded, plugins=plugins, paths=paths)
    folders = [(watch.folder, watch.mode) for watch in loaded.config.watch]
    yield from folder_findings(folders, rescan_seconds=loaded.config.daemon.rescan_seconds)
    yield from reader_findings(app.reader_states(), app.reader)
    yield privacy_finding(app.leaves_machine())
    wanted = loaded.config.read.reader == "cuda"
    yield from graphics_findings(list(reversed(ways("cuda"))), cards(), wanted=wanted)
    yield from vision_findings(app.reader_context(plugins.readers["vision"]))
    openers = {sink.name: partial(app.open_sink, sink) for sink in loaded.sinks}
    yield from sink_findings(openers, loaded.unavailable)


def print_finding(finding: Finding) -> None:
    """Print a finding with its mark, and below it how to mend it."""
    mark, colour = _MARKS[finding.status]
    first, *more = printable(f"{finding.name}: {finding.message}").splitlines()
    typer.echo(f"{typer.style(mark, fg=colour)} {first}")
    for line in more:
        typer.echo(f"  {line}")
    if finding.remedy:
        typer.echo(f"  → {printable(finding.remedy)}")
