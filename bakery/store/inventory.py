"""Reading what is about to be lost, and what was (R-6.2, R-6.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, func, null, select, text

from bakery.inventory import StockLeft
from bakery.lots import MovementKind
from bakery.production import unit_cost_of
from bakery.store import tables
from bakery.store.catalogue import PRODUCTS_WITH_MADE, product_unit
from bakery.store.session import Session
from bakery.waste import Waste


@dataclass(frozen=True)
class Inventory:
    session: Session

    async def expiring(self, today: date, warning_days: int) -> list[StockLeft]:
        """What is left of lots that expired or will within the window, by date and cost."""
        columns = tables.lots.c
        return await self.session.records(
            StockLeft,
            select(columns.expires_on, columns.unit_cost, func.count(), func.sum(columns.quantity_remaining))
            .where(
                columns.bakery_id == self.session.bakery_id,
                text(tables.LOT_IN_STOCK),
                columns.expires_on <= today + timedelta(days=warning_days),
            )
            .group_by(columns.expires_on, columns.unit_cost),
        )

    async def waste(self, start: datetime, end: datetime) -> list[Waste]:
        """All that was written off from `start` up to `end`: of stock, and of finished products."""
        return [
            *await self.session.records(Waste, self._waste_of_stock(start, end)),
            *await self._waste_of_products(start, end),
        ]

    def _waste_of_stock(self, start: datetime, end: datetime) -> Select[Any]:
        columns, ingredients, lots = tables.movements.c, tables.ingredients.c, tables.lots.c
        return (
            select(
                columns.happened_at,
                columns.write_off_reason,
                columns.ingredient_id,
                null(),
                lots.supplier_id,
                -columns.quantity,
                ingredients.unit,
                columns.unit_cost,
            )
            .join(
                tables.ingredients,
                (ingredients.bakery_id == columns.bakery_id) & (ingredients.id == columns.ingredient_id),
            )
            .outerjoin(tables.lots, (lots.bakery_id == columns.bakery_id) & (lots.id == columns.lot_id))
            .where(
                columns.bakery_id == self.session.bakery_id,
                text(tables.WASTE),
                columns.happened_at >= start,
                columns.happened_at < end,
            )
            .order_by(columns.id)
        )

    async def _waste_of_products(self, start: datetime, end: datetime) -> list[Waste]:
        columns, batches = tables.batch_write_offs.c, tables.production_batches.c
        rows = await self.session.rows(
            select(
                columns.happened_at,
                columns.reason,
                columns.batch_id,
                columns.quantity,
                batches.product_id,
                batches.quantity,
                product_unit(),
            )
            .select_from(PRODUCTS_WITH_MADE)
            .join(
                tables.production_batches,
                (batches.bakery_id == tables.products.c.bakery_id) & (batches.product_id == tables.products.c.id),
            )
            .join(
                tables.batch_write_offs,
                (columns.bakery_id == batches.bakery_id) & (columns.batch_id == batches.id),
            )
            .where(columns.bakery_id == self.session.bakery_id, columns.happened_at >= start, columns.happened_at < end)
            .order_by(columns.id)
        )
        inputs = await self._inputs(sorted({batch_id for _, _, batch_id, *_ in rows}))
        return [
            Waste(
                happened_at,
                reason,
                ingredient_id=None,
                product_id=product_id,
                supplier_id=None,
                quantity=quantity,
                unit=unit,
                unit_cost=unit_cost_of(made, inputs.get(batch_id, ())),
            )
            for happened_at, reason, batch_id, quantity, product_id, made, unit in rows
        ]

    async def _inputs(self, batch_ids: Sequence[int]) -> dict[int, list[tuple[Decimal, Decimal | None]]]:
        """What each run took, in quantities with their unit costs as they were booked."""
        columns = tables.movements.c
        rows = await self.session.rows(
            select(columns.batch_id, -columns.quantity, columns.unit_cost).where(
                columns.bakery_id == self.session.bakery_id,
                columns.kind == MovementKind.PRODUCTION,
                self.session.among(columns.batch_id, batch_ids),
            )
        )
        inputs: dict[int, list[tuple[Decimal, Decimal | None]]] = {}
        for batch_id, quantity, unit_cost in rows:
            inputs.setdefault(batch_id, []).append((quantity, unit_cost))
        return inputs
