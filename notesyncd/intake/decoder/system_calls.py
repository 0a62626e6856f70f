"""System calls that a decoder never needs, refused by the kernel from the moment of asking on (Linux, seccomp).

It needs no right and holds in containers and on desktops that allow no network namespace of one's own; and unlike such
a namespace it also shuts out the sockets that lie in the file system, such as a desktop's message bus.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections.abc import Iterator

from notesyncd.intake.decoder.kernel import prctl

# By the kernel's name of the instruction set (AUDIT_ARCH_*), since one machine runs programs of several: socket,
# socketcall, execve, execveat, io_uring_setup (opens sockets too), ptrace, process_vm_readv, process_vm_writev.
_REFUSED = {
    0xC000003E: (41, 59, 322, 425, 101, 310, 311),  # x86-64
    0x40000003: (359, 102, 11, 358, 425, 26, 347, 348),  # x86, 32 bits
    0xC00000B7: (198, 221, 281, 425, 117, 270, 271),  # ARM, 64 bits
    0x40000028: (281, 102, 11, 387, 425, 26, 376, 377),  # ARM, 32 bits
}
_KNOWN_MACHINES = frozenset({"x86_64", "i686", "aarch64", "armv7l", "armv8l"})

# linux/bpf_common.h, linux/seccomp.h, linux/prctl.h
_LOAD, _IF_EQUAL, _IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_NUMBER_AT, _ARCHITECTURE_AT = 0, 4
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 22, 2
_X32 = 0x40000000  # a second way to call the kernel of x86-64, by numbers from here on


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def refuse_system_calls() -> None:
    """Refuse sockets, other programs and other processes' memory to this thread and all that it starts, for good.

    Needs PR_SET_NO_NEW_PRIVS.

    Raises:
        OSError: if the kernel can't, or the machine is of an unknown kind.
    """
    if os.uname().machine not in _KNOWN_MACHINES:
        raise OSError(errno.ENOSYS, f"the system calls of {os.uname().machine} are not known")
    instructions = b"".join(_filter())
    program = _Program(len(instructions) // 8, instructions)
    prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(program))


def _filter() -> Iterator[bytes]:
    """Yield the program that the kernel runs at each system call; jumps count the instructions that are left out."""
    yield _instruction(_LOAD, _ARCHITECTURE_AT)
    for architecture, refused in _REFUSED.items():
        yield _instruction(_IF_EQUAL, architecture, otherwise=len(refused) + 4)
        yield _instruction(_LOAD, _NUMBER_AT)
        yield _instruction(_IF_AT_LEAST, _X32, then=len(refused) + 1)
        for left, number in zip(range(len(refused), 0, -1), refused, strict=True):
            yield _instruction(_IF_EQUAL, number, then=left)
        yield _instruction(_RETURN, _ALLOW)
        yield _instruction(_RETURN, _REFUSE)
    yield _instruction(_RETURN, _ALLOW)


def _instruction(code: int, value: int, *, then: int = 0, otherwise: int = 0) -> bytes:
    return struct.pack("=HBBI", code, then, otherwise, value)
