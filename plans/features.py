"""Features: what a plan can switch on (R-1.4). A feature is declared here once and only added to elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from plans.tiers import LEADERS, Plan, Role


@dataclass(frozen=True)
class NavigationItem:
    """A place in the apps' navigation: `label` at `path`, under the top-level item `parent`."""

    parent: str
    label: str
    path: str


@dataclass(frozen=True)
class Feature:
    """One feature. `plan` is the least that has it, `switched_by` the roles that may switch it; default is off.

    `navigation` is shown while it is on, `settings` to whoever may switch it, on or off.
    """

    key: str
    name: str
    plan: Plan
    switched_by: tuple[Role, ...]
    navigation: tuple[NavigationItem, ...] = ()
    settings: tuple[NavigationItem, ...] = ()


LOT_TRACKING = Feature(
    key="LOT_TRACKING",
    name="Lot tracking",
    plan=Plan.GROWTH,
    switched_by=LEADERS,
    navigation=(NavigationItem("Inventory", "Lot Tracking", "/inventory/lots"),),
    settings=(NavigationItem("Settings", "Lot Tracking", "/settings/lot-tracking"),),
)

BUILT_IN: tuple[Feature, ...] = (LOT_TRACKING,)
