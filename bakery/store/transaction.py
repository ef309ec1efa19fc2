"""One transaction on one connection: what goes out when, and how it ends.

The transactions of an operation follow each other on one connection, its line.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bakery.store import fences, tally
from bakery.store.drivers import Driver, DriverError, Operation, driver_of
from bakery.store.engine import POOL_SIZE

COMMIT = "COMMIT"

BY_TOKEN = "by the token that was presented"  # noqa: S105 - no secret

_log = logging.getLogger("bakery.store.statements")
"""Tells every statement as it is sent, at DEBUG: without its parameters, which are nobody's business."""


class Interrupted(Exception):
    """A statement was given up before its answer had come."""


class Transaction:
    """Statements go to the database in the order in which they come.

    What returns no rows waits until something is read, or until the commit, and goes out together with it. What is
    asked for while others wait for an answer goes out after it, all at once.
    """

    def __init__(self, line: Line, driver: Driver, *, writes: bool) -> None:
        self._line = line
        self._driver = driver
        self._writes = writes
        self._waiting: list[Operation] = []
        self._lock = asyncio.Lock()
        self._failure: BaseException | None = None
        self._is_committed = False
        self._has_ended = False
        self._fenced_in: int | str | None = None
        self._running: asyncio.Task[Any] | None = None

    async def begin(self, bakery_id: int | None, *, across_bakeries: bool, ends_last: bool) -> None:
        """Begin, and fence in to the bakery, where it is known, in one message; it also ends the last transaction."""
        said = [COMMIT] if ends_last else []
        said += [self._driver.writes if self._writes else self._driver.reads]
        if self._driver.has_fences:
            said += [fences.OPEN_ALL] if across_bakeries else []
            said += [fences.enclosed(bakery_id)] if bakery_id is not None else []
        self._fenced_in = bakery_id
        self.send(Operation("; ".join(said)))
        await self.flush()

    def enclose(self, bakery_id: int) -> None:
        """Have what comes next be fenced in to the bakery: where several share a transaction, each asks for its own."""
        if self._driver.has_fences and self._fenced_in not in (bakery_id, BY_TOKEN):
            self.send(Operation(fences.ENCLOSE, [str(bakery_id)], is_kept=True))
        if self._fenced_in != BY_TOKEN:
            self._fenced_in = bakery_id

    def present(self, presented: fences.Presented) -> None:
        """Have what comes next be fenced in to the bakery of a token, or of whatever else was presented."""
        if self._driver.has_fences:
            self.send(Operation(presented.text, list(presented.values), is_kept=True))
        self._fenced_in = BY_TOKEN

    def send(self, operation: Operation) -> None:
        """Run an operation sooner or later, and after all before it. What it breaks is told by what is read next."""
        self._waiting.append(operation)

    async def fetch(self, operation: Operation) -> None:
        """Run an operation now, and all that wait before it."""
        self.send(operation)
        # Siblings ask in the same turn of the event loop: after it, all of them have.
        await asyncio.sleep(0)
        async with self._lock:
            if not operation.is_done:
                await self._run_waiting()

    async def flush(self) -> None:
        """Send what waits, and raise what it breaks."""
        async with self._lock:
            if self._waiting:
                await self._run_waiting()

    def interrupt(self) -> None:
        """Give up what runs, in the database too, whoever waits for it; nothing of the transaction can be used then."""
        if self._running is not None:
            self._running.cancel()
        self._failure = self._failure or Interrupted("the transaction was interrupted")

    async def commit(self) -> None:
        """Raises what went wrong before, if anything did: then nothing is committed."""
        self.send(Operation(COMMIT))
        await self.flush()
        self._is_committed = True

    async def end(self) -> None:
        """Undo what was not committed, after what runs, and leave the line; a second end is none."""
        # Whoever is cancelled meanwhile still leaves it.
        await asyncio.shield(self._end())

    async def _end(self) -> None:
        async with self._lock:
            if self._has_ended:
                return
            self._has_ended = True
            failure, self._failure = self._failure, self._failure or RuntimeError("the transaction has ended")
            if isinstance(failure, Interrupted):
                await self._line.hang_up(in_the_middle=True)
            elif failure is not None or (self._writes and not self._is_committed):
                await self._line.hang_up()
            else:
                await self._line.leave(owes_commit=not self._writes)

    async def _run_waiting(self) -> None:
        if self._failure is not None:
            raise self._failure
        batch, self._waiting = self._waiting, []
        if _log.isEnabledFor(logging.DEBUG):
            for operation in batch:
                _log.debug(operation.text)
        # Whatever stops us before the last answer: after it, nothing of this transaction can be trusted.
        self._failure = Interrupted("the transaction was interrupted")
        self._running = asyncio.current_task()
        began = tally.now()
        try:
            await self._driver.run(batch)
        except DriverError as error:
            self._failure = error
            raise
        finally:
            self._running = None
            tally.add(began, (operation.text for operation in batch))
        self._failure = None


class Line:
    """The connection of one operation, whose transactions follow each other on it, each after the end of the last.

    It is taken from the pool with the first of them and given back by `close`; one that is `for_one` with its end.
    """

    def __init__(self, engine: AsyncEngine, *, for_one: bool = False) -> None:
        self._engine = engine
        self._for_one = for_one
        self._connection: AsyncConnection | None = None
        self._driver: Driver | None = None
        self._owes_commit = False

    async def begin(self, bakery_id: int | None = None, *, writes: bool, across_bakeries: bool = False) -> Transaction:
        """A new transaction, fenced in to the bakery, if one is given.

        A connection that was lost while nothing ran on it, by a restart of the server say, is found out here, and the
        next one taken.
        """
        for attempt in range(POOL_SIZE + 1):
            if self._driver is None:
                self._connection = await self._engine.connect()
                self._driver = driver_of(self._connection)
            driver, ends_last, self._owes_commit = self._driver, self._owes_commit, False
            transaction = Transaction(self, driver, writes=writes)
            try:
                await transaction.begin(bakery_id, across_bakeries=across_bakeries, ends_last=ends_last)
                return transaction
            except BaseException as error:
                is_lost = isinstance(error, DriverError) and driver.is_lost
                await transaction.end()
                if not is_lost or attempt == POOL_SIZE:
                    raise
        raise AssertionError("unreachable")

    async def leave(self, *, owes_commit: bool) -> None:
        """After a transaction that ended well. One that only read is committed by what is sent next."""
        self._owes_commit = owes_commit
        if self._for_one:
            await self.close()

    async def close(self) -> None:
        """Give the connection back."""
        if self._driver is None:
            return
        if self._owes_commit:
            self._owes_commit = False
            try:
                # On a rollback, psycopg would forget all statements that it has prepared.
                await self._driver.run([Operation(COMMIT)])
            except DriverError:
                _log.debug("the connection was lost after the last answer")
        await self.hang_up()

    async def hang_up(self, *, in_the_middle: bool = False) -> None:
        """Give the connection back as it is: the pool rolls back what is still open on it.

        In the middle of an answer it is of no use to anybody any more.
        """
        connection, self._connection, self._driver = self._connection, None, None
        if connection is None:
            return
        if in_the_middle:
            await connection.invalidate()
        await connection.close()
