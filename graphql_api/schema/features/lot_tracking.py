"""Lot tracking: its settings, and what changes lots themselves and so needs it on (R-1.8, R-3.1).

Reading lots is no part of it: what was recorded stays readable without it (R-1.6).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import strawberry
from strawberry import UNSET

from bakery.catalogue import ConsumptionOrder
from bakery.catalogue import LotTrackingSettings as LotTrackingSettingsRecord
from bakery.lots import WriteOffReason
from graphql_api.plugins import Plugin
from graphql_api.resolvers import links, settings, stock
from graphql_api.schema.fields import field, view
from graphql_api.schema.lots import Lot, QuickRestockInput
from graphql_api.schema.mutations import key_field, mutation, outcome, success
from graphql_api.schema.orders import Order
from plans import LOT_TRACKING


# ── settings ──────────────────────────────────────────────────────────────────────────────────────────────────────────
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
    settings: LotTrackingSettings = field("All settings as they are now.", resolver=settings.lot_tracking)


# ── lots by hand ──────────────────────────────────────────────────────────────────────────────────────────────────────
@strawberry.input(description="A lot that was bought without a purchase order.")
class AddLotInput(QuickRestockInput):
    pass


@success("The lot was recorded.")
class AddLotSuccess:
    lot: Lot = outcome("The new lot.")


@strawberry.input(description="Waste of a lot.")
class WriteOffLotInput:
    lot_id: strawberry.ID = strawberry.field(description="The lot.")
    reason: WriteOffReason = strawberry.field(description="Why it is waste.")
    quantity: Decimal | None = strawberry.field(
        default=UNSET, description="In the lot's unit; all that remains if left out."
    )
    note: str | None = strawberry.field(default=UNSET, description="Kept in the ledger.")
    idempotency_key: str | None = key_field()


@success("The quantity left lot and stock.")
class WriteOffLotSuccess:
    lot: Lot = outcome("The lot as it is now.")


@strawberry.input(description="Another expiry date for a lot. Give `expiresOn`, or `undated: true`.")
class EditLotExpiryInput:
    lot_id: strawberry.ID = strawberry.field(description="The lot.")
    expires_on: date | None = strawberry.field(
        default=UNSET, description="The last usable day; not before the lot was received."
    )
    undated: bool | None = strawberry.field(
        default=UNSET, description="True takes the date away. Null or left out, `expiresOn` never does by itself."
    )
    reason: str = strawberry.field(description="Why; kept with the date that was.")


@success("The lot has another expiry date.")
class EditLotExpirySuccess:
    lot: Lot = outcome("The lot as it is now.")


@strawberry.input(description="A lot to keep out of production.")
class HoldLotInput:
    lot_id: strawberry.ID = strawberry.field(description="The lot.")
    reason: str = strawberry.field(description="Why; kept.")


@success("The lot is on hold.")
class HoldLotSuccess:
    lot: Lot = outcome("The lot as it is now.")


@strawberry.input(description="A lot whose manual hold ends.")
class ReleaseLotInput:
    lot_id: strawberry.ID = strawberry.field(description="The lot.")
    reason: str = strawberry.field(description="Why; kept.")


@success("The manual hold was lifted.")
class ReleaseLotSuccess:
    lot: Lot = outcome("The lot as it is now; still on hold if a recall holds it.")


# ── links by hand ─────────────────────────────────────────────────────────────────────────────────────────────────────
@strawberry.input(description="A quantity of a production batch for an order line.")
class OrderLinkInput:
    line_id: strawberry.ID = strawberry.field(description="The line, of this order.")
    batch_id: strawberry.ID = strawberry.field(
        description="A batch of the line's product, made on or before the day on which the order was filled."
    )
    quantity: Decimal = strawberry.field(
        description="In the product's unit; no more than the batch has left, or the line needs."
    )


@strawberry.input(description="Other links for an order that is ready or completed.")
class RelinkOrderInput:
    order_id: strawberry.ID = strawberry.field(description="The order.")
    reason: str = strawberry.field(description="Why; kept with the links before.")
    links: list[OrderLinkInput] | None = strawberry.field(
        default=UNSET, description="All links that it shall have; by the rule again if left out (R-7.1)."
    )
    idempotency_key: str | None = key_field()


@success("The order has the links; those before are kept.")
class RelinkOrderSuccess:
    order: Order = outcome("The order with its links.")


@strawberry.type
class LotTrackingQueries:
    lot_tracking_settings: LotTrackingSettings | None = field(
        "How the bakery tracks lots.",
        resolver=settings.lot_tracking,
        gate=LOT_TRACKING.gate("lotTrackingSettings"),
    )


@strawberry.type
class LotTrackingMutations:
    update_lot_tracking_settings = mutation(
        "Switch lot tracking on or off, or change how it works (R-3.1).",
        resolver=settings.update_lot_tracking,
        input=UpdateLotTrackingSettingsInput,
        success=UpdateLotTrackingSettingsSuccess,
        gate=LOT_TRACKING.gate("updateLotTrackingSettings"),
    )
    add_lot = mutation(
        "Add a lot by hand; stock goes up with it.",
        resolver=stock.add_lot,
        input=AddLotInput,
        success=AddLotSuccess,
        gate=LOT_TRACKING.gate("addLot"),
    )
    write_off_lot = mutation(
        "Take part or all of what remains of a lot out of it and out of stock, as waste (R-6.3).",
        resolver=stock.write_off_lot,
        input=WriteOffLotInput,
        success=WriteOffLotSuccess,
        gate=LOT_TRACKING.gate("writeOffLot"),
    )
    edit_lot_expiry = mutation(
        "Give a lot another expiry date, or none; the old one is kept with the reason (R-4.6).",
        resolver=stock.edit_lot_expiry,
        input=EditLotExpiryInput,
        success=EditLotExpirySuccess,
        gate=LOT_TRACKING.gate("editLotExpiry"),
    )
    hold_lot = mutation(
        "Keep a lot out of production until it is released (R-4.8).",
        resolver=stock.hold_lot,
        input=HoldLotInput,
        success=HoldLotSuccess,
        gate=LOT_TRACKING.gate("holdLot"),
    )
    release_lot = mutation(
        "Lift the manual hold of a lot (R-4.8).",
        resolver=stock.release_lot,
        input=ReleaseLotInput,
        success=ReleaseLotSuccess,
        gate=LOT_TRACKING.gate("releaseLot"),
    )
    relink_order = mutation(
        "Link an order anew, by the rule or to chosen batches, where the links are not what happened (R-7.2).",
        resolver=links.relink_order,
        input=RelinkOrderInput,
        success=RelinkOrderSuccess,
        gate=LOT_TRACKING.gate("relinkOrder"),
    )


PLUGIN = Plugin(LOT_TRACKING, extends={"Query": LotTrackingQueries, "Mutation": LotTrackingMutations})
