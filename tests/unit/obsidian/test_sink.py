from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from notesyncd.api import Absent, Found, Note, PermanentError, Receipt, Removed, TransientError
from notesyncd.testing import notes
from notesyncd.testing.sink_contract import Courier, Killed
from notesyncd_obsidian.plugin import notesyncd_sinks
from notesyncd_obsidian.sink import ObsidianSink

OpenSink = Callable[..., ObsidianSink]
Save = Callable[[Path, str], None]

NOTE = notes.note("Plan", notes.paragraph("first text", "p1"), notes.paragraph("second text", "p2"))
NEXT = notes.revised(NOTE, notes.paragraph("first text", "p1"), notes.paragraph("second corrected", "p2"))


def files(vault: Path) -> list[str]:
    return sorted(
        path.relative_to(vault).as_posix()
        for path in vault.rglob("*")
        if path.is_file() and ".obsidian" not in path.parts
    )


def send(courier: Courier, sink: ObsidianSink, note: Note) -> Receipt:
    answer = courier.send(sink, note)
    assert isinstance(answer, Receipt)
    return answer


def test_a_typical_note_reads_well(vault: Path, sink: ObsidianSink, courier: Courier) -> None:
    note = notes.sample_note()
    receipt = send(courier, sink, note)
    created = note.captured_at.astimezone() if note.captured_at else None
    image = note.attachments[0].name
    text = (vault / receipt.remote_id).read_text(encoding="utf-8")
    begin = next(line for line in text.split("\n") if line.startswith("%% notesyncd:begin"))
    assert begin.startswith(f"%% notesyncd:begin {note.id} 1 {note.digest} ")
    assert (
        text
        == f"""\
---
date: 2026-11-20
created: {created:%Y-%m-%dT%H:%M:%S}
tags:
  - workshop
  - _2026
notesyncd-source:
  - Workshop notes.jpg
notesyncd-reader: rapidocr
notesyncd-words: {note.words}
notesyncd-words-to-check: 2
notesyncd-id: {note.id}
notesyncd-rev: 1
---

{begin}

# Workshop

Met in the small hall.
Next time with slides.

- bring the projector
\t- and its cable
- [ ] book the hall
- [x] print the plan

| who | what |
| --- | --- |
| Ann | cake \\| coffee |

> Measure twice, cut once.

![[{image}]]

%% notesyncd:end {note.id} %%
"""
    )
    assert receipt.remote_id == "Notes/Workshop notes.md"
    assert receipt.url == "obsidian://open?vault=My%20Vault&file=Notes%2FWorkshop%20notes.md"
    assert files(vault) == ["Notes/Workshop notes.md", image]


def test_without_properties_the_marks_alone_tell(vault: Path, open_sink: OpenSink, courier: Courier) -> None:
    sink = open_sink(properties=False, folder="")
    receipt = send(courier, sink, NOTE)
    assert (vault / receipt.remote_id).read_text(encoding="utf-8").startswith("%% notesyncd:begin")
    courier.forget()
    assert send(courier, sink, NEXT).remote_id == receipt.remote_id == "Plan.md"
    assert "properties" not in (vault / receipt.remote_id).read_text(encoding="utf-8")


def test_a_strangers_file_is_never_touched(vault: Path, sink: ObsidianSink, courier: Courier, save: Save) -> None:
    save(vault / "Notes/plan.md", "a stranger's\n")
    (vault / "Notes/.Plan 2.md.icloud").touch()
    receipt = send(courier, sink, NOTE)
    assert receipt.remote_id == "Notes/Plan 3.md"
    assert (vault / "Notes/plan.md").read_text() == "a stranger's\n"


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("2026/Groceries", "Notes/2026/Groceries.md"),
        ("../../../etc/passwd", "Notes/etc/passwd.md"),
        ("/absolute", "Notes/absolute.md"),
        (".hidden/.file", "Notes/hidden/file.md"),
        ("a/./b//c", "Notes/a/b/c.md"),
        ("con/a:b", "Notes/con_/a-b.md"),
        ("", "Notes/title.md"),
    ],
)
def test_paths_stay_below_the_folder(vault: Path, sink: ObsidianSink, courier: Courier, path: str, place: str) -> None:
    note = notes.note("any", title="title", path=path)
    if not path:
        note = notes.note("any", title="title", path="..")
    assert send(courier, sink, note).remote_id == place
    assert files(vault) == [place]


def test_the_path_is_chosen_once(vault: Path, sink: ObsidianSink, courier: Courier) -> None:
    send(courier, sink, NOTE)
    later = notes.revised(NOTE, notes.paragraph("text"), title="Another title")
    assert send(courier, sink, later).remote_id == "Notes/Plan.md"
    assert files(vault) == ["Notes/Plan.md"]


def test_a_moved_and_renamed_note_is_kept_in_step_there(vault: Path, sink: ObsidianSink, courier: Courier) -> None:
    send(courier, sink, NOTE)
    (vault / "Archive").mkdir()
    (vault / "Notes/Plan.md").rename(vault / "Archive/Old plan.md")
    receipt = send(courier, sink, NEXT)
    assert receipt.remote_id == "Archive/Old plan.md"
    assert files(vault) == ["Archive/Old plan.md"]
    assert "second corrected" in (vault / "Archive/Old plan.md").read_text()


def test_a_copy_the_user_made_is_his(vault: Path, sink: ObsidianSink, courier: Courier, save: Save) -> None:
    send(courier, sink, NOTE)
    save(vault / "A copy.md", (vault / "Notes/Plan.md").read_text())
    copy = (vault / "A copy.md").read_bytes()
    send(courier, sink, NEXT)
    courier.forget()
    send(courier, sink, notes.revised(NEXT, notes.paragraph("third text")))
    assert (vault / "A copy.md").read_bytes() == copy
    assert "third text" in (vault / "Notes/Plan.md").read_text()
    (vault / "Notes/Plan.md").rename(vault / "Z.md")
    send(courier, sink, notes.revised(NEXT, notes.paragraph("fourth text")))
    assert (vault / "A copy.md").read_bytes() == copy
    assert "fourth text" in (vault / "Z.md").read_text()
    (vault / "Z.md").unlink()
    assert isinstance(courier.send(sink, NEXT), Removed)
    assert (vault / "A copy.md").read_bytes() == copy


def test_a_note_in_the_vaults_trash_is_deleted(vault: Path, sink: ObsidianSink, courier: Courier) -> None:
    receipt = send(courier, sink, NOTE)
    (vault / ".trash").mkdir()
    (vault / "Notes/Plan.md").rename(vault / ".trash/Plan.md")
    assert sink.find(NOTE.id, None, receipt) == Removed()
    assert isinstance(courier.send(sink, NEXT), Removed)
    assert files(vault) == [".trash/Plan.md"]


def test_a_note_deleted_before_it_was_acknowledged_stays_deleted(
    vault: Path, sink: ObsidianSink, courier: Courier
) -> None:
    send(courier, sink, NOTE)
    progress = {
        "temporary": "Notes/.Plan.md.0a1b2c3d.nsd-tmp",
        "target": "Notes/Plan.md",
        "revision": 1,
        "digest": NOTE.digest,
    }
    (vault / "Notes/Plan.md").unlink()
    courier.receipt, courier.standing, courier.sent, courier.progress = None, None, [NOTE], progress
    assert isinstance(courier.send(sink, NEXT), Removed)
    assert files(vault) == []


def test_the_temporary_file_of_another_note_is_no_evidence(vault: Path, sink: ObsidianSink, courier: Courier) -> None:
    """Two notes want the same name; one dies before its file got it, the other takes it."""
    one, two = (notes.note(name, notes.paragraph(name), title="Same") for name in ("one", "two"))

    def die(_: int) -> None:
        raise Killed

    courier.on_save = die
    with pytest.raises(Killed):
        courier.send(sink, one)
    send(Courier(courier.artifacts), sink, two)
    courier.on_save = None
    assert send(courier, sink, one).remote_id == "Notes/Same 2.md"
    assert files(vault) == ["Notes/Same 2.md", "Notes/Same.md"]


@pytest.mark.parametrize(
    "progress",
    [
        {},
        {"temporary": 7, "target": "x"},
        {"temporary": "../../../etc/.x.nsd-tmp", "target": "x"},
        {"temporary": "/etc/.x.nsd-tmp", "target": "/etc/x"},
        {"temporary": "Notes/Plan.md", "target": "Notes/Plan.md"},
    ],
)
def test_odd_progress_is_no_evidence(
    vault: Path, sink: ObsidianSink, courier: Courier, progress: dict[str, object]
) -> None:
    courier.progress = progress
    assert send(courier, sink, NOTE).remote_id == "Notes/Plan.md"


@pytest.mark.parametrize("state", ["gone", "unmarked", "a file"])
def test_a_vault_that_is_away_is_never_written(
    vault: Path, sink: ObsidianSink, courier: Courier, open_sink: OpenSink, state: str
) -> None:
    receipt = send(courier, sink, NOTE)
    away = vault.with_name("away")
    vault.rename(away)
    if state == "unmarked":
        vault.mkdir()
    elif state == "a file":
        vault.touch()
    for one in (sink, open_sink()):
        assert not one.check().ok
        for known in (receipt, None):
            with pytest.raises(TransientError):
                one.find(NOTE.id, None, known)
        with pytest.raises(TransientError):
            courier.send(one, NEXT)
    assert not vault.is_dir() or files(vault) == []
    if vault.exists():
        vault.unlink() if vault.is_file() else vault.rmdir()
    away.rename(vault)
    assert send(courier, sink, NEXT).remote_id == receipt.remote_id


def test_a_note_that_went_to_the_cloud_is_neither_opened_nor_deleted(
    vault: Path, sink: ObsidianSink, courier: Courier
) -> None:
    receipt = send(courier, sink, NOTE)
    (vault / "Notes/Plan.md").rename(vault / "Notes/.Plan.md.icloud")
    with pytest.raises(TransientError, match="cloud"):
        sink.find(NOTE.id, None, receipt)
    with pytest.raises(TransientError, match="cloud"):
        courier.send(sink, NEXT)
    assert files(vault) == ["Notes/.Plan.md.icloud"]


def test_a_note_that_may_be_in_the_cloud_is_not_deleted(vault: Path, sink: ObsidianSink, courier: Courier) -> None:
    receipt = send(courier, sink, NOTE)
    (vault / "Notes/Plan.md").unlink()
    (vault / ".Unknown.md.icloud").touch()
    with pytest.raises(TransientError, match="can't be looked at"):
        sink.find(NOTE.id, None, receipt)
    assert sink.find(notes.note_id("another"), None, None) == Absent()
    (vault / ".Unknown.md.icloud").unlink()
    assert sink.find(NOTE.id, None, receipt) == Removed()


def test_a_name_that_an_unknown_file_in_the_cloud_has_waits(vault: Path, sink: ObsidianSink, courier: Courier) -> None:
    (vault / "Notes").mkdir()
    (vault / "Notes/.Plan.md.icloud").touch()
    with pytest.raises(TransientError, match="nobody knows"):
        courier.send(sink, NOTE)


@pytest.mark.parametrize("content", [b"", b"---\nnotesyncd"])
def test_a_file_in_the_middle_of_being_saved_is_not_taken_for_deleted(
    vault: Path, sink: ObsidianSink, courier: Courier, content: bytes
) -> None:
    receipt = send(courier, sink, NOTE)
    path = vault / receipt.remote_id
    whole = path.read_bytes()
    path.write_bytes(content)
    with pytest.raises(TransientError, match="being written"):
        sink.find(NOTE.id, None, receipt)
    path.write_bytes(whole[:-20])
    with pytest.raises(TransientError, match="being written"):
        courier.send(sink, NEXT)
    path.write_bytes(whole)
    send(courier, sink, NEXT)
    path.write_bytes(content)
    os.utime(path, (time.time() - 60,) * 2)
    assert sink.find(NOTE.id, None, receipt) == Removed()


def test_a_save_between_look_and_write_is_kept(vault: Path, sink: ObsidianSink, courier: Courier, cache: Path) -> None:
    page = notes.attachment("page")
    receipt = send(courier, sink, NOTE)
    path = vault / receipt.remote_id
    update = notes.revised(NEXT, *NEXT.blocks, notes.image(page), attachments=(page,))
    saved: list[Path] = []
    opening = courier._open

    def open_slowly(attachment: notes.Attachment) -> Path:
        if not saved:
            saved.append(path)
            path.write_text(path.read_text().replace("first text", "first words of mine") + "mine too\n")
        return opening(attachment)

    courier._open = open_slowly  # type: ignore[method-assign]
    send(courier, sink, update)
    text = path.read_text()
    assert "first words of mine" in text
    assert text.endswith("mine too\n")
    assert "second corrected" in text
    assert text.count(page.name) == 1
    assert any("first words of mine" in kept.read_text() for kept in (cache / "replaced").iterdir())


def test_what_a_write_replaced_is_kept_where_the_user_had_edited(
    vault: Path, sink: ObsidianSink, courier: Courier, cache: Path, save: Save
) -> None:
    path = vault / send(courier, sink, NOTE).remote_id
    send(courier, sink, NEXT)
    assert not (cache / "replaced").exists()
    save(path, path.read_text().replace("first", "my"))
    send(courier, sink, notes.revised(NEXT, *NOTE.blocks))
    (kept,) = (cache / "replaced").iterdir()
    assert "my text" in kept.read_text()


def test_a_write_protected_note_is_left_alone(vault: Path, sink: ObsidianSink, courier: Courier) -> None:
    path = vault / send(courier, sink, NOTE).remote_id
    path.chmod(0o400)
    with pytest.raises(PermanentError, match="write-protected"):
        courier.send(sink, NEXT)
    path.chmod(0o600)
    send(courier, sink, NEXT)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_linked_note_stays_a_link(vault: Path, sink: ObsidianSink, courier: Courier, tmp_path: Path) -> None:
    path = vault / send(courier, sink, NOTE).remote_id
    outside = tmp_path / "outside.md"
    path.rename(outside)
    path.symlink_to(outside)
    send(courier, sink, NEXT)
    assert path.is_symlink()
    assert "second corrected" in outside.read_text()


def test_the_mark_tells_the_revision(sink: ObsidianSink, courier: Courier, vault: Path, save: Save) -> None:
    receipt = send(courier, sink, NOTE)
    found = sink.find(NOTE.id, datetime.now(UTC), receipt)
    assert isinstance(found, Found)
    assert found.revision is not None
    assert (found.revision.revision, found.revision.digest) == (1, NOTE.digest)
    assert found.receipt.remote_version == receipt.remote_version
    path = vault / receipt.remote_id
    save(path, "\n".join(line for line in path.read_text().split("\n") if "%%" not in line))
    found = sink.find(NOTE.id, None, receipt)
    assert isinstance(found, Found)
    assert found.revision is None


# -------------------------------------------------------------------------------------------------------------- daily


@pytest.fixture
def daily(vault: Path, open_sink: OpenSink) -> ObsidianSink:
    (vault / ".obsidian/daily-notes.json").write_text(
        json.dumps({"folder": "Diary", "format": "YYYY/MM-MMMM/YYYY-MM-DD [Day]", "template": "Templates/Day"})
    )
    (vault / "Templates").mkdir()
    (vault / "Templates/Day.md").write_text("---\nkind: day\n---\n# {{title}} {{date:dddd}}\n\n- {{ date }}\n")
    return open_sink(mode="daily")


PLACE = "Diary/2026/11-November/2026-11-20 Day.md"


def test_a_daily_note_is_made_from_the_users_template(vault: Path, daily: ObsidianSink, courier: Courier) -> None:
    assert send(courier, daily, NOTE).remote_id == PLACE
    text = (vault / PLACE).read_text()
    assert text.startswith("---\nkind: day\n---\n# 2026-11-20 Day Friday\n\n- 2026-11-20\n\n%% notesyncd:begin")
    assert "\n## Plan\n\nfirst text\n\nsecond text\n" in text


def test_several_notes_share_a_daily_note_with_its_user(
    vault: Path, daily: ObsidianSink, courier: Courier, save: Save
) -> None:
    save(vault / PLACE, "---\nnotesyncd-words: mine\n---\n9:00 coffee")
    other = notes.note("Other", notes.paragraph("other text"))
    courier2 = Courier(courier.artifacts)
    send(courier, daily, NOTE)
    send(courier2, daily, other)
    save(vault / PLACE, (vault / PLACE).read_text() + "\n22:00 tea\n")
    send(courier, daily, NEXT)
    text = (vault / PLACE).read_text()
    assert text.startswith("---\nnotesyncd-words: mine\n---\n9:00 coffee\n\n%% notesyncd:begin")
    assert text.endswith("\n22:00 tea\n")
    assert text.index("second corrected") < text.index("other text") < text.index("22:00 tea")
    assert files(vault) == [PLACE, "Templates/Day.md"]
    begin, end = text.index(f"%% notesyncd:begin {other.id}"), text.index("\n22:00 tea")
    save(vault / PLACE, text[:begin] + text[end:])
    assert isinstance(courier2.send(daily, notes.revised(other, notes.paragraph("again"))), Removed)
    assert "again" not in (vault / PLACE).read_text()


def test_a_section_that_was_moved_to_another_file_is_kept_in_step(
    vault: Path, daily: ObsidianSink, courier: Courier, save: Save
) -> None:
    send(courier, daily, NOTE)
    save(vault / "Collected.md", "mine\n\n" + (vault / PLACE).read_text().partition("- 2026-11-20\n\n")[2])
    save(vault / PLACE, "empty day\n")
    assert send(courier, daily, NEXT).remote_id == "Collected.md"
    assert "second corrected" in (vault / "Collected.md").read_text()
    assert (vault / PLACE).read_text() == "empty day\n"


def test_a_section_deleted_before_it_was_acknowledged_stays_deleted(
    vault: Path, daily: ObsidianSink, courier: Courier, save: Save
) -> None:
    save(vault / PLACE, "9:00 coffee\n")
    progress: list[dict[str, object] | None] = []
    courier.on_save = lambda _: progress.append(courier.progress)
    send(courier, daily, NOTE)
    save(vault / PLACE, "9:00 coffee\n")
    courier.receipt, courier.standing, courier.sent, courier.progress = None, None, [NOTE], progress[-1]
    assert isinstance(courier.send(daily, NOTE), Removed)
    assert (vault / PLACE).read_text() == "9:00 coffee\n"


def test_a_note_of_its_own_stays_one_when_the_mode_changes(
    vault: Path, sink: ObsidianSink, daily: ObsidianSink, courier: Courier
) -> None:
    receipt = send(courier, sink, NOTE)
    assert send(courier, daily, NEXT).remote_id == receipt.remote_id
    assert "## Plan" not in (vault / receipt.remote_id).read_text()


# ------------------------------------------------------------------------------------------------------------- plugin


def test_the_plugin_announces_the_sink() -> None:
    (spec,) = notesyncd_sinks()
    assert spec.name == "obsidian"
    assert not spec.settings.model_validate({"vault": "/vault"}).model_dump()["attachments"]


def test_check_says_where_notes_go(sink: ObsidianSink, daily: ObsidianSink) -> None:
    assert sink.check().message == "vault My Vault: notes go to 'Notes'"
    assert daily.check().message == "vault My Vault: notes go to daily notes"
