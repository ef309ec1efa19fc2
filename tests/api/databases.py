"""Migrated databases to test on, and snapshots of all that is in one."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Set
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from bakery.store.migration import migrate
from tests.support.postgres import clone_database, drop_database, fresh_database, share_server_role

ENGINES = ("sqlite", "postgresql")

Snapshot = dict[str, list[tuple[Any, ...]]]
"""All rows of all tables, by table, sorted; but for `LOGGED`."""

LOGGED = {"audit_entries", "audit_seals", "audit_waiting", "key_budgets", "record_number_counter"}
"""Tables that change when nothing does: a refusal, too, is recorded in the audit log, under a number of its own."""


class Templates:
    """One migrated, empty database an engine, made when a copy of it is first asked for."""

    def __init__(self, folder: Path, postgres_url: Callable[[], str]) -> None:
        self._folder = folder
        self._postgres_url = postgres_url
        self._made: dict[str, str] = {}

    @contextmanager
    def copy(self, engine: str, folder: Path) -> Iterator[str]:
        """A migrated database of its own, gone afterwards; a SQLite file lies in `folder`."""
        if engine == "sqlite":
            file = folder / "bakery.db"
            shutil.copyfile(self._template(engine).removeprefix("sqlite:///"), file)
            yield f"sqlite:///{file}"
            return
        url = clone_database(self._postgres_url(), self._template(engine))
        try:
            share_server_role(url, self._template(engine))
            yield url
        finally:
            drop_database(url)

    def _template(self, engine: str) -> str:
        if engine not in self._made:
            is_sqlite = engine == "sqlite"
            url = f"sqlite:///{self._folder / 'template.db'}" if is_sqlite else fresh_database(self._postgres_url())
            migrate(url)
            self._made[engine] = url
        return self._made[engine]

    def close(self) -> None:
        if "postgresql" in self._made:
            drop_database(self._made["postgresql"])


def snapshot(url: str, without: Set[str] = LOGGED) -> Snapshot:
    """Everything that the database holds, but for some tables."""
    if url.startswith("sqlite"):
        return _sqlite_snapshot(url.removeprefix("sqlite:///"), without)
    return _postgres_snapshot(url, without)


def _sqlite_snapshot(file: str, without: Set[str]) -> Snapshot:
    with closing(sqlite3.connect(file)) as connection:
        found = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        names = [name for (name,) in found if name not in without]
        return {name: sorted(connection.execute(f'SELECT * FROM "{name}"').fetchall(), key=repr) for name in names}


def _postgres_snapshot(url: str, without: Set[str]) -> Snapshot:
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        names = [name for (name,) in found if name not in without]
        rows = sql.SQL("SELECT * FROM {}")
        return {
            name: sorted(connection.execute(rows.format(sql.Identifier(name))).fetchall(), key=repr) for name in names
        }
