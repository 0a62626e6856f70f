"""Guard against thinking aloud: what a model says to itself is none of the page's text.

Cut is what stands between the marks that models think in; a thought that was begun and never ended leaves no answer.
Models that think without marks are known by how they begin ("Okay, the user wants …"): what follows a mark of the
final answer ("Final answer:") is kept, otherwise nothing is. A beginning that the light reader saw stands on the page.
"""

from __future__ import annotations

import re

from notesyncd.read.guards.case import Case, Finding
from notesyncd.read.guards.opening import behind, opening
from notesyncd.read.guards.phrases import phrase
from notesyncd.read.guards.seen import is_seen

# How Qwen, GLM and DeepSeek, Magistral, Kimi, and Sky mark a thought.
_NAMES = r"(?:think|thinking|thoughts?|reasoning|reflection)"
_OPENED = re.compile(rf"^[ \t]*(?:<{_NAMES}>|\[THINK\]|◁think▷|<\|begin_of_thought\|>)", re.MULTILINE | re.IGNORECASE)
_CLOSED = re.compile(rf"</{_NAMES}>|\[/THINK\]|◁/think▷|<\|end_of_thought\|>", re.IGNORECASE)
_SOLUTION = re.compile(r"\s*(?:<answer>|<\|begin_of_solution\|>)")
_SOLUTION_ENDED = re.compile(r"(?:</answer>|<\|end_of_solution\|>)\s*\Z")

_FINAL = re.compile(
    r"^[ \t]*[*_#>]*[ \t]*(?:final (?:answer|transcription|output|text|result)|(?:the )?transcription"
    r"|最终(?:答案|结果|输出)|最終(?:回答|出力|結果))[*_]*[ \t]*[:：]",
    re.IGNORECASE | re.MULTILINE,
)


def examine(case: Case) -> Finding | None:
    """Find thoughts in an answer, or in the place of one."""
    return _marked(case.text) or _unmarked(case) or _instead(case)


def _marked(text: str) -> Finding | None:
    begin = max((closed.end() for closed in _CLOSED.finditer(text)), default=0)
    opened = _OPENED.search(text, begin)
    if opened:
        sentence = "the model thought aloud and came to no end"
        return Finding(begin=begin, end=opened.start(), sentence=sentence, condemns=True)
    if not begin:
        return None
    solution, ended = _SOLUTION.match(text, begin), _SOLUTION_ENDED.search(text, begin)
    return Finding(
        begin=solution.end() if solution else begin,
        end=ended.start() if solution and ended else len(text),
        sentence="the model thought aloud; its thoughts were cut off",
    )


def _unmarked(case: Case) -> Finding | None:
    text = case.text
    first = opening(text)
    found = phrase("monologue").match(first.line)
    if found is None or is_seen(first.words(found.end()), case.expected.words):
        return None
    begin = max((behind(text, final.end()) for final in _FINAL.finditer(text)), default=len(text))
    if text[begin:].strip():
        return Finding(begin=begin, end=len(text), sentence="the model thought aloud; its thoughts were cut off")
    sentence = "the model thought aloud instead of answering"
    return Finding(begin=len(text), end=len(text), sentence=sentence, condemns=True)


def _instead(case: Case) -> Finding | None:
    if case.text.strip() or not case.answer.thinking.strip():
        return None
    sentence = "the model only thought and gave no answer; thinking can be turned off at the server"
    return Finding(begin=0, end=len(case.text), sentence=sentence, condemns=True)
