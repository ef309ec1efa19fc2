"""Customers' orders: creation and status (R-7.1, R-7.3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from strawberry import Parent

from bakery.catalogue import Customer
from bakery.codes import CodeKind
from bakery.errors import InvalidInput
from bakery.lists import ArchivedFilter, OrderSort
from bakery.orders import Allocation, Order, OrderLine, OrderStatus
from bakery.quantity import ZERO
from bakery.store.paging import Listing
from bakery.store.tables import NUMBER_LENGTH
from graphql_api.context import Info, Work
from graphql_api.refs import Outcome, Ref
from graphql_api.resolvers import links
from graphql_api.resolvers.checks import Checks, storable


class OrderLineInput(Protocol):
    product_id: str
    quantity: Decimal


async def create_order(
    work: Work,
    *,
    number: str | None,
    customer_id: str | None,
    lines: Sequence[OrderLineInput],
    due_on: date | None,
) -> Outcome:
    """A draft. Without a customer it is a counter sale; without a number it gets the next `ORD-…`."""
    checks = Checks()
    if number is not None:
        number = checks.name("number", number, NUMBER_LENGTH)
    customer = checks.optional_id("customerId", customer_id, "Customer")
    if customer is not None:
        found_customers = await work.store.customers.by_ids([customer])
        checks.in_use("customerId", next(iter(found_customers), None), customer, "Customer")
    due_on = checks.calendar_day("dueOn", due_on)
    lines = checks.lines("lines", lines)
    ids = [checks.id(f"lines[{i}].productId", line.product_id, "Product") for i, line in enumerate(lines)]
    found = {product.id: product for product in await work.store.products.by_ids(ids)}
    ordered = []
    for index, (line, product_id) in enumerate(zip(lines, ids, strict=True)):
        path = f"lines[{index}]"
        checks.in_use(f"{path}.productId", found.get(product_id), product_id, "Product")
        ordered.append((product_id, checks.quantity(f"{path}.quantity", line.quantity)))
    checks.done()
    order = None
    while order is None:
        # A number of the bakery's own choosing may look like the next code: then the one after it is tried.
        given = number or (await work.store.codes.next(CodeKind.ORDER, work.today))[0]
        order = await work.store.orders.add(
            number=given, customer_id=customer, due_on=due_on, lines=ordered, now=work.now
        )
        if order is None and number is not None:
            raise InvalidInput.at("number", f"There is an order {number} already. Give another number.")
    return Outcome(order=Ref("Order", order.id))


async def set_order_status(work: Work, *, order_id: str, status: OrderStatus, on: date | None) -> Outcome:
    """Move an order forward, or cancel it; the status that it has already changes nothing.

    Reaching `READY` or `COMPLETED` links what is still unlinked; cancelling frees the order's allocations.
    """
    checks = Checks()
    wanted = checks.id("orderId", order_id, "Order")
    day = checks.past_day("on", on, work.today)
    order = checks.require("orderId", await work.store.orders.lock(wanted), wanted, "Order")
    if status is order.status:
        checks.done()
        return Outcome(order=Ref("Order", order.id))
    if not order.status.may_become(status):
        final = " This status is final." if order.status.is_final else " An order only moves forward."
        checks.refuse("status", f"The order is {order.status.value} and cannot become {status.value}.{final}")
    elif order.status_on is not None and day < order.status_on:
        checks.refuse("on", f"{day} is before {order.status_on}, the day it became {order.status.value}.")
    checks.done()
    await work.store.orders.set_status(order.id, status, day, work.actor_id, work.now)
    if status.links:
        await links.link_order(work, order, day)
    elif status is OrderStatus.CANCELLED:
        await links.free_order(work, order, "Order cancelled", day)
    return Outcome(order=Ref("Order", order.id))


# ── reads ─────────────────────────────────────────────────────────────────────────────────────────────────────────
async def by_number(root: object, info: Info, number: str) -> Order | None:
    return await info.context.loaders.order_by_number(number) if storable(number) else None


async def allocations_of_line(line: Parent[OrderLine], info: Info) -> list[Allocation]:
    allocations = await info.context.loaders.allocations_of_order.load(line.order_id)
    return [allocation for allocation in allocations if allocation.order_line_id == line.id]


async def line_of_allocation(allocation: Parent[Allocation], info: Info) -> OrderLine:
    lines = await info.context.loaders.order_lines.load(allocation.order_id)
    return next(line for line in lines if line.id == allocation.order_line_id)


async def linked_quantity(line: Parent[OrderLine], info: Info) -> Decimal:
    return sum((allocation.quantity for allocation in await allocations_of_line(line, info)), ZERO)


async def listing(root: object, info: Info, *, sort: OrderSort, **filter: Any) -> Listing[Order]:
    return await _listing(info, sort, **filter)


async def of_customer(customer: Parent[Customer], info: Info, *, sort: OrderSort, **filter: Any) -> Listing[Order]:
    return await _listing(info, sort, of_customer=customer.id, **filter)


async def _listing(
    info: Info,
    sort: OrderSort,
    *,
    customer_id: str | None = None,
    due_from: date | None = None,
    due_to: date | None = None,
    search: str | None = None,
    status: Sequence[OrderStatus] | None = None,
    archived: ArchivedFilter | None = None,
    of_customer: int | None = None,
) -> Listing[Order]:
    checks = Checks()
    customer = checks.optional_id("filter.customerId", customer_id, "Customer")
    search = checks.search(search)
    checks.done()
    return (await info.context.reading()).orders.listing(
        status=status or (),
        customer_id=customer,
        due_from=due_from,
        due_to=due_to,
        search=search,
        archived=archived or ArchivedFilter.EXCLUDED,
        of_customer=of_customer,
        sort=sort,
    )
