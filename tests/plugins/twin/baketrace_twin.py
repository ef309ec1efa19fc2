"""Claims `Lot.allergens`, under a feature of its own."""

import strawberry

from graphql_api.plugins import Plugin
from graphql_api.schema.fields import field
from plans import Feature, Needs, Operation, Plan
from plans.tiers import LEADERS

TWIN = Feature(key="TWIN", name="Twin", plan=Plan.GROWTH, operations={"allergens": Operation(LEADERS, Needs.NOTHING)})


@strawberry.type
class LotFields:
    allergens: str | None = field("As free text.", resolver=lambda: "none", gate=TWIN.gate("allergens"))


PLUGIN = Plugin(TWIN, extends={"Lot": LotFields})
