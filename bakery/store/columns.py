"""Column types that keep quantities exact and instants unambiguous on SQLite and PostgreSQL alike."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from sqlalchemy import BigInteger, DateTime
from sqlalchemy import Enum as EnumType
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from bakery.quantity import COST_DECIMALS, QUANTITY_DECIMALS


class Exact(TypeDecorator[Decimal]):
    """A decimal kept as a 64-bit count of its last digit.

    SQLite has no decimals, and PostgreSQL's NUMERIC takes three times as long to decode as an integer; a scaled
    integer is exact and sums exactly on both.
    """

    impl = BigInteger
    cache_ok = True

    def __init__(self, decimals: int) -> None:
        super().__init__()
        self.decimals = decimals

    def process_bind_param(self, value: Decimal | int | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        scaled = Decimal(value).scaleb(self.decimals)
        if scaled != (whole := int(scaled)):
            raise ValueError(f"{value} has more than {self.decimals} decimals")
        return whole

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        # PostgreSQL sums integers to NUMERIC, which arrives as Decimal already.
        return None if value is None else Decimal(value).scaleb(-self.decimals)


Quantity = Exact(QUANTITY_DECIMALS)
UnitCost = Exact(COST_DECIMALS)


class Instant(TypeDecorator[datetime]):
    """A point in time, in UTC. SQLite keeps no offset, so it is dropped on the way in and put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs an offset")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def one_of(enum: type[Enum], name: str) -> EnumType:
    """A text column that holds one of the enum's values, checked by the database under the constraint `name`."""
    return EnumType(
        enum,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )
