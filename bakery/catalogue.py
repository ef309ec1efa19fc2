"""The things a bakery has: the bakery itself, its people, partners in trade, ingredients and products."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum

from bakery.quantity import Unit


class ConsumptionOrder(Enum):
    """Which lot is the oldest: the one that expires first, or the one received first (R-3.1)."""

    EXPIRY_DATE = "EXPIRY_DATE"
    RECEIVED_DATE = "RECEIVED_DATE"


@dataclass(frozen=True, slots=True)
class Bakery:
    """A tenant. `time_zone` is an IANA name, `currency` an ISO 4217 code, `plan` one of `plans.Plan`."""

    id: int
    name: str
    plan: str
    time_zone: str
    currency: str


class MemberStatus(Enum):
    """Whether a person was invited, has come, or was removed (R-1.9)."""

    INVITED = "INVITED"
    ACTIVE = "ACTIVE"
    REMOVED = "REMOVED"


@dataclass(frozen=True, slots=True)
class Member:
    """A person of the bakery; `role` is one of `plans.Role`.

    Who was removed stays as a record: what they did refers to them.
    """

    id: int
    name: str
    role: str
    email: str | None = None
    joined_at: datetime | None = None
    removed_at: datetime | None = None
    invitation_expires_at: datetime | None = None

    @property
    def status(self) -> MemberStatus:
        if self.removed_at is not None:
            return MemberStatus.REMOVED
        return MemberStatus.INVITED if self.joined_at is None else MemberStatus.ACTIVE


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token that was issued to a person, less its secret; `prefix` is how it begins."""

    id: int
    member_id: int
    prefix: str
    recorded_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A partner's key, less its secret. `scopes` are parted by blanks; `last_used_at` is right to some minutes."""

    id: int
    name: str
    prefix: str
    scopes: str
    recorded_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class LotTrackingSettings:
    """Lot tracking's switch and choices (R-3.1). `enabled` is the switch alone, whatever the plan."""

    enabled: bool = False
    expiry_warning_days: int = 7
    consumption_order: ConsumptionOrder = ConsumptionOrder.EXPIRY_DATE


@dataclass(frozen=True, slots=True)
class Supplier:
    """`archived_at` is null while it is in use, here and below: archived things stay in every record and trace."""

    id: int
    name: str
    email: str | None
    archived_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Customer:
    id: int
    name: str
    email: str | None
    phone: str | None
    archived_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ingredient:
    """Quantities in stock `unit`; `density` in g/ml. `untracked` is kept by its own movements (R-2.3)."""

    id: int
    name: str
    unit: Unit
    density: Decimal | None
    reorder_point: Decimal | None
    tracked: Decimal
    untracked: Decimal
    archived_at: datetime | None = None

    @property
    def on_hand(self) -> Decimal:
        return self.tracked + self.untracked


@dataclass(frozen=True, slots=True)
class RecipeLine:
    """`quantity` in `unit`, as written, for `Product.yield_quantity` of the product."""

    product_id: int
    ingredient_id: int
    quantity: Decimal
    unit: Unit


@dataclass(frozen=True, slots=True)
class Product:
    """Something sold or, with `makes_ingredient_id`, an intermediate that becomes stock (R-4.4).

    `yield_quantity` is what one recipe makes, in product units: pieces, or the made ingredient's unit, which `unit`
    names. `shelf_life_days` counts from the day of production.
    """

    id: int
    name: str
    yield_quantity: Decimal
    unit: Unit
    shelf_life_days: int | None
    makes_ingredient_id: int | None
    inherit_expiry: bool
    archived_at: datetime | None = None


class PurchaseOrderStatus(Enum):
    """The life of a purchase order. Receipts set `PARTIALLY_RECEIVED` and `RECEIVED`; nobody else does (R-4.1)."""

    DRAFT = "DRAFT"
    ORDERED = "ORDERED"
    PARTIALLY_RECEIVED = "PARTIALLY_RECEIVED"
    RECEIVED = "RECEIVED"
    CANCELLED = "CANCELLED"

    @property
    def is_final(self) -> bool:
        return self in (PurchaseOrderStatus.RECEIVED, PurchaseOrderStatus.CANCELLED)

    def may_be_set_to(self, target: PurchaseOrderStatus) -> bool:
        """By hand a draft is ordered, and what is not yet received in full is cancelled."""
        if target is PurchaseOrderStatus.ORDERED:
            return self is PurchaseOrderStatus.DRAFT
        return target is PurchaseOrderStatus.CANCELLED and not self.is_final


@dataclass(frozen=True, slots=True)
class PurchaseOrder:
    id: int
    code: str
    supplier_id: int
    status: PurchaseOrderStatus
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class PurchaseOrderLine:
    """One ordered ingredient. Ordered and received quantities in the line's own `unit`, cost per that unit."""

    id: int
    purchase_order_id: int
    ingredient_id: int
    unit: Unit
    unit_cost: Decimal | None
    quantity_ordered: Decimal
    quantity_received: Decimal
