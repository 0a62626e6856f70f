"""Guard against remarks of the model around the text: introductions, offers of help, its own instructions repeated.

They are cut off at the begin and at the end of an answer, line by line, and flagged; between, nothing is cut. What the
light reader saw stands on the page and stays. Remarks condemn no answer; where nothing else is left, ``empty`` does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from notesyncd.read.guards.case import Case, Finding
from notesyncd.read.guards.opening import Opening, behind, opening
from notesyncd.read.guards.phrases import Kind, phrase
from notesyncd.read.guards.seen import is_seen, squeezed

_FIRST: tuple[Kind, ...] = ("agreement", "introduction", "no_text")
_MOST_REMARKS = 12  # at either end: the built-in prompt has that many lines
_LONGEST_PARAGRAPH = 1500  # characters of remarks at the end
_LEAST_ECHO = 20  # letters; a shorter sentence of the prompt may be one of the page

_SENTENCE_END = re.compile(r"(?<=[.!?。])\s+|\n")
_LINE_BEGIN = re.compile(r"\n(?=[^\n]*\S)")
_RULE_AT_END = re.compile(r"\n[ \t]*(?:-{3,}|\*{3,}|_{3,})\s*\Z")


def examine(case: Case) -> Finding | None:
    """Find remarks of the model at the begin and at the end of an answer."""
    text, words = case.text, case.expected.words
    begin = _begin(text, words, case.expected.prompt)
    end = _end(text, begin, words)
    where = [place for place, cut in (("before", begin > 0), ("after", end < len(text))) if cut]
    if not where:
        return None
    sentence = f"the model added remarks of its own {' and '.join(where)} the text; they were cut off"
    return Finding(begin=begin, end=end, sentence=sentence)


def _begin(text: str, words: Sequence[str], prompt: str) -> int:
    echoes = _echoes(prompt)
    begin = 0
    for _ in range(_MOST_REMARKS):
        end = _remark_end(text, begin, prompt, echoes)
        if end is None or is_seen(text[begin:end], words):
            break
        begin = behind(text, end)
    return begin


def _remark_end(text: str, begin: int, prompt: str, echoes: frozenset[str]) -> int | None:
    """Return where the remark ends that a text goes on with; None: it goes on with something else."""
    first = opening(text, begin)
    whole = prompt.strip()
    if whole and text.startswith(whole, first.begin):
        return first.begin + len(whole)
    for kind in _FIRST:
        found = phrase(kind).match(first.line)
        if found:
            return first.begin + found.end()
    if _is_heading(text[begin : first.begin], first) or (first.line and squeezed(first.line) in echoes):
        return first.begin + len(first.line)
    return None


def _is_heading(adornment: str, first: Opening) -> bool:
    return ("#" in adornment or "**" in adornment) and phrase("heading").match(first.line) is not None


def _echoes(prompt: str) -> frozenset[str]:
    """Return the lines and the sentences of a prompt that are too long to be the page's own by chance."""
    pieces = (opening(piece).line for piece in (*prompt.splitlines(), *_SENTENCE_END.split(prompt)))
    return frozenset(letters for letters in map(squeezed, pieces) if len(letters) >= _LEAST_ECHO)


def _end(text: str, begin: int, words: Sequence[str]) -> int:
    end = _translation_begin(text, begin, words)
    for _ in range(_MOST_REMARKS):
        closing = _closing_begin(text[:end], begin, words)
        if closing is None:
            break
        end = closing
    return end


def _closing_begin(text: str, begin: int, words: Sequence[str]) -> int | None:
    """Return where the remark begins that a text ends with: its last paragraph, or its last line."""
    last = len(text.rstrip())
    for parting in ("\n\n", "\n"):
        parted = text.rfind(parting, begin, last)
        start = begin if parted < 0 else parted + len(parting)
        remark = opening(text, start)
        found = phrase("closing").match(remark.line) if last - start <= _LONGEST_PARAGRAPH else None
        if found and not is_seen(remark.words(found.end()), words):
            return _without_rule(text, begin, start)
    return None


def _translation_begin(text: str, begin: int, words: Sequence[str]) -> int:
    """Return where a translation begins that was added under a heading of its own; the end where none was."""
    for line in _LINE_BEGIN.finditer(text, begin):
        found = phrase("translation").match(opening(text, line.end()).line)
        if found and text[begin : line.start()].strip() and not is_seen(found.group(), words):
            return _without_rule(text, begin, line.start())
    return len(text)


def _without_rule(text: str, begin: int, end: int) -> int:
    """Return ``end``, or where the ruled line begins that parts what was before from what was cut."""
    rule = _RULE_AT_END.search(text[:end].rstrip(), max(begin, end - 80))
    return rule.start() if rule else end
