"""Which of the system's languages a page is read in."""

from __future__ import annotations

import pytest

from notesyncd.read.vision_languages import nearest

SUPPORTED = (
    "en-US",
    "fr-FR",
    "de-DE",
    "pt-BR",
    "zh-Hans",
    "zh-Hant",
    "yue-Hans",
    "yue-Hant",
    "ja-JP",
    "no-NO",
    "nb-NO",
)


@pytest.mark.parametrize(
    ("tag", "chosen"),
    [
        ("en", "en-US"),
        ("en-GB", "en-US"),
        ("EN_us", "en-US"),
        ("pt-PT", "pt-BR"),
        ("ja", "ja-JP"),
        ("zh", "zh-Hans"),
        ("zh-TW", "zh-Hant"),
        ("zh-Hant-HK", "zh-Hant"),
        ("zh-CN", "zh-Hans"),
        ("yue-HK", "yue-Hant"),
        ("nb", "nb-NO"),
    ],
)
def test_the_nearest_language_of_the_system_is_taken(tag: str, chosen: str) -> None:
    assert nearest((tag,), SUPPORTED) == ((chosen,), ())


def test_the_order_of_the_tags_is_kept_and_none_is_taken_twice() -> None:
    assert nearest(("ja", "en-GB", "en-US", "de"), SUPPORTED)[0] == ("ja-JP", "en-US", "de-DE")


def test_a_language_that_the_system_lacks_is_named_in_a_warning() -> None:
    chosen, warnings = nearest(("eo", "de"), SUPPORTED)

    assert chosen == ("de-DE",)
    assert len(warnings) == 1
    assert "'eo'" in warnings[0]


def test_without_tags_nothing_is_chosen() -> None:
    assert nearest((), SUPPORTED) == ((), ())


@pytest.mark.parametrize("tag", ["", "-", "e", "english"])
def test_what_is_no_language_is_only_warned_of(tag: str) -> None:
    assert nearest((tag,), SUPPORTED)[0] == ()
