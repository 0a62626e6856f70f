"""How much memory a process holds is read from the system, of whatever process."""

import subprocess
import sys

from notesyncd.system.memory import resident_bytes


def test_memory_of_another_process_is_told_and_of_none_not() -> None:
    takes = (
        "import mmap, sys; taken, untouched = bytearray(200 << 20), mmap.mmap(-1, 1 << 30); "
        "print('taken', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", takes], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"taken\n"
        assert 200 << 20 < (resident_bytes(process.pid) or 0) < 300 << 20
    assert resident_bytes(process.pid) is None
