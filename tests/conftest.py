"""What every test may use."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pytest

pytest.register_assert_rewrite("notesyncd.testing.reader_contract", "notesyncd.testing.sink_contract")


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of real pages; tests that ask for it bear the mark ``data``."""
    folder = os.environ.get("NOTESYNCD_TEST_DATA")
    if not folder:
        pytest.skip("needs NOTESYNCD_TEST_DATA, a folder of real pages")
    return Path(folder)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where ``NOTESYNCD_TEST_REQUIRE=all`` asks for everything, a skipped part is a failure."""
    report = yield
    if report.skipped and os.environ.get("NOTESYNCD_TEST_REQUIRE") == "all" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, but NOTESYNCD_TEST_REQUIRE=all: {report.longrepr}"
    return report
