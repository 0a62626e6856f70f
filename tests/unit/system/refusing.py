"""Runs a command for which the kernel answers some system calls itself, with an error: ``refusing.py CALL=ERRNO … -- COMMAND``.

``=0`` lets a call do nothing and report success, as the kernels do that promise file events and give none.
"""

import ctypes
import errno
import os
import platform
import struct
import sys
from collections.abc import Mapping

import pytest

_NUMBERS = {
    "x86_64": {"inotify_add_watch": 254, "linkat": 265, "renameat2": 316},
    "aarch64": {"inotify_add_watch": 27, "linkat": 37, "renameat2": 276},
}
_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER = 38, 22, 2
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06  # BPF_LD|W|ABS, BPF_JMP|JEQ|K, BPF_RET|K
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000


def refusing(calls: Mapping[str, int]) -> list[str]:
    """Return what to put before a command, so that its system calls ``calls`` end with these errors (0: nothing done)."""
    if sys.platform != "linux" or platform.machine() not in _NUMBERS:
        pytest.skip("needs seccomp of Linux on a machine whose system calls are known here")
    return [sys.executable, __file__, *(f"{call}={number}" for call, number in calls.items()), "--"]


def _refuse(calls: Mapping[int, int]) -> None:
    program = [struct.pack("=HBBI", _LOAD, 0, 0, 0)]
    for call, number in calls.items():
        program.append(struct.pack("=HBBI", _EQUAL, 0, 1, call))
        program.append(struct.pack("=HBBI", _RETURN, 0, 0, _ERRNO | number))
    program.append(struct.pack("=HBBI", _RETURN, 0, 0, _ALLOW))
    code = ctypes.create_string_buffer(b"".join(program))
    head = ctypes.create_string_buffer(struct.pack("@HP", len(program), ctypes.addressof(code)))
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) or library.prctl(_SET_SECCOMP, _FILTER, head, 0, 0):
        raise OSError(ctypes.get_errno(), f"seccomp: {errno.errorcode[ctypes.get_errno()]}")


if __name__ == "__main__":
    end = sys.argv.index("--")
    named = dict(argument.split("=") for argument in sys.argv[1:end])
    _refuse({_NUMBERS[platform.machine()][call]: int(number) for call, number in named.items()})
    os.execvp(sys.argv[end + 1], sys.argv[end + 1 :])
