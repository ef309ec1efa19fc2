"""Feature switches and the settings of lot tracking (R-3.1)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from bakery.catalogue import LotTrackingSettings
from bakery.store import tables
from bakery.store.session import Session

LOT_TRACKING = "LOT_TRACKING"


@dataclass
class Features:
    """`switched` tells whether a switch was set in this transaction."""

    session: Session
    switched: bool = False

    async def switched_on(self) -> frozenset[str]:
        """The keys of the features whose switch is on, whatever the plan."""
        columns = tables.feature_switches.c
        rows = await self.session.rows(
            select(columns.feature).where(columns.bakery_id == self.session.bakery_id, columns.enabled.is_(True))
        )
        return frozenset(row.feature for row in rows)

    async def lot_tracking(self, *, lock: bool = False) -> LotTrackingSettings:
        """The settings, or their defaults. `lock` keeps others from changing them until the transaction ends."""
        settings, switches = tables.lot_tracking_settings, tables.feature_switches
        if lock:
            await self.session.rows(
                select(tables.bakeries.c.id)
                .where(tables.bakeries.c.id == self.session.bakery_id)
                .with_for_update(key_share=True)
            )
        found = await self.session.record(
            LotTrackingSettings,
            select(switches.c.enabled, settings.c.expiry_warning_days, settings.c.consumption_order)
            .join(settings, settings.c.bakery_id == switches.c.bakery_id)
            .where(switches.c.bakery_id == self.session.bakery_id, switches.c.feature == LOT_TRACKING),
        )
        return found or LotTrackingSettings()

    async def keep_lot_tracking(self, settings: LotTrackingSettings) -> None:
        await self.switch(LOT_TRACKING, settings.enabled)
        insert = sqlite.insert if self.session.is_sqlite else postgresql.insert
        values = {
            "expiry_warning_days": settings.expiry_warning_days,
            "consumption_order": settings.consumption_order,
        }
        table = tables.lot_tracking_settings
        await self.session.execute(
            insert(table)
            .values(bakery_id=self.session.bakery_id, **values)
            .on_conflict_do_update(index_elements=[table.c.bakery_id], set_=values)
        )

    async def switch(self, feature: str, enabled: bool) -> None:
        self.switched = True
        insert = sqlite.insert if self.session.is_sqlite else postgresql.insert
        table = tables.feature_switches
        await self.session.execute(
            insert(table)
            .values(bakery_id=self.session.bakery_id, feature=feature, enabled=enabled)
            .on_conflict_do_update(index_elements=[table.c.bakery_id, table.c.feature], set_={"enabled": enabled})
        )
