"""Errors, sorted by what to do next.

NotesyncdError
├── ConfigError       a person must mend the configuration; nothing was touched
├── TransientError    try again later (``retry_after`` seconds, if the other side said so)
├── PermanentError    trying again the same way is useless; a person decides
├── AuthError         credentials or permission: pauses the sink, its rows are parked
├── UnreadableScan    this file (or page) can't be decoded or read; all others go on
├── ChildDied         a child process died or hung over this file or page, which counts as a strike against it
└── PluginError       a plugin is broken or breaks its contract; it is left out
"""

from __future__ import annotations


class NotesyncdError(Exception):
    """Base of every error that notesyncd raises on purpose; ``str()`` is a sentence for a person."""


class ConfigError(NotesyncdError):
    """The configuration can't be used; the message names file, key and remedy."""


class TransientError(NotesyncdError):
    """It may work later.

    Attributes:
        retry_after: seconds the other side asked us to wait, if it said so.
    """

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class PermanentError(NotesyncdError):
    """Trying again the same way is useless."""


class AuthError(NotesyncdError):
    """Credentials or permissions are missing; the message says how to give them."""


class UnreadableScan(NotesyncdError):  # noqa: N818 - named by what it is, as in the design
    """A file or page that can't be decoded or read, with its reason."""


class ChildDied(NotesyncdError):  # noqa: N818 - named by what happened
    """A child process died or hung over a file or page, which may be its fault; whoever counts strikes counts this."""


class PluginError(NotesyncdError):
    """A plugin can't be loaded or breaks its contract."""
