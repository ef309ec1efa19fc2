"""Runs that were reversed, and waste of what runs made (R-5.9, R-6.4, R-4.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from bakery.lots import MovementKind
from bakery.production import BatchStatus
from bakery.proof.records import Booked, Breach, ProvenLot, Run, Wasted, amount
from bakery.proof.stock import StockReplay
from bakery.quantity import ZERO

_Part = tuple[int, int, int | None]
"""Batch, ingredient, and lot or none."""

_OF_RUNS = frozenset({MovementKind.PRODUCTION, MovementKind.OUTPUT})


class ReversalReplay:
    """What runs booked and what was booked to undo them: the same, lot by lot, or nothing."""

    def __init__(self, stock: StockReplay, runs: Mapping[int, Run], reversals: Iterable[int]) -> None:
        self._stock = stock
        self._runs = runs
        self._reversals = set(reversals)
        self._booked: dict[_Part, Decimal] = {}
        self._undone: dict[_Part, Decimal] = {}
        self._corrected: dict[_Part, Decimal] = {}
        self._found: list[Breach] = []

    def book(self, movement: Booked) -> None:
        if movement.order_id is not None:
            return
        if movement.batch_id is None:
            if movement.kind is MovementKind.REVERSAL:
                message = "A REVERSAL is of a run or of a sale, and this is of neither."
                self._found.append(Breach("R-5.9", f"movement {movement.id}", message))
            return
        if movement.kind in _OF_RUNS:
            sums = self._booked
        elif movement.kind is MovementKind.REVERSAL:
            sums = self._undone
        elif movement.kind is MovementKind.ADJUSTMENT:
            sums = self._corrected
        else:
            return
        part = movement.batch_id, movement.ingredient_id, movement.lot_id
        sums[part] = sums.get(part, ZERO) + movement.quantity

    def breaches(self) -> Iterable[Breach]:
        yield from self._found
        for run in self._runs.values():
            is_reversed = run.status is BatchStatus.REVERSED
            if is_reversed and run.id not in self._reversals:
                yield Breach("R-5.9", run.code, "It is reversed, but who did it, when and why is not kept.")
            if not is_reversed and run.id in self._reversals:
                yield Breach("R-5.9", run.code, f"It is {run.status.value}, but a reversal of it is recorded.")
        for part in self._booked | self._undone:
            expected = -self._booked.get(part, ZERO) if self._is_reversed(part) else ZERO
            undone = self._undone.get(part, ZERO)
            if undone != expected:
                said = f"its REVERSAL movements sum to {self._amount(part, undone)}, not {self._amount(part, expected)}"
                yield self._breach(part, said)
        for part, corrected in self._corrected.items():
            if corrected and self._is_reversed(part):
                yield self._breach(part, f"its corrections sum to {self._amount(part, corrected)}, not 0")

    def _is_reversed(self, part: _Part) -> bool:
        run = self._runs.get(part[0])
        return run is not None and run.status is BatchStatus.REVERSED

    def _breach(self, part: _Part, said: str) -> Breach:
        batch_id, ingredient_id, lot_id = part
        run = self._runs.get(batch_id)
        lot = None if lot_id is None else self._stock.lots.get(lot_id)
        where = "without a lot" if lot_id is None else f"in {lot.code}" if lot else f"in lot {lot_id}"
        subject = run.code if run else f"production batch {batch_id}"
        return Breach("R-5.9", subject, f"Of ingredient {ingredient_id} {where}, {said}.")

    def _amount(self, part: _Part, quantity: Decimal) -> str:
        return amount(quantity, self._stock.unit(part[1]))


class WasteReplay:
    """What of each batch was written off: by the ledger for an intermediate, by rows of its own for any other."""

    def __init__(self, runs: Mapping[int, Run], lots: Mapping[int, ProvenLot], rows: Iterable[Wasted]) -> None:
        self._runs = runs
        self._lots = lots
        self._rows: dict[int, Decimal] = {}
        self._booked: dict[int, Decimal] = {}
        self._intermediates: set[int] = set()
        for row in rows:
            self._rows[row.batch_id] = self._rows.get(row.batch_id, ZERO) + row.quantity

    def book(self, movement: Booked) -> None:
        lot = None if movement.lot_id is None else self._lots.get(movement.lot_id)
        batch_id = movement.batch_id if lot is None else lot.origin_batch_id
        if batch_id is None:
            return
        if movement.kind is MovementKind.OUTPUT:
            self._intermediates.add(batch_id)
        elif movement.kind is MovementKind.WRITE_OFF:
            self._booked[batch_id] = self._booked.get(batch_id, ZERO) - movement.quantity

    def breaches(self) -> Iterable[Breach]:
        for run in self._runs.values():
            booked, rows = self._booked.get(run.id, ZERO), self._rows.get(run.id, ZERO)
            if run.written_off != booked + rows:
                message = (
                    f"{amount(run.written_off)} written off is kept, but its waste sums to {amount(booked + rows)}."
                )
                yield Breach("R-6.4", run.code, message)
            if rows and run.id in self._intermediates:
                message = f"It is stock, so its waste is in the ledger, but {amount(rows)} more is in rows of its own."
                yield Breach("R-6.4", run.code, message)
