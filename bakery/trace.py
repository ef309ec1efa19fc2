"""A trace: what is known of where goods went or came from, and what is not (R-7.4, R-7.5).

The store walks the edges, in SQL, since only the database can do so at any size; it hands over the records it met.
Here they become a graph with its gaps and its verdict.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Literal

from bakery.catalogue import Customer, Ingredient, Product, Supplier
from bakery.lots import Lot, LotSource
from bakery.orders import Allocation, Order, OrderStatus
from bakery.production import Consumption, ConsumptionSource, ProductionBatch
from bakery.quantity import ZERO, Unit

NodeKind = Literal["Lot", "ProductionBatch", "Order"]
Node = tuple[NodeKind, int]


class Verdict(Enum):
    """`PROVEN`: no gap. `POSSIBLE`: gaps and at least one recorded link. `UNKNOWN`: gaps and no link."""

    PROVEN = "PROVEN"
    POSSIBLE = "POSSIBLE"
    UNKNOWN = "UNKNOWN"


class GapKind(Enum):
    UNTRACKED = "UNTRACKED"
    UNACCOUNTED = "UNACCOUNTED"
    UNLINKED_LINE = "UNLINKED_LINE"
    NO_RECIPE = "NO_RECIPE"
    ADJUSTED = "ADJUSTED"
    UNALLOCATED = "UNALLOCATED"


@dataclass(frozen=True, slots=True)
class Edge:
    """Goods that went from `source` to `target`, in `unit`: consumption, output or allocation."""

    source: Node
    target: Node
    quantity: Decimal
    unit: Unit


@dataclass(frozen=True, slots=True)
class Gap:
    """A `quantity` in `unit` of which the records do not say where it went or came from."""

    kind: GapKind
    quantity: Decimal
    unit: Unit
    description: str


@dataclass(frozen=True, slots=True)
class TracedLine:
    """A line of an order that was met: `quantity` and what of it is `linked`, in product `unit`."""

    order_id: int
    product_name: str
    unit: Unit
    quantity: Decimal
    linked: Decimal
    bought_in: bool


@dataclass(frozen=True, slots=True)
class Findings:
    """What the store met on the walk, each thing once, in the order of recording; reversed runs are no links.

    `consumptions` are all of each batch met, `lines` all of each order met, `allocations` the standing ones between
    the two. `truncated` tells that a limit cut the walk. `products` are those of the batches, `ingredients` those of
    lots and consumptions, by id, where the store met them on its way.
    """

    lots: tuple[Lot, ...]
    batches: tuple[ProductionBatch, ...]
    orders: tuple[Order, ...]
    customers: tuple[Customer, ...]
    suppliers: tuple[Supplier, ...]
    consumptions: tuple[Consumption, ...]
    allocations: tuple[Allocation, ...]
    lines: tuple[TracedLine, ...]
    ingredient_names: dict[int, str]
    truncated: bool
    products: Mapping[int, Product] = field(default_factory=dict)
    ingredients: Mapping[int, Ingredient] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trace:
    """The whole graph once. `lots`, `batches`, `orders`, `customers` and `suppliers` hold recorded links only.

    It is the trace `of_lot` or `of_order`, or of a batch.
    """

    lots: tuple[Lot, ...]
    batches: tuple[ProductionBatch, ...]
    orders: tuple[Order, ...]
    customers: tuple[Customer, ...]
    suppliers: tuple[Supplier, ...]
    edges: tuple[Edge, ...]
    gaps: tuple[Gap, ...]
    truncated: bool
    of_lot: Lot | None = None
    of_order: Order | None = None

    @property
    def verdict(self) -> Verdict:
        return _verdict(self)


# What decides something is a function: tools that change code to see a test fail pass properties by.
def _verdict(trace: Trace) -> Verdict:
    # A cut trace does not know what lies behind the cut, so it can prove nothing.
    if not trace.gaps and not trace.truncated:
        return Verdict.PROVEN
    return Verdict.POSSIBLE if trace.edges else Verdict.UNKNOWN


def assemble(found: Findings, *, of_lot: Lot | None = None, of_order: Order | None = None) -> Trace:
    """The trace of what the store found. The trace of a lot, `of_lot`, has gaps that others have not.

    What went into the run that made the lot says nothing about where the lot went: that is no gap of its trace.
    """
    gaps = [*_input_gaps(found, None if of_lot is None else of_lot.origin_batch_id), *_order_gaps(found)]
    if of_lot is not None:
        gaps += [*_adjusted_lots(found), *_unallocated_batches(found)]
    return Trace(
        lots=found.lots,
        batches=found.batches,
        orders=found.orders,
        customers=found.customers,
        suppliers=found.suppliers,
        edges=tuple(_edges(found)),
        gaps=tuple(gaps),
        truncated=found.truncated,
        of_lot=of_lot,
        of_order=of_order,
    )


def _edges(found: Findings) -> Iterator[Edge]:
    """Consumptions, outputs and allocations between things of the trace, each pair of nodes once.

    What a limit cut is no thing of the trace: an edge never leads to what its lists do not have.
    """
    batches = {batch.id: batch for batch in found.batches}
    lot_ids = {lot.id for lot in found.lots}
    order_ids = {order.id for order in found.orders}
    edges: dict[tuple[Node, Node], tuple[Decimal, Unit]] = {}

    def add(source: Node, target: Node, quantity: Decimal, unit: Unit) -> None:
        earlier, _ = edges.get((source, target), (ZERO, unit))
        edges[source, target] = (earlier + quantity, unit)

    for consumption in found.consumptions:
        if consumption.lot_id in lot_ids and consumption.batch_id in batches:
            assert consumption.lot_id is not None
            add(
                ("Lot", consumption.lot_id),
                ("ProductionBatch", consumption.batch_id),
                consumption.quantity,
                consumption.unit,
            )
    for lot in found.lots:
        if lot.origin_batch_id in batches:
            assert lot.origin_batch_id is not None
            add(("ProductionBatch", lot.origin_batch_id), ("Lot", lot.id), lot.quantity_received, lot.unit)
    for allocation in found.allocations:
        if allocation.batch_id not in batches or allocation.order_id not in order_ids:
            continue
        add(
            ("ProductionBatch", allocation.batch_id),
            ("Order", allocation.order_id),
            allocation.quantity,
            batches[allocation.batch_id].unit,
        )
    for (source, target), (quantity, unit) in edges.items():
        yield Edge(source, target, quantity, unit)


def _input_gaps(found: Findings, beside: int | None) -> Iterator[Gap]:
    codes = {batch.id: batch.code for batch in found.batches}
    for consumption in found.consumptions:
        if consumption.source is ConsumptionSource.LOT or consumption.batch_id == beside:
            continue
        if consumption.batch_id not in codes:
            continue
        name = found.ingredient_names[consumption.ingredient_id]
        reason = (
            "stock that no lot explains"
            if consumption.source is ConsumptionSource.UNTRACKED
            else "not in the books when it was used"
        )
        yield Gap(
            GapKind(consumption.source.value),
            consumption.quantity,
            consumption.unit,
            f"{name} in {codes[consumption.batch_id]}: {reason}.",
        )


def _order_gaps(found: Findings) -> Iterator[Gap]:
    orders = {order.id: order for order in found.orders}
    for line in found.lines:
        order = orders[line.order_id]
        unlinked = line.quantity - line.linked
        # Nothing was handed over for a cancelled order, so nothing of it is unexplained.
        if unlinked <= 0 or order.status is OrderStatus.CANCELLED:
            continue
        if line.bought_in:
            kind, reason = GapKind.NO_RECIPE, "bought in, without a recipe"
        else:
            kind, reason = GapKind.UNLINKED_LINE, "not linked to a production batch"
        yield Gap(kind, unlinked, line.unit, f"{line.product_name} in order {order.number}: {reason}.")


def _adjusted_lots(found: Findings) -> Iterator[Gap]:
    for lot in found.lots:
        if lot.quantity_adjusted < 0:
            yield Gap(
                GapKind.ADJUSTED,
                -lot.quantity_adjusted,
                lot.unit,
                f"{lot.code}: corrections of stock took it; its movements tell when and why.",
            )


def _unallocated_batches(found: Findings) -> Iterator[Gap]:
    # Batch and output lot share one remainder: the lot's is the one that production draws on, too.
    outputs = {lot.origin_batch_id: lot for lot in found.lots if lot.source is LotSource.PRODUCTION}
    for batch in found.batches:
        output = outputs.get(batch.id)
        left = (
            output.quantity_remaining
            if output is not None
            else batch.quantity - batch.quantity_allocated - batch.quantity_written_off
        )
        if left > 0:
            yield Gap(
                GapKind.UNALLOCATED,
                left,
                batch.unit,
                f"{batch.code}: neither linked to an order, used nor written off.",
            )
