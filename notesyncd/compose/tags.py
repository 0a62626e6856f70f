"""Tags that were written by hand (``#work``), and those that the folders of a page give it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

# Letters, digits, "_", "-" and "/", as Obsidian takes them; a number alone ("#12") is none.
_TAG = re.compile(r"(?<![\w/#&＃])[#＃](?!\d+(?![\w/-]))(?P<name>\w[\w/-]*)")

_NOT_IN_TAG = re.compile(r"[^\w-]+")


def without_tags(text: str) -> str:
    """Return ``text`` without its tags, for titles."""
    return " ".join(_TAG.sub("", text).split())


def tags_in(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the tags in ``texts`` without their ``#``, each once (whatever its case) in the order of appearance."""
    return once_each(
        name
        for text in texts
        for match in _TAG.finditer(unicodedata.normalize("NFC", text))
        if not (name := match["name"].rstrip("-/")).isdigit()
    )


def folder_tags(paths: Iterable[str]) -> tuple[str, ...]:
    """Return the names of the folders in ``paths`` (of files, below a root) as tags, each once.

    What can't stand in a tag becomes "-"; a name of digits alone, which is no tag, is left out.
    """
    names = (name for path in paths for name in unicodedata.normalize("NFC", path).split("/")[:-1])
    tags = (_NOT_IN_TAG.sub("-", name).strip("-") for name in names)
    return once_each(tag for tag in tags if tag and not tag.isdigit())


def once_each(tags: Iterable[str]) -> tuple[str, ...]:
    """Return the tags in their order, each once, whatever its case."""
    first: dict[str, str] = {}
    for tag in tags:
        first.setdefault(tag.casefold(), tag)
    return tuple(first.values())
