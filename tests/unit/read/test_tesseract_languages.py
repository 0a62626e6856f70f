"""BCP 47 tags and tesseract's names."""

from __future__ import annotations

import pytest

from notesyncd.read.tesseract_languages import traineddata

INSTALLED = ("chi_tra", "deu", "eng", "fra", "jpn")


@pytest.mark.parametrize(
    ("tags", "names"),
    [
        ((), ("eng",)),
        (("fr",), ("fra",)),
        (("de-AT", "en-GB"), ("deu", "eng")),
        (("zh-Hant-TW",), ("chi_tra",)),
        (("zh_TW",), ("chi_tra",)),
        (("jpn",), ("jpn",)),
        (("en", "en-US"), ("eng",)),
    ],
)
def test_tags_become_installed_names(tags: tuple[str, ...], names: tuple[str, ...]) -> None:
    assert traineddata(tags, INSTALLED) == (names, ())


def test_what_is_not_installed_is_warned_of_with_its_package() -> None:
    names, warnings = traineddata(("zh-CN", "de"), INSTALLED)

    assert names == ("deu",)
    assert len(warnings) == 1
    assert "apt install tesseract-ocr-chi-sim" in warnings[0]


def test_without_english_whatever_there_is_is_used() -> None:
    assert traineddata((), ("fra", "jpn"))[0] == ("fra",)


def test_nothing_but_an_installed_name_reaches_the_command_line() -> None:
    names, _ = traineddata(("--psm", "../../etc", ""), INSTALLED)

    assert names == ("eng",)
