"""Takes a change back, as long as no later one stands in the way."""

from __future__ import annotations

from dataclasses import replace

from notesyncd.api import Change, Correction, PermanentError, Transcript, Word
from notesyncd.review.page_words import Run, find_run, splice, swap


def undo(transcript: Transcript, correction: Correction, undone: Change | None) -> tuple[Transcript, Change]:
    """Return the transcript with the words as they stood before ``undone``, under their old ids.

    Words that the change only stands beside may have been corrected since; they are left as they are now.

    Raises:
        PermanentError: the change is unknown, or its words were corrected again since.
    """
    if undone is None or undone.correction.id != correction.undoes:
        raise PermanentError(f"there is no correction {correction.undoes} that could be undone")
    current = {word.id: word for word in transcript.words}
    beside = {word.id for word in undone.added if word in undone.removed}
    for word in undone.added:
        if word.id not in beside and current.get(word.id) != word:
            raise PermanentError(_in_the_way(word, current.get(word.id)))
    removed = tuple(current.get(word.id, word) if word.id in beside else word for word in undone.removed)
    added = tuple(current.get(word.id, word) for word in undone.added)
    change = replace(undone, correction=correction, removed=added, added=removed)
    if undone.line_id is None:
        return swap(transcript, removed), change
    return splice(transcript, _run(transcript, undone), removed), change


def _in_the_way(word: Word, now: Word | None) -> str:
    if now is None:
        return f"the word {word.text!r} ({word.id}) stands on the page no more; undo first what took it away"
    return f"the word {word.text!r} ({word.id}) was changed since (now {now.text!r}); undo that correction first"


def _run(transcript: Transcript, undone: Change) -> Run:
    """Return where the added words stand, or the place from which words were taken away."""
    if undone.added:
        run = find_run(transcript, [word.id for word in undone.added])
        if run is None:
            raise PermanentError(
                f"the words around {undone.added[0].text!r} ({undone.added[0].id}) were changed since; "
                "undo that correction first"
            )
        return run
    line = next((line for line in transcript.lines if line.id == undone.line_id), None)
    ids = [None, *(word.id for word in line.words)] if line is not None else []
    if line is None or undone.after_word_id not in ids:
        raise PermanentError(
            f"the word {undone.after_word_id} before the deleted ones stands there no more; undo that correction first"
        )
    at = ids.index(undone.after_word_id)
    return Run(line=line, begin=at, end=at)
