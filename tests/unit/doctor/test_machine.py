"""What the machine lacks is said, with the remedy."""

import sqlite3
from pathlib import Path

import pytest

from notesyncd.doctor.machine import disk_finding, machine_findings, sqlite_finding


def test_this_machine_can_hold_a_ledger(tmp_path: Path) -> None:
    findings = {finding.name: finding for finding in machine_findings(tmp_path / "not" / "yet")}
    assert list(findings) == ["Python", "SQLite", "state folder", "disk"]
    assert findings["SQLite"].status != "fail"
    assert sqlite3.sqlite_version in findings["SQLite"].message
    assert findings["state folder"].status == "ok"


@pytest.mark.parametrize(("version", "status"), [((3, 51, 2), "warn"), ((3, 51, 3), "ok"), ((4, 0, 0), "ok")])
def test_the_fault_of_older_sqlite_is_told(version: tuple[int, ...], status: str) -> None:
    assert sqlite_finding(version).status == status


@pytest.mark.parametrize(("free", "status"), [(100 << 30, "ok"), (1 << 30, "warn"), (10 << 20, "fail")])
def test_little_space_is_told_before_there_is_none(free: int, status: str) -> None:
    finding = disk_finding(Path("/state"), free)
    assert finding.status == status
    assert (finding.remedy is None) == (status == "ok")
