"""Reading a trace: a recursive walk over edges, then the rows of each kind (R-7.4).

Eight statements at most, whatever the size of the trace, each by an index. `LINK_LIMIT` bounds the batches, the
consumptions and the allocations of a trace; what exceeds it is cut, and the trace says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import CTE, BigInteger, ColumnElement, Select, func, literal, select, union

from bakery.catalogue import Customer, Supplier
from bakery.lots import Lot
from bakery.orders import Allocation, Order
from bakery.production import BatchStatus, Consumption
from bakery.store import tables
from bakery.store.catalogue import PRODUCTS_WITH_MADE, has_recipe, product_unit
from bakery.store.lots import LOTS_WITH_UNIT, lot_columns
from bakery.store.orders import allocation_columns, order_columns
from bakery.store.production import CONSUMPTIONS_WITH_UNIT, Production, consumption_columns
from bakery.store.session import Session
from bakery.trace import Findings, TracedLine

LINK_LIMIT = 250_000

T = TypeVar("T")


@dataclass(frozen=True)
class Traces:
    session: Session

    async def of_lot(self, lot_id: int) -> Findings:
        """Forward from a lot: the batches that used it or what was made of it, their lots, their orders.

        An intermediate that was also sold as it is was sold from the batch that made it (R-4.4): then that batch is
        where the goods went on from, and belongs to the trace.
        """
        columns, made, sold = tables.consumptions.c, tables.lots.c, tables.allocations.c
        users = select(columns.batch_id).where(self._ours(columns), columns.lot_id == lot_id)
        seller = (
            select(made.origin_batch_id)
            .join(tables.allocations, self._ours(sold) & (sold.batch_id == made.origin_batch_id))
            .where(self._ours(made), made.id == lot_id, sold.freed_at.is_(None))
        )
        starts = union(users, seller).subquery()
        batch_ids = await self._walk(self._downstream(select(starts.c.batch_id)))
        return await self._gather(
            batch_ids,
            lots=[
                select(literal(lot_id, BigInteger)),
                self._made_by(self.session.among(made.origin_batch_id, batch_ids)),
            ],
            allocations=self.session.among(tables.allocations.c.batch_id, batch_ids),
        )

    async def of_order(self, order_id: int) -> Findings:
        """Backward from an order: its batches, what they used, and the batches that made what they used.

        Of an intermediate that was sold as it is, the lot went into the order itself (R-4.4).
        """
        columns = tables.allocations.c
        standing = select(columns.batch_id).where(
            self._ours(columns), columns.order_id == order_id, columns.freed_at.is_(None)
        )
        batch_ids = await self._walk(self._upstream(standing))
        return await self._gather(
            batch_ids,
            lots=[self._used_by(batch_ids), self._made_by(tables.lots.c.origin_batch_id.in_(standing))],
            allocations=columns.order_id == order_id,
            order_ids=[order_id],
        )

    async def of_batch(self, batch_id: int) -> Findings:
        """Both ways from a production batch; from a reversed one nowhere."""
        batches = tables.production_batches.c
        itself = select(batches.id.label("batch_id")).where(
            self._ours(batches), batches.id == batch_id, batches.status == BatchStatus.CONFIRMED
        )
        downstream = await self._walk(self._downstream(itself))
        upstream = await self._walk(self._upstream(itself))
        return await self._gather(
            sorted({*downstream, *upstream}),
            lots=[
                self._made_by(self.session.among(tables.lots.c.origin_batch_id, downstream)),
                self._used_by(upstream),
            ],
            allocations=self.session.among(tables.allocations.c.batch_id, downstream),
        )

    # ── the walk ──────────────────────────────────────────────────────────────────────────────────────────────────
    def _downstream(self, start: Select[Any]) -> CTE:
        """Batches that used what the start's batches made, and so on. UNION, not UNION ALL, ends every cycle."""
        walk = start.cte("walk", recursive=True)
        lots, consumptions = tables.lots.c, tables.consumptions.c
        return walk.union(
            select(consumptions.batch_id)
            .select_from(walk)
            .join(tables.lots, self._ours(lots) & (lots.origin_batch_id == walk.c.batch_id))
            .join(tables.consumptions, self._ours(consumptions) & (consumptions.lot_id == lots.id))
        )

    def _upstream(self, start: Select[Any]) -> CTE:
        """Batches that made what the start's batches used, and so on."""
        walk = start.cte("walk", recursive=True)
        lots, consumptions = tables.lots.c, tables.consumptions.c
        return walk.union(
            select(lots.origin_batch_id)
            .select_from(walk)
            .join(tables.consumptions, self._ours(consumptions) & (consumptions.batch_id == walk.c.batch_id))
            .join(tables.lots, self._ours(lots) & (lots.id == consumptions.lot_id))
            .where(lots.origin_batch_id.is_not(None))
        )

    async def _walk(self, walk: CTE) -> list[int]:
        """The confirmed batches that the walk met, one more than the limit if it was met."""
        batches = tables.production_batches.c
        rows = await self.session.rows(
            select(walk.c.batch_id)
            .join(tables.production_batches, self._ours(batches) & (batches.id == walk.c.batch_id))
            .where(batches.status == BatchStatus.CONFIRMED)
            .order_by(walk.c.batch_id)
            .limit(LINK_LIMIT + 1)
        )
        return [row.batch_id for row in rows]

    # ── the rows ──────────────────────────────────────────────────────────────────────────────────────────────────
    async def _gather(
        self,
        batch_ids: Sequence[int],
        *,
        lots: Sequence[Select[Any]],
        allocations: ColumnElement[bool],
        order_ids: Sequence[int] | None = None,
    ) -> Findings:
        consumptions = await self._limited(
            _with_one_more(Consumption),
            select(*consumption_columns(), tables.ingredients.c.name)
            .select_from(CONSUMPTIONS_WITH_UNIT)
            .where(
                self._ours(tables.consumptions.c),
                self.session.among(tables.consumptions.c.batch_id, batch_ids),
            )
            .order_by(tables.consumptions.c.id),
        )
        links = await self._limited(
            Allocation,
            select(*allocation_columns())
            .where(self._ours(tables.allocations.c), allocations, tables.allocations.c.freed_at.is_(None))
            .order_by(tables.allocations.c.id),
        )
        if order_ids is None:
            order_ids = _unique(link.order_id for link in links[:LINK_LIMIT])
        # Not by OR: a planner then looks at every lot.
        found_lots, suppliers = await self._lots(tables.lots.c.id.in_(union(*lots)))
        orders, customers = await self._orders(order_ids)
        return Findings(
            lots=tuple(found_lots),
            batches=tuple(
                sorted(await Production(self.session).by_ids(batch_ids[:LINK_LIMIT]), key=lambda batch: batch.id)
            ),
            orders=tuple(orders),
            customers=tuple(customers),
            suppliers=tuple(suppliers),
            consumptions=tuple(consumption for consumption, _ in consumptions[:LINK_LIMIT]),
            allocations=tuple(links[:LINK_LIMIT]),
            lines=tuple(await self._lines(order_ids)),
            ingredient_names={item.ingredient_id: name for item, name in consumptions},
            truncated=any(len(met) > LINK_LIMIT for met in (batch_ids, consumptions, links)),
        )

    async def _lots(self, condition: ColumnElement[bool]) -> tuple[list[Lot], list[Supplier]]:
        """The lots with the suppliers they came from."""
        suppliers = tables.suppliers.c
        rows = await self.session.rows(
            select(*lot_columns(), suppliers.name, suppliers.email, suppliers.archived_at)
            .select_from(LOTS_WITH_UNIT)
            .outerjoin(
                tables.suppliers,
                self._ours(suppliers) & (suppliers.id == tables.lots.c.supplier_id),
            )
            .where(self._ours(tables.lots.c), condition)
            .order_by(tables.lots.c.id)
        )
        lots = [Lot(*row[:-3]) for row in rows]
        met = {
            lot.supplier_id: Supplier(lot.supplier_id, *row[-3:])
            for lot, row in zip(lots, rows, strict=True)
            if lot.supplier_id is not None
        }
        return lots, list(met.values())

    async def _orders(self, order_ids: Sequence[int]) -> tuple[list[Order], list[Customer]]:
        """The orders with the customers they went to."""
        customers = tables.customers.c
        rows = await self.session.rows(
            select(*order_columns(), customers.name, customers.email, customers.phone, customers.archived_at)
            .outerjoin(
                tables.customers,
                self._ours(customers) & (customers.id == tables.orders.c.customer_id),
            )
            .where(self._ours(tables.orders.c), self.session.among(tables.orders.c.id, order_ids))
            .order_by(tables.orders.c.id)
        )
        orders = [Order(*row[:-4]) for row in rows]
        met = {
            order.customer_id: Customer(order.customer_id, *row[-4:])
            for order, row in zip(orders, rows, strict=True)
            if order.customer_id is not None
        }
        return orders, list(met.values())

    async def _lines(self, order_ids: Sequence[int]) -> list[TracedLine]:
        lines, products, allocations = tables.order_lines.c, tables.products.c, tables.allocations.c
        linked = (
            select(func.coalesce(func.sum(allocations.quantity), 0, type_=allocations.quantity.type))
            .where(
                self._ours(allocations),
                allocations.order_line_id == lines.id,
                allocations.freed_at.is_(None),
            )
            .scalar_subquery()
        )
        return await self.session.records(
            TracedLine,
            select(lines.order_id, products.name, product_unit(), lines.quantity, linked, ~has_recipe())
            .select_from(PRODUCTS_WITH_MADE)
            .join(tables.order_lines, self._ours(lines) & (lines.product_id == products.id))
            .where(self._ours(products), self.session.among(lines.order_id, order_ids))
            .order_by(lines.id),
        )

    async def _limited(self, record: Callable[..., T], statement: Select[Any]) -> list[T]:
        return await self.session.records(record, statement.limit(LINK_LIMIT + 1))

    def _made_by(self, batches: ColumnElement[bool]) -> Select[Any]:
        """The ids of the lots that batches made."""
        return select(tables.lots.c.id).where(self._ours(tables.lots.c), batches)

    def _used_by(self, batch_ids: Sequence[int]) -> Select[Any]:
        """The ids of the lots that batches used."""
        columns = tables.consumptions.c
        return select(columns.lot_id).where(
            self._ours(columns), columns.lot_id.is_not(None), self.session.among(columns.batch_id, batch_ids)
        )

    def _ours(self, columns: Any) -> ColumnElement[bool]:
        ours: ColumnElement[bool] = columns.bakery_id == self.session.bakery_id
        return ours


def _with_one_more(record: Callable[..., T]) -> Callable[..., tuple[T, Any]]:
    """Reads a row as the record and one joined value behind it."""
    return lambda *row: (record(*row[:-1]), row[-1])


def _unique(ids: Iterable[int]) -> list[int]:
    return list(dict.fromkeys(ids))
