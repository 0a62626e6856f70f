"""Whether events arrive is proved, not believed, and the proof leaves nothing behind."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from notesyncd.intake import canary
from notesyncd.intake.canary import CANARY_PREFIX, events_arrive
from notesyncd.intake.names import is_ignored_path
from tests.unit.system.mounting import mounted_tmpfs
from tests.unit.system.refusing import refusing

ASK = """
import sys
from pathlib import Path
from notesyncd.intake.canary import events_arrive
print(events_arrive(Path(sys.argv[1]), seconds=0.7))
"""


def everything(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


def test_events_of_a_local_folder_arrive_at_once(tmp_path: Path) -> None:
    (tmp_path / "scan.jpg").touch()
    latency = events_arrive(tmp_path)
    assert latency is not None
    assert 0 < latency < 2
    assert everything(tmp_path) == ["scan.jpg"]


def test_it_is_silent(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(50):
        assert events_arrive(tmp_path) is not None
    assert caplog.text == ""


def test_through_a_link_they_arrive_too(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    assert events_arrive(tmp_path / "link") is not None


def test_a_folder_that_tells_nothing_is_found_out_and_nothing_is_left(tmp_path: Path) -> None:
    """The kernel says that it watches, and does not, as it is in some containers and on WSL."""
    command = [*refusing({"inotify_add_watch": 0}), sys.executable, "-c", ASK, str(tmp_path)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.stdout == "None\n", ran.stderr
    assert everything(tmp_path) == []


def test_an_event_of_another_file_proves_nothing(tmp_path: Path) -> None:
    events = canary._Renames()
    events.seen.put(("scan.jpg", 0.0))
    assert canary._wait_for_rename(tmp_path, events, 0.1) is None


def test_where_nothing_can_be_written_it_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    with mounted_tmpfs(folder):
        subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
        before = threading.active_count()
        with pytest.raises(OSError, match="Read-only"):
            events_arrive(folder)
        assert threading.active_count() == before


@pytest.mark.parametrize("path", ["missing", "file"])
def test_what_is_no_folder_is_refused(tmp_path: Path, path: str) -> None:
    (tmp_path / "file").touch()
    before = threading.active_count()
    with pytest.raises(OSError):
        events_arrive(tmp_path / path)
    assert threading.active_count() == before


def test_what_a_killed_one_left_is_cleared(tmp_path: Path) -> None:
    """A real one, killed while it waits for an event that does not come."""
    command = [*refusing({"inotify_add_watch": 0}), sys.executable, "-c", ASK.replace("0.7", "60"), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as asking:
        while not everything(tmp_path) and asking.poll() is None:
            pass
        asking.kill()
    (left,) = everything(tmp_path)
    assert left.startswith(CANARY_PREFIX)
    assert events_arrive(tmp_path) is not None
    assert everything(tmp_path) == []


def test_its_names_are_never_taken_in() -> None:
    assert is_ignored_path(f"{CANARY_PREFIX}0123-0")
