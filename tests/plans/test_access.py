"""Plans, roles, features and the one decision, without anything around them (R-1.2 to R-1.7)."""

from dataclasses import dataclass, field
from itertools import product

import pytest

from plans import BUILT_IN, LOT_TRACKING, Denied, Feature, Gate, Plan, Role, decide
from plans.tiers import LEADERS, PEOPLE

PLANS = ["ESSENTIALS", "GROWTH", "SCALE"]


@dataclass(frozen=True)
class Somebody:
    """A caller of whom everything is in order, but for what a test says."""

    role: Role = Role.OWNER
    plan: Plan = Plan.SCALE
    switches: frozenset[str] = frozenset({"LOT_TRACKING"})
    scopes: frozenset[str] = field(default=frozenset({"trace:read"}))

    def has_switched_on(self, feature: Feature) -> bool:
        return feature.key in self.switches

    def has_scope(self, scope: str) -> bool:
        return scope in self.scopes


def code_of(denial: Denied | None) -> str | None:
    return None if denial is None else denial.code


@pytest.mark.parametrize(("bought", "required"), list(product(PLANS, PLANS)))
def test_each_plan_has_all_of_the_one_before(bought: str, required: str) -> None:
    """R-1.2"""
    assert Plan(bought).includes(Plan(required)) == (PLANS.index(bought) >= PLANS.index(required))


@pytest.mark.parametrize(("off", "asked"), list(product([False, True], repeat=2)))
@pytest.mark.parametrize("plan", Plan)
@pytest.mark.parametrize("role", [*Role, None])
def test_gates_ask_in_one_order_and_the_first_refusal_answers(
    role: Role | None, plan: Plan, off: bool, asked: bool
) -> None:
    """R-1.7: signed in, role, plan, switched on."""
    gate = Gate(LEADERS, LOT_TRACKING, needs_switch=asked)
    caller = None if role is None else Somebody(role, plan, frozenset() if off else frozenset({"LOT_TRACKING"}))

    if role is None:
        expected = "UNAUTHENTICATED"
    elif role not in (Role.OWNER, Role.MANAGER):
        expected = "FORBIDDEN"
    elif plan is Plan.ESSENTIALS:
        expected = "PLAN_REQUIRED"
    elif off and asked:
        expected = "FEATURE_DISABLED"
    else:
        expected = ""
    assert (code_of(decide(gate, caller)) or "") == expected


@pytest.mark.parametrize("role", PEOPLE)
@pytest.mark.parametrize("plan", Plan)
def test_a_gate_without_a_feature_asks_for_the_role_alone(role: Role, plan: Plan) -> None:
    """R-1.6: on every plan and with the switch off."""
    assert decide(Gate((role,)), Somebody(role, plan, frozenset())) is None
    others = tuple(other for other in Role if other is not role)
    assert code_of(decide(Gate(others), Somebody(role, plan, frozenset()))) == "FORBIDDEN"


def test_a_partner_needs_the_scope_and_the_plan() -> None:
    """R-9.1: Growth and above, with scopes that name what it may read; nobody else needs a scope."""
    gate = Gate(tuple(Role), scope="trace:read")
    assert decide(gate, Somebody(Role.PARTNER, Plan.GROWTH)) is None
    assert code_of(decide(gate, Somebody(Role.PARTNER, Plan.GROWTH, scopes=frozenset()))) == "FORBIDDEN"
    assert code_of(decide(gate, Somebody(Role.PARTNER, Plan.ESSENTIALS))) == "PLAN_REQUIRED"
    assert decide(gate, Somebody(Role.STAFF, Plan.ESSENTIALS, scopes=frozenset())) is None


def test_a_denial_says_what_would_help() -> None:
    """House rule 11: the message is for people, the data for programs."""
    for caller, words in (
        (None, "Authorization: Bearer"),
        (Somebody(Role.STAFF), "owner or manager"),
        (Somebody(plan=Plan.ESSENTIALS), "GROWTH"),
        (Somebody(switches=frozenset()), "switch it on"),
    ):
        denial = decide(Gate(LEADERS, LOT_TRACKING), caller)
        assert denial
        assert words in denial.message


def test_lot_tracking_is_declared_as_the_rules_say() -> None:
    """R-1.4, R-3.4: Growth, owner or manager; its places in the navigation."""
    assert LOT_TRACKING in BUILT_IN
    assert (LOT_TRACKING.key, LOT_TRACKING.plan) == ("LOT_TRACKING", Plan.GROWTH)
    assert set(LOT_TRACKING.switched_by) == {Role.OWNER, Role.MANAGER}
    assert [(item.parent, item.label) for item in LOT_TRACKING.navigation] == [("Inventory", "Lot Tracking")]
    assert [(item.parent, item.label) for item in LOT_TRACKING.settings] == [("Settings", "Lot Tracking")]


def test_each_feature_is_declared_once() -> None:
    """R-1.4"""
    assert len({feature.key for feature in BUILT_IN}) == len(BUILT_IN)
