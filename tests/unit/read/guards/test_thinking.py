"""The guard against thinking aloud."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notesyncd.read.guards.thinking import examine
from tests.unit.read.guards.asked import answer, asked, expectation, left
from tests.unit.read.guards.pages import NOTES

ENDED = {
    "marked": ("<think>\nI see a list.\n</think>\n\nMilk\nEggs", "Milk\nEggs"),
    "begun in the prompt": ("Okay, a list with two items.\n</think>\nMilk", "Milk"),
    "other names": ("<thinking>hm</thinking>Milk", "Milk"),
    "capitals": ("<THINK>hm</THINK>\nMilk", "Milk"),
    "Magistral": ("[THINK]hm[/THINK]Milk", "Milk"),
    "Kimi": ("◁think▷hm◁/think▷Milk", "Milk"),
    "Sky": (
        "<|begin_of_thought|>hm<|end_of_thought|>\n\n<|begin_of_solution|>\nMilk\n<|end_of_solution|>",
        "Milk",
    ),
    "GLM": ("<think>hm</think><answer>Milk</answer>", "Milk"),
    "twice": ("<think>a</think>\nMil\n<think>b</think>\nMilk", "Milk"),
    "an answer in its thoughts": ("<think>It says <answer>Mil</answer>?</think>\nMilk", "Milk"),
    "unmarked, with a final answer": (
        "Okay, the user wants the text. It says milk.\n\n**Final Answer:**\nMilk\nEggs",
        "Milk\nEggs",
    ),
    "unmarked, with a transcription": ("Let me look at the image closely.\nTranscription: Milk", "Milk"),
    "a process, with an output": ("Thinking Process:\n\n1. **Look**: a list\n\nFinal output:\nMilk", "Milk"),
}

ENDLESS = {
    "marked": ("<think>\nI see a list. The first word", ""),
    "marked, after some text": ("Milk\n<think>\nOr is it silk", "Milk"),
    "marked again": ("<think>a</think>\nMilk\n<think>but wait", "Milk"),
    "Sky": ("<|begin_of_thought|>hm", ""),
    "Okay": ("Okay, the user wants me to transcribe the page. The first line says milk.", ""),
    "Let me": ("Let me look at the image. It seems to be a list.", ""),
    "First": ("First, I need to look at the picture.\nIt says Milk.", ""),
    "So": ("So, let's tackle this handwritten note. The first line ...", ""),
    "Got it": ("Got it, let me transcribe the text in the image.", ""),
    "We": ("We need to transcribe the handwritten text. The text says milk.", ""),
    "the user": ("The user has provided an image with a list.", ""),
    "the user's": ("The user's request is to read the page.", ""),
    "reasoning": ("Reasoning: the page shows a list.", ""),
    "in bold": ("**Thinking Process:**\n\n1. **Analyze the Request:** read it", ""),
    "thought process": ("My thought process:\nmilk?", ""),
    "looking": ("Looking at the image, I can make out a list.", ""),
    "German": ("Also, der Nutzer möchte den Text. Zuerst steht da Milch.", ""),
    "German, looking": ("Zunächst muss ich mir das Bild ansehen.", ""),
    "French": ("D'accord, l'utilisateur veut le texte.", ""),
    "Spanish": ("Bien, el usuario quiere el texto.", ""),
    "Japanese": ("まず、ユーザーは文字起こしを求めています。", ""),
    "Chinese": ("好的，用户希望我转录图片中的文字。", ""),
    "Chinese, looking": ("首先，我需要仔细看这张图。", ""),
}


@pytest.mark.parametrize("name", ENDED)
def test_thoughts_that_end_are_cut_off_and_told(name: str) -> None:
    text, expected = ENDED[name]
    found = asked(examine, text)

    assert left(examine, text) == expected
    assert found is not None
    assert not found.condemns


@pytest.mark.parametrize("name", ENDLESS)
def test_thoughts_without_an_end_condemn(name: str) -> None:
    text, expected = ENDLESS[name]
    found = asked(examine, text)

    assert left(examine, text) == expected
    assert found is not None
    assert found.condemns


def test_thoughts_that_came_apart_from_an_empty_answer_condemn() -> None:
    found = asked(examine, answer("\n", thinking="The first word is milk."))

    assert found is not None
    assert found.condemns


def test_thoughts_that_came_apart_from_an_answer_are_no_leak() -> None:
    assert asked(examine, answer("Milk", thinking="The first word is milk.")) is None
    assert asked(examine, answer("", thinking=" ")) is None


@pytest.mark.parametrize("name", NOTES)
def test_a_page_is_no_thought(name: str) -> None:
    assert asked(examine, NOTES[name][1]) is None


@pytest.mark.parametrize(
    "text",
    [
        "Let me know when you arrive",
        "Let me start with the good news: Anna is well.",
        "Okay, so we meet on Monday.",
        "First, I need eggs",
        "First, we need to start the oven",
        "I think, therefore I am.",
        "Thoughts on the garden",
        "We need to read chapter two",
        "Analysis of variance",
        "So I looked at the sea",
        "The use of colour",
        "Also gut, dann bis Montag",
        "Bien sûr, à lundi",
        "Primero tengo que comprar pan",
        "まず牛乳を買う",
        "我需要牛奶",
        "a < b, think > do",
    ],
)
def test_people_begin_pages_like_this(text: str) -> None:
    assert asked(examine, text) is None


@pytest.mark.parametrize(
    "text", ["Reasoning: why we should move", "Let me check the text on the sign again", "The user has to log in first"]
)
def test_what_the_light_reader_saw_is_no_thought(text: str) -> None:
    assert asked(examine, text) is not None
    assert asked(examine, text, expectation(text + " and more")) is None


@given(st.text(max_size=300))
def test_any_answer_can_be_looked_at(text: str) -> None:
    found = asked(examine, "<think>" + text)

    assert found is not None
    assert 0 <= found.begin <= found.end <= len(text) + 7
