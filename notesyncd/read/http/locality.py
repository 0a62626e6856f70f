"""Where a server stands: on this machine, in a private network, or anywhere. Page images follow from that."""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from notesyncd.api import ConfigError, TransientError

_NO_ADDRESS = "base_url is no web address; it looks like http://127.0.0.1:8080/v1"
_HOST = re.compile(r"[\w.:-]+")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An address that was looked at.

    Attributes:
        url: of the interface, without a slash at its end: ``http://127.0.0.1:8080/v1``.
        here: it is this machine by name or number; what another name resolves to makes no difference.
    """

    url: str
    here: bool

    @property
    def host(self) -> str:
        """Name or number, without the port."""
        return host_of(self.url)

    @property
    def encrypted(self) -> bool:
        """Whether the server must prove who it is, and nobody in between can read along."""
        return self.url.startswith("https://")


def endpoint(base_url: str) -> Endpoint:
    """Look at an address as a user wrote it; nothing is resolved or asked.

    Raises:
        ConfigError: if it is none, or names what must not stand in it.
    """
    try:
        url = urlsplit(base_url.strip())
        host, port = url.hostname or "", url.port
        host.encode("idna")
    except ValueError as error:
        raise ConfigError(_NO_ADDRESS) from error
    if url.scheme not in ("http", "https") or not _HOST.fullmatch(host) or port == 0:
        raise ConfigError(_NO_ADDRESS)
    if url.username or url.password or url.query or url.fragment:
        raise ConfigError("base_url holds more than an address; a key belongs in api_key")
    number = _number(host)
    if number is not None and number.is_unspecified:
        raise ConfigError(f"{host} is an address to listen on; write 127.0.0.1 in base_url")
    here = host == "localhost" or (number is not None and number.is_loopback)
    if number is not None and not here and url.scheme == "http":
        _must_be_private(number, host, ConfigError)
    # llama.cpp, Ollama, LM Studio, vLLM and mlx_vlm.server all serve the interface below /v1
    return Endpoint(url=f"{url.scheme}://{url.netloc.lower()}{url.path.rstrip('/') or '/v1'}", here=here)


def host_of(url: str) -> str:
    """Return name or number of a web address."""
    return urlsplit(url).hostname or ""


def addresses(place: Endpoint) -> tuple[str, ...]:
    """Return the numbers that may be connected to, in order; empty: connect by name, for TLS proves who answers.

    A name is resolved here, once for each request, and only what was looked at is connected to: a name that is changed
    in between ("DNS rebinding") leads nowhere.

    Raises:
        ConfigError: if ``localhost`` is another machine.
        TransientError: if the name can't be resolved, or leads unencrypted to the open internet.
    """
    number = _number(place.host)
    if number is not None:
        return (str(number),)
    if place.encrypted and not place.here:
        return ()
    found = _resolved(place)
    for address in found:
        if place.here and not address.is_loopback:
            raise ConfigError(f"localhost is {address}, which is not this machine; write 127.0.0.1 in base_url")
        if not place.here:
            _must_be_private(address, place.host, TransientError)
    return tuple(str(address) for address in found)


def _resolved(place: Endpoint) -> list[Address]:
    try:
        answers = socket.getaddrinfo(place.host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise TransientError(f"the server's name {place.host} can't be resolved: {error}") from error
    numbers = [_number(str(answer[4][0])) for answer in answers]
    return list(dict.fromkeys(number for number in numbers if number is not None))


def _must_be_private(address: Address, host: str, error: type[ConfigError | TransientError]) -> None:
    if address.is_loopback or not (address.is_global or address.is_multicast):
        return
    shown = host if host == str(address) else f"{host} ({address})"
    raise error(f"{shown} is on the open internet, and http:// is not encrypted; use https:// in base_url")


def _number(host: str) -> Address | None:
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        return None
    mapped = number.ipv4_mapped if isinstance(number, ipaddress.IPv6Address) else None
    return mapped or number
