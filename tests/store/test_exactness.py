"""Sums of a long ledger are the same on both databases, to the last digit (R-2.2)."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any, NamedTuple

import psycopg
import pytest
from sqlalchemy import func, select

from bakery.lots import MovementKind, WriteOffReason
from bakery.store import BakeryId, Database, Session, Store, tables
from bakery.waste import WasteGrouping, report
from tests.api.databases import Templates

MOVEMENTS = 100_000
SEED = 20260302
NOW = "2026-03-02 08:00:00+00:00"
INGREDIENTS = range(10, 20)
KINDS, REASONS = list(MovementKind), list(WriteOffReason)


class Row(NamedTuple):
    """As the table has it: a quantity in millionths, a cost in ten-thousand-millionths, both of up to all digits."""

    bakery_id: int
    id: int
    ingredient_id: int
    kind: str
    quantity: int
    unit_cost: int | None
    write_off_reason: str | None
    actor_id: int
    happened_at: str
    recorded_at: str


@cache
def rows() -> list[Row]:
    """Tiny and huge ones by turns, so that a sum in binary fractions would lose the tiny ones."""
    random = Random(SEED)
    made = []
    for number in range(MOVEMENTS):
        kind = random.choice(KINDS)
        size = random.randrange(1, 10 ** random.choice([1, 4, 7, 10, 13]))
        waste = kind is MovementKind.WRITE_OFF
        happened_at = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(minutes=random.randrange(30 * 24 * 60))
        made.append(
            Row(
                1,
                1000 + number,
                random.choice(INGREDIENTS),
                kind.value,
                -size if waste else size * random.choice([1, -1]),
                random.choice([None, random.randrange(10 ** random.choice([2, 10, 14]))]),
                random.choice(REASONS).value if waste else None,
                2,
                str(happened_at),
                NOW,
            )
        )
    return made


def furniture() -> Iterator[str]:
    yield f"INSERT INTO bakeries VALUES (1, 'Bakery', 'GROWTH', 'Europe/London', 'GBP', '{NOW}')"
    yield f"INSERT INTO members (bakery_id, id, name, role, recorded_at) VALUES (1, 2, 'Owner', 'OWNER', '{NOW}')"
    columns = "bakery_id, id, name, unit, tracked, untracked, recorded_at"
    for number in INGREDIENTS:
        unit = "kg" if number % 2 else "l"
        yield f"INSERT INTO ingredients ({columns}) VALUES (1, {number}, 'Ingredient', '{unit}', 0, 0, '{NOW}')"


def fill_sqlite(url: str, movements: list[Row]) -> None:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        for statement in furniture():
            connection.execute(statement.replace("+00:00", ".000000"))
        places = ", ".join("?" for _ in Row._fields)
        written = [
            row._replace(happened_at=row.happened_at.replace("+00:00", ".000000"), recorded_at=NOW[:19] + ".000000")
            for row in movements
        ]
        connection.executemany(f"INSERT INTO movements ({', '.join(Row._fields)}) VALUES ({places})", written)
        connection.commit()


def fill_postgres(url: str, movements: list[Row]) -> None:
    with psycopg.connect(url) as connection:
        for statement in furniture():
            connection.execute(statement.encode())
        with connection.cursor().copy(f"COPY movements ({', '.join(Row._fields)}) FROM STDIN".encode()) as copy:
            for row in movements:
                copy.write_row(row)


@pytest.fixture(scope="module")
def urls(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """The same 100,000 movements on a SQLite and a PostgreSQL."""
    folder, movements = tmp_path_factory.mktemp("exactness"), rows()
    with templates.copy("sqlite", folder) as sqlite, templates.copy("postgresql", folder) as postgresql:
        fill_sqlite(sqlite, movements)
        fill_postgres(postgresql, movements)
        yield [sqlite, postgresql]


def read(url: str, reading: Any) -> Any:
    async def read_it() -> Any:
        database = Database(url)
        async with database.reading() as unbound:
            found = await reading(unbound.for_bakery(BakeryId(1)))
        await database.dispose()
        return found

    return asyncio.run(read_it())


def test_the_sums_of_a_long_ledger_are_equal_to_the_last_digit(urls: list[str]) -> None:
    """R-2.1, R-2.2: by ingredient and kind, against whole numbers summed in Python."""
    columns = tables.movements.c

    async def sums(session: Session) -> dict[tuple[int, str], str]:
        statement = select(columns.ingredient_id, columns.kind, func.sum(columns.quantity)).group_by(
            columns.ingredient_id, columns.kind
        )
        found = await session.rows(statement.where(columns.bakery_id == session.bakery_id))
        return {(ingredient_id, kind.value): str(quantity) for ingredient_id, kind, quantity in found}

    summed: dict[tuple[int, str], int] = {}
    for row in rows():
        summed[row.ingredient_id, row.kind] = summed.get((row.ingredient_id, row.kind), 0) + row.quantity
    expected = {key: str(Decimal(quantity).scaleb(-6)) for key, quantity in summed.items()}
    assert [read(url, sums) for url in urls] == [expected, expected]
    assert len(expected) == len(INGREDIENTS) * len(KINDS)


def test_a_month_of_waste_costs_the_same_on_both(urls: list[str]) -> None:
    """R-6.3, R-2.2: quantities to the millionth, costs exact up to the one rounding at the end."""

    async def reported(session: Session) -> Any:
        found = await Store(session).inventory.waste(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))
        return report(
            found,
            [WasteGrouping.INGREDIENT, WasteGrouping.DAY],
            first_day=date(2026, 3, 1),
            last_day=date(2026, 3, 31),
            time_zone="Europe/London",
            currency="GBP",
            decimals=2,
        )

    on_sqlite, on_postgresql = (read(url, reported) for url in urls)
    assert on_sqlite == on_postgresql
    waste = [row for row in rows() if row.kind == "WRITE_OFF"]
    whole = -sum(row.quantity for row in waste)
    cost = -sum(row.quantity * row.unit_cost for row in waste if row.unit_cost is not None)
    assert sum(amount.quantity for amount in on_sqlite.total.quantities) == Decimal(whole).scaleb(-6)
    assert abs(int(on_sqlite.total.cost * 10**16) - cost) <= 10**16 // 200
