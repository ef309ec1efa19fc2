"""A table with a column of each type, its records, and statements on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    func,
    select,
    update,
)

from bakery.lots import HoldCause
from bakery.store.columns import Instant, Quantity, UnitCost, one_of
from bakery.store.given import among, given
from bakery.store.statement import OURS, records, tuples

things = Table(
    "things",
    MetaData(),
    Column("bakery_id", BigInteger),
    Column("id", BigInteger),
    Column("name", String),
    Column("amount", Quantity),
    Column("cost", UnitCost),
    Column("day", Date),
    Column("moment", Instant),
    Column("cause", one_of(HoldCause, "cause")),
    Column("good", Boolean),
    PrimaryKeyConstraint("bakery_id", "id"),
)


@dataclass(frozen=True, slots=True)
class Thing:
    id: int
    name: str | None
    amount: Decimal | None = None
    cost: Decimal | None = None
    day: date | None = None
    moment: datetime | None = None
    cause: HoldCause | None = None
    good: bool | None = None


@dataclass(frozen=True, slots=True)
class Owner:
    id: int


FIELDS = [column for column in things.c if column.name != "bakery_id"]
ALL = records(select(*FIELDS).where(things.c.bakery_id == OURS).order_by(things.c.id), Thing)
SOME = records(select(*FIELDS).where(things.c.bakery_id == OURS, among(things.c.id, "ids")), Thing)
COUNT = tuples(select(func.count()).where(things.c.bakery_id == OURS))
CHANGES = given("changes", id=BigInteger(), amount=Quantity)
ADD = tuples(
    update(things)
    .where(things.c.bakery_id == OURS, things.c.id == CHANGES.c.id)
    .values(amount=things.c.amount + CHANGES.c.amount)
)
ODD_TEXTS = [
    "",
    " ",
    "NULL",
    '"',
    "\\",
    "{a,b}",
    "it's",
    "a,b",
    "$1 ? % :x",
    "Käse–Brötchen 🥖",
    "line\nline",
    "[1, 2]",
]
FULL = Thing(
    id=1,
    name="Loaf",
    amount=Decimal("-0.000001"),
    cost=Decimal("99999999.9999999999"),
    day=date(1970, 1, 1),
    moment=datetime(2026, 3, 29, 1, 59, 59, 999999, tzinfo=UTC),
    cause=HoldCause.RECALL,
    good=False,
)


def row(thing: Thing) -> dict[str, Any]:
    return {"bakery_id": 1, **{column.name: getattr(thing, column.name) for column in FIELDS}}
