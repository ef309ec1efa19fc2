"""How the schema of a database stands to that of this version.

It is asked at each start of a server, which has to be ready soon: the revisions are read from the files of migrations,
without alembic, which only who changes a schema needs (`migration.py`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, create_engine, event, inspect, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from bakery.store import tables
from bakery.store.annex import Annex
from bakery.store.engine import DatabaseUnavailable, driver_url, prepare_sqlite
from bakery.store.fences import ALL, FenceRefused, Fences
from bakery.store.patience import waits_briefly

VERSION_TABLE = "alembic_version"


class Standing(Enum):
    """What is to be done with a database."""

    CURRENT = "CURRENT"
    BEHIND = "BEHIND"
    """There is none, or it has to be migrated first."""

    AHEAD = "AHEAD"
    """A newer version has migrated it, and all that this one reads and writes is there: it may go on serving."""

    FOREIGN = "FOREIGN"
    """A newer version has migrated it, and this one would not find its way in it."""


def standing(url: str, *, annexes: Sequence[Annex] = ()) -> Standing:
    """Where the database stands; looking does not make a SQLite file. Raises `DatabaseUnavailable`."""
    file = sqlite_file(url)
    if file is not None and not file.exists():
        return Standing.BEHIND
    with connected(url) as connection:
        history = _History(versions_of(None))
        found = _revisions_in(connection, VERSION_TABLE)
        is_ahead = bool(found) and not found <= history.known
        if not is_ahead and found != history.heads:
            return Standing.BEHIND
        for annex in annexes:
            if _revisions_in(connection, annex.version_table) != _History(versions_of(annex)).heads:
                return Standing.FOREIGN if is_ahead else Standing.BEHIND
        metadatas = [tables.metadata, *(annex.metadata for annex in annexes)]
        if is_ahead and not _has_all(connection, metadatas):
            return Standing.FOREIGN
        if file is None and not Fences(connection).is_up(metadatas):
            return Standing.BEHIND
    return Standing.AHEAD if is_ahead else Standing.CURRENT


def is_current(url: str, *, annexes: Sequence[Annex] = ()) -> bool:
    """Whether the database is at the schema of this version, and fenced in."""
    return standing(url, annexes=annexes) is Standing.CURRENT


# ── revisions ─────────────────────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class _History:
    """The revisions in a folder of migrations: which there are, and behind which none comes."""

    versions: Traversable

    @property
    def known(self) -> set[str]:
        return {revision for revision, _ in self._read}

    @property
    def heads(self) -> set[str]:
        return self.known - {down for _, downs in self._read for down in downs}

    @cached_property
    def _read(self) -> list[tuple[str, set[str]]]:
        found = []
        for file in self.versions.iterdir():
            if file.name.endswith(".py") and file.name != "__init__.py":
                said = dict(_constants(file.read_text(encoding="utf-8")))
                downs = said.get("down_revision") or ()
                found.append((said["revision"], {downs} if isinstance(downs, str) else set(downs)))
        return found


def versions_of(annex: Annex | None) -> Traversable:
    """The folder of our own migrations, or of a plug-in's."""
    return files(annex.migrations) if annex else files("migrations") / "versions"


def known_revisions() -> set[str]:
    """Those of our own tables that this version knows."""
    return _History(versions_of(None)).known


def head() -> str:
    """The newest of our own."""
    [newest] = _History(versions_of(None)).heads
    return newest


def _constants(source: str) -> Iterator[tuple[str, Any]]:
    """Each name of a module that is given a literal."""
    for statement in ast.parse(source).body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                with suppress(ValueError):
                    yield name, ast.literal_eval(value)


def _revisions_in(connection: Connection, version_table: str) -> set[str]:
    if not inspect(connection).has_table(version_table):
        return set()
    quoted = connection.dialect.identifier_preparer.quote(version_table)
    return set(connection.execute(text(f"SELECT version_num FROM {quoted}")).scalars())  # noqa: S608 - quoted, and ours


# ── a newer schema ────────────────────────────────────────────────────────────────────────────────────────────────────
def _has_all(connection: Connection, metadatas: Sequence[MetaData]) -> bool:
    """Whether each table and column of ours is there, and a row of ours still makes a whole one.

    What a rule of the newer version asks of rows is not seen here: that such a rule waits for one version is the
    promise of docs/migrations.md.
    """
    found = {name: columns for (_, name), columns in inspect(connection).get_multi_columns().items()}
    for metadata in metadatas:
        for table in metadata.sorted_tables:
            if table.info.get("only_on") not in (None, connection.dialect.name):
                continue
            there = {column["name"]: column for column in found.get(table.name, ())}
            if not {column.name for column in table.columns} <= there.keys():
                return False
            new = (column for name, column in there.items() if name not in table.columns)
            if any(not column["nullable"] and column["default"] is None for column in new):
                return False
    return True


# ── connections ───────────────────────────────────────────────────────────────────────────────────────────────────────
def sqlite_file(url: str) -> Path | None:
    parsed = driver_url(url, asynchronous=False)
    return Path(parsed.database) if parsed.get_backend_name() == "sqlite" and parsed.database else None


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """A connection to look at tables, or to change them. On PostgreSQL it sees the rows of all bakeries, as the tables'
    owner; on SQLite it is the one writer. Raises `DatabaseUnavailable`."""
    engine = create_engine(driver_url(url, asynchronous=False), poolclass=NullPool)
    if engine.dialect.name == "sqlite":
        prepare_sqlite(engine)
        _begin_as_writer(engine)
    with _told(url), engine.connect() as connection:
        if engine.dialect.name != "sqlite":
            waits_briefly(connection)
            connection.execute(text(f"SET {ALL} = 'on'"))
            connection.commit()
        yield connection


@contextmanager
def _told(url: str) -> Iterator[None]:
    """What the database refuses, in one line."""
    try:
        yield
    except (SQLAlchemyError, FenceRefused) as error:
        raise DatabaseUnavailable(url, error) from error


def _begin_as_writer(engine: Engine) -> None:
    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
