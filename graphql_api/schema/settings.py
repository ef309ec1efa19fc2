"""The settings of lot tracking (R-3.1)."""

from __future__ import annotations

import strawberry
from strawberry import UNSET

from bakery.catalogue import ConsumptionOrder
from bakery.catalogue import LotTrackingSettings as LotTrackingSettingsRecord
from graphql_api.resolvers import settings as resolvers
from graphql_api.schema.fields import field, view
from graphql_api.schema.gates import LOT_TRACKING_SWITCH, OWNER_OR_MANAGER
from graphql_api.schema.mutations import mutation, success


@view(LotTrackingSettingsRecord, "How the bakery tracks lots.")
class LotTrackingSettings:
    enabled: bool = field("The switch; off by default. What was recorded stays readable while it is off.")
    expiry_warning_days: int = field("For how many days before expiry a lot counts as expiring: 0 to 365.")
    consumption_order: ConsumptionOrder = field("By which date lots are used oldest first.")


@strawberry.input(description="What to change; fields left out change nothing.")
class UpdateLotTrackingSettingsInput:
    enabled: bool | None = strawberry.field(default=UNSET, description="Switch lot tracking on or off.")
    expiry_warning_days: int | None = strawberry.field(default=UNSET, description="0 to 365.")
    consumption_order: ConsumptionOrder | None = strawberry.field(
        default=UNSET, description="By expiry date is recommended."
    )


@success("The settings were changed.")
class UpdateLotTrackingSettingsSuccess:
    settings: LotTrackingSettings = field("All settings as they are now.", resolver=resolvers.lot_tracking)


@strawberry.type
class SettingsQueries:
    lot_tracking_settings: LotTrackingSettings | None = field(
        "How the bakery tracks lots.", resolver=resolvers.lot_tracking, gate=OWNER_OR_MANAGER
    )


@strawberry.type
class SettingsMutations:
    update_lot_tracking_settings = mutation(
        "Switch lot tracking on or off, or change how it works (R-3.1).",
        resolver=resolvers.update_lot_tracking,
        input=UpdateLotTrackingSettingsInput,
        success=UpdateLotTrackingSettingsSuccess,
        gate=LOT_TRACKING_SWITCH,
    )
