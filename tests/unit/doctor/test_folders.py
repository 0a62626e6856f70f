"""A watched folder that can't be read is found by really reading it, and one that tells nothing by changing it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from notesyncd.doctor.finding import Finding
from notesyncd.doctor.folders import events_finding, folder_findings, unreadable_finding, watches_finding
from notesyncd.intake.mode import WantedMode
from tests.unit.system.mounting import mounted_far_folder, mounted_tmpfs
from tests.unit.system.refusing import refusing


def of_folder(folder: Path, wanted: WantedMode = "auto") -> list[Finding]:
    """Return what is found of the folder itself."""
    findings = folder_findings([(folder, wanted)], rescan_seconds=300)
    return [finding for finding in findings if finding.name == f"folder {folder}"]


def test_a_readable_folder_whose_events_arrive_is_in_order(tmp_path: Path) -> None:
    (tmp_path / "scan.jpg").write_bytes(b"x")
    (finding,) = of_folder(tmp_path)
    assert finding.status == "ok"
    assert "can be listed and read; events arrive after " in finding.message
    assert finding.message.endswith(" ms")
    assert os.listdir(tmp_path) == ["scan.jpg"]


def test_a_missing_folder_names_the_remedy(tmp_path: Path) -> None:
    (finding,) = of_folder(tmp_path / "my inbox")
    assert finding.status == "fail"
    assert finding.remedy is not None
    assert f"mkdir -p '{tmp_path}/my inbox'" in finding.remedy


def test_a_file_in_place_of_the_folder_fails(tmp_path: Path) -> None:
    (tmp_path / "inbox").touch()
    finding = unreadable_finding(tmp_path / "inbox")
    assert finding is not None
    assert finding.status == "fail"


def test_where_no_event_arrives_polling_is_proposed(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from notesyncd.doctor.folders import events_finding; "
        "finding = events_finding(Path(sys.argv[1]), 'auto', rescan_seconds=300); "
        "print(finding.status, finding.message, finding.remedy, sep='\\n')"
    )
    command = [*refusing({"inotify_add_watch": 0}), sys.executable, "-c", code, str(tmp_path)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.stdout.splitlines() == [
        "warn",
        "can be listed and read, but no event arrived within 2 s",
        'set mode = "poll" in its [[watch]] (notesyncd looks through it every 300 s meanwhile)',
    ], answer.stderr


def test_where_nothing_can_be_written_events_are_not_proved(tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    with mounted_tmpfs(folder):
        subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
        finding = events_finding(folder, "auto", rescan_seconds=300)
    assert finding.status == "warn"
    assert "that events arrive can't be proven: Read-only file system" in finding.message


def test_a_folder_of_another_machine_is_polled_and_says_why(tmp_path: Path) -> None:
    with mounted_far_folder(tmp_path / "far") as kind:
        findings = list(folder_findings([(tmp_path / "far", "auto")], rescan_seconds=300))
    (finding,) = findings  # what is polled needs no watch
    assert finding.status == "ok"
    assert finding.message.endswith(f"is polled, because {kind} does not tell what other machines write there")


def test_configured_polling_is_in_order(tmp_path: Path) -> None:
    (finding,) = of_folder(tmp_path, "poll")
    assert (finding.status, finding.message) == ("ok", "can be listed and read; is polled, as configured")


def test_files_that_are_in_the_cloud_are_counted(tmp_path: Path) -> None:
    (tmp_path / ".scan.jpg.icloud").touch()
    _, finding = of_folder(tmp_path)
    assert finding.status == "warn"
    assert finding.message.startswith("1 of its files")


@pytest.mark.parametrize("shut", ["inbox", "inbox/scan.jpg"])
def test_a_folder_or_file_that_may_not_be_opened_fails(tmp_path: Path, shut: str) -> None:
    folder = tmp_path / "inbox"
    folder.mkdir()
    (folder / "scan.jpg").write_bytes(b"x")
    (tmp_path / shut).chmod(0)
    code = (
        "import sys; from pathlib import Path; from notesyncd.doctor.folders import unreadable_finding; "
        "finding = unreadable_finding(Path(sys.argv[1])); print(finding and finding.status)"
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
