"""Connections, transactions, and the session that binds one transaction to one bakery.

How writers keep out of each other's way (R-5.10):

- SQLite has one writer: a writing transaction begins with `BEGIN IMMEDIATE`, so nobody reads what another is changing.
- PostgreSQL runs at READ COMMITTED and locks rows, always in this order: the order, purchase order, product, supplier
  or customer that is changed (of a product also what production goes by), then ingredients by id, then production
  batches by id, then code counters by kind. An ingredient's row is the lock of all its lots and of its ledger. What
  was locked is read in a later statement, which sees what the last holder committed. The locks are FOR NO KEY UPDATE:
  a plain FOR UPDATE would also make every insert wait that refers to the row, in the order in which it happens to
  refer to them, and so end in deadlocks. Only a product that is changed is locked FOR UPDATE, so that no batch or
  order comes to refer to it meanwhile; whoever changes one waits for nobody else after that.

Reads share one snapshot for a whole operation (REPEATABLE READ, read only; on SQLite a WAL read transaction), so a
trace never mixes two moments.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any, NewType, TypeVar

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Executable,
    any_,
    cast,
    event,
    func,
    select,
    update,
)
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.engine.url import URL
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bakery.store.tables import record_number, record_number_counter
from bakery.store.turns import SLICE, next_turn

BakeryId = NewType("BakeryId", int)
"""The id of a bakery that the caller was proven to belong to. Made where callers are signed in, nowhere else."""

T = TypeVar("T")

SQLITE_BUSY_SECONDS = 30
SQLITE_POOL_SIZE = 20
POSTGRESQL_POOL_SIZE = 20


def driver_url(url: str, *, asynchronous: bool) -> URL:
    """The database URL as people write it (`sqlite:///path`, `postgresql://user@host/db`), with our drivers in it.

    Raises ValueError for what is no URL of either.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ValueError("it is no URL; use sqlite:///path or postgresql://user@host/database") from error
    match parsed.get_backend_name():
        case "sqlite":
            if parsed.database in (None, "", ":memory:"):
                raise ValueError("a database in memory is lost with the process; use sqlite:///path")
            return parsed.set(drivername="sqlite+aiosqlite" if asynchronous else "sqlite+pysqlite")
        case "postgresql" | "postgres":
            return parsed.set(drivername="postgresql+psycopg")
        case other:
            raise ValueError(f"{other} is not supported; use sqlite:///path or postgresql://user@host/database")


class DatabaseUnavailable(Exception):
    """The database cannot be reached, or is none; the message says which and why, without the password."""

    def __init__(self, url: str | URL, error: Exception | str) -> None:
        shown = make_url(url).render_as_string(hide_password=True)
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        super().__init__(f"cannot use the database {shown}: {reason}")


class Database:
    """The pool of connections of one process."""

    def __init__(self, url: str) -> None:
        parsed = driver_url(url, asynchronous=True)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        self.engine: AsyncEngine
        # Writers of one process queue here: SQLite's own waiting polls, with pauses of up to 100 ms, and is not fair.
        self._turn: AbstractAsyncContextManager[object] = asyncio.Lock() if self.is_sqlite else nullcontext()
        if self.is_sqlite:
            self.engine = create_async_engine(parsed, pool_size=SQLITE_POOL_SIZE, max_overflow=0)
            prepare_sqlite(self.engine.sync_engine)
        else:
            self.engine = create_async_engine(parsed, pool_size=POSTGRESQL_POOL_SIZE, max_overflow=0)

    async def dispose(self) -> None:
        await self.engine.dispose()

    async def ping(self) -> None:
        """Raises `DatabaseUnavailable` where the database does not answer."""
        try:
            async with self.engine.connect() as connection:
                await connection.execute(select(1))
        except SQLAlchemyError as error:
            raise DatabaseUnavailable(self.engine.url, error) from error

    @asynccontextmanager
    async def writing(self, bakery_id: BakeryId | None = None) -> AsyncIterator[Session]:
        """A transaction that may write: commits on return, rolls back on any exception."""
        async with self._turn, self.engine.connect() as connection:
            await connection.execution_options(baketrace_writes=True)
            async with connection.begin():
                yield Session(connection, bakery_id)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Session]:
        """A read-only snapshot, bound to no bakery."""
        session = await self.begin_reading()
        try:
            yield session
        finally:
            await session.close()

    async def begin_reading(self, bakery_id: BakeryId | None = None) -> Session:
        """A read-only snapshot; whoever asked closes it."""
        connection = await self.engine.connect()
        if not self.is_sqlite:
            await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        await connection.begin()
        return Session(connection, bakery_id)


def prepare_sqlite(engine: Any) -> None:
    """Set a SQLite engine up for concurrent use: WAL, durable commits, foreign keys, one writer from its start."""

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        # The driver would otherwise begin transactions itself, and too late: an update would then be based on a
        # read that another process has overwritten since.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={SQLITE_BUSY_SECONDS * 1000}")
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("baketrace_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


class Session:
    """One transaction of one bakery. Statements run one after another, also when sibling resolvers ask at once."""

    def __init__(self, connection: AsyncConnection, bakery_id: BakeryId | None) -> None:
        self._connection = connection
        self._bakery_id = bakery_id
        self._lock = asyncio.Lock()
        self.is_sqlite = connection.dialect.name == "sqlite"

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
        return Session(self._connection, bakery_id)

    async def close(self) -> None:
        """End the transaction, undoing what it did not commit, and give the connection back.

        Waits for a statement that runs: an operation may end while a field of it is still being read.
        """
        async with self._lock:
            await self._connection.close()

    async def rows(
        self, statement: Executable, parameters: Any = None, record: Callable[..., Any] | None = None
    ) -> Sequence[Any]:
        """The rows, or `record` of the columns of each; many of them slice by slice."""
        async with self._lock:
            result = await self._connection.execute(statement, parameters)
            rows: list[Any] = []
            while part := result.fetchmany(SLICE):
                rows += part if record is None else [record(*row) for row in part]
                if len(part) < SLICE:
                    break
                await next_turn()
            result.close()
            return rows

    async def execute(
        self, statement: Executable, parameters: Sequence[Mapping[str, Any]] | Mapping[str, Any] | None = None
    ) -> None:
        """Run a statement that returns no rows; an empty list of parameters runs nothing."""
        if isinstance(parameters, Sequence) and not parameters:
            return
        async with self._lock:
            await self._connection.execute(statement, parameters)

    async def records(self, record: Callable[..., T], statement: Executable) -> list[T]:
        """The rows as records; the statement selects the record's fields in their order."""
        return list(await self.rows(statement, record=record))

    async def record(self, record: Callable[..., T], statement: Executable) -> T | None:
        rows = await self.rows(statement)
        return record(*rows[0]) if rows else None

    async def scalar(self, statement: Executable) -> Any:
        rows = await self.rows(statement)
        return rows[0][0] if rows else None

    async def numbers(self, count: int) -> list[int]:
        """The next `count` record numbers. Draw them after the locks are held: they are the order of recording."""
        if self.is_sqlite:
            last = await self.scalar(
                update(record_number_counter)
                .values(last_number=record_number_counter.c.last_number + count)
                .returning(record_number_counter.c.last_number)
            )
            return list(range(last - count + 1, last + 1))
        drawn = select(record_number.next_value()).select_from(func.generate_series(1, count))
        return sorted(row[0] for row in await self.rows(drawn))

    async def number(self) -> int:
        return (await self.numbers(1))[0]

    def among(self, column: ColumnElement[Any], ids: Sequence[int]) -> ColumnElement[bool]:
        """`column` is one of `ids`, in one parameter: an `IN` list would meet the limit of 32,767 parameters."""
        if self.is_sqlite:
            listed = func.json_each("[" + ",".join(map(str, ids)) + "]").table_valued("value")
            return column.in_(select(listed.c.value))
        return column == any_(cast(list(ids), ARRAY(BigInteger)))
