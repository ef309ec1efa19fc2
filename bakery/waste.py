"""Waste: what was thrown away, why, and what it cost (R-6.3, R-6.4)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import NamedTuple

from bakery.days import local_day
from bakery.lots import WriteOffReason
from bakery.quantity import ZERO, Unit
from bakery.value import Value


class WasteGrouping(Enum):
    """What a waste report tells apart; of the periods one at most."""

    REASON = "REASON"
    INGREDIENT = "INGREDIENT"
    SUPPLIER = "SUPPLIER"
    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"


PERIODS: Mapping[WasteGrouping, Callable[[date], tuple[date, date]]] = {
    WasteGrouping.DAY: lambda day: (day, day),
    WasteGrouping.WEEK: lambda day: _week(day),
    WasteGrouping.MONTH: lambda day: _month(day),
}
"""The first and the last day of the period that a day falls in. Weeks begin on Monday."""


def _week(day: date) -> tuple[date, date]:
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)


def _month(day: date) -> tuple[date, date]:
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Waste:
    """One write-off: of an ingredient's lot, or of a finished product's batch. `quantity` above zero in `unit`."""

    happened_at: datetime
    reason: WriteOffReason
    ingredient_id: int | None
    product_id: int | None
    supplier_id: int | None
    quantity: Decimal
    unit: Unit
    unit_cost: Decimal | None


@dataclass(frozen=True, slots=True)
class Amount:
    quantity: Decimal
    unit: Unit


class _Key(NamedTuple):
    """What a group's waste has in common; None where the report does not tell it apart, or nothing is known."""

    first_day: date
    last_day: date
    reason: WriteOffReason | None = None
    ingredient_id: int | None = None
    product_id: int | None = None
    supplier_id: int | None = None


@dataclass(frozen=True, slots=True)
class WasteGroup:
    """The waste that has a period, reason, thing and supplier in common, as far as the report tells them apart.

    A quantity a unit; `cost` is of what has a known cost, `without_cost` is what has none.
    """

    first_day: date
    last_day: date
    reason: WriteOffReason | None
    ingredient_id: int | None
    product_id: int | None
    supplier_id: int | None
    quantities: tuple[Amount, ...]
    cost: Decimal
    without_cost: tuple[Amount, ...]


@dataclass(frozen=True, slots=True)
class WasteReport:
    first_day: date
    last_day: date
    currency: str
    total: WasteGroup
    groups: tuple[WasteGroup, ...]


@dataclass(slots=True)
class _Sum:
    quantities: dict[Unit, Decimal] = field(default_factory=dict)
    without_cost: dict[Unit, Decimal] = field(default_factory=dict)
    value: Value = field(default_factory=Value)

    def add(self, waste: Waste) -> None:
        self.quantities[waste.unit] = self.quantities.get(waste.unit, ZERO) + waste.quantity
        if not self.value.add(waste.quantity, waste.unit_cost):
            self.without_cost[waste.unit] = self.without_cost.get(waste.unit, ZERO) + waste.quantity

    def group(self, key: _Key, decimals: int) -> WasteGroup:
        return WasteGroup(*key, _amounts(self.quantities), self.value.rounded(decimals), _amounts(self.without_cost))


def report(
    found: Iterable[Waste],
    groupings: Collection[WasteGrouping],
    *,
    first_day: date,
    last_day: date,
    time_zone: str,
    currency: str,
    decimals: int,
) -> WasteReport:
    """The waste of these days summed. Each sum is exact and rounded by itself at the end, to the currency's decimals.

    Groups stand by period, the dearest first within one. A period is cut to the days of the report.
    """
    total, sums = _Sum(), dict[_Key, _Sum]()
    for waste in found:
        first, last = first_day, last_day
        for grouping in PERIODS.keys() & groupings:
            start, end = PERIODS[grouping](local_day(waste.happened_at, time_zone))
            first, last = max(start, first_day), min(end, last_day)
        by_goods = WasteGrouping.INGREDIENT in groupings
        key = _Key(
            first,
            last,
            reason=waste.reason if WasteGrouping.REASON in groupings else None,
            ingredient_id=waste.ingredient_id if by_goods else None,
            product_id=waste.product_id if by_goods else None,
            supplier_id=waste.supplier_id if WasteGrouping.SUPPLIER in groupings else None,
        )
        for each in (total, sums.setdefault(key, _Sum())):
            each.add(waste)
    groups = [each.group(key, decimals) for key, each in sums.items()] if groupings else []
    return WasteReport(
        first_day=first_day,
        last_day=last_day,
        currency=currency,
        total=total.group(_Key(first_day, last_day), decimals),
        groups=tuple(sorted(groups, key=_place)),
    )


def _place(group: WasteGroup) -> tuple[object, ...]:
    reason = "" if group.reason is None else group.reason.value
    return group.first_day, -group.cost, reason, group.ingredient_id or 0, group.product_id or 0, group.supplier_id or 0


def _amounts(quantities: Mapping[Unit, Decimal]) -> tuple[Amount, ...]:
    """In the order of the units."""
    return tuple(Amount(quantities[unit], unit) for unit in Unit if unit in quantities)
