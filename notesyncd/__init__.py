"""notesyncd: paper goes in, notes come out."""

from importlib.metadata import version

__version__ = version("notesyncd")
