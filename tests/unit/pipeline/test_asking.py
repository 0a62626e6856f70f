"""Ids are given by their beginnings, as long as these tell one page or note from all others."""

from __future__ import annotations

import pytest

from notesyncd.api import PermanentError
from notesyncd.ledger.store import Ledger
from notesyncd.pipeline.asking import pages_named
from tests.unit.ledger.builders import page, register


def test_a_page_is_named_by_its_beginning_and_a_note_means_all_its_pages(ledger: Ledger) -> None:
    with ledger.write() as connection:
        note_id = register(connection, "one", "two")
    assert pages_named(ledger, page("one").id[:10]) == [page("one").id]
    assert pages_named(ledger, note_id[:8].upper()) == [page("one").id, page("two").id]


def test_what_names_nothing_or_too_much_is_refused(ledger: Ledger) -> None:
    with ledger.write() as connection:
        register(connection, "one", "two")
    with pytest.raises(PermanentError, match="there is no page or note whose id begins with 'zzz'"):
        pages_named(ledger, "zzz")
    with pytest.raises(PermanentError, match="'' begins the ids of more than one page or note"):
        pages_named(ledger, "")
