"""Production batches to order lines (R-7.1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from bakery.quantity import ZERO


@dataclass(frozen=True, slots=True)
class OpenLine:
    """What an order line still lacks, in product units."""

    line_id: int
    product_id: int
    unlinked: Decimal


@dataclass(frozen=True, slots=True)
class Supply:
    """What a confirmed batch has left, in product units. `batch_id` is the order of recording."""

    batch_id: int
    product_id: int
    produced_on: date
    left: Decimal


@dataclass(frozen=True, slots=True)
class Link:
    line_id: int
    batch_id: int
    quantity: Decimal


def oldest_usable_day(on: date, shelf_life_days: int | None) -> date:
    """The earliest day of production from which a line filled on `on` may be linked."""
    # A shelf life may be longer than the calendar reaches back; then every day is young enough.
    if shelf_life_days is None or shelf_life_days >= on.toordinal():
        return date.min
    return on - timedelta(days=shelf_life_days)


def link(lines: Iterable[OpenLine], supplies: Iterable[Supply]) -> list[Link]:
    """Fill each line, in the order given, from the oldest batches of its product, up to what each has left.

    `supplies` are batches that may be linked at all: confirmed, made on or before the day, not older than the shelf
    life. Order is the day of production, then the order of recording.
    """
    left: dict[int, Decimal] = {}
    by_product: dict[int, list[Supply]] = {}
    for supply in sorted(supplies, key=lambda supply: (supply.produced_on, supply.batch_id)):
        by_product.setdefault(supply.product_id, []).append(supply)
        left[supply.batch_id] = supply.left
    links = []
    for line in lines:
        unlinked = line.unlinked
        for supply in by_product.get(line.product_id, ()):
            quantity = min(unlinked, left[supply.batch_id])
            if quantity <= ZERO:
                continue
            links.append(Link(line.line_id, supply.batch_id, quantity))
            left[supply.batch_id] -= quantity
            unlinked -= quantity
    return links


def merged(links: Iterable[Link]) -> list[Link]:
    """One link for each line and batch, where a batch was chosen twice."""
    quantities: dict[tuple[int, int], Decimal] = {}
    for item in links:
        ends = item.line_id, item.batch_id
        quantities[ends] = quantities.get(ends, ZERO) + item.quantity
    return [Link(line_id, batch_id, quantity) for (line_id, batch_id), quantity in quantities.items()]
