"""The story of a bakery that declares allergens: run as a module, with what to do and the URL of a database, by a
process that has the plug-in installed. Ends with 0 if everything is as it has to be."""

import sys
from itertools import product
from typing import Any

from baketrace_allergens.schema import PLUGIN
from typer.testing import CliRunner

from bakery.store.migration import check, downgrade, migrate
from bakery.store.proof import foreign_rows
from bakery.store.standing import is_current
from graphql_api.cli import app
from graphql_api.plugins import installed
from graphql_api.schema.features import BUILT_IN
from plans import Plan, Role
from tests.api.bakeries import Bakery
from tests.api.callers import Caller
from tests.api.in_process import InProcessApi

SET = """mutation ($input: SetLotAllergensInput!) { setLotAllergens(input: $input) { __typename
  ... on SetLotAllergensSuccess { lot { code allergens { id allergen declaredBy { name } lot { code } } } }
  ... on InvalidInput { fields { path message } } ... on RoleRequired { requiredRoles currentRole }
  ... on PlanRequired { requiredPlan currentPlan } ... on FeatureDisabled { feature } } }"""
SETTINGS = """mutation ($input: UpdateAllergenSettingsInput!) { updateAllergenSettings(input: $input) { __typename
  ... on UpdateAllergenSettingsSuccess { settings { law } } ... on PlanRequired { currentPlan } } }"""
READ = "query ($code: String!) { lot(code: $code) { allergens { allergen } } }"
SEARCH = """{ lotsWithAllergen(allergen: GLUTEN, first: 1) { totalCount pageInfo { hasNextPage }
  edges { node { code allergens { allergen } } } } }"""


def tell(url: str) -> None:
    api = InProcessApi(url, plugins=installed(BUILT_IN))
    try:
        declares_allergens(api)
        each_gate_answers(api)
        walls_stand_between_bakeries(api)
    finally:
        api.close()


def declares_allergens(api: InProcessApi) -> None:
    bakery = Bakery.opened(api)
    flour = bakery.ingredient("Flour")
    bakery.tracks_lots()
    lot, other = bakery.restock(flour, "5"), bakery.restock(flour, "5")
    switched_on(bakery)
    declared = bakery.manager.send(SET, {"input": {"lotId": lot["id"], "allergens": ["GLUTEN", "LUPIN"]}}).root
    assert declared["lot"]["code"] == lot["code"], declared
    assert [item["allergen"] for item in declared["lot"]["allergens"]] == ["GLUTEN", "LUPIN"]
    assert declared["lot"]["allergens"][0]["declaredBy"]["name"] == "Manager"
    assert declared["lot"]["allergens"][0]["lot"]["code"] == lot["code"]
    bakery.owner.send(SET, {"input": {"lotId": other["id"], "allergens": ["GLUTEN", "GLUTEN"]}})
    assert bakery.staff.send(READ, {"code": other["code"]}).root == {"allergens": [{"allergen": "GLUTEN"}]}

    found = bakery.staff.send(SEARCH).root
    assert (found["totalCount"], found["pageInfo"]["hasNextPage"]) == (2, True)
    assert found["edges"] == [{"node": {"code": other["code"], "allergens": [{"allergen": "GLUTEN"}]}}]

    assert bakery.owner.send("{ allergenSettings { law } }").root == {"law": "EU"}
    assert bakery.owner.send(SETTINGS, {"input": {"law": "US"}}).root["settings"] == {"law": "US"}
    assert bakery.owner.send(SETTINGS, {"input": {}}).root["settings"] == {"law": "US"}
    with bakery.nothing_changes():
        wrong = bakery.owner.send(SET, {"input": {"lotId": lot["id"], "allergens": ["EGG", "LUPIN"]}}).root
    assert [problem["path"] for problem in wrong["fields"]] == ["allergens[1]"]
    assert [*bakery.breaches(), *bakery.api.prove(foreign_rows)] == []


def switched_on(bakery: Bakery) -> None:
    """Off until it is switched on, by `setFeature`; then it is in the navigation."""
    [state] = [item for item in bakery.owner.ask("Viewer")["features"] if item["key"] == "ALLERGENS"]
    assert (state["available"], state["enabled"], state["canSwitch"]) == (True, False, True)
    assert paths(bakery.owner) & {"/inventory/allergens", "/settings/allergens"} == {"/settings/allergens"}
    assert bakery.owner.does("SetFeature", feature="ALLERGENS", enabled=True)["feature"]["enabled"]
    assert paths(bakery.staff) & {"/inventory/allergens", "/settings/allergens"} == {"/inventory/allergens"}


def paths(caller: Caller) -> set[str]:
    return {child["path"] for item in caller.ask("Viewer")["navigation"] for child in item["children"]}


def each_gate_answers(api: InProcessApi) -> None:
    """The matrix of its fields: plan, switch and role, by what `feature.py` is meant to say."""
    bakery = Bakery.opened(api)
    bakery.tracks_lots()
    lot = bakery.restock(bakery.ingredient("Flour"), "5")
    bakery.partner.ask("Viewer")
    for plan, on in product(Plan, (True, False)):
        bakery.set_plan(Plan.GROWTH)
        bakery.owner.does("SetFeature", feature="ALLERGENS", enabled=on)
        bakery.set_plan(plan)
        lacks = "PlanRequired" if plan is Plan.ESSENTIALS else None if on else "FeatureDisabled"
        code = {"PlanRequired": "PLAN_REQUIRED", "FeatureDisabled": "FEATURE_DISABLED"}.get(lacks or "")
        for role in Role:
            with bakery.nothing_changes():
                caller = bakery.caller(role)
                leads, is_partner = role in (Role.OWNER, Role.MANAGER), role is Role.PARTNER
                told = caller.send(SET, {"input": {"lotId": "nothing", "allergens": []}}).root["__typename"]
                assert told == ((lacks or "InvalidInput") if leads else "RoleRequired"), (plan, on, role, told)
                answer = caller.send(SEARCH)
                assert answer.codes == (["FORBIDDEN"] if is_partner else [code] if code else []), (plan, on, role)
                read = caller.send(READ, {"code": lot["code"]})
                if is_partner:
                    assert read.codes == ["PLAN_REQUIRED" if plan is Plan.ESSENTIALS else "FORBIDDEN"]
                else:
                    assert (read.codes, read.root) == ([], {"allergens": []})  # recorded facts, on every plan
                assert caller.send("{ allergenSettings { law } }").codes == ([] if leads else ["FORBIDDEN"])
        changed: Any = bakery.owner.send(SETTINGS, {"input": {}}).root["__typename"]
        assert changed == ("PlanRequired" if plan is Plan.ESSENTIALS else "UpdateAllergenSettingsSuccess")
    assert bakery.nobody.send(READ, {"code": lot["code"]}).codes == ["UNAUTHENTICATED"]


def walls_stand_between_bakeries(api: InProcessApi) -> None:
    """R-1.1: another bakery's lot is like none, and its declarations are not found."""
    bakery, stranger = Bakery.opened(api), Bakery.opened(api)
    for each in (bakery, stranger):
        each.tracks_lots()
        each.owner.does("SetFeature", feature="ALLERGENS", enabled=True)
    lot = stranger.restock(stranger.ingredient("Flour"), "5")
    stranger.owner.send(SET, {"input": {"lotId": lot["id"], "allergens": ["GLUTEN"]}})
    with bakery.nothing_changes():
        told = bakery.owner.send(SET, {"input": {"lotId": lot["id"], "allergens": ["EGG"]}}).root
    assert [problem["path"] for problem in told["fields"]] == ["lotId"]
    assert bakery.owner.send(SEARCH).root["totalCount"] == 0


def migrations_run_up_and_down(url: str) -> None:
    annexes = installed(BUILT_IN).annexes
    assert annexes == (PLUGIN.annex,)
    assert is_current(url, annexes=annexes)
    check(url, annexes=annexes)
    downgrade(url, annexes=annexes)
    assert not is_current(url, annexes=annexes)
    migrate(url)
    assert not is_current(url, annexes=annexes)  # ours is there, the plug-in's is not
    migrate(url, annexes=annexes)
    assert is_current(url, annexes=annexes)
    check(url, annexes=annexes)


def command(url: str, *arguments: str) -> str:
    """What a command of the product prints; it must succeed."""
    done = CliRunner().invoke(app, arguments, env={"BAKETRACE_DATABASE_URL": url})
    assert done.exit_code == 0, done.output
    return done.output.strip()


if __name__ == "__main__":
    task, database_url = sys.argv[1:]
    command(database_url, "migrate")
    if task == "tell":
        migrations_run_up_and_down(database_url)
        tell(database_url)
        assert command(database_url, "check") == "No breaches."
    else:
        command(database_url, "migrate", "--remove", PLUGIN.feature.key)
        assert not is_current(database_url, annexes=installed(BUILT_IN).annexes)
        assert is_current(database_url)
