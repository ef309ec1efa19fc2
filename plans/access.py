"""The one decision: may this caller use what stands behind this gate (R-1.7)?

Gates ask in one order, and the first refusal answers: signed in, role, plan, switched on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from plans.feature import Feature, Gate
from plans.tiers import Plan, Role

PARTNER_PLAN = Plan.GROWTH


class Denied(Exception):
    """Base of the denials. `code` stands in a read's `extensions.code`; the message says what would help."""

    code = "FORBIDDEN"

    @property
    def message(self) -> str:
        return str(self)


class Unauthenticated(Denied):
    """No token, or one that is unknown, expired or revoked."""

    code = "UNAUTHENTICATED"

    def __init__(self) -> None:
        super().__init__(
            "Sign in: send `Authorization: Bearer <token>` with a token that is valid and not expired, of a member or "
            "partner of the bakery."
        )


class BakeryRequired(Denied):
    """Somebody who belongs to several bakeries, and has not said which. `bakeries` are the ids of all of them."""

    code = "BAKERY_REQUIRED"

    def __init__(self, bakeries: Sequence[str]) -> None:
        self.bakeries = tuple(bakeries)
        super().__init__(
            "You belong to several bakeries: name one of them in the header `BakeTrace-Bakery`, by its id: "
            f"{', '.join(bakeries)}."
        )


class RoleRequired(Denied):
    def __init__(self, required_roles: Sequence[Role], current_role: Role) -> None:
        self.required_roles = tuple(required_roles)
        self.current_role = current_role
        allowed = " or ".join(role.value.lower() for role in self.required_roles)
        super().__init__(f"Only {allowed} may do this; you are signed in as {current_role.value.lower()}.")


class ScopeRequired(Denied):
    def __init__(self, scopes: Sequence[str]) -> None:
        self.scopes = tuple(scopes)
        super().__init__(f"This key lacks the scope {' or '.join(scopes)}; the owner gives keys their scopes.")


class PlanRequired(Denied):
    code = "PLAN_REQUIRED"

    def __init__(self, required_plan: Plan, current_plan: Plan) -> None:
        self.required_plan = required_plan
        self.current_plan = current_plan
        super().__init__(
            f"This needs the plan {required_plan.value} or above; the bakery is on {current_plan.value}. "
            "The owner can upgrade it."
        )


class FeatureDisabled(Denied):
    """`off` is what has to be switched on: the feature itself, or one that it requires."""

    code = "FEATURE_DISABLED"

    def __init__(self, feature: Feature, off: Feature) -> None:
        self.feature = feature.key
        switchers = " or ".join(role.value.lower() for role in off.switched_by)
        reason = f"{off.name} is" if off is feature else f"{feature.name} needs {off.name}, which is"
        super().__init__(f"{reason} switched off; {switchers} can switch it on in the settings.")


class Caller(Protocol):
    """What the decision needs to know of who calls."""

    @property
    def role(self) -> Role: ...

    @property
    def plan(self) -> Plan: ...

    def has_switched_on(self, feature: Feature) -> bool: ...

    def has_scope(self, scope: str) -> bool: ...


def decide(gate: Gate, caller: Caller | None) -> Denied | None:
    """The denial that `caller` meets at `gate`, or None. A caller of None is not signed in."""
    if caller is None:
        return Unauthenticated()
    if caller.role not in gate.roles:
        return RoleRequired(gate.roles, caller.role)
    if caller.role is Role.PARTNER:
        if gate.scopes and not any(map(caller.has_scope, gate.scopes)):
            return ScopeRequired(gate.scopes)
        if not caller.plan.includes(PARTNER_PLAN):
            return PlanRequired(PARTNER_PLAN, caller.plan)
    if gate.plan is not None and not caller.plan.includes(gate.plan):
        return PlanRequired(gate.plan, caller.plan)
    feature = gate.feature
    if feature is None:
        return None
    if not caller.plan.includes(feature.plan):
        return PlanRequired(feature.plan, caller.plan)
    if gate.needs_switch and (off := _switched_off(feature, caller)):
        return FeatureDisabled(feature, off)
    return None


def is_on(feature: Feature, caller: Caller) -> bool:
    """Whether the feature acts in the caller's bakery. A switch that the plan no longer has counts as off (R-1.6)."""
    return caller.plan.includes(feature.plan) and _switched_off(feature, caller) is None


def _switched_off(feature: Feature, caller: Caller) -> Feature | None:
    """What keeps the feature from acting though the plan has it: the first switch that is off; None if all are on."""
    for required in feature.requires:
        if off := _switched_off(required, caller):
            return off
    return feature if feature.switch is not None and not caller.has_switched_on(feature) else None
