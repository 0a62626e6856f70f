"""Settings of the reader that asks an OpenAI-compatible server: ``[read.http]``."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from notesyncd.api import ConfigError, PluginSettings, Secret
from notesyncd.read.http.locality import Endpoint, endpoint
from notesyncd.read.http.presets import PRESETS, PresetName
from notesyncd.read.parsers import PARSERS

Whole = Annotated[int, Field(strict=True)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Name = Annotated[str, Field(min_length=1)]

NOT_HERE = "base_url is not this machine: page images would leave it. Say so by allow_remote = true"
NO_LIMIT = "a server that is not this machine needs a limit: max_pages_per_day = 200"
NOT_OURS = frozenset(("messages", "model", "stream"))


class HttpSettings(PluginSettings):
    """``[read.http]``."""

    preset: PresetName = Field(
        default="auto", description="Which server or service it is; 'auto' finds out as far as it can."
    )
    base_url: Name | None = Field(
        default=None,
        description="Address of the server's interface. Left out: the preset's own, where it has one.",
        examples=["http://127.0.0.1:8080/v1"],
    )
    model: Name | None = Field(
        default=None,
        description="The model, by the name that the server gives it. Left out: the only one that it serves.",
        examples=["qwen3-vl-8b"],
    )
    api_key: Secret | None = Field(
        default=None, description="Key for the server, where it wants one.", examples=[{"env": "OPENAI_API_KEY"}]
    )
    allow_remote: Annotated[bool, Field(strict=True)] = Field(
        default=False, description="The server may be another machine: page images leave this one."
    )
    max_pages_per_day: Whole | None = Field(
        default=None,
        ge=1,
        description="So many page images are sent in a day (local time) at most; needed where allow_remote is true.",
        examples=[200],
    )
    parallel: Whole = Field(default=1, ge=1, le=256, description="How many pages the server is asked about at once.")
    connect_seconds: Number = Field(
        default=10.0, gt=0, le=600, description="How long to wait until the server takes a connection, in seconds."
    )
    first_token_seconds: Number = Field(
        default=600.0,
        gt=0,
        le=86_400,
        description="How long to wait for an answer's first token, in seconds; a server may have to load its model.",
    )
    between_tokens_seconds: Number = Field(
        default=60.0, gt=0, le=86_400, description="How long to wait from one token to the next, in seconds."
    )
    max_tokens: Whole = Field(default=4096, ge=16, le=32_768, description="How long an answer may get, in tokens.")
    max_pixels: Whole = Field(
        default=2_097_152, ge=65_536, le=16_000_000, description="How large a picture the model gets, in pixels."
    )
    format: Name = Field(
        default="verbatim",
        description="In which form the model answers; 'verbatim' where it is asked in notesyncd's own words.",
    )
    price_per_million_input: Number | None = Field(
        default=None, ge=0, description="Price of a million tokens sent, for estimates.", examples=[0.5]
    )
    price_per_million_output: Number | None = Field(
        default=None, ge=0, description="Price of a million tokens received, for estimates.", examples=[1.5]
    )
    currency: Name = Field(default="USD", description="In which both prices are.")
    extra: dict[Name, str | bool | int | Annotated[float, Field(allow_inf_nan=False)]] = Field(
        default={},
        description="Fields that are sent with each question as they are, for what a server wants to be told.",
        examples=[{"top_k": 1}],
    )

    @property
    def place(self) -> Endpoint | None:
        """Where the server stands; None where no address is set."""
        address = self.base_url or (PRESETS[self.preset].base_url if self.preset != "auto" else None)
        return endpoint(address) if address else None

    @model_validator(mode="after")
    def _stays_here_or_is_allowed(self) -> Self:
        try:
            place = self.place
        except ConfigError as error:
            raise ValueError(str(error)) from error
        if place is not None and not place.here:
            if not self.allow_remote:
                raise ValueError(NOT_HERE)
            if self.max_pages_per_day is None:
                raise ValueError(NO_LIMIT)
        return self

    @model_validator(mode="after")
    def _can_be_used(self) -> Self:
        if self.format not in PARSERS:
            raise ValueError(f"there is no format {self.format!r}; there are: {', '.join(sorted(PARSERS))}")
        if both := NOT_OURS & self.extra.keys():
            raise ValueError(f"extra can't set {', '.join(sorted(both))}")
        return self
