"""A three-way merge, block by block, in which nothing that a user wrote is ever lost.

``base`` is what we wrote last, ``standing`` what stands in the file now, ``new`` what we would write:

* a block the user left alone is brought to its new text, also where he moved it;
* a block he changed and we didn't stays his; one he took away stays away; what he wrote between blocks stays there;
* a block both changed stays his, and a callout right below shows ours, until he takes it over or throws it away;
* the state of a task's box and what he appended to its line are carried into our new text, as that is no conflict.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from notesyncd_obsidian.chunks import Chunk, join, natural_gap, quote, spaced, split, unquote

_SUGGESTION = "> [!question] Suggested correction"
_ALIKE = 0.5  # share of equal characters from which a changed block is taken for an edited form of another
_NEARLY_EQUAL = 0.8  # the same for a block that stands somewhere else
_MOST_COMPARED = 10_000  # pairs of texts; beyond that an edited block counts as one taken away and one written
_TASK = re.compile(r"(?P<marker>\s*(?:[-*+]|\d{1,9}[.)])\s+\[)(?P<state>[^\n])(?P<rest>\].*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """Result of a merge: the text, and what of it stands at the end and was written by the user alone."""

    text: str
    users_tail: str


@dataclass(slots=True, kw_only=True)
class _Standing:
    """What a chunk of the file is: with ``block`` (an index into base) our text, or the user's edit of it.

    With ``suggests`` it is a callout of ours; with neither it is the user's.
    """

    text: str
    at: int
    block: int | None = None
    edited: bool = False
    suggests: frozenset[int] = frozenset()


@dataclass(slots=True, kw_only=True)
class _Placed:
    """A chunk of the result; ``at`` is its place in the file as it stands, ``new`` its index in the new text.

    ``disputed``: it is the user's and differs from ours. ``suggestions``: what of the new text is shown below it.
    """

    text: str
    at: int | None = None
    new: int | None = None
    users: bool = False
    disputed: bool = False
    suggestions: list[int] = field(default_factory=list)


def suggestion(texts: Sequence[str]) -> str:
    """Return the callout that shows what we would have written."""
    return f"{_SUGGESTION}\n{quote(join(spaced(texts)))}"


def merge(base: Sequence[Chunk] | None, standing: str, new: Sequence[Chunk]) -> Merged:
    """Merge the text that stands in a region with its new text.

    Args:
        base: what we wrote there; None: unknown, and then all that isn't in ``new`` is kept, and what of ``new`` isn't
            there is only suggested.
        standing: the region's text.
        new: what is to stand there.
    """
    known = base is not None
    if base is None:
        base = new
    chunks = split(standing)
    found = _recognise(base, chunks)
    successors = _successors(base, new)
    suggested = frozenset().union(*(part.suggests for part in found))
    results = [_place(part, base, new, successors, known=known) for part in found]
    settled = {part.block for part, result in zip(found, results, strict=True) if result is None or not result.disputed}
    placed: list[_Placed] = []
    for part, result in zip(found, results, strict=True):
        if part.suggests:
            # A callout stays where it is, with what still is in dispute; for that no second one is made.
            left = [successors[block] for block in sorted(part.suggests - settled) if block in successors]
            placed.append(_Placed(text="", at=part.at, suggestions=left))
        elif result is not None:
            result.suggestions = [] if part.block in suggested else result.suggestions
            placed.append(result)
    if not known:
        here = suggested.union(part.block for part in found if part.block is not None)
        placed.append(
            _Placed(text="", suggestions=[successors[block] for block in range(len(base)) if block not in here])
        )
    continued = set(successors.values())
    for index in range(len(new)):
        if index not in continued:
            _insert(placed, new, index)
    return _written(placed, chunks, new)


def _recognise(base: Sequence[Chunk], chunks: Sequence[Chunk]) -> list[_Standing]:
    """Say of each chunk of the file what it is."""
    where: dict[str, int] = {}
    for index, chunk in enumerate(base):
        where.setdefault(chunk.text, index)
    found = [
        _Standing(text=chunk.text, at=at, suggests=_suggested(chunk.text, where)) for at, chunk in enumerate(chunks)
    ]
    rest = [part for part in found if not part.suggests]
    free = set(range(len(base)))
    matcher = SequenceMatcher(None, [chunk.text for chunk in base], [part.text for part in rest], autojunk=False)
    for match in matcher.get_matching_blocks():
        for offset in range(match.size):
            rest[match.b + offset].block = match.a + offset
            free.discard(match.a + offset)
    for part in rest:  # moved by the user
        if part.block is None:
            part.block = next((index for index in sorted(free) if base[index].text == part.text), None)
            free.discard(-1 if part.block is None else part.block)
    for tag, start, end, first, last in matcher.get_opcodes():
        if tag != "replace":
            continue
        ours = [index for index in range(start, end) if index in free]
        theirs = [part for part in rest[first:last] if part.block is None]
        for index, other in _pairs([base[i].text for i in ours], [part.text for part in theirs], by_place=True):
            theirs[other].block, theirs[other].edited = ours[index], True
            free.discard(ours[index])
    _recognise_moved(base, rest, free)
    return found


def _recognise_moved(base: Sequence[Chunk], rest: Sequence[_Standing], free: set[int]) -> None:
    """Find blocks that the user moved and edited, such as a task that was ticked and put last."""
    users = [part for part in rest if part.block is None]
    if len(users) * len(free) > _MOST_COMPARED:
        return
    for part in users:
        likely = [(_likeness(base[index].text, part.text, _NEARLY_EQUAL), -index) for index in free]
        likeness, index = max(likely, default=(0.0, 0))
        if likeness >= _NEARLY_EQUAL:
            part.block, part.edited = -index, True
            free.discard(-index)


def _likeness(one: str, other: str, least: float) -> float:
    """Share of equal characters, or 0 where it is below ``least`` anyway."""
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    if matcher.real_quick_ratio() < least or matcher.quick_ratio() < least:
        return 0.0
    return matcher.ratio()


def _suggested(text: str, where: Mapping[str, int]) -> frozenset[int]:
    """The blocks a callout suggests; empty if it is none of ours, or not as we wrote it."""
    head, _, body = text.partition("\n")
    content = unquote(body) if head == _SUGGESTION else None
    parts = split(content) if content is not None else []
    if not all(part.text in where for part in parts):
        return frozenset()
    return frozenset(where[part.text] for part in parts)


def _successors(base: Sequence[Chunk], new: Sequence[Chunk]) -> dict[int, int]:
    """Which block of the new text continues which old one: the same text, else the same key, else a similar text."""
    found: dict[int, int] = {}
    matcher = SequenceMatcher(None, [chunk.text for chunk in base], [chunk.text for chunk in new], autojunk=False)
    for match in matcher.get_matching_blocks():
        found |= {match.a + offset: match.b + offset for offset in range(match.size)}
    keys = {chunk.key: index for index, chunk in enumerate(new) if index not in found.values()}
    for index, chunk in enumerate(base):
        if index not in found and chunk.key is not None and chunk.key in keys:
            found[index] = keys.pop(chunk.key)
    old = [index for index in range(len(base)) if index not in found]
    left = [index for index in range(len(new)) if index not in found.values()]
    for one, other in _pairs([base[i].text for i in old], [new[i].text for i in left], by_place=False):
        found[old[one]] = left[other]
    return found


def _pairs(ours: Sequence[str], theirs: Sequence[str], *, by_place: bool) -> list[tuple[int, int]]:
    """Pair texts with those they were changed into, in order."""
    if by_place and len(ours) == len(theirs):
        return [(index, index) for index in range(len(ours))]
    pairs: list[tuple[int, int]] = []
    if len(ours) * len(theirs) > _MOST_COMPARED:
        return pairs
    first = 0
    for index, text in enumerate(ours):
        for other in range(first, len(theirs)):
            if _likeness(text, theirs[other], _ALIKE) >= _ALIKE:
                pairs.append((index, other))
                first = other + 1
                break
    return pairs


def _place(
    part: _Standing, base: Sequence[Chunk], new: Sequence[Chunk], successors: Mapping[int, int], *, known: bool
) -> _Placed | None:
    """Decide what one chunk of the file becomes, callouts left aside; None: it was ours and goes."""
    if part.block is None:
        return _Placed(text=part.text, at=part.at, users=True)
    index = successors.get(part.block)
    if index is None:
        return _Placed(text=part.text, at=part.at, users=True) if part.edited else None
    wanted = new[index].text
    if not part.edited or wanted == part.text:
        return _Placed(text=wanted, at=part.at, new=index)
    before = base[part.block].text
    if (carried := _carry_task(before, part.text, wanted)) is not None:
        return _Placed(text=carried, at=part.at, new=index, users=True)
    news = [] if known and wanted == before else [index]
    return _Placed(text=part.text, at=part.at, new=index, users=True, disputed=True, suggestions=news)


def _carry_task(before: str, standing: str, wanted: str) -> str | None:
    """Carry what the user did to a task into its new text: ticked it, moved it in or out, appended to its line."""
    old, users, ours = _TASK.match(before), _TASK.match(standing), _TASK.match(wanted)
    if not (old and users and ours and users["rest"].startswith(old["rest"])):
        return None
    marker = ours["marker"] if users["marker"] == old["marker"] else users["marker"]
    state = ours["state"] if users["state"] == old["state"] else users["state"]
    return f"{marker}{state}{ours['rest']}{users['rest'][len(old['rest']) :]}"


def _insert(placed: list[_Placed], new: Sequence[Chunk], index: int) -> None:
    """Put a block that is new behind the one it follows, else before the one that follows it, else at the end."""
    places = {part.new: place for place, part in enumerate(placed) if part.new is not None}
    before = max((known for known in places if known < index), default=None)
    after = min((known for known in places if known > index), default=None)
    behind = len(placed) if after is None else places[after]
    placed.insert(behind if before is None else places[before] + 1, _Placed(text=new[index].text, new=index))


def _written(placed: Sequence[_Placed], chunks: Sequence[Chunk], new: Sequence[Chunk]) -> Merged:
    """Write the result: callouts behind the list they would tear apart, the user's blank lines as they were."""
    parts: list[tuple[str, _Placed | None]] = []
    waiting: list[int] = []

    def show() -> None:
        if waiting:
            parts.append((suggestion([new[index].text for index in sorted(set(waiting))]), None))
            waiting.clear()

    for part in placed:
        if part.text and not Chunk(text=part.text).in_list:
            show()
        if part.text:
            parts.append((part.text, part))
        waiting += part.suggestions
        if not Chunk(text=part.text).in_list:
            show()
    show()
    following = [*parts[1:], None]
    laid = [Chunk(text=one[0], blank=_gap(one, other, chunks)) for one, other in zip(parts, following, strict=False)]
    tail = len(parts)
    while tail and (last := parts[tail - 1][1]) is not None and last.users and last.new is None:
        tail -= 1
    return Merged(text=join(laid), users_tail=join(laid[tail:]))


def _gap(one: tuple[str, _Placed | None], following: tuple[str, _Placed | None] | None, chunks: Sequence[Chunk]) -> int:
    """Blank lines between two parts: the user's, where the two stood together, but enough of them."""
    if following is None:
        return 0
    natural = natural_gap(Chunk(text=one[0]), Chunk(text=following[0]))
    first, second = (part.at if part is not None else None for part in (one[1], following[1]))
    if first is None or second is None or second != first + 1:
        return natural
    unchanged = chunks[first].text == one[0] and chunks[second].text == following[0]
    return chunks[first].blank if unchanged or chunks[first].blank else natural
