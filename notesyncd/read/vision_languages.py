"""Languages of Apple's text recogniser: BCP 47 tags in, the nearest of those that the system reads out."""

from __future__ import annotations

from collections.abc import Sequence

# Chinese is told apart by script; a region says which.
_SCRIPTS = {"cn": "hans", "sg": "hans", "tw": "hant", "hk": "hant", "mo": "hant"}


def nearest(tags: Sequence[str], supported: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Choose what to read with.

    Args:
        tags: that were asked for, most wanted first.
        supported: by the system, in its order: ``en-US``, ``zh-Hans``.

    Returns:
        Some of ``supported``, each once, and warnings for tags that can't be served.
    """
    chosen: list[str] = []
    warnings: list[str] = []
    for tag in tags:
        found = _nearest(tag, supported)
        if found is None:
            warnings.append(f"Apple's text recogniser does not read {tag!r} on this Mac")
        elif found not in chosen:
            chosen.append(found)
    return tuple(chosen), tuple(warnings)


def _nearest(tag: str, supported: Sequence[str]) -> str | None:
    language, *wanted = _subtags(tag)
    candidates = [other for other in supported if _subtags(other)[0] == language]
    return max(candidates, key=lambda other: len(set(wanted).intersection(_subtags(other))), default=None)


def _subtags(tag: str) -> list[str]:
    language, *rest = tag.lower().replace("_", "-").split("-")
    if language in ("zh", "yue"):
        rest += [_SCRIPTS[part] for part in rest if part in _SCRIPTS]
    return [language, *rest]
