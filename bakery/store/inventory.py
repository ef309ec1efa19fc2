"""Reading what is about to be lost, and what was (R-6.2, R-6.3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, null, select, text

from bakery.inventory import StockLeft
from bakery.store import tables
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
        """All that was written off from `start` up to `end`, of every source, in the order of recording."""
        return [
            waste
            for source in (self._waste_of_lots,)
            for waste in await self.session.records(Waste, source(start, end))
        ]

    def _waste_of_lots(self, start: datetime, end: datetime) -> Select[Any]:
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
