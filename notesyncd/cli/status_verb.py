"""``notesyncd status``: what is where, and why each waiting item waits."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from notesyncd.cli.amounts import duration
from notesyncd.cli.backlog import show_backlog
from notesyncd.cli.opening import open_app
from notesyncd.cli.output import ExitCode, console, counted, print_json, print_table, say

_SHOWN = 200  # of each kind: a terminal is no place for thousands of lines
_WORRYING = ("parked", "failed", "unreadable", "incomplete", "needs_password")


def status(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON (notesyncd.status/1).")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Print it again every two seconds, until Ctrl-C.")] = False,
) -> None:
    """Show folders, queues and sinks, and why each waiting item waits."""
    app = open_app(context)
    with app.ledger() as ledger:
        while True:
            told = app.status(ledger) if as_json else app.status(ledger, limit=_SHOWN)
            if watch and not as_json:
                console().clear()
            _show(told, as_json=as_json)
            if not watch:
                break
            try:
                time.sleep(2)
            except KeyboardInterrupt:
                raise typer.Exit(ExitCode.OK) from None


def _show(told: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(told)
        return
    daemon = told["daemon"]
    say(
        f"daemon: running, process {daemon['pid']}"
        if daemon["running"]
        else "daemon: not running (`notesyncd run` starts it)"
    )
    for problem in daemon["problems"]:
        say(f"  ! {problem}")
    for folder in told["folders"]:
        say(f"folder: {folder['path']}  {folder['state']} ({folder['mode']}: {folder['reason']})")
    for what in ("files", "transcriptions", "notes"):
        say(f"{what}: {_counts(told[what])}")
    for name, deliveries in told["deliveries"].items():
        sink = told["sinks"][name]
        trouble = "" if sink["state"] == "ok" else f"  [{sink['state']}: {sink['reason']}]"
        say(f"sink {name}: {_counts(deliveries)}{trouble}")
    if told["seconds_left"]:
        say(f"reading goes on for about {duration(told['seconds_left'])}")
    say(f"leaves this machine: {told['leaves_machine'] or 'nothing, for reading'}")
    _show_readers(told)
    show_backlog(told, say)
    _show_waiting(told)


def _show_waiting(told: Mapping[str, Any]) -> None:
    waiting = [item for item in told["waiting"] if item["state"] != "held"]
    if waiting:
        say()
        rows = [
            (item["what"], item["path"] or item["id"][:12], item["state"], item["reason"] or "", item["due_at"] or "")
            for item in waiting
        ]
        print_table(("what", "which", "state", "why", "tried again"), rows)
        if len(waiting) >= _SHOWN:
            say(f"At most {_SHOWN} of each kind are shown; --json lists all of them.")
        if any(item["state"] in _WORRYING for item in waiting):
            say("`notesyncd retry` takes up again what is parked, failed or unreadable.")


def _show_readers(told: Mapping[str, Any]) -> None:
    """Say what was odd about readings, and offer what would read better."""
    if flagged := told["flagged"]["count"]:
        say(f"read with warnings: {counted(flagged, 'page')} (`notesyncd notes show NOTE` says which)")
    better = told["better_reader"]
    if better is not None:
        say(f"{better['name']} would read better here: {better['reason']}")
        if better["remedy"]:
            say(f"  → {better['remedy']}")
        if better["pages"]:
            say(f"  {counted(better['pages'], 'page')} can be read again then")
    for reader, pages in told["lesser_pages"].items():
        say(f"{counted(pages, 'page')} could be read better: `notesyncd reread --reader-was {reader}`")


def _counts(counted: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {state}" for state, count in counted.items() if count or state == "total") or "none"
