"""How long entries of the audit log waited for their seal, seen from outside while clients write.

What waits is looked at again and again, by a process of its own that only reads. An entry is there from the moment that
its transaction was committed until that of its seal was, so it waited no longer than from the last look before it came
to the first after it went; and one that came and went between two looks, no longer than these are apart.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from statistics import quantiles
from time import monotonic

import psycopg

LOOK_EVERY_SECONDS = 0.01
SEALED_WITHIN_SECONDS = 1.0
"""What `docs/audit.md` claims."""

STOP_SECONDS_MAX = 60.0
WAITING = "SELECT entry_id FROM audit_waiting"
RECORDED = "SELECT count(*) FROM audit_entries"


@dataclass
class Waits:
    """Seconds that entries waited at most, by their numbers, and how far apart the looks were."""

    by_entry: dict[int, float] = field(default_factory=dict)
    recorded: int = 0
    looks: int = 0
    longest_pause: float = 0.0

    @property
    def seconds(self) -> list[float]:
        """Of all entries, in order; those that were never seen waiting with the longest that they may have."""
        unseen = self.recorded - len(self.by_entry)
        return sorted([*self.by_entry.values(), *[self.longest_pause] * unseen])

    @property
    def longest(self) -> float:
        return self.seconds[-1]

    @property
    def is_right(self) -> bool:
        return self.longest <= SEALED_WITHIN_SECONDS

    def __str__(self) -> str:
        p50, p95 = (quantiles(self.seconds, n=100)[at] for at in (49, 94))
        return (
            f"p50 {p50:.2f} s, p95 {p95:.2f} s, longest {self.longest:.2f} s (at most {SEALED_WITHIN_SECONDS:.0f} s); "
            f"{self.recorded:,} entries, {self.looks:,} looks, {1000 * self.longest_pause:.0f} ms apart at most"
        )


@contextmanager
def watched(database_url: str) -> Iterator[Waits]:
    """Watches while the block runs; the figures are there after it, once nothing waits any more."""
    waits = Waits()
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    watcher = context.Process(target=_watch, args=(database_url, theirs), daemon=True)
    watcher.start()
    assert ours.recv() == "watching"
    try:
        yield waits
        ours.send("stop")
        if not ours.poll(STOP_SECONDS_MAX):
            raise TimeoutError(f"entries of the audit log still wait for their seal after {STOP_SECONDS_MAX:.0f} s")
        found: Waits = ours.recv()
        vars(waits).update(vars(found))
    finally:
        watcher.terminate()
        watcher.join()


def _watch(database_url: str, parent: Connection) -> None:
    with closing(_connected(database_url)) as connection:
        look = _looker(connection, WAITING)
        waits, came = Waits(), dict[int, float]()
        before = monotonic()
        for entry in look():
            came[entry] = before
        parent.send("watching")
        is_told_to_stop = False
        while not is_told_to_stop or came:
            is_told_to_stop = is_told_to_stop or parent.poll(LOOK_EVERY_SECONDS)
            seen = set(look())
            now = monotonic()
            for entry in came.keys() - seen:
                waits.by_entry[entry] = now - came.pop(entry)
            for entry in seen - came.keys():
                came[entry] = before
            waits.looks += 1
            waits.longest_pause = max(waits.longest_pause, now - before)
            before = now
        [waits.recorded] = _looker(connection, RECORDED)()
    parent.send(waits)


def _connected(database_url: str) -> sqlite3.Connection | psycopg.Connection[tuple[int]]:
    if database_url.startswith("sqlite:///"):
        return sqlite3.connect(database_url.removeprefix("sqlite:///"), timeout=STOP_SECONDS_MAX)
    return psycopg.connect(database_url, autocommit=True)


def _looker(
    connection: sqlite3.Connection | psycopg.Connection[tuple[int]], statement: str
) -> Callable[[], Sequence[int]]:
    if isinstance(connection, sqlite3.Connection):
        return lambda: [row[0] for row in connection.execute(statement)]
    return lambda: [row[0] for row in connection.execute(statement.encode())]
