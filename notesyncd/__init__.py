"""notesyncd: paper goes in, notes come out."""

from __future__ import annotations


def __getattr__(name: str) -> str:
    """Look ``__version__`` up only when it is asked for: every decoder child and ``--help`` would pay for it."""
    if name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415

        return version("notesyncd")
    raise AttributeError(name)


__version__: str
