"""What a proof reads and what it finds. Quantities are in the ingredient's stock unit, or the product's where said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bakery.catalogue import ConsumptionOrder, PurchaseOrderStatus
from bakery.codes import CodeKind
from bakery.lots import LotSource, MovementKind
from bakery.orders import OrderStatus
from bakery.production import BatchStatus, ConsumptionSource
from bakery.quantity import Unit, plain


@dataclass(frozen=True, slots=True)
class Breach:
    """Something that must not be: the `rule` it breaks, what it is about, and in plain words what is wrong."""

    rule: str
    subject: str
    message: str


@dataclass(frozen=True, slots=True)
class Booked:
    """A movement as the ledger has it; `id` is the order of recording."""

    id: int
    kind: MovementKind
    ingredient_id: int
    lot_id: int | None
    quantity: Decimal
    batch_id: int | None
    order_id: int | None


@dataclass(frozen=True, slots=True)
class ProvenLot:
    """A lot with the figures that are kept of it; `id` is the order of recording."""

    id: int
    code: str
    ingredient_id: int
    source: LotSource
    origin_batch_id: int | None
    received_on: date
    expires_on: date | None
    received: Decimal
    adjusted: Decimal
    consumed: Decimal
    written_off: Decimal
    remaining: Decimal


@dataclass(frozen=True, slots=True)
class PurchasedLine:
    """A line of the purchase order `order_code`, with what was ordered and received in its own `unit`."""

    id: int
    order_code: str
    status: PurchaseOrderStatus
    ingredient_id: int
    unit: Unit
    ordered: Decimal
    received: Decimal


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a lot received by a line of a purchase order, in the ingredient's stock unit."""

    line_id: int
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class DateChange:
    """A lot's expiry date, changed under record number `number`; None is undated."""

    lot_id: int
    number: int
    before: date | None
    after: date | None


@dataclass(frozen=True, slots=True)
class HeldLot:
    """A hold, manual or by a recall. It stands from record number `placed` up to `lifted`, or to this day."""

    lot_id: int
    placed: int
    lifted: int | None

    def stood_at(self, number: int) -> bool:
        return self.placed < number and (self.lifted is None or number < self.lifted)


@dataclass(frozen=True, slots=True)
class Run:
    """A production batch. Quantities in product units; `consumption_order` is None where lot tracking was off."""

    id: int
    code: str
    product_id: int
    quantity: Decimal
    allocated: Decimal
    written_off: Decimal
    produced_on: date
    status: BatchStatus
    consumption_order: ConsumptionOrder | None


@dataclass(frozen=True, slots=True)
class Used:
    """What a run recorded to have taken of one ingredient from one source; `chosen` by hand, in part at least."""

    batch_id: int
    ingredient_id: int
    lot_id: int | None
    source: ConsumptionSource
    quantity: Decimal
    chosen: bool


@dataclass(frozen=True, slots=True)
class Wasted:
    """A row of waste of a batch. `quantity` in product units."""

    id: int
    batch_id: int
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Relinked:
    """A link that stood before an order was linked anew: which order's it was, and whether it was freed."""

    relink_id: int
    relinked_order_id: int
    allocation_id: int
    order_id: int
    freed: bool


@dataclass(frozen=True, slots=True)
class OrderedLine:
    """An order line with its order. `quantity` in product units."""

    id: int
    order_id: int
    product_id: int
    quantity: Decimal
    order_number: str
    order_status: OrderStatus


@dataclass(frozen=True, slots=True)
class Coded:
    """Something that bears a code, with the bakery's local day on which it was recorded."""

    kind: CodeKind
    id: int
    text: str
    recorded_on: date


@dataclass(frozen=True, slots=True)
class CodeCounter:
    kind: CodeKind
    day: date
    last_number: int


def amount(quantity: Decimal, unit: Unit | None = None) -> str:
    """A quantity as a message shows it; without a unit it is in product units."""
    return plain(quantity) if unit is None else f"{plain(quantity)} {unit.value}"
