"""Text that knows where in the answer each of its characters stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from notesyncd.read.answer_parts import AnswerWord
from notesyncd.read.words import word_ranges


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Traced:
    """Text without markup and escapes; character ``i`` was written at ``begins[i]:ends[i]`` of the answer."""

    text: str
    begins: Sequence[int]
    ends: Sequence[int]

    @classmethod
    def whole(cls, answer: str) -> Traced:
        """Return all of an answer, as it was written."""
        return cls(text=answer, begins=range(len(answer)), ends=range(1, len(answer) + 1))

    @classmethod
    def joined(cls, parts: Iterable[Traced]) -> Traced:
        """Return several texts as one."""
        texts: list[str] = []
        begins: list[int] = []
        ends: list[int] = []
        for part in parts:
            texts.append(part.text)
            begins += part.begins
            ends += part.ends
        return cls(text="".join(texts), begins=begins, ends=ends)

    def part(self, begin: int, end: int | None = None) -> Traced:
        """Return the characters from ``begin`` up to but not including ``end``."""
        cut = slice(begin, end)
        return Traced(text=self.text[cut], begins=self.begins[cut], ends=self.ends[cut])

    def read_as(self, text: str) -> Traced:
        """Return what an escape, an entity or a tag stands for: each character of ``text`` was written as all of it."""
        if not self.text:
            return self
        return Traced(text=text, begins=[self.begins[0]] * len(text), ends=[self.ends[-1]] * len(text))

    def replaced(self, pattern: re.Pattern[str], reading: Callable[[re.Match[str]], str]) -> Traced:
        """Return it with each match read as what ``reading`` says."""
        parts: list[Traced] = []
        begin = 0
        for found in pattern.finditer(self.text):
            parts += (self.part(begin, found.start()), self.part(*found.span()).read_as(reading(found)))
            begin = found.end()
        return Traced.joined([*parts, self.part(begin)]) if parts else self

    def cut(self, pattern: re.Pattern[str]) -> Iterator[Traced]:
        """Yield what stands between the matches."""
        begin = 0
        for found in pattern.finditer(self.text):
            yield self.part(begin, found.start())
            begin = found.end()
        yield self.part(begin)

    def respelled(self, text: str) -> Traced:
        """Return other characters in the same places, one for one."""
        return Traced(text=text, begins=self.begins, ends=self.ends)

    def stripped(self) -> Traced:
        """Return it without white space around it."""
        begin = len(self.text) - len(self.text.lstrip())
        return self.part(begin, max(begin, len(self.text.rstrip())))

    def lines(self) -> Iterator[Traced]:
        """Yield its lines, without their breaks."""
        begin = 0
        for line in self.text.splitlines(keepends=True):
            yield self.part(begin, begin + len(line.splitlines()[0]))
            begin += len(line)

    def words(self) -> tuple[AnswerWord, ...]:
        """Cut it into words."""
        return tuple(
            AnswerWord(text=self.text[begin:end], begin=self.begins[begin], end=self.ends[end - 1])
            for begin, end in word_ranges(self.text)
        )

    def is_blank(self) -> bool:
        """Tell whether there is nothing but white space in it."""
        return not self.text.strip()
