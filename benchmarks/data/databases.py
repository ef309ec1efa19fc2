"""Databases with books in them, made when first asked for and kept for as long as nothing that made them changes."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

import migrations
from bakery.catalogue import LotTrackingSettings
from bakery.store import Database, Store
from bakery.store.migration import fence_in, migrate
from bakery.store.people import find_bakery
from benchmarks.data.books import Bakehouse, Facts
from benchmarks.data.postgres import OWNER, PEER
from benchmarks.data.scribe import COLUMNS, Row, Scribe
from benchmarks.data.sizes import Size
from graphql_api.administration import Administration, NewBakery
from graphql_api.app import machine_clock
from plans import Plan, Role

SECRET = "a secret of the benchmarks, of more than 32 characters"


@dataclass(frozen=True)
class Books:
    """A database with the books of one bakery, its owner's token, and what may be asked."""

    size: str
    url: str
    bakery_id: int
    token: str
    facts: Facts

    @property
    def is_sqlite(self) -> bool:
        return self.url.startswith("sqlite")

    @property
    def peer_url(self) -> str:
        """The same database as the peers connect to it."""
        return _as_role(self.url, PEER)

    def elsewhere(self, url: str) -> Books:
        return Books(self.size, url, self.bakery_id, self.token, self.facts)


class Library:
    """All books under one folder; those on PostgreSQL lie on the server at `server_url`."""

    def __init__(self, folder: Path, server_url: str, tell: Callable[[str], None]) -> None:
        self._folder = folder.resolve()
        self._server_url = server_url
        self._tell = tell
        folder.mkdir(parents=True, exist_ok=True)

    def postgresql(self, size: Size) -> Books:
        name = f"books_{size.name.lower()}_{_fingerprint(size)}"
        # The card is written last, so half-made books have none; it lies beside its server's other cards.
        card = self._folder / f"{name}-{_cluster_name(self._server_url)}.json"
        url = _on_server(self._server_url, name, OWNER)
        if not (card.exists() and self._has_database(name)):
            self._tell(f"making the books of {size.name} ({size.lots:,} lots) on PostgreSQL")
            self._make_room(f"books_{size.name.lower()}_")
            self._create_database(name)
            self._make(size, url, card, _Copier(_on_server(self._server_url, name, "postgres")))
        return _read_card(card, url)

    def sqlite(self, size: Size) -> Books:
        name = f"books_{size.name.lower()}_{_fingerprint(size)}"
        card, file = self._folder / f"{name}-sqlite.json", self._folder / f"{name}.db"
        if not (card.exists() and file.exists()):
            self._tell(f"making the books of {size.name} ({size.lots:,} lots) on SQLite")
            for old in self._folder.glob(f"books_{size.name.lower()}_*.db*"):
                old.unlink()
            self._make(size, f"sqlite:///{file}", card, _Inserter(file))
        return _read_card(card, f"sqlite:///{file}")

    @contextmanager
    def copy(self, books: Books) -> Iterator[Books]:
        """The same books in a database that may be written to, gone afterwards."""
        if books.is_sqlite:
            file = Path(books.url.removeprefix("sqlite:///"))
            written = file.with_name(f"written-{file.name}")
            shutil.copyfile(file, written)
            try:
                yield books.elsewhere(f"sqlite:///{written}")
            finally:
                for old in written.parent.glob(f"{written.name}*"):
                    old.unlink()
            return
        name = urlsplit(books.url).path[1:]
        written_name = f"written_{name}"
        self._drop_database(written_name)
        self._run(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY FILE_COPY").format(
                sql.Identifier(written_name), sql.Identifier(name), sql.Identifier(OWNER)
            )
        )
        url = _on_server(self._server_url, written_name, OWNER)
        try:
            fence_in(url)
            yield books.elsewhere(url)
        finally:
            self._drop_database(written_name)

    def _make(self, size: Size, url: str, card: Path, target: _Copier | _Inserter) -> None:
        migrate(url)
        opened = asyncio.run(_open_bakery(url))
        with target as open_target:
            scribe = Scribe(opened.id, open_target.owner_of(opened.id), open_target.last_number(), open_target.write)
            facts = Bakehouse(scribe, size).run()
            open_target.finish(scribe.number)
        content = {
            "size": size.name, "bakery_id": opened.id, "token": opened.tokens[Role.OWNER], "facts": asdict(facts)
        }  # fmt: skip
        card.write_text(json.dumps(content), encoding="utf-8")

    # ── databases on the server ───────────────────────────────────────────────────────────────────────────────────
    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(self._server_url, autocommit=True) as connection:
            connection.execute(statement)

    def _has_database(self, name: str) -> bool:
        return name in self._databases()

    def _databases(self) -> list[str]:
        with psycopg.connect(self._server_url) as connection:
            return [name for (name,) in connection.execute("SELECT datname FROM pg_database").fetchall()]

    def _make_room(self, prefix: str) -> None:
        """Drop what older versions of the generator made of this size."""
        for name in self._databases():
            if name.startswith(prefix):
                self._drop_database(name)

    def _create_database(self, name: str) -> None:
        self._run(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(OWNER)))

    def _drop_database(self, name: str) -> None:
        self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


class _Copier:
    """Fills a migrated PostgreSQL database by COPY. References are right by construction and not checked again."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __enter__(self) -> _Copier:
        self._connection = psycopg.connect(self._url)
        # Rows carry no offset: the moments in them are UTC.
        self._connection.execute("SET timezone = 'UTC'")
        self._connection.execute("SET session_replication_role = replica")
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def owner_of(self, bakery_id: int) -> int:
        found = self._connection.execute(
            "SELECT id FROM members WHERE bakery_id = %s AND role = 'OWNER'", [bakery_id]
        ).fetchone()
        assert found
        return int(found[0])

    def last_number(self) -> int:
        found = self._connection.execute("SELECT last_value FROM record_number").fetchone()
        assert found
        return int(found[0])

    def write(self, table: str, rows: Sequence[Row]) -> None:
        columns = sql.SQL(", ").join(map(sql.Identifier, COLUMNS[table].split()))
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), columns)
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)

    def finish(self, last_number: int) -> None:
        self._connection.execute("SELECT setval('record_number', %s)", [last_number])
        for kind in ("TABLES", "SEQUENCES"):
            grant = sql.SQL(f"GRANT ALL ON ALL {kind} IN SCHEMA public TO {{}}")
            self._connection.execute(grant.format(sql.Identifier(PEER)))
        self._connection.commit()
        self._connection.autocommit = True
        # Also sets the visibility map, as autovacuum would have done by the time that so many rows are there.
        self._connection.execute("VACUUM (ANALYZE)")


class _Inserter:
    """Fills a migrated SQLite database."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __enter__(self) -> _Inserter:
        self._connection = sqlite3.connect(self._file)
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.execute("PRAGMA cache_size = -400000")
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def owner_of(self, bakery_id: int) -> int:
        found = self._connection.execute(
            "SELECT id FROM members WHERE bakery_id = ? AND role = 'OWNER'", [bakery_id]
        ).fetchone()
        return int(found[0])

    def last_number(self) -> int:
        return int(self._connection.execute("SELECT last_number FROM record_number_counter").fetchone()[0])

    def write(self, table: str, rows: Sequence[Row]) -> None:
        columns = COLUMNS[table].split()
        self._connection.executemany(
            f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", rows
        )

    def finish(self, last_number: int) -> None:
        self._connection.execute("UPDATE record_number_counter SET last_number = ?", [last_number])
        self._connection.commit()
        self._connection.execute("ANALYZE")
        self._connection.commit()
        with closing(self._connection.cursor()) as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


async def _open_bakery(url: str) -> NewBakery:
    """A bakery on Growth with lot tracking on, as its owner would have made it."""
    database, now = Database(url), machine_clock()
    try:
        administration = Administration(database, SECRET, now)
        opened = await administration.create_bakery(
            name="The Bread Basket", plan=Plan.GROWTH, time_zone="Europe/London", currency="GBP"
        )
        async with database.writing() as session:
            bakery_id = await find_bakery(session, opened.id)
            assert bakery_id
            session.bind(bakery_id)
            await Store(session).features.keep_lot_tracking(LotTrackingSettings(enabled=True))
        return opened
    finally:
        await database.dispose()


def _fingerprint(size: Size) -> str:
    """Changes with whatever the books are made by: the size, the generator and the tables."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    sources += sorted(Path(str(migrations.__file__)).parent.glob("versions/*.py"))
    content = repr(size).encode() + b"".join(source.read_bytes() for source in sources)
    return sha256(content).hexdigest()[:12]


def _read_card(card: Path, url: str) -> Books:
    content = json.loads(card.read_text(encoding="utf-8"))
    return Books(content["size"], url, content["bakery_id"], content["token"], Facts(**content["facts"]))


def _cluster_name(server_url: str) -> str:
    with psycopg.connect(server_url) as connection:
        found = connection.execute("SELECT system_identifier FROM pg_control_system()").fetchone()
    assert found
    return str(found[0])


def _on_server(server_url: str, database: str, role: str) -> str:
    return _as_role(urlsplit(server_url)._replace(path=f"/{database}").geturl(), role)


def _as_role(url: str, role: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=f"{role}@{parts.netloc.rpartition('@')[2]}").geturl()
