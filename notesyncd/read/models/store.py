"""Finds the model that the user named among those on this disk. Never fetches one, and hashes none that was fetched."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from notesyncd.api import ConfigError
from notesyncd.read.catalogue import by_memory, card_for, catalogue, fitting, with_hub_id
from notesyncd.read.catalogue_entry import GB, CatalogueModel, Weights
from notesyncd.read.model import ModelCard, ModelFiles
from notesyncd.read.models.contents import Contents, UnusableModel, contents_of
from notesyncd.read.models.digest import remembered_digest
from notesyncd.read.models.places import folder_of, is_folder, is_hub_id, models_folder, unfinished_of
from notesyncd.read.models.record import Record, files_of_wrong_size, read_record
from notesyncd.read.models.room import room_for, runtime_here

AUTO = "auto"

_BESIDES = 2 * GB
"""Bytes that a model takes beside its weights: the catalogue's rule of thumb."""


def resolve(model: str, *, runtime: str, cache: Path, memory_bytes: int | None = None) -> ModelFiles:
    """Return the files of a model on this disk.

    Args:
        model: "auto", a name of the catalogue, a hub id, or the full path of a folder.
        cache: the readers' cache folder.
        memory_bytes: of the machine or card that is to run it, for "auto"; None: of this one.

    Raises:
        ConfigError: it is not here or not whole; it says which command fetches it.
    """
    found = _find(model, runtime, cache, memory_bytes)
    try:
        digest = found.record.digest if found.record else remembered_digest(found.contents.folder, cache)
    except (OSError, UnusableModel) as error:
        raise ConfigError(f"the weights in {found.contents.folder} can't be read: {error}") from error
    known = found.weights.memory_bytes if found.weights else None
    return ModelFiles(
        card=found.card,
        folder=found.contents.folder,
        digest=digest,
        revision=found.record.revision if found.record else None,
        quantization=found.contents.quantization,
        memory_bytes=known or found.contents.weights_bytes + _BESIDES,
    )


def unready(model: str, *, runtime: str, cache: Path, memory_bytes: int | None = None) -> str | None:
    """Say why a model can't be used, or None; as ``resolve``, but reads no weights and is quick."""
    try:
        _find(model, runtime, cache, memory_bytes)
    except ConfigError as error:
        return str(error)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A model of the hub that lies on this disk."""

    folder: Path
    record: Record


def fetched_models(cache: Path) -> Iterator[Fetched]:
    """Return the fetched models, by name of their folders."""
    folder = models_folder(cache)
    for each in sorted(folder.iterdir()) if folder.is_dir() else ():
        record = read_record(each)
        if record is not None:
            yield Fetched(folder=each, record=record)


def remove(hub: str, cache: Path) -> int | None:
    """Remove a model, whole or half fetched; return the bytes that are free now, or None where there was none.

    Raises:
        OSError: it can't be removed.
    """
    folders = [folder for folder in (folder_of(cache, hub), unfinished_of(cache, hub)) if folder.exists()]
    freed = sum(file.stat().st_size for folder in folders for file in folder.rglob("*") if file.is_file())
    for folder in folders:
        shutil.rmtree(folder)
    return freed if folders else None


def hub_id(model: str, runtime: str, memory_bytes: int | None = None) -> str:
    """Return the hub id that a model's name stands for with a runtime.

    Raises:
        ConfigError: there is no such model, or the runtime can't run it.
    """
    if model == AUTO:
        model = by_memory(runtime, memory_bytes or room_for(runtime).total_bytes).name
    if model in catalogue():
        return _weights(catalogue()[model], runtime).hub
    if is_hub_id(model):
        return model
    if is_folder(model):
        raise ConfigError(f"{model} is a folder, not a model of the hub")
    close = get_close_matches(model, catalogue(), n=1)
    raise ConfigError(
        f"there is no model {model!r} in the catalogue{f'; did you mean {close[0]!r}?' if close else ';'} "
        "`notesyncd models list` shows all; a hub id has a slash in it, a folder is given by its full path"
    )


def pull_command(name: str, runtime: str) -> str:
    """Return the command that fetches a model for a runtime."""
    return f"notesyncd models pull {name}" + ("" if runtime == runtime_here() else f" --runtime {runtime}")


# ------------------------------------------------------------------------------------------------------------- finding


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A whole model; ``weights`` where the catalogue knows these very ones, ``record`` where they were fetched."""

    card: ModelCard
    contents: Contents
    weights: Weights | None = None
    record: Record | None = None


def _find(model: str, runtime: str, cache: Path, memory_bytes: int | None) -> _Found:
    if model == AUTO:
        model = _best_here(runtime, cache, memory_bytes)
    if is_folder(model):
        return _in_folder(model, runtime)
    hub = hub_id(model, runtime)
    folder, record = folder_of(cache, hub), read_record(folder_of(cache, hub))
    if record is None:
        begun = "was not fetched to its end" if unfinished_of(cache, hub).exists() else "is not on this disk"
        raise ConfigError(f"the model {model} {begun}; run: {pull_command(model, runtime)}")
    remedy = f"; run: {pull_command(model, runtime)}"
    wrong = files_of_wrong_size(folder, record)
    if wrong:
        raise ConfigError(f"{folder / wrong[0]} is missing or not whole{remedy}")
    contents = _contents(folder, runtime, remedy)
    known = with_hub_id(hub)
    card = known.card if known else card_for(hub, contents.model_type)
    weights = next((each for each in known.weights if each.hub == hub), None) if known else None
    return _Found(card=card, contents=contents, weights=weights, record=record)


def _best_here(runtime: str, cache: Path, memory_bytes: int | None) -> str:
    """Return the best model that fits and lies here; where none does, the one that should."""
    models = fitting(runtime, memory_bytes or room_for(runtime).total_bytes)
    here = (each for each in models if read_record(folder_of(cache, _weights(each, runtime).hub)) is not None)
    return next(here, models[0]).name


def _in_folder(name: str, runtime: str) -> _Found:
    try:
        folder = Path(name).expanduser()
    except RuntimeError as error:
        raise ConfigError(f"the home folder in {name} is unknown; give the full path") from error
    if not folder.is_absolute():
        raise ConfigError(f"{name} is no full path; the daemon may be started anywhere: begin with / or ~")
    contents = _contents(folder, runtime)
    record = read_record(folder)
    known = with_hub_id(record.hub) if record else None
    card = known.card if known else card_for(folder.name, contents.model_type)
    return _Found(card=card, contents=contents)


def _contents(folder: Path, runtime: str, remedy: str = "") -> Contents:
    try:
        contents = contents_of(folder)
    except UnusableModel as error:
        raise ConfigError(f"{error}{remedy}") from error
    code = next(folder.glob("*.py"), None)
    if code is not None and runtime == "mlx":  # mlx-vlm would run it, whatever it is asked (0.7.10: trust_remote_code)
        raise ConfigError(f"{code} is program code, which is never run: take it away to use this model with mlx")
    return contents


def _weights(model: CatalogueModel, runtime: str) -> Weights:
    weights = model.weights_for(runtime)
    if weights is not None:
        return weights
    if model.only_served is not None:
        raise ConfigError(f'{model.title} {model.only_served}; let a server run it (reader = "http")')
    others = " or ".join(each.runtime for each in model.weights)
    raise ConfigError(f"{model.title} can't be run with {runtime}, only with {others}; choose another model or reader")
