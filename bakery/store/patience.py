"""How tables are changed while people work: whoever changes one waits for it in short turns.

A change of a table waits until nobody reads it, and everybody who comes later waits behind it. So it never waits for
long: it steps back, lets them pass, and tries again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

T = TypeVar("T")

LOCK_TIMEOUT_MILLISECONDS = 100
PAUSE_SECONDS = 0.5
TURNS = 600
"""About five minutes in all: an import or a backup may hold its tables for as long as it runs."""

_STEPPED_BACK = {"55P03", "40P01"}  # a lock that was not to be had in time; a deadlock


def waits_briefly(connection: Connection) -> None:
    """Have every statement of a PostgreSQL connection wait for locks in short turns only."""
    connection.execute(text(f"SET lock_timeout = {LOCK_TIMEOUT_MILLISECONDS}"))
    connection.commit()


def patiently(act: Callable[[], T], connection: Connection) -> T:
    """What `act` returns, which is begun anew, in a new transaction, as often as a lock was not to be had."""
    for _ in range(TURNS - 1):
        try:
            return act()
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in _STEPPED_BACK:
                raise
            connection.rollback()
            time.sleep(PAUSE_SECONDS)
    return act()
