"""What of the stock is about to be lost, and what it is worth (R-6.2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bakery.expiry import is_expired
from bakery.value import Value


@dataclass(frozen=True, slots=True)
class StockLeft:
    """Lots with stock left that have this expiry date and unit cost: how many, and the `quantity` left in all."""

    expires_on: date
    unit_cost: Decimal | None
    lot_count: int
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class InventoryDashboard:
    """Values in `currency`, rounded to it. A lot without a known cost is counted, but adds nothing to a value."""

    currency: str
    expiring_count: int
    expiring_value: Decimal
    expiring_without_cost: int
    expired_count: int
    expired_value: Decimal
    expired_without_cost: int


def dashboard(left: Iterable[StockLeft], today: date, currency: str, decimals: int) -> InventoryDashboard:
    """Sums what is expiring and expired; `left` has nothing else."""
    counts, values, without_cost = {True: 0, False: 0}, {True: Value(), False: Value()}, {True: 0, False: 0}
    for stock in left:
        expired = is_expired(stock.expires_on, today)
        counts[expired] += stock.lot_count
        if not values[expired].add(stock.quantity, stock.unit_cost):
            without_cost[expired] += stock.lot_count
    return InventoryDashboard(
        currency=currency,
        expiring_count=counts[False],
        expiring_value=values[False].rounded(decimals),
        expiring_without_cost=without_cost[False],
        expired_count=counts[True],
        expired_value=values[True].rounded(decimals),
        expired_without_cost=without_cost[True],
    )
