"""Purchase orders (R-4.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, insert, select, update

from bakery.catalogue import PurchaseOrder, PurchaseOrderLine, PurchaseOrderStatus
from bakery.quantity import ZERO, Unit
from bakery.store import tables
from bakery.store.paging import Listing
from bakery.store.session import Session


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line to order: quantity and cost in `unit`."""

    ingredient_id: int
    quantity: Decimal
    unit: Unit
    unit_cost: Decimal | None


@dataclass(frozen=True)
class Purchases:
    session: Session

    def _select(self) -> Select[tuple[int, str, int, PurchaseOrderStatus, datetime]]:
        columns = tables.purchase_orders.c
        return select(columns.id, columns.code, columns.supplier_id, columns.status, columns.recorded_at).where(
            columns.bakery_id == self.session.bakery_id
        )

    async def add(
        self,
        code: str,
        supplier_id: int,
        status: PurchaseOrderStatus,
        lines: Sequence[NewLine],
        now: datetime,
    ) -> PurchaseOrder:
        order_id, *line_ids = await self.session.numbers(1 + len(lines))
        bakery_id = self.session.bakery_id
        await self.session.execute(
            insert(tables.purchase_orders).values(
                bakery_id=bakery_id,
                id=order_id,
                code=code,
                supplier_id=supplier_id,
                status=status,
                recorded_at=now,
            )
        )
        await self.session.execute(
            insert(tables.purchase_order_lines),
            [
                {
                    "bakery_id": bakery_id,
                    "id": line_id,
                    "purchase_order_id": order_id,
                    "ingredient_id": line.ingredient_id,
                    "unit": line.unit,
                    "unit_cost": line.unit_cost,
                    "quantity_ordered": line.quantity,
                    "quantity_received": ZERO,
                }
                for line_id, line in zip(line_ids, lines, strict=True)
            ],
        )
        return PurchaseOrder(order_id, code, supplier_id, status, now)

    async def by_ids(self, ids: Sequence[int]) -> list[PurchaseOrder]:
        chosen = self.session.among(tables.purchase_orders.c.id, ids)
        return await self.session.records(PurchaseOrder, self._select().where(chosen))

    async def lock(self, order_id: int) -> PurchaseOrder | None:
        chosen = self._select().where(tables.purchase_orders.c.id == order_id)
        return await self.session.record(PurchaseOrder, chosen.with_for_update(key_share=True))

    async def lines_by_ids(self, ids: Sequence[int]) -> list[PurchaseOrderLine]:
        return await self._lines(tables.purchase_order_lines.c.id, ids)

    async def lines(self, order_ids: Sequence[int]) -> list[PurchaseOrderLine]:
        return await self._lines(tables.purchase_order_lines.c.purchase_order_id, order_ids)

    async def _lines(self, column: ColumnElement[Any], ids: Sequence[int]) -> list[PurchaseOrderLine]:
        columns = tables.purchase_order_lines.c
        return await self.session.records(
            PurchaseOrderLine,
            select(
                columns.id,
                columns.purchase_order_id,
                columns.ingredient_id,
                columns.unit,
                columns.unit_cost,
                columns.quantity_ordered,
                columns.quantity_received,
            )
            .where(columns.bakery_id == self.session.bakery_id, self.session.among(column, ids))
            .order_by(columns.id),
        )

    async def receive(self, order_id: int, status: PurchaseOrderStatus, received: dict[int, Decimal]) -> None:
        """Book what came in: quantity by line id, in the line's unit. The order is locked."""
        columns = tables.purchase_order_lines.c
        bakery_id = self.session.bakery_id
        await self.session.execute(
            update(tables.purchase_order_lines)
            .where(columns.bakery_id == bakery_id, columns.id == bindparam("line"))
            .values(
                quantity_received=columns.quantity_received
                + bindparam("received", type_=columns.quantity_received.type)
            ),
            [{"line": line_id, "received": quantity} for line_id, quantity in received.items()],
        )
        await self.set_status(order_id, status)

    async def set_status(self, order_id: int, status: PurchaseOrderStatus) -> None:
        columns = tables.purchase_orders.c
        await self.session.execute(
            update(tables.purchase_orders)
            .where(columns.bakery_id == self.session.bakery_id, columns.id == order_id)
            .values(status=status)
        )

    async def open_codes(self, supplier_id: int, *, limit: int) -> list[str]:
        """Codes of the supplier's orders that are neither received in full nor cancelled."""
        columns = tables.purchase_orders.c
        statement = select(columns.code).where(
            columns.bakery_id == self.session.bakery_id, columns.supplier_id == supplier_id, _is_open()
        )
        return [row.code for row in await self.session.rows(statement.order_by(columns.id).limit(limit))]

    async def open_uses_of(self, ingredient_id: int) -> list[tuple[str, Unit]]:
        """Where an ingredient is still to be received: the order's code and the line's unit."""
        columns, orders = tables.purchase_order_lines.c, tables.purchase_orders.c
        statement = (
            select(orders.code, columns.unit)
            .join(
                tables.purchase_orders,
                (orders.bakery_id == columns.bakery_id) & (orders.id == columns.purchase_order_id),
            )
            .where(columns.bakery_id == self.session.bakery_id, columns.ingredient_id == ingredient_id, _is_open())
            .order_by(columns.id)
        )
        return [(row.code, row.unit) for row in await self.session.rows(statement)]

    def listing(
        self,
        *,
        supplier_id: int | None = None,
        status: Sequence[PurchaseOrderStatus] = (),
        search: str | None = None,
        of_supplier: int | None = None,
    ) -> Listing[PurchaseOrder]:
        """The purchase orders that fit every filter given, newest first.

        They are of one of the statuses if any is named. `of_supplier` says whose list it is, whatever the filter says.
        """
        columns = tables.purchase_orders.c
        statement = self._select()
        for supplier in (supplier_id, of_supplier):
            if supplier is not None:
                statement = statement.where(columns.supplier_id == supplier)
        if status:
            statement = statement.where(columns.status.in_(status))
        if search:
            statement = statement.where(columns.code.icontains(search, autoescape=True))
        return Listing(self.session, PurchaseOrder, statement, [columns.id], descending=True)


def _is_open() -> ColumnElement[bool]:
    """Whether something may still come of the purchase order of the row."""
    return tables.purchase_orders.c.status.in_([status for status in PurchaseOrderStatus if not status.is_final])
