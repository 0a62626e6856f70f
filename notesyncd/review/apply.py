"""Carries out one correction on a transcript and says what it did; a pure function, so that anything can be tried."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from notesyncd.api import Change, Correction, PermanentError, Transcript, join_words
from notesyncd.review.edits import flag_words, insert_at_beginning, insert_texts, put, reword
from notesyncd.review.page_words import Run, find_run
from notesyncd.review.undo import undo
from notesyncd.review.wording import ACCEPTED, ILLEGIBLE


def apply(transcript: Transcript, correction: Correction, *, undone: Change | None = None) -> tuple[Transcript, Change]:
    """Return the next version of ``transcript`` and what changed.

    Word ids are never given twice: kept words keep theirs, others get the next free ones.

    Args:
        transcript: the newest version of the page.
        correction: what the person asks for.
        undone: for ``undo``, the change that is taken back (an undo can be taken back as well).

    Raises:
        PermanentError: a word is unknown or reads otherwise by now, there is nothing to do, or a later correction is
            in the way of an undo. The message is a sentence for the person.
    """
    if correction.page_id != transcript.page_id:
        raise PermanentError(f"the correction is about page {correction.page_id[:12]}, not {transcript.page_id[:12]}")
    if correction.kind == "undo":
        changed, change = undo(transcript, correction, undone)
    else:
        _check_still_reads(transcript, correction)
        changed, change = _KINDS[correction.kind](transcript, correction)
    return replace(changed, version=transcript.version + 1), change


def _check_still_reads(transcript: Transcript, correction: Correction) -> None:
    """Refuse a correction made in view of words that are gone or read otherwise by now."""
    words = {word.id: word for word in transcript.words}
    for word_id in correction.word_ids:
        if word_id not in words:
            raise PermanentError(f"there is no word {word_id} on this page (any more); look at it again")
    if correction.kind == "insert":
        return
    if not correction.word_ids:
        raise PermanentError(f"say which words to {correction.kind}")
    text = join_words([words[word_id].text for word_id in correction.word_ids])
    seen = correction.transcript_version
    if correction.before is None and seen != transcript.version:
        raise PermanentError(f"the page was changed since version {seen} (now {transcript.version}); look at it again")
    if correction.before is not None and correction.before.split() != text.split():
        raise PermanentError(f"this reads {text!r} by now, no longer {correction.before!r}; look at it again")


def _run_of(transcript: Transcript, correction: Correction) -> Run:
    run = find_run(transcript, correction.word_ids)
    if run is None:
        raise PermanentError("these words don't stand side by side in one line; correct them one by one")
    return run


def _texts_of(correction: Correction) -> list[str]:
    texts = (correction.after or "").split()
    if not texts:
        raise PermanentError("the new text is empty; delete takes words away")
    return texts


def _replace(transcript: Transcript, correction: Correction) -> tuple[Transcript, Change]:
    run = _run_of(transcript, correction)
    texts = _texts_of(correction)
    if texts == [word.text for word in run.words]:
        raise PermanentError("it reads so already; accept says that it is right")
    return reword(transcript, correction, run, texts)


def _delete(transcript: Transcript, correction: Correction) -> tuple[Transcript, Change]:
    return put(transcript, correction, _run_of(transcript, correction), ())


def _insert(transcript: Transcript, correction: Correction) -> tuple[Transcript, Change]:
    texts = _texts_of(correction)
    if len(correction.word_ids) > 1:
        raise PermanentError("name one word after which the new ones stand, or none for the page's beginning")
    if correction.word_ids:
        return insert_texts(transcript, correction, _run_of(transcript, correction), texts)
    return insert_at_beginning(transcript, correction, texts)


def _flag(verdict: str) -> Callable[[Transcript, Correction], tuple[Transcript, Change]]:
    def flag(transcript: Transcript, correction: Correction) -> tuple[Transcript, Change]:
        words = {word.id: word for word in transcript.words}
        return flag_words(transcript, correction, [words[word_id] for word_id in correction.word_ids], verdict)

    return flag


_KINDS: dict[str, Callable[[Transcript, Correction], tuple[Transcript, Change]]] = {
    "replace": _replace,
    "insert": _insert,
    "delete": _delete,
    "accept": _flag(ACCEPTED),
    "illegible": _flag(ILLEGIBLE),
}
