"""The edits that corrections are made of; each gives the changed words and the record of what it did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from notesyncd.api import Change, Correction, Line, Region, Transcript, Word
from notesyncd.review.page_words import Run, find_run, splice, swap
from notesyncd.review.wording import new_word, reworded, with_verdict


class _WordIds:
    """Gives the next free word ids of a page."""

    def __init__(self, transcript: Transcript) -> None:
        self.next_word = transcript.next_word

    def __call__(self) -> str:
        self.next_word += 1
        return f"w{self.next_word - 1}"


def reword(transcript: Transcript, correction: Correction, run: Run, texts: Sequence[str]) -> tuple[Transcript, Change]:
    """Put ``texts`` in place of the words of a run."""
    ids = _WordIds(transcript)
    words = reworded(run.words, texts, ids)
    return put(replace(transcript, next_word=ids.next_word), correction, run, words)


def insert_texts(
    transcript: Transcript, correction: Correction, beside: Run, texts: Sequence[str], *, is_before: bool = False
) -> tuple[Transcript, Change]:
    """Put new words after (or before) those of a run; the record names these too, so that a re-read finds the place."""
    ids = _WordIds(transcript)
    new = tuple(new_word(ids(), text, correction.box) for text in texts)
    words = (*new, *beside.words) if is_before else (*beside.words, *new)
    return put(replace(transcript, next_word=ids.next_word), correction, beside, words)


def insert_at_beginning(
    transcript: Transcript, correction: Correction, texts: Sequence[str]
) -> tuple[Transcript, Change]:
    """Put new words before all others; where the page has none, on a line of their own."""
    first = next(transcript.words, None)
    run = find_run(transcript, [first.id]) if first is not None else None
    if run is not None:
        return insert_texts(transcript, correction, run, texts, is_before=True)
    line = Line(id=f"l{transcript.next_line}", words=(), box=correction.box)
    regions = (*transcript.regions, Region(lines=(line,)))
    lined = replace(transcript, regions=regions, next_line=transcript.next_line + 1)
    return insert_texts(lined, correction, Run(line=line, begin=0, end=0), texts)


def flag_words(
    transcript: Transcript, correction: Correction, words: Sequence[Word], verdict: str
) -> tuple[Transcript, Change]:
    """Put a verdict on words, wherever they stand."""
    flagged = tuple(with_verdict(word, verdict) for word in words)
    change = Change(correction=correction, removed=tuple(words), added=flagged, line_id=None, after_word_id=None)
    return swap(transcript, flagged), change


def put(transcript: Transcript, correction: Correction, run: Run, words: tuple[Word, ...]) -> tuple[Transcript, Change]:
    """Put ``words`` in place of those of a run."""
    change = Change(
        correction=correction,
        removed=run.words,
        added=words,
        line_id=run.line.id,
        after_word_id=run.after_word_id,
    )
    return splice(transcript, run, words), change
