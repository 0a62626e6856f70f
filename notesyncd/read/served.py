"""The reader ``http``: a model behind a server, asked and understood as the catalogue says of its name."""

from __future__ import annotations

from dataclasses import replace

from notesyncd.api import Reader, ReaderCapabilities, ReaderContext
from notesyncd.read.catalogue import card_for
from notesyncd.read.http.cost import estimate, leaves_machine
from notesyncd.read.http.opening import open_generator, remote, settings_of
from notesyncd.read.http.settings import HttpSettings
from notesyncd.read.line_reader import LineReader
from notesyncd.read.model import ModelCard
from notesyncd.read.model_reader import ModelReader
from notesyncd.read.parsers import WITH_BOXES

HTTP = "http"


def open_http(context: ReaderContext) -> Reader:
    """Open the reader; nothing is asked before the first page.

    Raises:
        ConfigError: if no server is set, or one that must not be asked.
    """
    settings = settings_of(context)
    card = card_of(settings)
    generator = open_generator(context)
    capabilities = ReaderCapabilities(
        boxes=card.reads == "lines" or card.parser in WITH_BOXES,
        logprobs=True,
        parallel=settings.parallel,
        remote=remote(settings),
    )
    if card.reads == "lines":
        return LineReader(card=card, generator=generator, capabilities=capabilities)
    return ModelReader(card=card, generator=generator, capabilities=capabilities, own_prompt=context.prompt_file)


def http_unsuited(context: ReaderContext) -> str | None:
    """Say why "auto" passes it over: where no server is set, or pages would leave this machine."""
    settings = settings_of(context)
    if settings.place is None:
        return "no server is set under [read.http]"
    return "page images would leave this machine (name it to use it)" if remote(settings) else None


def http_leaves_machine(context: ReaderContext) -> str | None:
    """Say what leaves this machine, and where to."""
    return leaves_machine(settings_of(context))


def http_estimate(context: ReaderContext, pages: int) -> str | None:
    """Say what so many pages would take of a server that is not this machine."""
    settings = settings_of(context)
    return str(estimate(settings, pages)) if remote(settings) else None


def card_of(settings: HttpSettings) -> ModelCard:
    """Return how the server's model is asked: as the catalogue knows it by its name, unless a format was set."""
    card = card_for(settings.model or "unnamed")
    if "format" in settings.model_fields_set:
        card = replace(card, parser=settings.format)
    own = settings.model_fields_set & {"max_tokens", "max_pixels"}
    most = settings.max_pixels if "max_pixels" in own else min(card.pixels.most, settings.max_pixels)
    return replace(
        card,
        pixels=replace(card.pixels, most=most, least=min(card.pixels.least, most)),
        max_tokens=settings.max_tokens if "max_tokens" in own else card.max_tokens,
    )
