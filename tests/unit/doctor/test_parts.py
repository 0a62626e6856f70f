"""Readers, sinks and plugins are looked at one by one; a broken one hides nothing."""

from dataclasses import dataclass
from typing import NoReturn

import pytest

from notesyncd.api import ConfigError, Health, ReaderSpec, TransientError
from notesyncd.doctor.parts import plugin_findings, reader_findings, sink_findings
from notesyncd.hooks.plugins import Plugins


def never_opened(_: object) -> NoReturn:
    raise AssertionError("doctor loads no model")


STATES = {"quick": None, "good": "no model on disk"}


def reader(name: str, reason: str | None) -> ReaderSpec:
    return ReaderSpec(name=name, open=never_opened, unready=lambda _: reason)


@dataclass
class Box:
    health: Health | Exception
    closed: bool = False

    def check(self) -> Health:
        if isinstance(self.health, Exception):
            raise self.health
        return self.health

    def close(self) -> None:
        self.closed = True


def test_plugins_in_order_are_listed_and_broken_ones_named() -> None:
    (good,) = plugin_findings(Plugins(("notesyncd.prepare.plugin",), external=()))
    assert good.status == "ok"
    (bad,) = plugin_findings(Plugins(("a_module_that_nobody_has",), external=()))
    assert bad.status == "warn"
    assert "a_module_that_nobody_has" in bad.message


def test_the_reader_in_use_must_be_ready() -> None:
    (ready,) = reader_findings(STATES, lambda: reader("quick", None))
    assert ready.status == "ok"
    assert "good: no model on disk" in ready.message
    (unready,) = reader_findings(STATES, lambda: reader("good", "no model on disk"))
    assert unready.status == "fail"


def test_no_reader_at_all_is_a_failure() -> None:
    def none_is_ready() -> NoReturn:
        raise ConfigError("no reader is ready")

    (finding,) = reader_findings({"good": "no model on disk"}, none_is_ready)
    assert finding.status == "fail"
    assert finding.message == "no reader is ready"


@pytest.mark.parametrize(
    ("health", "status", "message"),
    [
        (Health(ok=True, message="fine"), "ok", "fine"),
        (Health(ok=False, message="no token"), "fail", "no token"),
        (TransientError("offline"), "fail", "offline"),
        (KeyError("canary-token"), "fail", "its plugin broke: KeyError"),
    ],
)
def test_a_sink_is_asked_and_closed(health: Health | Exception, status: str, message: str) -> None:
    box = Box(health)
    (finding,) = sink_findings({"box": lambda: box}, {})  # type: ignore[dict-item, return-value]
    assert (finding.status, finding.message) == (status, message)
    assert box.closed


def test_a_sink_that_can_not_be_opened_hides_no_other() -> None:
    def refuses() -> NoReturn:
        raise ConfigError("no such vault")

    box = Box(Health(ok=True, message="fine"))
    found = list(sink_findings({"a": refuses, "b": lambda: box}, {"c": "ImportError"}))  # type: ignore[dict-item, return-value]
    assert [(finding.name, finding.status) for finding in found] == [
        ("sink a", "fail"),
        ("sink b", "ok"),
        ("sink c", "fail"),
    ]


def test_no_sink_is_worth_a_word() -> None:
    assert [finding.status for finding in sink_findings({}, {})] == ["warn"]
