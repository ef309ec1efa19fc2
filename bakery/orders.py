"""Customers' orders and what they were filled from (R-7.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum


class OrderStatus(Enum):
    """The life of an order, in the order in which it moves forward; cancelled stands beside."""

    DRAFT = "DRAFT"
    CONFIRMED = "CONFIRMED"
    IN_PRODUCTION = "IN_PRODUCTION"
    READY = "READY"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"

    @property
    def is_final(self) -> bool:
        return self in (OrderStatus.COMPLETED, OrderStatus.CANCELLED)

    @property
    def links(self) -> bool:
        """Whether reaching this status links lines to production batches."""
        return self in (OrderStatus.READY, OrderStatus.COMPLETED)

    def may_become(self, target: OrderStatus) -> bool:
        """Forward only, steps may be skipped; completed and cancelled are final."""
        if self.is_final:
            return False
        if target is OrderStatus.CANCELLED:
            return True
        return _FORWARD.index(target) > _FORWARD.index(self)


_FORWARD: list[OrderStatus] = [status for status in OrderStatus if status is not OrderStatus.CANCELLED]


@dataclass(frozen=True, slots=True)
class Order:
    id: int
    number: str
    customer_id: int | None
    status: OrderStatus
    status_on: date | None
    due_on: date | None
    recorded_at: datetime
    archived_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OrderLine:
    """`quantity` in product units."""

    id: int
    order_id: int
    product_id: int
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Allocation:
    """A `quantity` of a production batch, in product units, that went to an order line."""

    id: int
    order_id: int
    order_line_id: int
    batch_id: int
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Relink:
    """That somebody linked an order anew, when and why; `automatic` where the rule chose the batches (R-7.2)."""

    id: int
    order_id: int
    automatic: bool
    reason: str
    actor_id: int
    recorded_at: datetime
