"""The properties at the top of a note: ours are kept in step, every other byte of the user's stays as it is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import StringIO
from typing import Any, cast

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError

from notesyncd.api import Note

ID_KEY = "notesyncd-id"
Value = str | int | date | datetime | list[str]

_BLOCK = re.compile(r"\ufeff?---[ \t]*\r?\n(?P<yaml>(?:.*\n)*?)---[ \t]*\r?(?:\n|\Z)")
_ID_LINE = re.compile(rf"^{ID_KEY}[ \t]*:[ \t]*[\"']?(?P<id>[0-9A-Za-z_-]+)[\"']?[ \t\r]*(?:#.*)?$", re.MULTILINE)
# What ends a tag in Obsidian: blanks, general and supplemental punctuation, ASCII punctuation but "_", "-" and "/".
_NOT_IN_TAG = re.compile(
    r"""[\s\x00-\x1f\x7f-\x9f\u2000-\u206f\u2e00-\u2e7f\ud800-\udfff'!"#$%&()*+,.:;<=>?@^`{|}~\[\]\\]+"""
)
_LONGEST_WARNING = 300  # characters
# YAML counts these as line breaks too; with one of them in it line numbers can't be trusted.
_ODD_BREAK = re.compile("\r(?!\n)|[\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontMatter:
    """Where the YAML stands in a file's text (``text[start:end]``)."""

    yaml: str
    start: int
    end: int

    @property
    def note_id(self) -> str | None:
        """Id of the note whose copy this file is, as its properties say; also if the rest is no YAML."""
        match = _ID_LINE.search(self.yaml)
        return match["id"] if match else None


def find_front_matter(text: str) -> FrontMatter | None:
    """Find the properties of a file."""
    match = _BLOCK.match(text)
    if match is None:
        return None
    return FrontMatter(yaml=match["yaml"], start=match.start("yaml"), end=match.end("yaml"))


def properties(note: Note) -> dict[str, Value]:
    """Return what we say about a note, in types that Obsidian has: text, list, number, date, date & time.

    A property has one type in a whole vault, so all names but the usual three bear our prefix.
    """
    found: dict[str, Value] = {}
    if note.dated is not None:
        found["date"] = note.dated
    if note.captured_at is not None:
        # Obsidian's type "date & time" knows no zone: the wall clock of this machine is meant.
        local = note.captured_at.astimezone() if note.captured_at.tzinfo else note.captured_at
        found["created"] = local.replace(tzinfo=None, microsecond=0)
    if tags := obsidian_tags(note.tags):
        found["tags"] = tags
    if sources := list(dict.fromkeys(one_line(page.source) for page in note.pages)):
        found["notesyncd-source"] = sources
    if note.reader:
        found["notesyncd-reader"] = one_line(note.reader)
    if note.better_reader:
        found["notesyncd-better-reader"] = one_line(note.better_reader)
    if warnings := _warnings(note):
        found["notesyncd-warnings"] = warnings
    found["notesyncd-words"] = note.words
    if note.words_to_check is not None:
        found["notesyncd-words-to-check"] = note.words_to_check
    found[ID_KEY] = note.id
    found["notesyncd-rev"] = note.revision
    return found


def _warnings(note: Note) -> list[str]:
    """Return what was odd about the reading of the pages, each with its page where there are several."""
    said = [
        (f"{page.source} p. {page.number}: " if len(note.pages) > 1 else "", warning)
        for page in note.pages
        for warning in page.warnings
    ]
    lines = (one_line(f"{where}{warning}") for where, warning in said)
    return list(dict.fromkeys(line[:_LONGEST_WARNING] for line in lines))


def obsidian_tags(tags: Sequence[str]) -> list[str]:
    """Return tags with the characters that Obsidian allows: letters, digits, ``_``, ``-``, ``/``, not digits alone."""
    clean = (_NOT_IN_TAG.sub("-", tag.strip().lstrip("#")).strip("-/") for tag in tags)
    named = (f"_{tag}" if not re.search(r"[^\d/-]", tag) else tag for tag in clean if tag)
    return list({tag.casefold(): tag for tag in reversed(list(named))}.values())[::-1]


def one_line(text: str) -> str:
    """Return text without line breaks, control characters and what can't be written as UTF-8."""
    return " ".join(re.sub("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]", " ", text).split())


def write_yaml(values: Mapping[str, Value]) -> str:
    """Return properties as Obsidian itself writes them."""
    return "".join(_entry(key, value) for key, value in values.items())


def update_yaml(yaml: str, note: Note, previous: Note | None) -> str:
    """Bring our properties in ``yaml`` to ``note``.

    A property that the user changed or took away stays so. What isn't ours keeps every byte, comments included.
    Front matter that is no YAML, or of a form in which that can't be made sure, is returned as it is.

    Args:
        yaml: what stands between the two ``---``.
        note: what it is to say.
        previous: the note as it was written there, None if that isn't known: then nothing is added.
    """
    before = _load(yaml)
    if before is None or _ODD_BREAK.search(yaml):
        return yaml
    wanted = properties(note)
    written = properties(previous) if previous is not None else None
    changes = {
        key: wanted.get(key)
        for key in dict.fromkeys([*(written or {}), *wanted])
        if key != "tags" and _is_ours_to_change(key, before, wanted, written)
    }
    if (tags := _merged_tags(before.get("tags"), wanted, written)) is not None:
        changes["tags"] = tags
    lines = _lines_of_keys(before)
    if not changes or lines is None:
        return yaml
    updated = _with_changes(yaml, before, lines, changes)
    return updated if _says(updated, before, changes) else yaml


def _is_ours_to_change(
    key: str, before: CommentedMap, wanted: dict[str, Value], written: dict[str, Value] | None
) -> bool:
    stands = key in before
    value = _plain(before.get(key))
    if stands and value == _plain(wanted.get(key)):
        return False
    if stands and key.startswith("notesyncd-") and isinstance(value, str) and value.isdecimal():
        return True  # our own counters, whatever number stands there
    if written is None:
        return False
    return stands == (key in written) and value == _plain(written.get(key))


def _merged_tags(standing: object, wanted: dict[str, Value], written: dict[str, Value] | None) -> list[str] | None:
    """Return the tags to write, or None if they stay: the user's own ones, and those of ours he didn't take away."""
    if isinstance(standing, str):
        current = [tag for tag in re.split(r"[,\s]+", standing) if tag]
    elif isinstance(standing, list):
        current = [str(tag) for tag in standing]
    elif standing is None:
        current = []
    else:
        return None
    new = cast("list[str]", wanted.get("tags", []))
    old = cast("list[str]", (written or {}).get("tags", []))
    known = {tag.casefold().lstrip("#") for tag in current}
    dropped = {tag.casefold() for tag in old} - {tag.casefold() for tag in new}
    added = [tag for tag in new if tag.casefold() not in known | {tag.casefold() for tag in old}]
    merged = [tag for tag in current if tag.casefold().lstrip("#") not in dropped] + added
    return merged if merged != current else None


def _lines_of_keys(data: CommentedMap) -> dict[str, int] | None:
    """On which line each property begins; None where one of them comes from elsewhere (``<<``)."""
    try:
        return {key: data.lc.key(key)[0] for key in data}
    except (KeyError, AttributeError, TypeError):
        return None


def _with_changes(yaml: str, data: CommentedMap, starts: Mapping[str, int], changes: Mapping[str, Value | None]) -> str:
    """Replace the lines of single keys; the document isn't written anew, so all others keep their bytes."""
    carriage = "\r" if "\r\n" in yaml else ""
    lines = yaml.split("\n")[:-1]  # what stands before the closing "---" ends with a newline
    edits: list[tuple[int, int, list[str]]] = []
    for key, value in changes.items():
        start = end = len(lines)
        new = [] if value is None else _entry(key, value).split("\n")[:-1]
        if key in starts:
            start = starts[key]
            end = min((line for line in starts.values() if line > start), default=len(lines))
            if isinstance(value, list) and (items := _block_items(data[key])):
                edits += _item_edits(lines, items, value, carriage)
                continue
            while end > start + 1 and _is_idle(lines[end - 1]):
                end -= 1
            if new and (comment := _comment(lines[start], data, key)):
                new[0] += f" {comment}"
        edits.append((start, end, [line + carriage for line in new]))
    for start, end, new in sorted(edits, key=lambda edit: edit[:2], reverse=True):
        lines[start:end] = new
    return "".join(f"{line}\n" for line in lines)


def _block_items(value: object) -> list[tuple[str, int]]:
    """Items of a list that is written one a line, each with its line."""
    if not isinstance(value, CommentedSeq) or value.fa.flow_style():
        return []
    return [(str(item), value.lc.item(index)[0]) for index, item in enumerate(value)]


def _item_edits(
    lines: Sequence[str], items: Sequence[tuple[str, int]], wanted: Sequence[str], carriage: str
) -> list[tuple[int, int, list[str]]]:
    """Take out and append single items, so that comments between them stay."""
    standing = [item for item, _ in items]
    last = items[-1][1]
    indent = lines[last].partition("-")[0]
    new = [f"{indent}- {_scalar(item)}{carriage}" for item in wanted if item not in standing]
    edits: list[tuple[int, int, list[str]]] = [(line, line + 1, []) for item, line in items if item not in wanted]
    return [*edits, (last + 1, last + 1, new)]


def _scalar(text: str) -> str:
    return _entry("k", text).removeprefix("k: ").rstrip("\n")


def _is_idle(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


def _comment(line: str, data: CommentedMap, key: str) -> str | None:
    """The comment behind a value, on the line of its key."""
    tokens = data.ca.items.get(key) or []
    texts = (token.value.split("\n")[0].strip() for token in tokens if hasattr(token, "value"))
    return next((text for text in texts if text.startswith("#") and line.rstrip().endswith(text)), None)


def _says(yaml: str, before: CommentedMap, changes: Mapping[str, Value | None]) -> bool:
    """Check that the new YAML says what was there before, the changes, and nothing else."""
    after = _load(yaml)
    if after is None:
        return False
    kept = {key: _plain(value) for key, value in before.items() if key not in changes}
    new = {key: _plain(value) for key, value in changes.items() if value is not None}
    # A list that lost its last item is null, or an empty list.
    return {key: _plain(value) or None for key, value in after.items()} == {
        key: value or None for key, value in (kept | new).items()
    }


def _load(yaml: str) -> CommentedMap | None:
    try:
        data = YAML(typ="rt").load(yaml)
    except (YAMLError, ValueError, TypeError, AttributeError, RecursionError, AssertionError, IndexError, KeyError):
        return None  # ruamel answers to broken YAML with more than its own errors
    if data is None:
        return CommentedMap()
    return data if isinstance(data, CommentedMap) else None


def _plain(value: Any) -> object:
    """What a value says, however it is written."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (list, CommentedSeq)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return None if value is None else str(value)


def _entry(key: str, value: Value) -> str:
    """One property, with a newline at its end."""
    if isinstance(value, datetime):
        return f"{key}: {value:%Y-%m-%dT%H:%M:%S}\n"
    if isinstance(value, date):
        return f"{key}: {value.isoformat()}\n"
    if isinstance(value, int):
        return f"{key}: {value}\n"
    writer = YAML(typ="rt")
    writer.indent(mapping=2, sequence=4, offset=2)
    writer.width = 1 << 20
    writer.allow_unicode = True
    written = StringIO()
    writer.dump({key: value}, written)
    return written.getvalue()
