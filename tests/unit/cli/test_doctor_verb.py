"""``doctor`` says what is wrong and how to mend it, and its exit code tells scripts."""

import json
from collections.abc import Callable
from pathlib import Path

from typer.testing import Result

Run = Callable[..., Result]


def test_a_good_set_up_ends_with_0(run: Run, config: Path) -> None:
    result = run("doctor", "--config", config)
    assert result.exit_code == 0, result.output
    assert f"✓ folder {config.parent}/inbox" in result.stdout
    assert "✓ sink obsidian" in result.stdout


def test_a_vanished_folder_ends_with_1_and_the_remedy(run: Run, config: Path) -> None:
    (config.parent / "inbox").rmdir()
    result = run("doctor", "--config", config)
    assert result.exit_code == 1
    assert f"✗ folder {config.parent}/inbox" in result.stdout
    assert "mkdir -p" in result.stdout


def test_a_bad_configuration_does_not_hide_the_other_checks(run: Run, config: Path) -> None:
    config.write_text("nonsense = 1")
    result = run("doctor", "--json", "--config", config)
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert told["schema"] == "notesyncd.doctor/1"
    statuses = {finding["name"]: finding["status"] for finding in told["findings"]}
    assert statuses["configuration"] == "fail"
    assert statuses["Python"] == "ok"
