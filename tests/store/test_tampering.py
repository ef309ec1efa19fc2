"""The audit log in each database against whoever may change its tables: every change is told.

`make tamper` tries a thousand on each database.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import pytest
from sqlalchemy import text

from bakery.audit import hash_of
from bakery.store import Session
from bakery.store.audit import Audit, verified
from tests.store.sealed import NOBODY, Books

TAMPERINGS = int(os.environ.get("TAMPERINGS", "60"))
LENGTH = 12

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
