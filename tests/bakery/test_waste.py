"""Waste reports: sums a unit, costs rounded once, periods in the bakery's days (R-6.3)."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakery.lots import WriteOffReason
from bakery.quantity import Unit
from bakery.waste import PERIODS, Amount, Waste, WasteGroup, WasteGrouping, WasteReport, report

MARCH = (date(2026, 3, 1), date(2026, 3, 31))
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
DAY, WEEK, MONTH = WasteGrouping.DAY, WasteGrouping.WEEK, WasteGrouping.MONTH
REASON, INGREDIENT, SUPPLIER = WasteGrouping.REASON, WasteGrouping.INGREDIENT, WasteGrouping.SUPPLIER


def waste(quantity: str, cost: str | None = None, **other: Any) -> Waste:
    known: dict[str, Any] = {
        "happened_at": NOON,
        "reason": WriteOffReason.DAMAGED,
        "ingredient_id": 1,
        "product_id": None,
        "supplier_id": None,
        "unit": Unit.kg,
    }
    return Waste(**{**known, **other}, quantity=Decimal(quantity), unit_cost=None if cost is None else Decimal(cost))


def reported(
    *found: Waste,
    by: tuple[WasteGrouping, ...] = (),
    days: tuple[date, date] = MARCH,
    zone: str = "UTC",
    decimals: int = 2,
) -> WasteReport:
    first, last = days
    return report(found, by, first_day=first, last_day=last, time_zone=zone, currency="GBP", decimals=decimals)


def gist(group: WasteGroup) -> tuple[str, dict[str, str], str, dict[str, str]]:
    """The first day, and what a group sums."""
    return (
        f"{group.first_day:%m-%d}",
        {amount.unit.value: str(amount.quantity) for amount in group.quantities},
        str(group.cost),
        {amount.unit.value: str(amount.quantity) for amount in group.without_cost},
    )


def test_units_are_never_summed_together() -> None:
    """R-6.3, R-2.2: grams and kilograms of two ingredients are two sums."""
    found = reported(waste("1"), waste("2"), waste("500", unit=Unit.g, ingredient_id=2), waste("3", unit=Unit.each))
    assert found.total.quantities == (
        Amount(Decimal(500), Unit.g),
        Amount(Decimal(3), Unit.kg),
        Amount(Decimal(3), Unit.each),
    )
    assert found.groups == ()


@pytest.mark.parametrize(("decimals", "cost"), [(2, "0.02"), (0, "0"), (3, "0.015")])
def test_a_cost_is_rounded_once_at_the_end_to_the_currency(decimals: int, cost: str) -> None:
    """R-2.2: three times half a penny is a penny and a half, half-even two pennies; a yen has no pennies."""
    total = reported(*[waste("1", "0.005")] * 3, decimals=decimals).total
    assert str(total.cost.normalize()) == cost
    assert total.without_cost == ()


def test_what_has_no_known_cost_is_told() -> None:
    """R-6.3: a cost is of what has one; the rest stands beside it, a quantity a unit."""
    total = reported(waste("2", "0.5"), waste("3"), waste("4", unit=Unit.l, ingredient_id=2)).total
    assert gist(total) == ("03-01", {"kg": "5", "l": "4"}, "1.00", {"kg": "3", "l": "4"})


def test_groups_are_told_apart_by_all_that_is_asked_for() -> None:
    """R-6.3: by reason, thing and supplier, in any combination; the dearest first."""
    expired = WriteOffReason.EXPIRED
    found = (
        waste("1", "1", supplier_id=7),
        waste("2", "1", supplier_id=8, reason=expired),
        waste("4", "1", supplier_id=7, ingredient_id=2),
        waste("8", "1", ingredient_id=None, product_id=3, unit=Unit.each),
    )

    def told(*by: WasteGrouping) -> list[tuple[Any, ...]]:
        return [
            (group.reason and group.reason.value, group.ingredient_id, group.product_id, group.supplier_id, group.cost)
            for group in reported(*found, by=by).groups
        ]

    assert told(REASON) == [("DAMAGED", None, None, None, 13), ("EXPIRED", None, None, None, 2)]
    assert told(SUPPLIER) == [(None, None, None, None, 8), (None, None, None, 7, 5), (None, None, None, 8, 2)]
    assert told(INGREDIENT) == [(None, None, 3, None, 8), (None, 2, None, None, 4), (None, 1, None, None, 3)]
    assert told(INGREDIENT, REASON) == [
        ("DAMAGED", None, 3, None, 8),
        ("DAMAGED", 2, None, None, 4),
        ("EXPIRED", 1, None, None, 2),
        ("DAMAGED", 1, None, None, 1),
    ]


@pytest.mark.parametrize(
    ("zone", "at", "day"),
    [
        ("UTC", datetime(2026, 3, 4, 23, 59, tzinfo=UTC), "03-04"),
        ("Pacific/Kiritimati", datetime(2026, 3, 4, 10, 0, tzinfo=UTC), "03-05"),
        ("America/Los_Angeles", datetime(2026, 3, 4, 7, 59, tzinfo=UTC), "03-03"),
        ("Europe/London", datetime(2026, 3, 29, 22, 59, tzinfo=UTC), "03-29"),
        ("Europe/London", datetime(2026, 3, 29, 23, 0, tzinfo=UTC), "03-30"),
    ],
)
def test_a_day_is_the_bakerys_own(zone: str, at: datetime, day: str) -> None:
    """R-5.6, R-6.3: daylight saving or not."""
    [group] = reported(waste("1", happened_at=at), by=(DAY,), zone=zone).groups
    assert (f"{group.first_day:%m-%d}", group.last_day) == (day, group.first_day)


def test_weeks_begin_on_monday_and_periods_end_with_the_report() -> None:
    """R-6.3: a period says which days of the report it has."""
    at = [NOON + timedelta(days=days) for days in (-3, 0, 5, 27)]
    found = [waste("1", happened_at=moment) for moment in at]

    def periods(by: WasteGrouping) -> list[str]:
        return [f"{group.first_day:%m-%d} {group.last_day:%m-%d}" for group in reported(*found, by=(by,)).groups]

    assert periods(WEEK) == ["03-01 03-01", "03-02 03-08", "03-09 03-15", "03-30 03-31"]
    assert periods(MONTH) == ["03-01 03-31"]
    assert periods(DAY) == ["03-01 03-01", "03-04 03-04", "03-09 03-09", "03-31 03-31"]


@given(st.dates(date(1970, 1, 1), date(2999, 12, 1)))
def test_every_day_is_in_one_period_of_each_kind(day: date) -> None:
    """R-6.3: also at the ends of years and of February."""
    for period in PERIODS.values():
        first, last = period(day)
        assert first <= day <= last
        assert period(first) == period(last) == (first, last)
        assert period(last + timedelta(days=1))[0] == last + timedelta(days=1)


wastes = st.builds(
    lambda quantity, cost, unit, **keys: waste(str(quantity), None if cost is None else str(cost), unit=unit, **keys),
    st.decimals("0.000001", 10**6, places=6),
    st.none() | st.decimals(0, 10**4, places=10),
    st.sampled_from(Unit),
    ingredient_id=st.sampled_from((1, 2)),
    supplier_id=st.sampled_from((None, 1, 2)),
    reason=st.sampled_from(WriteOffReason),
    happened_at=st.integers(0, 31 * 24 - 1).map(
        lambda hours: datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=hours)
    ),
)
groupings = st.tuples(
    st.sets(st.sampled_from((REASON, INGREDIENT, SUPPLIER))), st.sampled_from([(), (DAY,), (WEEK,), (MONTH,)])
).map(lambda both: (*both[0], *both[1]))


@given(st.lists(wastes, max_size=20), groupings)
def test_groups_lose_nothing(found: list[Waste], by: tuple[WasteGrouping, ...]) -> None:
    """R-6.3, R-2.2: whatever is told apart, the groups have all quantities, and costs up to their own last digit."""
    told = reported(*found, by=by)
    for unit in Unit:
        expected = sum((item.quantity for item in found if item.unit is unit), Decimal(0))
        groups = told.groups if by else (told.total,)
        summed = [amount.quantity for group in groups for amount in group.quantities if amount.unit is unit]
        assert sum(summed, Decimal(0)) == expected
        assert sum(amount.quantity for amount in told.total.quantities if amount.unit is unit) == expected
    if by:
        difference = sum((group.cost for group in told.groups), Decimal(0)) - told.total.cost
        assert abs(difference) <= Decimal("0.005") * (len(told.groups) + 1)
