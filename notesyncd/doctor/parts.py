"""Checks of the parts that plugins bring: readers and sinks, and plugins that were left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from notesyncd.api import NotesyncdError, ReaderSpec, Sink
from notesyncd.doctor.finding import Finding
from notesyncd.hooks.plugins import Plugins


def plugin_findings(plugins: Plugins) -> Iterator[Finding]:
    """Report the plugins that were left out, or that none was."""
    for failure in plugins.failures:
        yield Finding(
            name=f"plugin {failure.name}",
            status="warn",
            message=f"was left out: {failure.error}",
            remedy="update or uninstall its distribution (notesyncd plugins)",
        )
    if not plugins.failures:
        names = ", ".join(plugin.name for plugin in plugins.loaded)
        yield Finding(name="plugins", status="ok", message=names)


def reader_findings(states: Mapping[str, str | None], choose: Callable[[], ReaderSpec]) -> Iterator[Finding]:
    """Check that the reader can be used that is configured.

    Args:
        states: why each reader can't be used; None: it can.
        choose: returns the configured one or raises with a remedy.
    """
    others = "; ".join(f"{name}: {reason or 'ready'}" for name, reason in states.items())
    try:
        chosen = choose()
    except NotesyncdError as error:
        yield Finding(
            name="reader", status="fail", message=str(error), remedy=f"set read.reader to one that is ready ({others})"
        )
        return
    reason = states.get(chosen.name)
    if reason is not None:
        yield Finding(name="reader", status="fail", message=f"{chosen.name} can't be used: {reason}", remedy=others)
    else:
        yield Finding(name="reader", status="ok", message=f"{chosen.name} (all: {others})")


def privacy_finding(leaves_machine: str | None) -> Finding:
    """Say what the reader sends elsewhere."""
    if leaves_machine is None:
        return Finding(name="privacy", status="ok", message="pages are read on this machine; none leaves it for that")
    return Finding(
        name="privacy",
        status="warn",
        message=leaves_machine,
        remedy='nothing must be done if you want that; else set reader = "auto" or a server on this machine',
    )


def sink_findings(sinks: Mapping[str, Callable[[], Sink]], unavailable: Mapping[str, str]) -> Iterator[Finding]:
    """Open each sink and ask it, by a call that changes nothing, whether deliveries would work.

    Args:
        sinks: by name, what opens it.
        unavailable: configured sinks whose plugin was left out, with the reason.
    """
    for name, open_sink in sinks.items():
        yield _sink_finding(f"sink {name}", open_sink)
    for name, reason in unavailable.items():
        message = f"its plugin was left out, deliveries wait: {reason}"
        yield Finding(name=f"sink {name}", status="fail", message=message, remedy="update its distribution")
    if not sinks and not unavailable:
        yield Finding(
            name="sinks",
            status="warn",
            message="none is configured: notes are made, but delivered nowhere",
            remedy='add [sinks.obsidian] with vault = "…" to the configuration',
        )


def _sink_finding(name: str, open_sink: Callable[[], Sink]) -> Finding:
    try:
        sink = open_sink()
        try:
            health = sink.check()
        finally:
            sink.close()
    except NotesyncdError as error:
        return Finding(name=name, status="fail", message=str(error), remedy="see its table in the configuration")
    except Exception as error:  # noqa: BLE001 - a stranger's sink must not hide what the other checks found
        # Its text may hold anything, a token among it.
        message = f"its plugin broke: {type(error).__name__}"
        return Finding(name=name, status="fail", message=message, remedy="tell the author of the plugin")
    if health.ok:
        return Finding(name=name, status="ok", message=health.message)
    return Finding(name=name, status="fail", message=health.message, remedy="see its table in the configuration")
