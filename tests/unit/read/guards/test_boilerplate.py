"""The guard against remarks of the model around the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notesyncd.read.guards.boilerplate import examine
from tests.unit.read.guards.asked import asked, expectation, left
from tests.unit.read.guards.pages import LETTER, NOTES, misread

BEFORE = [
    "Here is the transcription:",
    "Here's the transcription of the handwritten text:",
    "Here is the transcribed text from the image:",
    "Sure, here is the transcription of the image:",
    "Sure! Here's the text:",
    "Certainly! Below is the extracted text:",
    "Sure!",
    "Of course.",
    "Sure thing!\n\nHere is the text:",
    "The following is a verbatim transcription of the page.",
    "I have transcribed the handwritten note below:",
    "The image shows a handwritten shopping list that reads:",
    "This image contains handwritten text on lined paper.",
    "The handwritten note says:",
    "The text in the image reads:",
    "**Transcription:**",
    "**Transcription**",
    "### Transcription",
    "Transcription of the handwritten page:",
    "Extracted text:\n\n---",
    "Here is the transcription:\n\n---",
    "Hier ist die Transkription des handschriftlichen Textes:",
    "Gerne! Hier ist der Text aus dem Bild:",
    "Das Bild zeigt eine handgeschriebene Einkaufsliste.",
    "Transkription:",
    "Klar!",
    "Voici la transcription du texte manuscrit :",
    "Bien sûr ! Voici le texte :",
    "L'image montre une liste de courses manuscrite.",
    "Aquí está la transcripción del texto:",
    "¡Claro! Aquí tienes el texto de la imagen:",
    "La imagen muestra una lista de la compra.",
    "以下は画像の文字起こしです：",
    "はい、以下が画像のテキストです。",
    "承知しました。",
    "この画像には手書きの文字が書かれています。",
    "文字起こし：",
    "以下是图片中的文字内容：",
    "好的，以下是识别的文字：",
    "图片中的文字如下：",
]

AFTER = [
    "Let me know if you need any further assistance!",
    "Let me know if you'd like help with anything else.",
    "Please let me know if you want me to translate it.",
    "Feel free to ask if you have any questions.",
    "I hope this helps!",
    "Would you like me to summarise the page?",
    "If you need a translation, just ask.",
    "Note: some words are illegible.",
    "(Note: The handwriting is difficult to read in places.)",
    "*Note: Some words are unclear due to the handwriting.*",
    "Please note that the handwriting is hard to read.",
    "Some words may be inaccurate.",
    "The rest of the page is cut off.",
    "I have preserved the line breaks.",
    "End of transcription.",
    "---\n\nLet me know if anything else is needed.",
    "Note: some parts are illegible:\n- the third word of line two\n- the date",
    "Lassen Sie mich wissen, wenn Sie weitere Hilfe benötigen.",
    "Hinweis: Einige Wörter sind unleserlich.",
    "Ich hoffe, das hilft!",
    "N'hésitez pas si vous avez besoin d'aide.",
    "Remarque : certains mots sont illisibles.",
    "No dudes en preguntar si necesitas algo más.",
    "Nota: algunas palabras son ilegibles.",
    "※一部判読できない文字があります。",
    "他にご質問がありましたらお知らせください。",
    "注：部分文字无法辨认。",
    "希望对您有帮助！",
]

PEOPLE_BEGIN = [
    "Sure, see you on Monday",
    "Here is the list for Anna:\nMilk",
    "Here are the keys",
    "This is the life!",
    "The picture hangs in the hall now.",
    "The image of her never left me",
    "Of course not",
    "Notes on transcription of DNA",
    "Transcript\nInterview with Ruth",
    "Text Anna about Friday",
    "Hier ist es kalt.",
    "Gerne würde ich kommen",
    "Das Bild hängt schief.",
    "Voici les clés",
    "Aquí hace frío",
    "こちらは雨です。",
    "以下の通り買うこと",
    "好的天气",
]

PEOPLE_END = [
    "Let me know when you arrive",
    "Note: the meeting is on Friday",
    "Note: bring the blue folder",
    "Some of the apples are bad",
    "Hope this finds you well",
    "If you need the car, take it.",
    "Hinweis: Müll am Donnerstag",
    "Einige Äpfel sind faul",
    "Note : rendre les livres",
    "Nota: comprar pan",
    "※明日まで",
    "注：明天开会",
    "With love, Anna",
]


@pytest.mark.parametrize("remark", BEFORE)
@pytest.mark.parametrize("page", ["Milk\nEggs", LETTER], ids=["list", "letter"])
def test_a_remark_before_the_text_is_cut_off_and_told(remark: str, page: str) -> None:
    found = asked(examine, f"{remark}\n\n{page}", expectation(page))

    assert left(examine, f"{remark}\n\n{page}", expectation(page)) == page
    assert found is not None
    assert not found.condemns
    assert "before the text" in found.sentence


@pytest.mark.parametrize("remark", AFTER)
@pytest.mark.parametrize("page", ["Milk\nEggs", LETTER], ids=["list", "letter"])
def test_a_remark_after_the_text_is_cut_off_and_told(remark: str, page: str) -> None:
    found = asked(examine, f"{page}\n\n{remark}", expectation(page))

    assert left(examine, f"{page}\n\n{remark}", expectation(page)) == page
    assert found is not None
    assert not found.condemns
    assert "after the text" in found.sentence


def test_remarks_at_both_ends_are_cut_off() -> None:
    text = f"Sure!\n\nHere is the transcription:\n\n---\n\n{LETTER}\n\n---\n\nNote: some words are illegible.\n\nI hope this helps!"

    assert left(examine, text, expectation(LETTER)) == LETTER
    found = asked(examine, text)
    assert found is not None
    assert "before and after the text" in found.sentence


def test_text_on_the_line_of_the_remark_stays() -> None:
    assert left(examine, "Here is the transcription: Milk and eggs") == "Milk and eggs"
    assert left(examine, "The note reads.\nMilk") == "The note reads.\nMilk"
    assert left(examine, "Transcription: **Milk**") == "**Milk**"


@pytest.mark.parametrize("line", PEOPLE_BEGIN)
def test_people_begin_pages_like_this(line: str) -> None:
    assert left(examine, line) == line


@pytest.mark.parametrize("line", PEOPLE_END)
def test_people_end_pages_like_this(line: str) -> None:
    assert left(examine, f"Milk\n{line}") == f"Milk\n{line}"


@pytest.mark.parametrize("rate", [0, 0.2])
@pytest.mark.parametrize("line", [*BEFORE[:6], *BEFORE[8:15], BEFORE[21], BEFORE[26], BEFORE[29]])
def test_a_first_line_that_the_light_reader_saw_stays(line: str, rate: float) -> None:
    page = f"{line}\n{LETTER}"

    assert left(examine, page, expectation(misread(page, rate))) == page


@pytest.mark.parametrize("line", [*AFTER[:9], *AFTER[17:22]])
def test_a_last_line_that_the_light_reader_saw_stays(line: str) -> None:
    page = f"{LETTER}\n{line}"

    assert left(examine, page, expectation(misread(page, 0.15))) == page


@pytest.mark.parametrize("name", NOTES)
def test_a_page_has_no_remarks(name: str) -> None:
    assert asked(examine, NOTES[name][1]) is None


@pytest.mark.parametrize(
    "text",
    [
        "There is no text in this image.",
        "No readable text found.",
        "The image is completely blank.",
        "The page appears to be empty.",
        "The image does not contain any visible text.",
        "[blank page]",
        "I can't see any text.",
        "Es ist kein Text erkennbar.",
        "Die Seite ist leer.",
        "Aucun texte visible sur l'image.",
        "No hay texto en la imagen.",
        "画像にテキストはありません。",
        "图片中没有文字。",
    ],
)
def test_that_there_is_no_text_is_a_remark(text: str) -> None:
    assert left(examine, text) == ""


@pytest.mark.parametrize(
    "text", ["No text from Anna yet", "There is no text book for it", "Kein Text für Oma", "No words"]
)
def test_people_have_no_text_either(text: str) -> None:
    assert left(examine, text, expectation(text)) == text


@pytest.mark.parametrize(
    "heading", ["Translation:", "**English translation:**", "Übersetzung:", "### Traduction", "訳文：", "翻译："]
)
def test_a_translation_under_a_heading_is_cut_off(heading: str) -> None:
    text = f"Liebe Martha,\nwir sind da.\n\n---\n\n{heading}\n\nDear Martha,\nwe are here."

    assert left(examine, text) == "Liebe Martha,\nwir sind da."
    assert left(examine, text, expectation(text)) == text


def test_a_page_that_begins_with_a_heading_for_a_translation_stays() -> None:
    text = "Translation\nhouse: Haus"

    assert left(examine, text) == text


# ------------------------------------------------------------------------------------------------- the prompt repeated

PROMPT = """Transcribe this page word for word, exactly as it is written.
- Keep the line breaks of the page, in reading order.
- The page is written in English. Do not translate.
- The page before has the heading "Shopping for the weekend"; do not repeat it.
Output the transcription only."""


@pytest.mark.parametrize(
    "repeated",
    [
        PROMPT,
        PROMPT.splitlines()[0],
        PROMPT.splitlines()[1],
        "The page is written in English.",
        "The page is written in English. Do not translate.",
        "\n".join(PROMPT.splitlines()[:3]),
        "**Transcribe this page word for word, exactly as it is written.**",
    ],
)
def test_a_prompt_that_is_repeated_is_cut_off(repeated: str) -> None:
    known = expectation(LETTER, prompt=PROMPT)

    assert left(examine, f"{repeated}\n\n{LETTER}", known) == LETTER
    assert left(examine, repeated, known) == ""


@pytest.mark.parametrize(
    "line", ["Shopping for the weekend", "Do not translate.", "The page is torn.", "Keep the line"]
)
def test_words_of_the_prompt_may_stand_on_the_page(line: str) -> None:
    assert left(examine, f"{line}\nMilk", expectation(prompt=PROMPT)) == f"{line}\nMilk"


def test_a_short_prompt_is_cut_off_as_a_whole() -> None:
    assert left(examine, "OCR:\nMilk", expectation("Milk", prompt="OCR:")) == "Milk"
    assert left(examine, "OCR:\nMilk", expectation("OCR: Milk", prompt="OCR:")) == "OCR:\nMilk"
    assert left(examine, "OCR:\nMilk", expectation("Milk", prompt="")) == "OCR:\nMilk"


@given(
    st.text(max_size=200),
    st.sampled_from([*BEFORE, *AFTER, ""]),
    st.sampled_from([*BEFORE, *AFTER, ""]),
    st.text(max_size=40),
)
def test_any_answer_can_be_looked_at(text: str, before: str, after: str, prompt: str) -> None:
    whole = f"{before}\n{text}\n{after}"
    found = asked(examine, whole, expectation(prompt=prompt))

    assert found is None or 0 <= found.begin <= found.end <= len(whole)
