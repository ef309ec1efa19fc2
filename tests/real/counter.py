"""A day's tickets as orders: made, ready, handed over; a few are cancelled on the way."""

from datetime import timedelta
from decimal import Decimal
from enum import Enum

from tests.real import documents
from tests.real.bakery_plan import PlannedDay
from tests.real.client import Json, Role
from tests.real.records import OrderBook, OrderLine, Person
from tests.real.sales import Ticket
from tests.real.shop import Shop, plain

COUNTER_SALE_CHANCE = 0.1
CANCELLED_CHANCE = 0.02


class Fate(Enum):
    """How an order ends."""

    COMPLETED = ("READY", "COMPLETED")
    CANCELLED_EARLY = ("CANCELLED",)
    # Its bread goes back on the shelf.
    CANCELLED_LATE = ("READY", "CANCELLED")


async def sell(shop: Shop, planned: PlannedDay) -> None:
    """All orders of the day, several clients at once."""
    await shop.in_parallel(planned.trading.tickets, lambda ticket: _serve(shop, ticket))


def customer_of(shop: Shop, ticket: Ticket) -> Person | None:
    """Whose ticket it is; nobody's for a counter sale. Regulars come far more often than others."""
    random = shop.random("ticket", ticket.number)
    if random.random() < COUNTER_SALE_CHANCE:
        return None
    return shop.books.customers[int(len(shop.books.customers) * random.random() ** 2)]


def fate_of(shop: Shop, ticket: Ticket) -> Fate:
    """How the ticket's order ends."""
    chance = shop.random("fate", ticket.number).random()
    if chance >= CANCELLED_CHANCE:
        return Fate.COMPLETED
    return Fate.CANCELLED_EARLY if chance < CANCELLED_CHANCE / 2 else Fate.CANCELLED_LATE


async def _serve(shop: Shop, ticket: Ticket) -> None:
    order = await _create(shop, ticket)
    for status in fate_of(shop, ticket).value:
        # Staff hand over; to cancel takes a manager.
        role = Role.MANAGER if status == "CANCELLED" else Role.STAFF
        entry: Json = {"orderId": order.id, "status": status, "on": ticket.day.isoformat()}
        answer = (await shop.client.ask(documents.SET_ORDER_STATUS, {"input": entry}, role))["order"]
        order.status = answer["status"]
        shop.books.expect(order.status == status, f"order {order.number} is {order.status}, not {status}")
        _book_links(shop, order, answer["lines"])


async def _create(shop: Shop, ticket: Ticket) -> OrderBook:
    customer = customer_of(shop, ticket)
    entry: Json = {
        "number": str(ticket.number),
        "lines": [
            {"productId": shop.books.product_ids[item], "quantity": str(pieces)}
            for item, pieces in ticket.items.items()
        ],
        "dueOn": ticket.day.isoformat(),
    }
    if customer:
        entry["customerId"] = customer.id
    answer = (await shop.client.ask(documents.CREATE_ORDER, {"input": entry}, Role.MANAGER))["order"]
    lines: dict[str, OrderLine] = {}
    for line in answer["lines"]:
        product = shop.products_by_id[line["product"]["id"]]
        lines[line["id"]] = OrderLine(product, Decimal(ticket.items[product.key]))
    shop.books.expect(
        answer["number"] == str(ticket.number) and len(lines) == len(ticket.items),
        f"ticket {ticket.number} became {answer}",
    )
    order = OrderBook(answer["id"], ticket.number, ticket.day, customer, lines)
    shop.books.orders[order.number] = order
    return order


def _book_links(shop: Shop, order: OrderBook, lines: list[Json]) -> None:
    """Book which batches the order's lines hold, after looking at each by R-7.1 and R-7.3."""
    allocations: dict[str, Decimal] = {}
    for entry in lines:
        line = order.lines[entry["id"]]
        linked = Decimal(0)
        for allocation in entry["allocations"]:
            code, quantity = allocation["batch"]["code"], Decimal(allocation["quantity"])
            allocations[code] = allocations.get(code, Decimal(0)) + quantity
            linked += quantity
            _look_at_link(shop, order, line, code)
        # More is baked than is sold, so nothing that was baked may stay unlinked.
        expected = line.quantity if line.product.lines and order.status != "CANCELLED" else Decimal(0)
        found = Decimal(entry["linkedQuantity"])
        shop.books.expect(
            linked == found == expected,
            f"order {order.number} {order.status}: {line.product.name} is linked with {plain(found)}, by its "
            f"allocations {plain(linked)}, not {plain(expected)}",
        )
    shop.books.link(order, allocations)


def _look_at_link(shop: Shop, order: OrderBook, line: OrderLine, code: str) -> None:
    batch = shop.books.batches[code]
    oldest = order.day - timedelta(days=batch.product.shelf_life_days or 0)
    shop.books.expect(
        batch.product is line.product and oldest <= batch.produced_on <= order.day,
        f"order {order.number} of {order.day} holds {code}: {batch.product.name} of {batch.produced_on} "
        f"for its line of {line.product.name}",
    )
