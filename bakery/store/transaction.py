"""One transaction on one connection: what goes out when, and how it ends."""

from __future__ import annotations

import asyncio
import logging

from bakery.store.driver import Connection, DriverError, Operation, Pool, Row

COMMIT, ROLLBACK = "COMMIT", "ROLLBACK"

_log = logging.getLogger("bakery.store.statements")
"""Tells every statement as it is sent, at DEBUG: without its parameters, which are nobody's business."""


class Transaction:
    """Statements go to the database in the order in which they come, as few times as can be.

    What returns no rows waits until something is read, or until the commit, and goes out together with it; so does
    what begins the transaction. What is asked for while others wait for an answer goes out after it, all at once.
    """

    def __init__(self, pool: Pool, connection: Connection, begin: str) -> None:
        self._pool = pool
        self._connection: Connection | None = connection
        self._waiting = [Operation(begin)]
        self._lock = asyncio.Lock()
        self._begun = False
        self._failure: BaseException | None = None

    def send(self, operation: Operation) -> None:
        """Run an operation sooner or later, and after all before it. What it breaks is told by what is read next."""
        self._waiting.append(operation)

    async def fetch(self, operation: Operation) -> list[Row]:
        self._waiting.append(operation)
        # Siblings ask in the same turn of the event loop: after it, all of them have.
        await asyncio.sleep(0)
        async with self._lock:
            if operation.rows is None and operation.error is None:
                await self._run_waiting()
        if operation.error is not None:
            raise operation.error
        assert operation.rows is not None
        return operation.rows

    async def flush(self) -> None:
        """Send what waits, and raise what it breaks."""
        async with self._lock:
            if self._waiting:
                await self._run_waiting()

    async def commit(self) -> None:
        """Raises what went wrong before, if anything did: then nothing is committed."""
        async with self._lock:
            if self._failure is not None:
                raise self._failure
            if self._begun or len(self._waiting) > 1:
                self._waiting.append(Operation(COMMIT))
                await self._run_waiting()
                self._begun = False

    async def end(self) -> None:
        """Undo what was not committed, after what runs; a second end is none."""
        async with self._lock:
            connection, self._connection = self._connection, None
            if connection is None:
                return
            if self._begun and not connection.is_broken:
                connection.forget(Operation(ROLLBACK))
            self._pool.give_back(connection)

    async def _run_waiting(self) -> None:
        batch, self._waiting = self._waiting, []
        begins, self._begun = not self._begun, True
        if _log.isEnabledFor(logging.DEBUG):
            for operation in batch:
                _log.debug(operation.text)
        try:
            await self._run(batch, begins=begins)
        except BaseException as error:
            self._failure = error
            for operation in batch:
                # Those that were answered before keep their rows; of the others nobody has to wait any longer.
                if operation.rows is None:
                    operation.error = error
            raise

    async def _run(self, batch: list[Operation], *, begins: bool) -> None:
        connection = self._connection
        if connection is None:
            raise RuntimeError("the transaction has ended")
        try:
            await connection.run(batch)
        except DriverError:
            if not (begins and connection.is_broken) or batch[-1].text == COMMIT:
                raise
            # It was lost while it waited in the pool, by a restart of the server say, and nothing has begun yet.
            self._connection = None
            self._pool.give_back(connection)
            self._connection = await self._pool.take()
            await self._connection.run(batch)
