"""What the glue between model, guards and parsers adds: a second attempt, smaller pictures after a death, the record."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from notesyncd.api import ChildDied, Detection, PageImage, ReaderCapabilities, ReaderId, ReadLine, ReadRequest, ReadWord
from notesyncd.read.generation import Answer, GeneratorFacts, Question, Token
from notesyncd.read.model import ModelCard
from notesyncd.read.model_reader import ModelReader
from notesyncd.read.picture import PixelBudget
from notesyncd.testing.images import page_image
from notesyncd.testing.pages import render_page

NOTE = "water the beans\nsow the radishes\nmend the fence"
REFUSAL = "I'm sorry, but I can't help with transcribing this image."
SEEN = Detection(
    rotation=0,
    ink=0.01,
    lines=tuple(ReadLine(words=tuple(ReadWord(text=word) for word in line.split())) for line in NOTE.splitlines()),
)


@dataclass
class Script:
    """A generator that says, or raises, one thing after the other."""

    acts: list[str | Exception]
    asked: list[Question] = field(default_factory=list)

    def facts(self) -> GeneratorFacts:
        return GeneratorFacts(
            identity=ReaderId(name="script", version="1"), adapter="hand 00ff", packages=(("engine", "2"),)
        )

    def generate(self, question: Question) -> Answer:
        self.asked.append(question)
        act = self.acts[min(len(self.asked), len(self.acts)) - 1]
        if isinstance(act, Exception):
            raise act
        tokens = tuple(Token(data=f"{word} ".encode(), logprob=-0.5, id=7) for word in act.split(" "))
        text = b"".join(token.data for token in tokens).decode()
        return Answer(text=text, tokens=tokens, ended="stop", logprobs="raw")

    def close(self) -> None:
        """Nothing is held."""


def reader(*acts: str | Exception, most: int = 200_000) -> tuple[ModelReader, Script]:
    script = Script([*acts])
    card = ModelCard(name="m", family="qwen3-vl", pixels=PixelBudget(most=most, multiple=32))
    capabilities = ReaderCapabilities(boxes=False, logprobs=True)
    return ModelReader(card=card, generator=script, capabilities=capabilities), script


@pytest.fixture
def page(tmp_path: Path) -> PageImage:
    return page_image(render_page(NOTE, effects="scan", seed=4).pixels, tmp_path)


def text_of(reading: object) -> str:
    lines = [line for region in reading.regions for line in region.lines]  # type: ignore[attr-defined]
    return "\n".join(" ".join(word.text for word in line.words) for line in lines)


def test_the_words_come_with_evidence_and_record(page: PageImage) -> None:
    model, script = reader(NOTE)
    reading = model.read(page, SEEN, ReadRequest(languages=("en",)))
    assert text_of(reading) == NOTE
    assert reading.ordered
    words = [word for region in reading.regions for line in region.lines for word in line.words]
    assert all(word.tokens is not None and word.tokens.least == -0.5 for word in words)
    assert len(script.asked) == 1
    assert reading.picture_digest == script.asked[0].picture.digest
    assert dict(reading.sampling)["temperature"] == "0.0"
    assert (reading.adapter, reading.packages) == ("hand 00ff", (("engine", "2"),))
    assert dict(reading.reader.settings)["prompt"].startswith("verbatim-")
    assert "English" in script.asked[0].prompt


def test_a_condemned_answer_is_asked_for_once_more_and_differently(page: PageImage) -> None:
    model, script = reader(REFUSAL, NOTE)
    reading = model.read(page, SEEN, ReadRequest())
    assert text_of(reading) == NOTE
    assert reading.condemned is None
    assert any(warning.startswith("refusal:") for warning in reading.warnings)
    assert "it was read a second time" in reading.warnings
    assert script.asked[0].prompt != script.asked[1].prompt


def test_what_stays_bad_is_condemned_and_its_raw_answer_kept(page: PageImage) -> None:
    model, script = reader(REFUSAL)
    reading = model.read(page, SEEN, ReadRequest())
    assert reading.condemned == "refusal"
    assert reading.raw is not None
    assert reading.raw.strip() == REFUSAL
    assert len(script.asked) == 2


def test_after_a_death_the_page_is_shown_smaller_until_it_is_read(page: PageImage) -> None:
    model, script = reader(ChildDied("it died"), ChildDied("it died"), NOTE, NOTE)
    for _ in range(2):
        with pytest.raises(ChildDied):
            model.read(page, SEEN, ReadRequest())
    reading = model.read(page, SEEN, ReadRequest())
    areas = [question.picture.width * question.picture.height for question in script.asked]
    assert areas[0] > 1.7 * areas[1] > 1.7 * 1.7 * areas[2]
    assert any("smaller picture" in warning for warning in reading.warnings)
    again = model.read(page, SEEN, ReadRequest())
    assert script.asked[-1].picture.width * script.asked[-1].picture.height == areas[0]
    assert again.warnings == ()
