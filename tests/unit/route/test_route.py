"""Without rules a note goes everywhere."""

from __future__ import annotations

from notesyncd.domain.note import Note
from notesyncd.route.route import destinations


def test_a_note_goes_to_every_configured_sink_in_order() -> None:
    note = Note(id="n", revision=1, digest="d", title="t", path="t", blocks=(), pages=())
    assert destinations(note, ["obsidian", "notion"]) == ("obsidian", "notion")
    assert destinations(note, []) == ()
