"""What stands where and why it waits, as the JSON of ``notesyncd status``; asked by any process."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from notesyncd.daemon.report import KEY
from notesyncd.intake.mode import choose_mode
from notesyncd.ledger import counts, pace, rereading, store
from notesyncd.ledger.lock import DaemonLock
from notesyncd.ledger.room import no_room
from notesyncd.pipeline import backlog

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from notesyncd.intake.mode import WantedMode
    from notesyncd.ledger.store import Ledger

SCHEMA = "notesyncd.status/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderOutlook:
    """How the reader in use stands among the others.

    Attributes:
        in_use: its name; None: there is none that can be used.
        ranked: names of readers, the best first.
        better: name of one that would suit this machine better but can't be used, why, and what helps.
    """

    in_use: str | None = None
    ranked: tuple[str, ...] = ()
    better: tuple[str, str, str] | None = None

    def below(self, name: str | None) -> tuple[str, ...]:
        """Return the readers that a reader outdoes."""
        return self.ranked[self.ranked.index(name) + 1 :] if name in self.ranked else ()


def status(
    ledger: Ledger,
    *,
    lock: Path,
    folders: Mapping[Path, WantedMode],
    sinks: Mapping[str, str | None],
    readers: int = 1,
    outlook: ReaderOutlook | None = None,
    limit: int,
) -> dict[str, Any]:
    """Return the whole picture.

    Args:
        lock: the daemon's lock file.
        folders: the watched folders of the configuration, with how each is to be watched.
        sinks: names of the configured sinks, with the reason why one can't be opened.
        readers: how many pages are read at the same moment.
        outlook: which readers there are beside the one in use.
        limit: how many waiting items of a kind are listed.
    """
    pid = DaemonLock.holder(lock)
    with ledger.read() as connection:
        report: dict[str, Any] = json.loads(store.get_meta(connection, KEY) or "{}") if pid is not None else {}
        deliveries = counts.deliveries(connection)
        paused = counts.paused_sinks(connection)
        return {
            "schema": SCHEMA,
            "daemon": {
                "running": pid is not None,
                "pid": pid,
                "version": store.get_meta(connection, "daemon_version") if pid is not None else None,
                "problems": _problems(report, no_room(ledger.path.parent)),
            },
            "folders": _folders(folders, report),
            "files": counts.files(connection),
            "transcriptions": counts.transcriptions(connection),
            "notes": counts.notes(connection),
            "deliveries": {name: deliveries.get(name, {}) for name in sorted({*sinks, *deliveries})},
            "sinks": {name: _sink(name, sinks, paused) for name in sorted({*sinks, *deliveries})},
            "backlog": [
                {
                    "path": found.folder,
                    "files": found.files,
                    "bytes": found.size_bytes,
                    "disk_bytes": found.disk_bytes,
                    "seconds": found.seconds and round(found.seconds),
                }
                for found in backlog.waiting(connection, [str(path) for path in folders], readers=readers)
            ],
            "seconds_left": pace.seconds_left(connection, readers=readers),
            **_readers(outlook or ReaderOutlook(), connection),
            "flagged": {
                "count": counts.pages_with_warnings(connection),
                "pages": [
                    {"id": page.id, "path": page.path, "reader": page.reader, "warnings": list(page.warnings)}
                    for page in counts.warned_pages(connection, limit=limit)
                ],
            },
            "waiting": [
                {
                    "what": item.what,
                    "id": item.id,
                    "path": item.path,
                    "state": item.state,
                    "reason": item.reason,
                    "since": _moment(item.since),
                    "due_at": _moment(item.due_at),
                }
                for item in counts.waiting(connection, limit=limit)
            ],
        }


def _problems(report: Mapping[str, Any], no_room: str | None) -> list[str]:
    """Say what keeps the daemon from its work; on a full disk it can't report that itself."""
    told = [f"{lane}: {error}" for lane, error in report.get("trouble", {}).items() if not no_room]
    problems = [*([no_room] if no_room else []), *told]
    problems += report.get("not_put_away", {}).values()
    if report.get("config"):
        problems.append(f"the changed configuration is not used: {report['config']}")
    return problems


def _readers(outlook: ReaderOutlook, connection: Connection) -> dict[str, Any]:
    """Say which reader would read better, and which pages the one in use would: each can be read again."""
    read = rereading.count_by_reader(connection)
    better = None
    if outlook.better is not None:
        name, reason, remedy = outlook.better
        pages = sum(read.get(lesser, 0) for lesser in outlook.below(name))
        better = {"name": name, "reason": reason, "remedy": remedy, "pages": pages}
    lesser = {name: read[name] for name in outlook.below(outlook.in_use) if name in read}
    return {"better_reader": better, "lesser_pages": lesser}


def _folders(folders: Mapping[Path, WantedMode], report: Mapping[str, Any]) -> list[dict[str, Any]]:
    told = {folder["path"]: folder for folder in report.get("folders", [])}
    result = []
    for path, wanted in folders.items():
        choice = choose_mode(path, wanted)
        here = {"path": str(path), "mode": choice.mode, "state": "ok", "reason": choice.reason}
        if not path.is_dir():
            here |= {"state": "missing", "reason": f"{path} does not exist or is not mounted"}
        result.append(told.get(str(path), here) if here["state"] == "ok" else here)
    return result


def _sink(name: str, sinks: Mapping[str, str | None], paused: Mapping[str, str | None]) -> dict[str, str | None]:
    if name not in sinks:
        return {"state": "away", "reason": "this sink is not configured at present"}
    if sinks[name] is not None:
        return {"state": "unavailable", "reason": sinks[name]}
    reason = paused.get(name)
    return {"state": "paused" if reason else "ok", "reason": reason}


def _moment(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
