"""What a daemon does to the ledger before anything else, under its lock, and when its clock is set back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notesyncd.ledger import files, notes, outbox, work

if TYPE_CHECKING:
    from collections.abc import Mapping

    from notesyncd.ledger.outbox import Place
    from notesyncd.pipeline.services import Services


def take_over(services: Services, plugins_of_places: Mapping[Place, str]) -> int:
    """Free what a dead daemon left running and compare the deliveries with the configuration, in one commit.

    Returns:
        How many rows were freed.
    """
    now = services.clock()
    services.artifacts.clear_work()
    with services.ledger.write() as connection:
        freed = work.free_running(connection, now=now)
        for page_id in work.parked_by_deaths(connection):
            notes.queue_for_page(connection, page_id, now=now)
        outbox.supersede_all(connection, now=now)
        outbox.configure(connection, dict(plugins_of_places), now=now)
    return freed


def clock_fell_back(services: Services, seconds: float) -> None:
    """Move everything that is due later along with the clock, so that nothing waits for the old time to come."""
    now = services.clock()
    with services.ledger.write() as connection:
        files.clock_fell_back(connection, seconds, now=now)
        work.clock_fell_back(connection, seconds, now=now)
