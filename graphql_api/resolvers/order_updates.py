"""Changes of open orders (R-7.1): what is linked stays, and no line gets smaller than that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Protocol

from bakery.catalogue import Product
from bakery.codes import CodeKind, has_form_of
from bakery.errors import InvalidInput
from bakery.orders import Order, OrderLine
from bakery.quantity import ZERO, plain
from bakery.store.tables import NUMBER_LENGTH
from graphql_api.context import Work
from graphql_api.refs import Outcome, Ref
from graphql_api.resolvers.changes import KEEP, Update, updated
from graphql_api.resolvers.checks import Checks


class ChangedLineInput(Protocol):
    line_id: str | None
    product_id: str
    quantity: Decimal


@dataclass
class NewLines:
    """What becomes of an order's lines."""

    changed: list[OrderLine] = field(default_factory=list)
    added: list[tuple[int, Decimal]] = field(default_factory=list)


async def update_order(
    work: Work,
    *,
    order_id: str,
    number: Update[str | None],
    customer_id: Update[str | None],
    due_on: Update[date | None],
    lines: Update[Sequence[ChangedLineInput] | None],
) -> Outcome:
    """Lines are given as a whole: those with an id stay, those without are new, the rest goes."""
    checks = Checks()
    wanted = checks.id("orderId", order_id, "Order")
    order = checks.require("orderId", await work.store.orders.lock(wanted), wanted, "Order")
    if order.status.is_final:
        checks.refuse("orderId", f"Order {order.number} is {order.status.value}; only an open order can be changed.")
    changed = replace(
        order,
        number=updated(number, order.number, partial(_number, checks, order)),
        due_on=updated(due_on, order.due_on, partial(checks.calendar_day, "dueOn")),
    )
    if customer_id is not KEEP:
        changed = replace(changed, customer_id=await _customer(work, checks, order, customer_id))
    if lines is not KEEP:
        await _replace_lines(work, checks, order, lines or [])
    checks.done()
    if not await work.store.orders.keep(changed):
        raise InvalidInput.at("number", f"There is an order {changed.number} already. Give another number.")
    return Outcome(order=Ref("Order", order.id))


def _number(checks: Checks, order: Order, number: str | None) -> str:
    name = checks.name("number", number, NUMBER_LENGTH)
    # What was counted stays, since a number that is missing would look like an order that is missing.
    if name != order.number and has_form_of(CodeKind.ORDER, order.number):
        checks.refuse("number", f"{order.number} was counted by the bakery, without gaps, and stays.")
    return name


async def _customer(work: Work, checks: Checks, order: Order, customer_id: str | None) -> int | None:
    customer = checks.optional_id("customerId", customer_id, "Customer")
    if customer is not None:
        found = next(iter(await work.store.customers.by_ids([customer])), None)
        check = checks.exists if customer == order.customer_id else checks.in_use
        check("customerId", found, customer, "Customer")
    return customer


async def _replace_lines(work: Work, checks: Checks, order: Order, lines: Sequence[ChangedLineInput]) -> None:
    """Check the lines and write them down, if nothing at all was refused."""
    current = {line.id: line for line in await work.store.orders.lines([order.id])}
    ever_linked = await work.store.orders.ever_linked(order.id)
    linked: dict[int, Decimal] = {}
    for allocation in await work.store.orders.allocations_of_orders([order.id]):
        linked[allocation.order_line_id] = linked.get(allocation.order_line_id, ZERO) + allocation.quantity
    lines = checks.lines("lines", lines)
    ids = [checks.id(f"lines[{i}].productId", line.product_id, "Product") for i, line in enumerate(lines)]
    products = {product.id: product for product in await work.store.products.by_ids(ids)}
    new = NewLines()
    for index, (line, product_id) in enumerate(zip(lines, ids, strict=True)):
        path = f"lines[{index}]"
        old = _current_line(checks, path, line, current, new)
        _check_product(checks, path, products.get(product_id), product_id, old, ever_linked)
        quantity = checks.quantity(f"{path}.quantity", line.quantity)
        if old is None:
            new.added.append((product_id, quantity))
            continue
        least = linked.get(old.id, ZERO)
        if quantity < least:
            checks.refuse(f"{path}.quantity", f"{plain(least)} of it is linked to batches; give that or more.")
        new.changed.append(replace(old, product_id=product_id, quantity=quantity))
    removed = sorted(current.keys() - {line.id for line in new.changed})
    checks.done()
    if ever_linked.intersection(removed):
        message = "A line that is, or was, linked to batches is missing: that stays on record. List it by its `lineId`."
        raise InvalidInput.at("lines", message)
    await work.store.orders.replace_lines(order.id, removed=removed, changed=new.changed, added=new.added)


def _current_line(
    checks: Checks, path: str, line: ChangedLineInput, current: dict[int, OrderLine], new: NewLines
) -> OrderLine | None:
    """The line of the order that a line of the input means; None for a new one."""
    line_id = checks.optional_id(f"{path}.lineId", line.line_id, "OrderLine")
    if line_id is None:
        return None
    if any(other.id == line_id for other in new.changed):
        checks.refuse(f"{path}.lineId", "This line is listed twice.")
    return checks.exists(f"{path}.lineId", current.get(line_id), line_id, "OrderLine")


def _check_product(
    checks: Checks,
    path: str,
    product: Product | None,
    product_id: int,
    old: OrderLine | None,
    ever_linked: set[int],
) -> None:
    path = f"{path}.productId"
    if old is not None and old.product_id == product_id:
        return
    if checks.in_use(path, product, product_id, "Product") and old is not None and old.id in ever_linked:
        checks.refuse(path, "The line is, or was, linked to batches of another product. Add a new line instead.")
