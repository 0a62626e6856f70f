"""Pages as people write them become the blocks they would expect."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from notesyncd.compose.blocks import page_blocks
from notesyncd.domain.note import Block
from notesyncd.domain.transcript import Transcript, Word
from tests.unit.compose.builders import PITCH, Writer, written


def outline(transcript: Transcript) -> list[tuple[object, ...]]:
    """Kind and text of each block, and what else a reader would see of it."""
    return [_seen(block) for block in page_blocks(transcript)]


def _seen(block: Block) -> tuple[object, ...]:
    if block.kind == "heading":
        return (block.kind, block.level, block.text)
    if block.kind in ("list_item", "task"):
        mark = block.checked if block.kind == "task" else block.ordinal
        return (block.kind, block.level, mark, block.text)
    return (block.kind, block.text)


def test_a_shopping_list_with_checkboxes() -> None:
    page = written("""
        Shopping list
        [ ] Milk 2 l
        [x] Bread
        [] Eggs, 10
           - organic
           - large
        ☐ 1.5 kg potatoes
    """)
    assert outline(page) == [
        ("heading", 1, "Shopping list"),
        ("task", 0, False, "Milk 2 l"),
        ("task", 0, True, "Bread"),
        ("task", 0, False, "Eggs, 10"),
        ("list_item", 1, None, "organic"),
        ("list_item", 1, None, "large"),
        ("task", 0, False, "1.5 kg potatoes"),
    ]


def test_meeting_notes_with_heading_date_paragraphs_and_steps() -> None:
    page = written("""
                                          21. November 2026
        Project meeting

        Present: Anna, Tom and two people from
        the print shop. We talked about the new
        catalogue and its cover, which must be rea-
        dy before Christmas.

        A second paragraph begins here, after a
        gap, and goes on for a line or even more
           This one is set in at its first line
        and goes on at the margin as before it
        1. Call the printer
        2. Send the draft to Anna, Tom and to
           the others who asked for it
        3. Ask for a price
    """)
    assert outline(page) == [
        ("paragraph", "21. November 2026"),
        ("heading", 1, "Project meeting"),
        (
            "paragraph",
            (
                "Present: Anna, Tom and two people from the print shop. We talked about the new catalogue and its "
                "cover, which must be ready before Christmas."
            ),
        ),
        ("paragraph", "A second paragraph begins here, after a gap, and goes on for a line or even more"),
        ("paragraph", "This one is set in at its first line and goes on at the margin as before it"),
        ("list_item", 0, 1, "Call the printer"),
        ("list_item", 0, 2, "Send the draft to Anna, Tom and to the others who asked for it"),
        ("list_item", 0, 3, "Ask for a price"),
    ]


def test_two_columns_are_kept_apart() -> None:
    writer = Writer()
    left = writer.region("""
        The left column is set in short lines
        of prose that always reach the edge
        of the paper in the middle
    """)
    right = writer.region(
        """
        And here is the second column of it
        that begins at the top of the page
        - milk
        - bread
        """,
        left=900,
    )
    expected = [
        (
            "paragraph",
            "The left column is set in short lines of prose that always reach the edge of the paper in the middle",
        ),
        ("paragraph", "And here is the second column of it that begins at the top of the page"),
        ("list_item", 0, None, "milk"),
        ("list_item", 0, None, "bread"),
    ]
    assert outline(writer.transcript(left, right)) == expected
    one_region = replace(left, lines=left.lines + right.lines)
    assert outline(writer.transcript(one_region)) == expected


def test_japanese_notes() -> None:
    page = written("""
        2026年11月21日（土）
        仕様書の腐敗について会議メモ

        仕様書は誰も読まないので古くなる一方である。そこ
        で会議では自動で確かめる方法を話し合った。
        ・試験を書く
        ・毎週見直す
    """)
    assert outline(page) == [
        ("paragraph", "2026年11月21日（土）"),
        ("heading", 1, "仕様書の腐敗について会議メモ"),
        ("paragraph", "仕様書は誰も読まないので古くなる一方である。そこで会議では自動で確かめる方法を話し合った。"),
        ("list_item", 0, None, "試験を書く"),
        ("list_item", 0, None, "毎週見直す"),
    ]


def test_short_lines_keep_their_breaks() -> None:
    page = written("""
        milk
        bread
        orange juice
        eggs
    """)
    assert outline(page) == [("paragraph", "milk\nbread\norange juice\neggs")]


def test_a_letter_keeps_salutation_and_signature_on_lines_of_their_own() -> None:
    page = written("""
        Dear Anna,
        thank you for the photographs of last summer
        and for the long letter that came with them. I
        read it twice on the train and laughed.
        Yours
        Tom
    """)
    assert outline(page) == [
        (
            "paragraph",
            (
                "Dear Anna,\nthank you for the photographs of last summer and for the long letter that came with "
                "them. I read it twice on the train and laughed.\nYours\nTom"
            ),
        )
    ]


def test_a_wide_hand_is_one_paragraph_although_a_letterhead_is_set_close() -> None:
    writer = Writer()
    head = [
        writer.line(text, top=45 * at)
        for at, text in enumerate(["Mill & Sons", "5 Mill Lane", "Millbury", "Phone 5"] * 3)
    ]
    body = [
        writer.line(text, top=700 + 130 * at)
        for at, text in enumerate(
            ["we thank you for the kind letter", "of last week and will be glad to", "see you here on Monday at ten or"]
            * 2
        )
    ]
    blocks = page_blocks(writer.transcript(replace(writer.region("x"), lines=(*head, *body))))
    assert [block.text.count(" ") > 30 for block in blocks if "thank" in block.text] == [True]


def test_pieces_of_one_line_are_put_together() -> None:
    writer = Writer()
    pieces = (writer.line("[ ]", top=0), writer.line("Milk", top=8, left=150), writer.line("Bread", top=PITCH))
    assert outline(writer.transcript(replace(writer.region("x"), lines=pieces))) == [
        ("task", 0, False, "Milk"),
        ("paragraph", "Bread"),
    ]


def test_a_larger_first_line_is_a_heading() -> None:
    writer = Writer()
    lines = (
        writer.line("Ideas", top=0, scale=1.6),
        writer.line("Some words on this", top=80),
        writer.line("and some on that", top=140),
    )
    assert outline(writer.transcript(replace(writer.region("x"), lines=lines)))[0] == ("heading", 1, "Ideas")


def test_a_first_line_that_does_not_stand_out_is_no_heading() -> None:
    assert outline(written("Call Anna\nask about Monday")) == [("paragraph", "Call Anna\nask about Monday")]
    assert outline(written("It was late.\n\nWe went home"))[0] == ("paragraph", "It was late.")


def test_a_margin_that_drifts_nests_nothing() -> None:
    writer = Writer()
    lines = tuple(writer.line(f"- item {at}", top=PITCH * at, left=25 * at) for at in range(8))
    levels = {block.level for block in page_blocks(writer.transcript(replace(writer.region("x"), lines=lines)))}
    assert levels == {0}


def test_nested_lists_return_to_their_parents() -> None:
    page = written("""
        - one
            - two
                - three
            - four
        - five
                - six
    """)
    assert [block.level for block in page_blocks(page)] == [0, 1, 2, 1, 0, 1]


def test_an_item_after_a_paragraph_begins_a_list_of_its_own() -> None:
    page = written("""
        - one

        That was all, or so it seemed to us

                - two
    """)
    assert [block.level for block in page_blocks(page)] == [0, 0, 0]


def test_without_boxes_characters_tell_which_line_is_full() -> None:
    page = written(
        """
        Present were Anna, Tom and two people
        from the print shop in the old town.
        - milk
        """,
        boxes=False,
    )
    assert outline(page) == [
        ("paragraph", "Present were Anna, Tom and two people from the print shop in the old town."),
        ("list_item", 0, None, "milk"),
    ]


def test_what_a_reader_says_of_a_region_holds() -> None:
    writer = Writer()
    page = writer.transcript(
        writer.region("Plans for\nthe year", kind="heading", level=2),
        writer.region("first thing\nsecond thing", kind="list"),
        writer.region("call the shop\nabout it", kind="list", checked=True),
        writer.region("x^2 + y^2\n= z^2", kind="math"),
        writer.region("a sketch", kind="drawing"),
        writer.region("a b\nc d", kind="table", cells=(("a", "b"), ("c", "d"))),
    )
    assert outline(page) == [
        ("heading", 2, "Plans for the year"),
        ("list_item", 0, None, "first thing"),
        ("list_item", 0, None, "second thing"),
        ("task", 0, True, "call the shop about it"),
        ("equation", "x^2 + y^2\n= z^2"),
        ("paragraph", "a sketch"),
        ("table", ""),
    ]
    table = page_blocks(page)[-1]
    assert [[cell[0].text for cell in row] for row in table.rows] == [["a", "b"], ["c", "d"]]
    assert all(cell[0].word_ids for row in table.rows for cell in row)


def test_a_table_whose_words_can_t_be_dealt_shows_its_cells_all_the_same() -> None:
    writer = Writer()
    page = writer.transcript(writer.region("a b", kind="table", cells=(("a", "x"),)))
    assert [[cell[0].text for cell in row] for row in page_blocks(page)[0].rows] == [["a", "x"]]


def test_spans_name_the_words_they_show_and_markers_are_in_none() -> None:
    blocks = page_blocks(written("- [x] call Anna\n   about it"))
    assert [(span.text, span.word_ids) for span in blocks[0].spans] == [
        ("call Anna ", ("w3", "w4")),
        ("about it", ("w5", "w6")),
    ]
    assert blocks[0].id == "p0a1b2c-w1"


def test_an_illegible_word_is_shown_as_such() -> None:
    page = written("call Xqz today")
    region = page.regions[0]
    words = tuple(replace(word, flags=("illegible",)) if word.text == "Xqz" else word for word in region.lines[0].words)
    line = replace(region.lines[0], words=words)
    block = page_blocks(replace(page, regions=(replace(region, lines=(line,)),)))[0]
    assert (block.text, block.spans[0].word_ids) == ("call [illegible] today", ("w1", "w2", "w3"))


def test_a_correction_elsewhere_leaves_the_ids_of_blocks_alone() -> None:
    before = written("Ideas\n\nmilk is white\n\ngrass is green")
    region = before.regions[0]
    last = region.lines[2]
    corrected = replace(last, words=(replace(last.words[0], text="Grass"), *last.words[1:]))
    after = replace(before, regions=(replace(region, lines=(*region.lines[:2], corrected)),))
    assert [block.id for block in page_blocks(after)] == [block.id for block in page_blocks(before)]


LINES = st.lists(
    st.tuples(
        st.sampled_from(["", "- ", "[ ] ", "1. ", "2) ", "a) ", "口 "]),
        st.lists(st.sampled_from(["word", "字", "#tag", "-", "2026-11-21", "[", "*", "so."]), max_size=5).map(" ".join),
        st.integers(0, 4),
        st.booleans(),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=150, deadline=None)
@given(LINES, st.booleans())
def test_no_word_is_lost_or_shown_twice(rows: list[tuple[str, str, int, bool]], boxes: bool) -> None:
    picture = "\n".join(" " * indent + marker + text + ("\n" if gap else "") for marker, text, indent, gap in rows)
    if not picture.strip():
        return
    page = written(picture, boxes=boxes)
    blocks = page_blocks(page)
    spans = [
        span
        for block in blocks
        for span in (*block.spans, *(part for row in block.rows for cell in row for part in cell))
    ]
    shown = [word_id for span in spans for word_id in span.word_ids]
    assert len(shown) == len(set(shown))
    left_out = {word.text for word in page.words if word.id not in shown}
    assert left_out <= {"-", "[", "]", "1.", "2)", "口", "*"}
    order = {word.id: at for at, word in enumerate(page.words)}
    assert shown == sorted(shown, key=order.__getitem__)
    levels = [0 if block.kind not in ("list_item", "task") else block.level + 1 for block in blocks]
    assert all(below <= above + 1 for above, below in zip([0, *levels], levels, strict=False)), "no level is left out"
    assert len({block.id for block in blocks}) == len(blocks)


def test_a_word_without_a_letter_of_text_is_nothing() -> None:
    writer = Writer()
    line = replace(writer.line("x", top=0), words=(Word(id="w1", text=""),))
    assert page_blocks(writer.transcript(replace(writer.region("x"), lines=(line,)))) == ()
