"""The settings of lot tracking (R-3.1)."""

from __future__ import annotations

from dataclasses import replace

from bakery.catalogue import ConsumptionOrder, LotTrackingSettings
from graphql_api.context import Info, Work
from graphql_api.refs import Outcome, Ref
from graphql_api.resolvers.checks import Checks


async def lot_tracking(root: object, info: Info) -> LotTrackingSettings:
    return await info.context.lot_tracking()


async def update_lot_tracking(
    work: Work,
    *,
    enabled: bool | None,
    expiry_warning_days: int | None,
    consumption_order: ConsumptionOrder | None,
) -> Outcome:
    """Fields left out change nothing."""
    checks = Checks()
    if expiry_warning_days is not None:
        checks.whole("expiryWarningDays", expiry_warning_days, 0, 365)
    checks.done()
    settings = await work.store.features.lot_tracking(lock=True)
    if enabled is not None:
        settings = replace(settings, enabled=enabled)
    if expiry_warning_days is not None:
        settings = replace(settings, expiry_warning_days=expiry_warning_days)
    if consumption_order is not None:
        settings = replace(settings, consumption_order=consumption_order)
    await work.store.features.keep_lot_tracking(settings)
    return Outcome(settings=Ref("LotTrackingSettings", work.caller.bakery_id))
