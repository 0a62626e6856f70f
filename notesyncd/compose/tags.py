"""Tags that were written by hand: ``#work``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

# Letters, digits, "_", "-" and "/", as Obsidian takes them; a number alone ("#12") is none.
_TAG = re.compile(r"(?<![\w/#&＃])[#＃](?!\d+(?![\w/-]))(?P<name>\w[\w/-]*)")


def without_tags(text: str) -> str:
    """Return ``text`` without its tags, for titles."""
    return " ".join(_TAG.sub("", text).split())


def tags_in(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the tags in ``texts`` without their ``#``, each once (whatever its case) in the order of appearance."""
    tags: dict[str, str] = {}
    for text in texts:
        for match in _TAG.finditer(unicodedata.normalize("NFC", text)):
            name = match["name"].rstrip("-/")
            if not name.isdigit():
                tags.setdefault(name.casefold(), name)
    return tuple(tags.values())
