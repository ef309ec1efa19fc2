"""Connections, transactions, and the session that binds one transaction to one bakery.

How writers keep out of each other's way (R-5.10):

- SQLite has one writer: a writing transaction begins with `BEGIN IMMEDIATE`, so nobody reads what another is changing.
- PostgreSQL runs at READ COMMITTED and locks rows, always in this order: the owner, whose row is the lock of all
  members; the order, purchase order, product, supplier or customer that is changed (of a product also what production
  goes by), then ingredients by id, then production batches by id, then code counters by kind. An ingredient's row is
  the lock of all its lots and of its ledger. What was locked is read in a later statement, which sees what the last
  holder committed. The locks are FOR NO KEY UPDATE: a plain FOR UPDATE would also make every insert wait that refers
  to the row, in the order in which it happens to refer to them, and so end in deadlocks. Only a product that is changed
  is locked FOR UPDATE, so that no batch or order comes to refer to it meanwhile; whoever changes one waits for nobody
  else after that.

Reads share one snapshot for a whole operation (REPEATABLE READ, read only; on SQLite a WAL read transaction), so a
trace never mixes two moments.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any, NewType, TypeVar

from sqlalchemy import ColumnElement, Executable, Integer, Table, bindparam, func, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool

from bakery.store import tally
from bakery.store.drivers import DriverError, Operation, Row
from bakery.store.engine import DatabaseUnavailable, make_engine
from bakery.store.fences import Presented
from bakery.store.given import among
from bakery.store.outages import in_doubt
from bakery.store.statement import OURS, Compiled, Statement, built, insertion, tuples
from bakery.store.tables import record_number, record_number_counter
from bakery.store.transaction import Line, Transaction
from bakery.store.writers import WritersQueue

BakeryId = NewType("BakeryId", int)
"""The id of a bakery that the caller was proven to belong to. Made where callers are signed in, nowhere else."""

R = TypeVar("R")

_SIZE = bindparam("count", type_=Integer())
_DRAW = tuples(
    lambda dialect: (
        update(record_number_counter)
        .values(last_number=record_number_counter.c.last_number + _SIZE)
        .returning(record_number_counter.c.last_number)
        if dialect == "sqlite"
        else select(record_number.next_value()).select_from(func.generate_series(1, _SIZE))
    )
)


class Database:
    """The connections of one process, and its transactions.

    With `across_bakeries`, transactions see all bakeries, as the owner of the tables: for what proves them all. With
    `statement_seconds`, PostgreSQL itself stops a statement that takes longer, should nobody be there to stop it.
    """

    def __init__(self, url: str, *, across_bakeries: bool = False, statement_seconds: int | None = None) -> None:
        self._url = url
        self._across_bakeries = across_bakeries
        self.engine = make_engine(url, across_bakeries=across_bakeries, statement_seconds=statement_seconds)
        self.dialect = self.engine.dialect.name
        self.is_sqlite = self.dialect == "sqlite"
        file = self.engine.url.database
        self._writers = WritersQueue(Path(file)) if self.is_sqlite and file else None

    def across_bakeries(self) -> Database:
        """The same database, seen as a whole; whoever asked disposes of it."""
        return Database(self._url, across_bakeries=True)

    @property
    def connections_in_use(self) -> int:
        pool = self.engine.pool
        return pool.checkedout() if isinstance(pool, QueuePool) else 0

    @property
    def writers_waiting(self) -> int | None:
        """How many tasks of this process wait to write; on PostgreSQL they wait in the database, for rows."""
        return None if self._writers is None else self._writers.waiting

    async def dispose(self) -> None:
        await self.engine.dispose()
        if self._writers is not None:
            self._writers.close()

    async def ping(self) -> None:
        """Raises `DatabaseUnavailable` where the database does not answer."""
        try:
            async with self.reading() as session:
                await session.rows(select(1))
        except (SQLAlchemyError, *DriverError) as error:
            raise DatabaseUnavailable(self.engine.url, error) from error

    def line(self) -> Line:
        """A line for transactions that follow each other; whoever asked closes it."""
        return Line(self.engine)

    @asynccontextmanager
    async def writing(
        self, bakery_id: BakeryId | None = None, line: Line | None = None, presented: Presented | None = None
    ) -> AsyncIterator[Session]:
        """A transaction that may write: commits on return, rolls back on any exception.

        With what was `presented` it is fenced in to the bakery of that, and is bound once that was found. Raises
        `OutcomeUnknown` where the database was lost while it committed.
        """
        if self._writers and line:
            # Who queues for a turn to write keeps no connection from those who read.
            await line.close()
        async with self._writers or nullcontext():
            session = await self._begin(bakery_id, line, writes=True)
            if presented is not None:
                session.present(presented)
            try:
                yield session
                with in_doubt():
                    await session.transaction.commit()
            finally:
                await session.close()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Session]:
        """A read-only snapshot, bound to no bakery."""
        session = await self.begin_reading()
        try:
            yield session
        finally:
            await session.close()

    async def begin_reading(
        self, bakery_id: BakeryId | None = None, presented: Presented | None = None, line: Line | None = None
    ) -> Session:
        """A read-only snapshot; whoever asked closes it.

        With what was `presented` it is fenced in to the bakery of that, and is bound once the caller has signed in.
        """
        session = await self._begin(bakery_id, line, writes=False)
        if presented is not None:
            session.present(presented)
        return session

    async def _begin(self, bakery_id: BakeryId | None, line: Line | None, *, writes: bool) -> Session:
        line = line or Line(self.engine, for_one=True)
        transaction = await line.begin(bakery_id, writes=writes, across_bakeries=self._across_bakeries)
        return Session(self.dialect, transaction, bakery_id)


class Session:
    """One transaction of one bakery. Statements run in the order in which they are asked for.

    Those that return rows are `read`; the others, which `write`, wait to be sent with what is next read, or with the
    commit: so what they break is told then. What sibling resolvers ask for at once goes out together.
    """

    def __init__(self, dialect: str, transaction: Transaction, bakery_id: BakeryId | None) -> None:
        self.dialect = dialect
        self.is_sqlite = dialect == "sqlite"
        self.transaction = transaction
        self._bakery_id: BakeryId | None = None
        self._drawn: list[int] = []
        if bakery_id is not None:
            self.bind(bakery_id)

    @property
    def bakery_id(self) -> BakeryId:
        if self._bakery_id is None:
            raise RuntimeError("this session is bound to no bakery; sign in first")
        return self._bakery_id

    def bind(self, bakery_id: BakeryId) -> None:
        """Bind a session that found out its bakery by itself: the one in which the caller signed in."""
        if self._bakery_id is not None:
            raise RuntimeError("this session is bound already")
        self._bakery_id = bakery_id

    def for_bakery(self, bakery_id: BakeryId) -> Session:
        """The same transaction bound to a bakery: for what works on every bakery in turn."""
        return Session(self.dialect, self.transaction, bakery_id)

    def present(self, presented: Presented) -> None:
        """Fence the transaction in to the bakery of what was presented, in front of the next statement."""
        self.transaction.present(presented)

    def interrupt(self) -> None:
        """Stop what the database does for this transaction; it can only be closed after that."""
        self.transaction.interrupt()

    async def close(self) -> None:
        """End the transaction, undoing what it did not commit, and leave its line.

        Waits for a statement that runs: an operation may end while a field of it is still being read.
        """
        await self.transaction.end()

    # ── statements that are compiled once ─────────────────────────────────────────────────────────────────────────
    async def read(self, statement: Statement[R], **values: Any) -> R:
        """What the statement returns, as the statement says."""
        compiled = statement.on(self.dialect)
        return await self._read(compiled, values)

    async def first(self, statement: Statement[list[R]], **values: Any) -> R | None:
        found = await self.read(statement, **values)
        return found[0] if found else None

    async def write(self, statement: Statement[Any], **values: Any) -> None:
        """Run a statement that returns no rows."""
        self._send(self._operation(statement.on(self.dialect), values))

    async def insert(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert the rows, all of the same columns, in their order; none is fine."""
        if not rows:
            return
        self._send(self._insertion(table, rows))

    async def flush(self) -> None:
        """Send what waits, and raise what it breaks; after that the transaction is lost."""
        await self.transaction.flush()

    # ── statements that are built for one run ──────────────────────────────────────────────────────────────────────
    async def rows(self, statement: Executable) -> list[Row]:
        """The rows of a statement that is built for this run."""
        return await self._read(*built(statement, self.dialect))

    async def execute(self, statement: Executable) -> None:
        """Run a statement that returns no rows, as `write` does."""
        self._send(self._operation(*built(statement, self.dialect)))

    async def records(self, record: Callable[..., R], statement: Executable) -> list[R]:
        """The rows as records; the statement selects the record's fields in their order."""
        return [record(*row) for row in await self.rows(statement)]

    async def record(self, record: Callable[..., R], statement: Executable) -> R | None:
        rows = await self.rows(statement)
        return record(*rows[0]) if rows else None

    async def scalar(self, statement: Executable) -> Any:
        rows = await self.rows(statement)
        return rows[0][0] if rows else None

    def among(self, column: ColumnElement[Any], ids: Sequence[int]) -> ColumnElement[bool]:
        """`column` is one of `ids`, in one parameter: an `IN` list would meet the limit of 32,767 parameters."""
        return among(column, ids)

    # ── numbers ───────────────────────────────────────────────────────────────────────────────────────────────────
    async def reserve(self, count: int) -> None:
        """Draw `count` record numbers at once, for the next ones that are asked for."""
        missing = count - len(self._drawn)
        if missing <= 0:
            return
        drawn = [row[0] for row in await self.read(_DRAW, count=missing)]
        # SQLite, with one writer at a time, tells the last of them.
        self._drawn += range(drawn[0] - missing + 1, drawn[0] + 1) if self.is_sqlite else sorted(drawn)

    async def numbers(self, count: int) -> list[int]:
        """The next `count` record numbers. Draw them after the locks are held: they are the order of recording."""
        await self.reserve(count)
        given, self._drawn = self._drawn[:count], self._drawn[count:]
        return given

    async def number(self) -> int:
        return (await self.numbers(1))[0]

    # ── the transaction ───────────────────────────────────────────────────────────────────────────────────────────
    async def _read(self, compiled: Compiled[R], values: dict[str, Any]) -> R:
        """The result, made while its rows come in."""
        operation, decoder = self._operation(compiled, values), compiled.decoder
        found = decoder.empty()
        operation.take = lambda rows: decoder.add(rows, found)
        await self._fetch(operation)
        return found

    def _operation(self, compiled: Compiled[Any], values: dict[str, Any]) -> Operation:
        if compiled.is_ours:
            values[OURS.key] = self.bakery_id
        return compiled.operation(values)

    def _insertion(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> Operation:
        statement = insertion(table, tuple(rows[0])).on(self.dialect)
        if self.is_sqlite:
            return statement.repeated(rows)
        return statement.operation({"rows": [tuple(row.values()) for row in rows]})

    async def _fetch(self, operation: Operation) -> None:
        self._enclose()
        tally.count()
        await self.transaction.fetch(operation)

    def _send(self, operation: Operation) -> None:
        self._enclose()
        tally.count()
        self.transaction.send(operation)

    def _enclose(self) -> None:
        """Where several sessions share a transaction, each says which bakery it is bound to before its statements."""
        if self._bakery_id is not None:
            self.transaction.enclose(self._bakery_id)
