"""``notesyncd init``: a few questions, and a configuration that works."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from notesyncd.cli.options import global_options
from notesyncd.cli.output import ExitCode, complain, printable, say
from notesyncd.cli.vaults import known_vaults
from notesyncd.domain.errors import ConfigError

if TYPE_CHECKING:
    from notesyncd.app import App

_FOLDER = "~/Notes Inbox"  # macOS asks for consent before a daemon may see Desktop, Documents or Downloads
_NEW_VAULT = "~/Notes Vault"
_NO_VAULT = "none"


class Group(StrEnum):
    """What makes one note."""

    FILE = "file"
    PAGE = "page"
    BURST = "burst"
    FOLDER = "folder"


def init(
    context: typer.Context,
    folder: Annotated[str | None, typer.Option("--folder", help="Folder to watch.", show_default=False)] = None,
    vault: Annotated[
        str | None, typer.Option("--vault", help="Obsidian vault for the notes, or 'none'.", show_default=False)
    ] = None,
    group: Annotated[Group | None, typer.Option("--group", help="What makes one note.", show_default=False)] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Take the default answers; don't ask.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a configuration that is already there.")] = False,
) -> None:
    """Ask a few questions and write the configuration."""
    from notesyncd.config.paths import config_file

    file = config_file(global_options(context).config)
    if file.exists() and not force:
        if yes:
            complain(f"{file} is already there; --force replaces it")
            raise typer.Exit(ExitCode.USAGE)
        typer.confirm(f"{file} is already there. Replace it?", abort=True)
    watched = _path(folder or _asked("Folder to watch", _FOLDER, yes=yes))
    target = _vault(vault, yes=yes)
    chosen = group or _group(yes=yes)
    app = _written(file, folder=watched, vault=target, note={} if chosen is Group.FILE else {"group": chosen.value})
    say(f"{file} is written; every setting stands in it with its description.")
    option = f" --config '{file}'" if global_options(context).config else ""
    _say_which_reader(app)
    if _sinks_work(app):
        say(f"Next: put a scan or a photo of a page into {watched} and start\n\n  notesyncd{option} run")
    else:
        say(f"Next: mend what is marked, then look again: notesyncd{option} doctor")


def _asked(question: str, default: str, *, yes: bool, **more: Any) -> str:
    return default if yes else str(typer.prompt(question, default=default, **more))


def _path(text: str) -> Path:
    return Path(os.path.abspath(Path(text).expanduser()))  # noqa: PTH100 - links stay as the user wrote them


def _vault(given: str | None, *, yes: bool) -> Path | None:
    known = known_vaults(Path.home())
    if given is None and known and not yes:
        say("Obsidian vaults of yours:")
        for number, vault in enumerate(known, start=1):
            say(f"  {number}  {vault}")
    answer = given or _asked(
        f"Obsidian vault for the notes ({'a number, ' if known else ''}a path, or {_NO_VAULT})",
        str(known[0]) if known else _NEW_VAULT,
        yes=yes,
    )
    if answer == _NO_VAULT:
        return None
    if given is None and answer.isdecimal() and 0 < int(answer) <= len(known):
        return known[int(answer) - 1]
    path = _path(answer)
    if given is None and not yes and not (path / ".obsidian").is_dir():
        typer.confirm(printable(f"{path} is no Obsidian vault yet. Make it one?"), default=True, abort=True)
    return path


def _group(*, yes: bool) -> Group:
    def checked(answer: str) -> str:
        if answer not in tuple(Group):
            raise typer.BadParameter(f"one of {', '.join(Group)}")
        return answer

    if not yes:
        say("What makes one note? file: each file; page: each page of a PDF;")
        say("burst: photos taken in quick succession; folder: all that lies in one folder.")
    return Group(_asked("One note for each", Group.FILE.value, yes=yes, value_proc=checked))


def _written(file: Path, *, folder: Path, vault: Path | None, note: dict[str, str]) -> App:
    """Write the configuration, once it is known that it can be used, and make the folders that it names."""
    from notesyncd.app import App, load_plugins
    from notesyncd.config.load import load_config
    from notesyncd.config.paths import state_paths
    from notesyncd.config.template import config_text

    plugins = load_plugins()
    sinks = {} if vault is None else {"obsidian": {"vault": str(vault)}}
    _make(file.parent, mode=0o700)
    temporary = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as draft:
            readers = {name: spec.settings for name, spec in plugins.readers.items() if spec.settings is not None}
            draft.write(config_text(folder=folder, chosen={"note": note}, sinks=sinks, readers=readers))
        try:
            load_config(temporary, plugins)
        except ConfigError as error:
            raise ConfigError(str(error).replace(str(temporary), str(file))) from None
        _make(folder)
        if vault is not None:
            _make(vault / ".obsidian")  # that folder is what makes a folder a vault
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)
    return App(loaded=load_config(file, plugins, needs_folders=True), plugins=plugins, paths=state_paths())


def _make(folder: Path, *, mode: int = 0o777) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=mode)
    except OSError as error:
        raise ConfigError(f"the folder {folder} can't be made: {error.strerror}; name another") from error


def _say_which_reader(app: App) -> None:
    """Say what will read, and how to get what would read better on this machine; nothing is fetched unasked."""
    try:
        reader = app.reader()
    except ConfigError as error:
        complain(str(error))
        return
    say(f"Pages are read by {reader.name}.")
    better = app.better_reader(reader)
    if better is not None:
        say(f"{better.name} would read better here: {better.reason}")
        if better.remedy:
            say(f"  → {better.remedy}")


def _sinks_work(app: App) -> bool:
    from functools import partial

    from notesyncd.cli.doctor_verb import print_finding
    from notesyncd.doctor.finding import has_failed
    from notesyncd.doctor.parts import sink_findings

    openers = {sink.name: partial(app.open_sink, sink) for sink in app.loaded.sinks}
    findings = list(sink_findings(openers, app.loaded.unavailable))
    for finding in findings:
        print_finding(finding)
    return not has_failed(findings)
