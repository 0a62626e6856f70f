"""Where a server stands, by what its address says and its name resolves to."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from notesyncd.api import ConfigError, TransientError
from notesyncd.read.http.locality import addresses, endpoint

Resolve = Callable[..., None]


@pytest.fixture
def resolved(monkeypatch: pytest.MonkeyPatch) -> Resolve:
    """Make names resolve to chosen numbers, as another hosts file would."""

    def names(**numbers: list[str]) -> None:
        table = {name.replace("_", "."): found for name, found in numbers.items()}

        def getaddrinfo(host: str, *_: object, **__: object) -> list[tuple]:
            if host not in table:
                raise socket.gaierror(-2, "Name or service not known")
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, 0)) for number in table[host]]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)

    return names


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:8080/v1",
        "http://127.8.9.1/v1",
        "http://[::1]:1/v1",
        "http://localhost:5/v1",
        "HTTP://LOCALHOST/v1",
    ],
)
def test_this_machine_is_known_by_its_loopback_numbers_and_one_name(address: str) -> None:
    assert endpoint(address).here


@pytest.mark.parametrize(
    "address",
    [
        "http://192.168.1.4/v1",
        "http://localhost.example/v1",
        "http://mybox/v1",
        "https://127.0.0.1.nip.io/v1",
        "http://127.1/v1",
        "http://2130706433/v1",
        "http://0x7f.1/v1",
        "http://[fe80::1]/v1",
        "https://8.8.8.8/v1",
    ],
)
def test_everything_else_is_another_machine_whatever_it_resolves_to(address: str) -> None:
    assert not endpoint(address).here


def test_a_v4_number_written_as_v6_is_the_same_machine() -> None:
    assert endpoint("http://[::ffff:127.0.0.1]/v1").here
    assert not endpoint("https://[::ffff:8.8.8.8]/v1").here


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("ftp://127.0.0.1/v1", "no web address"),
        ("127.0.0.1:8080", "no web address"),
        ("http://", "no web address"),
        ("http://[::1/v1", "no web address"),
        ("http://two words/v1", "no web address"),
        ("http://127.0.0.1:99999/v1", "no web address"),
        (f"http://{'a' * 64}.lan/v1", "no web address"),
        ("http://user:word@127.0.0.1/v1", "api_key"),
        ("http://127.0.0.1/v1?key=1", "api_key"),
        ("http://0.0.0.0:8080/v1", "write 127.0.0.1"),
        ("http://[::]:8080/v1", "write 127.0.0.1"),
        ("http://8.8.8.8/v1", "not encrypted"),
        ("http://[::ffff:8.8.8.8]/v1", "not encrypted"),
    ],
)
def test_addresses_that_can_not_be_meant_are_refused(address: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        endpoint(address)


def test_the_interface_lies_below_v1_where_no_path_is_written() -> None:
    assert endpoint("http://127.0.0.1:8080").url == "http://127.0.0.1:8080/v1"
    assert endpoint("http://127.0.0.1:8080/").url == "http://127.0.0.1:8080/v1"
    assert endpoint("http://127.0.0.1:8080/api/v3/").url == "http://127.0.0.1:8080/api/v3"


def test_localhost_is_connected_to_by_the_numbers_that_were_looked_at(resolved: Resolve) -> None:
    resolved(localhost=["127.0.0.1", "127.0.0.1", "::1"])

    assert addresses(endpoint("http://localhost/v1")) == ("127.0.0.1", "::1")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_localhost_that_is_another_machine_is_refused(resolved: Resolve, scheme: str) -> None:
    resolved(localhost=["127.0.0.1", "93.184.216.34"])

    with pytest.raises(ConfigError, match=r"localhost is 93\.184\.216\.34"):
        addresses(endpoint(f"{scheme}://localhost/v1"))


@pytest.mark.parametrize("number", ["192.168.1.20", "10.0.0.7", "100.64.1.1", "fd00::1", "127.0.1.1"])
def test_a_name_in_a_private_network_may_be_spoken_to_in_the_clear(resolved: Resolve, number: str) -> None:
    resolved(gpu_lan=[number])

    assert addresses(endpoint("http://gpu.lan/v1")) == (number,)


def test_a_name_that_leads_to_the_open_internet_is_not(resolved: Resolve) -> None:
    resolved(gpu_lan=["192.168.1.20", "93.184.216.34"])

    with pytest.raises(TransientError, match=r"gpu\.lan \(93\.184\.216\.34\) is on the open internet"):
        addresses(endpoint("http://gpu.lan/v1"))


def test_an_encrypted_server_is_connected_to_by_name(resolved: Resolve) -> None:
    resolved()

    assert addresses(endpoint("https://api.openai.com/v1")) == ()


def test_a_name_that_is_not_known_now_may_be_later(resolved: Resolve) -> None:
    resolved()

    with pytest.raises(TransientError, match="can't be resolved"):
        addresses(endpoint("http://gpu.lan/v1"))
