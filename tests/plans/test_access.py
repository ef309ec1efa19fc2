"""Plans, roles, features and the one decision, without anything around them (R-1.2 to R-1.7)."""

from dataclasses import dataclass, field
from itertools import product
from typing import Any

import pytest

from plans import (
    BUILT_IN,
    LOT_TRACKING,
    Denied,
    Feature,
    FeatureDisabled,
    Gate,
    Needs,
    Operation,
    Plan,
    Role,
    decide,
    is_on,
)
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
    gate = Gate(tuple(Role), scopes=("trace:read", "lots:read"))
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


def test_the_operations_of_lot_tracking_are_for_owner_and_manager() -> None:
    """R-1.6, R-1.8, R-3.1: its settings are read anywhere and changed where the plan has it; all else needs it on."""
    needs = {name: operation.needs for name, operation in LOT_TRACKING.operations.items()}
    assert needs.pop("lotTrackingSettings") is Needs.NOTHING
    assert needs.pop("updateLotTrackingSettings") is Needs.PLAN
    assert {"addLot", "writeOffLot", "holdLot", "releaseLot"} <= set(needs)
    assert set(needs.values()) == {Needs.SWITCHED_ON}
    for operation in LOT_TRACKING.operations.values():
        assert set(operation.roles) == {Role.OWNER, Role.MANAGER}


# ── features of any kind ──────────────────────────────────────────────────────────────────────────────────────────────
WATCH = Feature(
    key="WATCH",
    name="Close watch",
    plan=Plan.SCALE,
    switch=None,
    requires=(LOT_TRACKING,),
    operations={
        "watch": Operation(LEADERS),
        "endWatch": Operation(LEADERS, Needs.NOTHING),
        "watchSettings": Operation((Role.OWNER,), Needs.PLAN, scope="watch:read"),
    },
)
"""Without a switch of its own, as recalls will be."""

ALARM = Feature(key="ALARM", name="Alarm", plan=Plan.SCALE, requires=(WATCH,))
"""With a switch of its own, and more that it requires."""


@pytest.mark.parametrize(("plan", "tracking"), list(product(Plan, [True, False])))
def test_a_feature_without_a_switch_is_on_where_what_it_requires_is(plan: Plan, tracking: bool) -> None:
    """R-1.4: as recalls, which are on where the plan is Scale and lot tracking is on."""
    caller = Somebody(plan=plan, switches=frozenset({"LOT_TRACKING"} if tracking else ()))
    assert is_on(WATCH, caller) == (plan is Plan.SCALE and tracking)
    expected = "" if tracking else "FEATURE_DISABLED"
    if plan is not Plan.SCALE:
        expected = "PLAN_REQUIRED"
    assert (code_of(decide(WATCH.gate("watch"), caller)) or "") == expected
    assert decide(WATCH.gate("endWatch"), caller) is None  # what was begun may be ended after either


def test_what_is_required_counts_at_any_depth() -> None:
    """R-1.4, R-1.7: the denial names the feature that was asked for, and says what to switch on."""
    for switches, words in (
        ((), "Alarm needs Lot tracking, which is switched off"),
        (("ALARM",), "Alarm needs Lot tracking, which is switched off"),
        (("LOT_TRACKING",), "Alarm is switched off"),
    ):
        caller = Somebody(switches=frozenset(switches))
        denial = decide(Gate(LEADERS, ALARM), caller)
        assert isinstance(denial, FeatureDisabled)
        assert denial.feature == "ALARM"
        assert denial.message.startswith(words)
        assert not is_on(ALARM, caller)
    assert is_on(ALARM, Somebody(switches=frozenset({"LOT_TRACKING", "ALARM"})))


def test_a_gate_is_taken_from_the_declaration() -> None:
    """R-1.4: roles, plan, switch and scope of an operation are declared with the feature; nothing else has a gate."""
    assert WATCH.gate("watch") == Gate(LEADERS, WATCH)
    assert WATCH.gate("endWatch") == Gate(LEADERS, None, needs_switch=False)
    assert WATCH.gate("watchSettings") == Gate((Role.OWNER,), WATCH, needs_switch=False, scopes=("watch:read",))
    with pytest.raises(KeyError):
        WATCH.gate("undeclared")


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"key": "lower"}, "no key"),
        ({"key": "TWO__MARKS"}, "no key"),
        ({"key": "X" * 41}, "no key"),
        ({"switched_by": (Role.OWNER, Role.STAFF)}, "only owners and managers"),
        ({"switch": None}, "always be on"),
        ({"plan": Plan.ESSENTIALS, "requires": (LOT_TRACKING,)}, "does not have"),
    ],
)
def test_a_declaration_that_breaks_a_rule_is_refused(wrong: dict[str, Any], word: str) -> None:
    """R-1.4, R-1.5: off by default, switched by owner or manager, in a plan that has all that it requires."""
    declared: dict[str, Any] = {"key": "RIGHT", "name": "Right", "plan": Plan.GROWTH}
    with pytest.raises(ValueError, match=word):
        Feature(**declared | wrong)
