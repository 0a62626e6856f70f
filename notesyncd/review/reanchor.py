"""Puts a person's corrections on a page that was read again: what they wrote wins over what the reader sees now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from notesyncd.api import BoundingBox, Change, Correction, Transcript, Word
from notesyncd.review.edits import flag_words, insert_at_beginning, insert_texts, put, reword
from notesyncd.review.page_words import Run, splice
from notesyncd.review.places import Places
from notesyncd.review.wording import ACCEPTED, CORRECTED, ILLEGIBLE, corrected, shared_box, with_verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Reanchored:
    """A new reading with the standing corrections on it.

    Attributes:
        transcript: the new reading, corrected; its version is unchanged, its warnings tell what found no place.
        anchored: the changes as they stand on the new words.
        conflicts: corrections that found no place; a person has to look.
    """

    transcript: Transcript
    anchored: tuple[Change, ...]
    conflicts: tuple[Correction, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Done:
    """A change put again; ``words`` are the person's words as they stand now, one for each in the earlier reading."""

    transcript: Transcript
    change: Change
    words: Sequence[Word] = ()


def reanchor(fresh: Transcript, changes: Sequence[Change]) -> Reanchored:
    """Put standing changes, in the order they were made, on a new reading of their page.

    Each is found again where its ink is (boxes), or else by its text if that stands on the page only once. Undone
    changes must not be among them.
    """
    transcript = fresh
    anchored: list[Change] = []
    conflicts: list[Correction] = []
    successors: dict[str, str] = {}
    for change in changes:
        done = _put_again(Places(transcript=transcript, successors=successors), change)
        if done is None:
            conflicts.append(change.correction)
            continue
        transcript = done.transcript
        anchored.append(done.change)
        successors |= {old.id: new.id for old, new in zip(_own_words(change), done.words, strict=False)}
    warnings = tuple(
        f"a correction ({correction.kind}, {correction.at:%Y-%m-%d %H:%M}) found no place when the page was read again"
        for correction in conflicts
    )
    return Reanchored(
        transcript=replace(transcript, warnings=(*transcript.warnings, *warnings)),
        anchored=tuple(anchored),
        conflicts=tuple(conflicts),
    )


def _put_again(places: Places, change: Change) -> _Done | None:
    match change.correction.kind:
        case "replace":
            texts = [word.text for word in change.added]
            run = places.of(change.removed) or places.reading(texts)
            return _made_to_read(places.transcript, change.correction, run, texts) if run is not None else None
        case "insert":
            return _insert(places, change)
        case "delete":
            return _delete(places, change)
        case "accept":
            return _flag(places, change, ACCEPTED)
        case "illegible":
            return _flag(places, change, ILLEGIBLE)
        case "undo":
            return None


def _own_words(change: Change) -> Sequence[Word]:
    """Return the words a change put on the page, without the one that an insertion stands beside."""
    if change.correction.kind != "insert":
        return change.added
    return [word for word in change.added if word not in change.removed]


def _made_to_read(transcript: Transcript, correction: Correction, run: Run, texts: Sequence[str]) -> _Done:
    """Make a run read ``texts``; where it does already, say that a person wrote them."""
    if [word.text for word in run.words] == list(texts):
        words = tuple(with_verdict(word, CORRECTED) for word in run.words)
        transcript, change = put(transcript, correction, run, words)
    else:
        transcript, change = reword(transcript, correction, run, texts)
    return _Done(transcript=transcript, change=change, words=change.added)


def _insert(places: Places, change: Change) -> _Done | None:
    correction = change.correction
    new = _own_words(change)
    beside = [word for word in change.added if word in change.removed]
    texts = [word.text for word in new]
    is_before = change.added[-1] in beside
    place = places.reading([word.text for word in beside]) or places.of(beside) if beside else None
    run = _already_read(places, place, texts, correction.box or shared_box(new), is_before=is_before)
    if run is not None:
        return _made_to_read(places.transcript, correction, run, texts)
    if place is None and beside:
        return None
    if place is None:
        transcript, again = insert_at_beginning(places.transcript, correction, texts)
    else:
        transcript, again = insert_texts(places.transcript, correction, place, texts, is_before=is_before)
    return _Done(transcript=transcript, change=again, words=_own_words(again))


def _already_read(
    places: Places, place: Run | None, texts: Sequence[str], box: BoundingBox | None, *, is_before: bool
) -> Run | None:
    """Return the words that the reader itself sees now where a person had inserted some."""
    run = places.in_box(box, texts) if box is not None else None
    if run is not None or place is None:
        return run or places.reading(texts)
    begin = max(place.begin - len(texts), 0) if is_before else place.end
    next_to_it = Run(line=place.line, begin=begin, end=begin + len(texts))
    return next_to_it if [word.text for word in next_to_it.words] == list(texts) else None


def _delete(places: Places, change: Change) -> _Done | None:
    if all(word.box is not None and places.is_empty(word.box) for word in change.removed):
        return _Done(transcript=places.transcript, change=change)  # the reader sees nothing there any more either
    run = places.of(change.removed)
    if run is None or [word.text for word in run.words] != [word.text for word in change.removed]:
        return None  # what it reads there now may be right
    transcript, again = put(places.transcript, change.correction, run, ())
    return _Done(transcript=transcript, change=again)


def _flag(places: Places, change: Change, verdict: str) -> _Done | None:
    """Put a verdict on each word again; an accepted word gets the text that was accepted."""
    before: list[Word] = []
    after: list[Word] = []
    for old in change.removed:
        run = places.of([old])
        if run is None or len(run.words) != 1:
            return None
        word = run.words[0]
        is_wrong = verdict == ACCEPTED and word.text != old.text
        before.append(word)
        after.append(corrected(word, old.text) if is_wrong else word)
        places = replace(places, transcript=splice(places.transcript, run, after[-1:]))
    transcript, again = flag_words(places.transcript, change.correction, after, verdict)
    return _Done(transcript=transcript, change=replace(again, removed=tuple(before)), words=again.added)
