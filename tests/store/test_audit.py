"""The audit log in each database: only ever added to, sealed in the order of commits, and proven as it stands there."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import text

from bakery.audit import OPERATOR, Act, AuditKind, AuditOutcome, Origin, hash_of
from bakery.proof import Breach
from bakery.store import BakeryId, Database, Session
from bakery.store.audit import Audit, heads_of_all, seal_waiting, verified, waiting_count
from bakery.store.drivers import DriverError
from bakery.store.migration import migrate
from bakery.store.people import add_bakery
from tests.api.statements import statements_sent
from tests.support.postgres import drop_database, fresh_database

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
TAMPERINGS = int(os.environ.get("TAMPERINGS", "60"))
"""`make tamper` does a thousand on each database."""

LENGTH = 12
NOBODY = "f" * 64


@dataclass(frozen=True)
class Books:
    """A database with two bakeries, as a server has it and as its owner sees it, and a loop to ask it on."""

    url: str
    database: Database
    whole: Database
    runner: asyncio.Runner
    bakeries: list[BakeryId]

    def run(self, act: Awaitable[Any]) -> Any:
        async def awaited() -> Any:
            return await act

        return self.runner.run(awaited())

    def record(self, *actions: str, bakery: int = 0) -> None:
        self.run(record(self.database, self.bakeries[bakery], *actions))

    def seal(self) -> int:
        sealed: int = self.run(seal_waiting(self.database, lambda: NOW))
        return sealed

    def execute(self, *statements: str) -> None:
        async def run() -> None:
            async with self.whole.writing() as session:
                for statement in statements:
                    await session.execute(text(statement))

        self.run(run())

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        async def read() -> list[tuple[Any, ...]]:
            async with self.whole.reading() as session:
                return [tuple(row) for row in await session.rows(text(statement))]

        found: list[tuple[Any, ...]] = self.run(read())
        return found

    def breaches(self, *published: str) -> list[Breach]:
        async def found() -> list[Breach]:
            async with self.whole.reading() as session:
                return [breach for _, breach in (await verified(session, published)).breaches]

        breaches: list[Breach] = self.run(found())
        return breaches

    def chain(self, bakery: int = 0) -> list[str]:
        """The actions in the order of the chain."""
        found = self.rows(
            "SELECT action FROM audit_seals JOIN audit_entries ON audit_entries.bakery_id = audit_seals.bakery_id "
            f"AND id = entry_id WHERE audit_seals.bakery_id = {self.bakeries[bakery]} ORDER BY number"
        )
        return [action for (action,) in found]


def act(action: str) -> Act:
    return Act(AuditKind.COMMAND, action, AuditOutcome.DONE, arguments='{"a":"b"}', things='["Lot:1"]')


async def record(database: Database, bakery: BakeryId, *actions: str) -> None:
    async with database.writing(bakery) as session:
        await add(session, *actions)


async def add(session: Session, *actions: str) -> None:
    await Audit(session).record(list(map(act, actions)), actor=OPERATOR, origin=Origin("::1", "x"), now=NOW)


async def opened(database: Database) -> list[BakeryId]:
    async with database.writing() as session:
        return [
            await add_bakery(session, name="Corner", plan="GROWTH", time_zone="UTC", currency="EUR", now=NOW)
            for _ in range(2)
        ]


@pytest.fixture(params=["sqlite", "postgresql"])
def books(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Books]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'bakery.db'}"
    else:
        url = fresh_database(request.getfixturevalue("postgres_url"))
    migrate(url)
    with asyncio.Runner() as runner:
        database, whole = Database(url), Database(url, across_bakeries=True)
        yield Books(url, database, whole, runner, runner.run(opened(database)))
        for each in (database, whole):
            runner.run(each.dispose())
    if request.param == "postgresql":
        drop_database(url)


# ── writing ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_an_entry_is_one_statement(books: Books) -> None:
    """Issue 5, point 6: what it costs a mutation."""
    with statements_sent() as statements:
        books.record("bake")
    [statement] = statements
    assert statement.startswith("INSERT INTO audit_entries")


def test_entries_take_the_record_numbers_in_their_order(books: Books) -> None:
    """One sequence numbers every record: an entry comes after what its transaction recorded."""

    async def mixed() -> list[int]:
        async with books.database.writing(books.bakeries[0]) as session:
            first = await session.numbers(2)
            await add(session, "one", "two")
            return [*first, *await session.numbers(1)]

    before, between, after = books.run(mixed())
    ids = [number for (number,) in books.rows("SELECT id FROM audit_entries ORDER BY id")]
    assert before < between < ids[0] < ids[1] < after


@pytest.mark.parametrize("table", ["audit_entries", "audit_seals"])
def test_neither_entries_nor_seals_are_changed_or_deleted(books: Books, table: str) -> None:
    """By triggers, whoever tries; on PostgreSQL also not by `TRUNCATE`, on SQLite not by `INSERT OR REPLACE`."""
    books.record("bake")
    books.seal()
    before = books.rows(f"SELECT * FROM {table}")
    statements = [f"UPDATE {table} SET bakery_id = bakery_id", f"DELETE FROM {table}"]
    if books.database.is_sqlite:
        statements.append(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")
    else:
        statements += [f"TRUNCATE {table} CASCADE", "TRUNCATE bakeries CASCADE"]
    for statement in statements:
        with pytest.raises(DriverError, match="are never"):
            books.execute(statement)
        assert books.rows(f"SELECT * FROM {table}") == before


# ── sealing ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_each_bakery_has_a_chain_of_its_own(books: Books) -> None:
    books.record("a", "b")
    books.record("c", bakery=1)
    assert books.seal() == 3
    books.record("d", bakery=1)
    assert books.seal() == 1
    assert books.seal() == 0
    assert (books.chain(0), books.chain(1)) == (["a", "b"], ["c", "d"])
    assert books.breaches() == []


def test_more_than_fits_in_one_part_is_sealed_in_several(books: Books) -> None:
    names = [f"bake {number}" for number in range(450)]
    books.record(*names)
    books.record("d", bakery=1)
    assert books.seal() == 451
    assert books.chain() == names
    assert books.breaches() == []


def test_what_rolls_back_leaves_nothing(books: Books) -> None:
    class Undone(Exception):
        pass

    async def undone() -> None:
        async with books.database.writing(books.bakeries[0]) as session:
            await add(session, "never")
            raise Undone

    books.record("a")
    with pytest.raises(Undone):
        books.run(undone())
    books.record("b")
    books.seal()
    assert books.chain() == ["a", "b"]
    assert books.breaches() == []


@pytest.mark.parametrize("books", ["postgresql"], indirect=True)  # SQLite has one writer at a time
def test_a_late_commit_is_sealed_when_it_comes(books: Books) -> None:
    """It has a lower number than what was sealed before it, and neither waits for the other."""

    async def late() -> None:
        async with books.database.writing(books.bakeries[0]) as session:
            await add(session, "late")
            await session.flush()
            await record(books.database, books.bakeries[0], "early")
            assert await seal_waiting(books.database, lambda: NOW) == 1
        assert await seal_waiting(books.database, lambda: NOW) == 1

    books.run(late())
    assert books.chain() == ["early", "late"]
    assert books.rows("SELECT action FROM audit_entries ORDER BY id") == [("late",), ("early",)]
    assert books.breaches() == []


def test_many_sealers_and_writers_at_once(books: Books) -> None:
    """Sealers of several processes take turns: no number is given twice, none is left out, nothing waits at the end."""
    others = [Database(books.url) for _ in range(2)]

    async def write(name: str) -> None:
        for number in range(10):
            await record(books.database, books.bakeries[number % 2], f"{name} {number}")

    async def seal(database: Database) -> None:
        for _ in range(15):
            await seal_waiting(database, lambda: NOW)

    async def all_at_once() -> None:
        await asyncio.gather(*map(write, "abcd"), *map(seal, [*others, books.database]))
        await seal_waiting(books.database, lambda: NOW)
        for database in others:
            await database.dispose()

    books.run(all_at_once())
    assert len(books.chain(0)) == len(books.chain(1)) == 20
    assert books.rows("SELECT * FROM audit_waiting") == []
    assert books.breaches() == []


def test_what_was_sealed_already_is_not_sealed_again(books: Books) -> None:
    books.record("a")
    books.seal()
    books.execute("INSERT INTO audit_waiting SELECT bakery_id, id FROM audit_entries")
    books.seal()
    assert books.chain() == ["a"]
    assert books.rows("SELECT * FROM audit_waiting") == []


# ── verifying ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_what_waits_is_no_breach(books: Books) -> None:
    async def waiting() -> Any:
        async with books.whole.reading() as session:
            return await waiting_count(session), await heads_of_all(session)

    books.record("a")
    assert books.breaches() == []
    assert books.run(waiting()) == (1, [])
    books.seal()
    count, [(bakery, head)] = books.run(waiting())
    assert (count, bakery, head.number) == (0, books.bakeries[0], 1)
    assert books.breaches(head.hash) == []
    assert [breach.subject for breach in books.breaches(head.hash, NOBODY)] == [f"head {NOBODY}"]


def test_an_entry_put_there_by_hand_is_told(books: Books) -> None:
    books.record("a")
    books.execute("DELETE FROM audit_waiting")
    [breach] = books.breaches()
    assert "put there by hand" in breach.message


# ── tampering ─────────────────────────────────────────────────────────────────────────────────────────────────────────
COLUMNS = {
    "recorded_at": "'2026-03-02 09:00:00'",
    "kind": "'READ'",
    "actor": "'Somebody else'",
    "role": "'OWNER'",
    "action": "'another'",
    "outcome": "'REFUSED'",
    "code": "'InvalidInput'",
    "things": "'[]'",
    "arguments": "'{}'",
    "address": "NULL",
    "user_agent": "'y'",
    "member_id": "1",
    "key_id": "1",
    "id": "id + 1000000",
}
SEAL_COLUMNS = {
    "hash": f"'{NOBODY}'",
    "previous_hash": f"'{NOBODY}'",
    "sealed_at": "'2026-03-02 09:00:00'",
    "number": "number + 1000000",
    "entry_id": "entry_id + 1000000",
}


@dataclass(frozen=True)
class Log:
    """A log without its guards, of which each seal is known by its number, and its entry by the id."""

    books: Books
    entries: list[int]
    hashes: list[str]

    @property
    def ours(self) -> str:
        return f"bakery_id = {self.books.bakeries[0]}"

    def entry(self, number: int) -> str:
        return f"{self.ours} AND id = {self.entries[number - 1]}"

    def seal(self, number: int) -> str:
        return f"{self.ours} AND number = {number}"

    def moved(self, after: int, by: int) -> list[str]:
        """Number all seals after one anew; in two steps, since no two may have the same number meanwhile."""
        return [
            f"UPDATE audit_seals SET number = -number WHERE {self.ours} AND number > {after}",
            f"UPDATE audit_seals SET number = {by} - number WHERE number < 0",
        ]


@pytest.fixture
def unguarded(books: Books) -> Log:
    """Whoever may change tables may drop what guards them."""
    books.record(*(f"bake {number}" for number in range(LENGTH)))
    books.record("elsewhere", bakery=1)
    books.seal()
    guards = (
        "SELECT 'DROP TRIGGER ' || name FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'audit%'"
        if books.database.is_sqlite
        else "SELECT 'DROP TRIGGER ' || tgname || ' ON ' || tgrelid::regclass FROM pg_trigger WHERE NOT tgisinternal "
        "AND tgrelid::regclass::text LIKE 'audit%' UNION ALL "
        "SELECT 'ALTER TABLE ' || conrelid::regclass || ' DROP CONSTRAINT ' || conname FROM pg_constraint "
        "WHERE contype IN ('c', 'f') AND conrelid::regclass::text LIKE 'audit%'"
    )
    books.execute(*(statement for (statement,) in books.rows(guards)))
    found = books.rows(f"SELECT entry_id, hash FROM audit_seals WHERE bakery_id = {books.bakeries[0]} ORDER BY number")
    return Log(books, [row[0] for row in found], [row[1] for row in found])


def edit(log: Log, random: Random) -> list[str]:
    number = random.randint(1, LENGTH)
    if random.random() < 0.6:
        column, value = random.choice(list(COLUMNS.items()))
        return [f"UPDATE audit_entries SET {column} = {value} WHERE {log.entry(number)}"]
    column, value = random.choice(list(SEAL_COLUMNS.items()))
    return [f"UPDATE audit_seals SET {column} = {value} WHERE {log.seal(number)}"]


def delete(log: Log, random: Random) -> list[str]:
    number = random.randint(1, LENGTH - 1)
    seal, entry = (
        f"DELETE FROM audit_seals WHERE {log.seal(number)}",
        f"DELETE FROM audit_entries WHERE {log.entry(number)}",
    )
    return random.choice(([seal], [entry], [seal, entry], [seal, entry, *log.moved(number, -1)]))


def swap(log: Log, random: Random) -> list[str]:
    first, second = random.sample(range(1, LENGTH + 1), 2)
    column = random.choice(("number", "entry_id"))
    one = first if column == "number" else log.entries[first - 1]
    other = second if column == "number" else log.entries[second - 1]
    return [
        f"UPDATE audit_seals SET {column} = -1 WHERE {log.ours} AND {column} = {one}",
        f"UPDATE audit_seals SET {column} = {one} WHERE {log.ours} AND {column} = {other}",
        f"UPDATE audit_seals SET {column} = {other} WHERE {log.ours} AND {column} = -1",
    ]


def insert(log: Log, random: Random) -> list[str]:
    """An entry without a seal, or with one in the middle of the chain."""
    number = random.randint(1, LENGTH - 1)
    columns = "recorded_at, kind, actor, action, outcome, things, arguments"
    entry = (
        f"INSERT INTO audit_entries (bakery_id, id, {columns}) SELECT bakery_id, 999999, {columns} FROM audit_entries "
        f"WHERE {log.entry(number)}"
    )
    seal = (
        "INSERT INTO audit_seals (bakery_id, number, entry_id, previous_hash, hash, sealed_at) SELECT bakery_id, "
        f"number + 1, 999999, hash, '{random.getrandbits(256):064x}', sealed_at FROM audit_seals "
        f"WHERE {log.seal(number)}"
    )
    return random.choice(([entry], [entry, *log.moved(number, 1), seal]))


def cut(log: Log, random: Random) -> list[str]:
    number = random.randint(0, LENGTH - 1)
    statements = [f"DELETE FROM audit_seals WHERE {log.ours} AND number > {number}"]
    kept = ", ".join(map(str, [0, *log.entries[:number]]))
    return [*statements, f"DELETE FROM audit_entries WHERE {log.ours} AND id NOT IN ({kept})"]


async def rewrite(session: Session, log: Log, random: Random) -> None:
    """Change an entry, and make all hashes from there on anew."""
    number = random.randint(1, LENGTH)
    await session.execute(text(f"UPDATE audit_entries SET actor = 'Somebody else' WHERE {log.entry(number)}"))
    ours = Audit(session.for_bakery(log.books.bakeries[0]))
    previous = log.hashes[number - 2] if number > 1 else "0" * 64
    async for seal, entry in ours.sealed_entries():
        if seal.number >= number:
            assert entry
            hash_ = hash_of(log.books.bakeries[0], seal.number, previous, seal.sealed_at, entry)
            await session.execute(
                text(
                    f"UPDATE audit_seals SET previous_hash = '{previous}', hash = '{hash_}' "
                    f"WHERE {log.seal(seal.number)}"
                )
            )
            previous = hash_


class Undone(Exception):
    pass


async def unseen(log: Log, ways: list[Callable[[Log, Random], list[str]]], published: list[str]) -> list[str]:
    """The changes that nothing tells of, each made in a transaction that is rolled back."""
    found = []
    for seed in range(TAMPERINGS):
        random = Random(seed)
        way = random.choice([*ways, None] if published else ways)
        try:
            async with log.books.whole.writing() as session:
                if session.is_sqlite:
                    await session.execute(text("PRAGMA defer_foreign_keys=ON"))
                if way is None:
                    await rewrite(session, log, random)
                else:
                    for statement in way(log, random):
                        await session.execute(text(statement))
                if not (await verified(session, published)).breaches:
                    found.append(f"{way} with seed {seed}")
                raise Undone
        except Undone:
            pass
    return found


def test_every_change_breaks_the_chain(unguarded: Log) -> None:
    """Issue 5, point 6: random edits, deletions, swaps and insertions; no head need have been published."""
    assert unguarded.books.breaches() == []
    assert unguarded.books.run(unseen(unguarded, [edit, delete, swap, insert], [])) == []


def test_every_change_loses_the_published_head(unguarded: Log) -> None:
    """Issue 5, point 6: with a published head also cuts of the tail, and a chain that was made anew."""
    head = unguarded.hashes[-1]
    assert unguarded.books.breaches(head) == []
    assert unguarded.books.run(unseen(unguarded, [edit, delete, swap, insert, cut], [head])) == []
