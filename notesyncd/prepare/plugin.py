"""The built-in preparing steps, announced as a stranger's plugin would announce its own."""

from __future__ import annotations

from collections.abc import Sequence

from notesyncd.api import PreprocessorSpec, hookimpl
from notesyncd.prepare.bound import Bound
from notesyncd.prepare.orientation import orient


@hookimpl
def notesyncd_preprocessors() -> Sequence[PreprocessorSpec]:
    """Return the built-in steps."""
    return (
        PreprocessorSpec(name="orientation", apply=orient, description="stands the page as its EXIF data says"),
        PreprocessorSpec(name="bound", apply=Bound(), description="shrinks pages of more than 16 megapixels"),
    )
