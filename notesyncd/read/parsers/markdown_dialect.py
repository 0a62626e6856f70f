"""The Markdown that models write, as rules for markdown-it-py that note where all of it stands.

markdown-it-py finds blocks, and tells emphasis from a star on the page. Its own inline rules forget where text stood,
so each rule here notes the place in the tokens' ``meta``, and text is never gathered beyond one rule. Left out are
rules that would swallow what is written on a page: link definitions, indented code, and underlined headings.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from markdown_it import MarkdownIt, rules_block, rules_inline
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline, emphasis, strikethrough
from markdown_it.token import Token

from notesyncd.api import is_cjk
from notesyncd.read.parsers.formulas import formula_at
from notesyncd.read.parsers.html_tags import no_text_at, tag_at
from notesyncd.read.parsers.traced import Traced

DEEPEST = 40
"""Levels of lists and quotes in one another; markdown-it-py leaves out what is nested deeper."""

_Rule = Callable[[StateInline, bool], bool]

_ORDINARY = re.compile(r"[^\n\\`*_~\[\]!<&$]+")
# Brackets and parentheses nest no deeper in what models write; so each attempt ends soon.
_LABEL = r"\[(?P<label>(?:[^\[\]\\]|\\.|\[[^\[\]]*\])*+)\]"
_TARGET = r"\((?:[^()\n]|\([^()\n]*\))*+\)"
_IMAGE = re.compile("!" + _LABEL + _TARGET, re.DOTALL)
_LINK = re.compile(_LABEL + _TARGET, re.DOTALL)
_AUTOLINK = re.compile(r"<(?P<link>(?:[A-Za-z][A-Za-z0-9+.-]{1,31}:|[\w.+-]{1,64}@)[^\s<>]{1,2000})>")


def dialect() -> MarkdownIt:
    """Return a parser, a new one each time: one that threads share may be caught half made."""
    markdown = MarkdownIt("commonmark", {"maxNesting": DEEPEST})
    markdown.enable(["table", "strikethrough"])
    markdown.disable(["code", "lheading", "reference"])
    markdown.core.ruler.enableOnly(["block"])
    may_end = {"alt": ["paragraph", "blockquote", "list"]}
    markdown.block.ruler.before("fence", "formula_block", _formula_block, may_end)  # type: ignore[arg-type]
    markdown.block.ruler.at("fence", _fence, may_end)  # type: ignore[arg-type]
    inline = markdown.inline
    replaced: dict[str, _Rule] = {
        "text": _text,
        "newline": _newline,
        "escape": _noted(rules_inline.escape),
        "backticks": _backticks,
        "strikethrough": _noted(strikethrough.tokenize),
        "emphasis": _noted(emphasis.tokenize),
        "link": _link,
        "image": _image,
        "autolink": _autolink,
        "html_inline": _html,
        "entity": _noted(rules_inline.entity),
    }
    for name, rule in replaced.items():
        inline.ruler.at(name, rule)
    inline.ruler.before("escape", "formula", _formula)
    inline.ruler.push("anything", _anything)
    inline.ruler2.disable("fragments_join")
    return markdown


def inline_tokens(markdown: MarkdownIt, source: Traced) -> list[Token]:
    """Return the tokens of a block's text; ``meta`` has the ``begin`` and ``end`` of what each says in ``source``."""
    state = _State(source.text, markdown, {"source": source, "link_ends": {}}, [])
    markdown.inline.tokenize(state)
    for rule in markdown.inline.ruler2.getRules(""):
        rule(state)
    return state.tokens


class _State(StateInline):
    def scanDelims(self, start: int, canSplitWord: bool):  # type: ignore[no-untyped-def]  # noqa: ANN202, N802, N803
        """Let stars open and close beside Chinese and Japanese, which write no spaces, whatever mark stands there."""
        scanned = super().scanDelims(start, canSplitWord)
        if not canSplitWord:
            return scanned
        stop = start + scanned.length
        before = self.src[start - 1] if start else " "
        after = self.src[stop] if stop < self.posMax else " "
        return scanned._replace(
            can_open=scanned.can_open or (is_cjk(before) and not after.isspace()),
            can_close=scanned.can_close or (is_cjk(after) and not before.isspace()),
        )


def _push(state: StateInline, kind: str, begin: int, end: int, stop: int, content: str = "") -> bool:
    token = state.push(kind, "", 0)
    token.content = content
    token.meta = {"begin": begin, "end": end}
    state.pos = stop
    return True


def _noted(rule: _Rule) -> _Rule:
    def noted(state: StateInline, silent: bool) -> bool:
        begin, first = state.pos, len(state.tokens)
        if not rule(state, silent):
            return False
        for token in state.tokens[first:]:
            # A run of stars becomes a token for each.
            end = begin + len(token.content) if token.type == "text" else state.pos
            token.meta = {"begin": begin, "end": end}
            begin = end
        return True

    return noted


def _text(state: StateInline, silent: bool) -> bool:  # noqa: ARG001 - the rules' signature; here and below
    match = _ORDINARY.match(state.src, state.pos)
    return match is not None and _push(state, "text", *match.span(), match.end(), match[0])


def _anything(state: StateInline, silent: bool) -> bool:  # noqa: ARG001
    return _push(state, "text", state.pos, state.pos + 1, state.pos + 1, state.src[state.pos])


def _newline(state: StateInline, silent: bool) -> bool:  # noqa: ARG001
    at = state.pos
    return state.src[at] == "\n" and _push(state, "softbreak", at, at + 1, at + 1)


def _backticks(state: StateInline, silent: bool) -> bool:
    begin = state.pos
    if not rules_inline.backtick(state, silent):
        return False
    if state.pending:
        state.pushPending().meta = {"begin": begin, "end": state.pos}
        return True
    token = state.tokens[-1]
    token.meta = {"begin": begin + len(token.markup), "end": state.pos - len(token.markup)}
    return True


def _formula(state: StateInline, silent: bool) -> bool:  # noqa: ARG001
    formula = formula_at(state.src, state.pos)
    if formula is None:
        return False
    _push(state, "formula", formula.begin, formula.end, formula.stop)
    state.tokens[-1].meta["is_display"] = formula.is_display
    return True


def _image(state: StateInline, silent: bool) -> bool:  # noqa: ARG001
    match = _IMAGE.match(state.src, state.pos)
    return match is not None and _push(state, "image", *match.span(), match.end())


def _link(state: StateInline, silent: bool) -> bool:  # noqa: ARG001
    """Leave out what makes a link of its text, at either end of it."""
    ends: dict[int, int] = state.env["link_ends"]
    if state.src[state.pos] == "]" and state.pos in ends:
        state.pos = ends[state.pos]
        return True
    match = _LINK.match(state.src, state.pos)
    if match is None:
        return False
    ends[match.end("label")] = match.end()
    state.pos += 1
    return True


def _autolink(state: StateInline, silent: bool) -> bool:  # noqa: ARG001
    match = _AUTOLINK.match(state.src, state.pos)
    return match is not None and _push(state, "text", *match.span("link"), match.end(), match["link"])


def _html(state: StateInline, silent: bool) -> bool:  # noqa: ARG001
    if state.src[state.pos] != "<":
        return False
    tag = tag_at(state.env["source"], state.pos)
    if tag is not None:
        begin, end = state.pos, state.pos + len(tag.source.text)
        _push(state, "html_inline", begin, end, end)
        state.tokens[-1].meta["tag"] = tag
        return True
    end_of_comment = no_text_at(state.src, state.pos)
    if end_of_comment is None:
        return False
    state.pos = end_of_comment
    return True


def _fence(state: StateBlock, line: int, end_line: int, silent: bool) -> bool:
    """Let only backticks fence; a line of waves was drawn on the page."""
    begin = state.bMarks[line] + state.tShift[line]
    return not state.src.startswith("~", begin) and rules_block.fence(state, line, end_line, silent)


def _formula_block(state: StateBlock, line: int, end_line: int, silent: bool) -> bool:
    """Find a formula that has lines of its own: the delimiters may stand lines apart."""
    begin, limit = state.bMarks[line] + state.tShift[line], state.eMarks[end_line - 1]
    if not state.src.startswith(("$$", "\\["), begin):
        return False
    formula = formula_at(state.src, begin)
    if formula is None or formula.stop > limit:
        return False
    last = line
    while state.eMarks[last] < formula.stop:
        last += 1
    if state.src[formula.stop : state.eMarks[last]].strip(" \t.,;"):
        return False
    if not silent:
        state.line = last + 1
        token = state.push("formula_block", "", 0)
        token.map = [line, state.line]
        token.meta = {"begin": formula.begin, "end": formula.end}
    return True
