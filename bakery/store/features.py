"""Feature switches and the settings of lot tracking (R-3.1)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite

from bakery.catalogue import LotTrackingSettings
from bakery.store import tables
from bakery.store.session import Session
from bakery.store.statement import OURS, records, tuples

LOT_TRACKING = "LOT_TRACKING"

_SWITCHES, _SETTINGS = tables.feature_switches.c, tables.lot_tracking_settings.c
SWITCHED_ON = (
    select(func.aggregate_strings(_SWITCHES.feature, " "))
    .where(_SWITCHES.bakery_id == tables.bakeries.c.id, _SWITCHES.enabled.is_(True))
    .scalar_subquery()
)
"""Of a row of bakeries: the keys of the features whose switch is on, parted by blanks."""

_SWITCHED_ON = tuples(select(_SWITCHES.feature).where(_SWITCHES.bakery_id == OURS, _SWITCHES.enabled.is_(True)))
_STANDING = tuples(
    select(SWITCHED_ON, _SETTINGS.expiry_warning_days, _SETTINGS.consumption_order)
    .select_from(tables.bakeries.outerjoin(tables.lot_tracking_settings, _SETTINGS.bakery_id == tables.bakeries.c.id))
    .where(tables.bakeries.c.id == OURS)
)
_LOCK_BAKERY = tuples(select(tables.bakeries.c.id).where(tables.bakeries.c.id == OURS).with_for_update(key_share=True))
_LOT_TRACKING = records(
    select(_SWITCHES.enabled, _SETTINGS.expiry_warning_days, _SETTINGS.consumption_order)
    .join(tables.lot_tracking_settings, _SETTINGS.bakery_id == _SWITCHES.bakery_id)
    .where(_SWITCHES.bakery_id == OURS, _SWITCHES.feature == LOT_TRACKING),
    LotTrackingSettings,
)


@dataclass
class Features:
    """`switched` tells whether a switch was set in this transaction."""

    session: Session
    switched: bool = False

    async def switched_on(self) -> frozenset[str]:
        """The keys of the features whose switch is on, whatever the plan."""
        return frozenset(feature for (feature,) in await self.session.read(_SWITCHED_ON))

    async def standing(self) -> tuple[frozenset[str], LotTrackingSettings]:
        """What both of the others tell, as of one moment."""
        [(switched_on, days, order)] = await self.session.read(_STANDING)
        switches = frozenset((switched_on or "").split())
        enabled = LOT_TRACKING in switches
        return switches, LotTrackingSettings(enabled) if days is None else LotTrackingSettings(enabled, days, order)

    async def lot_tracking(self, *, lock: bool = False) -> LotTrackingSettings:
        """The settings, or their defaults. `lock` keeps others from changing them until the transaction ends."""
        if lock:
            await self.session.read(_LOCK_BAKERY)
        return await self.session.first(_LOT_TRACKING) or LotTrackingSettings()

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
