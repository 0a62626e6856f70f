from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from notesyncd.api import Note, Receipt
from notesyncd.testing import notes
from notesyncd.testing.sink_contract import Courier
from notesyncd_obsidian.sink import ObsidianSink

PAGE = notes.attachment("page")
NOTE = notes.note("Sketch", notes.paragraph("text"), notes.image(PAGE), attachments=(PAGE,), path="2026/Sketch")
OpenSink = Callable[..., ObsidianSink]


def configure(vault: Path, **app: object) -> None:
    (vault / ".obsidian/app.json").write_text(json.dumps(app), encoding="utf-8")


def images(vault: Path) -> list[str]:
    return sorted(path.relative_to(vault).as_posix() for path in vault.rglob("*.jpg"))


def link(vault: Path, note: Note = NOTE) -> str:
    (text,) = [path.read_text(encoding="utf-8") for path in vault.rglob("*.md") if note.id in path.read_text()]
    return next(line for line in text.split("\n") if line.startswith("!["))


@pytest.mark.parametrize(
    ("setting", "folder"),
    [
        (None, ""),
        ("/", ""),
        ("./", "Notes/2026/"),
        ("./img", "Notes/2026/img/"),
        ("Files/Scans", "Files/Scans/"),
        ("../../outside", "outside/"),
        (".obsidian", ""),
    ],
)
def test_images_go_where_the_vault_wants_them(
    vault: Path, sink: ObsidianSink, courier: Courier, setting: str | None, folder: str
) -> None:
    configure(vault, **({} if setting is None else {"attachmentFolderPath": setting}))
    courier.send(sink, NOTE)
    assert images(vault) == [f"{folder}{PAGE.name}"]
    assert link(vault) == f"![[{PAGE.name}]]"


def test_our_own_setting_goes_before_the_vaults(vault: Path, open_sink: OpenSink, courier: Courier) -> None:
    configure(vault, attachmentFolderPath="./")
    courier.send(open_sink(attachments="Page images"), NOTE)
    assert images(vault) == [f"Page images/{PAGE.name}"]


@pytest.mark.parametrize(
    ("form", "markdown", "text"),
    [
        ("shortest", False, f"![[{PAGE.name}]]"),
        ("absolute", False, f"![[My files/{PAGE.name}]]"),
        ("relative", False, f"![[../../My files/{PAGE.name}]]"),
        ("relative", True, f"![Page page](../../My%20files/{PAGE.name})"),
        ("shortest", True, f"![Page page]({PAGE.name})"),
    ],
)
def test_links_have_the_vaults_form(
    vault: Path, sink: ObsidianSink, courier: Courier, form: str, markdown: bool, text: str
) -> None:
    configure(vault, attachmentFolderPath="My files", newLinkFormat=form, useMarkdownLinks=markdown)
    courier.send(sink, NOTE)
    assert link(vault) == text


def test_a_name_that_stands_elsewhere_too_is_linked_by_its_path(
    vault: Path, sink: ObsidianSink, courier: Courier
) -> None:
    (vault / PAGE.name).write_bytes(b"a stranger's picture")
    configure(vault, attachmentFolderPath="Files")
    courier.send(sink, NOTE)
    assert link(vault) == f"![[Files/{PAGE.name}]]"


def test_a_folder_whose_name_breaks_a_wikilink_is_linked_in_markdown(
    vault: Path, open_sink: OpenSink, courier: Courier
) -> None:
    configure(vault, newLinkFormat="absolute")
    courier.send(open_sink(attachments="Files #1"), NOTE)
    assert link(vault) == f"![Page page](Files%20%231/{PAGE.name})"


def test_a_strangers_file_is_neither_replaced_nor_shown(vault: Path, sink: ObsidianSink, courier: Courier) -> None:
    (vault / PAGE.name).write_bytes(b"a stranger's picture")
    courier.send(sink, NOTE)
    assert (vault / PAGE.name).read_bytes() == b"a stranger's picture"
    stem = PAGE.name.removesuffix(".jpg")
    (ours,) = [name for name in images(vault) if name != PAGE.name]
    assert ours.startswith(f"{stem}-")
    assert link(vault) == f"![[{ours}]]"
    courier.send(sink, notes.revised(NOTE, notes.paragraph("other"), notes.image(PAGE)))
    assert link(vault) == f"![[{ours}]]"
    assert len(images(vault)) == 2


def test_the_same_picture_elsewhere_in_the_vault_is_used(vault: Path, sink: ObsidianSink, courier: Courier) -> None:
    courier.send(sink, NOTE)
    (vault / "Moved").mkdir()
    (vault / PAGE.name).rename(vault / "Moved" / PAGE.name)
    other = notes.note("Other", notes.image(PAGE), attachments=(PAGE,))
    Courier(courier.artifacts).send(sink, other)
    assert images(vault) == [f"Moved/{PAGE.name}"]
    assert link(vault, other) == f"![[{PAGE.name}]]"


@pytest.mark.parametrize("user", ["rename", "move", "delete"])
def test_what_the_user_does_with_an_image_is_respected(
    vault: Path, sink: ObsidianSink, courier: Courier, save: Callable[[Path, str], None], user: str
) -> None:
    receipt = courier.send(sink, NOTE)
    assert isinstance(receipt, Receipt)
    if user == "delete":
        (vault / PAGE.name).unlink()
    elif user == "move":
        (vault / "Pictures").mkdir()
        (vault / PAGE.name).rename(vault / "Pictures" / PAGE.name)
    else:
        (vault / PAGE.name).rename(vault / "My sketch.jpg")
        path = vault / receipt.remote_id
        save(path, path.read_text(encoding="utf-8").replace(PAGE.name, "My sketch.jpg"))
    before = images(vault), link(vault)
    update = notes.revised(NOTE, notes.paragraph("corrected"), notes.image(PAGE))
    courier.send(sink, update)
    assert (images(vault), link(vault)) == before
    assert "corrected" in (vault / receipt.remote_id).read_text(encoding="utf-8")
    assert "Suggested" not in (vault / receipt.remote_id).read_text(encoding="utf-8")


def test_a_picture_the_user_painted_over_is_kept_beside_a_new_one(
    vault: Path, sink: ObsidianSink, courier: Courier
) -> None:
    """The note was deleted and is asked for again; both names that we would give are taken."""
    for expected in (1, 2, 3):
        courier.forget()
        receipt = courier.send(sink, NOTE)
        assert isinstance(receipt, Receipt)
        assert len(images(vault)) == expected
        (vault / receipt.remote_id).unlink()
        for name in images(vault):
            (vault / name).write_bytes(f"painted {name}".encode())


def test_a_page_that_joins_brings_its_image(vault: Path, sink: ObsidianSink, courier: Courier) -> None:
    late = notes.attachment("late")
    courier.send(sink, NOTE)
    courier.send(sink, notes.revised(NOTE, *NOTE.blocks, notes.image(late, "img2"), attachments=(PAGE, late)))
    assert images(vault) == sorted([PAGE.name, late.name])


def test_half_an_image_of_a_dead_attempt_is_no_obstacle(vault: Path, sink: ObsidianSink, courier: Courier) -> None:
    from notesyncd_obsidian.atomic import temporary_of

    temporary_of(vault / PAGE.name, "attachment").write_bytes(b"half")
    courier.send(sink, NOTE)
    assert images(vault) == [PAGE.name]
    assert not list(vault.glob("*.nsd-tmp"))
