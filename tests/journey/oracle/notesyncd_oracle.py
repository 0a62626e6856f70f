"""A stranger's reader that is made of a model, as far as anybody can tell: what it answers stands in a file.

The file that ``ORACLE`` names holds JSON: ``text`` (a word a box-less word), and where wanted ``raw``, ``warnings``,
``condemned``, ``version``, ``unready``, ``dies``.
"""

import json
import os
from pathlib import Path

from notesyncd.api import (
    ChildDied,
    ReaderCapabilities,
    ReaderId,
    ReaderSpec,
    Reading,
    ReadLine,
    ReadRegion,
    ReadWord,
    hookimpl,
)


def _said():
    return json.loads(Path(os.environ["ORACLE"]).read_text())


class Oracle:
    capabilities = ReaderCapabilities(boxes=False)

    def __init__(self, context):
        self._reads = 0

    def identity(self):
        return ReaderId(name="oracle", version=_said().get("version", "1"), model="delphi", model_digest="0" * 64)

    def read(self, image, detection, request):
        said = _said()
        if said.get("dies"):
            raise ChildDied("over this page the oracle fell silent")
        lines = tuple(
            ReadLine(words=tuple(ReadWord(text=word) for word in line.split()))
            for line in said["text"].splitlines()
            if line.strip()
        )
        return Reading(
            reader=self.identity(),
            regions=(ReadRegion(lines=lines),) if lines else (),
            ordered=True,
            raw=said.get("raw", said["text"]),
            warnings=tuple(said.get("warnings", ())),
            condemned=said.get("condemned"),
            prompt_digest="1" * 64,
            sampling=(("temperature", "0.0"),),
            picture_digest=None,
        )

    def close(self):
        pass


@hookimpl
def notesyncd_readers():
    return [
        ReaderSpec(
            name="oracle",
            open=Oracle,
            unready=lambda _: _said().get("unready"),
            auto_rank=1,
            description="says what a file tells it",
            remedy="go to Delphi",
        )
    ]
