"""Customers' orders (R-7.1)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import strawberry
from strawberry import UNSET

from bakery.lists import OrderSort
from bakery.orders import Allocation as AllocationRecord
from bakery.orders import Order as OrderRecord
from bakery.orders import OrderLine as OrderLineRecord
from bakery.orders import OrderStatus
from bakery.orders import Relink as RelinkRecord
from graphql_api.execution.costs import TRACE, costs
from graphql_api.resolvers import links, order_updates, traces
from graphql_api.resolvers import orders as resolvers
from graphql_api.schema.archive import Archivable, archived_at
from graphql_api.schema.fields import Connection, Node, change, connection, field, loaded, reference, view
from graphql_api.schema.filters import OrderFilter
from graphql_api.schema.gates import AN_ORDER, ORDERS, OWNER_OR_MANAGER, STAFF_AND_UP, TRACES, TRACES_AND_STAFF
from graphql_api.schema.lazy import LazyTrace
from graphql_api.schema.mutations import key_field, mutation, outcome, success
from graphql_api.schema.partners import Customer
from graphql_api.schema.people import Member
from graphql_api.schema.production import ProductionBatch
from graphql_api.schema.products import Product


@view(AllocationRecord, "A quantity of a production batch that went to an order line.", node=TRACES_AND_STAFF)
class Allocation(Node):
    quantity: Decimal = field("How much, in the product's unit.")
    batch: ProductionBatch = reference("The batch it came from.", "ProductionBatch", "batch_id")
    order: Order = reference("The order it went to.", "Order", "order_id")
    line: OrderLine = field("The line of the order that it fills.", resolver=resolvers.line_of_allocation)


@view(OrderLineRecord, "One ordered product.", node=AN_ORDER)
class OrderLine(Node):
    product: Product = reference("What was ordered.", "Product", "product_id")
    quantity: Decimal = field("How much, in the product's unit.")
    linked_quantity: Decimal | None = field(
        "How much of it is linked to production batches.", resolver=resolvers.linked_quantity, gate=TRACES_AND_STAFF
    )
    allocations: list[Allocation] | None = field(
        "The production batches it was filled from.",
        resolver=resolvers.allocations_of_line,
        gate=TRACES_AND_STAFF,
        cost=costs(size=3),
    )


@view(RelinkRecord, "That somebody linked an order anew (R-7.2).")
class OrderRelink:
    actor: Member = reference("Who did it.", "Member", "actor_id")
    recorded_at: datetime = field("When.")
    reason: str = field("Why.")
    automatic: bool = field("Whether the batches were chosen by the rule (R-7.1), and not by hand.")
    links_before: list[Allocation] = field(
        "The links that stood before it.", resolver=links.links_before, cost=costs(size=5)
    )


@view(OrderRecord, "A customer's order.", node=AN_ORDER)
class Order(Archivable):
    number: str = field("Its number in this bakery.")
    status: OrderStatus = field("Where it stands.")
    due_on: date | None = field("The day it is wanted.")
    recorded_at: datetime = field("When it was recorded.")
    archived_at: datetime | None = archived_at(STAFF_AND_UP)
    customer: Customer | None = reference("Who ordered; null for a counter sale.", "Customer", "customer_id")
    lines: list[OrderLine] = loaded("What was ordered.", lambda loaders: loaders.order_lines, size=5)
    trace: LazyTrace | None = field(
        "What went into it, at any depth.", resolver=traces.of_order, gate=TRACES, cost=TRACE
    )
    link_history: list[OrderRelink] | None = loaded(
        "Who linked it anew, when and why, with the links before; oldest first.",
        lambda loaders: loaders.relinks_of_order,
        gate=OWNER_OR_MANAGER,
        size=3,
    )


@strawberry.input(description="A product to order.")
class OrderLineInput:
    product_id: strawberry.ID = strawberry.field(description="The product.")
    quantity: Decimal = strawberry.field(description="How much, in the product's unit.")


@strawberry.input(description="A customer's order.")
class CreateOrderInput:
    lines: list[OrderLineInput] = strawberry.field(description="What is ordered; at least one line.")
    number: str | None = strawberry.field(
        default=UNSET, description="Up to 64 characters, not used before; the next ORD-YYMMDD-NNN if left out."
    )
    customer_id: strawberry.ID | None = strawberry.field(default=UNSET, description="None for a counter sale.")
    due_on: date | None = strawberry.field(default=UNSET, description="The day it is wanted.")


@success("The order was recorded, as a draft.")
class CreateOrderSuccess:
    order: Order = outcome("The new order.")


@strawberry.input(description="A line of an order that is changed.")
class ChangedOrderLineInput:
    line_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description="The line that stays, with what is linked to it; a new line if left out."
    )
    product_id: strawberry.ID = strawberry.field(
        description="The product; another one only where the line was never linked."
    )
    quantity: Decimal = strawberry.field(
        description="How much, in the product's unit; not less than what is linked to the line."
    )


@strawberry.input(description="Changes of an open order.")
class UpdateOrderInput:
    order_id: strawberry.ID = strawberry.field(description="The order; neither completed nor cancelled.")
    number: str | None = change(
        "Up to 64 characters, not used before; never null. A number of the form ORD-YYMMDD-NNN stays."
    )
    customer_id: strawberry.ID | None = change("Who orders; null makes it a counter sale.")
    due_on: date | None = change("The day it is wanted; null takes it away.")
    lines: list[ChangedOrderLineInput] | None = change(
        "All its lines from now on, at least one: a line that is missing is taken away, unless it was ever linked."
    )


@success("The order was changed.")
class UpdateOrderSuccess:
    order: Order = outcome("The order as it is now.")


@strawberry.input(description="A step of an order.")
class SetOrderStatusInput:
    order_id: strawberry.ID = strawberry.field(description="The order.")
    status: OrderStatus = strawberry.field(description="What it becomes: forward, or cancelled.")
    on: date | None = strawberry.field(default=UNSET, description="The day of the step: today if left out, or earlier.")
    idempotency_key: str | None = key_field()


@success("The order has the status.")
class SetOrderStatusSuccess:
    order: Order = outcome("The order with its links.")


@strawberry.type
class OrderQueries:
    order: Order | None = field(
        "An order by its number; null if there is none.", resolver=resolvers.by_number, gate=AN_ORDER
    )
    orders: Connection[Order] | None = connection(
        "The bakery's orders.",
        resolver=resolvers.listing,
        gate=ORDERS,
        filter=OrderFilter,
        sort=OrderSort.NEWEST,
    )


@strawberry.type
class OrderMutations:
    create_order = mutation(
        "Record a customer's order.",
        resolver=resolvers.create_order,
        input=CreateOrderInput,
        success=CreateOrderSuccess,
        gate=OWNER_OR_MANAGER,
    )
    update_order = mutation(
        "Change an open order. What is left out stays as it is; null takes an optional value away.",
        resolver=order_updates.update_order,
        input=UpdateOrderInput,
        success=UpdateOrderSuccess,
        gate=OWNER_OR_MANAGER,
    )
    set_order_status = mutation(
        "Move an order forward or cancel it. Ready and completed link it to production batches (R-7.1).",
        resolver=resolvers.set_order_status,
        input=SetOrderStatusInput,
        success=SetOrderStatusSuccess,
        gate=STAFF_AND_UP,
        gate_of=lambda input: OWNER_OR_MANAGER if input.status is OrderStatus.CANCELLED else None,
    )
