"""Names of tesseract's languages: BCP 47 tags in, installed traineddata out."""

from __future__ import annotations

from collections.abc import Sequence

DEFAULT = "eng"

# Primary subtag (and script or region where it matters) to the name of the traineddata.
_NAMES = {
    "ar": "ara", "bg": "bul", "ca": "cat", "cs": "ces", "da": "dan", "de": "deu", "el": "ell", "en": "eng",
    "es": "spa", "et": "est", "eu": "eus", "fa": "fas", "fi": "fin", "fr": "fra", "ga": "gle", "gl": "glg",
    "he": "heb", "hi": "hin", "hr": "hrv", "hu": "hun", "id": "ind", "is": "isl", "it": "ita", "ja": "jpn",
    "ko": "kor", "la": "lat", "lt": "lit", "lv": "lav", "nb": "nor", "nl": "nld", "nn": "nor", "no": "nor",
    "pl": "pol", "pt": "por", "ro": "ron", "ru": "rus", "sk": "slk", "sl": "slv", "sr": "srp", "sv": "swe",
    "th": "tha", "tr": "tur", "uk": "ukr", "vi": "vie", "zh": "chi_sim",
    "zh-hant": "chi_tra", "zh-tw": "chi_tra", "zh-hk": "chi_tra", "zh-mo": "chi_tra",
}  # fmt: skip


def traineddata(tags: Sequence[str], installed: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Choose what to read with.

    Args:
        tags: BCP 47 tags that were asked for, most wanted first; none: English, or whatever is installed.
        installed: tesseract's names of its languages, at least one.

    Returns:
        The names to use, at least one, and warnings for tags that can't be served.
    """
    chosen: list[str] = []
    warnings: list[str] = []
    for tag in tags:
        name = _name(tag)
        if name not in installed:
            package = f"tesseract-ocr-{name.replace('_', '-')}"
            warnings.append(f"tesseract has no language {name!r} for {tag!r} (Debian: apt install {package})")
        elif name not in chosen:
            chosen.append(name)
    if not chosen:
        chosen = [DEFAULT if DEFAULT in installed else installed[0]]
    return tuple(chosen), tuple(warnings)


def _name(tag: str) -> str:
    parts = tag.lower().replace("_", "-").split("-")
    for part in parts[1:]:
        if f"{parts[0]}-{part}" in _NAMES:
            return _NAMES[f"{parts[0]}-{part}"]
    return _NAMES.get(parts[0], parts[0])
