"""The lots of one ingredient that have stock, as of some movement."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from bakery.catalogue import ConsumptionOrder
from bakery.expiry import is_expired
from bakery.proof.records import ProvenLot

Age = tuple[date, date, int]
"""The place of a lot in the order of use, oldest first."""


def age(lot: ProvenLot, order: ConsumptionOrder) -> Age:
    """Undated lots come last; there are no ties, since ids are the order of recording (R-5.3)."""
    expires_on = lot.expires_on or date.max
    if order is ConsumptionOrder.EXPIRY_DATE:
        return expires_on, lot.received_on, lot.id
    return lot.received_on, expires_on, lot.id


class Shelf:
    """Sorted by expiry: expired leftovers pile up at its front, and no run has to look through them."""

    def __init__(self) -> None:
        self._quantities: dict[int, Decimal] = {}
        self._by_expiry: list[Age] = []

    def put(self, lot: ProvenLot, quantity: Decimal) -> None:
        """Note what is left in the lot now."""
        place, was_here = age(lot, ConsumptionOrder.EXPIRY_DATE), lot.id in self._quantities
        if quantity > 0:
            self._quantities[lot.id] = quantity
            if not was_here:
                insort(self._by_expiry, place)
        elif was_here:
            del self._quantities[lot.id]
            del self._by_expiry[bisect_left(self._by_expiry, place)]

    def redate(self, lot: ProvenLot, dated: ProvenLot) -> None:
        """Note that a lot became `dated`: the same with another expiry date."""
        if lot.id in self._quantities:
            del self._by_expiry[bisect_left(self._by_expiry, age(lot, ConsumptionOrder.EXPIRY_DATE))]
            insort(self._by_expiry, age(dated, ConsumptionOrder.EXPIRY_DATE))

    def before(self, limit: Age | None, order: ConsumptionOrder, day: date) -> Iterator[tuple[int, Decimal]]:
        """The lots that come before `limit` in the order, or all without one, with what is left in each.

        Those that are expired on the local `day` are left out.
        """
        places, is_sorted = self._by_expiry, order is ConsumptionOrder.EXPIRY_DATE
        start = bisect_left(places, True, key=lambda place: not is_expired(place[0], day))
        end = bisect_left(places, limit) if is_sorted and limit else len(places)
        for expires_on, received_on, lot_id in places[start:end]:
            if is_sorted or limit is None or (received_on, expires_on, lot_id) < limit:
                yield lot_id, self._quantities[lot_id]
