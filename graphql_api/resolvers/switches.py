"""Switching features that have no settings of their own (R-1.4)."""

from __future__ import annotations

from strawberry import Parent

from graphql_api.context import Info, Work
from graphql_api.refs import Outcome
from graphql_api.resolvers.checks import Checks
from graphql_api.resolvers.viewer import FeatureState, state_of
from plans import SET_FEATURE, Feature, Gate, decide


async def set_feature(work: Work, *, feature: str, enabled: bool) -> Outcome:
    checks = Checks()
    key = checks.name("feature", feature)
    checks.done()
    known = work.plugins.feature(key)
    if known is None:
        keys = ", ".join(switched.key for switched in work.plugins.features if switched.switch == SET_FEATURE)
        checks.refuse("feature", f"There is no feature with this key. What can be switched: {keys or 'none'}.")
    else:
        # Which feature is asked for stands in the input, so its gate can only be asked here.
        if denial := decide(Gate(known.switched_by, known, needs_switch=False), work.caller):
            raise denial
        if known.switch != SET_FEATURE:
            checks.refuse("feature", _how_to_switch(known))
    checks.done()
    await work.store.features.switch(key, enabled)
    return Outcome(feature=key)


def _how_to_switch(feature: Feature) -> str:
    if feature.switch is None:
        required = " and ".join(needed.name for needed in feature.requires)
        return f"{feature.name} has no switch of its own: it is on where {required} is on."
    return f"{feature.name} is switched by its own settings: use `{feature.switch}`."


def switched(outcome: Parent[Outcome], info: Info) -> FeatureState:
    feature = info.context.plugins.feature(str(outcome["feature"]))
    assert feature is not None
    return state_of(feature, info.context.caller)
