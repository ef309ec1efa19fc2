"""What a feature declares (R-1.4): its plan, who switches it, what it lets callers do, where it shows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from plans.tiers import LEADERS, Plan, Role

SET_FEATURE = "setFeature"
"""The mutation that switches every feature which has no settings of its own."""

_KEY = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
KEY_LENGTH = 40


class Needs(Enum):
    """What an operation asks of its feature."""

    NOTHING = "NOTHING"
    """It reads what was recorded: on every plan, with the switch off (R-1.6)."""
    PLAN = "PLAN"
    """The feature is in the plan, on or off: what switches it or sets it up."""
    SWITCHED_ON = "SWITCHED_ON"
    """The feature acts: in the plan and on."""


@dataclass(frozen=True)
class Operation:
    """Something that a feature lets these roles do. A machine also needs the `scope`."""

    roles: tuple[Role, ...]
    needs: Needs = Needs.SWITCHED_ON
    scope: str | None = None


@dataclass(frozen=True)
class NavigationItem:
    """A place in the apps' navigation: `label` at `path`, under the top-level item `parent`."""

    parent: str
    label: str
    path: str


@dataclass(frozen=True)
class Feature:
    """One feature. `plan` is the least that has it, `switched_by` the roles that may switch it; default is off.

    `switch` is the mutation that switches it, or None for a feature that has no switch of its own: it is on where its
    plan and all that it `requires` are. `operations` are named after the fields that do them. `navigation` is shown
    while it is on, `settings` to whoever may switch it, on or off.
    """

    key: str
    name: str
    plan: Plan
    switched_by: tuple[Role, ...] = LEADERS
    switch: str | None = SET_FEATURE
    requires: tuple[Feature, ...] = ()
    operations: Mapping[str, Operation] = field(default_factory=dict)
    navigation: tuple[NavigationItem, ...] = ()
    settings: tuple[NavigationItem, ...] = ()

    def __post_init__(self) -> None:
        if not _KEY.fullmatch(self.key) or len(self.key) > KEY_LENGTH:
            raise ValueError(f"{self.key!r} is no key of a feature; write one like LOT_TRACKING")
        if not set(self.switched_by) <= set(LEADERS):
            raise ValueError(f"{self.key} is switched by {self.switched_by}; only owners and managers switch")
        if self.switch is None and not self.requires:
            raise ValueError(f"{self.key} would always be on; give it a switch or something that it requires")
        for required in self.requires:
            if not self.plan.includes(required.plan):
                raise ValueError(f"{self.key} requires {required.key}, which its plan {self.plan.value} does not have")

    def gate(self, operation: str) -> Gate:
        """The gate of the field that does the operation. Raises KeyError for one that was not declared."""
        declared = self.operations[operation]
        return Gate(
            declared.roles,
            None if declared.needs is Needs.NOTHING else self,
            needs_switch=declared.needs is Needs.SWITCHED_ON,
            scopes=() if declared.scope is None else (declared.scope,),
        )


@dataclass(frozen=True)
class Gate:
    """What a field asks of its caller. `feature` must be in the plan and switched on, unless
    `needs_switch` is false, as for the switch itself. `plan` is asked by what belongs to no feature. A machine also
    needs one of the `scopes`, where any are named.
    """

    roles: tuple[Role, ...]
    feature: Feature | None = None
    needs_switch: bool = True
    scopes: tuple[str, ...] = ()
    plan: Plan | None = None
