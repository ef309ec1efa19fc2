"""Traces once more: sets of links, followed until nothing new is met (R-7.4, R-7.5). Nothing of the product is here."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tests.oracle.books import Lot
from tests.oracle.orders import Bakery, Order
from tests.oracle.runs import Batch
from tests.oracle.values import text


@dataclass(frozen=True)
class Consumed:
    batch: Batch
    ingredient: str
    unit: str
    lot: Lot | None
    source: str
    quantity: Fraction


def consumed(batch: Batch) -> list[Consumed]:
    """What a run recorded, part by part."""
    parts = []
    for use in batch.uses:
        name, unit = use.ingredient.name, use.ingredient.unit
        parts += [Consumed(batch, name, unit, lot, "LOT", quantity) for lot, quantity in use.picks]
        parts += [Consumed(batch, name, unit, None, "UNTRACKED", use.untracked)] if use.untracked else []
        parts += [Consumed(batch, name, unit, None, "UNACCOUNTED", use.missing)] if use.missing else []
    return parts


def unit_of(batch: Batch) -> str:
    return batch.product.becomes.unit if batch.product.becomes else "each"


class Tracer:
    """All links of a bakery, as they are now."""

    def __init__(self, bakery: Bakery) -> None:
        self.bakery = bakery
        self.parts = [part for batch in bakery.batches if not batch.reversed for part in consumed(batch)]

    # ── what is met ───────────────────────────────────────────────────────────────────────────────────────────────────
    def users(self, lots: set[Lot]) -> set[Batch]:
        return {part.batch for part in self.parts if part.lot in lots}

    def used(self, batches: set[Batch]) -> set[Lot]:
        return {part.lot for part in self.parts if part.batch in batches and part.lot is not None}

    def made(self, batches: set[Batch]) -> set[Lot]:
        return {batch.output for batch in batches if batch.output is not None}

    def makers(self, lots: set[Lot]) -> set[Batch]:
        return {batch for batch in self.bakery.batches if batch.output in lots and not batch.reversed}

    def downstream(self, batches: set[Batch]) -> set[Batch]:
        while more := self.users(self.made(batches)) - batches:
            batches = batches | more
        return batches

    def upstream(self, batches: set[Batch]) -> set[Batch]:
        while more := self.makers(self.used(batches)) - batches:
            batches = batches | more
        return batches

    def orders_of(self, batches: set[Batch]) -> set[Order]:
        return {order for order in self.bakery.orders if any(order.allocated(batch) for batch in batches)}

    # ── the three traces ──────────────────────────────────────────────────────────────────────────────────────────────
    def of_lot(self, lot: Lot) -> Any:
        start = self.users({lot}) | {batch for batch in self.makers({lot}) if self.bakery.allocated(batch)}
        batches = self.downstream(start)
        lots = self.made(batches) | {lot}
        orders = self.orders_of(batches)
        beside = self.makers({lot})
        gaps = self.input_gaps(batches - beside) + self.line_gaps(orders)
        for met in lots:
            if met.booked("ADJUSTMENT") < 0:
                gaps["ADJUSTED", text(-met.booked("ADJUSTMENT")), met.of.unit] += 1
        for batch in batches:
            if (left := self.bakery.rest(batch)) > 0:
                gaps["UNALLOCATED", text(left), unit_of(batch)] += 1
        return self.told(lots, batches, orders, batches, gaps)

    def of_order(self, order: Order) -> Any:
        direct = {batch for batch in self.bakery.batches if order.allocated(batch)}
        batches = self.upstream(direct)
        gaps = self.input_gaps(batches) + self.line_gaps({order})
        # What was sold as it is went into the order by itself.
        return self.told(self.used(batches) | self.made(direct), batches, {order}, direct, gaps)

    def of_batch(self, batch: Batch) -> Any:
        if batch.reversed:
            down, up = set[Batch](), set[Batch]()
        else:
            down, up = self.downstream({batch}), self.upstream({batch})
        orders = self.orders_of(down)
        gaps = self.input_gaps(down | up) + self.line_gaps(orders)
        return self.told(self.made(down) | self.used(up), down | up, orders, down, gaps)

    # ── gaps and edges ────────────────────────────────────────────────────────────────────────────────────────────────
    def input_gaps(self, batches: set[Batch]) -> Counter[tuple[str, str, str]]:
        return Counter(
            (part.source, text(part.quantity), part.unit)
            for part in self.parts
            if part.batch in batches and part.lot is None
        )

    def line_gaps(self, orders: set[Order]) -> Counter[tuple[str, str, str]]:
        """Nothing was handed over for a cancelled order."""
        gaps: Counter[tuple[str, str, str]] = Counter()
        for line in (line for order in orders if order.status != "CANCELLED" for line in order.lines):
            if line.unlinked > 0:
                unit = line.product.becomes.unit if line.product.becomes else "each"
                kind = "UNLINKED_LINE" if line.product.recipe else "NO_RECIPE"
                gaps[kind, text(line.unlinked), unit] += 1
        return gaps

    def told(
        self,
        lots: set[Lot],
        batches: set[Batch],
        orders: set[Order],
        selling: set[Batch],
        gaps: Counter[tuple[str, str, str]],
    ) -> Any:
        """As the API tells it, but by codes and in no order. `selling` are the batches whose orders belong to it."""
        edges: dict[tuple[str, str, str], Fraction] = {}

        def add(source: str, target: str, quantity: Fraction, unit: str) -> None:
            edges[source, target, unit] = edges.get((source, target, unit), Fraction(0)) + quantity

        for part in self.parts:
            if part.lot in lots and part.batch in batches:
                assert part.lot is not None
                add(part.lot.code, part.batch.code, part.quantity, part.unit)
        for batch in batches:
            if batch.output in lots:
                assert batch.output is not None
                add(batch.code, batch.output.code, batch.quantity, unit_of(batch))
        for order in orders:
            for batch in selling:
                if quantity := order.allocated(batch):
                    add(batch.code, order.number, quantity, unit_of(batch))
        verdict = "PROVEN" if not gaps else "POSSIBLE" if edges else "UNKNOWN"
        return {
            "verdict": verdict,
            "lots": {lot.code for lot in lots},
            "batches": {batch.code for batch in batches},
            "orders": {order.number for order in orders},
            "customers": {order.customer for order in orders if order.customer},
            "suppliers": {lot.supplier for lot in lots if lot.supplier},
            "edges": {(*key, text(quantity)) for key, quantity in edges.items()},
            "gaps": gaps,
        }
