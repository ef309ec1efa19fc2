"""The audit log in each database: only ever added to, sealed in the order of commits, and proven as it stands there."""

import asyncio
from typing import Any

import pytest

from bakery.store import Database
from bakery.store.audit import heads_of_all, seal_waiting, waiting_count
from bakery.store.drivers import DriverError
from tests.api.statements import statements_sent
from tests.store.sealed import NOBODY, NOW, Books, add, record


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


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)  # SQLite has one writer at a time
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
