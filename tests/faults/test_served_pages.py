"""Whatever a model's server does, its page ends rightly: read, read with a flag, waiting, or parked with its answer kept.

Here the whole way into a vault, for each kind of end; ``test_reader_servers`` has every behaviour, as far as the answer.

The page really holds what the good servers answer, so that the light reader has something to compare with.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from notesyncd.testing.pages import render_page, save_page
from tests.house import House
from tests.servers.behaviours import TEXT
from tests.servers.scripted import ScriptedServer, scripted_server

FIRST, *_ = TEXT.splitlines()

SERVER = """\
reader = "http"
[read.http]
base_url = {base_url!r}
first_token_seconds = 3.0
between_tokens_seconds = 1.0
"""


@dataclass(frozen=True, kw_only=True)
class End:
    """How the page of one server ends.

    Attributes:
        reason: stands in the row's error, or in the transcript's warnings where it was read.
        asked: how often the page was sent at most.
    """

    state: str
    reason: str = ""
    asked: int = 1


ENDS = {
    "reads": End(state="done"),
    "drops_logprobs": End(state="done"),
    "chatters": End(state="done", reason="boilerplate:"),
    "leaks_thinking": End(state="done", reason="thinking:"),
    "loops": End(state="parked", reason="(loop)", asked=2),
    "refuses": End(state="parked", reason="(refusal)", asked=2),
    "answers_empty": End(state="parked", reason="(empty)", asked=2),
    "cuts_off": End(state="parked", reason="(length)"),
    "translates": End(state="parked", reason="(language)", asked=2),
    "forbids": End(state="parked"),
    "answers_429": End(state="queued", reason="429"),
    "hangs_between_tokens": End(state="queued"),
    "answers_garbage": End(state="queued"),
}
READ = [name for name, end in ENDS.items() if end.state == "done"]


def house_with(root: Path, server: ScriptedServer) -> House:
    house = House(root)
    text = house.config.read_text().replace('reader = "rapidocr"\n', SERVER.format(base_url=server.base_url))
    house.config.write_text(text)
    save_page(render_page(TEXT, effects="scan", seed=5), house.inbox / "page.jpg")
    return house


def warnings_of(house: House) -> str:
    rows = house.query("SELECT body FROM transcript")
    return " ".join(body for (body,) in rows)


@pytest.mark.parametrize(("behaviour", "end"), ENDS.items(), ids=ENDS)
def test_the_page_of_every_server_ends_rightly(behaviour: str, end: End, tmp_path: Path) -> None:
    with scripted_server(behaviour) as server:
        house = house_with(tmp_path, server)
        house.run("run", "--once", expect=0 if end.state == "done" else 1)
    ((state, error),) = house.query("SELECT state, last_error FROM transcription")
    assert state == end.state, error
    assert end.reason in (warnings_of(house) if state == "done" else error)
    assert len(server.pages) <= max(end.asked, 1)
    delivered = "\n".join(path.read_text() for path in house.notes())
    assert (FIRST in delivered) == (behaviour in READ), delivered
    kept = house.query("SELECT count(*) FROM answer")
    assert kept == [(1 if end.reason.startswith("(") or state == "done" else 0,)]
    if state != "done":
        (waiting,) = [item for item in house.status()["waiting"] if item["what"] == "page"]
        assert waiting["reason"] == error


def test_a_server_that_wants_a_key_is_told_before_anything_is_read(tmp_path: Path) -> None:
    with scripted_server("asks_for_a_key") as server:
        house = house_with(tmp_path, server)
        process = house.start("run", "--once")
        _, told = process.communicate(timeout=120)
    assert process.returncode == 78
    assert "api_key under [read.http]" in told


def test_a_page_that_was_refused_is_read_once_its_server_is_better(tmp_path: Path) -> None:
    with scripted_server("refuses") as server:
        house = house_with(tmp_path, server)
        house.run("run", "--once", expect=1)
    (note,) = house.notes()
    assert FIRST not in note.read_text()
    with scripted_server("reads") as better:
        house.config.write_text(house.config.read_text().replace(server.base_url, better.base_url))
        house.run("retry")
        house.run("run", "--once")
    (note,) = house.notes()
    assert FIRST in note.read_text()
