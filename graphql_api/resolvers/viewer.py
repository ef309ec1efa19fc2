"""Who calls, and what the bakery's features offer them (R-1.4, R-3.4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from strawberry import Parent

from graphql_api.auth import Caller
from graphql_api.context import Info
from plans import BUILT_IN, Feature, Plan
from plans.features import NavigationItem


@dataclass(frozen=True, slots=True)
class FeatureState:
    """A feature as it is for the caller."""

    key: str
    available: bool
    enabled: bool
    required_plan: Plan
    can_switch: bool


@dataclass(frozen=True, slots=True)
class NavigationNode:
    label: str
    path: str
    children: tuple[NavigationNode, ...] = ()


def viewer(root: object, info: Info) -> Caller:
    return info.context.caller


def features(caller: Parent[Caller]) -> list[FeatureState]:
    return [_state(feature, caller) for feature in BUILT_IN]


def _state(feature: Feature, caller: Caller) -> FeatureState:
    available = caller.plan.includes(feature.plan)
    return FeatureState(
        key=feature.key,
        available=available,
        enabled=available and caller.has_switched_on(feature),
        required_plan=feature.plan,
        can_switch=available and caller.role in feature.switched_by,
    )


def navigation(caller: Parent[Caller]) -> list[NavigationNode]:
    """What the enabled features add, and the settings page of each for whoever may switch it."""
    items: list[NavigationItem] = []
    for feature in BUILT_IN:
        state = _state(feature, caller)
        if state.enabled:
            items += feature.navigation
        if state.can_switch:
            items += feature.settings
    return _grouped(items)


def _grouped(items: Iterable[NavigationItem]) -> list[NavigationNode]:
    parents: dict[str, list[NavigationNode]] = {}
    for item in items:
        parents.setdefault(item.parent, []).append(NavigationNode(item.label, item.path))
    return [NavigationNode(label, "/" + label.lower(), tuple(children)) for label, children in parents.items()]
