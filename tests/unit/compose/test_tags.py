"""Tags written by hand."""

from __future__ import annotations

from notesyncd.compose.tags import tags_in


def test_tags_are_found_once_in_order() -> None:
    texts = ["Plan #work, #Print/cover. #work-", "(#home_2) ＃会議。 #Work"]
    assert tags_in(texts) == ("work", "Print/cover", "home_2", "会議")


def test_what_is_no_tag() -> None:
    assert tags_in(["C# and F#", "#12", "# heading", "a#b", "##x", "https://a.b/#frag", "&#35;"]) == ()
