"""The JSON that ``read --format json`` prints is a contract: every key, and nothing else."""

from __future__ import annotations

import json

from notesyncd.domain.errors import PermanentError, UnreadableScan
from notesyncd.domain.geometry import BoundingBox, Transform
from notesyncd.domain.page import Step
from notesyncd.domain.reading import ReaderId
from notesyncd.domain.transcript import Line, MissingInk, Provenance, Region, Transcript, Word
from notesyncd.render.transcript_json import PageResult, file_json

BOX = BoundingBox(left=1.23456, top=2, right=30, bottom=40)


def transcript() -> Transcript:
    words = (
        Word(id="w1", text="Grüße", box=BOX, alternatives=("Grube",)),
        Word(id="w2", text="an", confidence=0.5, flags=("unplaced",)),
    )
    return Transcript(
        page_id="ab" * 32,
        version=3,
        regions=(
            Region(kind="heading", lines=(Line(id="l1", words=words, box=BOX, script="handwritten"),), level=1),
            Region(kind="table", cells=(("a", "b"),), box=BOX),
        ),
        provenance=Provenance(
            notesyncd="0.1.0",
            reader=ReaderId(name="rapidocr", version="3.10.0", settings=(("border", "60"),)),
            steps=(Step(name="upright", settings=(("rotation", "90"),)),),
            packages=(("onnxruntime", "1.20"),),
        ),
        width=100,
        height=200,
        next_word=3,
        next_line=2,
        missing=(MissingInk(text=None, box=BOX),),
        warnings=("low contrast",),
    )


def test_a_page_with_words() -> None:
    page = PageResult(
        page_id="ab" * 32, number=1, to_raster=Transform.identity(), transcript=transcript(), markdown="# Grüße an"
    )
    made = file_json(path="in/a.jpg", sha256="00", media_type="image/jpeg", size_bytes=7, pages=[page])
    assert json.loads(json.dumps(made)) == {
        "schema": "notesyncd.transcript/1",
        "error": None,
        "source": {"path": "in/a.jpg", "sha256": "00", "media_type": "image/jpeg", "bytes": 7},
        "pages": [
            {
                "id": "ab" * 32,
                "number": 1,
                "version": 3,
                "width": 100,
                "height": 200,
                "to_raster": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
                "text": "Grüße an",
                "markdown": "# Grüße an",
                "regions": [
                    {
                        "kind": "heading",
                        "level": 1,
                        "checked": None,
                        "cells": [],
                        "box": None,
                        "lines": ["l1"],
                    },
                    {
                        "kind": "table",
                        "level": None,
                        "checked": None,
                        "cells": [["a", "b"]],
                        "box": [1.23, 2, 30, 40],
                        "lines": [],
                    },
                ],
                "lines": [
                    {
                        "id": "l1",
                        "text": "Grüße an",
                        "box": [1.23, 2, 30, 40],
                        "script": "handwritten",
                        "words": [
                            {
                                "id": "w1",
                                "text": "Grüße",
                                "box": [1.23, 2, 30, 40],
                                "confidence": None,
                                "flags": [],
                                "alternatives": ["Grube"],
                            },
                            {
                                "id": "w2",
                                "text": "an",
                                "box": None,
                                "confidence": 0.5,
                                "flags": ["unplaced"],
                                "alternatives": [],
                            },
                        ],
                    }
                ],
                "missing": [{"text": None, "box": [1.23, 2, 30, 40]}],
                "warnings": ["low contrast"],
                "error": None,
                "provenance": {
                    "notesyncd": "0.1.0",
                    "reader": {
                        "name": "rapidocr",
                        "version": "3.10.0",
                        "model": None,
                        "model_digest": None,
                        "quantization": None,
                        "device": "cpu",
                        "settings": {"border": "60"},
                    },
                    "steps": [{"name": "upright", "settings": {"rotation": "90"}}],
                    "grounding": "adopted/1",
                    "calibration": None,
                    "prompt_digest": None,
                    "sampling": {},
                    "picture_digest": None,
                    "adapter": None,
                    "packages": {"onnxruntime": "1.20"},
                },
            }
        ],
    }


def test_a_page_without_words_has_the_same_keys() -> None:
    pages = [
        PageResult(page_id="1", number=1, to_raster=Transform(), transcript=transcript()),
        PageResult(page_id="2", number=2, to_raster=Transform(), width=5, height=6, error=PermanentError("no model")),
    ]
    made = file_json(path="a", sha256="0", media_type="image/png", size_bytes=1, pages=pages)["pages"]
    assert isinstance(made, list)
    full, failed = made
    assert list(full) == list(failed)
    assert (failed["version"], failed["width"], failed["height"], failed["text"]) == (None, 5, 6, "")
    assert failed["error"] == {"kind": "permanent_error", "message": "no model"}


def test_an_unreadable_file_has_an_error_and_no_pages() -> None:
    made = file_json(
        path="caf\udce9.jpg", sha256=None, media_type=None, size_bytes=None, pages=[], error=UnreadableScan("cut off")
    )
    assert made["error"] == {"kind": "unreadable_scan", "message": "cut off"}
    assert made["pages"] == []
    assert json.dumps(made, ensure_ascii=False).encode()
