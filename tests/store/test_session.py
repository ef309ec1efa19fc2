"""Statements on both databases: what goes in comes out, in order, in few round trips, and what goes wrong is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from sqlalchemy import BigInteger, bindparam, func, insert, literal, select, text, update

from bakery.lots import HoldCause
from bakery.store import BakeryId, Database, Session
from bakery.store.drivers import DriverError, IntegrityError, Operation
from bakery.store.statement import OURS, joined, tuples
from tests.store.things import ADD, ALL, COUNT, FIELDS, FULL, ODD_TEXTS, SOME, Owner, Thing, row, things
from tests.support.postgres import drop_database, fresh_database, make_server_role

Run = Callable[[Callable[[Database], Coroutine[Any, Any, Any]]], Any]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'things.db'}"
        return
    made = fresh_database(request.getfixturevalue("postgres_url"))
    make_server_role(made)
    yield made
    drop_database(made)


@pytest.fixture
def run(url: str) -> Run:
    """Runs a test with a database that has the table of things."""

    async def begun(test: Callable[[Database], Coroutine[Any, Any, Any]]) -> Any:
        database = Database(url)
        try:
            async with database.writing() as session:
                columns = "bakery_id BIGINT, id BIGINT, name VARCHAR, amount BIGINT, cost BIGINT, day DATE"
                moment = "TIMESTAMP" if database.is_sqlite else "TIMESTAMP WITH TIME ZONE"
                rest = f"moment {moment}, cause VARCHAR, good BOOLEAN, PRIMARY KEY (bakery_id, id)"
                await session.execute(text(f"CREATE TABLE things ({columns}, {rest})"))
            return await test(database)
        finally:
            await database.dispose()

    return lambda test: asyncio.run(begun(test))


@asynccontextmanager
async def writing(database: Database) -> AsyncIterator[Session]:
    async with database.writing(BakeryId(1)) as session:
        yield session


async def kept(database: Database) -> list[Thing]:
    session = await database.begin_reading(BakeryId(1))
    try:
        return await session.read(ALL)
    finally:
        await session.close()


# ── values ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_values_come_out_as_they_went_in(run: Run) -> None:
    """R-2.2: exact to the last digit; nothing of a text is syntax; an instant is an instant whatever its offset."""
    here = datetime(2026, 3, 2, 1, tzinfo=timezone(timedelta(hours=14)))
    many = [FULL, Thing(2, None), *(Thing(3 + place, name, moment=here) for place, name in enumerate(ODD_TEXTS))]

    async def test(database: Database) -> list[Thing]:
        async with writing(database) as session:
            await session.insert(things, [row(thing) for thing in many])
        return await kept(database)

    found = run(test)
    assert found == many
    assert found[0].moment.utcoffset() == timedelta(0)
    assert str(found[0].amount) == "-0.000001"


def test_ids_have_no_limit_in_number(run: Run) -> None:
    async def test(database: Database) -> None:
        async with writing(database) as session:
            await session.insert(things, [row(Thing(number, "x")) for number in range(40_000)])
            found = await session.read(SOME, ids=list(range(39_990, 80_000)))
            assert sorted(thing.id for thing in found) == list(range(39_990, 40_000))
            assert await session.read(SOME, ids=[]) == []

    run(test)


def test_many_rows_are_changed_each_by_its_own(run: Run) -> None:
    async def test(database: Database) -> list[Thing]:
        async with writing(database) as session:
            await session.insert(things, [row(Thing(number, "x", amount=Decimal(number))) for number in (1, 2, 3)])
            await session.write(ADD, changes=[(3, Decimal("0.5")), (1, Decimal("-1"))])
        return await kept(database)

    assert [thing.amount for thing in run(test)] == [Decimal(0), Decimal(2), Decimal("3.5")]


def test_what_is_joined_is_made_once(run: Run) -> None:
    owners = select(*FIELDS, literal(7, BigInteger)).where(things.c.bakery_id == OURS).order_by(things.c.id)
    statement = joined(owners, Thing, Owner)

    async def test(database: Database) -> tuple[list[Thing], dict[int, Owner]]:
        async with writing(database) as session:
            await session.insert(things, [row(Thing(1, "a")), row(Thing(2, "b"))])
            return await session.read(statement)

    assert run(test) == ([Thing(1, "a"), Thing(2, "b")], {7: Owner(7)})


def test_statements_that_are_built_for_a_run_differ_in_their_values(run: Run) -> None:
    """They are compiled once for all values, so none may stay of the run before; nor may the length of a list."""

    async def test(database: Database) -> None:
        async with writing(database) as session:
            for number, name in enumerate(("a", "b", "c", None), start=1):
                amount = Decimal(number)
                await session.execute(
                    insert(things).values(bakery_id=1, id=number, name=name, amount=amount, good=True)
                )
            for number, amount in ((1, Decimal("0.5")), (2, Decimal("1.5"))):
                changed = update(things).where(things.c.id == number).values(amount=amount, cause=HoldCause.RECALL)
                await session.execute(changed)
            ids = select(things.c.id).where(things.c.bakery_id == OURS).order_by(things.c.id)
            for names in (["a"], ["b", "c"], ["c", "b", "a"], []):
                found = [number for (number,) in await session.rows(ids.where(things.c.name.in_(names)))]
                assert found == sorted("abc".index(name) + 1 for name in names)
            for many in (1, 3, 2):
                assert len(await session.rows(ids.limit(many))) == many
        kept_things = await kept(database)
        assert [thing.name for thing in kept_things] == ["a", "b", "c", None]
        assert [thing.amount for thing in kept_things] == [Decimal("0.5"), Decimal("1.5"), Decimal(3), Decimal(4)]

    run(test)


# ── order, round trips, failures ──────────────────────────────────────────────────────────────────────────────────────
def test_a_session_of_no_bakery_reads_of_none(run: Run) -> None:
    """R-1.1: a statement that names the bakery needs one."""

    async def test(database: Database) -> None:
        async with database.reading() as session:
            await session.read(COUNT)

    with pytest.raises(RuntimeError, match="bound to no bakery"):
        run(test)


def test_what_waits_is_there_for_what_is_read_next(run: Run) -> None:
    async def test(database: Database) -> None:
        async with writing(database) as session:
            await session.insert(things, [row(Thing(1, "a", amount=Decimal(1)))])
            await session.write(ADD, changes=[(1, Decimal(1))])
            assert await session.read(ALL) == [Thing(1, "a", amount=Decimal(2))]

    run(test)


def test_siblings_go_out_together(run: Run) -> None:
    async def test(database: Database) -> None:
        async with writing(database) as session:
            driver = session.transaction._driver
            batches: list[int] = []
            send = driver.run

            async def counted(operations: Sequence[Operation]) -> None:
                batches.append(len(operations))
                await send(operations)

            driver.run = counted  # type: ignore[method-assign]
            await asyncio.gather(*(session.read(COUNT) for _ in range(5)))
            assert batches == [5]

    run(test)


@pytest.mark.parametrize("reads_on", [False, True])
def test_what_a_waiting_statement_breaks_undoes_all(run: Run, reads_on: bool) -> None:
    async def twice(database: Database) -> None:
        async with writing(database) as session:
            await session.insert(things, [row(Thing(1, "a"))])
            await session.insert(things, [row(Thing(1, "b"))])
            if reads_on:
                await session.read(ALL)

    async def test(database: Database) -> list[Thing]:
        with pytest.raises(IntegrityError):
            await twice(database)
        return await kept(database)

    assert run(test) == []


def test_a_failure_that_was_passed_over_is_not_committed(run: Run) -> None:
    async def carelessly(database: Database) -> None:
        async with writing(database) as session:
            await session.insert(things, [row(Thing(1, "a")), row(Thing(1, "b"))])
            with pytest.raises(IntegrityError):
                await session.flush()

    async def test(database: Database) -> list[Thing]:
        with pytest.raises(IntegrityError):
            await carelessly(database)
        return await kept(database)

    assert run(test) == []


def test_an_error_leaves_a_connection_of_use(run: Run) -> None:
    async def test(database: Database) -> None:
        for _ in range(30):  # more than the pool has
            with pytest.raises(DriverError):
                async with writing(database) as session:
                    await session.rows(text("SELECT nothing FROM nowhere"))
        assert await kept(database) == []

    run(test)


def test_a_reader_sees_one_moment(run: Run) -> None:
    async def test(database: Database) -> None:
        reader = await database.begin_reading(BakeryId(1))
        assert await reader.read(ALL) == []
        async with writing(database) as session:
            await session.insert(things, [row(Thing(1, "a"))])
        assert await reader.read(ALL) == []
        await reader.close()
        assert await kept(database) == [Thing(1, "a")]

    run(test)


def test_a_reader_writes_nothing(run: Run) -> None:
    async def test(database: Database) -> None:
        session = await database.begin_reading(BakeryId(1))
        try:
            await session.insert(things, [row(Thing(1, "a"))])
            if database.is_sqlite:  # which has no transactions that only read, but commits none of ours
                return
            with pytest.raises(DriverError):
                await session.flush()
        finally:
            await session.close()
        assert await kept(database) == []

    run(test)


def test_cancelling_one_who_reads_spoils_nothing_for_others(run: Run) -> None:
    async def test(database: Database) -> None:
        for delay in range(6):
            task = asyncio.create_task(kept(database))
            for _ in range(delay):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            assert await kept(database) == []
        async with writing(database) as session:
            await session.insert(things, [row(Thing(1, "a"))])
        assert await kept(database) == [Thing(1, "a")]

    run(test)


def test_more_sessions_than_connections_wait_for_their_turn(run: Run) -> None:
    async def test(database: Database) -> None:
        assert await asyncio.gather(*(kept(database) for _ in range(60))) == [[]] * 60

    run(test)


def test_connections_that_the_server_ended_are_made_anew(postgres_url: str) -> None:
    """A restart of the database costs nobody a request who comes after it."""
    url = fresh_database(postgres_url)
    make_server_role(url)

    async def test() -> None:
        database = Database(url)
        ended = (
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid NOT IN (pg_backend_pid(), %s)"
        )
        one = tuples(select(bindparam("number", type_=BigInteger())))
        try:
            sessions = [await database.begin_reading() for _ in range(3)]
            for session in sessions:
                await session.read(one, number=1)
            for session in sessions[1:]:
                await session.close()
            [(own,)] = await sessions[0].rows(select(func.pg_backend_pid()))
            with psycopg.connect(url, autocommit=True) as administrator:
                administrator.execute(ended, [own])
            await sessions[0].close()
            for number in range(3):
                async with database.reading() as session:
                    assert await session.read(one, number=number) == [(number,)]
        finally:
            await database.dispose()

    try:
        asyncio.run(test())
    finally:
        drop_database(url)
