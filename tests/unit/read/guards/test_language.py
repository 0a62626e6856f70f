"""The guard against the wrong language."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notesyncd.read.guards.function_words import language_of
from notesyncd.read.guards.language import examine, is_simplified
from tests.unit.read.guards.asked import asked, expectation
from tests.unit.read.guards.pages import BRIEF, CARTA, LETTER, LETTRE, NOTES, TEGAMI, misread

CHINESE = "今天我们去公园散步，天气很好，孩子们很高兴。"
TRADITIONAL = "今天我們去公園散步，天氣很好，孩子們很高興。"
LETTERS = {"en": LETTER, "de": BRIEF, "fr": LETTRE, "es": CARTA}


@pytest.mark.parametrize(
    ("languages", "text", "words"),
    [
        (["ja"], CHINESE, ()),
        (["ja"], CHINESE, TEGAMI),
        (["ja-JP"], CHINESE, TEGAMI),
        (["ja", "en"], CHINESE, TEGAMI),
        (["ja"], TRADITIONAL, TEGAMI),  # no kana
        (["ja"], "会议纪要です。预算已经批准。资料请打印", TEGAMI),  # simplified among kana
        (["en"], CHINESE, LETTER),
        (["en"], "Dear Martha, we 到达了 on 星期二 after a 旅行", LETTER),
        (["en"], TEGAMI, LETTER),
        (["de", "fr"], "こんにちは", BRIEF),
        (["en-GB"], "안녕하세요 마사", LETTER),
        (["ru"], CHINESE, ()),
        (["en"], LETTER + "\n这是一个测试句", LETTER),
        (["en"], "日 Yes", LETTER),  # a fifth of the letters
    ],
)
def test_another_script_than_that_of_the_set_languages_condemns(languages: list[str], text: str, words: str) -> None:
    found = asked(examine, text, expectation(words, languages=languages))

    assert found is not None
    assert found.condemns
    assert (found.begin, found.end) == (0, len(text))


def test_a_stray_character_is_told_but_condemns_nothing() -> None:
    found = asked(examine, LETTER + "\n的", expectation(LETTER, languages=["en"]))

    assert found is not None
    assert not found.condemns


@pytest.mark.parametrize(
    ("languages", "text", "words"),
    [
        (["ja"], TEGAMI, TEGAMI),
        (["ja"], TEGAMI, ()),
        (["ja"], "東京都渋谷区神宮前", "東京都渋谷区神宮前"),  # an address has no kana
        (["ja"], "田中太郎", ()),
        (["ja"], "会議 三月", ()),
        (["ja"], "国学会点体来", "国学会点体来"),  # simplified alike in both
        (["ja"], LETTER, LETTER),
        (["ja", "zh"], CHINESE, ()),
        (["zh-Hans"], CHINESE, ()),
        (["ko"], "안녕하세요", ()),
        (["en", "ja"], TEGAMI, ()),
        (["en"], "Kyōto (京都) and Ōsaka (大阪) and Nara", "Kyoto (京都) and Osaka (大阪) and Nara"),
        (["en"], TEGAMI, TEGAMI),  # the page is in Japanese, whatever is set
        (["en"], LETTER, ()),
        ([], CHINESE, ()),
        ([], CHINESE, CHINESE),
        (["en"], "", LETTER),
    ],
)
def test_what_may_stand_on_the_page_is_no_fault(languages: list[str], text: str, words: str) -> None:
    assert asked(examine, text, expectation(words, languages=languages)) is None


@pytest.mark.parametrize("rate", [0, 0.15])
@pytest.mark.parametrize("page", LETTERS)
@pytest.mark.parametrize("answered", LETTERS)
def test_a_translation_condemns(page: str, answered: str, rate: float) -> None:
    found = asked(examine, LETTERS[answered], expectation(misread(LETTERS[page], rate)))

    if page == answered:
        assert found is None
    else:
        assert found is not None
        assert found.condemns


def test_a_translated_list_condemns() -> None:
    page = "Shopping for the weekend\nmilk, bread and butter\ncall Ann about the bicycle"
    translated = "Einkaufen für das Wochenende\nMilch, Brot und Butter\nAnn wegen des Fahrrads anrufen"

    for seed in range(10):
        assert asked(examine, page, expectation(misread(page, 0.3, seed))) is None
    assert asked(examine, translated, expectation(page)) is not None
    assert asked(examine, page, expectation(translated + " und nicht")) is not None


@pytest.mark.parametrize("page", LETTERS)
def test_a_translation_into_japanese_or_chinese_condemns(page: str) -> None:
    for answered in (TEGAMI, CHINESE):
        assert asked(examine, answered, expectation(misread(LETTERS[page], 0.05))) is not None


def test_a_translation_from_japanese_condemns() -> None:
    assert asked(examine, LETTER, expectation(TEGAMI)) is not None
    assert asked(examine, LETTER, expectation(TEGAMI, languages=["ja"])) is not None


def test_a_light_reader_that_takes_scribbles_for_kana_is_not_believed_where_none_are_set() -> None:
    assert asked(examine, LETTER, expectation(TEGAMI, languages=["en"])) is None


@pytest.mark.parametrize("rate", [0.15, 0.25, 0.35, 0.45, 0.55, 0.7])
@pytest.mark.parametrize("page", LETTERS)
def test_a_poor_light_reader_raises_no_alarm(page: str, rate: float) -> None:
    for seed in range(25):
        assert asked(examine, LETTERS[page], expectation(misread(LETTERS[page], rate, seed))) is None


def test_few_words_tell_nothing() -> None:
    assert asked(examine, "The house is not on the hill and it was", expectation("Das Haus ist nicht auf dem")) is None


@pytest.mark.parametrize("name", NOTES)
def test_a_page_is_in_its_language(name: str) -> None:
    languages, text = NOTES[name]

    for rate in (0, 0.3, 0.55):
        assert asked(examine, text, expectation(misread(text, rate), languages=languages)) is None


@pytest.mark.parametrize("text", ["们", "这", "说", "东", "车", "书"])
def test_simplified_characters_are_known(text: str) -> None:
    assert is_simplified(text)


@pytest.mark.parametrize(
    "text", ["国", "学", "会", "体", "東", "車", "書", "説", "們", "畑", "働", "峠", "あ", "a", "々", "你"]
)
def test_what_japanese_or_traditional_chinese_has_is_not_simplified(text: str) -> None:
    assert not is_simplified(text)


@pytest.mark.parametrize("language", LETTERS)
def test_a_language_is_told_by_its_common_words(language: str) -> None:
    assert language_of(LETTERS[language].lower().split()) == language


@pytest.mark.parametrize(
    "text",
    [
        "",
        "milk eggs bread",
        "taxi hotel radio",
        "der the le el",
        "anna anna anna",
        "the and das",
        "the and from with das nicht und",
        "the and from " + "kettle " * 60,
    ],
)
def test_words_of_no_plain_language_have_none(text: str) -> None:
    assert language_of(text.split()) is None


def test_a_long_answer_takes_no_time() -> None:
    words = [f"das {number}haus und nicht wort{number}" for number in range(600)]
    text = " ".join(f"the house{number} and from word{number}" for number in range(6000))
    begin = time.process_time()
    asked(examine, text, expectation(" ".join(words)))

    assert time.process_time() - begin < 5  # measured .3 s


@given(
    st.text(max_size=200),
    st.lists(st.text(max_size=12), max_size=20),
    st.lists(st.sampled_from(["ja", "en", "zh", "", "x-y"])),
)
def test_any_answer_can_be_looked_at(text: str, words: list[str], languages: list[str]) -> None:
    found = asked(examine, text, expectation(words, languages=languages))

    assert found is None or (found.begin, found.end) == (0, len(text))
