"""JSON lists of lines with boxes. All answers here are made by us, in the shape in which such models answer."""

from __future__ import annotations

import json

import pytest

from notesyncd.read.parsers.json_lines import CUT_OFF, NO_LIST, PROSE
from tests.unit.read.parsers.parsing import edges, parsed, seen, words, written

SPOTTING = ("qwen3-spotting", "qwen2.5-spotting", "gemini-spotting", "json-lines")

QWEN3 = """```json
[
\t{"bbox_2d": [100, 50, 500, 80], "text_content": "Buy \\"fresh\\" milk"},
\t{"bbox_2d": [500, 120, 100, 90], "text_content": "caf\\u00e9 \\ud83d\\ude00 日本語API"}
]
```"""


def boxes(parser: str, answer: str) -> list[tuple[float, ...] | None]:
    return [edges(line.box) for region in parsed(parser, answer).regions for line in region.lines]


def test_qwen3_spotting() -> None:
    result = parsed("qwen3-spotting", QWEN3)

    assert seen(result) == [("text", ['Buy "fresh" milk', "café 😀 日本語 API"])]
    assert boxes("qwen3-spotting", QWEN3) == [(210, 140, 1050, 224), (210, 252, 1050, 336)]
    assert written(QWEN3, result) == {
        '"fresh"': '\\"fresh\\"',
        "café": "caf\\u00e9",
        "😀": "\\ud83d\\ude00",
    }
    assert result.warnings == ()


def test_each_family_has_its_own_unit() -> None:
    assert boxes("qwen3-spotting", '[{"bbox_2d": [0, 0, 1000, 500], "text_content": "a"}]') == [(0, 0, 2100, 1400)]
    assert boxes("qwen2.5-spotting", '[{"bbox_2d": [0, 0, 420, 280], "text_content": "a"}]') == [(0, 0, 2100, 1400)]
    assert boxes("gemini-spotting", '[{"box_2d": [0, 500, 250, 1000], "label": "a"}]') == [(1050, 0, 2100, 700)]
    assert boxes("json-lines", '{"lines": [{"text": "a", "box": [0, 0, 500, 500]}]}') == [(0, 0, 1050, 1400)]


@pytest.mark.parametrize(
    "answer",
    [
        '[{"bbox_2d": [0, 0, 500, 500], "text": "a"},]',
        '[{"bbox_2d": [0, 0, 500, 500,], "text": "a",}]',
        '{"bbox_2d": [0, 0, 500, 500], "text": "a"}',
        '{"lines": [{"bbox": [0, 0, 500, 500], "text": "a"}]}',
        '{"text": "a", "bbox_2d": [0, 0, 500, 500]}\n',
        '[{"bbox_2d": [0.0, 0, 5e2, 500], "label": "a", "score": null, "ok": true}]',
        '[{"text": "a", "bbox_2d": [0, 0, 500, 500}]',
        '[{"note": , "text": "a", "bbox_2d": [0, 0, 500, 500]}]',
    ],
)
def test_the_list_may_be_written_in_many_ways(answer: str) -> None:
    result = parsed("qwen3-spotting", answer)

    assert (seen(result), result.warnings) == ([("text", ["a"])], ())
    assert boxes("qwen3-spotting", answer) == [(0, 0, 1050, 1400)]


def test_of_a_list_that_is_cut_off_the_whole_items_stay() -> None:
    whole = '[{"bbox_2d": [0, 0, 500, 500], "text_content": "one"}, {"bbox_2d": [0, 0, 9, 9], "text_content": "two"}]'
    for end in range(whole.index('"two') + 1, len(whole) - 2):
        result = parsed("qwen3-spotting", whole[:end])

        assert seen(result) == [("text", ["one"])]
        assert CUT_OFF in result.warnings


def test_a_list_that_is_cut_off_in_its_first_item_has_no_words() -> None:
    result = parsed("qwen3-spotting", '```json\n[{"bbox_2d": [1, 2, 3, 4], "text_con')

    assert (result.regions, result.warnings) == ((), (CUT_OFF,))


def test_quotes_that_were_not_escaped_belong_to_the_text() -> None:
    answer = '[{"bbox_2d": [0, 0, 500, 500], "text_content": "he said "no" twice"}, {"text_content": "end"}]'

    assert seen(parsed("qwen3-spotting", answer)) == [("text", ['he said "no" twice', "end"])]


def test_backslashes_that_were_not_escaped_belong_to_the_text() -> None:
    answer = r'[{"text_content": "\frac{a}{b} \beta \(x\) C:\dir \u00zz \ud800"}]'

    assert seen(parsed("qwen3-spotting", answer)) == [("text", [r"\frac{a}{b} \beta \(x\) C:\dir \u00zz" + " \ufffd"])]


def test_a_text_of_several_lines_keeps_its_box_for_all_of_them() -> None:
    answer = '[{"text": "a", "bbox": [0, 0, 9, 9]}, {"text": "b\\nc d\\n", "bbox": [0, 0, 500, 500]}, {"text": "e"}]'
    result = parsed("json-lines", answer)

    assert seen(result) == [("text", ["a"]), ("text", ["b", "c d"]), ("text", ["e"])]
    assert edges(result.regions[1].box) == (0, 0, 1050, 1400)
    assert [line.box for line in result.regions[1].lines] == [None, None]


@pytest.mark.parametrize(
    "box",
    [
        "[1, 2, 3]",
        '["a", 2, 3, 4]',
        '[1, 2, "x", 3, 4]',
        "[1, 2, 3, 4, 5, 6, 7, 8]",
        "7",
        "[1e999, 0, 1, 1]",
        "[5, 5, 5, 5]",
        "{}",
        '"x"',
    ],
)
def test_a_box_that_is_none_is_left_out_with_a_warning(box: str) -> None:
    for parser in SPOTTING:
        result = parsed(parser, f'[{{"bbox_2d": {box}, "text": "word"}}]')

        assert seen(result) == [("text", ["word"])]
        assert [line.box for region in result.regions for line in region.lines] == [None]
        assert len(result.warnings) == 1


def test_text_around_the_list_is_left_out_with_a_warning() -> None:
    answer = 'Here is the text:\n```json\n[{"text_content": "milk"}]\n```\nThat is all "there" is.'
    result = parsed("qwen3-spotting", answer)

    assert (seen(result), result.warnings) == ([("text", ["milk"])], (PROSE,))


@pytest.mark.parametrize("answer", ["buy milk", "[illegible] milk", "[illegible]", "{a}", "- milk\n\n- eggs"])
def test_an_answer_that_is_no_list_is_plain_text_with_a_warning(answer: str) -> None:
    for parser in SPOTTING:
        result = parsed(parser, answer)

        assert "".join(word.text for word in words(result.regions)) == "".join(answer.split())
        assert result.warnings == (NO_LIST,)


@pytest.mark.parametrize("answer", ["[]", "```json\n[]\n```", "", " ", '{"lines": []}', '[{"text": ""}]', "[{}]"])
def test_a_list_without_text_is_an_empty_page(answer: str) -> None:
    for parser in SPOTTING:
        result = parsed(parser, answer)

        assert (result.regions, result.warnings) == ((), ())


def test_a_text_inside_another_item_counts_once() -> None:
    answer = '[{"text": "one two", "words": [{"text": "one"}, {"text": "two"}]}, {"text": "three"}]'

    assert seen(parsed("json-lines", answer)) == [("text", ["one two", "three"])]


@pytest.mark.parametrize("ascii_only", [True, False])
def test_what_json_writes_is_read_back(ascii_only: bool) -> None:
    texts = ['quote " and \\ back/slash', "tab\tand\nline", "日本語 é 😀 \x7f", "{[,]}:"]
    answer = json.dumps([{"text": text} for text in texts], ensure_ascii=ascii_only)
    result = parsed("json-lines", answer)

    assert [word.text for word in words(result.regions)] == " ".join(texts).split()
    for word in words(result.regions):
        assert json.loads(f'"{answer[word.begin : word.end]}"') == word.text
