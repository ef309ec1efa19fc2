"""Telling what a database fails with because it is not there, or cannot go on, from what is a mistake of ours.

An outage ends by itself or by the hands of whoever runs the database: what was asked can be asked again. It is told by
what the driver raised, so it makes no difference through which layers that came.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.exc import PendingRollbackError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

POSTGRESQL_OUTAGES = ("08", "53", "57", "58")
"""Classes of SQLSTATE: no connection, no resources left, ended by its operator or a crash, an error of its system."""

POSTGRESQL_READ_ONLY = "25006"
"""A standby that has not taken over yet, reached where the primary is to be."""

SQLITE_OUTAGES = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
    }
)
PRIMARY_CODE = 0xFF
"""What of a SQLite error's code tells its kind; the rest tells the circumstances."""


class OutcomeUnknown(Exception):
    """The database was lost while it committed: what was to be written may be there or not."""


@contextmanager
def in_doubt() -> Iterator[None]:
    """Around a commit. Raises `OutcomeUnknown` where an outage leaves open whether it happened."""
    try:
        yield
    except Exception as error:
        if is_outage(error):
            raise OutcomeUnknown(reason(error)) from error
        raise


@contextmanager
def ignored() -> Iterator[None]:
    """Around the end of what only read: an outage then takes nothing away any more."""
    try:
        yield
    except Exception as error:
        if not is_outage(error):
            raise


def is_outage(error: BaseException) -> bool:
    return leaves_open(error) or _is_outage(error)


def leaves_open(error: BaseException) -> bool:
    """Whether a commit's outcome is unknown; also where tidying up after it failed in turn."""
    chain: BaseException | None = error
    while chain is not None:
        if isinstance(chain, OutcomeUnknown):
            return True
        chain = chain.__cause__ or chain.__context__
    return False


def reason(error: BaseException) -> str:
    """What the database said, in one line, without the statement and its parameters."""
    said = str(getattr(error, "orig", None) or error).strip()
    return said.splitlines()[0] if said else type(error).__name__


def circumstances(error: BaseException) -> str | None:
    """What a log may tell of a database's error, and None of any other: its kind and the names of what it is about.

    PostgreSQL's own words quote values (“Key (email)=(…) already exists”); SQLite's only ever quote names.
    """
    match getattr(error, "orig", None) or error:
        case psycopg.Error() as refused:
            about = refused.diag
            names = (about.schema_name, about.table_name, about.column_name, about.datatype_name, about.constraint_name)
            return " ".join(filter(None, (refused.sqlstate or "no SQLSTATE", *names)))
        case sqlite3.Error() as refused:
            return f"{getattr(refused, 'sqlite_errorname', 'SQLITE')}: {refused}"
        case _:
            return None


def _is_outage(error: BaseException) -> bool:
    match getattr(error, "orig", None) or error:
        case psycopg.Error(sqlstate=str(state)):
            return state.startswith(POSTGRESQL_OUTAGES) or state == POSTGRESQL_READ_ONLY
        case psycopg.OperationalError() | psycopg.InterfaceError():
            return True  # without a state: it is not the server that said so, for it could not be reached
        case sqlite3.Error() as refused:
            return getattr(refused, "sqlite_errorcode", -1) & PRIMARY_CODE in SQLITE_OUTAGES
        case NoConnectionFree() | PendingRollbackError():
            return True  # all connections are taken; or a statement after the one that the connection was lost in
        case _:
            return isinstance(error, SQLAlchemyError) and bool(getattr(error, "connection_invalidated", False))
