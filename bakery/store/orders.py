"""Orders, their lines, and the allocations that link them to production batches (R-7.1 to R-7.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Executable, bindparam, delete, exists, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bakery.catalogue import Customer
from bakery.linking import Link
from bakery.lists import ArchivedFilter, OrderSort
from bakery.names import folded
from bakery.orders import Allocation, Order, OrderLine, OrderStatus, Relink
from bakery.store import tables
from bakery.store.drivers import IntegrityError
from bakery.store.given import among, given
from bakery.store.named import only_archived
from bakery.store.paging import Listing, or_undated
from bakery.store.partners import customer_columns
from bakery.store.session import Session
from bakery.store.statement import OURS, joined, records, tuples


def order_columns() -> list[ColumnElement[Any]]:
    """The fields of an `Order`, in order."""
    columns = tables.orders.c
    return [
        columns.id,
        columns.number,
        columns.customer_id,
        columns.status,
        columns.status_on,
        columns.due_on,
        columns.recorded_at,
        columns.archived_at,
    ]


def allocation_columns() -> list[ColumnElement[Any]]:
    """The fields of an `Allocation`, in order."""
    columns = tables.allocations.c
    return [columns.id, columns.order_id, columns.order_line_id, columns.batch_id, columns.quantity]


_COLUMNS, _LINES, _LINKS = tables.orders.c, tables.order_lines.c, tables.allocations.c
_ID = bindparam("order_id", type_=BigInteger())
_ORDERS = select(*order_columns()).where(_COLUMNS.bakery_id == OURS)
_BY_IDS = records(_ORDERS.where(among(_COLUMNS.id, "ids")), Order)
ORDERS_WITH_CUSTOMERS = tables.orders.outerjoin(
    tables.customers,
    (tables.customers.c.bakery_id == _COLUMNS.bakery_id) & (tables.customers.c.id == _COLUMNS.customer_id),
)
_WITH_CUSTOMERS = (
    select(*order_columns(), *customer_columns())
    .select_from(ORDERS_WITH_CUSTOMERS)
    .where(_COLUMNS.bakery_id == OURS)
    .order_by(_COLUMNS.id)
)
_ORDERS_WITH_CUSTOMERS = joined(_WITH_CUSTOMERS.where(among(_COLUMNS.id, "ids")), Order, Customer)
_ORDER_WITH_CUSTOMER = joined(
    _WITH_CUSTOMERS.where(_COLUMNS.number == bindparam("number", type_=_COLUMNS.number.type)), Order, Customer
)
_LOCK = records(_ORDERS.where(_COLUMNS.id == _ID).with_for_update(key_share=True), Order)
_ORDER_LINES = (
    select(_LINES.id, _LINES.order_id, _LINES.product_id, _LINES.quantity)
    .where(_LINES.bakery_id == OURS)
    .order_by(_LINES.id)
)
_LINES_OF_ORDERS = records(_ORDER_LINES.where(among(_LINES.order_id, "ids")), OrderLine)
_LINES_BY_IDS = records(_ORDER_LINES.where(among(_LINES.id, "ids")), OrderLine)
_ALLOCATIONS = (
    select(*allocation_columns()).where(_LINKS.bakery_id == OURS, _LINKS.freed_at.is_(None)).order_by(_LINKS.id)
)
_ALLOCATIONS_BY_IDS = records(_ALLOCATIONS.where(among(_LINKS.id, "ids")), Allocation)
_ALLOCATIONS_OF_ORDERS = records(_ALLOCATIONS.where(among(_LINKS.order_id, "ids")), Allocation)
_ALLOCATIONS_OF_BATCHES = records(_ALLOCATIONS.where(among(_LINKS.batch_id, "ids")), Allocation)
_SET_STATUS = tuples(
    update(tables.orders)
    .where(_COLUMNS.bakery_id == OURS, _COLUMNS.id == _ID)
    .values(
        status=bindparam("new_status", type_=_COLUMNS.status.type),
        status_on=bindparam("day", type_=_COLUMNS.status_on.type),
    )
)
_FREE = tuples(
    update(tables.allocations)
    .where(_LINKS.bakery_id == OURS, _LINKS.order_id == _ID, _LINKS.freed_at.is_(None))
    .values(
        freed_by=bindparam("actor", type_=_LINKS.freed_by.type),
        freed_at=bindparam("now", type_=_LINKS.freed_at.type),
        free_reason=bindparam("reason", type_=_LINKS.free_reason.type),
    )
)


def _insert_new(dialect: str) -> Executable:
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    columns = (*order_columns(), tables.orders.c.folded_number)
    given = {str(column.key): bindparam(f"new_{column.key}", type_=column.type) for column in columns}
    return insert(tables.orders).values(bakery_id=OURS, **given).on_conflict_do_nothing().returning(tables.orders.c.id)


_INSERT = tuples(_insert_new)


_RELINKS = tables.order_relinks.c
_RELINKS_OF_ORDERS = records(
    select(
        _RELINKS.id,
        _RELINKS.order_id,
        _RELINKS.automatic,
        _RELINKS.reason,
        _RELINKS.actor_id,
        _RELINKS.recorded_at,
    )
    .where(_RELINKS.bakery_id == OURS, among(_RELINKS.order_id, "ids"))
    .order_by(_RELINKS.id),
    Relink,
)
_CHANGED = given("changed", line=BigInteger(), product=BigInteger(), ordered=_LINES.quantity.type)
_CHANGE_LINES = tuples(
    update(tables.order_lines)
    .where(_LINES.bakery_id == OURS, _LINES.id == _CHANGED.c.line)
    .values(product_id=_CHANGED.c.product, quantity=_CHANGED.c.ordered)
)


@dataclass(frozen=True)
class Orders:
    session: Session

    async def add(
        self,
        *,
        number: str,
        customer_id: int | None,
        due_on: date | None,
        lines: Sequence[tuple[int, Decimal]],
        now: datetime,
    ) -> Order | None:
        """`lines` are product id and quantity. The order begins as a draft; None where its number is taken."""
        order_id, *line_ids = await self.session.numbers(1 + len(lines))
        order = Order(order_id, number, customer_id, OrderStatus.DRAFT, None, due_on, now)
        if not await self._insert(order):
            return None
        await self._add_lines(order_id, lines, line_ids)
        return order

    async def _add_lines(self, order_id: int, lines: Sequence[tuple[int, Decimal]], line_ids: Sequence[int]) -> None:
        await self.session.insert(
            tables.order_lines,
            [
                {
                    "bakery_id": self.session.bakery_id,
                    "id": line_id,
                    "order_id": order_id,
                    "product_id": product_id,
                    "quantity": quantity,
                }
                for line_id, (product_id, quantity) in zip(line_ids, lines, strict=True)
            ],
        )

    async def _insert(self, order: Order) -> bool:
        """Whether the order was inserted; its number is taken if not."""
        row = {**asdict(order), "folded_number": folded(order.number)}
        values = {f"new_{name}": value for name, value in row.items()}
        inserted = await self.session.read(_INSERT, **values)
        return bool(inserted)

    async def by_ids(self, ids: Sequence[int]) -> list[Order]:
        return await self.session.read(_BY_IDS, ids=ids)

    async def with_customers(self, ids: Sequence[int]) -> tuple[list[Order], dict[int, Customer]]:
        return await self.session.read(_ORDERS_WITH_CUSTOMERS, ids=ids)

    async def with_customer_by_number(self, number: str) -> tuple[list[Order], dict[int, Customer]]:
        return await self.session.read(_ORDER_WITH_CUSTOMER, number=number)

    async def lock(self, order_id: int) -> Order | None:
        return await self.session.first(_LOCK, order_id=order_id)

    async def lines(self, order_ids: Sequence[int]) -> list[OrderLine]:
        return await self.session.read(_LINES_OF_ORDERS, ids=order_ids)

    async def lines_by_ids(self, ids: Sequence[int]) -> list[OrderLine]:
        return await self.session.read(_LINES_BY_IDS, ids=ids)

    async def allocations_by_ids(self, ids: Sequence[int]) -> list[Allocation]:
        """Those that stand: what was freed is no link any more."""
        return await self.session.read(_ALLOCATIONS_BY_IDS, ids=ids)

    async def allocations_of_orders(self, order_ids: Sequence[int]) -> list[Allocation]:
        return await self.session.read(_ALLOCATIONS_OF_ORDERS, ids=order_ids)

    async def allocations_of_batches(self, batch_ids: Sequence[int]) -> list[Allocation]:
        return await self.session.read(_ALLOCATIONS_OF_BATCHES, ids=batch_ids)

    async def set_status(self, order_id: int, status: OrderStatus, on: date, actor_id: int, now: datetime) -> None:
        """Set the status of a locked order and keep who did it, when."""
        await self.session.write(_SET_STATUS, order_id=order_id, new_status=status, day=on)
        row = {
            "bakery_id": self.session.bakery_id,
            "id": await self.session.number(),
            "order_id": order_id,
            "status": status,
            "happened_on": on,
            "actor_id": actor_id,
            "recorded_at": now,
        }
        await self.session.insert(tables.order_status_changes, [row])

    async def link(self, order_id: int, links: Sequence[Link], actor_id: int, now: datetime) -> None:
        numbers = await self.session.numbers(len(links)) if links else []
        await self.session.insert(
            tables.allocations,
            [
                {
                    "bakery_id": self.session.bakery_id,
                    "id": number,
                    "order_id": order_id,
                    "order_line_id": link.line_id,
                    "batch_id": link.batch_id,
                    "quantity": link.quantity,
                    "linked_by": actor_id,
                    "linked_at": now,
                }
                for number, link in zip(numbers, links, strict=True)
            ],
        )

    async def free(self, order_id: int, reason: str, actor_id: int, now: datetime) -> None:
        """Free all allocations of a locked order; they stay as history."""
        await self.session.write(_FREE, order_id=order_id, actor=actor_id, now=now, reason=reason)

    async def days_of_filling(self, order_id: int) -> list[date]:
        """The days as of which the order was linked by the rule: when it became READY, then COMPLETED."""
        columns = tables.order_status_changes.c
        rows = await self.session.rows(
            select(columns.happened_on)
            .where(
                columns.bakery_id == self.session.bakery_id,
                columns.order_id == order_id,
                columns.status.in_([status for status in OrderStatus if status.links]),
            )
            .order_by(columns.id)
        )
        return [day for (day,) in rows]

    # ── relinks ───────────────────────────────────────────────────────────────────────────────────────────────────
    async def keep_relink(
        self,
        order_id: int,
        links_before: Sequence[Allocation],
        *,
        automatic: bool,
        reason: str,
        actor_id: int,
        now: datetime,
    ) -> None:
        """Keep that a locked order was linked anew, and the freed links that stood before."""
        relink = Relink(await self.session.number(), order_id, automatic, reason, actor_id, now)
        bakery_id = self.session.bakery_id
        await self.session.insert(tables.order_relinks, [{"bakery_id": bakery_id, **asdict(relink)}])
        await self.session.insert(
            tables.relinked_allocations,
            [{"bakery_id": bakery_id, "relink_id": relink.id, "allocation_id": item.id} for item in links_before],
        )

    async def relinks(self, order_ids: Sequence[int]) -> list[Relink]:
        """When and why the orders were linked anew, oldest first."""
        return await self.session.read(_RELINKS_OF_ORDERS, ids=order_ids)

    async def links_before(self, relink_ids: Sequence[int]) -> list[tuple[int, Allocation]]:
        """The links that each relink freed, with its id."""
        columns, allocations = tables.relinked_allocations.c, tables.allocations.c
        rows = await self.session.rows(
            select(columns.relink_id, *allocation_columns())
            .join(
                tables.allocations,
                (allocations.bakery_id == columns.bakery_id) & (allocations.id == columns.allocation_id),
            )
            .where(columns.bakery_id == self.session.bakery_id, self.session.among(columns.relink_id, relink_ids))
            .order_by(allocations.id)
        )
        return [(row[0], Allocation(*row[1:])) for row in rows]

    async def open_numbers(
        self, *, customer_id: int | None = None, product_id: int | None = None, limit: int
    ) -> list[str]:
        """Numbers of orders that are neither completed nor cancelled, of a customer or with a product."""
        columns, lines = tables.orders.c, tables.order_lines.c
        statement = select(columns.number).where(
            columns.bakery_id == self.session.bakery_id,
            columns.status.in_([status for status in OrderStatus if not status.is_final]),
        )
        if customer_id is not None:
            statement = statement.where(columns.customer_id == customer_id)
        if product_id is not None:
            has_product = exists().where(
                lines.bakery_id == columns.bakery_id, lines.order_id == columns.id, lines.product_id == product_id
            )
            statement = statement.where(has_product)
        return [number for (number,) in await self.session.rows(statement.order_by(columns.id).limit(limit))]

    async def was_ordered(self, product_id: int) -> bool:
        lines = tables.order_lines.c
        found = select(lines.id).where(lines.bakery_id == self.session.bakery_id, lines.product_id == product_id)
        return await self.session.scalar(found.limit(1)) is not None

    async def ever_linked(self, order_id: int) -> set[int]:
        """The lines of an order that are, or once were, linked to a batch: what is kept of that refers to them."""
        columns, lines = tables.allocations.c, tables.order_lines.c
        statement = (
            select(lines.id)
            .join(tables.allocations, (columns.bakery_id == lines.bakery_id) & (columns.order_line_id == lines.id))
            .where(lines.bakery_id == self.session.bakery_id, lines.order_id == order_id)
        )
        return {line_id for (line_id,) in await self.session.rows(statement)}

    async def keep(self, order: Order) -> bool:
        """Make a locked order what the record says; False, and the transaction is lost, where its number is taken."""
        columns = tables.orders.c
        changed = update(tables.orders).where(columns.bakery_id == self.session.bakery_id, columns.id == order.id)
        try:
            await self.session.execute(
                changed.values(
                    number=order.number,
                    folded_number=folded(order.number),
                    customer_id=order.customer_id,
                    due_on=order.due_on,
                    archived_at=order.archived_at,
                )
            )
            await self.session.flush()
        except IntegrityError:
            return False
        return True

    async def replace_lines(
        self,
        order_id: int,
        *,
        removed: Sequence[int],
        changed: Sequence[OrderLine],
        added: Sequence[tuple[int, Decimal]],
    ) -> None:
        """Change the lines of a locked order. Nothing is linked to what is removed; `added` as when it was new."""
        columns, bakery_id = tables.order_lines.c, self.session.bakery_id
        if removed:
            await self.session.execute(
                delete(tables.order_lines).where(
                    columns.bakery_id == bakery_id, self.session.among(columns.id, removed)
                )
            )
        if changed:
            rows = [(line.id, line.product_id, line.quantity) for line in changed]
            await self.session.write(_CHANGE_LINES, changed=rows)
        await self._add_lines(order_id, added, await self.session.numbers(len(added)) if added else [])

    def listing(
        self,
        *,
        status: Sequence[OrderStatus] = (),
        customer_id: int | None = None,
        due_from: date | None = None,
        due_to: date | None = None,
        search: str | None = None,
        archived: ArchivedFilter = ArchivedFilter.INCLUDED,
        of_customer: int | None = None,
        sort: OrderSort = OrderSort.NEWEST,
    ) -> Listing[Order]:
        """The orders that fit every filter given, of one of the statuses if any is named.

        `of_customer` says whose list it is, whatever the filter says.
        """
        columns = tables.orders.c
        statement = _ORDERS.where(*only_archived(columns.archived_at, archived))
        if status:
            statement = statement.where(columns.status.in_(status))
        for customer in (customer_id, of_customer):
            if customer is not None:
                statement = statement.where(columns.customer_id == customer)
        if due_from is not None:
            statement = statement.where(columns.due_on >= due_from)
        if due_to is not None:
            statement = statement.where(columns.due_on <= due_to)
        if search and (wanted := folded(search)):
            statement = statement.where(columns.folded_number.contains(wanted, autoescape=True))
        newest_first = sort is OrderSort.NEWEST
        keys = [columns.id] if newest_first else [or_undated(columns.due_on), columns.id]
        return Listing(self.session, Order, statement, keys, descending=newest_first, sort=sort.value)
