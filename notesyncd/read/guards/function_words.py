"""Tells languages that are written with Latin letters apart, by common words that only one of them has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

# Of one language there must be so many of these words, three times as many as of any other, and one in fifteen of all
# words. Measured on a letter each in English, German, French and Spanish, 400 times at each error rate, with characters
# exchanged, dropped and added at random: at .35 half of them are still known, at .55 one in twenty-five; at no rate up
# to .65 was any taken for another.
_LEAST = 3
_TIMES = 3
_ONE_IN = 15

_COMMON = {
    "en": "the of and to is that for it was on are with as his they be at this have from had by not but what "
    "were we when your can said there each which their will about how up out them then she many some "
    "would these him has more could my been who find long down did do get made may you please tomorrow "
    "today in an also me no come per plus so over and or us our if all here he i",
    "de": "der die das und ist nicht ein eine einen einem einer zu den dem des mit von auf für im sich auch als "
    "wir ich sie er es aber noch nach bei aus um wie wenn nur oder war haben habe hat wird sind über zum "
    "zur vom bitte dann mich mir dir euch uns ihr kein keine schon heute morgen sehr in an so also am "
    "plus",
    "fr": "le la les de des du un une et est que qui dans pour pas sur au aux avec ce cette ces son sa ses il "
    "elle nous vous ils je ne se mais ou où par plus tout être avoir fait sont mon ma mes leur très bien "
    "aujourd'hui demain on en si me te tu no",
    "es": "el la los las de del un una que en por para con no se su sus al lo como más pero está este esta "
    "estos son fue muy mi mis me te le nos hay ser porque cuando también hoy mañana ya todo desde hasta "
    "es si tu has ha",
    "it": "il lo la gli di del della dei un una che in per con non si su al alla come più ma questo questa sono "
    "nel nella da dal mi ti ci anche oggi domani molto perché quando essere ha ho le se tu no me te son",
    "nl": "de het een en van is dat in op te zijn met voor niet aan er om ook als maar bij nog uit naar dan wij "
    "ik je hij zij deze dit door over heeft hebben was wordt geen heel vandaag morgen of we had die so am "
    "me",
    "pt": "os as de do da dos das um uma que em no na para com não se por mais como mas foi ao seu sua ou ser "
    "quando muito já está eu também só pelo pela até isso ela ele você hoje amanhã me te tu",
}


def _words_of_one() -> dict[str, str]:
    languages: dict[str, set[str]] = {}
    for language, words in _COMMON.items():
        for word in words.split():
            languages.setdefault(word, set()).add(language)
    return {word: those.pop() for word, those in languages.items() if len(those) == 1}


_LANGUAGE_OF = _words_of_one()


def language_of(words: Sequence[str], *, least: int = _LEAST) -> str | None:
    """Return the language that words in lower case are plainly of: en, de, fr, es, it, nl or pt; None: not plain.

    Args:
        least: so many common words of that language there must be; fewer suffice where the words are surely right.
    """
    counts = Counter(_LANGUAGE_OF[word] for word in words if word in _LANGUAGE_OF)
    (best, most), (_, second) = (*counts.most_common(2), ("", 0), ("", 0))[:2]
    return best if most >= max(least, _TIMES * second, len(words) / _ONE_IN) else None
