"""``notesyncd models``: which models there are; fetching, removing and checking them. Nothing else ever fetches one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from notesyncd.cli.amounts import size
from notesyncd.cli.options import group_of_verbs
from notesyncd.cli.output import ExitCode, complain, print_json, print_table, say
from notesyncd.domain.errors import ConfigError

if TYPE_CHECKING:
    from notesyncd.read.catalogue_entry import CatalogueModel, Weights
    from notesyncd.read.models.digest import Told
    from notesyncd.read.models.pull import Pulled
    from notesyncd.read.models.room import Room
    from notesyncd.read.models.store import Fetched

app = group_of_verbs("List, fetch, remove and check models. Nothing else ever fetches one.")

_MB = 1_000_000


class RuntimeName(StrEnum):
    """What runs a model on this machine."""

    MLX = "mlx"
    CUDA = "cuda"


Named = Annotated[str, typer.Argument(metavar="MODEL", help="A name that `models list` shows, or a hub id.")]
With = Annotated[
    RuntimeName | None,
    typer.Option(
        "--runtime", help="What is to run it; default: mlx where it is installed, else cuda.", show_default=False
    ),
]


@app.command("list")
def list_models(
    runtime: With = None, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False
) -> None:
    """List the models of the catalogue: what they need, whether they fit, which are here, how fast they are here."""
    from notesyncd.read.catalogue import catalogue, fitting
    from notesyncd.read.models.pace import seconds_a_page
    from notesyncd.read.models.room import room_for
    from notesyncd.read.models.store import fetched_models

    name = _runtime(runtime)
    room, cache = room_for(name), _cache()
    here = {each.record.hub: each for each in fetched_models(cache)}
    seconds = seconds_a_page(cache)
    auto = fitting(name, room.total_bytes)[0].name
    known = {weights.hub for model in catalogue().values() for weights in model.weights}
    others = [each for hub, each in here.items() if hub not in known]
    if as_json:
        print_json(
            {
                "schema": "notesyncd.models/1",
                "runtime": name,
                "memory_bytes": room.total_bytes,
                "memory_of": "card" if room.is_card else "machine",
                "auto": auto,
                "models": [_as_json(model, here, seconds, cache) for model in catalogue().values()],
                "others": [{"hub": each.record.hub, **_on_disk(each)} for each in others],
            }
        )
        return
    rows = [_row(model, name, room, here, seconds, cache) for model in catalogue().values()]
    rows += [(each.record.hub, "", "", "", "", _shown(each), "", "", "") for each in others]
    headers = ("model", "parameters", "runs with", "memory", "fits here", "on disk", "s a page", "tried", "licence")
    print_table(headers, rows)
    say()
    say(f'{name}: {size(room.total_bytes)} of {"the card" if room.is_card else "this machine"}; "auto" is {auto}')


@app.command()
def pull(
    model: Named,
    runtime: With = None,
    update: Annotated[
        bool, typer.Option("--update", help="Move on to the hub's newest commit, where the model is here already.")
    ] = False,
) -> None:
    """Fetch a model from the hub and pin its commit; what was broken off goes on where it stopped."""
    from notesyncd.read.catalogue import with_hub_id
    from notesyncd.read.models.hub import missing_library
    from notesyncd.read.models.pull import pull as fetch
    from notesyncd.read.models.store import hub_id

    name = _runtime(runtime)
    hub = hub_id(model, name)
    reason = missing_library(name)
    if reason is not None:
        raise ConfigError(reason)
    known = with_hub_id(hub)
    pinned = next((each.revision for each in known.weights if each.hub == hub), None) if known else None
    with _bytes_told(f"fetching {hub}") as tell:
        pulled = fetch(hub, cache=_cache(), tell=tell, revision=pinned, update=update)
    _say_pulled(pulled, known)


@app.command()
def remove(model: Named, runtime: With = None) -> None:
    """Remove a fetched model from this disk."""
    from notesyncd.read.models.store import hub_id
    from notesyncd.read.models.store import remove as take_away

    hub = hub_id(model, _runtime(runtime))
    try:
        freed = take_away(hub, _cache())
    except OSError as error:
        raise ConfigError(f"{error.filename} can't be removed: {error.strerror}") from error
    if freed is None:
        complain(f"{hub} is not on this disk")
        raise typer.Exit(ExitCode.FAILED)
    say(f"{hub} is removed; {size(freed)} are free again")


@app.command()
def check(
    model: Annotated[
        str | None, typer.Argument(metavar="MODEL", help="A name or hub id; default: all that are here.")
    ] = None,
    runtime: With = None,
) -> None:
    """Read fetched models again, byte by byte, and compare them with their records; exit code 1 where they differ."""
    from notesyncd.read.models.check import problems_of
    from notesyncd.read.models.store import fetched_models, hub_id

    wanted = hub_id(model, _runtime(runtime)) if model is not None else None
    chosen = [each for each in fetched_models(_cache()) if wanted in {None, each.record.hub}]
    if wanted is not None and not chosen:
        complain(f"{wanted} is not on this disk")
        raise typer.Exit(ExitCode.FAILED)
    broken = False
    for each in chosen:
        with _read_told(f"checking {each.record.hub}", each.record.size) as told:
            problems = list(problems_of(each.folder, each.record, told))
        for problem in problems:
            complain(f"{each.record.hub}: {problem}")
        if problems:
            broken = True
            complain(f"{each.record.hub}: remove it and pull it again")
        else:
            say(f"{each.record.hub} is in order: {_shown(each)}, commit {each.record.revision}")
    if broken:
        raise typer.Exit(ExitCode.FAILED)


# ------------------------------------------------------------------------------------------------------------- what is


def _runtime(named: RuntimeName | None) -> str:
    from notesyncd.read.models.room import runtime_here

    return named.value if named else runtime_here()


def _cache() -> Path:
    from notesyncd.config.paths import state_paths

    return state_paths().readers


def _row(
    model: CatalogueModel, runtime: str, room: Room, here: dict[str, Fetched], seconds: Any, cache: Path
) -> tuple[str, ...]:
    weights = model.weights_for(runtime)
    pace = seconds.get(f"{runtime}:{model.name}")
    return (
        model.name,
        model.parameters,
        ", ".join([*(each.runtime for each in model.weights), *(["http"] if model.http else [])]),
        _needs(weights) if weights else "",
        _fits(weights, room) if weights else "",
        ", ".join(_states(model, runtime, here, cache)),
        f"{pace:.1f}" if pace is not None else "",
        "no" if model.unverified else "yes",
        model.licence or "",
    )


def _needs(weights: Weights) -> str:
    needs = f"{weights.memory_gb:g} GB in {weights.quantization}"
    return needs if weights.memory_4bit_gb is None else f"{needs}, {weights.memory_4bit_gb:g} GB in 4bit"


def _fits(weights: Weights, room: Room) -> str:
    if room.fits(weights.memory_bytes):
        return "yes"
    return "in 4bit" if room.fits(weights.least_memory_bytes) else "no"


def _states(model: CatalogueModel, runtime: str, here: dict[str, Fetched], cache: Path) -> Iterator[str]:
    """Return what lies here of a model, named where it is of use to another runtime only."""
    from notesyncd.read.models.places import unfinished_of

    wanted = model.weights_for(runtime)
    for weights in model.weights:
        if weights is not wanted and wanted is not None and weights.hub == wanted.hub:
            continue
        whose = "" if weights is wanted else f" for {weights.runtime}"
        if weights.hub in here:
            yield _shown(here[weights.hub]) + whose
        elif unfinished_of(cache, weights.hub).exists():
            yield f"half fetched{whose}"


def _shown(each: Fetched) -> str:
    return size(each.record.size) if _is_whole(each) else "damaged"


def _is_whole(each: Fetched) -> bool:
    from notesyncd.read.models.record import files_of_wrong_size

    return not files_of_wrong_size(each.folder, each.record)


def _as_json(model: CatalogueModel, here: dict[str, Fetched], seconds: Any, cache: Path) -> dict[str, Any]:
    from notesyncd.read.models.places import unfinished_of
    from notesyncd.read.models.room import room_for

    runtimes = {}
    for weights in model.weights:
        room = room_for(weights.runtime)
        runtimes[weights.runtime] = {
            "hub": weights.hub,
            "quantization": weights.quantization,
            "memory_gb": weights.memory_gb,
            "memory_4bit_gb": weights.memory_4bit_gb,
            "fits": room.fits(weights.memory_bytes),
            "fits_in_4bit": room.fits(weights.least_memory_bytes),
            "revision": weights.revision,
            "source": weights.source,
            "on_disk": _on_disk(here[weights.hub]) if weights.hub in here else None,
            "half_fetched": unfinished_of(cache, weights.hub).exists(),
            "seconds_a_page": seconds.get(f"{weights.runtime}:{model.name}"),
        }
    return {
        "name": model.name,
        "title": model.title,
        "family": model.family,
        "parameters": model.parameters,
        "reads": model.reads,
        "boxes": model.boxes,
        "verified": not model.unverified,
        "licence": model.licence,
        "licence_source": model.licence_source,
        "runtimes": runtimes,
        "http": dict(model.http),
    }


def _on_disk(each: Fetched) -> dict[str, Any]:
    return {
        "folder": str(each.folder),
        "bytes": each.record.size,
        "revision": each.record.revision,
        "whole": _is_whole(each),
    }


# ------------------------------------------------------------------------------------------------------ what was done


def _say_pulled(pulled: Pulled, known: CatalogueModel | None) -> None:
    record = pulled.record
    there = "is here now" if pulled.fetched else "is here already"
    say(f"{record.hub} {there}: {size(record.size)} in {pulled.folder}, pinned to commit {record.revision}")
    if pulled.newest is not None:
        say(f"The hub has a newer commit, {pulled.newest}; --update fetches it.")
    if pulled.unasked is not None:
        complain(f"whether there is a newer commit is unknown: {pulled.unasked}")
    if pulled.fetched and known is not None and known.licence is not None:
        say(f"Its licence: {known.licence}, says {known.licence_source}.")
    elif pulled.fetched:
        say(f"Its licence is not known here; read https://huggingface.co/{record.hub}.")


@contextmanager
def _bytes_told(title: str) -> Iterator[Any]:
    """Show bytes that arrive, in MB."""
    from notesyncd.cli.progress import progress

    with progress(f"{title}, MB") as shown:

        def tell(done: int, total: int, file: str) -> None:
            shown.update(round(done / _MB), round(total / _MB), note=file)

        yield tell


@contextmanager
def _read_told(title: str, total: int) -> Iterator[Told]:
    """Show bytes that are read, in MB."""
    with _bytes_told(title) as tell:
        done = 0

        def told(count: int) -> None:
            nonlocal done
            done += count
            tell(done, total, "")

        yield told
