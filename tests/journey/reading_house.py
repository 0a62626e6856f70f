"""A house with a stranger's reader in it, and a way to say what that one reads."""

from __future__ import annotations

import json
import os
from pathlib import Path

from notesyncd.testing.pages import render_page, save_page
from tests.house import House

ORACLE = Path(__file__).parent / "oracle"
TEXT = "Buy seeds\nbeans and peas"


class ReadingHouse(House):
    """``reader`` is the configured one."""

    def __init__(self, root: Path, *, reader: str = "oracle") -> None:
        super().__init__(root)
        self.config.write_text(self.config.read_text().replace('reader = "rapidocr"', f'reader = "{reader}"'))
        self.oracle = root / "oracle.json"
        self.say(TEXT)

    def environment(self, kill_at: str | None = None) -> dict[str, str]:
        assert kill_at is None
        environment = super().environment()
        path = os.pathsep.join(filter(None, [str(ORACLE), environment.get("PYTHONPATH")]))
        return {**environment, "PYTHONPATH": path, "ORACLE": str(self.oracle)}

    def say(self, text: str = "", **more: object) -> None:
        """What the oracle answers from now on."""
        self.oracle.write_text(json.dumps({"text": text, **more}))

    def put(self, name: str = "page.jpg", text: str = TEXT, *, seed: int = 1) -> None:
        save_page(render_page(text, seed=seed, effects="clean"), self.inbox / name)

    def page(self) -> str:
        """Id of the only page."""
        ((page_id,),) = self.query("SELECT id FROM page")
        return page_id

    def note(self) -> str:
        """Text of the only note."""
        (note,) = self.notes()
        return note.read_text()

    def transcripts(self) -> list[tuple[int, str]]:
        """Version and reader of every transcript."""
        return self.query(
            "SELECT version, json_extract(body, '$.provenance.reader.name') FROM transcript ORDER BY page_id, version"
        )
