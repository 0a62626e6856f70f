"""Names that never become a scan, so that half-written, hidden and foreign files cost nothing but a look at their name.

The patterns are those that paperless-ngx, Maestral and Syncthing leave out, and the temporary names that browsers,
sync clients and editors give to files they have not finished.
"""

from __future__ import annotations

import os
import re

_HIDDEN = "hidden files are never taken in"
_SYSTEM = "a file of the operating system or a sync program"
_PARTIAL = "a file that another program has not finished"

_SYSTEM_FILES = frozenset({b"desktop.ini", b"thumbs.db", b"ehthumbs.db", b"icon\r"})
_SYSTEM_FOLDERS = frozenset({b"@eadir", b"#recycle", b"$recycle.bin", b"__macosx", b"lost+found"})
_PARTIAL_SUFFIXES = frozenset(
    {
        b".part",
        b".partial",
        b".crdownload",
        b".download",
        b".tmp",
        b".temp",
        b".!sync",
        b".!ut",
        b".filepart",
        b".opdownload",
        b".swp",
        b".swx",
    }
)
_PARTIAL_PREFIXES = (b"~$", b"~syncthing~")

_KINDS = {
    "a video": "3gp avi m4v mkv mov mp4 mpeg mpg mts webm",
    "a sound recording": "aac aiff amr flac m4a mp3 ogg opus wav",
    "an archive or program": "7z apk app dmg exe gz iso jar pkg rar tar tgz xz zip",
    "a text or office document": (
        "csv doc docx epub htm html ini json key log markdown md numbers odp ods odt pages ppt pptx rtf tex toml txt "
        "xls xlsx xml yaml yml"
    ),
    "a side file of a camera or photo program": "aae lrv thm xmp",
    "a camera's raw picture": "arw cr2 cr3 dng nef orf raf rw2",
}
_FOREIGN = {
    b"." + suffix.encode(): f"{kind}; only pictures (JPEG, PNG, WebP, TIFF, HEIC) and PDF are taken in"
    for kind, suffixes in _KINDS.items()
    for suffix in suffixes.split()
}

# One test for the many ordinary names: only what may match anything of the above is looked at more closely.
_PLAIN = re.compile(rb"[^.~#$][^\r]*\.(?:jpe?g|png|webp|tiff?|hei[cf]|pdf)", re.IGNORECASE)


def ignore_reason(name: str | bytes) -> str | None:
    """Say why a file of this name is never opened, or None for a name that may be a scan.

    ``name`` is the last part of a path. What a file holds is sniffed later; the suffix only sorts out what is clearly
    something else.
    """
    raw = os.fsencode(name)
    if _PLAIN.fullmatch(raw):
        return None
    return _skip_reason(raw) or _FOREIGN.get(_suffix(raw))


def is_foreign(name: str | bytes) -> bool:
    """Tell whether a file is ignored because of its kind (worth a line to the user), not as rubbish (worth none)."""
    raw = os.fsencode(name)
    return _skip_reason(raw) is None and _suffix(raw) in _FOREIGN


def is_ignored_folder(name: str | bytes) -> bool:
    """Tell whether a folder of this name is never entered: hidden, a recycle bin, previews, an unfinished download."""
    raw = os.fsencode(name).lower()
    return raw.startswith(b".") or raw in _SYSTEM_FOLDERS or raw.endswith(b".download")


def is_ignored_path(relative: str | bytes) -> bool:
    """Tell whether a file is ignored by its own name or lies in a folder that is; ``relative`` is below the root."""
    *folders, name = os.fsencode(relative).split(b"/")
    return ignore_reason(name) is not None or any(map(is_ignored_folder, folders))


def _suffix(raw: bytes) -> bytes:
    dot = raw.rfind(b".")
    return raw[dot:].lower() if dot > 0 else b""


def _skip_reason(raw: bytes) -> str | None:
    lower = raw.lower()
    # a leading dot covers .DS_Store, ._*, .~lock.*, .#*, .syncthing.*, .NAME.icloud and rsync's .NAME.XXXXXX alike
    if lower.startswith(b"."):
        return _HIDDEN
    if lower in _SYSTEM_FILES:
        return _SYSTEM
    if (
        lower.startswith(_PARTIAL_PREFIXES)
        or lower.endswith(b"~")
        or (lower.startswith(b"#") and lower.endswith(b"#"))
        or _suffix(lower) in _PARTIAL_SUFFIXES
    ):
        return _PARTIAL
    return None
