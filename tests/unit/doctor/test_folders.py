"""A watched folder that can't be read is found by really reading it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from notesyncd.doctor.folders import folder_finding, folder_findings, watches_finding


def test_a_readable_folder_is_in_order(tmp_path: Path) -> None:
    (tmp_path / "scan.jpg").write_bytes(b"x")
    assert folder_finding(tmp_path, rescan_seconds=300).status == "ok"


def test_a_missing_folder_names_the_remedy(tmp_path: Path) -> None:
    finding = folder_finding(tmp_path / "my inbox", rescan_seconds=300)
    assert finding.status == "fail"
    assert finding.remedy is not None
    assert f"mkdir -p '{tmp_path}/my inbox'" in finding.remedy


def test_a_file_in_place_of_the_folder_fails(tmp_path: Path) -> None:
    (tmp_path / "inbox").touch()
    assert folder_finding(tmp_path / "inbox", rescan_seconds=300).status == "fail"


@pytest.mark.parametrize("shut", ["inbox", "inbox/scan.jpg"])
def test_a_folder_or_file_that_may_not_be_opened_fails(tmp_path: Path, shut: str) -> None:
    folder = tmp_path / "inbox"
    folder.mkdir()
    (folder / "scan.jpg").write_bytes(b"x")
    (tmp_path / shut).chmod(0)
    code = (
        "import sys; from pathlib import Path; from notesyncd.doctor.folders import folder_finding; "
        "print(folder_finding(Path(sys.argv[1]), rescan_seconds=300).status)"
    )
    command = [sys.executable, "-c", code, str(folder)]
    if os.geteuid() == 0:  # root opens everything, unless it gives up that right
        if shutil.which("setpriv") is None:
            pytest.skip("needs setpriv")
        command = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", *command]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    (tmp_path / shut).chmod(0o700)
    assert answer.stdout == "fail\n", answer.stderr


def test_no_folder_at_all_fails() -> None:
    assert [finding.status for finding in folder_findings((), rescan_seconds=300)] == ["fail"]


def test_more_folders_than_may_be_watched_are_told(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"{number}").mkdir()
    assert watches_finding([tmp_path], 6).status == "ok"
    finding = watches_finding([tmp_path], 5)
    assert finding.status == "warn"
    assert finding.remedy is not None
    assert "max_user_watches" in finding.remedy
