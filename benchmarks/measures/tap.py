"""What the product sends to its databases, taken where the drivers are given it, so that no statement is copied."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

EXPLAINABLE = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b", re.IGNORECASE)

Statement = tuple[str, Any]
"""A statement as the driver was given it, and its parameters."""


class Tap:
    """What the drivers were given since it was last taken."""

    def __init__(self) -> None:
        self._sent: list[Statement] = []

    def take(self) -> list[Statement]:
        sent, self._sent = self._sent, []
        return [(statement, parameters) for statement, parameters in sent if EXPLAINABLE.match(statement)]

    def note(self, statement: Any, parameters: Any = None) -> None:
        text = statement.decode() if isinstance(statement, bytes) else str(statement)
        self._sent.append((text, parameters))


@contextmanager
def tapped() -> Iterator[Tap]:
    """Connections that are made while the block runs tell what they are given, by whatever road it comes."""
    tap = Tap()
    connect = sqlite3.connect
    execute, execute_many = psycopg.AsyncCursor.execute, psycopg.AsyncCursor.executemany

    def connecttapped(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*arguments, **options)
        # SQLite tells its statements with the parameters written into them.
        connection.set_trace_callback(tap.note)
        return connection

    async def executetapped(self: Any, query: Any, parameters: Any = None, **options: Any) -> Any:
        tap.note(query, parameters)
        return await execute(self, query, parameters, **options)

    async def execute_manytapped(self: Any, query: Any, parameters: Any, **options: Any) -> Any:
        rows = list(parameters)
        if rows:
            tap.note(query, rows[0])
        return await execute_many(self, query, rows, **options)

    with _replaced(
        (sqlite3, "connect", connecttapped),
        (psycopg.AsyncCursor, "execute", executetapped),
        (psycopg.AsyncCursor, "executemany", execute_manytapped),
    ):
        yield tap


@contextmanager
def _replaced(*places: tuple[Any, str, Any]) -> Iterator[None]:
    """Other attributes while the block runs."""
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in places]
    for owner, name, value in places:
        setattr(owner, name, value)
    try:
        yield
    finally:
        for owner, name, value in before:
            setattr(owner, name, value)
