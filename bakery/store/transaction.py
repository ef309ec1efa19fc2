"""One transaction on one connection: what goes out when, and how it ends."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bakery.store import fences
from bakery.store.drivers import DriverError, Operation, driver_of
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

    def __init__(self, connection: AsyncConnection, *, writes: bool) -> None:
        self._connection = connection
        self._driver = driver_of(connection)
        self._writes = writes
        self._waiting: list[Operation] = []
        self._lock = asyncio.Lock()
        self._failure: BaseException | None = None
        self._has_ended = False
        self._fenced_in: int | str | None = None
        self._running: asyncio.Task[Any] | None = None

    @property
    def is_lost(self) -> bool:
        """Whether the server ended the connection."""
        return self._driver.is_lost

    async def begin(self, bakery_id: int | None, *, across_bakeries: bool) -> None:
        """Begin, and fence in to the bakery, where it is known, in one message."""
        said = [self._driver.writes if self._writes else self._driver.reads]
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

    def present(self, token_hash: str) -> None:
        """Have what comes next be fenced in to the bakery of a token."""
        if self._driver.has_fences:
            self.send(Operation(fences.PRESENT, [token_hash], is_kept=True))
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

    async def end(self) -> None:
        """Undo what was not committed, after what runs, and give the connection back; a second end is none."""
        # Whoever is cancelled meanwhile still gives it back.
        await asyncio.shield(self._end())

    async def _end(self) -> None:
        async with self._lock:
            if self._has_ended:
                return
            self._has_ended = True
            if isinstance(self._failure, Interrupted):
                # It may be in the middle of an answer.
                await self._connection.invalidate()
            elif self._failure is None and not self._writes:
                await self._leave()
            self._failure = self._failure or RuntimeError("the transaction has ended")
            # The pool rolls back what is still open.
            await self._connection.close()

    async def _leave(self) -> None:
        """End what was only read. By a commit: on a rollback, psycopg forgets all statements that it has prepared."""
        self._waiting = [Operation(COMMIT)]
        try:
            await self._run_waiting()
        except DriverError:
            _log.debug("the connection was lost after the last answer")

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
        try:
            await self._driver.run(batch)
        except DriverError as error:
            self._failure = error
            raise
        finally:
            self._running = None
        self._failure = None


async def begun(
    engine: AsyncEngine, bakery_id: int | None = None, *, writes: bool, across_bakeries: bool = False
) -> Transaction:
    """A new transaction on a connection of the pool's, fenced in to the bakery, if one is given.

    One that was lost while it waited there, by a restart of the server say, is found out here, and the next one taken.
    """
    for attempt in range(POOL_SIZE + 1):
        transaction = Transaction(await engine.connect(), writes=writes)
        try:
            await transaction.begin(bakery_id, across_bakeries=across_bakeries)
            return transaction
        except BaseException as error:
            is_lost = isinstance(error, DriverError) and transaction.is_lost
            await transaction.end()
            if not is_lost or attempt == POOL_SIZE:
                raise
    raise AssertionError("unreachable")
