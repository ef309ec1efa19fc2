"""The connections of one process: SQLAlchemy's engine and pool, over psycopg and aiosqlite.

The engine keeps the connections; transactions are begun and ended by statements of their own (`transaction.py`).
"""

from __future__ import annotations

from typing import Any

from psycopg.types.numeric import Int8BinaryDumper, Int8Dumper
from sqlalchemy import Engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.engine.url import URL
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bakery.store import fences

POOL_SIZE = 20
CONNECT_SECONDS_MAX = 10
SQLITE_BUSY_SECONDS = 30
STATEMENTS_KEPT = 1000
"""How many prepared statements a connection keeps: more than there are."""

SQLITE = {"timeout": SQLITE_BUSY_SECONDS, "cached_statements": STATEMENTS_KEPT}

# Every plan is made once, without a look at the parameters: planning costs more than most of what we run. And by index
# wherever there is one: a table is mostly others' rows, and a database without statistics yet would be read as a whole.
# Instants come back in UTC, whatever the server's own zone.
POSTGRESQL = {
    "options": "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c jit=off -c timezone=UTC",
}


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
            # A host that does not answer at all would hold each request for two minutes; a URL may say otherwise.
            patience = {"connect_timeout": str(CONNECT_SECONDS_MAX)} if "connect_timeout" not in parsed.query else {}
            return parsed.set(drivername="postgresql+psycopg").update_query_dict(patience)
        case other:
            raise ValueError(f"{other} is not supported; use sqlite:///path or postgresql://user@host/database")


class DatabaseUnavailable(Exception):
    """The database cannot be reached, or is none; the message says which and why, without the password."""

    def __init__(self, url: str | URL, error: Exception | str) -> None:
        shown = make_url(url).render_as_string(hide_password=True)
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        super().__init__(f"cannot use the database {shown}: {reason}")


def make_engine(url: str, *, across_bakeries: bool = False, statement_seconds: int | None = None) -> AsyncEngine:
    """With `across_bakeries`, connections to PostgreSQL are the tables' owner, else in the server's role."""
    patience = f" -c statement_timeout={statement_seconds}s" if statement_seconds else ""
    parsed = driver_url(url, asynchronous=True)
    is_sqlite = parsed.get_backend_name() == "sqlite"
    engine = create_async_engine(
        parsed,
        isolation_level="AUTOCOMMIT",
        pool_size=POOL_SIZE,
        max_overflow=0,
        # The connection used last has most of its statements prepared.
        pool_use_lifo=True,
        # Errors end in the log, and parameters are customers' names and addresses.
        hide_parameters=True,
        connect_args=SQLITE if is_sqlite else {"options": POSTGRESQL["options"] + patience},
    )
    if is_sqlite:
        prepare_sqlite(engine.sync_engine)
    else:
        _prepare_postgresql(engine.sync_engine, fences.TAKE_OWNERS_ROLE if across_bakeries else fences.TAKE_ROLE)
    return engine


def prepare_sqlite(engine: Engine) -> None:
    """Set each connection up for concurrent use: write-ahead log, durable commits, references kept."""

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


def _prepare_postgresql(engine: Engine, take_role: str) -> None:
    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        driver = connection.driver_connection
        driver.prepared_max = STATEMENTS_KEPT
        # Every number as a BIGINT: psycopg would choose by its size, and each choice is one more statement to prepare.
        for dumper in (Int8Dumper, Int8BinaryDumper):
            driver.adapters.register_dumper(int, dumper)
        cursor = connection.cursor()
        cursor.execute(take_role)
        cursor.close()
