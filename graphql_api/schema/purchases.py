"""Purchase orders (R-4.1)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import strawberry
from strawberry import UNSET

from bakery.catalogue import PurchaseOrder as PurchaseOrderRecord
from bakery.catalogue import PurchaseOrderLine as PurchaseOrderLineRecord
from bakery.catalogue import PurchaseOrderStatus
from bakery.quantity import Unit
from graphql_api.resolvers import purchases as resolvers
from graphql_api.schema.fields import Connection, Node, connection, field, loaded, reference, view
from graphql_api.schema.filters import PurchaseOrderFilter
from graphql_api.schema.gates import OWNER_OR_MANAGER
from graphql_api.schema.ingredients import Ingredient
from graphql_api.schema.lazy import LazyLot
from graphql_api.schema.mutations import key_field, mutation, outcome, success
from graphql_api.schema.partners import Supplier


@view(PurchaseOrderLineRecord, "One ordered ingredient, in the unit it was ordered in.", node=OWNER_OR_MANAGER)
class PurchaseOrderLine(Node):
    ingredient: Ingredient = reference("What was ordered.", "Ingredient", "ingredient_id")
    unit: Unit = field("The unit of the line: a receipt that names none is read in it.")
    unit_cost: Decimal | None = field("Cost per `unit`: a receipt that names none has it.")
    quantity_ordered: Decimal = field("How much was ordered, in `unit`.")
    quantity_received: Decimal = field("How much has come so far, in `unit`; may be more than was ordered.")


@view(PurchaseOrderRecord, "An order to a supplier.", node=OWNER_OR_MANAGER)
class PurchaseOrder(Node):
    code: str = field("PO-YYMMDD-NNN (R-4.5).")
    status: PurchaseOrderStatus = field("Where it stands.")
    recorded_at: datetime = field("When it was recorded.")
    supplier: Supplier = reference("Whom it went to.", "Supplier", "supplier_id")
    lines: list[PurchaseOrderLine] = loaded("What was ordered.", lambda loaders: loaders.purchase_order_lines, size=5)


@strawberry.input(description="An ingredient to order.")
class PurchaseOrderLineInput:
    ingredient_id: strawberry.ID = strawberry.field(description="The ingredient.")
    quantity: Decimal = strawberry.field(description="How much, in `unit`.")
    unit: Unit | None = strawberry.field(default=UNSET, description="The ingredient's stock unit if left out.")
    unit_cost: Decimal | None = strawberry.field(default=UNSET, description="Cost per `unit`.")


@strawberry.input(description="An order to a supplier.")
class CreatePurchaseOrderInput:
    supplier_id: strawberry.ID = strawberry.field(description="Whom to order from.")
    lines: list[PurchaseOrderLineInput] = strawberry.field(description="What to order; at least one line.")
    draft: bool | None = strawberry.field(default=UNSET, description="Keep it as a draft; ordered if left out.")


@success("The purchase order was recorded.")
class CreatePurchaseOrderSuccess:
    purchase_order: PurchaseOrder = outcome("The new purchase order.")


@strawberry.input(description="A step of a purchase order.")
class SetPurchaseOrderStatusInput:
    purchase_order_id: strawberry.ID = strawberry.field(description="The purchase order.")
    status: PurchaseOrderStatus = strawberry.field(
        description="ORDERED for a draft, or CANCELLED for what is not yet received in full; what was received stays."
    )


@success("The purchase order has the status.")
class SetPurchaseOrderStatusSuccess:
    purchase_order: PurchaseOrder = outcome("The purchase order as it is now.")


@strawberry.input(description="What came of one line. A line may come in several lots.")
class ReceivedLineInput:
    line_id: strawberry.ID = strawberry.field(description="The line of the purchase order.")
    quantity: Decimal = strawberry.field(description="How much came, in `unit`; more than ordered is allowed.")
    unit: Unit | None = strawberry.field(default=UNSET, description="The line's unit if left out.")
    unit_cost: Decimal | None = strawberry.field(default=UNSET, description="Cost per `unit`; the line's if left out.")
    supplier_lot_number: str | None = strawberry.field(default=UNSET, description="As printed on the goods.")
    expires_on: date | None = strawberry.field(default=UNSET, description="The last usable day.")


@strawberry.input(description="A delivery of a purchase order, whole or in part.")
class ReceivePurchaseOrderInput:
    purchase_order_id: strawberry.ID = strawberry.field(description="The purchase order.")
    lines: list[ReceivedLineInput] = strawberry.field(description="What came; at least one line.")
    received_on: date | None = strawberry.field(default=UNSET, description="Today if left out; not in the future.")
    idempotency_key: str | None = key_field()


@success("The delivery was booked.")
class ReceivePurchaseOrderSuccess:
    purchase_order: PurchaseOrder = outcome("The purchase order as it is now.")
    lots: list[LazyLot] = outcome("A lot for each received line; none while lot tracking is off.")


@strawberry.type
class PurchaseQueries:
    purchase_order: PurchaseOrder | None = field(
        "A purchase order by its id; null if there is none.", resolver=resolvers.by_id, gate=OWNER_OR_MANAGER
    )
    purchase_orders: Connection[PurchaseOrder] | None = connection(
        "The bakery's purchase orders, newest first.",
        resolver=resolvers.listing,
        gate=OWNER_OR_MANAGER,
        filter=PurchaseOrderFilter,
    )


@strawberry.type
class PurchaseMutations:
    create_purchase_order = mutation(
        "Order from a supplier.",
        resolver=resolvers.create_purchase_order,
        input=CreatePurchaseOrderInput,
        success=CreatePurchaseOrderSuccess,
        gate=OWNER_OR_MANAGER,
    )
    set_purchase_order_status = mutation(
        "Order a draft, or cancel what is still to come; receiving sets the rest (R-4.1).",
        resolver=resolvers.set_purchase_order_status,
        input=SetPurchaseOrderStatusInput,
        success=SetPurchaseOrderStatusSuccess,
        gate=OWNER_OR_MANAGER,
    )
    receive_purchase_order = mutation(
        "Book a delivery: stock goes up, and each line becomes a lot while lot tracking is on.",
        resolver=resolvers.receive_purchase_order,
        input=ReceivePurchaseOrderInput,
        success=ReceivePurchaseOrderSuccess,
        gate=OWNER_OR_MANAGER,
    )
