"""The drivers' own connections, driven without anything in between.

Both kinds do the same: they take statements in order, as many as there are, and bring back their rows. A batch costs
one round trip, however many statements it has, and an ending transaction costs none: nobody waits for its answer.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol

import psycopg
from psycopg import pq
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result

from bakery.store.turns import SLICE, next_turn

Row = tuple[Any, ...]

DriverError = (psycopg.Error, sqlite3.Error)
"""What a database answers or fails with."""

IntegrityError = (psycopg.IntegrityError, sqlite3.IntegrityError)
"""A constraint was broken."""

SQLITE_BUSY_SECONDS = 30
SQLITE_STATEMENTS_KEPT = 512
SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
)
"""A SQLite file set up for concurrent use: write-ahead log, durable commits, references kept."""

# Every plan is made once, without a look at the parameters: planning costs more than most of what we run. Instants
# come back in UTC, whatever the server's own zone.
POSTGRESQL_OPTIONS = "-c plan_cache_mode=force_generic_plan -c timezone=UTC"

BINARY = 1


@dataclass(slots=True, eq=False)
class Operation:
    """A statement on its way to the database, and its rows once it is back.

    `name` is what the server keeps its plan under; one without is forgotten at once. With `repeats`, it runs once for
    each of them.
    """

    text: str
    parameters: Sequence[Any] = ()
    name: str | None = None
    repeats: Sequence[Sequence[Any]] | None = None
    rows: list[Row] | None = field(default=None, init=False)
    error: BaseException | None = field(default=None, init=False)


class Connection(Protocol):
    """One connection. `is_broken` after it was left in the middle of an answer, or lost: it is of no more use."""

    is_broken: bool

    @property
    def is_lost(self) -> bool:
        """Whether the server ended it."""
        ...

    async def run(self, operations: Sequence[Operation]) -> None:
        """Run the operations in order. The first error ends the batch and is raised."""
        ...

    def forget(self, operation: Operation) -> None:
        """Send an operation whose answer nobody waits for."""
        ...

    def close(self) -> None: ...


# ── PostgreSQL ────────────────────────────────────────────────────────────────────────────────────────────────────────
class PostgresConnection:
    """A connection that stays in pipeline mode: what is sent together is answered together.

    On libpq itself: psycopg's cursors spend twice the time of the whole round trip on each statement.
    """

    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self.is_broken = False
        self._connection = connection
        self._libpq = connection.pgconn
        self._libpq.enter_pipeline_mode()
        self._transformer = Transformer(connection)
        self._prepared: set[str] = set()
        # What was sent and whose answer nobody has read yet, batch by batch: the operations, and the names of what was
        # only prepared.
        self._unread: deque[list[Operation | str]] = deque()

    @classmethod
    async def open(cls, url: str) -> PostgresConnection:
        return cls(await psycopg.AsyncConnection.connect(url, autocommit=True, options=POSTGRESQL_OPTIONS))

    @property
    def is_lost(self) -> bool:
        return self._libpq.status != pq.ConnStatus.OK

    async def run(self, operations: Sequence[Operation]) -> None:
        # Until the last answer has been read, whatever stops us leaves the connection in an unknown state.
        self.is_broken = True
        self._send(operations)
        while self._libpq.flush():
            await self._ready(writing=True)
            self._libpq.consume_input()
        error: psycopg.Error | None = None
        while self._unread:
            error = await self._read(self._unread.popleft())
        self.is_broken = False
        if error is not None:
            raise error

    def forget(self, operation: Operation) -> None:
        try:
            self._send([operation])
            self._libpq.flush()
        except psycopg.Error:
            self.is_broken = True

    def close(self) -> None:
        self.is_broken = True
        self._libpq.finish()

    def _send(self, operations: Sequence[Operation]) -> None:
        libpq, sent = self._libpq, list[Operation | str]()
        for operation in operations:
            name, text = operation.name, operation.text.encode()
            if name is not None and name not in self._prepared:
                libpq.send_prepare(name.encode(), text)
                self._prepared.add(name)
                sent.append(name)
            for parameters in (operation.parameters,) if operation.repeats is None else operation.repeats:
                if name is None:
                    libpq.send_query_params(text, parameters, result_format=BINARY)
                else:
                    libpq.send_query_prepared(name.encode(), parameters, result_format=BINARY)
                sent.append(operation)
        libpq.pipeline_sync()
        self._unread.append(sent)

    async def _read(self, sent: Sequence[Operation | str]) -> psycopg.Error | None:
        """Read the answers to one batch; returns the first error among them."""
        error: psycopg.Error | None = None
        for asked in sent:
            result = await self._result()
            if result is None:
                raise psycopg.OperationalError("the connection was lost")
            if result.status == pq.ExecStatus.FATAL_ERROR:
                error = error or error_from_result(result)
            elif isinstance(asked, Operation) and error is None:
                asked.rows = await self._rows(result)
            if error is not None and isinstance(asked, str):
                self._prepared.discard(asked)
            await self._result()  # nothing: the end of one answer
        await self._result()  # the end of the batch
        return error

    async def _rows(self, result: pq.abc.PGresult) -> list[Row]:
        """The rows of an answer; many of them slice by slice."""
        self._transformer.set_pgresult(result)
        rows = self._transformer.load_rows(0, min(SLICE, result.ntuples), tuple)
        for start in range(SLICE, result.ntuples, SLICE):
            await next_turn()
            rows += self._transformer.load_rows(start, min(start + SLICE, result.ntuples), tuple)
        # Idle connections would keep the largest of answers.
        self._transformer.set_pgresult(None)
        return rows

    async def _result(self) -> pq.abc.PGresult | None:
        while self._libpq.is_busy():
            await self._ready()
            self._libpq.consume_input()
        return self._libpq.get_result()

    async def _ready(self, *, writing: bool = False) -> None:
        """Wait until something can be read or, if asked, written."""
        loop, socket = asyncio.get_running_loop(), self._libpq.socket
        ready: asyncio.Future[None] = loop.create_future()

        def wake() -> None:
            if not ready.done():
                ready.set_result(None)

        loop.add_reader(socket, wake)
        if writing:
            loop.add_writer(socket, wake)
        try:
            await ready
        finally:
            loop.remove_reader(socket)
            if writing:
                loop.remove_writer(socket)


# ── SQLite ────────────────────────────────────────────────────────────────────────────────────────────────────────────
class SqliteConnection:
    """A connection with a thread of its own, so that no statement holds up the event loop."""

    def __init__(self, file: str) -> None:
        self.is_broken = False
        self.is_lost = False
        self._file = file
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sqlite")
        self._connection: sqlite3.Connection

    @classmethod
    async def open(cls, file: str) -> SqliteConnection:
        opened = cls(file)
        await asyncio.get_running_loop().run_in_executor(opened._thread, opened._open)
        return opened

    async def run(self, operations: Sequence[Operation]) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._run, operations)

    def forget(self, operation: Operation) -> None:
        self._thread.submit(self._run, [operation])

    def close(self) -> None:
        self.is_broken = True
        self._thread.submit(self._connection.close)
        self._thread.shutdown(wait=False)

    def _open(self) -> None:
        self._connection = sqlite3.connect(
            self._file,
            timeout=SQLITE_BUSY_SECONDS,
            # The driver would otherwise begin transactions itself, and too late: an update would then be based on a
            # read that another process has overwritten since.
            isolation_level=None,
            check_same_thread=False,
            cached_statements=SQLITE_STATEMENTS_KEPT,
        )
        for pragma in SQLITE_PRAGMAS:
            self._connection.execute(pragma)

    def _run(self, operations: Sequence[Operation]) -> None:
        for operation in operations:
            if operation.repeats is None:
                operation.rows = self._connection.execute(operation.text, operation.parameters).fetchall()
            else:
                self._connection.executemany(operation.text, operation.repeats)


# ── the pool ──────────────────────────────────────────────────────────────────────────────────────────────────────────
class Pool:
    """The connections of one process, at most `size`; whoever comes when all are taken waits for one."""

    def __init__(self, connect: Callable[[], Awaitable[Connection]], size: int) -> None:
        self._connect = connect
        self._idle: list[Connection] = []
        self._free = asyncio.Semaphore(size)

    async def take(self) -> Connection:
        await self._free.acquire()
        try:
            return self._idle.pop() if self._idle else await self._connect()
        except BaseException:
            self._free.release()
            raise

    def give_back(self, connection: Connection) -> None:
        if connection.is_broken:
            if connection.is_lost:
                # What ended this one, a restart of the server say, is likely to have ended those that wait beside it.
                self.close()
            connection.close()
        else:
            self._idle.append(connection)
        self._free.release()

    def close(self) -> None:
        """Close what is idle; what is taken goes on, and so does the pool."""
        while self._idle:
            self._idle.pop().close()
