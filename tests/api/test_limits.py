"""What is too much is refused before work is done for it, and told with its limit (docs/limits.md)."""

import asyncio
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from typing import Any

import psycopg
import pytest
from sqlalchemy import select, text

from bakery.store import BakeryId, Database, Session, tables
from bakery.store.transaction import Interrupted
from graphql_api.config import Settings
from graphql_api.http.admission import Admission
from graphql_api.limits import Busy, Limits
from plans import Role
from tests.api.bakeries import Bakery
from tests.api.documents import document
from tests.api.in_process import InProcessApi

ENDLESS = (
    "WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 1000000000)"
    " SELECT count(*) FROM counted"
)
NO_BODY: dict[str, Any] = {"type": "http", "headers": []}


@pytest.fixture
def hasty(database_url: str) -> Iterator[InProcessApi]:
    api = InProcessApi(database_url, max_operation_seconds=1, max_cost=250, max_root_fields=50)
    yield api
    api.close()


# ── how it is told ────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("query", "limit", "actual"),
    [
        ("{ lots(first: 90) { edges { node { supplier { id } ingredient { id } } } } }", "cost", 1 + 90 * 3),
        ("query ($n: Int) { lots(first: $n) { edges { node { trace { verdict } } } } }", "cost", 1 + 70 * 51),
        ("{ " + "viewer { id } " * 51 + "}", "rootFields", 51),
    ],
)
def test_a_limit_tells_how_much_it_was_and_how_much_is_allowed(
    hasty: InProcessApi, query: str, limit: str, actual: int
) -> None:
    answer = Bakery.opened(hasty).owner.send(query, {"n": 70} if "$n" in query else {})
    [error] = answer.errors
    allowed = {"cost": 250, "rootFields": 50}[limit]
    assert error["extensions"] == {
        "code": "LIMIT_EXCEEDED", "limit": limit, "actual": actual, "allowed": allowed
    }  # fmt: skip
    assert f"{actual:,}" in error["message"]
    assert str(allowed) in error["message"]
    assert "data" not in answer.body


def test_limits_are_set_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAKETRACE_MAX_DEPTH", "7")
    assert Settings().max_depth == 7
    monkeypatch.setenv("BAKETRACE_MAX_DEPTH", "0")
    with pytest.raises(ValueError, match="greater than or equal to 1"):
        Settings()


# ── time ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_an_operation_that_takes_too_long_is_stopped_and_its_fate_told(hasty: InProcessApi) -> None:
    """Somebody else holds what a count has to wait for."""
    bakery = Bakery.opened(hasty)
    flour = bakery.ingredient("Flour", openingStock="5")
    other = Database(hasty.database_url)
    held = other.writing(BakeryId(bakery.id))
    hasty.run(_hold(held))
    body = {"query": document("AdjustStock"), "variables": {"input": {"ingredientId": flour, "countedQuantity": "9"}}}
    headers = {"Authorization": f"Bearer {bakery.tokens[Role.OWNER]}"}
    response = hasty.tries("POST", "/graphql", json=body, headers=headers)
    hasty.run(held.__aexit__(None, None, None))
    hasty.run(other.dispose())
    assert response.status_code == 504
    [error] = response.json()["errors"]
    assert error["extensions"] == {
        "code": "TIMEOUT", "limit": "operationSeconds", "allowed": 1, "outcome": "NOT_DONE"
    }  # fmt: skip
    assert bakery.stock(flour)[0] == "5"
    assert bakery.owner.tries("AdjustStock", ingredientId=flour, countedQuantity="9")["ingredient"]["onHand"] == "9"
    assert bakery.breaches() == []


async def _hold(held: AbstractAsyncContextManager[Session]) -> None:
    session = await held.__aenter__()
    await session.rows(select(tables.ingredients.c.id).where(tables.ingredients.c.bakery_id == session.bakery_id)
                       .with_for_update())  # fmt: skip


SLOW_COMMIT = (
    "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(20); RETURN NULL; END $$",
    "CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON movements DEFERRABLE INITIALLY DEFERRED"
    " FOR EACH ROW EXECUTE FUNCTION slow()",
)


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_what_was_stopped_while_it_committed_is_told_as_unknown(hasty: InProcessApi) -> None:
    bakery = Bakery.opened(hasty)
    flour = bakery.ingredient("Flour", openingStock="5")
    with psycopg.connect(hasty.database_url, autocommit=True) as owner:
        for statement in SLOW_COMMIT:
            owner.execute(statement)
        body = {
            "query": document("AdjustStock"),
            "variables": {"input": {"ingredientId": flour, "countedQuantity": "9"}},
        }
        headers = {"Authorization": f"Bearer {bakery.tokens[Role.OWNER]}"}
        response = hasty.tries("POST", "/graphql", json=body, headers=headers)
        owner.execute("DROP FUNCTION slow CASCADE")
    assert response.status_code == 504
    [error] = response.json()["errors"]
    assert error["extensions"]["outcome"] == "UNKNOWN"
    assert "idempotencyKey" in error["message"]
    assert bakery.stock(flour)[0] in ("5", "9")
    assert bakery.breaches() == []


@pytest.mark.parametrize("by", ["cancelling", "interrupting"])
def test_what_the_database_does_is_stopped_with_whoever_waits_for_it(database_url: str, by: str) -> None:
    """Also where others wait for the answer than whoever is stopped: a loader reads for many."""

    async def story() -> None:
        database = Database(database_url)
        session = await database.begin_reading()
        endless = asyncio.create_task(session.rows(text(ENDLESS)))
        await asyncio.sleep(0.2)  # it is under way by then, and stopped all the same if it is not
        assert not endless.done()
        if by == "cancelling":
            endless.cancel()
        else:
            session.interrupt()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(endless, 5)
        with pytest.raises(Interrupted):
            await session.rows(text("SELECT 1"))
        await asyncio.wait_for(session.close(), 5)
        if not database.is_sqlite:
            async with database.reading() as other:
                running = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'WITH RECURSIVE counted%'"
                assert await other.scalar(text(f"{running} AND state = 'active' AND datname = current_database()")) == 0
        await database.ping()
        await database.dispose()

    asyncio.run(story())


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_postgresql_itself_stops_what_nobody_stopped(database_url: str) -> None:
    async def story() -> str:
        database = Database(database_url, statement_seconds=77)
        async with database.engine.connect() as connection:
            told = (await connection.exec_driver_sql("SHOW statement_timeout")).scalar_one()
        await database.dispose()
        return str(told)

    assert asyncio.run(story()) == "77s"


# ── places ────────────────────────────────────────────────────────────────────────────────────────────────────────────
async def _nothing(*_: Any) -> None:
    """An application that is not asked here."""


async def _never() -> Any:
    raise AssertionError("there is no body")


def test_whoever_finds_no_place_in_time_is_told_to_come_again() -> None:
    async def story() -> list[Busy]:
        admission = Admission(_nothing, Limits(max_running=1, max_waiting=1, max_wait_seconds=1))
        refusals: list[Busy] = []

        async def one_more() -> None:
            try:
                async with admission.admitted(NO_BODY, _never):
                    raise AssertionError("there was no place")
            except Busy as refusal:
                refusals.append(refusal)

        async with admission.admitted(NO_BODY, _never):
            await asyncio.gather(one_more(), one_more())
        async with admission.admitted(NO_BODY, _never):
            pass
        return refusals

    at_once, later = asyncio.run(story())
    assert (at_once.limit, at_once.actual, at_once.allowed) == ("waiting", 2, 1)
    assert (later.limit, later.actual, later.allowed) == ("running", 2, 1)
    for refusal in (at_once, later):
        assert (refusal.status, refusal.code) == (503, "SERVICE_UNAVAILABLE")
        assert refusal.headers == {"Retry-After": "1"}


def test_a_body_that_is_slow_to_come_keeps_no_place() -> None:
    async def story() -> None:
        admission = Admission(_nothing, Limits(max_running=1, max_waiting=2))
        scope = {"type": "http", "headers": [(b"transfer-encoding", b"chunked")]}
        forever = asyncio.get_running_loop().create_future()

        async def slow() -> Any:
            return await forever

        async def arriving() -> None:
            async with admission.admitted(scope, slow):
                raise AssertionError("it never arrived")

        waiting = asyncio.create_task(arriving())
        await asyncio.sleep(0)
        async with admission.admitted(NO_BODY, _never):
            pass
        waiting.cancel()

    asyncio.run(story())
