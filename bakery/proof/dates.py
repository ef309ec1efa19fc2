"""Expiry dates as they stood at each moment: what past runs are judged by (R-4.6, R-5.3)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from bakery.proof.records import Booked, Breach, DateChange, ProvenLot
from bakery.proof.stock import StockReplay


class DateReplay:
    """Takes the lots back to the dates they began with, and changes them when the ledger gets there."""

    def __init__(self, lots: Iterable[ProvenLot], changes: Iterable[DateChange], stock: StockReplay) -> None:
        self._kept = {lot.id: lot for lot in lots}
        self._changes = sorted(changes, key=lambda change: change.number)
        self._done = 0
        self._stock = stock
        self._found: list[Breach] = []
        for change in reversed(self._changes):
            self._stock.redate(change.lot_id, change.before)

    def before(self, movement: Booked) -> None:
        """To be told of each movement before anybody else is."""
        while self._done < len(self._changes) and self._changes[self._done].number < movement.id:
            self._make(self._changes[self._done])
            self._done += 1

    def _make(self, change: DateChange) -> None:
        lot = self._stock.lots.get(change.lot_id)
        if lot is None:
            return
        if lot.expires_on != change.before:
            self._tell(
                lot, f"Change {change.number} says that it expired {_on(change.before)}, not {_on(lot.expires_on)}."
            )
        if change.after is not None and change.after < lot.received_on:
            message = f"Change {change.number} has it expire {_on(change.after)}, before it was received."
            self._tell(lot, message)
        self._stock.redate(lot.id, change.after)

    def breaches(self) -> Iterable[Breach]:
        for change in self._changes[self._done :]:
            self._make(change)
        self._done = len(self._changes)
        yield from self._found
        for lot in self._kept.values():
            last = self._stock.lots[lot.id].expires_on
            if lot.expires_on != last:
                message = f"It is kept to expire {_on(lot.expires_on)}, but its last change says {_on(last)}."
                yield Breach("R-4.6", lot.code, message)

    def _tell(self, lot: ProvenLot, message: str) -> None:
        self._found.append(Breach("R-4.6", lot.code, message))


def _on(day: date | None) -> str:
    return "never" if day is None else f"on {day}"
