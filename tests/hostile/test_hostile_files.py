"""Hostile and broken files among sound ones, put before a running daemon: it goes on, and says what is wrong with each."""

from __future__ import annotations

import os
import re
from collections import Counter

import pytest

from tests.hostile.cases import place, report
from tests.hostile.journey import Journey, travel

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

GROWTH_MB = 60.0
"""What the daemon may weigh more after a second corpus than after the first, when all its models are loaded."""


@pytest.fixture(scope="module")
def journey(tmp_path_factory: pytest.TempPathFactory) -> Journey:
    seen = travel(tmp_path_factory.mktemp("hostile"), seeds=(1, 2))
    for number, one in enumerate(seen.rounds, start=1):
        states = Counter(one.ended(case)[0] for case in one.cases)
        print(
            f"round {number}: {len(one.cases)} files in {one.seconds:.0f} s, {one.resident_mb:.0f} MB at rest, "
            f"{one.peak_mb:.0f} MB at most, {one.open_files} open files, {one.threads} threads, {dict(states)}"
        )
    return seen


def test_there_are_enough_files(journey: Journey) -> None:
    first = journey.rounds[0].cases
    assert sum(case.predictable and case.family not in {"sound", "odd", "name"} for case in first) >= 200
    assert sum(not case.predictable for case in first) >= 100
    assert sum(case.family == "sound" for case in first) == 50


def test_the_daemon_lives_through_all_of_it(journey: Journey) -> None:
    assert journey.died_with is None
    assert journey.status["daemon"]["running"]
    assert journey.status["daemon"]["pid"] == journey.pid
    assert journey.status["daemon"]["problems"] == []
    assert journey.house.integrity() == "ok"
    assert "Traceback" not in journey.log


def test_no_file_costs_a_decoder_its_life(journey: Journey) -> None:
    report(line for line in journey.log.splitlines() if re.search("the decoder (died|took|answered)", line))


def test_it_ends_in_order_and_leaves_no_child(journey: Journey) -> None:
    assert journey.ended_with == 0
    assert journey.children_left == []


def test_each_broken_file_ends_as_it_should_and_says_why(journey: Journey) -> None:
    report(journey.problems(predictable=True))


def test_files_changed_by_chance_end_somehow_and_say_why(journey: Journey) -> None:
    report(journey.problems(predictable=False))


def test_each_sound_page_stands_in_one_note(journey: Journey) -> None:
    notes = journey.house.marks()
    problems = []
    for _, case in journey.cases:
        for mark in case.marks:
            holding = notes.get(mark, [])
            together = {other for other, paths in notes.items() if holding and holding[0] in paths}
            if len(holding) != 1 or together != set(case.marks):
                problems.append(f"{case.family}/{case.label}: {mark} stands in {holding}, beside {sorted(together)}")
    report(problems)


def test_what_links_lead_to_and_hidden_files_hold_is_in_no_note(journey: Journey) -> None:
    notes = journey.house.marks()
    assert [(case.label, mark) for _, case in journey.cases for mark in case.hidden if mark in notes] == []


def test_nothing_is_stuck(journey: Journey) -> None:
    problems = [
        (table, *row)
        for table, key in (("transcription", "page_id"), ("note", "id"), ("delivery", "note_id"))
        for row in journey.house.query(
            f"SELECT {key}, state, last_error FROM {table} WHERE state NOT IN ('done', 'superseded')"
        )
    ]
    report(problems)


def test_nothing_is_left_lying_about(journey: Journey) -> None:
    """No half-made page image, and no original but those of files that were taken in."""
    artifacts = journey.house.state / "artifacts"
    assert [path for path in (artifacts / "work").rglob("*") if path.is_file()] == []
    kept = sum(path.is_file() for path in (artifacts / "originals").rglob("*"))
    assert (
        kept == journey.house.query("SELECT count(DISTINCT digest) FROM source_file WHERE state = 'registered'")[0][0]
    )


def test_status_lists_each_unfinished_file_with_its_reason(journey: Journey) -> None:
    listed = {item["path"]: item for item in journey.status["waiting"] if item["what"] == "file"}
    unfinished = {"incomplete", "unreadable", "needs_password"}
    missing = []
    for one, case in journey.cases:
        state, reason = one.ended(case)
        if state in unfinished:
            item = listed.get(str(place(one.folder, case)))
            if item is None or item["state"] != state or item["reason"] != reason:
                missing.append(f"{case.family}/{case.label}: {item}")
    report(missing)


def test_no_original_is_touched(journey: Journey) -> None:
    assert [one.changed() for one in journey.rounds] == [[], []]


def test_memory_stays_flat(journey: Journey) -> None:
    first, second = journey.rounds
    assert second.resident_mb <= first.resident_mb + GROWTH_MB
    assert second.open_files <= first.open_files + 3
    assert second.threads <= first.threads + 1


def test_names_do_no_harm(journey: Journey) -> None:
    """No name leads out of the vault, is carried out by a shell, or makes a file that a tidy vault would not have."""
    house = journey.house
    assert sorted(os.listdir(house.root)) == sorted(
        ["inbox", "vault", "state", "config.toml", "daemon.log", "outside 1", "outside 2"]
    )
    assert not list(house.root.rglob("pwned"))
    for note in house.notes():
        relative = str(note.relative_to(house.vault))
        assert relative.isprintable(), ascii(relative)
        assert len(os.fsencode(note.name)) <= 255
