"""Tesseract as a reader, where its program is installed: a second opinion that is good at print and poor at hands."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from notesyncd.api import (
    BoundingBox,
    ConfigError,
    Detection,
    PageImage,
    Pixels,
    ReaderCapabilities,
    ReaderContext,
    ReaderId,
    Reading,
    ReadLine,
    ReadRegion,
    ReadRequest,
    ReadWord,
    TransientError,
    UnreadableScan,
    write_pixels,
)
from notesyncd.read.tesseract_languages import DEFAULT, traineddata

NAME = "tesseract"
PARALLEL = 0
"""A page a core: a process takes 12 to 25 MB."""

_PROGRAM = "tesseract"
_TIMEOUT = 300.0  # seconds; a page takes 1 to 2, on a busy machine ten times that
_PAGE_SEGMENTATION = "3"  # automatic, without orientation: see TesseractReader.detect
_WORD_LEVEL, _LINE_LEVEL = 5, 4  # of the TSV output
_COLUMNS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class _Installation:
    """What the program says of itself."""

    version: str
    languages: tuple[str, ...]
    data: Path

    def digest(self, languages: Sequence[str]) -> str:
        """Return the sha256 over the languages' names and weights."""
        digest = hashlib.sha256()
        for language in languages:
            content = (self.data / f"{language}.traineddata").read_bytes()
            digest.update(f"{language} {len(content)}\n".encode())
            digest.update(content)
        return digest.hexdigest()


class TesseractReader:
    """Reads pages with the tesseract program, one process a page, one thread a process."""

    def __init__(self, context: ReaderContext) -> None:  # noqa: ARG002 - the contract; nothing of it is needed
        """Ask the program what it is.

        Raises:
            ConfigError: if it is not installed, or has no language.
        """
        self._installation = _ask()
        self._known: dict[tuple[str, ...], ReaderId] = {}
        self._lock = threading.Lock()

    @property
    def capabilities(self) -> ReaderCapabilities:
        """Boxes, no log-probabilities."""
        return ReaderCapabilities(boxes=True, parallel=PARALLEL)

    def identity(self) -> ReaderId:
        """Name program and weights of the language used where none is asked for."""
        return self._identity(traineddata((), self._installation.languages)[0])

    def detect(self, pixels: Pixels) -> Detection:
        """Find lines and words. The page is taken to stand upright.

        Tesseract's own finding of the orientation is not used: on handwriting it was wrong on 7 of 14 upright pages,
        with confidences up to 8.8, while it gave 3.2 to a typed page.
        """
        languages, _ = traineddata((), self._installation.languages)
        with tempfile.TemporaryDirectory(prefix="notesyncd-") as folder:
            path = Path(folder) / "page.ppm"
            write_pixels(path, pixels)
            height, width = pixels.shape[:2]
            lines = lines_of_tsv(self._run(path, languages), width, height)
        return Detection(rotation=0, ink=0.0, lines=lines, reader=self._identity(languages))

    def read(self, image: PageImage, detection: Detection, request: ReadRequest) -> Reading:
        """Read an upright page image in the best of the languages asked for that are installed.

        Raises:
            TransientError: if the program can't be started or does not end.
            UnreadableScan: if it refuses the page.
        """
        begin = time.perf_counter()
        languages, warnings = traineddata(request.languages, self._installation.languages)
        reader = self._identity(languages)
        lines = detection.lines
        if detection.reader != reader:
            lines = lines_of_tsv(self._run(image.artifact, languages), image.width, image.height)
        return Reading(
            reader=reader,
            regions=(ReadRegion(lines=lines),) if lines else (),
            ordered=True,  # by its own blocks and paragraphs
            warnings=warnings,
            elapsed=time.perf_counter() - begin,
        )

    def close(self) -> None:
        """Nothing is held between pages."""

    def _identity(self, languages: tuple[str, ...]) -> ReaderId:
        with self._lock:
            if languages not in self._known:
                self._known[languages] = ReaderId(
                    name=NAME,
                    version=self._installation.version,
                    model="+".join(languages),
                    model_digest=self._installation.digest(languages),
                    settings=(("psm", _PAGE_SEGMENTATION), ("threads", "1")),
                )
            return self._known[languages]

    def _run(self, image: Path, languages: tuple[str, ...]) -> str:
        command = [
            _PROGRAM,
            str(image.resolve()),
            "stdout",
            "-l",
            "+".join(languages),
            "--psm",
            _PAGE_SEGMENTATION,
            "tsv",
        ]
        try:
            done = subprocess.run(  # noqa: S603 - no shell; the path is absolute, the languages are installed ones
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                env={**os.environ, "OMP_THREAD_LIMIT": "1"},
                timeout=_TIMEOUT,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise TransientError(f"tesseract did not end within {_TIMEOUT:.0f} seconds") from error
        except OSError as error:
            raise TransientError(f"tesseract can't be started: {error}") from error
        if done.returncode != 0:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise UnreadableScan(f"tesseract refused the page: {said[-1] if said else f'exit {done.returncode}'}")
        return done.stdout.decode("utf-8", "replace")


def unready() -> str | None:
    """Say why tesseract can't be used here, with the remedy, or None."""
    if shutil.which(_PROGRAM) is None:
        return "the program tesseract is not installed: apt install tesseract-ocr, or: brew install tesseract"
    return None


def _ask() -> _Installation:
    reason = unready()
    if reason is not None:
        raise ConfigError(reason)
    first = _said("--version").splitlines()[0]
    head, *languages = _said("--list-langs").splitlines()
    folder = re.search(r'"(.+)"', head)
    languages = sorted(language.strip() for language in languages if language.strip() not in ("", "osd"))
    if folder is None or not languages:
        raise ConfigError(f"tesseract has no language to read: apt install tesseract-ocr-{DEFAULT}")
    return _Installation(
        version=first.removeprefix("tesseract").strip().removeprefix("v"),
        languages=tuple(languages),
        data=Path(folder[1]),
    )


def _said(option: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command
            [_PROGRAM, option],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=30,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise ConfigError(f"tesseract {option} failed: {error}") from error
    # Versions differ in which of the two they answer to.
    return (done.stdout or done.stderr).decode("utf-8", "replace")


def lines_of_tsv(tsv: str, width: int, height: int) -> tuple[ReadLine, ...]:
    """Take lines with words out of tesseract's TSV, in its own order; words of white space only are left out."""
    lines: dict[tuple[str, ...], ReadLine] = {}
    for row in tsv.splitlines()[1:]:
        fields = row.split("\t")
        if len(fields) != _COLUMNS or int(fields[0]) not in (_WORD_LEVEL, _LINE_LEVEL):
            continue
        left, top, wide, high = (float(field) for field in fields[6:10])
        box = BoundingBox(left=left, top=top, right=left + wide, bottom=top + high).clipped(width, height)
        line = tuple(fields[1:5])
        if int(fields[0]) == _LINE_LEVEL:
            lines[line] = ReadLine(words=(), box=box)
        elif text := fields[11].strip():
            word = ReadWord(text=text, box=box, score=min(max(float(fields[10]) / 100, 0.0), 1.0))
            before = lines.get(line, ReadLine(words=(), box=box))
            lines[line] = replace(before, words=(*before.words, word))
    return tuple(_with_score(line) for line in lines.values() if line.words)


def _with_score(line: ReadLine) -> ReadLine:
    scores = [word.score for word in line.words if word.score is not None]
    return replace(line, score=sum(scores) / len(scores) if scores else None)
