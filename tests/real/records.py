"""The replay's own books: what the server answered, and nothing that it did not.

Plain dictionaries by the codes that people read; quantities are exact decimals in the unit of the answer.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from tests.real.catalogue import Ingredient, Product


def recorded_order(code: str) -> tuple[int, int]:
    """Codes count in the order of recording: day, then number, which has four digits after 999."""
    _, day, number = code.split("-")
    return int(day), int(number)


@dataclass(frozen=True)
class Person:
    """A supplier or a customer."""

    id: str
    name: str
    email: str
    phone: str | None = None


@dataclass
class LotBook:
    """A lot; quantities in the ingredient's stock unit. `made_by` is the batch of a lot that was made here."""

    id: str
    code: str
    ingredient: Ingredient
    received: Decimal
    received_on: date
    expires_on: date | None
    supplier: Person | None = None
    supplier_lot_number: str | None = None
    made_by: "BatchBook | None" = None
    consumed: Decimal = Decimal(0)
    written_off: Decimal = Decimal(0)

    @property
    def recorded(self) -> tuple[int, int]:
        """Place in the order of recording."""
        return recorded_order(self.code)

    @property
    def sold(self) -> Decimal:
        """What orders hold of the batch that made it: both share one remainder."""
        return sum(self.made_by.allocated.values(), Decimal(0)) if self.made_by else Decimal(0)

    @property
    def remaining(self) -> Decimal:
        """What is left."""
        return self.received - self.consumed - self.sold - self.written_off


@dataclass(frozen=True)
class Consumption:
    """What a batch took; no lot where the stock was untracked."""

    ingredient: Ingredient
    lot_code: str | None
    quantity: Decimal
    source: str


@dataclass
class BatchBook:
    """A run; `quantity` and `allocated` (by order number) in pieces, or in grams of an intermediate."""

    id: str
    code: str
    product: Product
    produced_on: date
    quantity: Decimal
    consumptions: list[Consumption]
    output_lot: LotBook | None = None
    allocated: dict[int, Decimal] = field(default_factory=dict)

    @property
    def left(self) -> Decimal:
        """What was neither linked to an order, nor used, nor written off."""
        if self.output_lot:
            return self.output_lot.remaining
        return self.quantity - sum(self.allocated.values(), Decimal(0))


@dataclass(frozen=True)
class OrderLine:
    """Pieces of a product that a ticket asks for."""

    product: Product
    quantity: Decimal


@dataclass
class OrderBook:
    """An order; `lines` by the id that the server gave them, `allocations` by batch code."""

    id: str
    number: int
    day: date
    customer: Person | None
    lines: dict[str, OrderLine]
    status: str = ""
    allocations: dict[str, Decimal] = field(default_factory=dict)


@dataclass
class Books:
    """Everything, and `differences`: each place where an answer is not what the rules make of the books."""

    suppliers: dict[str, Person] = field(default_factory=dict)
    customers: list[Person] = field(default_factory=list)
    ingredient_ids: dict[Ingredient, str] = field(default_factory=dict)
    product_ids: dict[str, str] = field(default_factory=dict)
    untracked: dict[Ingredient, Decimal] = field(default_factory=dict)
    lots: dict[str, LotBook] = field(default_factory=dict)
    open_lots: dict[Ingredient, dict[str, LotBook]] = field(default_factory=dict)
    batches: dict[str, BatchBook] = field(default_factory=dict)
    orders: dict[int, OrderBook] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)

    def expect(self, holds: bool, difference: str) -> None:
        """Note a difference unless it holds."""
        if not holds:
            self.differences.append(difference)

    def add_lot(self, lot: LotBook) -> None:
        """Book a new lot; a code is given once only."""
        self.expect(lot.code not in self.lots, f"the lot code {lot.code} was given twice")
        self.lots[lot.code] = lot
        self.open_lots.setdefault(lot.ingredient, {})[lot.code] = lot

    def add_batch(self, batch: BatchBook) -> None:
        """Book a run and what it took."""
        self.expect(batch.code not in self.batches, f"the batch code {batch.code} was given twice")
        self.batches[batch.code] = batch
        for consumption in batch.consumptions:
            if consumption.lot_code is None:
                left = self.untracked.get(consumption.ingredient, Decimal(0)) - consumption.quantity
                self.untracked[consumption.ingredient] = left
            else:
                self.lots[consumption.lot_code].consumed += consumption.quantity

    def link(self, order: OrderBook, allocations: dict[str, Decimal]) -> None:
        """Book what an order holds now, in place of what it held."""
        for code in order.allocations.keys() - allocations.keys():
            del self.batches[code].allocated[order.number]
        for code, quantity in allocations.items():
            self.batches[code].allocated[order.number] = quantity
        order.allocations = allocations

    def forget_empty_lots(self) -> None:
        """Keep the lots with stock left at hand, so that looking them up stays quick; all lots stay on record."""
        for ingredient, lots in self.open_lots.items():
            self.open_lots[ingredient] = {code: lot for code, lot in lots.items() if lot.remaining}

    def on_hand(self, ingredient: Ingredient) -> tuple[Decimal, Decimal]:
        """Tracked and untracked stock, in the stock unit."""
        lots = (lot.remaining for lot in self.lots.values() if lot.ingredient is ingredient)
        return sum(lots, Decimal(0)), self.untracked.get(ingredient, Decimal(0))
