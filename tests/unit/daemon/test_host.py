"""A component beside the daemon reads pages, mends words and asks for the status through its host."""

from __future__ import annotations

from pathlib import Path

import pytest

from notesyncd.api import CorrectionRequest, Host
from notesyncd.app import App, load_plugins
from notesyncd.config.load import load_config
from notesyncd.config.paths import state_paths
from notesyncd.daemon.host import DaemonHost
from notesyncd.testing.pages import mark_text, render_marked_page, save_page
from tests.house import House


def test_a_host_shows_a_page_and_mends_its_note_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = House(tmp_path)
    monkeypatch.setenv("NOTESYNCD_STATE_DIR", str(house.state))
    save_page(render_marked_page(mark_text(5)), house.inbox / "page.jpg")
    plugins = load_plugins()
    app = App(loaded=load_config(house.config, plugins), plugins=plugins, paths=state_paths())
    with app.daemon() as daemon:
        assert daemon.once()
        ledger = daemon.services.ledger
        host: Host = DaemonHost(services=daemon.services, tell_status=lambda: app.status(ledger))
        page_id = house.query("SELECT id FROM page")[0][0]
        transcript = host.transcript(page_id)
        assert transcript is not None
        assert transcript.text == mark_text(5)
        assert host.page_image(page_id).read_bytes()[:2] == b"\xff\xd8"
        first = next(transcript.words)
        request = CorrectionRequest(page_id=page_id, kind="replace", by="test", word_ids=(first.id,), after="SIGN")
        corrected, _ = host.correct(request)
        assert corrected.version == 2
        assert host.retry() == 0
        assert daemon.once()
        assert host.status()["notes"] == {"total": 1, "done": 1}
    (note,) = house.notes()
    assert "SIGN" in note.read_text()
