"""Orders, their lines, and the allocations that link them to production batches (R-7.1 to R-7.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, delete, exists, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from bakery.linking import Link
from bakery.lists import ArchivedFilter, OrderSort
from bakery.orders import Allocation, Order, OrderLine, OrderStatus, Relink
from bakery.store import tables
from bakery.store.named import only_archived
from bakery.store.paging import Listing, or_undated
from bakery.store.session import Session


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


@dataclass(frozen=True)
class Orders:
    session: Session

    def _select(self) -> Select[Any]:
        return select(*order_columns()).where(tables.orders.c.bakery_id == self.session.bakery_id)

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
        await self.session.execute(
            insert(tables.order_lines),
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
        insert_new = sqlite.insert if self.session.is_sqlite else postgresql.insert
        statement = insert_new(tables.orders).values(self._row(order)).on_conflict_do_nothing()
        return bool(await self.session.rows(statement.returning(tables.orders.c.id)))

    def _row(self, order: Order) -> dict[str, Any]:
        return {"bakery_id": self.session.bakery_id, **asdict(order)}

    async def by_ids(self, ids: Sequence[int]) -> list[Order]:
        chosen = self.session.among(tables.orders.c.id, ids)
        return await self.session.records(Order, self._select().where(chosen))

    async def by_number(self, number: str) -> Order | None:
        return await self.session.record(Order, self._select().where(tables.orders.c.number == number))

    async def lock(self, order_id: int) -> Order | None:
        chosen = self._select().where(tables.orders.c.id == order_id)
        return await self.session.record(Order, chosen.with_for_update(key_share=True))

    async def lines(self, order_ids: Sequence[int]) -> list[OrderLine]:
        return await self._lines(tables.order_lines.c.order_id, order_ids)

    async def _lines(self, column: ColumnElement[Any], ids: Sequence[int]) -> list[OrderLine]:
        columns = tables.order_lines.c
        return await self.session.records(
            OrderLine,
            select(columns.id, columns.order_id, columns.product_id, columns.quantity)
            .where(columns.bakery_id == self.session.bakery_id, self.session.among(column, ids))
            .order_by(columns.id),
        )

    async def lines_by_ids(self, ids: Sequence[int]) -> list[OrderLine]:
        return await self._lines(tables.order_lines.c.id, ids)

    async def allocations_by_ids(self, ids: Sequence[int]) -> list[Allocation]:
        """Those that stand: what was freed is no link any more."""
        return await self._allocations(tables.allocations.c.id, ids)

    async def allocations_of_orders(self, order_ids: Sequence[int]) -> list[Allocation]:
        return await self._allocations(tables.allocations.c.order_id, order_ids)

    async def allocations_of_batches(self, batch_ids: Sequence[int]) -> list[Allocation]:
        return await self._allocations(tables.allocations.c.batch_id, batch_ids)

    async def _allocations(self, column: ColumnElement[Any], ids: Sequence[int]) -> list[Allocation]:
        columns = tables.allocations.c
        return await self.session.records(
            Allocation,
            select(*allocation_columns())
            .where(
                columns.bakery_id == self.session.bakery_id,
                self.session.among(column, ids),
                columns.freed_at.is_(None),
            )
            .order_by(columns.id),
        )

    async def set_status(self, order_id: int, status: OrderStatus, on: date, actor_id: int, now: datetime) -> None:
        """Set the status of a locked order and keep who did it, when."""
        bakery_id = self.session.bakery_id
        await self.session.execute(
            update(tables.orders)
            .where(tables.orders.c.bakery_id == bakery_id, tables.orders.c.id == order_id)
            .values(status=status, status_on=on)
        )
        await self.session.execute(
            insert(tables.order_status_changes).values(
                bakery_id=bakery_id,
                id=await self.session.number(),
                order_id=order_id,
                status=status,
                happened_on=on,
                actor_id=actor_id,
                recorded_at=now,
            )
        )

    async def link(self, order_id: int, links: Sequence[Link], actor_id: int, now: datetime) -> None:
        numbers = await self.session.numbers(len(links)) if links else []
        await self.session.execute(
            insert(tables.allocations),
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
        columns = tables.allocations.c
        await self.session.execute(
            update(tables.allocations)
            .where(
                columns.bakery_id == self.session.bakery_id,
                columns.order_id == order_id,
                columns.freed_at.is_(None),
            )
            .values(freed_by=actor_id, freed_at=now, free_reason=reason)
        )

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
        return [row.happened_on for row in rows]

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
        await self.session.execute(insert(tables.order_relinks).values(bakery_id=bakery_id, **asdict(relink)))
        await self.session.execute(
            insert(tables.relinked_allocations),
            [{"bakery_id": bakery_id, "relink_id": relink.id, "allocation_id": item.id} for item in links_before],
        )

    async def relinks(self, order_ids: Sequence[int]) -> list[Relink]:
        """When and why the orders were linked anew, oldest first."""
        columns = tables.order_relinks.c
        return await self.session.records(
            Relink,
            select(
                columns.id,
                columns.order_id,
                columns.automatic,
                columns.reason,
                columns.actor_id,
                columns.recorded_at,
            )
            .where(columns.bakery_id == self.session.bakery_id, self.session.among(columns.order_id, order_ids))
            .order_by(columns.id),
        )

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
        return [row.number for row in await self.session.rows(statement.order_by(columns.id).limit(limit))]

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
        return {row.id for row in await self.session.rows(statement)}

    async def keep(self, order: Order) -> bool:
        """Make a locked order what the record says; False, and the transaction is lost, where its number is taken."""
        columns = tables.orders.c
        changed = update(tables.orders).where(columns.bakery_id == self.session.bakery_id, columns.id == order.id)
        try:
            await self.session.execute(
                changed.values(
                    number=order.number,
                    customer_id=order.customer_id,
                    due_on=order.due_on,
                    archived_at=order.archived_at,
                )
            )
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
        await self.session.execute(
            update(tables.order_lines)
            .where(columns.bakery_id == bakery_id, columns.id == bindparam("line"))
            .values(product_id=bindparam("product"), quantity=bindparam("ordered", type_=columns.quantity.type)),
            [{"line": line.id, "product": line.product_id, "ordered": line.quantity} for line in changed],
        )
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
        statement = self._select().where(*only_archived(columns.archived_at, archived))
        if status:
            statement = statement.where(columns.status.in_(status))
        for customer in (customer_id, of_customer):
            if customer is not None:
                statement = statement.where(columns.customer_id == customer)
        if due_from is not None:
            statement = statement.where(columns.due_on >= due_from)
        if due_to is not None:
            statement = statement.where(columns.due_on <= due_to)
        if search:
            statement = statement.where(columns.number.icontains(search, autoescape=True))
        newest_first = sort is OrderSort.NEWEST
        keys = [columns.id] if newest_first else [or_undated(columns.due_on), columns.id]
        return Listing(self.session, Order, statement, keys, descending=newest_first, sort=sort.value)
