"""A note's title and place: from its words by default, from the user's templates where there are any."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import PurePath

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from notesyncd.api import Block, ConfigError
from notesyncd.compose.dates import is_date_line
from notesyncd.compose.tags import without_tags
from notesyncd.render.text import clean_lines

LONGEST_TITLE = 80
_LONGEST_PATH = 400

# Titles are plain text that each sink escapes in its own way; only the user's own template is ever evaluated.
_TEMPLATES = SandboxedEnvironment(autoescape=False, undefined=StrictUndefined)


@dataclass(frozen=True, slots=True, kw_only=True)
class TitleFacts:
    """The variables of title and path templates."""

    title: str
    date: date
    source: str
    page_count: int
    tags: tuple[str, ...]


def title_of(blocks: Iterable[Block], *, dated: date, source: str) -> str:
    """Return what heads the first page that says something, else date and file name; at most 80 characters.

    That is the page's first heading, else its first line with at least two letters that is no date; without its tags.
    """
    for _, page_blocks in groupby(blocks, key=lambda block: block.page_id):
        by_rank = sorted(page_blocks, key=lambda block: block.kind != "heading")
        for line in (line for block in by_rank for line in _written_lines(block)):
            words = without_tags(line)
            if len(re.findall(r"[^\W\d_]", words)) >= 2 and not is_date_line(words):
                return shortened(words, LONGEST_TITLE)
    return shortened(f"{dated.isoformat()} {PurePath(source).stem}".strip(), LONGEST_TITLE)


def _written_lines(block: Block) -> list[str]:
    """Return the lines of a block that come from the paper."""
    texts = [block.spans, *(cell for row in block.rows for cell in row)]
    written = ("".join(span.text for span in spans if not span.generated) for spans in texts)
    return [line for text in written for line in clean_lines(text)]


def shortened(text: str, longest: int) -> str:
    """Return ``text`` cut to ``longest`` characters, at a space where one is near, with an ellipsis."""
    if len(text) <= longest:
        return text
    cut = text[: longest - 1]
    words, space, _ = cut.rpartition(" ")
    return f"{(words if space and len(words) > longest / 2 else cut).rstrip()}…"


def render_title(template: str | None, facts: TitleFacts) -> str:
    """Return the title by the user's template; the words' own title where it gives nothing.

    Raises:
        ConfigError: the template can't be used.
    """
    if template is None:
        return facts.title
    lines = clean_lines(_render("note.title", template, facts))
    return shortened(" ".join(lines), 2 * LONGEST_TITLE) or facts.title


def render_path(template: str | None, facts: TitleFacts) -> str:
    """Return the note's place below a sink's root, without suffix; only the template makes folders, never a title.

    Raises:
        ConfigError: the template can't be used.
    """
    safe = TitleFacts(
        title=_segment(facts.title),
        date=facts.date,
        source=_segment(facts.source),
        page_count=facts.page_count,
        tags=tuple(_segment(tag) for tag in facts.tags),
    )
    path = safe.title if template is None else _render("note.path", template, safe)
    segments = (_segment(segment) for segment in path[:_LONGEST_PATH].split("/"))
    return "/".join(segment for segment in segments if segment) or "Note"


def check_template(name: str, template: str) -> None:
    """Try a template with sample values, so that a mistake is found before any page is read.

    Raises:
        ConfigError: naming the template and what is wrong with it.
    """
    sample = TitleFacts(title="Title", date=date(2026, 1, 31), source="scan.jpg", page_count=1, tags=("tag",))
    _render(name, template, sample)


def _segment(text: str) -> str:
    """Return ``text`` as one folder or file name that can't lead anywhere else."""
    return re.sub(r"[/\\]", "-", " ".join(clean_lines(text))).strip(" .")


def _render(name: str, template: str, facts: TitleFacts) -> str:
    variables = {
        "title": facts.title,
        "date": facts.date,
        "source": facts.source,
        "page_count": facts.page_count,
        "tags": facts.tags,
    }
    try:
        return _TEMPLATES.from_string(template).render(variables)
    # A template may call methods of its variables, so that any error can come out of it (a wrong strftime, an index).
    except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError) as error:
        known = ", ".join(variables)
        raise ConfigError(f"the template {name} = {template!r} can't be used: {error} (variables: {known})") from error
