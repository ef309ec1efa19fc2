"""Customers' orders: creation, status, links to production batches (R-7.1, R-7.3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from strawberry import Parent

from bakery.catalogue import Customer, Ingredient, Product
from bakery.codes import CodeKind
from bakery.errors import InvalidInput
from bakery.linking import Link, OpenLine, Supply, link, oldest_usable_day
from bakery.lists import ArchivedFilter, OrderSort
from bakery.lots import Lot, MovementKind
from bakery.orders import Allocation, Order, OrderLine, OrderStatus
from bakery.production import ProductionBatch
from bakery.quantity import ZERO
from bakery.store.ledger import Entry
from bakery.store.lots import Change
from bakery.store.paging import Listing
from bakery.store.tables import NUMBER_LENGTH
from graphql_api.context import Info, Work
from graphql_api.refs import Outcome, Ref
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
        await _link(work, order, day)
    elif status is OrderStatus.CANCELLED:
        await _free(work, order, "Order cancelled")
    return Outcome(order=Ref("Order", order.id))


async def _link(work: Work, order: Order, on: date) -> None:
    """Link what is unlinked of an order's lines to the oldest batches of their products, as of the day `on`."""
    linked: dict[int, Decimal] = {}
    for allocation in await work.store.orders.allocations_of_orders([order.id]):
        linked[allocation.order_line_id] = linked.get(allocation.order_line_id, ZERO) + allocation.quantity
    open_lines = [
        OpenLine(line.id, line.product_id, line.quantity - linked.get(line.id, ZERO))
        for line in await work.store.orders.lines([order.id])
    ]
    open_lines = [line for line in open_lines if line.unlinked > 0]
    if not open_lines:
        return
    products = {
        product.id: product for product in await work.store.products.by_ids([line.product_id for line in open_lines])
    }
    stock = await work.store.ingredients.lock(_made_by(products.values()))
    batches = await work.store.production.linkable(
        list(products),
        {product.id: oldest_usable_day(on, product.shelf_life_days) for product in products.values()},
        on,
    )
    outputs = await _outputs(work, batches)
    links = link(open_lines, _supplies(batches, products, outputs, stock))
    await work.store.orders.link(order.id, links, work.actor_id, work.now)
    await _move(work, order, links, {batch.id: batch for batch in batches}, products, outputs, on, sign=1)


def _supplies(
    batches: Sequence[ProductionBatch],
    products: dict[int, Product],
    outputs: dict[int, Lot],
    stock: dict[int, Ingredient],
) -> list[Supply]:
    """What each batch has left. Of an intermediate's, no more than its lot or, without one, untracked stock holds."""
    untracked = {ingredient_id: max(ingredient.untracked, ZERO) for ingredient_id, ingredient in stock.items()}
    supplies = []
    for batch in sorted(batches, key=lambda batch: (batch.produced_on, batch.id)):
        left = batch.quantity - batch.quantity_allocated - batch.quantity_written_off
        made_id = products[batch.product_id].makes_ingredient_id
        if batch.id in outputs:
            left = min(left, outputs[batch.id].quantity_remaining)
        elif made_id is not None:
            left = min(left, untracked[made_id])
            untracked[made_id] -= left
        supplies.append(Supply(batch.id, batch.product_id, batch.produced_on, left))
    return supplies


async def _free(work: Work, order: Order, reason: str) -> None:
    """Free all allocations of an order; an intermediate's go back to lot and stock (R-7.3, R-4.4)."""
    allocations = await work.store.orders.allocations_of_orders([order.id])
    if not allocations:
        return
    batches = {
        batch.id: batch for batch in await work.store.production.by_ids(sorted({item.batch_id for item in allocations}))
    }
    products = {
        product.id: product
        for product in await work.store.products.by_ids(sorted({batch.product_id for batch in batches.values()}))
    }
    await work.store.ingredients.lock(_made_by(products.values()))
    await work.store.production.lock(sorted(batches))
    outputs = await _outputs(work, list(batches.values()))
    await work.store.orders.free(order.id, reason, work.actor_id, work.now)
    freed = [Link(item.order_line_id, item.batch_id, item.quantity) for item in allocations]
    await _move(work, order, freed, batches, products, outputs, work.today, sign=-1)


async def _move(
    work: Work,
    order: Order,
    links: Sequence[Link],
    batches: dict[int, ProductionBatch],
    products: dict[int, Product],
    outputs: dict[int, Lot],
    on: date,
    *,
    sign: int,
) -> None:
    """Book links (`sign` 1) or their undoing (−1) to batches and, for intermediates, to lots, stock and ledger."""
    by_batch: dict[int, Decimal] = {}
    for item in links:
        by_batch[item.batch_id] = by_batch.get(item.batch_id, ZERO) + sign * item.quantity
    await work.store.production.allocate(by_batch)
    sold_lots: dict[int, Decimal] = {}
    changes: dict[int, tuple[Decimal, Decimal]] = {}
    entries = []
    for batch_id, quantity in by_batch.items():
        made_id = products[batches[batch_id].product_id].makes_ingredient_id
        if made_id is None:
            continue
        lot = outputs.get(batch_id)
        tracked, untracked = changes.get(made_id, (ZERO, ZERO))
        if lot is None:
            untracked -= quantity
        else:
            tracked -= quantity
            sold_lots[lot.id] = quantity
        changes[made_id] = (tracked, untracked)
        entries.append(
            Entry(
                MovementKind.SALE if sign > 0 else MovementKind.REVERSAL,
                made_id,
                -quantity,
                lot_id=lot.id if lot else None,
                unit_cost=lot.unit_cost if lot else None,
                batch_id=batch_id,
                order_id=order.id,
                note=f"Order {order.number}",
            )
        )
    await work.store.lots.change(Change.CONSUMED, sold_lots)
    await work.store.ingredients.change_stock(changes)
    await work.store.ledger.book(entries, actor_id=work.actor_id, happened_at=work.instant_of(on), now=work.now)


def _made_by(products: Iterable[Product]) -> list[int]:
    """The ingredients that intermediates make: what to lock, since their stock moves with their batches."""
    return sorted({product.makes_ingredient_id for product in products if product.makes_ingredient_id is not None})


async def _outputs(work: Work, batches: Sequence[ProductionBatch]) -> dict[int, Lot]:
    """The lots that intermediates' batches made, by batch."""
    lots = await work.store.lots.by_origin([batch.id for batch in batches])
    return {lot.origin_batch_id: lot for lot in lots if lot.origin_batch_id is not None}


# ── reads ─────────────────────────────────────────────────────────────────────────────────────────────────────────
async def by_number(root: object, info: Info, number: str) -> Order | None:
    return await (await info.context.reading()).orders.by_number(number) if storable(number) else None


async def allocations_of_line(line: Parent[OrderLine], info: Info) -> list[Allocation]:
    allocations = await info.context.loaders.allocations_of_order.load(line.order_id)
    return [allocation for allocation in allocations if allocation.order_line_id == line.id]


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


async def lines(order: Parent[Order], info: Info) -> list[OrderLine]:
    return await info.context.loaders.order_lines.load(order.id)
