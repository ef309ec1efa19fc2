"""The switch of every feature that has no settings of its own (R-1.4)."""

from __future__ import annotations

import strawberry

from graphql_api.resolvers import switches as resolvers
from graphql_api.schema.errors import PlanRequired
from graphql_api.schema.fields import field
from graphql_api.schema.gates import OWNER_OR_MANAGER
from graphql_api.schema.mutations import mutation, success
from graphql_api.schema.people import Feature


@strawberry.input(description="A feature to switch.")
class SetFeatureInput:
    feature: str = strawberry.field(description="Its key, as `viewer.features` has it.")
    enabled: bool = strawberry.field(description="On or off. What was recorded while it was on stays either way.")


@success("The feature is switched.")
class SetFeatureSuccess:
    feature: Feature = field("The feature as it is now.", resolver=resolvers.switched)


@strawberry.type
class SwitchMutations:
    set_feature = mutation(
        "Switch a feature that has no settings of its own on or off.",
        resolver=resolvers.set_feature,
        input=SetFeatureInput,
        success=SetFeatureSuccess,
        gate=OWNER_OR_MANAGER,
        errors=(PlanRequired,),
    )
