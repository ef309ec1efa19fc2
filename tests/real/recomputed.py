"""Traces worked out from the replay's own books: sets, dictionaries and a walk, nothing of the product's.

Nodes are written `lot LOT-…`, `batch PB-…` and `order 17`; edges run in the direction of the goods.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from tests.real.records import BatchBook, Books, LotBook, OrderBook

Edges = dict[tuple[str, str], Decimal]


@dataclass
class Trace:
    """Everything that a walk met, by code or number, and the quantity on each edge.

    Pieces that are sold and baked on are a batch and its lot at once, with one remainder (R-4.4). The contract leaves
    open which of the two stands for them where they were sold: `stand_ins` says by id which batch may be told instead
    of which lot, `optional_lots` which lots may be told beside their batch.
    """

    lots: dict[str, LotBook] = field(default_factory=dict)
    batches: dict[str, BatchBook] = field(default_factory=dict)
    orders: dict[int, OrderBook] = field(default_factory=dict)
    edges: Edges = field(default_factory=dict)
    stand_ins: dict[str, str] = field(default_factory=dict)
    optional_lots: dict[str, LotBook] = field(default_factory=dict)

    def add_edge(self, source: str, target: str, quantity: Decimal) -> None:
        """Put a quantity on an edge; what goes the same way twice adds up."""
        self.edges[source, target] = self.edges.get((source, target), Decimal(0)) + quantity


def lot_node(code: str) -> str:
    """A lot as an end of an edge."""
    return f"lot {code}"


def batch_node(code: str) -> str:
    """A batch as an end of an edge."""
    return f"batch {code}"


def order_node(number: int | str) -> str:
    """An order as an end of an edge."""
    return f"order {number}"


class Recomputation:
    """The books, indexed for walking both ways."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._users: dict[str, list[BatchBook]] = {}
        for batch in books.batches.values():
            for code in {entry.lot_code for entry in batch.consumptions if entry.lot_code}:
                self._users.setdefault(code, []).append(batch)

    def users(self, lot: LotBook) -> list[BatchBook]:
        """The batches that took from a lot."""
        return self._users.get(lot.code, [])

    def forward(self, lot: LotBook) -> Trace:
        """Where a lot went: what it was used for, and the orders that it was sold to as it is."""
        trace = self.used(lot)
        if lot.made_by:
            trace.stand_ins[lot.made_by.id] = lot_node(lot.code)
            for number, quantity in lot.made_by.allocated.items():
                trace.orders[number] = self._books.orders[number]
                trace.add_edge(lot_node(lot.code), order_node(number), quantity)
        return trace

    def used(self, lot: LotBook) -> Trace:
        """What a lot was used for: batches, lots made of it at any depth, their orders."""
        trace = Trace(lots={lot.code: lot})
        waiting = [lot]
        while waiting:
            source = waiting.pop()
            for batch in self.users(source):
                for entry in batch.consumptions:
                    if entry.lot_code == source.code:
                        trace.add_edge(lot_node(source.code), batch_node(batch.code), entry.quantity)
                if batch.code in trace.batches:
                    continue
                trace.batches[batch.code] = batch
                self._follow_batch(trace, batch, waiting)
        return trace

    def _follow_batch(self, trace: Trace, batch: BatchBook, waiting: list[LotBook]) -> None:
        for number, quantity in batch.allocated.items():
            trace.orders[number] = self._books.orders[number]
            trace.add_edge(batch_node(batch.code), order_node(number), quantity)
        made = batch.output_lot
        if made:
            trace.add_edge(batch_node(batch.code), lot_node(made.code), batch.quantity)
            if made.code not in trace.lots:
                trace.lots[made.code] = made
                waiting.append(made)

    def backward(self, order: OrderBook) -> Trace:
        """What went into an order: batches, and lots at any depth."""
        trace = Trace(orders={order.number: order})
        waiting: list[BatchBook] = []
        for code, quantity in order.allocations.items():
            trace.add_edge(batch_node(code), order_node(order.number), quantity)
            waiting.append(self._books.batches[code])
        while waiting:
            batch = waiting.pop()
            if batch.code in trace.batches:
                continue
            trace.batches[batch.code] = batch
            if batch.output_lot:
                trace.optional_lots[batch.output_lot.code] = batch.output_lot
            for entry in batch.consumptions:
                if entry.lot_code is None:
                    continue
                trace.add_edge(lot_node(entry.lot_code), batch_node(batch.code), entry.quantity)
                lot = self._books.lots[entry.lot_code]
                if lot.code not in trace.lots:
                    trace.lots[lot.code] = lot
                    if lot.made_by:
                        trace.add_edge(batch_node(lot.made_by.code), lot_node(lot.code), lot.made_by.quantity)
                        waiting.append(lot.made_by)
        for code in trace.lots:
            trace.optional_lots.pop(code, None)
        return trace

    def lot_with_most_orders(self) -> LotBook:
        """The lot that reached the most orders, the first recorded of equals."""
        lots = sorted(self._books.lots.values(), key=lambda lot: lot.recorded)
        return max(lots, key=lambda lot: len(self.forward(lot).orders))

    def order_with_most_lots(self) -> OrderBook:
        """The order that most lots went into, the lowest number of equals."""
        orders = [self._books.orders[number] for number in sorted(self._books.orders)]
        return max(orders, key=lambda order: len(self.backward(order).lots))
