"""Markdown with HTML and LaTeX. All answers here are made by us, in the shape in which such models answer."""

from __future__ import annotations

import pytest

from notesyncd.read.parsers.markdown import TOO_DEEP, TOO_LONG
from tests.unit.read.parsers.parsing import lines, parsed, seen, words, written

OLMOCR = """---
primary_language: en
is_rotation_valid: True
rotation_correction: 0
is_table: False
is_diagram: False
---
# Field notes, 12 June

The **red** kite circled *twice* over
the barn. See [the map](https://maps.example/1).

<table>
<tr><th>Bird</th><th>Count</th></tr>
<tr><td>Kite &amp; young</td><td>3</td></tr>
</table>

![A sketch of a bird (left) and its nest](page_100_200_300_150.png)
"""

NANONETS = """Meeting of the board

☐ book the room
☑ send the minutes
☒ pay the hall

$$
E = \\frac{1}{2} m v^2
$$

<img>A line chart that rises to the right</img>

<watermark>DRAFT</watermark>

<signature>J. Smith</signature>

<page_number>4/9</page_number>
"""

PADDLE = "The area is $ \\pi r^{2} $ and\n\\[ V = \\frac{4}{3} \\pi r^3 \\]\nof a ball, \\( r > 0 \\)."


def test_olmocr() -> None:
    result = parsed("markdown", OLMOCR)

    assert seen(result) == [
        ("heading", ["Field notes, 12 June"]),
        ("text", ["The red kite circled twice over", "the barn. See the map."]),
        ("table", ["Bird Count", "Kite & young 3"]),
        ("drawing", []),
    ]
    assert result.regions[0].level == 1
    assert result.regions[2].cells == (("Bird", "Count"), ("Kite & young", "3"))
    assert written(OLMOCR, result) == {"&": "&amp;", "map.": "map](https://maps.example/1)."}
    assert result.warnings == ()


def test_nanonets() -> None:
    result = parsed("markdown", NANONETS)

    assert seen(result) == [
        ("text", ["Meeting of the board"]),
        ("list", ["book the room"]),
        ("list", ["send the minutes"]),
        ("list", ["pay the hall"]),
        ("math", ["E = \\frac{1}{2} m v^2"]),
        ("drawing", []),
        ("text", ["DRAFT"]),
        ("text", ["J. Smith"]),
        ("text", ["4/9"]),
    ]
    assert [region.checked for region in result.regions[:4]] == [None, False, True, True]
    assert written(NANONETS, result) == {}


def test_paddleocr_writes_formulas_with_spaces_and_between_backslashes() -> None:
    result = parsed("markdown", PADDLE)

    assert seen(result) == [
        ("text", ["The area is \\pi r^{2} and"]),
        ("math", ["V = \\frac{4}{3} \\pi r^3"]),
        ("text", ["of a ball, r > 0."]),
    ]


def test_lists_tasks_and_numbers() -> None:
    answer = "- [ ] buy milk\n- [x] buy eggs\n  and bread\n* loose\n\n  end\n\n1. one\n2. two\n   - inner\n10) ten\n"
    result = parsed("markdown", answer)

    assert [(region.kind, region.checked, lines(region)) for region in result.regions] == [
        ("list", False, ["buy milk"]),
        ("list", True, ["buy eggs", "and bread"]),
        ("list", None, ["loose", "end"]),
        ("list", None, ["1. one"]),
        ("list", None, ["2. two"]),
        ("list", None, ["inner"]),
        ("list", None, ["10) ten"]),
    ]
    assert written(answer, result) == {}


@pytest.mark.parametrize(("marks", "level"), [("#", 1), ("##", 2), ("######", 6)])
def test_headings(marks: str, level: int) -> None:
    (region,) = parsed("markdown", f"{marks} My *own* title {marks}\n").regions

    assert (region.kind, region.level, lines(region)) == ("heading", level, ["My own title"])


@pytest.mark.parametrize("answer", ["#home and #work", "#", "Title\n---", "Title\n===", "####### deep"])
def test_what_is_no_heading_keeps_its_words(answer: str) -> None:
    assert all(region.kind == "text" for region in parsed("markdown", answer).regions)


def test_a_table_in_pipes_keeps_escaped_pipes_and_cells_beyond_its_head() -> None:
    answer = "| a | b \\| c |\n|---|:-:|\n| **1** | $x^2$ | extra |\n| 2 |\nafter"
    table, *_ = parsed("markdown", answer).regions

    assert table.cells == (("a", "b | c", ""), ("1", "x^2", "extra"), ("2", "", ""), ("after", "", ""))
    assert lines(table) == ["a b | c", "1 x^2 extra", "2", "after"]


def test_a_table_with_spans_has_the_text_in_the_first_cell() -> None:
    answer = (
        "<table><tr><th colspan=2>Head</th><th>x</th></tr>\n"
        '<tr><td rowspan="2">A<br>B</td><td>b</td><td>c</td></tr>\n\n'
        "<tr><td>d</td><td>e</td></tr></table>\n"
    )
    (table,) = parsed("markdown", answer).regions

    assert table.cells == (("Head", "", "x"), ("A B", "b", "c"), ("", "d", "e"))
    assert lines(table) == ["Head x", "A B b c", "d e"]


def test_markup_and_escapes_never_enter_a_word() -> None:
    answer = (
        "5 \\* 3 un**bel**ievable ~~old~~ `co de` &eacute;t&#233; <u>x</u> <https://a.example/b> a\\_b snake_case_x"
    )
    result = parsed("markdown", answer)

    assert [word.text for word in words(result.regions)] == [
        *("5", "*", "3", "unbelievable", "old", "co", "de", "été", "x", "https://a.example/b", "a_b", "snake_case_x"),
    ]
    assert written(answer, result) == {
        "*": "\\*",
        "unbelievable": "un**bel**ievable",
        "été": "&eacute;t&#233;",
        "a_b": "a\\_b",
    }


@pytest.mark.parametrize("answer", ["これは**「重要」**です。", "これは**重要**です。", "**「重要」**です。これは"])
def test_stars_beside_japanese_are_emphasis(answer: str) -> None:
    text = "".join(word.text for word in words(parsed("markdown", answer).regions))

    assert text == answer.replace("**", "")


@pytest.mark.parametrize(
    "answer",
    [
        "$5 for two, $9 for four",
        "from $5 to 6$ a piece",
        "a * b * c",
        "2 < 3 > 1",
        "List<String> <name> x<y",
        "[see] (there) [x]",
        "[illegible]",
        "C:\\new\\table",
        "~~~ waves ~~~",
        "[note]: soon",
        "2 ** 3 ~~ _ 5",
        "if x <b",
        "a `` b",
        "    indented",
        "ends with \\",
        "an & and &co; and &#; ",
        "= sum =",
    ],
)
def test_what_is_no_markup_is_literal(answer: str) -> None:
    found = list(words(parsed("markdown", answer).regions))

    assert "".join(word.text for word in found) == "".join(answer.split())
    assert all(answer[word.begin : word.end] == word.text for word in found)


def test_escaped_brackets_are_no_formula() -> None:
    assert seen(parsed("markdown", "the \\[illegible\\] word")) == [("text", ["the [illegible] word"])]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("$$x$$", [("math", ["x"])]),
        ("$E=mc^2$", [("math", ["E=mc^2"])]),
        ("\\(a_1\\)\n\\(a_2\\)", [("math", ["a_1", "a_2"])]),
        ("$$\na\\\\\nb\n$$ .", [("math", ["a\\\\", "b"])]),
        ("then $$E=m$$ ends", [("text", ["then"]), ("math", ["E=m"]), ("text", ["ends"])]),
        ("it is $x$ here", [("text", ["it is x here"])]),
        ("- item\n  $$y=1$$\n", [("list", ["item"]), ("math", ["y=1"])]),
    ],
)
def test_formulas(answer: str, expected: list[tuple[str, list[str]]]) -> None:
    assert seen(parsed("markdown", answer)) == expected


def test_pictures_are_drawings_without_words() -> None:
    answer = "before ![a [small] cat](x_(1).png) after\n\n![](y.png)\n\n<img alt='a > b' src=z>\n"

    assert seen(parsed("markdown", answer)) == [
        ("text", ["before"]),
        ("drawing", []),
        ("text", ["after"]),
        ("drawing", []),
        ("drawing", []),
    ]


def test_raised_and_lowered_digits_do_not_become_other_numbers() -> None:
    answer = "10<sup>2</sup> H<sub>2</sub>O 1<sup>st</sup>"

    assert seen(parsed("markdown", answer)) == [("text", ["10² H₂O 1st"])]


def test_comments_scripts_and_styles_are_not_on_the_page() -> None:
    answer = "a <!-- no --> b\n\n<style>p {x}</style>\n\n<script>if (a<b) {}</script>\n\nc <script> d"

    assert "".join(word.text for word in words(parsed("markdown", answer).regions)) == "abcd"


def test_an_answer_in_a_fence_is_parsed() -> None:
    for answer in ("```markdown\n# Title\n\ntext\n```", "Here it is:\n\n```markdown\n# Title\n\ntext\n```\n\nBye"):
        assert ("heading", ["Title"]) in seen(parsed("markdown", answer))


def test_code_in_a_fence_is_literal() -> None:
    answer = "see\n\n```python\n# not *a* title\nx = 1\n```\n\nend"

    assert seen(parsed("markdown", answer)) == [
        ("text", ["see"]),
        ("text", ["# not *a* title", "x = 1"]),
        ("text", ["end"]),
    ]


def test_a_box_without_text_is_a_word() -> None:
    assert seen(parsed("markdown", "☐\n\n☑ ")) == [("text", ["☐"]), ("text", ["☑"])]


def test_quotes_lose_their_marks() -> None:
    answer = "> to be\n> or *not*\n\nend"

    assert seen(parsed("markdown", answer)) == [("text", ["to be", "or not"]), ("text", ["end"])]


@pytest.mark.parametrize(("opening", "closing"), [("$$", "$$"), ("<!--", "-->"), ("<style>", "</style>")])
def test_what_ends_nowhere_near_is_no_markup(opening: str, closing: str) -> None:
    answer = f"{opening} a " + "b\n" * 6000 + closing
    result = parsed("markdown", answer)

    assert {region.kind for region in result.regions} == {"text"}
    assert sum(word.text == "b" for word in words(result.regions)) == 6000


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("<math>a $b=1$ c</math> d", "a b=1 c d"),
        ("<math>x\n\n1. y", "x 1. y"),
        ("1. \x0c\r\nx", "1. x"),
        ("1. 2) x\n", "1. 2) x"),
        ("1.\n\n2. x", "1. 2. x"),
        ("2) <td>x", "2) x"),
        ("a\n\n```\nx\ny", "a x y"),
        ("a\n```html\n<p>x", "a x"),
        ("``` two words\nx\n```\ny", "two words x y"),
        ("- a\n\n  > b\n  # c\n", "a b c"),
        ("> | a | b |\n> |---|---|\n> | c | d |", "a b c d"),
        ("- | a | b |\n  |---|---|\n  | c | d |", "a b c d"),
    ],
)
def test_words_of_odd_blocks_stand_in_their_order(answer: str, expected: str) -> None:
    found = list(words(parsed("markdown", answer).regions))

    assert [word.text for word in found] == expected.split()
    assert [word.begin for word in found] == sorted(word.begin for word in found)


def test_a_page_that_the_model_takes_to_be_turned_is_reported() -> None:
    answer = "---\nprimary_language: en\nis_rotation_valid: False\nrotation_correction: 90\n---\ntext"
    result = parsed("markdown", answer)

    assert seen(result) == [("text", ["text"])]
    assert "by 90 degrees" in result.warnings[0]


def test_lines_between_dashes_on_the_page_are_no_front_matter() -> None:
    assert [word.text for word in words(parsed("markdown", "---\nmilk: 2\n---\neggs").regions)] == [
        "milk:",
        "2",
        "eggs",
    ]


@pytest.mark.parametrize(
    "cut",
    [
        "# Ti",
        "| a | b |\n|---",
        "<table><tr><td>a",
        "<table><tr><td>a</t",
        "**bo",
        "[lin](htt",
        "$$\nx",
        "![pic](a",
        "- [",
    ],
)
def test_a_cut_off_answer_keeps_its_words(cut: str) -> None:
    found = [word.text for word in words(parsed("markdown", f"first\n\n{cut}").regions)]

    assert found[0] == "first"
    assert len(found) > 1


def test_what_is_nested_too_deeply_is_plain_text_with_a_warning() -> None:
    answer = "\n".join("  " * depth + f"- w{depth}" for depth in range(60))
    result = parsed("markdown", answer)

    assert result.warnings == (TOO_DEEP,)
    assert [word.text for word in words(result.regions) if word.text != "-"] == [f"w{depth}" for depth in range(60)]


def test_a_paragraph_of_absurd_length_is_taken_as_it_is() -> None:
    result = parsed("markdown", "# Title\n\n" + "*a* " * 6000)

    assert result.warnings == (TOO_LONG,)
    assert result.regions[0].kind == "heading"
    assert sum(1 for _ in words(result.regions)) == 6001
