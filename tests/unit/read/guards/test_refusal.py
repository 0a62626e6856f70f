"""The guard against refusals."""

from __future__ import annotations

import pytest

from notesyncd.read.guards.refusal import examine
from tests.unit.read.guards.asked import asked, expectation, left
from tests.unit.read.guards.pages import LETTER, NOTES, misread

REFUSALS = [
    "I'm sorry, but I can't assist with that.",
    "I’m sorry, but I can’t assist with that request.",  # typographic apostrophes
    "I cannot assist with that request.",
    "Sorry, I can't transcribe this image.",
    "I'm unable to view images.",
    "I am unable to process images directly.",
    "I am not able to read the handwriting in this picture.",
    "Unfortunately, I cannot make out any text in the image.",
    "I apologize, but I can't provide a transcription of this image.",
    "I apologize for the confusion, but I cannot read the text in this image.",
    "As an AI language model, I can't see images.",
    "As an AI, I do not have eyes.",
    "I don't have the ability to view images.",
    "I'm just an AI assistant and can't help with that.",
    "It seems that no image was attached.",
    "It looks like you haven't uploaded an image yet.",
    "No image has been provided.",
    "Please provide the image you want me to transcribe.",
    "**I'm sorry, but I can't help with that.**",
    '"I cannot identify people in images."',
    "Es tut mir leid, aber ich kann dieses Bild nicht transkribieren.",
    "Leider kann ich den Text auf dem Bild nicht lesen.",
    "Tut mir leid, dabei kann ich nicht helfen, denn ich kann damit nichts anfangen.",
    "Als KI kann ich keine Bilder sehen.",
    "Je suis désolé, mais je ne peux pas lire cette image.",
    "Désolé, je ne peux pas vous aider avec cela.",
    "En tant qu'intelligence artificielle, je ne vois pas les images.",
    "Lo siento, pero no puedo transcribir esta imagen.",
    "Lo siento, no puedo ayudarte con eso.",
    "Como modelo de lenguaje, no puedo ver imágenes.",
    "申し訳ありませんが、この画像の文字起こしはできません。",
    "申し訳ございませんが、そのリクエストにはお答えできません。",
    "私はAIアシスタントなので、画像を見ることができません。",
    "很抱歉，我无法识别这张图片中的文字。",
    "对不起，我不能提供帮助。",
    "作为一个AI语言模型，我看不到图片。",
]

LETTERS = [
    "I'm sorry, but I can't come on Friday.\nSee you next week",
    "Sorry I can't make it to the party, the car broke down.",
    "I am afraid I could not find your umbrella.",
    "Unfortunately it rained all week.",
    "I can't see the sea from here.",
    "I cannot read without my glasses",
    "As an aid to memory: eggs, milk",
    "As an AI engineer she earns well",
    "Please send a picture of the children",
    "No picture today",
    "Leider kann ich am Freitag nicht kommen.",
    "Es tut mir leid, dass ich so lange nicht geschrieben habe.",
    "Als Kind war ich oft hier",
    "Je suis désolée, je ne peux pas venir dimanche.",
    "Lo siento, no puedo ir el viernes.",
    "申し訳ありませんが、明日は行けません。",
    "すみません、少し遅れます。",
    "对不起，我明天不能来。",
]


@pytest.mark.parametrize("text", REFUSALS)
def test_a_refusal_is_cut_whole_and_condemned(text: str) -> None:
    found = asked(examine, text, expectation(LETTER))

    assert found is not None
    assert found.condemns
    assert left(examine, text, expectation(LETTER)) == ""


@pytest.mark.parametrize("text", LETTERS)
def test_people_write_this(text: str) -> None:
    assert asked(examine, text) is None


@pytest.mark.parametrize("name", NOTES)
def test_a_page_is_no_refusal(name: str) -> None:
    assert asked(examine, NOTES[name][1]) is None


def test_a_refusal_before_a_long_answer_is_cut_off_and_condemns_it() -> None:
    text = f"I'm sorry, but I can't read all of the text in the image. What I can see:\n{LETTER}"
    found = asked(examine, text)

    assert left(examine, text) == LETTER
    assert found is not None
    assert found.condemns


def test_a_vague_refusal_counts_only_where_it_is_all() -> None:
    vague = "I'm sorry, but I can't help with the move."

    assert asked(examine, vague) is not None
    assert asked(examine, f"{vague}\n{LETTER}") is None


def test_a_refusal_in_the_middle_of_a_page_stands_there() -> None:
    assert asked(examine, f"Talk\n{REFUSALS[0]}") is None


@pytest.mark.parametrize("rate", [0, 0.2])
@pytest.mark.parametrize("text", [*REFUSALS[:8], *REFUSALS[20:24], "I'm sorry, but I can't help you on Friday."])
def test_what_the_light_reader_saw_is_no_refusal(text: str, rate: float) -> None:
    assert asked(examine, text, expectation(misread(f"{text}\n{LETTER}", rate))) is None
