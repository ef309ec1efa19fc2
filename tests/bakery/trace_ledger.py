"""Traces as ledgers: what happened, a line each, and what the trace tells of it.

lot flour 10                     10 g came in; then `left 4`, `adjusted -2`, `by dough` (the batch that made it)
batch dough 8 g                  a run made 8 g; then `allocated 3`, `wasted 1`
dough took 5 of flour            from a lot; one that no line declares lies outside the trace
dough took 1 UNTRACKED salt      or UNACCOUNTED
order 17 READY
17 wants 10 bread                then `linked 6`, `bought-in`
17 got 6 of bread
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal

from bakery.catalogue import Customer, Supplier
from bakery.lots import Lot, LotSource
from bakery.orders import Allocation, Order, OrderStatus
from bakery.production import BatchStatus, Consumption, ConsumptionSource, ProductionBatch
from bakery.quantity import Unit, plain
from bakery.trace import Edge, Findings, Gap, NodeKind, Trace, TracedLine, assemble

DAY = date(2026, 3, 1)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
OUTSIDE = 900
"""From here on are numbered the lots that the walk did not meet."""

CUSTOMER = Customer(1, "Café Lune", None, None)
SUPPLIER = Supplier(1, "Old Mill", None)


@dataclass
class Story:
    """What the store would hand over, and the names by which the lines call it.

    Lots, batches and orders are each numbered from 1, so a trace that takes one kind for another is found out.
    """

    text: str
    truncated: bool = False
    lots: list[Lot] = field(default_factory=list)
    batches: list[ProductionBatch] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    consumptions: list[Consumption] = field(default_factory=list)
    allocations: list[Allocation] = field(default_factory=list)
    lines: list[TracedLine] = field(default_factory=list)
    ingredients: dict[str, int] = field(default_factory=dict)
    numbers: dict[tuple[NodeKind, str], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for line in self.text.splitlines():
            if line.strip():
                self._read(line.split())

    @property
    def found(self) -> Findings:
        return Findings(
            lots=tuple(self.lots),
            batches=tuple(self.batches),
            orders=tuple(self.orders),
            customers=(CUSTOMER,),
            suppliers=(SUPPLIER,),
            consumptions=tuple(self.consumptions),
            allocations=tuple(self.allocations),
            lines=tuple(self.lines),
            ingredient_names={number: name for name, number in self.ingredients.items()},
            truncated=self.truncated,
        )

    def edges(self, trace: Trace) -> list[str]:
        """Each edge as `flour -> dough 5 g`, in the order in which it is told."""
        names = {(kind, number): name for (kind, name), number in self.numbers.items()}
        return [f"{names[edge.source]} -> {names[edge.target]} {_amount(edge)}" for edge in trace.edges]

    def _read(self, words: list[str]) -> None:
        match words:
            case ["lot", name, quantity, *facts]:
                self.lots.append(self._lot(name, quantity, _facts(facts)))
            case ["batch", name, quantity, unit, *facts]:
                self.batches.append(self._batch(name, quantity, Unit(unit), _facts(facts)))
            case [name, "took", quantity, "of", lot]:
                number = self.numbers.setdefault(("Lot", lot), OUTSIDE + len(self.numbers))
                self._took(name, quantity, ConsumptionSource.LOT, "flour", number)
            case [name, "took", quantity, source, ingredient]:
                self._took(name, quantity, ConsumptionSource(source), ingredient, None)
            case ["order", number, status]:
                self.numbers["Order", number] = order_id = len(self.orders) + 1
                self.orders.append(Order(order_id, number, 1, OrderStatus(status), DAY, None, NOON))
            case [number, "wants", quantity, product, *facts]:
                linked = _facts(facts).get("linked", "0")
                self.lines.append(
                    TracedLine(
                        order_id=self.numbers["Order", number],
                        product_name=product,
                        unit=Unit.each,
                        quantity=Decimal(quantity),
                        linked=Decimal(linked),
                        bought_in="bought-in" in facts,
                    )
                )
            case [number, "got", quantity, "of", name]:
                order_id, batch_id = self.numbers["Order", number], self.numbers["ProductionBatch", name]
                allocation_id = len(self.allocations) + 1
                self.allocations.append(Allocation(allocation_id, order_id, 1, batch_id, Decimal(quantity)))
            case ["cut", name]:
                self.batches = [batch for batch in self.batches if batch.code != f"PB-{name}"]
                self.orders = [order for order in self.orders if order.number != name]
            case _:
                raise ValueError(f"This is no line of a story: {' '.join(words)}")

    def _lot(self, name: str, quantity: str, facts: dict[str, str]) -> Lot:
        self.numbers["Lot", name] = lot_id = len(self.lots) + 1
        origin = self.numbers.get(("ProductionBatch", facts["by"]), OUTSIDE) if "by" in facts else None
        received, remaining = Decimal(quantity), Decimal(facts.get("left", quantity))
        adjusted = Decimal(facts.get("adjusted", "0"))
        return Lot(
            id=lot_id,
            code=name,
            ingredient_id=1,
            unit=Unit.g,
            source=LotSource.MANUAL if origin is None else LotSource.PRODUCTION,
            supplier_id=None,
            supplier_lot_number=None,
            origin_batch_id=origin,
            received_on=DAY,
            expires_on=None,
            unit_cost=None,
            quantity_received=received,
            quantity_adjusted=adjusted,
            quantity_consumed=received + adjusted - remaining,
            quantity_written_off=Decimal(0),
            quantity_remaining=remaining,
            on_hold=False,
            recalled=False,
        )

    def _batch(self, name: str, quantity: str, unit: Unit, facts: dict[str, str]) -> ProductionBatch:
        self.numbers["ProductionBatch", name] = batch_id = len(self.batches) + 1  # before any is cut
        return ProductionBatch(
            id=batch_id,
            code=f"PB-{name}",
            product_id=1,
            unit=unit,
            quantity=Decimal(quantity),
            quantity_allocated=Decimal(facts.get("allocated", "0")),
            quantity_written_off=Decimal(facts.get("wasted", "0")),
            produced_on=DAY,
            status=BatchStatus.CONFIRMED,
            recorded_at=NOON,
        )

    def _took(self, name: str, quantity: str, source: ConsumptionSource, ingredient: str, lot_id: int | None) -> None:
        self.consumptions.append(
            Consumption(
                id=len(self.consumptions) + 1,
                batch_id=self.numbers["ProductionBatch", name],
                ingredient_id=self.ingredients.setdefault(ingredient, len(self.ingredients) + 1),
                lot_id=lot_id,
                source=source,
                quantity=Decimal(quantity),
                unit=Unit.g,
            )
        )


def traced(story: str, *, of_lot: str | None = None, truncated: bool = False) -> Trace:
    """The trace of the lot of that name, or of an order or a batch."""
    told = Story(story, truncated)
    return assemble(told.found, of_lot=next(lot for lot in told.lots if lot.code == of_lot) if of_lot else None)


def edges(story: str) -> list[str]:
    told = Story(story)
    return told.edges(assemble(told.found))


def gaps(story: str, *, of_lot: str | None = None) -> list[str]:
    """Each gap as `UNTRACKED 1 g`, in the order in which it is told."""
    return [f"{gap.kind.value} {_amount(gap)}" for gap in traced(story, of_lot=of_lot).gaps]


def _amount(part: Edge | Gap) -> str:
    return f"{plain(part.quantity)} {part.unit.value}"


def _facts(words: Iterable[str]) -> dict[str, str]:
    """`left 4 by dough` as pairs; a word that stands alone has none."""
    pairs = [word for word in words if word != "bought-in"]
    return dict(zip(pairs[::2], pairs[1::2], strict=True))
