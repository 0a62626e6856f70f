"""What holds for every parser, whatever a model wrote."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notesyncd.read.answer_parts import ParsedAnswer
from notesyncd.read.parsers import PARSERS, WITH_BOXES
from notesyncd.read.parsers.safely import FAILED, LONGEST, TOO_LONG, safely
from notesyncd.read.picture import Picture
from tests.unit.read.parsers.parsing import PICTURE, parsed, seen, words

# fmt: off
FRAGMENTS = [
    "# ", "- ", "1. ", "2) ", "* ", "> ", "|", "\n|-|-|\n", "\n", "\n\n", " ", "    ", "\t", "**", "*", "_", "~~", "`",
    "```", "```html\n", "```markdown\n", "$", "$$", "\\(", "\\)", "\\[", "\\]", "\\", "[", "]", "(", ")", "![", "](x)",
    "<table>", "</table>", "<tr>", "<td>", "</td>", "<td colspan=2 rowspan=3>", "<li>", "<ol>", "</ol>", "</li>", "<p>",
    '<div data-bbox="1 2 30 40" data-label="Text">', '<div data-bbox="[1,2,3,4]" data-label="Image">', "</div>", "<br>",
    "<img alt='a>b'>", "</img>", "<input type=checkbox checked>", "<input value='x y'>", "<math>", "<math display=block>",
    "</math>", "<sup>", "</sup>", "<!--", "-->", "<![", "<script>", "</script>", "<pre>", "</pre>", "<h2>", "</h2>", "&",
    "&amp;", "&#x41;", "&nbsp;", "&NotEqualTilde;", "☐ ", "☑", "[ ] ", "[x] ", "a", "word", "日本", "API", "é", "😀", "5",
    "\u3000", "\u2028", "\r\n", "\r", "\0", "\x0c", "{", "}", '"', ":", ",", '"text":"', '"bbox_2d":[1,2,30,40]',
    '"bbox":', '"category":"Title"', '"category":"Formula"', "\\n", "\\u00e9", "\\ud83d\\ude00", "\\ud800", "1e999", "=",
    "<|ref|>", "<|/ref|>", "<|det|>", "<|/det|>", "[[1,2,30,40]]", "(1,2),(30,40)", "(1,2", "---\n", "x^2", "\\|",
    "primary_language: en\n", "rotation_correction: 90\n", "\\title{", "\\begin{tabular}{l}", "\\end{tabular}", "<",
    "\\multicolumn{2}{c}{x}", "\\\\\n", "</", "\ufffd", "\ud800",
]

VISIBLE = [
    "# ", "- ", "1. ", "2) ", "* ", "> ", "|", "\n|-|-|\n", "\n", "\n\n", " ", "    ", "\t", "**", "*", "_", "~~", "`", "$",
    "```\n", "```html\n", "$$", "\\(", "\\)", "\\[", "\\]", "[", "]", "<table>", "</table>", "<tr>", "<td>", "</td>", "<ol>",
    "<td colspan=2 rowspan=3>", "<li>", "</ol>", "</li>", "<p>", "</p>", "<div>", "</div>", "<br>", "<math>", "</math>",
    "<math display=block>", "<sup>", "</sup>", "<pre>", "</pre>", "<h2>", "</h2>", "&amp;", "☐ ", "☑", "[ ] ", "[x] ", "日",
    "<input type=checkbox checked>", "<page_number>", "<caption>", "| a | b |\n|---|---|\n", "| c | d |\n", "\r\n",
]

HOSTILE = {
    "html": [
        "<a ", "<a b='", "<div>", "<table><tr><td>", "<td colspan=100 rowspan=100>", "<tr><td rowspan=100 colspan=100>", "</",
        "<!--", "<![", "<math>", "<script>", "<ol><li>", "<pre>", "<img>", "&#", "&a", "<",
    ],
    "markdown": [
        "<a ", "<!--", "<script>", "<table><tr><td>", "[", "![", "[a](", "![a](", "[[a]", "`", "` ``", "*a", "**a ", "_a_",
        "~~a", "$a", "$ a ", "$$\n", "\\[\n", "\\(", "> ", "- ", "1. ", "#\n", "|a|\n|-|\n", "|", "x\n", "a b\n\n", "☐ a\n",
        "- [ ] a\n", "---\n", "\\",
    ],
    "qwen3-spotting": ["[", "{", '{"a":', "[{", '"', '"a" ', "\\", "[1,", '{"text":"a","x":', '[{"text":"', "]", "1"],
    "dots": ['{"text":"a"},', '{"category":"Picture"},'],
    "deepseek": ["<|ref|>", "<|ref|>a<|/ref|><|det|>[[", "<|ref|>a<|/ref|><|det|>1<|/det|>", "<|det|>1 ", "<|"],
    "hunyuan": ["(1,2),", "(1,2),(3", "1", "a(1,2),(3,4)"],
    "verbatim": ["$$\n", "$$\na\n", "a | b\n", "|a|b|\n", "| ", "$a", "\\[", "a\n", "| a |"],
    "got": ["\\begin{tabular}{", "\\multicolumn{2}{", "\\title{", "\\title{a}", "\\begin{tabular}a&b\\\\\n", "{"],
}
# fmt: on
"""What would take quadratic time, repeated, where a parser is written carelessly."""

ANSWERS = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=4), max_size=40).map("".join)

MEGABYTE = 1_000_000


def check(answer: str, result: ParsedAnswer) -> None:
    """Words are words, and stand in the answer one after the other."""
    found = list(words(result.regions))
    assert all(word.text and not any(map(str.isspace, word.text)) for word in found)
    assert all(0 <= word.begin < word.end <= len(answer) for word in found)
    assert all(before.end <= after.begin for before, after in pairwise(found))
    for region in result.regions:
        assert region.lines or region.kind == "drawing"
        assert all(line.words for line in region.lines)
        if region.cells:
            cells = "".join(cell for row in region.cells for cell in row)
            assert "".join(cells.split()) == "".join(word.text for line in region.lines for word in line.words)


@pytest.mark.parametrize("parser", PARSERS)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(answer=ANSWERS)
def test_whatever_a_model_writes_words_stand_in_it_in_their_order(parser: str, answer: str) -> None:
    check(answer, parsed(parser, answer))


@pytest.mark.parametrize("parser", ["markdown", "html", "chandra-1000", "deepseek", "got", "plain", "verbatim"])
@settings(max_examples=200, deadline=None)
@given(parts=st.lists(st.sampled_from(VISIBLE), max_size=25))
def test_no_text_gets_lost_between_markup(parser: str, parts: list[str]) -> None:
    marked = [f"{part}qw{number}wq" for number, part in enumerate(parts)]
    text = " ".join(word.text for word in words(parsed(parser, "".join(marked)).regions))

    places = [text.find(f"qw{number}wq") for number in range(len(parts))]
    assert -1 not in places
    assert places == sorted(places)


@pytest.mark.parametrize("parser", PARSERS)
def test_a_megabyte_is_plain_text_and_soon_done(parser: str) -> None:
    answer = '[{"text": "' * (MEGABYTE // 11)
    begin = time.process_time()
    result = PARSERS[parser](answer, PICTURE)

    assert time.process_time() - begin < 5
    assert result.warnings == (TOO_LONG,)
    check(answer, result)


@pytest.mark.parametrize(("parser", "unit"), [(parser, unit) for parser, units in HOSTILE.items() for unit in units])
def test_hostile_answers_take_linear_time(parser: str, unit: str) -> None:
    answer = unit * (40_000 // len(unit))
    begin = time.process_time()
    result = parsed(parser, answer)

    # The slowest takes half a second on an idle core; quadratic ones take ten and more.
    assert time.process_time() - begin < 5
    check(answer, result)


BOXED = {
    "chandra-1000": '<div data-bbox="1 2 30 40" data-label="Text">a</div>',
    "chandra-1024": '<div data-bbox="1 2 30 40" data-label="Text">a</div>',
    "deepseek": "<|ref|>a<|/ref|><|det|>[[1, 2, 30, 40]]<|/det|>",
    "dots": '[{"bbox": [1, 2, 30, 40], "category": "Text", "text": "a"}]',
    "gemini-spotting": '[{"box_2d": [1, 2, 30, 40], "label": "a"}]',
    "hunyuan": "a(1,2),(30,40)",
    "json-lines": '{"lines": [{"text": "a", "box": [1, 2, 30, 40]}]}',
    "qwen2.5-spotting": '[{"bbox_2d": [1, 2, 30, 40], "text_content": "a"}]',
    "qwen3-spotting": '[{"bbox_2d": [1, 2, 30, 40], "text_content": "a"}]',
}


def test_boxes_come_from_just_the_parsers_that_promise_them() -> None:
    def places(parser: str, answer: str) -> bool:
        regions = parsed(parser, answer).regions
        return any(region.box or any(line.box for line in region.lines) for region in regions)

    assert {parser for parser in PARSERS if any(places(parser, answer) for answer in BOXED.values())} == WITH_BOXES
    assert all(places(parser, answer) for parser, answer in BOXED.items())


def test_nesting_in_json_is_not_followed_by_recursion() -> None:
    for answer in ("[" * LONGEST, "[" * 90_000 + "]" * 90_000, '{"a":' * 30_000 + "1" + "}" * 30_000):
        parsed("qwen3-spotting", answer)


def test_a_parser_that_fails_costs_the_layout_never_the_words(caplog: pytest.LogCaptureFixture) -> None:
    def parse(answer: str, picture: Picture) -> ParsedAnswer:
        raise LookupError(answer)

    result = safely(parse)("secret words", PICTURE)

    assert (seen(result), result.warnings) == ([("text", ["secret words"])], (FAILED,))
    assert "LookupError" in caplog.text
    assert "secret" not in caplog.text
