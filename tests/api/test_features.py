"""Features of every kind through the API: what callers are told of them, and who switches them (R-1.4, R-3.4).

The built-in features do not show all that a feature may be; `example_features.py` has the rest.
"""

from typing import Any

import pytest

from plans import Plan
from tests.api.bakeries import Bakery
from tests.api.callers import Caller


def state(caller: Caller, key: str) -> dict[str, Any]:
    [found] = [feature for feature in caller.ask("Viewer")["features"] if feature["key"] == key]
    return dict(found)


def places(caller: Caller) -> set[str]:
    """The navigation, as paths."""
    return {child["path"] for item in caller.ask("Viewer")["navigation"] for child in item["children"]}


def test_a_feature_is_off_until_it_is_switched_on(bakery: Bakery) -> None:
    """R-1.4, R-3.4: its places are in the navigation while it is on."""
    assert state(bakery.owner, "TASTINGS") == {
        "key": "TASTINGS",
        "available": True,
        "enabled": False,
        "requiredPlan": "ESSENTIALS",
        "canSwitch": True,
    }
    switched = bakery.manager.does("SetFeature", feature="TASTINGS", enabled=True)["feature"]
    assert switched == state(bakery.manager, "TASTINGS")
    assert switched["enabled"] is True
    assert state(bakery.staff, "TASTINGS") == switched | {"canSwitch": False}
    assert "/inventory/tastings" in places(bakery.staff)

    bakery.manager.does("SetFeature", feature="TASTINGS", enabled=False)
    assert state(bakery.owner, "TASTINGS")["enabled"] is False
    assert "/inventory/tastings" not in places(bakery.owner)


def test_navigation_gathers_what_features_add_under_one_parent(bakery: Bakery) -> None:
    """R-3.4"""
    bakery.tracks_lots()
    bakery.owner.does("SetFeature", feature="TASTINGS", enabled=True)
    navigation = {item["label"]: item["children"] for item in bakery.owner.ask("Viewer")["navigation"]}
    assert [child["label"] for child in navigation["Inventory"]] == ["Lot Tracking", "Tastings"]


def test_each_feature_names_who_may_switch_it(bakery: Bakery) -> None:
    """R-1.4, R-1.7: role, then plan; a refusal has its data, and changes nothing."""
    with bakery.nothing_changes():
        refused = bakery.manager.tries("SetFeature", feature="GUEST_BAKERS", enabled=True)
    assert (refused["requiredRoles"], refused["currentRole"]) == (["OWNER"], "MANAGER")
    assert state(bakery.manager, "GUEST_BAKERS")["canSwitch"] is False
    assert "/settings/guests" not in places(bakery.manager)

    assert "/settings/guests" in places(bakery.owner)
    assert bakery.owner.does("SetFeature", feature="GUEST_BAKERS", enabled=True)["feature"]["enabled"] is True

    bakery.set_plan(Plan.ESSENTIALS)
    assert bakery.manager.is_refused("SetFeature", feature="GUEST_BAKERS", enabled=False) == "RoleRequired"
    with bakery.nothing_changes():
        refused = bakery.owner.tries("SetFeature", feature="GUEST_BAKERS", enabled=False)
    assert (refused["__typename"], refused["requiredPlan"], refused["currentPlan"]) == (
        "PlanRequired",
        "GROWTH",
        "ESSENTIALS",
    )


def test_a_downgrade_switches_off_and_an_upgrade_remembers(bakery: Bakery) -> None:
    """R-1.6"""
    bakery.owner.does("SetFeature", feature="GUEST_BAKERS", enabled=True)
    bakery.set_plan(Plan.ESSENTIALS)
    assert state(bakery.owner, "GUEST_BAKERS") == {
        "key": "GUEST_BAKERS",
        "available": False,
        "enabled": False,
        "requiredPlan": "GROWTH",
        "canSwitch": False,
    }
    assert "/people/guests" not in places(bakery.owner)
    bakery.set_plan(Plan.SCALE)
    assert state(bakery.owner, "GUEST_BAKERS")["enabled"] is True


@pytest.mark.parametrize("plan", Plan)
def test_a_feature_without_a_switch_follows_what_it_requires(bakery: Bakery, plan: Plan) -> None:
    """R-1.4: it cannot be switched by itself."""
    bakery.tracks_lots()
    bakery.set_plan(plan)
    on = plan is Plan.SCALE
    assert state(bakery.owner, "CLOSE_WATCH") == {
        "key": "CLOSE_WATCH",
        "available": on,
        "enabled": on,
        "requiredPlan": "SCALE",
        "canSwitch": False,
    }
    assert ("/inventory/watch" in places(bakery.staff)) == on
    refused = bakery.owner.tries("SetFeature", feature="CLOSE_WATCH", enabled=True)
    assert refused["__typename"] == ("InvalidInput" if on else "PlanRequired")
    if on:
        assert "Lot tracking" in refused["fields"][0]["message"]
        bakery.tracks_lots(False)
        assert state(bakery.owner, "CLOSE_WATCH")["enabled"] is False


def test_what_was_switched_acts_from_the_next_field_on(bakery: Bakery) -> None:
    """R-3.5: mutations of one document run one after another, and each sees what those before it did."""
    flour = bakery.ingredient("Flour")
    answer = bakery.owner.send(
        """mutation ($lot: AddLotInput!) {
          before: addLot(input: $lot) { __typename }
          on: updateLotTrackingSettings(input: {enabled: true}) { __typename }
          between: addLot(input: $lot) { __typename }
          off: updateLotTrackingSettings(input: {enabled: false}) { __typename }
          after: addLot(input: $lot) { __typename }
        }""",
        {"lot": {"ingredientId": flour, "quantity": "1"}},
    )
    told = {name: value["__typename"] for name, value in answer.body["data"].items()}
    assert (told["before"], told["between"], told["after"]) == ("FeatureDisabled", "AddLotSuccess", "FeatureDisabled")
    assert len(bakery.remaining(flour)) == 1
