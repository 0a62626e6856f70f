"""Serves a folder through FUSE, as network file systems are served: ``far_folder.py FOLDER [FILE]``, until it is killed.

It holds nothing, or one empty file, which it finds as macOS does: by its name in any form of Unicode and in capitals too.
"""

import ctypes
import os
import struct
import sys
import unicodedata

KIND = "fuse.far"
_NO_ENTRY, _NO_SUCH_CALL = -2, -38
_FOLDER, _FILE = 1, 2  # inodes


def _folded(name: bytes) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name.decode()).casefold())


def _status(inode: int) -> bytes:
    mode, times = (0o40755 if inode == _FOLDER else 0o100644), (0, 0, 0)
    return struct.pack("=6Q10I", inode, 0, 0, *times, *times, mode, 1, os.getuid(), os.getgid(), 0, 4096, 0)


def _answer(call: int, inode: int, question: bytes, file: bytes) -> bytes | int:
    """Return what follows the header of an answer (linux/fuse.h), or a negative error number."""
    match call:
        case 26:  # INIT
            return struct.pack("=IIIIHHIIHHI28x", 7, 31, 65536, 0, 12, 9, 65536, 1, 1, 0, 0)
        case 3:  # GETATTR
            return struct.pack("=QII", 0, 0, 0) + _status(inode)
        case 1:  # LOOKUP
            if not file or _folded(question.rstrip(b"\0")) != _folded(file):
                return _NO_ENTRY
            return struct.pack("=4QII", _FILE, 0, 0, 0, 0, 0) + _status(_FILE)
        case 27:  # OPENDIR
            return bytes(16)
        case 28:  # READDIR
            (offset,) = struct.unpack_from("=8xQ", question)
            if offset or not file:
                return b""
            entry = struct.pack("=QQII", _FILE, 1, len(file), 8) + file
            return entry + bytes(-len(entry) % 8)
        case 29:  # RELEASEDIR
            return b""
    return _NO_SUCH_CALL


def _serve(folder: str, file: bytes) -> None:
    device = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={device},rootmode=40000,user_id={os.getuid()},group_id={os.getgid()}"
    library = ctypes.CDLL(None, use_errno=True)
    if library.mount(b"far", os.fsencode(folder), KIND.encode(), 0, options.encode()):
        sys.exit(f"mount: {os.strerror(ctypes.get_errno())}")
    print("mounted", flush=True)
    while True:
        request = os.read(device, 1 << 20)
        call, unique, inode = struct.unpack_from("=4xIQQ", request)
        if call in {2, 42}:  # FORGET, BATCH_FORGET: nobody waits for an answer
            continue
        answer = _answer(call, inode, request[40:], file)
        body, error = (b"", answer) if isinstance(answer, int) else (answer, 0)
        os.write(device, struct.pack("=IiQ", 16 + len(body), error, unique) + body)


if __name__ == "__main__":
    _serve(sys.argv[1], os.fsencode(sys.argv[2]) if len(sys.argv) > 2 else b"")
