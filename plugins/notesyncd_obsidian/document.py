"""What a file of the vault is to say: pure functions from the text that stands there to the text to write."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from notesyncd.api import Note, RevisionMark
from notesyncd_obsidian.chunks import split
from notesyncd_obsidian.frontmatter import find_front_matter, properties, update_yaml, write_yaml
from notesyncd_obsidian.merge import merge, suggestion
from notesyncd_obsidian.region import Region, find_regions, write_region
from notesyncd_obsidian.rendering import Rendering

Render = Callable[[Note], Rendering]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A text to write; ``touched``: the user had changed what it replaces."""

    text: str
    touched: bool


def decode(content: bytes) -> str:
    """Return a file's text; what is no UTF-8 survives the way back."""
    return content.decode("utf-8", "surrogateescape")


def encode(text: str) -> bytes:
    """Undo ``decode``."""
    return text.encode("utf-8", "surrogateescape")


def new_document(note: Note, rendering: Rendering, *, with_properties: bool) -> str:
    """Return the text of a file that holds this note alone."""
    top = f"---\n{write_yaml(properties(note))}---\n\n" if with_properties else ""
    return f"{top}{_region(note, rendering.text, all_ours=True)}\n"


def append_section(text: str, note: Note, rendering: Rendering) -> str:
    """Return ``text`` with the note's region behind it."""
    newline = _newline(text)
    gap = "" if not text.strip("\ufeff\r\n") else newline * max(0, 2 - _newlines_at_end(text))
    return f"{text}{gap}{_with_newline(_region(note, rendering.text, all_ours=True), newline)}{newline}"


def revise(text: str, note: Note, *, previous: Note | None, ours: Iterable[Note], render: Render) -> Draft:
    """Bring a file that holds the note's copy to its new revision; what the user wrote stays.

    * The first region of the note in the file is ours; others are copies the user made.
    * A region without its end mark reaches to the next one; what the user wrote behind our last block is put outside.
    * Without a region, in a file whose properties bear our id, the user took the text over: it stays as it is, and what
      changed in ours since then is shown once, as a suggestion in a region of its own at the end. Throwing that away
      settles it.

    Args:
        previous: the note as it stood there, if known.
        ours: every revision that may stand there because we sent it.
        render: gives what we write of a revision in this file.
    """
    region = next(iter(find_regions(text, note.id)), None)
    if region is None:
        base = previous
        draft = _beside_taken_over(text, note, base, render)
    else:
        sent = [one for one in (previous, *ours) if one is not None]
        base = next((one for one in sent if one.digest == region.mark.digest), None)
        draft = _in_region(text, region, note=note, base=base, sent=sent, render=render)
    front = find_front_matter(draft.text)
    if front is None or front.note_id != note.id:
        return draft
    yaml = update_yaml(front.yaml, note, base)
    return Draft(text=draft.text[: front.start] + yaml + draft.text[front.end :], touched=draft.touched)


def _in_region(
    text: str, region: Region, *, note: Note, base: Note | None, sent: Iterable[Note], render: Render
) -> Draft:
    rendering = render(note)
    touched = not region.untouched and region.content not in {render(one).text for one in sent}
    content, behind = rendering.text, ""
    if touched:
        merged = merge(render(base).chunks if base is not None else None, region.content, rendering.chunks)
        content = merged.text
        if not region.closed and merged.users_tail:
            content = content.removesuffix(merged.users_tail).rstrip("\n")
            behind = f"\n\n{merged.users_tail}"
    after = text[region.end :]
    if not region.closed:
        behind += "\n\n" if after else "\n"
    written = _region(note, content, all_ours=content == rendering.text) + behind
    return Draft(text=text[: region.start] + _with_newline(written, _newline(text)) + after, touched=touched)


def _beside_taken_over(text: str, note: Note, base: Note | None, render: Render) -> Draft:
    front = find_front_matter(text)
    body = text[front.end :] if front else text
    here = {chunk.text for chunk in split(body.replace("\r\n", "\n"))}
    here |= {chunk.text for chunk in render(base).chunks} if base is not None else set()
    changed = [chunk.text for chunk in render(note).chunks if chunk.text not in here]
    if not changed:
        return Draft(text=text, touched=True)
    newline = _newline(text)
    shown = _with_newline(_region(note, suggestion(changed), all_ours=False), newline)
    return Draft(text=f"{text}{newline * max(0, 2 - _newlines_at_end(text))}{shown}{newline}", touched=True)


def _region(note: Note, content: str, *, all_ours: bool) -> str:
    mark = RevisionMark(revision=note.revision, digest=note.digest)
    return write_region(note.id, mark, content, all_ours=all_ours)


def _newline(text: str) -> str:
    """How lines end in a text."""
    return "\r\n" if 2 * text.count("\r\n") > text.count("\n") else "\n"


def _with_newline(text: str, newline: str) -> str:
    return text if newline == "\n" else text.replace("\n", newline)


def _newlines_at_end(text: str) -> int:
    unified = text.replace("\r\n", "\n")
    return len(unified) - len(unified.rstrip("\n"))
