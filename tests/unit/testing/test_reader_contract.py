"""The conformance suite lets an honest reader pass and catches each broken promise."""

from __future__ import annotations

import inspect
import itertools
import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from notesyncd.api import (
    BoundingBox,
    Detection,
    PageImage,
    ReaderCapabilities,
    ReaderId,
    Reading,
    ReadLine,
    ReadRegion,
    ReadRequest,
    ReadWord,
    load_pixels,
)
from notesyncd.testing.reader_contract import ReaderContract

COUNTER = itertools.count()


class Honest:
    """Sees one word on every page that is dark anywhere."""

    capabilities = ReaderCapabilities(boxes=True, parallel=2)
    version = "1"

    def identity(self) -> ReaderId:
        return ReaderId(name="honest", version=self.version)

    def read(self, image: PageImage, detection: Detection, request: ReadRequest) -> Reading:
        words = (self.word(image),) if load_pixels(image).min() < 100 else ()
        return Reading(reader=self.identity(), regions=(ReadRegion(lines=(ReadLine(words=words),)),))

    def word(self, image: PageImage) -> ReadWord:
        box = BoundingBox(left=0, top=0, right=image.width, bottom=image.height)
        return ReadWord(text="Beans", score=1.0, box=box)

    def close(self) -> None:
        pass


class Beyond(Honest):
    def word(self, image):
        return ReadWord(text="Beans", box=BoundingBox(left=0, top=0, right=image.width + 1, bottom=1))


class Placeless(Honest):
    def word(self, image):
        return ReadWord(text="Beans")


class Scoreless(Honest):
    def word(self, image):
        return ReadWord(text="Beans", score=float("nan"))


class Unclean(Honest):
    def word(self, image):
        return ReadWord(text="Beans\n", box=BoundingBox(left=0, top=0, right=1, bottom=1))


class Moody(Honest):
    def word(self, image):
        return ReadWord(text=f"Beans{next(COUNTER)}", box=BoundingBox(left=0, top=0, right=1, bottom=1))


class Nameless(Honest):
    def __init__(self):
        self.version = str(next(COUNTER))


class Dreaming(Honest):
    def read(self, image, detection, request):
        return Reading(reader=self.identity(), regions=(ReadRegion(lines=(ReadLine(words=(self.word(image),)),)),))


class Fussy(Honest):
    def read(self, image, detection, request):
        if min(image.width, image.height) < 5 or "x-unheard-of" in request.languages:
            raise ValueError("not with me")
        return super().read(image, detection, request)


class Chatty(Honest):
    def read(self, image, detection, request):
        logging.getLogger("chatty").debug("token 0b5e55ed")
        return super().read(image, detection, request)


class Fragile(Honest):
    closed = False

    def close(self):
        if self.closed:
            raise RuntimeError("closed already")
        self.closed = True


FAULTS: list[tuple[type[Honest], Callable[..., None], dict[str, object]]] = [
    (Beyond, ReaderContract.test_boxes_lie_inside_the_page, {}),
    (Placeless, ReaderContract.test_boxes_lie_inside_the_page, {}),
    (Scoreless, ReaderContract.test_scores_are_numbers_or_none, {}),
    (Unclean, ReaderContract.test_words_are_plain_text, {}),
    (Moody, ReaderContract.test_the_same_page_gives_the_same_reading, {}),
    (Moody, ReaderContract.test_reading_in_parallel_changes_nothing, {}),
    (Nameless, ReaderContract.test_its_identity_is_that_of_every_reader_made_alike, {}),
    (Dreaming, ReaderContract.test_an_empty_page_gives_no_words, {"effects": "clean", "paper": "plain"}),
    (Fussy, ReaderContract.test_a_page_of_any_shape_is_read, {"height": 1, "width": 1}),
    (Fussy, ReaderContract.test_any_language_may_be_asked_for, {}),
    (Chatty, ReaderContract.test_neither_secrets_nor_text_are_shown, {}),
    (Fragile, ReaderContract.test_it_may_be_closed_twice, {}),
]


@pytest.mark.parametrize(("fault", "test", "arguments"), FAULTS, ids=lambda value: getattr(value, "__name__", ""))
def test_a_broken_promise_is_caught_and_a_kept_one_is_not(
    fault: type[Honest], test: Callable[..., None], arguments: dict[str, object], tmp_path: Path, caplog
) -> None:
    def run(kind: type[Honest]) -> None:
        class Contract(ReaderContract):
            secrets = ("0b5e55ed",)

            @classmethod
            def make_reader(cls):
                return kind()

        known = {"reader": kind(), "tmp_path": tmp_path, "caplog": caplog, **arguments}
        wanted = set(inspect.signature(test).parameters) - {"self"}
        test(Contract(), **{name: known[name] for name in wanted})

    run(Honest)
    with pytest.raises((AssertionError, ValueError, RuntimeError)):
        run(fault)


def test_a_reader_that_reads_nothing_right_is_caught(tmp_path: Path) -> None:
    class Contract(ReaderContract):
        @classmethod
        def make_reader(cls):
            return Honest()

    with pytest.raises(AssertionError, match="MARK"):
        Contract().test_it_reads_a_printed_mark(Honest(), tmp_path)
