"""What the feature declares."""

from plans import Feature, NavigationItem, Needs, Operation, Plan
from plans.tiers import LEADERS, PEOPLE

ALLERGENS = Feature(
    key="ALLERGENS",
    name="Allergens",
    plan=Plan.GROWTH,
    operations={
        "allergens": Operation(PEOPLE, Needs.NOTHING),
        "lotsWithAllergen": Operation(PEOPLE),
        "setLotAllergens": Operation(LEADERS),
        "allergenSettings": Operation(LEADERS, Needs.NOTHING),
        "updateAllergenSettings": Operation(LEADERS, Needs.PLAN),
    },
    navigation=(NavigationItem("Inventory", "Allergens", "/inventory/allergens"),),
    settings=(NavigationItem("Settings", "Allergens", "/settings/allergens"),),
)
