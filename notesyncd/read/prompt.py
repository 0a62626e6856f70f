"""What a model is asked in words: our own versioned prompt, the model's own words, or the user's file."""

from __future__ import annotations

import hashlib
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from notesyncd.api import ConfigError, ReadRequest
from notesyncd.read.model import ModelCard

VERBATIM = "verbatim-1"
"""A prompt that was ever delivered with stays as it is: other words are a new file with the next number."""
PLAIN = "plain-1"

MOST_TERMS = 50  # more mislead a model more than they help it
MOST_CHARACTERS = 60  # of a term, and of the title of the page before
MOST_BYTES = 16 << 10  # of a user's own prompt

_PLACEHOLDER = re.compile(r"\{(languages|terms|previous_title)\}")
_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_VERTICAL = frozenset({"Japanese", "Traditional Chinese"})
_VERTICALLY = "; it may be written vertically, in columns from right to left"
# What can end a quotation or begin a token that steers a model: <|im_start|>, <s>, [INST], a fence.
_MARKS = re.compile(r"[<>\[\]{}|`\"\\“”„‟«»＜＞｜「」『』]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """Words to ask a model with.

    Attributes:
        version: where they come from: the name of a built-in prompt, ``fixed``, or ``own-`` with a digest of the file.
    """

    text: str
    version: str

    @property
    def digest(self) -> str:
        """sha256 of the very words."""
        return _sha256(self.text)


def prompt_for(card: ModelCard, request: ReadRequest, *, own: Path | None) -> Prompt:
    """Return what to ask a model about a page.

    Args:
        own: the user's prompt file, which goes before all others; UTF-8, at most 16 KiB. In it ``{languages}``,
            ``{terms}`` and ``{previous_title}`` stand for what is known; a line is left out where one of those on it
            stands for nothing.

    Raises:
        ConfigError: if ``own`` can't be read or is no such text; names the file.
    """
    if own is not None:
        template = _own_text(own)
        return Prompt(text=_filled(template, request), version=f"own-{_sha256(template)[:12]}")
    if card.asked == "fixed":
        return Prompt(text=card.prompt, version="fixed")
    return Prompt(text=_filled(_built_in(VERBATIM), request), version=VERBATIM)


def plain_prompt() -> Prompt:
    """Return the shorter words for a second attempt, after a refusal or an empty answer."""
    return Prompt(text=_built_in(PLAIN), version=PLAIN)


def one_line(text: str) -> str:
    """Return ``text`` as words that can't be taken for anything else in a prompt: one line, cut at 60 characters.

    Line breaks become spaces; control and invisible characters, quotation marks, brackets and what chat templates
    mark their own tokens with are taken out. Text of a page is among what goes through here.
    """
    spaced = "".join(" " if character.isspace() else character for character in _MARKS.sub(" ", text))
    visible = "".join(character for character in spaced if not unicodedata.category(character).startswith("C"))
    return " ".join(visible.split())[:MOST_CHARACTERS].strip()


def language_names(tags: Iterable[str]) -> tuple[str, ...]:
    """Return the English names for BCP 47 tags, each once; the tag itself where none is known.

    What is no tag is left out: it would be a way to write anything into a prompt.
    """
    names = (_language_name(tag) for tag in tags if _TAG.fullmatch(tag))
    return tuple(dict.fromkeys(names))


def _filled(template: str, request: ReadRequest) -> str:
    values = {
        "languages": _languages(language_names(request.languages)),
        "terms": ", ".join(_quoted(request.terms)[:MOST_TERMS]),
        "previous_title": "".join(_quoted([request.previous_title or ""])),
    }
    lines = (line for line in template.splitlines() if all(values[name] for name in _PLACEHOLDER.findall(line)))
    return "\n".join(_PLACEHOLDER.sub(lambda found: values[found[1]], line) for line in lines)


def _languages(names: Sequence[str]) -> str:
    if not names:
        return ""
    *before, last = names
    listed = f"{', '.join(before)} or {last}" if before else last
    return listed + (_VERTICALLY if _VERTICAL.intersection(names) else "")


def _quoted(texts: Iterable[str]) -> list[str]:
    cleaned = dict.fromkeys(map(one_line, texts))
    return [f'"{text}"' for text in cleaned if text]


def _language_name(tag: str) -> str:
    names, parts = _known_languages(), tag.lower().split("-")
    for length in range(len(parts), 0, -1):
        name = names.get("-".join(parts[:length]))
        if name is not None:
            return name
    return tag


def _own_text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"the prompt file {path} can't be read: {error.strerror}; mend read.prompt") from error
    if len(data) > MOST_BYTES:
        raise ConfigError(f"the prompt file {path} is larger than {MOST_BYTES >> 10} KiB; shorten it")
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n").strip()
    except UnicodeDecodeError as error:
        raise ConfigError(f"the prompt file {path} is not UTF-8; save it as that") from error
    if not text:
        raise ConfigError(f"the prompt file {path} is empty; write a prompt into it, or take read.prompt out")
    if any(unicodedata.category(character) == "Cc" for character in text if character not in "\n\t"):
        raise ConfigError(f"the prompt file {path} holds control characters; take them out")
    if all(_PLACEHOLDER.search(line) or not line.strip() for line in text.splitlines()):
        raise ConfigError(f"the prompt file {path} says nothing without its placeholders; add a line that has none")
    return text


@cache
def _built_in(name: str) -> str:
    return (files("notesyncd.read") / "prompts" / f"{name}.txt").read_text(encoding="utf-8").strip()


@cache
def _known_languages() -> Mapping[str, str]:
    text = (files("notesyncd.read") / "prompts" / "languages.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
