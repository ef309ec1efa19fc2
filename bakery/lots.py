"""Lots and the stock ledger (R-2, R-4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum

from bakery.quantity import Unit


class LotStatus(Enum):
    """The gravest of what holds for a lot (R-4.8)."""

    AVAILABLE = "AVAILABLE"
    ON_HOLD = "ON_HOLD"
    RECALLED = "RECALLED"
    DEPLETED = "DEPLETED"


class LotSource(Enum):
    PURCHASE_ORDER = "PURCHASE_ORDER"
    RESTOCK = "RESTOCK"
    MANUAL = "MANUAL"
    PRODUCTION = "PRODUCTION"


class HoldCause(Enum):
    """Who asked for a hold: a person, or a recall."""

    MANUAL = "MANUAL"
    RECALL = "RECALL"


class MovementKind(Enum):
    PURCHASE = "PURCHASE"
    RESTOCK = "RESTOCK"
    MANUAL_LOT = "MANUAL_LOT"
    PRODUCTION = "PRODUCTION"
    OUTPUT = "OUTPUT"
    SALE = "SALE"
    WRITE_OFF = "WRITE_OFF"
    ADJUSTMENT = "ADJUSTMENT"
    REVERSAL = "REVERSAL"


class WriteOffReason(Enum):
    EXPIRED = "EXPIRED"
    DAMAGED = "DAMAGED"
    CONTAMINATED = "CONTAMINATED"
    RECALLED = "RECALLED"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class Balance:
    """What became of a lot, in its unit: `remaining = received + adjusted − consumed − written_off` (R-2.4)."""

    received: Decimal
    adjusted: Decimal
    consumed: Decimal
    written_off: Decimal
    remaining: Decimal

    @property
    def closes(self) -> bool:
        expected = self.received + self.adjusted - self.consumed - self.written_off
        return self.remaining == expected and self.remaining >= 0


@dataclass(frozen=True, slots=True)
class Lot:
    """One received or produced batch of an ingredient. Quantities in the ingredient's `unit`, cost per that unit.

    `id` is the order of recording. `origin_batch_id` is the run that made it, if it was made here.
    """

    id: int
    code: str
    ingredient_id: int
    unit: Unit
    source: LotSource
    supplier_id: int | None
    supplier_lot_number: str | None
    origin_batch_id: int | None
    received_on: date
    expires_on: date | None
    unit_cost: Decimal | None
    quantity_received: Decimal
    quantity_adjusted: Decimal
    quantity_consumed: Decimal
    quantity_written_off: Decimal
    quantity_remaining: Decimal
    on_hold: bool
    recalled: bool

    @property
    def status(self) -> LotStatus:
        if self.recalled:
            return LotStatus.RECALLED
        if self.on_hold:
            return LotStatus.ON_HOLD
        return LotStatus.DEPLETED if self.quantity_remaining == 0 else LotStatus.AVAILABLE

    @property
    def balance(self) -> Balance:
        return Balance(
            received=self.quantity_received,
            adjusted=self.quantity_adjusted,
            consumed=self.quantity_consumed,
            written_off=self.quantity_written_off,
            remaining=self.quantity_remaining,
        )


@dataclass(frozen=True, slots=True)
class Hold:
    """What keeps a lot out of production until it is lifted; it stands while `lifted_at` is None (R-4.8)."""

    id: int
    lot_id: int
    cause: HoldCause
    reason: str
    placed_by: int
    placed_at: datetime
    lift_reason: str | None
    lifted_by: int | None
    lifted_at: datetime | None


@dataclass(frozen=True, slots=True)
class ExpiryEdit:
    """A change of a lot's expiry date; None is undated. `id` is the order of recording."""

    id: int
    lot_id: int
    old_expires_on: date | None
    new_expires_on: date | None
    reason: str
    edited_by: int
    edited_at: datetime


@dataclass(frozen=True, slots=True)
class Movement:
    """One entry of the ledger: signed `quantity` in the ingredient's `unit`, never changed afterwards (R-2.1).

    `batch_id` is the run and `order_id` the order that it was booked for, if for one.
    """

    id: int
    kind: MovementKind
    ingredient_id: int
    lot_id: int | None
    quantity: Decimal
    unit: Unit
    unit_cost: Decimal | None
    happened_at: datetime
    recorded_at: datetime
    actor_id: int
    write_off_reason: WriteOffReason | None
    batch_id: int | None
    order_id: int | None
    note: str | None
