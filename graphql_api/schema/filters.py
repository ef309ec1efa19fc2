"""Which of a list: the filters of all connections. What is left out of one leaves nothing out of the list."""

from __future__ import annotations

from datetime import date

import strawberry
from strawberry import UNSET

from bakery.catalogue import PurchaseOrderStatus
from bakery.expiry import ExpiryStatus
from bakery.lists import ArchivedFilter
from bakery.lots import LotSource, LotStatus
from bakery.orders import OrderStatus
from bakery.production import BatchStatus

ARCHIVED = "Whether archived ones are listed; left out, they are not."


@strawberry.input
class _NamedFilter:
    search: str | None = strawberry.field(
        default=UNSET, description="A part of the name, whatever its case and accents; up to 200 characters."
    )
    archived: ArchivedFilter | None = strawberry.field(default=UNSET, description=ARCHIVED)


@strawberry.input(description="Which suppliers; a supplier must fit all that is given.")
class SupplierFilter(_NamedFilter):
    pass


@strawberry.input(description="Which customers; a customer must fit all that is given.")
class CustomerFilter(_NamedFilter):
    pass


@strawberry.input(description="Which ingredients; an ingredient must fit all that is given.")
class IngredientFilter(_NamedFilter):
    pass


@strawberry.input(description="Which products; a product must fit all that is given.")
class ProductFilter(_NamedFilter):
    pass


@strawberry.input(description="Which lots; a lot must fit all that is given.")
class LotFilter:
    ingredient_id: strawberry.ID | None = strawberry.field(default=UNSET, description="Lots of this ingredient.")
    supplier_id: strawberry.ID | None = strawberry.field(default=UNSET, description="Lots from this supplier.")
    expiry_status: ExpiryStatus | None = strawberry.field(default=UNSET, description="As of today.")
    status: LotStatus | None = strawberry.field(default=UNSET, description="Lots that are this now.")
    source: LotSource | None = strawberry.field(default=UNSET, description="Lots that came to be this way.")
    search: str | None = strawberry.field(
        default=UNSET,
        description="A part of the code or supplier lot number, as it stands or without signs, case and accents.",
    )
    has_remaining: bool | None = strawberry.field(default=UNSET, description="With, or without, anything left.")


@strawberry.input(description="Which production batches; a batch must fit all that is given.")
class ProductionBatchFilter:
    product_id: strawberry.ID | None = strawberry.field(default=UNSET, description="Batches of this product.")
    status: BatchStatus | None = strawberry.field(default=UNSET, description="Batches that are this now.")
    produced_from: date | None = strawberry.field(default=UNSET, description="Made on this day or later.")
    produced_to: date | None = strawberry.field(default=UNSET, description="Made on this day or earlier.")


@strawberry.input(description="Which orders; an order must fit all that is given.")
class OrderFilter:
    status: list[OrderStatus] | None = strawberry.field(
        default=UNSET, description="Orders that are one of these now; any if empty."
    )
    customer_id: strawberry.ID | None = strawberry.field(default=UNSET, description="Orders of this customer.")
    due_from: date | None = strawberry.field(default=UNSET, description="Wanted on this day or later.")
    due_to: date | None = strawberry.field(default=UNSET, description="Wanted on this day or earlier.")
    search: str | None = strawberry.field(default=UNSET, description="A part of the number; up to 200 characters.")
    archived: ArchivedFilter | None = strawberry.field(default=UNSET, description=ARCHIVED)


@strawberry.input(description="Which purchase orders; a purchase order must fit all that is given.")
class PurchaseOrderFilter:
    supplier_id: strawberry.ID | None = strawberry.field(default=UNSET, description="Orders to this supplier.")
    status: list[PurchaseOrderStatus] | None = strawberry.field(
        default=UNSET, description="Orders that are one of these now; any if empty."
    )
    search: str | None = strawberry.field(default=UNSET, description="A part of the code; up to 200 characters.")
