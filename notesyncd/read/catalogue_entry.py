"""The form of the catalogue of models, and of each entry; what does not fit it is an error when it is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from notesyncd.read.model import Asked, ModelCard
from notesyncd.read.picture import PixelBudget

Runtime = Literal["mlx", "cuda"]
"""What runs a model on this machine."""

GB = 1_000_000_000
"""Bytes, as memory and weights are counted here."""

_Line = Annotated[str, StringConstraints(min_length=1, pattern=r"^[^\n]+$")]
_HubId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*$")]
_Commit = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}$")]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Pixels(_Entry):
    """How large a picture a model may have, as ``PixelBudget`` has it."""

    most: int = Field(gt=0)
    least: int = Field(default=0, ge=0)
    multiple: int = Field(default=1, gt=0)

    @model_validator(mode="after")
    def _fit_each_other(self) -> Self:
        if self.most < max(self.least, self.multiple**2):
            raise ValueError("most is less than least, or than one token takes")
        return self


class Weights(_Entry):
    """Where a model's weights lie on the hub, for one runtime.

    Attributes:
        quantization: of the weights as they lie there.
        memory_gb: that it takes to run them as they are, in 10^9 bytes: a rule of thumb, as the file's head says.
        memory_4bit_gb: the same, brought to 4 bits while they are loaded; None: they can't be, or are already.
        revision: commit that is fetched; None: the newest, which ``models pull`` then pins.
        source: where the repository's name and size were read.
    """

    runtime: Runtime
    hub: _HubId
    quantization: _Line
    memory_gb: float = Field(gt=0)
    memory_4bit_gb: float | None = Field(default=None, gt=0)
    revision: _Commit | None = None
    source: _Line

    @property
    def memory_bytes(self) -> int:
        """Bytes that it takes to run them as they are."""
        return int(self.memory_gb * GB)

    @property
    def least_memory_bytes(self) -> int:
        """Bytes that it takes at least, brought to 4 bits where that can be."""
        return int(min(self.memory_gb, self.memory_4bit_gb or self.memory_gb) * GB)


class CatalogueModel(_Entry):
    """One model of the catalogue.

    Attributes:
        family: of models that are asked alike.
        parameters: as its maker counts them.
        unverified: it was never tried with its real weights.
        boxes: what it tells of places, in words; None: nothing.
        prompt_source: where the fixed prompt was read.
        shortened: the fixed prompt is a short form of the maker's.
        model_types: values of ``model_type`` in a ``config.json`` that mean this model's family, and that this entry
            speaks for where nothing else is known.
        words: parts of a repository's, folder's or server's name that mean the same, and overrule ``model_types``.
        only_served: why it runs on a server only; None: it has weights for a runtime.
        licence: as named by ``licence_source``; None: no source was found.
        http: what servers call it, by kind of server.
    """

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]*$")]
    title: _Line
    family: _Line
    parameters: _Line
    unverified: bool = False
    pixels: Pixels
    asked: Asked
    prompt: str = ""
    prompt_source: _Line | None = None
    shortened: bool = False
    reads: Literal["page", "lines"] = "page"
    parser: _Line
    boxes: _Line | None = None
    max_tokens: int = Field(default=4096, gt=0)
    repetition_penalty: float | None = Field(default=None, gt=1)
    thinks: bool = False
    model_types: tuple[_Line, ...] = ()
    words: tuple[_Line, ...] = ()
    only_served: _Line | None = None
    licence: _Line | None = None
    licence_source: _Line | None = None
    weights: tuple[Weights, ...] = ()
    http: Mapping[Annotated[str, StringConstraints(pattern=r"^[a-z.-]+$")], _Line] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.licence is None) != (self.licence_source is None):
            raise ValueError("a licence needs its source")
        if (self.asked == "fixed" and self.reads == "page") != bool(self.prompt):
            raise ValueError("a fixed prompt, and only that, needs its words")
        if bool(self.prompt) != bool(self.prompt_source):
            raise ValueError("a prompt needs its source")
        if bool(self.weights) == bool(self.only_served):
            raise ValueError("a model without weights needs a reason in only_served, and only such a one")
        if len({each.runtime for each in self.weights}) != len(self.weights):
            raise ValueError("a runtime has one repository of weights")
        if not self.unverified and not all(each.revision for each in self.weights):
            raise ValueError("what has no pinned revision is unverified")
        return self

    @property
    def card(self) -> ModelCard:
        """How it is asked and how its answers are read."""
        return ModelCard(
            name=self.name,
            family=self.family,
            pixels=PixelBudget(most=self.pixels.most, least=self.pixels.least, multiple=self.pixels.multiple),
            parser=self.parser,
            asked=self.asked,
            prompt=self.prompt,
            reads=self.reads,
            max_tokens=self.max_tokens,
            repetition_penalty=self.repetition_penalty,
            thinks=self.thinks,
        )

    def weights_for(self, runtime: str) -> Weights | None:
        """Return its weights for a runtime, or None where it has none."""
        return next((each for each in self.weights if each.runtime == runtime), None)


class Rung(_Entry):
    """What ``model = "auto"`` stands for from this much memory upwards, in 10^9 bytes."""

    from_gb: float = Field(ge=0)
    model: str


class Catalogue(_Entry):
    """The whole file: what "auto" stands for with each runtime, and the models."""

    auto: Mapping[str, tuple[Rung, ...]]
    model: tuple[CatalogueModel, ...]

    @model_validator(mode="after")
    def _names_itself(self) -> Self:
        for what in ([each.name for each in self.model], [word for each in self.model for word in each.words]):
            if len(set(what)) != len(what):
                raise ValueError("a name stands there twice")
        if set(self.auto) != set(get_args(Runtime)):
            raise ValueError("auto: not one list for each runtime")
        by_name = {each.name: each for each in self.model}
        for runtime, rungs in self.auto.items():
            steps = [rung.from_gb for rung in rungs]
            if not steps or steps[0] or steps != sorted(steps):
                raise ValueError(f"auto.{runtime}: not from 0 upwards")
            if any(rung.model not in by_name or not by_name[rung.model].weights_for(runtime) for rung in rungs):
                raise ValueError(f"auto.{runtime}: a model without weights for it")
        return self
