"""Allocations, against what was made, ordered and, by the ledger, sold (R-4.4, R-5.9, R-7.1 to R-7.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from bakery.lots import MovementKind
from bakery.orders import Allocation, OrderStatus
from bakery.production import BatchStatus
from bakery.proof.records import Booked, Breach, OrderedLine, ProvenLot, Relinked, Run, amount
from bakery.quantity import ZERO


class LinkReplay:
    """Gathers from the ledger what batches made and orders were sold, and compares the standing allocations."""

    def __init__(
        self,
        runs: Mapping[int, Run],
        lines: Iterable[OrderedLine],
        allocations: Iterable[Allocation],
        lots: Mapping[int, ProvenLot],
        relinked: Iterable[Relinked],
    ) -> None:
        self._runs = runs
        self._lines = {line.id: line for line in lines}
        self._allocations = list(allocations)
        self._lots = lots
        self._relinked = list(relinked)
        self._made: dict[int, Decimal] = {}
        self._sold: dict[tuple[int | None, int | None], Decimal] = {}
        self._found: list[Breach] = []

    def book(self, movement: Booked) -> None:
        batch_id, kind = movement.batch_id, movement.kind
        if kind is MovementKind.OUTPUT and batch_id is not None:
            self._made[batch_id] = self._made.get(batch_id, ZERO) + movement.quantity
            self._check_origin(movement, batch_id)
        # A reversal without an order undoes a run, not a sale.
        elif kind is MovementKind.SALE or (kind is MovementKind.REVERSAL and movement.order_id is not None):
            key = batch_id, movement.order_id
            self._sold[key] = self._sold.get(key, ZERO) - movement.quantity
            if batch_id is not None:
                self._check_origin(movement, batch_id)

    def _check_origin(self, movement: Booked, batch_id: int) -> None:
        """What a batch made, and what is sold of it, is in the batch's own lot."""
        lot = None if movement.lot_id is None else self._lots.get(movement.lot_id)
        if lot is not None and lot.origin_batch_id != batch_id:
            message = f"Movement {movement.id} ({movement.kind.value}) is on {lot.code}, which this batch did not make."
            self._found.append(Breach("R-4.4", self._batch(batch_id), message))

    def breaches(self) -> Iterable[Breach]:
        yield from self._found
        for allocation in self._allocations:
            yield from self._of_allocation(allocation)
        yield from self._of_batches()
        yield from self._of_lines()
        yield from self._of_orders()
        yield from self._of_sales()
        yield from self._of_relinks()

    def _of_allocation(self, allocation: Allocation) -> Iterable[Breach]:
        run, line = self._runs.get(allocation.batch_id), self._lines.get(allocation.order_line_id)
        if run is None or line is None:
            return
        subject = f"allocation {allocation.id}"
        if run.product_id != line.product_id:
            yield Breach(
                "R-7.1",
                subject,
                f"It ties {run.code}, of product {run.product_id}, to a line of order {line.order_number} for product "
                f"{line.product_id}.",
            )
        if allocation.order_id != line.order_id:
            message = f"It is of order {allocation.order_id}, but its line is of order {line.order_id}."
            yield Breach("R-7.1", subject, message)

    def _of_batches(self) -> Iterable[Breach]:
        linked: dict[int, Decimal] = {}
        for allocation in self._allocations:
            linked[allocation.batch_id] = linked.get(allocation.batch_id, ZERO) + allocation.quantity
        for run in self._runs.values():
            allocated = linked.get(run.id, ZERO)
            if allocated != run.allocated:
                message = f"{amount(run.allocated)} allocated is kept, but its allocations sum to {amount(allocated)}."
                yield Breach("R-7.1", run.code, message)
            if run.allocated + run.written_off > run.quantity:
                yield Breach(
                    "R-7.1",
                    run.code,
                    f"{amount(run.allocated)} allocated and {amount(run.written_off)} written off are more than the "
                    f"{amount(run.quantity)} made.",
                )
            if run.status is BatchStatus.REVERSED and allocated:
                message = f"It is reversed, but {amount(allocated)} of it is allocated to orders."
                yield Breach("R-5.9", run.code, message)
            made = self._made.get(run.id)
            if made is not None and made != run.quantity:
                message = f"{amount(run.quantity)} was made, but its OUTPUT movements say {amount(made)}."
                yield Breach("R-4.4", run.code, message)

    def _of_lines(self) -> Iterable[Breach]:
        linked: dict[int, Decimal] = {}
        for allocation in self._allocations:
            linked[allocation.order_line_id] = linked.get(allocation.order_line_id, ZERO) + allocation.quantity
        for line_id, quantity in linked.items():
            line = self._lines.get(line_id)
            if line is not None and quantity > line.quantity:
                message = f"Line {line_id} ordered {amount(line.quantity)}, but {amount(quantity)} is allocated to it."
                yield Breach("R-7.1", f"order {line.order_number}", message)

    def _of_orders(self) -> Iterable[Breach]:
        """Only an order that is ready or completed is linked."""
        standing: dict[tuple[str, OrderStatus], Decimal] = {}
        for allocation in self._allocations:
            line = self._lines.get(allocation.order_line_id)
            if line is not None and not line.order_status.links:
                order = line.order_number, line.order_status
                standing[order] = standing.get(order, ZERO) + allocation.quantity
        for (number, status), quantity in standing.items():
            rule = "R-7.3" if status is OrderStatus.CANCELLED else "R-7.1"
            yield Breach(rule, f"order {number}", f"It is {status.value}, but {amount(quantity)} is allocated to it.")

    def _of_sales(self) -> Iterable[Breach]:
        """An intermediate's batch and its stock share one remainder: what is allocated was sold from stock."""
        allocated: dict[tuple[int | None, int | None], Decimal] = {}
        for allocation in self._allocations:
            if allocation.batch_id in self._made:
                part = allocation.batch_id, allocation.order_id
                allocated[part] = allocated.get(part, ZERO) + allocation.quantity
        for key in allocated | self._sold:
            linked, sold = allocated.get(key, ZERO), self._sold.get(key, ZERO)
            if linked != sold:
                batch_id, order_id = key
                message = (
                    f"{amount(linked)} of it is allocated to {_order(order_id)}, but the SALE and REVERSAL movements "
                    f"for that order say {amount(sold)}."
                )
                yield Breach("R-4.4", self._batch(batch_id), message)

    def _of_relinks(self) -> Iterable[Breach]:
        """A link that an order had before it was linked anew is its own, and stands no longer."""
        for link in self._relinked:
            subject = f"relink {link.relink_id}"
            if link.order_id != link.relinked_order_id:
                message = f"It is of order {link.relinked_order_id}, but freed a link of order {link.order_id}."
                yield Breach("R-7.2", subject, message)
            if not link.freed:
                yield Breach("R-7.2", subject, f"It freed allocation {link.allocation_id}, which still stands.")

    def _batch(self, batch_id: int | None) -> str:
        if batch_id is None:
            return "sales without a batch"
        run = self._runs.get(batch_id)
        return run.code if run else f"production batch {batch_id}"


def _order(order_id: int | None) -> str:
    return "no order" if order_id is None else f"order {order_id}"
