"""Check of the decoder: started for real, and asked which of its limits the system keeps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from notesyncd.doctor.finding import Finding
from notesyncd.domain.errors import TransientError
from notesyncd.intake.decoder.confine import Confinement
from notesyncd.intake.decoder.limits import MAX_RESIDENT_BYTES
from notesyncd.intake.decoder.process import DecoderProcess

_NAME = "decoder"

_SETTINGS = Path("/proc/sys")

# Settings of the kernel that deny a plain user the namespace in which there is no network, with the value that does.
_DENIALS = (
    ("kernel/unprivileged_userns_clone", "0", "1"),
    ("kernel/apparmor_restrict_unprivileged_userns", "1", "0"),
    ("user/max_user_namespaces", "0", "10000"),
)


def decoder_findings() -> Iterator[Finding]:
    """Start a decoder and report what it told of itself."""
    try:
        child = DecoderProcess()
    except TransientError as error:
        yield Finding(
            name=_NAME,
            status="fail",
            message=str(error),
            remedy="install notesyncd anew; if it still fails, run: python -m notesyncd.intake.decoder.child",
        )
        return
    child.close()
    yield confinement_finding(child.confinement)


def confinement_finding(confinement: Confinement) -> Finding:
    """Say which limits hold that keep a hostile file from doing harm."""
    held = [name for name, reason in confinement.items() if reason is None]
    missing = [f"{name} ({reason})" for name, reason in confinement.items() if reason is not None]
    if missing:
        return Finding(
            name=_NAME,
            status="warn",
            message=f"files are opened in a process of their own, but these limits do not hold: {', '.join(missing)}",
            remedy=(network_remedy(_SETTINGS) if confinement.get("network") else None)
            or "nothing must be done, but watch only folders into which nobody puts files whom you do not trust",
        )
    return Finding(
        name=_NAME,
        status="ok",
        message=f"files are opened in a process of their own, with at most {MAX_RESIDENT_BYTES >> 30} GB of memory; "
        f"all limits hold: {', '.join(held)}",
    )


def network_remedy(settings: Path) -> str | None:
    """Say how to let a plain user's process leave the network; ``settings`` is where the kernel shows its own."""
    for name, denies, allows in _DENIALS:
        with suppress(OSError):
            if (settings / name).read_text(encoding="ascii").strip() == denies:
                return f"sudo sysctl {name.replace('/', '.')}={allows}"
    return None
