"""Purchase orders (R-4.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import BigInteger, ColumnElement, bindparam, select, update

from bakery.catalogue import PurchaseOrder, PurchaseOrderLine, PurchaseOrderStatus
from bakery.quantity import ZERO, Unit
from bakery.store import tables
from bakery.store.given import among, given
from bakery.store.paging import Listing
from bakery.store.session import Session
from bakery.store.statement import OURS, records, tuples


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line to order: quantity and cost in `unit`."""

    ingredient_id: int
    quantity: Decimal
    unit: Unit
    unit_cost: Decimal | None


_COLUMNS, _LINES = tables.purchase_orders.c, tables.purchase_order_lines.c
_ID = bindparam("order_id", type_=BigInteger())
_ORDERS = select(_COLUMNS.id, _COLUMNS.code, _COLUMNS.supplier_id, _COLUMNS.status, _COLUMNS.recorded_at).where(
    _COLUMNS.bakery_id == OURS
)
_BY_IDS = records(_ORDERS.where(among(_COLUMNS.id, "ids")), PurchaseOrder)
_LOCK = records(_ORDERS.where(_COLUMNS.id == _ID).with_for_update(key_share=True), PurchaseOrder)
_ORDER_LINES = (
    select(
        _LINES.id,
        _LINES.purchase_order_id,
        _LINES.ingredient_id,
        _LINES.unit,
        _LINES.unit_cost,
        _LINES.quantity_ordered,
        _LINES.quantity_received,
    )
    .where(_LINES.bakery_id == OURS)
    .order_by(_LINES.id)
)
_LINES_OF_ORDERS = records(_ORDER_LINES.where(among(_LINES.purchase_order_id, "ids")), PurchaseOrderLine)
_LINES_BY_IDS = records(_ORDER_LINES.where(among(_LINES.id, "ids")), PurchaseOrderLine)
_RECEIPTS = given("receipts", line=BigInteger(), received=_LINES.quantity_received.type)
_RECEIVE = tuples(
    update(tables.purchase_order_lines)
    .where(_LINES.bakery_id == OURS, _LINES.id == _RECEIPTS.c.line)
    .values(quantity_received=_LINES.quantity_received + _RECEIPTS.c.received)
)
_SET_STATUS = tuples(
    update(tables.purchase_orders)
    .where(_COLUMNS.bakery_id == OURS, _COLUMNS.id == _ID)
    .values(status=bindparam("new_status", type_=_COLUMNS.status.type))
)


@dataclass(frozen=True)
class Purchases:
    session: Session

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
        order = PurchaseOrder(order_id, code, supplier_id, status, now)
        await self.session.insert(tables.purchase_orders, [{"bakery_id": bakery_id, **asdict(order)}])
        await self.session.insert(
            tables.purchase_order_lines,
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
        return order

    async def by_ids(self, ids: Sequence[int]) -> list[PurchaseOrder]:
        return await self.session.read(_BY_IDS, ids=ids)

    async def lock(self, order_id: int) -> PurchaseOrder | None:
        return await self.session.first(_LOCK, order_id=order_id)

    async def lines_by_ids(self, ids: Sequence[int]) -> list[PurchaseOrderLine]:
        return await self.session.read(_LINES_BY_IDS, ids=ids)

    async def lines(self, order_ids: Sequence[int]) -> list[PurchaseOrderLine]:
        return await self.session.read(_LINES_OF_ORDERS, ids=order_ids)

    async def receive(self, order_id: int, status: PurchaseOrderStatus, received: dict[int, Decimal]) -> None:
        """Book what came in: quantity by line id, in the line's unit. The order is locked."""
        await self.session.write(_RECEIVE, receipts=sorted(received.items()))
        await self.set_status(order_id, status)

    async def set_status(self, order_id: int, status: PurchaseOrderStatus) -> None:
        await self.session.write(_SET_STATUS, order_id=order_id, new_status=status)

    async def open_codes(self, supplier_id: int, *, limit: int) -> list[str]:
        """Codes of the supplier's orders that are neither received in full nor cancelled."""
        columns = tables.purchase_orders.c
        statement = select(columns.code).where(
            columns.bakery_id == self.session.bakery_id, columns.supplier_id == supplier_id, _is_open()
        )
        return [code for (code,) in await self.session.rows(statement.order_by(columns.id).limit(limit))]

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
        return [(code, unit) for code, unit in await self.session.rows(statement)]

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
        statement = _ORDERS
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
