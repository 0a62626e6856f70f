"""A plugin that kills its own process, as kill -9 would, at one moment of the ledger's life.

``KILL_AT=compose:before:2``: right before the second commit that keeps a note revision.
"""

import os
import signal
import threading

from sqlalchemy import Engine, event
from sqlalchemy.pool import Pool

MOMENTS = {
    "register": lambda sql, values: sql.startswith("INSERT INTO scan "),
    "read": lambda sql, values: sql.startswith("INSERT INTO transcript "),
    "compose": lambda sql, values: sql.startswith("INSERT INTO note_revision "),
    "sending": lambda sql, values: sql.startswith("UPDATE delivery SET state=") and "running" in values,
    "progress": lambda sql, values: sql.startswith("INSERT INTO remote_copy ") and "progress" in sql,
    "delivered": lambda sql, values: sql.startswith("UPDATE delivery SET state=") and "done" in values,
}
_commit, _when, _count = os.environ.get("KILL_AT", "none:never:1").split(":")
_left = int(_count)
_transaction = threading.local()


@event.listens_for(Engine, "before_cursor_execute")
def _note(connection, cursor, statement, parameters, context, many):
    values = parameters if isinstance(parameters, tuple) else ()
    if _commit in MOMENTS and MOMENTS[_commit](statement, values):
        _transaction.seen = True


def _reached(when):
    global _left
    if not getattr(_transaction, "seen", False) or when != _when:
        return
    _left -= 1
    if _left <= 0:
        os.kill(os.getpid(), signal.SIGKILL)


@event.listens_for(Engine, "commit")
def _before_commit(connection):
    _reached("before")
    if _when == "before":
        _forget()


@event.listens_for(Engine, "rollback")
def _rolled_back(connection):
    _forget()


@event.listens_for(Pool, "checkin")
def _after_commit(connection, record):
    _reached("after")
    _forget()


def _forget():
    _transaction.seen = False
