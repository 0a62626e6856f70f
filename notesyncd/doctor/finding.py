"""What a check found, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Result of one check.

    Attributes:
        name: what was looked at, in a word or two.
        status: "warn" works, but not as well as it could; "fail" keeps notesyncd from doing its work.
        remedy: one line how to mend it; None where there is nothing to mend.
    """

    name: str
    status: Status
    message: str
    remedy: str | None = None


def has_failed(findings: Iterable[Finding]) -> bool:
    """Say whether anything keeps notesyncd from doing its work."""
    return any(finding.status == "fail" for finding in findings)
