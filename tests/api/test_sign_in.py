"""Who is signed in, what a denial looks like, and that it changes nothing (R-1.7, R-3.4)."""

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from plans import Plan, Role
from tests.api.bakeries import Bakery
from tests.api.callers import Caller
from tests.api.in_process import InProcessApi
from tests.api.world import OPEN, World


@pytest.mark.parametrize("token", [None, "", "nonsense", "bt_person_", "bt_live_nonsense", "💥"])
def test_without_a_valid_token_nobody_is_signed_in(bakery: Bakery, token: str | None) -> None:
    """R-1.7: for reads and mutations alike, null with `UNAUTHENTICATED`; the message says what to send."""
    stranger = Caller(bakery.api.post, token)
    with bakery.nothing_changes():
        for answer in (
            stranger.answer("Viewer"),
            stranger.answer("Lots"),
            stranger.answer("CreateSupplier", input={"name": " "}),
            stranger.answer("AddLot", input={"ingredientId": "nonsense", "quantity": "-1"}),
        ):
            assert (answer.root, answer.codes) == (None, ["UNAUTHENTICATED"])
            assert "Authorization: Bearer" in answer.errors[0]["message"]


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic {token}", "{token}", "Token {token}"])
def test_only_a_bearer_token_counts(bakery: Bakery, api: InProcessApi, header: str) -> None:
    response = api.request(
        "POST",
        "/graphql",
        json={"query": "{ viewer { id } }"},
        headers={"Authorization": header.format(token=bakery.owner.token)},
    )
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize("role", Role)
def test_a_token_ends_when_it_expires(bakery: Bakery, api: InProcessApi, role: Role) -> None:
    """R-1.7, R-9.1: a person's token and a machine's key; the moment itself is too late."""
    ends = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
    caller = Caller(api.post, bakery.new_token(role, ends))
    api.now = ends - timedelta(microseconds=1)
    assert caller.ask("Viewer")["role"] == role.value
    api.now = ends
    assert caller.answer("Viewer").codes == ["UNAUTHENTICATED"]


def test_a_token_ends_after_a_year_by_itself(bakery: Bakery, api: InProcessApi) -> None:
    api.days_pass(364)
    assert bakery.owner.ask("Viewer")["role"] == "OWNER"
    api.days_pass(1)
    assert bakery.owner.answer("Viewer").codes == ["UNAUTHENTICATED"]


@pytest.mark.parametrize("role", Role)
def test_the_viewer_knows_bakery_and_role(bakery: Bakery, role: Role) -> None:
    """R-1.1, R-1.3: the membership behind the token says which."""
    viewer = bakery.caller(role).ask("Viewer")
    assert viewer["role"] == role.value
    assert viewer["bakery"] == viewer["bakery"] | {
        "name": "The Corner Bakery",
        "plan": "GROWTH",
        "timeZone": "Europe/London",
        "currency": "GBP",
    }


# ── what the apps are told of features ────────────────────────────────────────────────────────────────────────────────
NAVIGATION = {"label": "Lot Tracking", "path": "/inventory/lots"}
SETTINGS = {"label": "Lot Tracking", "path": "/settings/lot-tracking"}


def test_features_and_navigation_follow_plan_role_and_switch(bakery: Bakery) -> None:
    """R-1.4, R-1.6, R-3.4: under Inventory while it is on; in the settings, on or off, for whoever may switch it."""
    for on, plan, role in product((True, False), Plan, Role):
        bakery.set_plan(Plan.GROWTH)
        bakery.tracks_lots(on)
        bakery.set_plan(plan)
        available = plan is not Plan.ESSENTIALS
        if role is Role.PARTNER and not available:
            assert bakery.partner.answer("Viewer").codes == ["PLAN_REQUIRED"]
            continue

        viewer = bakery.caller(role).ask("Viewer")

        can_switch = available and role in (Role.OWNER, Role.MANAGER)
        [feature] = [feature for feature in viewer["features"] if feature["key"] == "LOT_TRACKING"]
        assert feature == {
            "key": "LOT_TRACKING",
            "available": available,
            "enabled": available and on,
            "requiredPlan": "GROWTH",
            "canSwitch": can_switch,
        }
        children = {item["label"]: item["children"] for item in viewer["navigation"]}
        assert (NAVIGATION in children.get("Inventory", ())) == (available and on)
        assert (SETTINGS in children.get("Settings", ())) == can_switch


def test_the_settings_begin_with_their_defaults_and_change_by_parts(bakery: Bakery) -> None:
    """R-3.1: off, seven days, by expiry date; fields left out, or null, change nothing."""
    assert bakery.owner.ask("LotTrackingSettings") == {
        "enabled": False,
        "expiryWarningDays": 7,
        "consumptionOrder": "EXPIRY_DATE",
    }
    for change in (
        {"expiryWarningDays": 0},
        {"enabled": True},
        {"consumptionOrder": "RECEIVED_DATE", "enabled": None},
        {},
        {"expiryWarningDays": 365},
    ):
        bakery.manager.does("UpdateLotTrackingSettings", **change)
    assert bakery.manager.ask("LotTrackingSettings") == {
        "enabled": True,
        "expiryWarningDays": 365,
        "consumptionOrder": "RECEIVED_DATE",
    }


def test_a_downgrade_acts_as_a_switch_off_and_the_switch_is_remembered(bakery: Bakery) -> None:
    """R-1.6: what was recorded stays readable; an upgrade goes on from there."""
    bakery.tracks_lots()
    flour = bakery.ingredient("Flour")
    lot = bakery.restock(flour, "1")
    bakery.set_plan(Plan.ESSENTIALS)

    refusal = bakery.owner.tries("AddLot", ingredientId=flour, quantity="1")
    assert refusal == refusal | {
        "__typename": "PlanRequired",
        "requiredPlan": "GROWTH",
        "currentPlan": "ESSENTIALS",
    }
    assert bakery.restock(flour, "1") is None
    assert bakery.owner.ask("LotTrace", code=lot["code"])["trace"]["verdict"] == "PROVEN"
    assert bakery.owner.ask("LotTrackingSettings")["enabled"] is True
    bakery.set_plan(Plan.SCALE)
    assert bakery.restock(flour, "1") is not None


# ── denials ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_denial_bears_what_a_client_needs(bakery: Bakery) -> None:
    """The contract: `RoleRequired`, `PlanRequired` and `FeatureDisabled` with their data; the same for a read."""
    flour = bakery.ingredient("Flour")
    lot = {"ingredientId": flour, "quantity": "1"}
    refusal = bakery.staff.tries("AddLot", **lot)
    assert (refusal["requiredRoles"], refusal["currentRole"]) == (["OWNER", "MANAGER"], "STAFF")
    refusal = bakery.owner.tries("AddLot", **lot)
    assert (refusal["__typename"], refusal["feature"]) == ("FeatureDisabled", "LOT_TRACKING")

    [error] = bakery.staff.answer("LotTrackingSettings").errors
    assert error["extensions"] == {
        "code": "FORBIDDEN",
        "requiredRoles": ["OWNER", "MANAGER"],
        "currentRole": "STAFF",
    }


def test_the_first_refusal_answers(bakery: Bakery) -> None:
    """R-1.7: role before plan, plan before switch, switch before input."""
    wrong: dict[str, Any] = {"ingredientId": "nonsense", "quantity": "-1", "idempotencyKey": ""}
    bakery.set_plan(Plan.ESSENTIALS)
    assert bakery.staff.is_refused("AddLot", **wrong) == "RoleRequired"
    assert bakery.owner.is_refused("AddLot", **wrong) == "PlanRequired"
    bakery.set_plan(Plan.GROWTH)
    assert bakery.owner.is_refused("AddLot", **wrong) == "FeatureDisabled"
    bakery.tracks_lots()
    assert bakery.owner.is_refused("AddLot", **wrong) == "InvalidInput"


@pytest.mark.parametrize("key", [None, "", "used by the owner"])
def test_roles_come_before_input_and_keys(bakery: Bakery, key: str | None) -> None:
    """R-1.7, R-1.5: what only owner and manager may say in an open mutation is refused as a role, before the input is
    looked at, and though the owner did the same under the same key."""
    made = World.made(bakery)
    run = {"productId": made.ids["Product"], "quantity": "1", "allowShortfall": True, "idempotencyKey": key}
    cancel = {"orderId": made.ids["Order"], "status": "CANCELLED", "idempotencyKey": f"{key}!" if key else key}
    if key:
        bakery.owner.does("ConfirmProduction", **run)
        bakery.owner.does("SetOrderStatus", **cancel)

    with bakery.nothing_changes():
        assert bakery.staff.is_refused("ConfirmProduction", **run) == "RoleRequired"
        assert bakery.staff.is_refused("SetOrderStatus", **cancel) == "RoleRequired"


def test_a_refused_read_is_null_with_an_error_also_where_it_is_null_anyway(bakery: Bakery) -> None:
    """R-1.7: staff cannot tell a lot without supplier and cost from one with both."""
    bakery.tracks_lots()
    flour = bakery.ingredient("Flour")
    bare = bakery.restock(flour, "1")
    full = bakery.restock(flour, "1", supplierId=bakery.supplier(), supplierLotNumber="M-1", unitCost="1")

    answers = [bakery.staff.answer("LotDetail", code=lot["code"]) for lot in (bare, full)]

    for answer in answers:
        assert answer.codes == ["FORBIDDEN"] * 4
        for name in ("supplier", "supplierLotNumber", "unitCost", "balance"):
            assert answer.root[name] is None
        assert {error["path"][-1] for error in answer.errors} == {
            "supplier",
            "supplierLotNumber",
            "unitCost",
            "balance",
        }
        assert answer.root["quantityRemaining"] == "1"


def test_a_partner_reads_traces_and_writes_nothing(bakery: Bakery) -> None:
    """R-1.3, R-9.1: suppliers with `trace:read`, contact details only with a scope of their own, costs never."""
    made = World.made(bakery)
    bakery.bake(made.ids["Product"], "1")
    bakery.move({"id": made.ids["Order"]}, "READY")

    trace = bakery.partner.answer("LotTrace", code="LOT-260302-001")
    assert trace.root["trace"]["customers"][0] == trace.root["trace"]["customers"][0] | {"email": None, "phone": None}
    assert set(trace.codes) == {"FORBIDDEN"}
    assert {error["path"][-1] for error in trace.errors} == {"email", "phone"}
    assert bakery.partner.ask("OrderTrace", number="N-1")["trace"]["verdict"] == "PROVEN"
    assert bakery.partner.send('{ lot(code: "LOT-260302-001") { unitCost } }').codes == ["FORBIDDEN"]
    with bakery.nothing_changes():
        for mutation, input in made.inputs.items():
            if mutation == OPEN:
                continue
            operation = mutation[0].upper() + mutation[1:]
            assert bakery.partner.is_refused(operation, **input) == "RoleRequired"
