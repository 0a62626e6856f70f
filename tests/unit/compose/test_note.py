"""Pages become one note: text, images, reasons, tags, date, and a digest of what can be seen."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notesyncd.compose.note import ComposedPage, NoteStyle, compose, content_digest
from notesyncd.domain.errors import ConfigError
from notesyncd.domain.note import Note
from notesyncd.domain.transcript import Transcript
from notesyncd.render.markdown import note_markdown
from tests.unit.compose.builders import composed, written

STYLE = NoteStyle()
EXIF = datetime(2026, 11, 20, 8, 0)
OTHER_ID = "ffee00112233" + "0" * 52


def note(*pages: ComposedPage | Transcript, style: NoteStyle = STYLE) -> Note:
    return compose("n1", [page if isinstance(page, ComposedPage) else composed(page) for page in pages], style)


def markdown(made: Note) -> str:
    return note_markdown(made, embed=lambda name: f"![[{name}]]")


def test_a_page_gives_its_text_and_then_its_image() -> None:
    made = note(
        composed(
            written("""
                Shopping #home
                [ ] Milk
                [x] Bread #Home #food/fresh
            """),
            captured_at=EXIF,
        )
    )
    assert markdown(made) == (
        "# Shopping \\#home\n\n- [ ] Milk\n- [x] Bread \\#Home \\#food/fresh\n\n![[page-0a1b2c3d4e5f.jpg]]"
    )
    assert (made.title, made.path, made.revision) == ("Shopping", "Shopping", 0)
    assert made.tags == ("home", "food/fresh")
    assert (made.dated, made.captured_at) == (date(2026, 11, 20), EXIF)
    assert (made.reader, made.words, made.words_to_check) == ("rapidocr", 9, None)
    assert [image.alt for image in made.attachments] == ["Page 1 of scan.jpg"]
    assert made.pages[0].transcript_version == 1


def test_a_note_of_many_pages() -> None:
    second = replace(written("- carrots"), page_id=OTHER_ID)
    made = note(written("- apples"), composed(second, number=2), composed(None, number=3, outcome="blank"))
    assert markdown(made) == "- apples\n\n![[page-0a1b2c3d4e5f.jpg]]\n\n- carrots\n\n![[page-ffee00112233.jpg]]"
    assert [page.number for page in made.pages] == [1, 2, 3]
    assert made.title == "apples"


def test_a_page_that_could_not_be_read_shows_image_and_reason() -> None:
    made = note(composed(None, problem="the model said [[nothing]]", source="IMG 7.jpg"))
    assert markdown(made) == (
        "> [!note] This page could not be read: the model said \\[\\[nothing]]\n\n![[page-0a1b2c3d4e5f.jpg]]"
    )
    assert made.blocks[0].spans[0].generated
    assert made.title == "2026-11-21 IMG 7"
    assert made.pages[0].problem == "the model said [[nothing]]"


def test_drawings_and_pages_still_to_be_read_show_their_image() -> None:
    drawing, waiting = note(composed(None, outcome="drawing")), note(composed(None))
    assert [block.kind for block in drawing.blocks] == ["drawing"]
    assert [block.kind for block in waiting.blocks] == ["image"]


def test_blank_pages_leave_nothing() -> None:
    made = note(composed(None, outcome="blank"))
    assert (made.blocks, made.attachments, made.words) == ((), (), 0)


def test_without_images_only_pages_without_text_keep_theirs() -> None:
    style = NoteStyle(images="none")
    assert [block.kind for block in note(written("Hello there"), style=style).blocks] == ["paragraph"]
    assert note(written("Hello there"), style=style).attachments == ()
    assert [block.kind for block in note(composed(None, outcome="drawing"), style=style).blocks] == ["drawing"]
    assert len(note(composed(None, problem="why"), style=style).attachments) == 1


def test_the_same_page_twice_gives_one_attachment_and_different_blocks() -> None:
    made = note(written("Hello there"), written("Hello there"))
    assert len(made.attachments) == 1
    assert [block.id for block in made.blocks] == ["p0a1b2c-w1", "p0a1b2c-image", "p0a1b2c-w1-2", "p0a1b2c-image-2"]


def test_the_written_date_comes_before_exif_and_file() -> None:
    page = composed(written("3.11.2026\n\nHello"), captured_at=EXIF)
    assert note(page).dated == date(2026, 11, 3)
    assert note(replace(page, transcript=written("Hello"))).dated == date(2026, 11, 20)
    assert note(written("Hello")).dated == date(2026, 11, 21)


def test_hashtags_can_be_left_alone() -> None:
    assert note(written("so #work"), style=NoteStyle(hashtags=False)).tags == ()


def test_templates_shape_title_and_path() -> None:
    style = NoteStyle(title_template="{{ date }} {{ title }}", path_template="{{ tags | first }}/{{ title }}")
    made = note(written("Plans #a/b"), style=style)
    assert (made.title, made.path) == ("2026-11-21 Plans", "a-b/2026-11-21 Plans")
    with pytest.raises(ConfigError, match=r"note\.path"):
        note(written("Hello"), style=NoteStyle(path_template="{{ nothing }}"))


def test_the_digest_tells_what_can_be_seen() -> None:
    page = composed(written("Hello there\n\n- one"))
    transcript = page.transcript
    assert transcript is not None
    same = note(page).digest
    line = transcript.regions[0].lines[0]

    def changed(**more: object) -> str:
        word = replace(line.words[0], **more)  # type: ignore[arg-type]
        lines = (replace(line, words=(word, *line.words[1:])), *transcript.regions[0].lines[1:])
        region = replace(transcript.regions[0], lines=lines)
        return note(replace(page, transcript=replace(transcript, version=9, regions=(region,)))).digest

    assert changed() == same, "another version of the transcript"
    assert changed(id="w77", flags=("accepted",), confidence=0.5) == same, "nothing that is shown"
    others = [
        changed(text="Hallo"),
        changed(flags=("illegible",)),
        note(replace(page, source="other.jpg")).digest,
        note(replace(page, number=2)).digest,
        note(replace(page, problem="half of it")).digest,
        note(replace(page, captured_at=EXIF)).digest,
        note(page, style=NoteStyle(images="none")).digest,
        compose("n2", [page], STYLE).digest,
    ]
    assert same not in others
    assert len(set(others)) == len(others)
    made = note(page)
    assert content_digest(replace(made, revision=7, digest="x")) == same
    assert content_digest(replace(made, tags=("new",))) != same


def test_what_was_added_to_notes_later_leaves_the_digests_of_older_ones() -> None:
    """Or all notes would get a new revision after an upgrade; the digest is that of the first version."""
    page = written("Hello #a #b\n\n- one")
    before = "29b743e9ac7cdc53b0ff1df91f01d4d764540e6616a0f45508de4cea85a3bfd4"
    assert note(page).digest == before
    assert note(page, style=NoteStyle(better_reader="mlx", lesser_readers=frozenset(["other"]))).digest == before
    flagged = note(replace(page, warnings=("loop: cut",)))
    lesser = note(page, style=NoteStyle(better_reader="mlx", lesser_readers=frozenset(["rapidocr"])))
    assert len({before, flagged.digest, lesser.digest}) == 3


def test_a_note_says_what_was_odd_and_who_would_read_it_better() -> None:
    style = NoteStyle(better_reader="mlx", lesser_readers=frozenset(["rapidocr"]))
    made = note(replace(written("Hello"), warnings=("loop: cut",)), written("there"), style=style)
    assert [page.warnings for page in made.pages] == [("loop: cut",), ()]
    assert (made.reader, made.better_reader) == ("rapidocr", "mlx")
    assert note(composed(None, problem="why"), style=style).better_reader == ""


def test_the_digest_is_the_same_in_every_process() -> None:
    program = (
        "from tests.unit.compose.builders import composed, written\n"
        "from notesyncd.compose.note import NoteStyle, compose\n"
        "print(compose('n1', [composed(written('Hello #a #b\\n\\n- one'))], NoteStyle()).digest)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout.strip() == note(written("Hello #a #b\n\n- one")).digest


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12), min_size=1, max_size=6))
def test_no_text_breaks_a_note(words: list[str]) -> None:
    page = written("x")
    line = page.regions[0].lines[0]
    texts = tuple(replace(line.words[0], id=f"w{at}", text=text) for at, text in enumerate(words))
    made = note(replace(page, regions=(replace(page.regions[0], lines=(replace(line, words=texts),)),)))
    assert made.title
    assert len(made.title) <= 80
    assert made.path
    assert not made.path.startswith("/")
    assert sum(len(span.word_ids) for block in made.blocks for span in block.spans) <= len(words)


def test_the_file_s_day_is_taken_as_it_is_given() -> None:
    late = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)
    assert note(composed(written("Hello"), received_at=late)).dated == date(2026, 11, 21)
