"""All hooks. A hook is added only together with a plugin that uses it.

Each is collected from every plugin and registers things; what is called when is decided by the core alone.
They run once, when the plugin manager is built, in the process that runs the command.
"""

from __future__ import annotations

from collections.abc import Sequence

import pluggy

from notesyncd.hooks.contracts import PreprocessorSpec, ReaderSpec, SinkSpec

PROJECT = "notesyncd"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def notesyncd_readers() -> Sequence[ReaderSpec]:  # type: ignore[empty-body]
    """Return the readers this plugin brings."""


@hookspec
def notesyncd_preprocessors() -> Sequence[PreprocessorSpec]:  # type: ignore[empty-body]
    """Return the preparing steps this plugin brings."""


@hookspec
def notesyncd_sinks() -> Sequence[SinkSpec]:  # type: ignore[empty-body]
    """Return the sinks this plugin brings."""
