"""A folder is polled where events don't tell everything."""

from pathlib import Path

import pytest

from notesyncd.intake.mode import ModeChoice, choose_mode
from notesyncd.system.mounts import file_system
from tests.unit.system.mounting import mounted_far_folder, mounted_tmpfs


def test_a_local_folder_is_watched_natively(tmp_path: Path) -> None:
    with mounted_tmpfs(tmp_path / "disk"):
        choice = choose_mode(tmp_path / "disk" / "not yet", "auto")
    assert choice == ModeChoice(mode="native", reason="tmpfs tells of every change")


def test_a_folder_of_another_machine_is_polled(tmp_path: Path) -> None:
    with mounted_far_folder(tmp_path / "far") as kind:
        auto = choose_mode(tmp_path / "far", "auto")
        native = choose_mode(tmp_path / "far", "native")
    assert auto == ModeChoice(mode="poll", reason=f"{kind} does not tell what other machines write there")
    assert native.mode == "native"
    assert native.reason == f"as configured, although {auto.reason}"


@pytest.mark.parametrize("wanted", ["native", "poll"])
def test_what_is_configured_holds(tmp_path: Path, wanted: str) -> None:
    assert choose_mode(tmp_path, wanted) == ModeChoice(mode=wanted, reason="as configured")


def test_the_reason_names_the_file_system(tmp_path: Path) -> None:
    assert str(file_system(tmp_path)) in choose_mode(tmp_path, "auto").reason
