"""Files of iCloud whose content is not on this machine: to read one waits for its download, without a network for ever.

Since macOS 14 such a file stands there with its name and size, "dataless" (TN3150); before, a hidden stub stood in its
place.
"""

from __future__ import annotations

import os
import subprocess
import tempfile

from notesyncd.domain.errors import TransientError
from notesyncd.intake.names import ignore_reason, is_ignored_folder

# SF_DATALESS of macOS's sys/stat.h; Python's stat module has it from 3.13 on.
_DATALESS = 0x40000000
_STUB_SUFFIX = b".icloud"


def is_dataless(status: os.stat_result) -> bool:
    """Tell by what ``lstat`` said whether a file's (or folder's) content is elsewhere; never outside macOS."""
    return bool(getattr(status, "st_flags", 0) & _DATALESS)


def stub_of(name: bytes) -> bytes | None:
    """Return the name of the file that a stub of this name stands for; None for what is no stub."""
    real = name[1 : -len(_STUB_SUFFIX)]
    return real if real and name == stub_for(real) else None


def stub_for(name: bytes) -> bytes:
    """Return the name of the stub that stands for a file of this name while its content is elsewhere."""
    return b"." + name + _STUB_SUFFIX


def count_absent(folder: bytes) -> int:
    """Count what may be scans anywhere below ``folder`` and is not on this machine.

    A folder that is not here itself counts as one and is not entered: listing it would download it.
    """
    absent, folders = 0, [folder]
    while folders:
        try:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    is_folder = entry.is_dir(follow_symlinks=False)
                    name = stub_of(entry.name) or entry.name
                    if is_ignored_folder(name) if is_folder else ignore_reason(name):
                        continue
                    if name != entry.name or _is_dataless_entry(entry):
                        absent += 1
                    elif is_folder:
                        folders.append(entry.path)
        except OSError:  # can't be listed, or is gone: that is another check's finding
            continue
    return absent


def ask_for(path: bytes, *, seconds: float = 20.0) -> None:
    """Ask macOS to download the content of the file at ``path``; it comes later, as a change of that file.

    Args:
        path: absolute; the file's own name, not that of its stub.
        seconds: how long the request itself may take.

    Raises:
        TransientError: it can't be asked for, or was refused.
    """
    shown = os.fsdecode(path)
    try:
        with tempfile.TemporaryFile() as said:  # a pipe would have to be waited for, until whoever holds it lets go
            answer = subprocess.run(  # noqa: S603 - no shell, and the path is absolute, so it is no option
                ["brctl", "download", path],  # noqa: S607 - macOS's own, wherever PATH finds it
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                timeout=seconds,
                check=False,
            )
            said.seek(0)
            last_line = said.read().decode(errors="replace").strip().rpartition("\n")[2]
    except subprocess.TimeoutExpired as error:
        raise TransientError(f"{shown} can't be asked for: iCloud did not answer within {seconds:g} s") from error
    except FileNotFoundError as error:
        raise TransientError(f"{shown} can't be asked for: there is no brctl here to speak to iCloud with") from error
    except OSError as error:
        raise TransientError(f"{shown} can't be asked for: {error}") from error
    if answer.returncode != 0:
        raise TransientError(f"{shown} is not downloaded: {last_line or f'brctl ended with {answer.returncode}'}")


def _is_dataless_entry(entry: os.DirEntry[bytes]) -> bool:
    if not hasattr(os.stat_result, "st_flags"):  # so it is outside macOS: no file need be looked at
        return False
    try:
        return is_dataless(entry.stat(follow_symlinks=False))
    except OSError:
        return False
