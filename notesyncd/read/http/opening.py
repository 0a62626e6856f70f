"""Opens what stands behind ``[read.http]``, or says why it can't be opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notesyncd.api import ConfigError, NotesyncdError, ReaderContext
from notesyncd.read.http.allowance import Allowance
from notesyncd.read.http.locality import Endpoint, addresses
from notesyncd.read.http.models import served
from notesyncd.read.http.settings import NO_LIMIT, NOT_HERE, HttpSettings

if TYPE_CHECKING:
    from notesyncd.read.http.generator import HttpGenerator

# What speaks HTTP is imported only when a server is asked: it takes 0.1 s, which every command would pay.

NAME = "http"
NO_ADDRESS = "no server is set; write base_url under [read.http]"
GLANCE_SECONDS = 1.0
"""A server on this machine lists its models in milliseconds, even while it reads."""


def settings_of(context: ReaderContext) -> HttpSettings:
    """Return the settings of ``[read.http]``, or their defaults."""
    return context.settings if isinstance(context.settings, HttpSettings) else HttpSettings()


def open_generator(context: ReaderContext) -> HttpGenerator:
    """Return the generator behind the settings; nothing is asked before the first page.

    Raises:
        ConfigError: if there is no address, or one that must not be asked.
    """
    from notesyncd.read.http.generator import HttpGenerator  # noqa: PLC0415

    settings = settings_of(context)
    place = _allowed(settings)
    if place.here:
        addresses(place)
    limit = settings.max_pages_per_day
    allowance = Allowance(context.cache / NAME, limit) if limit is not None else None
    return HttpGenerator(settings, place, allowance)


def unready(context: ReaderContext) -> str | None:
    """Say why the server can't be asked, or None; one that is not this machine is not contacted for that."""
    settings = settings_of(context)
    try:
        place = _allowed(settings)
        return quick_check(settings, place) if place.here else None
    except ConfigError as error:
        return str(error)


def parallel(context: ReaderContext) -> int:
    """Return how many pages may be asked about at once."""
    return settings_of(context).parallel


def remote(settings: HttpSettings) -> bool:
    """Say whether page images leave this machine."""
    place = settings.place
    return place is not None and not place.here


def quick_check(settings: HttpSettings, place: Endpoint) -> str | None:
    """Look whether a server on this machine answers, within ``GLANCE_SECONDS``; say why not, or return None.

    Raises:
        ConfigError: if the key can be none.
    """
    from notesyncd.read.http.connection import Connection, Patience  # noqa: PLC0415
    from notesyncd.read.http.refusals import Refused, error_of  # noqa: PLC0415

    key = settings.api_key.get_secret_value() if settings.api_key else None
    patience = Patience(connect=GLANCE_SECONDS, first_token=GLANCE_SECONDS, between_tokens=GLANCE_SECONDS)
    connection = Connection(place, key=key, patience=patience)
    try:
        served(connection.list_models(seconds=GLANCE_SECONDS), server=connection.server)
    except Refused as refused:
        if settings.model is not None and refused.refusal.status in (404, 405):  # it has no such list
            return None
        return str(error_of(refused.refusal, server=connection.server, model=settings.model or ""))
    except NotesyncdError as error:
        return str(error)
    return None


def _allowed(settings: HttpSettings) -> Endpoint:
    place = settings.place
    if place is None:
        raise ConfigError(NO_ADDRESS)
    if not place.here and not settings.allow_remote:
        raise ConfigError(NOT_HERE)
    if not place.here and settings.max_pages_per_day is None:
        raise ConfigError(NO_LIMIT)
    return place
