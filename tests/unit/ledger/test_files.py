from __future__ import annotations

import os
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from notesyncd.ledger import files
from tests.unit.ledger.builders import NOW, sha

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from notesyncd.ledger.files import SourceFile
    from notesyncd.ledger.store import Ledger

ROOT = "/inbox"


def see(
    connection: Connection, raw_path: bytes = b"a.jpg", *, ino: int = 7, size: int = 10, now: float = NOW
) -> SourceFile:
    files.saw(connection, ROOT, [(raw_path, 3, ino, size, 1234)], now=now, due_at=now + 2)
    return get(connection, raw_path)


def get(connection: Connection, raw_path: bytes = b"a.jpg") -> SourceFile:
    found = files.get(connection, ROOT, raw_path)
    assert found is not None
    return found


def test_a_new_file_begins_to_settle(ledger: Ledger) -> None:
    with ledger.write() as connection:
        file = see(connection)
        assert (file.state, file.due_at, file.changed_at, file.digest) == ("settling", NOW + 2, NOW, None)
        assert (file.dev, file.ino, file.size, file.mtime_ns) == (3, 7, 10, 1234)
        assert files.by_id(connection, file.id) == file


def test_a_changed_file_settles_again_and_keeps_the_digest_that_stood_there(ledger: Ledger) -> None:
    with ledger.write() as connection:
        file = see(connection)
        files.settle(connection, file.id, state="unreadable", reason="no picture", digest=sha("first"), attempts=3)
        again = see(connection, size=11, now=NOW + 60)
    assert (again.id, again.digest) == (file.id, sha("first"))
    assert (again.state, again.reason, again.attempts, again.changed_at) == ("settling", None, 0, NOW + 60)


def test_a_digest_is_only_replaced_by_another_one(ledger: Ledger) -> None:
    with ledger.write() as connection:
        file = see(connection)
        files.settle(connection, file.id, state="registered", digest=sha("first"))
        files.settle(connection, file.id, state="settling", due_at=NOW)
        assert get(connection).digest == sha("first")
        files.settle(connection, file.id, state="registered", digest=sha("second"))
        assert get(connection).digest == sha("second")


def test_all_known_files_of_a_root_are_told(ledger: Ledger) -> None:
    with ledger.write() as connection:
        see(connection, b"a.jpg")
        see(connection, b"sub/b.jpg", ino=8)
        files.saw(connection, "/elsewhere", [(b"c.jpg", 1, 1, 1, 1)], now=NOW, due_at=NOW)
        assert files.known(connection, ROOT) == {
            b"a.jpg": (b"a.jpg", 3, 7, 10, 1234, "settling"),
            b"sub/b.jpg": (b"sub/b.jpg", 3, 8, 10, 1234, "settling"),
        }


def test_device_and_inode_numbers_of_64_bits_are_kept(ledger: Ledger) -> None:
    """ZFS, network mounts and FUSE give inode numbers above 2^63; SQLite's integers are signed."""
    biggest = 2**64 - 1
    with ledger.write() as connection:
        files.saw(connection, ROOT, [(b"a.jpg", biggest, 2**63, 1, 1)], now=NOW, due_at=NOW)
        assert files.known(connection, ROOT)[b"a.jpg"][1:3] == (biggest, 2**63)
        assert (get(connection).dev, get(connection).ino) == (biggest, 2**63)


@given(number=st.integers(min_value=0, max_value=2**64 - 1))
def test_64_bits_survive_the_way_through_a_signed_column(number: int) -> None:
    signed = files._signed(number)
    assert -(2**63) <= signed < 2**63
    assert files._unsigned(signed) == number


def test_names_that_are_no_utf8_survive(ledger: Ledger) -> None:
    raw = b"caf\xe9/sc\xff\xfean.jpg"
    with ledger.write() as connection:
        file = see(connection, raw)
        assert list(files.known(connection, ROOT)) == [raw]
        assert os.fsencode(file.path) == b"/inbox/" + raw


def test_a_reason_with_a_name_that_is_no_utf8_can_be_kept(ledger: Ledger) -> None:
    with ledger.write() as connection:
        file = see(connection)
        files.settle(connection, file.id, state="unreadable", reason=os.fsdecode(b"sc\xff.jpg") + " is no picture")
        assert get(connection).reason == "sc\\udcff.jpg is no picture"


def test_a_renamed_file_keeps_its_row(ledger: Ledger) -> None:
    with ledger.write() as connection:
        file = see(connection)
        files.settle(connection, file.id, state="registered", digest=sha("first"))
        files.moved(connection, ROOT, b"a.jpg", b"sub/b.jpg")
        moved = get(connection, b"sub/b.jpg")
        assert (moved.id, moved.state, moved.digest) == (file.id, "registered", sha("first"))
        assert files.get(connection, ROOT, b"a.jpg") is None


def test_a_file_can_be_renamed_to_where_another_one_once_stood(ledger: Ledger) -> None:
    with ledger.write() as connection:
        see(connection, b"old.jpg")
        files.gone(connection, ROOT, [b"old.jpg"])
        file = see(connection, b"a.jpg")
        files.moved(connection, ROOT, b"a.jpg", b"old.jpg")
        assert get(connection, b"old.jpg").id == file.id
        assert list(files.known(connection, ROOT)) == [b"old.jpg"]


def test_a_gone_file_is_remembered_and_waits_for_nothing(ledger: Ledger) -> None:
    with ledger.write() as connection:
        file = see(connection)
        files.settle(connection, file.id, state="registered", digest=sha("first"), due_at=NOW)
        files.gone(connection, ROOT, [b"a.jpg"])
        assert (get(connection).state, get(connection).digest) == ("gone", sha("first"))
        assert files.due(connection, now=NOW + 1e6, limit=9) == []


def test_a_whole_folder_can_go_at_once(ledger: Ledger) -> None:
    paths = [f"{number}.jpg".encode() for number in range(1200)]
    with ledger.write() as connection:
        files.saw(connection, ROOT, [(path, 1, 1, 1, 1) for path in paths], now=NOW, due_at=NOW)
        files.gone(connection, ROOT, paths)
        assert {file.state for file in files.known(connection, ROOT).values()} == {"gone"}


def test_files_are_due_in_the_order_of_their_times(ledger: Ledger) -> None:
    with ledger.write() as connection:
        assert files.next_due(connection) is None
        for name, now in ((b"late", NOW + 9), (b"early", NOW), (b"never", NOW)):
            see(connection, name, now=now)
        files.settle(connection, get(connection, b"never").id, state="registered")
        assert [file.raw_path for file in files.due(connection, now=NOW + 100, limit=9)] == [b"early", b"late"]
        assert [file.raw_path for file in files.due(connection, now=NOW + 2, limit=9)] == [b"early"]
        assert files.next_due(connection) == NOW + 2


def test_only_a_file_that_is_being_left_alone_counts_as_settling(ledger: Ledger) -> None:
    with ledger.write() as connection:
        assert not files.any_settling(connection)
        file = see(connection)
        assert files.any_settling(connection)
        files.settle(connection, file.id, state="settling", reason="the disk is full", due_at=NOW + 60, attempts=1)
        assert not files.any_settling(connection)


def test_retry_takes_up_what_could_not_be_taken_in(ledger: Ledger) -> None:
    with ledger.write() as connection:
        for state in ("unreadable", "incomplete", "needs_password", "registered", "gone", "ignored"):
            files.settle(connection, see(connection, state.encode()).id, state=state, reason="why", attempts=5)
        assert files.retry(connection, now=NOW + 5) == 3
        due = files.due(connection, now=NOW + 5, limit=9)
        assert {file.raw_path for file in due} == {b"unreadable", b"incomplete", b"needs_password"}
        assert {(file.state, file.reason, file.attempts) for file in due} == {("settling", None, 0)}


def test_one_file_can_be_retried_alone(ledger: Ledger) -> None:
    with ledger.write() as connection:
        for name in (b"a", b"b"):
            files.settle(connection, see(connection, name).id, state="unreadable")
        assert files.retry(connection, now=NOW, file_id=get(connection, b"b").id) == 1
        assert (get(connection, b"a").state, get(connection, b"b").state) == ("unreadable", "settling")


def test_the_same_bytes_may_stand_at_several_paths(ledger: Ledger) -> None:
    with ledger.write() as connection:
        for name in (b"a.jpg", b"copy of a.jpg"):
            files.settle(connection, see(connection, name).id, state="registered", digest=sha("same"))
        assert {file.raw_path for file in files.with_digest(connection, sha("same"))} == {b"a.jpg", b"copy of a.jpg"}
