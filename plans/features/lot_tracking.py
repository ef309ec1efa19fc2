"""Lot tracking: stock that came in becomes lots, and production follows them (R-1.4, R-1.8, R-3)."""

from plans.feature import Feature, NavigationItem, Needs, Operation
from plans.tiers import LEADERS, Plan

LOT_TRACKING = Feature(
    key="LOT_TRACKING",
    name="Lot tracking",
    plan=Plan.GROWTH,
    switched_by=LEADERS,
    switch="updateLotTrackingSettings",
    operations={
        "lotTrackingSettings": Operation(LEADERS, Needs.NOTHING),
        "updateLotTrackingSettings": Operation(LEADERS, Needs.PLAN),
        "addLot": Operation(LEADERS),
        "writeOffLot": Operation(LEADERS),
        "editLotExpiry": Operation(LEADERS),
        "holdLot": Operation(LEADERS),
        "releaseLot": Operation(LEADERS),
        "relinkOrder": Operation(LEADERS),
    },
    navigation=(NavigationItem("Inventory", "Lot Tracking", "/inventory/lots"),),
    settings=(NavigationItem("Settings", "Lot Tracking", "/settings/lot-tracking"),),
)
