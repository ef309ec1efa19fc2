"""Features that nobody sells, so that what is true of every feature is tested on more than the built-in ones."""

from graphql_api.plugins import Plugin
from plans import LOT_TRACKING, Feature, NavigationItem, Operation, Plan, Role
from plans.tiers import LEADERS

TASTINGS = Feature(
    key="TASTINGS",
    name="Tastings",
    plan=Plan.ESSENTIALS,
    navigation=(NavigationItem("Inventory", "Tastings", "/inventory/tastings"),),
)
"""On every plan, with a switch and no settings of its own."""

GUEST_BAKERS = Feature(
    key="GUEST_BAKERS",
    name="Guest bakers",
    plan=Plan.GROWTH,
    switched_by=(Role.OWNER,),
    navigation=(NavigationItem("People", "Guest bakers", "/people/guests"),),
    settings=(NavigationItem("Settings", "Guest bakers", "/settings/guests"),),
)
"""From Growth on, and the owner's to switch."""

CLOSE_WATCH = Feature(
    key="CLOSE_WATCH",
    name="Close watch",
    plan=Plan.SCALE,
    switch=None,
    requires=(LOT_TRACKING,),
    operations={"watch": Operation(LEADERS)},
    navigation=(NavigationItem("Inventory", "Close watch", "/inventory/watch"),),
)
"""Without a switch: on where the plan is Scale and lot tracking is on."""

EXAMPLES = tuple(Plugin(feature) for feature in (TASTINGS, GUEST_BAKERS, CLOSE_WATCH))
