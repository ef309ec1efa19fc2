"""How statements run on the two drivers, by what psycopg and aiosqlite offer in public."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar, cast

import aiosqlite
import psycopg
from sqlalchemy.ext.asyncio import AsyncConnection

from bakery.store.turns import SLICE, next_turn

T = TypeVar("T")
Row = tuple[Any, ...]

STOP_EVERY_SECONDS = 0.01

DriverError = (psycopg.Error, sqlite3.Error)
"""What a database answers or fails with."""

IntegrityError = (psycopg.IntegrityError, sqlite3.IntegrityError)
"""A constraint was broken."""


@dataclass(slots=True, eq=False)
class Operation:
    """A statement on its way to the database.

    `take` gets its rows, many of them slice by slice. What `is_kept` runs again, so its plan is worth keeping. With
    `repeats`, it runs once for each of them.
    """

    text: str
    parameters: Sequence[Any] = ()
    take: Callable[[Sequence[Row]], None] | None = None
    is_kept: bool = False
    repeats: Sequence[Sequence[Any]] | None = None
    is_done: bool = field(default=False, init=False)


class Driver(Protocol):
    """One connection. `reads` and `writes` are what begins a transaction of either kind.

    Where `has_fences`, the database itself keeps bakeries apart (`fences.py`).
    """

    reads: str
    writes: str
    has_fences: bool

    @property
    def is_lost(self) -> bool:
        """Whether the server ended the connection."""
        ...

    async def run(self, operations: Sequence[Operation]) -> None:
        """Run the operations in order. The first error ends them and is raised."""
        ...


class Postgres:
    reads = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    writes = "BEGIN"
    has_fences = True

    def __init__(self, connection: psycopg.AsyncConnection[Row]) -> None:
        self._connection = connection

    @property
    def is_lost(self) -> bool:
        return self._connection.closed

    async def run(self, operations: Sequence[Operation]) -> None:
        if len(operations) == 1:
            cursors = [await self._sent(operations[0])]
        else:
            # What is sent in a pipeline is answered together: one round trip for all.
            async with self._connection.pipeline():
                cursors = [await self._sent(operation) for operation in operations]
        for operation, cursor in zip(operations, cursors, strict=True):
            if operation.take is not None:
                operation.take(await cursor.fetchmany(SLICE))
                for _ in range(SLICE, cursor.rowcount, SLICE):
                    await next_turn()
                    operation.take(await cursor.fetchmany(SLICE))
            operation.is_done = True

    async def _sent(self, operation: Operation) -> psycopg.AsyncRawCursor[Row]:
        cursor = psycopg.AsyncRawCursor(self._connection)
        # A text alone may be several statements, unless its answer is to be in binary.
        is_binary = operation.take is not None
        await cursor.execute(operation.text, operation.parameters, prepare=operation.is_kept, binary=is_binary)
        return cursor


class Sqlite:
    reads = "BEGIN"
    # Nobody reads what another is changing.
    writes = "BEGIN IMMEDIATE"
    has_fences = False
    is_lost = False

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def run(self, operations: Sequence[Operation]) -> None:
        for operation in operations:
            if operation.repeats is not None:
                await self._stoppable(self._connection.executemany(operation.text, operation.repeats))
            else:
                rows = await self._stoppable(self._connection.execute_fetchall(operation.text, operation.parameters))
                if operation.take is not None:
                    await _take_slices(operation.take, cast("list[Row]", rows))
            operation.is_done = True

    async def _stoppable(self, statement: Awaitable[T]) -> T:
        """What the statement leads to. It runs in a thread, which goes on when we are cancelled: so it is stopped, as
        often as it takes, since one that is still to begin does not heed it."""
        try:
            return await statement
        except asyncio.CancelledError:
            over = asyncio.ensure_future(self._connection.rollback())  # the thread's next, whatever it does now
            while not over.done():
                await self._connection.interrupt()
                await asyncio.wait([over], timeout=STOP_EVERY_SECONDS)
            over.exception()
            raise


async def _take_slices(take: Callable[[Sequence[Row]], None], rows: list[Row]) -> None:
    take(rows[:SLICE])
    for start in range(SLICE, len(rows), SLICE):
        await next_turn()
        take(rows[start : start + SLICE])


def driver_of(connection: AsyncConnection) -> Driver:
    """The driver's own connection under SQLAlchemy's: its layers cost more than most of what we run."""
    assert connection.sync_connection is not None
    driver: Any = connection.sync_connection.connection.driver_connection
    return Sqlite(driver) if connection.dialect.name == "sqlite" else Postgres(driver)
