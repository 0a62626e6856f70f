"""What the decoder can't be kept from is said, with the remedy."""

from pathlib import Path

import pytest

from notesyncd.doctor.decoder import confinement_finding, decoder_findings, network_remedy
from notesyncd.intake.decoder.process import DecoderProcess


def test_the_decoder_that_really_starts_is_asked() -> None:
    (finding,) = decoder_findings()
    child = DecoderProcess()
    child.close()
    assert finding == confinement_finding(child.confinement)
    assert finding.name == "decoder"
    assert finding.status in {"ok", "warn"}


def test_a_decoder_that_does_not_start_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PYTHONHOME", str(tmp_path))  # where Python finds none of its own modules
    (finding,) = decoder_findings()
    assert finding.status == "fail"
    assert "can't be started" in finding.message
    assert finding.remedy is not None


def test_limits_that_hold_are_in_order() -> None:
    finding = confinement_finding({"memory": None, "network": None})
    assert (finding.status, finding.remedy) == ("ok", None)
    assert "memory, network" in finding.message


def test_limits_that_do_not_hold_are_named_with_the_reason() -> None:
    finding = confinement_finding({"memory": "it is a Mac", "network": None, "rights": "no"})
    assert finding.status == "warn"
    assert "memory (it is a Mac), rights (no)" in finding.message
    assert "network" not in finding.message
    assert finding.remedy is not None


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("kernel/unprivileged_userns_clone", "0", "sudo sysctl kernel.unprivileged_userns_clone=1"),
        (
            "kernel/apparmor_restrict_unprivileged_userns",
            "1",
            "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0",
        ),
        ("user/max_user_namespaces", "0", "sudo sysctl user.max_user_namespaces=10000"),
        ("kernel/unprivileged_userns_clone", "1", None),
        ("user/max_user_namespaces", "96365", None),
    ],
)
def test_the_setting_that_denies_a_namespace_is_named(
    tmp_path: Path, name: str, value: str, remedy: str | None
) -> None:
    setting = tmp_path / name
    setting.parent.mkdir()
    setting.write_text(value + "\n")
    assert network_remedy(tmp_path) == remedy
