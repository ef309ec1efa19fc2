"""Who calls, and what the bakery's features offer them (R-1.4, R-3.4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from strawberry import Parent

from graphql_api.auth import Caller
from graphql_api.context import Info
from plans import Feature, NavigationItem, Plan, is_on


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


def features(caller: Parent[Caller], info: Info) -> list[FeatureState]:
    return [state_of(feature, caller) for feature in info.context.plugins.features]


def state_of(feature: Feature, caller: Caller) -> FeatureState:
    return FeatureState(
        key=feature.key,
        available=caller.plan.includes(feature.plan),
        enabled=is_on(feature, caller),
        required_plan=feature.plan,
        can_switch=feature.switch is not None and _may_set_up(feature, caller),
    )


def _may_set_up(feature: Feature, caller: Caller) -> bool:
    return caller.plan.includes(feature.plan) and caller.role in feature.switched_by


def navigation(caller: Parent[Caller], info: Info) -> list[NavigationNode]:
    """What the enabled features add, and the settings page of each for whoever may switch it."""
    items: list[NavigationItem] = []
    for feature in info.context.plugins.features:
        if is_on(feature, caller):
            items += feature.navigation
        if _may_set_up(feature, caller):
            items += feature.settings
    return _grouped(items)


def _grouped(items: Iterable[NavigationItem]) -> list[NavigationNode]:
    parents: dict[str, list[NavigationNode]] = {}
    for item in items:
        parents.setdefault(item.parent, []).append(NavigationNode(item.label, item.path))
    return [NavigationNode(label, "/" + label.lower(), tuple(children)) for label, children in parents.items()]
