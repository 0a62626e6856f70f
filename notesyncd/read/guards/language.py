"""Guard against the wrong language: Chinese where Japanese is expected, any CJK where none is, and translations.

The light reader acquits: where it read the same kind of characters, they stand on the page. It reads joined-up writing
poorly, so a translation is only believed where both sides are plain: its words are of one language by their function
words, the answer of another, and hardly a word is common to both.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

from notesyncd.read.guards.case import Case, Finding
from notesyncd.read.guards.function_words import language_of

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_KANA = re.compile(r"[\u3041-\u3096\u30a1-\u30fa\u31f0-\u31ff\uff66-\uff6f\uff71-\uff9d]")
_HANGUL = re.compile(r"[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")
_LETTER = re.compile(r"[^\W\d_]")
_LATIN_WORD = re.compile(r"[A-Za-zÀ-ÖØ-öø-ɏ']{2,40}")

_CHINESE = frozenset({"zh", "yue", "wuu", "cmn", "nan", "hak"})
_CJK = _CHINESE | {"ja", "ko"}
"""Primary subtags of the languages that are written with Han characters, kana or Hangul."""

_LEAST_HAN = 6  # Han characters without kana: fewer may be a name or a date
_SIMPLIFIED = 0.2  # share of the Han characters that only simplified Chinese has, above which a page is Chinese
_LEAST_SIMPLIFIED = 3
_FOREIGN = 6  # CJK characters in another language's answer, or a fifth of its letters; fewer are flagged only
_FOREIGN_SHARE = 0.2
_SUPPORT = 3  # so many times as many such characters as the light reader saw may the answer have

_LEAST_WORDS = 8  # of the light reader, of three letters and more, to tell a translation by
_LEAST_ANSWERED = 2  # common words of its language in the answer; a shopping list has no more
_SHARED = 0.35
"""Share of the light reader's words of which the answer has something like them, below which the two are not of one
text. Measured on four letters in four languages: translations .08 to .29; the same text at a character error rate of
.35 .40 to .57. At .5 it sinks to .17, but then the light reader's words are of no plain language any more."""
_ALIKE = 0.7  # share of letters of two words in order
_MOST_WORDS = 120  # of the light reader; of the answer four times as many
_LEAST_KANA = 3
_LEAST_CJK = 12  # characters that the light reader saw, to tell a translation by


@dataclass(frozen=True, slots=True, kw_only=True)
class _Script:
    """How many letters of which kind a text has."""

    letters: int
    han: int
    kana: int
    hangul: int

    @property
    def cjk(self) -> int:
        return self.han + self.kana + self.hangul


def examine(case: Case) -> Finding | None:
    """Find that an answer is written in another language than the page."""
    text, words = case.text, case.expected.words
    written, seen = _script(text), _script(" ".join(words))
    expected = frozenset(re.split("[-_]", tag.lower())[0] for tag in case.expected.languages)
    if "ja" in expected and not expected & _CHINESE:
        found = _chinese(text, written, seen)
    elif expected and not expected & _CJK:
        found = _foreign(text, written, seen)
    else:
        found = None
    return found or _translated(text, words, written, seen, expected)


def is_simplified(character: str) -> bool:
    """Tell whether only simplified Chinese has a character: GB 2312 does, neither JIS X 0208 nor Big5."""
    return _encodes(character, "gb2312") and not (_encodes(character, "shift_jis") or _encodes(character, "big5"))


def _chinese(text: str, written: _Script, seen: _Script) -> Finding | None:
    simplified = sum(is_simplified(character) for character in _HAN.findall(text))
    if simplified >= _LEAST_SIMPLIFIED and simplified > _SIMPLIFIED * written.han:
        return _condemned(text, "the answer has simplified Chinese characters where Japanese was expected")
    saw_the_same = not seen.kana and _SUPPORT * seen.han >= written.han
    if written.han >= _LEAST_HAN and not written.kana and not saw_the_same:
        return _condemned(text, "the answer looks Chinese where Japanese was expected: it has no kana")
    return None


def _foreign(text: str, written: _Script, seen: _Script) -> Finding | None:
    if not written.cjk or _SUPPORT * seen.cjk >= written.cjk:
        return None
    sentence = "the answer has Chinese, Japanese or Korean characters, which none of the set languages is written with"
    condemns = written.cjk >= _FOREIGN or written.cjk > _FOREIGN_SHARE * written.letters
    return Finding(begin=0, end=len(text), sentence=sentence, condemns=condemns)


def _translated(
    text: str, words: Sequence[str], written: _Script, seen: _Script, expected: frozenset[str]
) -> Finding | None:
    """Find that the answer says in one language what stands on the page in another."""
    on_page, answered = _latin_words(" ".join(words)), _latin_words(text)
    if 2 * seen.cjk >= seen.letters and seen.kana >= _LEAST_KANA and seen.cjk >= _LEAST_CJK:
        # Scribbles too are read as kana: where a language was set that has none, they say nothing.
        differs = (not expected or bool(expected & _CJK)) and not written.cjk and len(answered) >= _LEAST_WORDS
    elif len([word for word in on_page if len(word) >= 3]) >= _LEAST_WORDS and 10 * seen.cjk <= seen.letters:
        differs = _is_another_language(on_page, answered, written)
    else:
        differs = False
    return _condemned(text, "the answer is in another language than the page: it looks translated") if differs else None


def _is_another_language(on_page: Sequence[str], answered: Sequence[str], written: _Script) -> bool:
    page = language_of(on_page)
    if page is None:
        return False
    if 2 * written.cjk >= written.letters > 0:
        return True
    return language_of(answered, least=_LEAST_ANSWERED) not in {None, page} and _shared(on_page, answered) < _SHARED


def _shared(on_page: Sequence[str], answered: Sequence[str]) -> float:
    """Return the share of the page's words, of three letters and more, that the answer has something like."""
    looked_for = [word for word in dict.fromkeys(on_page) if len(word) >= 3][:_MOST_WORDS]
    among = list(dict.fromkeys(answered))[: 4 * _MOST_WORDS]
    found = sum(bool(get_close_matches(word, among, n=1, cutoff=_ALIKE)) for word in looked_for)
    return found / max(1, len(looked_for))


def _latin_words(text: str) -> list[str]:
    return [word.lower() for word in _LATIN_WORD.findall(text.replace("’", "'"))]


def _script(text: str) -> _Script:
    han, kana, hangul = (sum(1 for _ in kind.finditer(text)) for kind in (_HAN, _KANA, _HANGUL))
    return _Script(letters=sum(1 for _ in _LETTER.finditer(text)), han=han, kana=kana, hangul=hangul)


@lru_cache(maxsize=8192)
def _encodes(character: str, encoding: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _condemned(text: str, sentence: str) -> Finding:
    return Finding(begin=0, end=len(text), sentence=sentence, condemns=True)
