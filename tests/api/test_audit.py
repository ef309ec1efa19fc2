"""The audit log: who did what, when, from where, to which thing (docs/audit.md)."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from bakery.store import Database, Session
from bakery.store.audit import seal_waiting, verified
from graphql_api.administration import Administration
from graphql_api.schema import roots
from plans import Plan, Role
from tests.api.bakeries import Bakery
from tests.api.in_process import InProcessApi
from tests.api.world import World


def log(bakery: Bakery, **filter: Any) -> list[Any]:
    """The entries that fit, newest first."""
    edges = bakery.owner.ask("AuditLog", first=100, filter=filter)["edges"]
    return [edge["node"] for edge in edges]


def last(bakery: Bakery, **filter: Any) -> Any:
    return log(bakery, **filter)[0]


def arguments(entry: Mapping[str, Any]) -> Any:
    return json.loads(entry["arguments"])


# ── mutations ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_mutation_is_recorded_with_all_that_was_asked(bakery: Bakery, api: InProcessApi) -> None:
    """Issue 5, point 6: who, what, when, from where, to which thing."""
    bakery.tracks_lots()
    flour, mill = bakery.ingredient("Flour"), bakery.supplier()
    response = api.request(
        "POST",
        "/graphql",
        headers={"Authorization": f"Bearer {bakery.manager.token}", "User-Agent": "Scales/3.1\t(kitchen)"},
        json={
            "query": "mutation ($input: QuickRestockInput!) { quickRestock(input: $input) "
            "{ ... on QuickRestockSuccess { lot { id code } } } }",
            "variables": {
                "input": {
                    "ingredientId": flour,
                    "quantity": "5.50",
                    "unit": "kg",
                    "supplierId": mill,
                    "expiresOn": "2026-06-01",
                    "idempotencyKey": "delivery 1",
                }
            },
        },
    )
    lot = response.json()["data"]["quickRestock"]["lot"]

    entry = last(bakery)
    assert entry["recordedAt"] == "2026-03-02T08:00:00+00:00"
    assert (entry["kind"], entry["actor"], entry["role"]) == ("CHANGE", "Manager", "MANAGER")
    assert entry["member"]["name"] == "Manager"
    assert (entry["action"], entry["outcome"], entry["code"]) == ("quickRestock", "DONE", None)
    assert (entry["address"], entry["userAgent"]) == ("127.0.0.1", "Scales/3.1(kitchen)")
    assert arguments(entry) == {
        "ingredientId": flour,
        "quantity": "5.5",
        "unit": "kg",
        "supplierId": mill,
        "expiresOn": "2026-06-01",
        "idempotencyKey": "delivery 1",
    }
    assert entry["things"] == [
        {"kind": "Ingredient", "id": flour, "code": "Flour"},
        {"kind": "Lot", "id": lot["id"], "code": lot["code"]},
        {"kind": "Supplier", "id": mill, "code": "Mill & Sons"},
    ]


def test_every_mutation_is_recorded(bakery: Bakery) -> None:
    """Whatever the schema has: each as it was asked, and each refusal under the type of its error."""
    world = World.made(bakery)
    mutations = roots.build().as_str().partition("\ntype Mutation {")[2].partition("\n}")[0]
    assert all(f"  {name}(" in mutations for name in world.inputs)
    for name, input in world.inputs.items():
        document = f"mutation ($input: {name[0].upper()}{name[1:]}Input!) {{ {name}(input: $input) {{ __typename }} }}"
        for caller, outcome, code in ((bakery.staff, "REFUSED", "RoleRequired"), (bakery.owner, None, None)):
            answer = caller.send(document, {"input": input})
            told = answer.root["__typename"]
            if told == "HandOverOwnershipSuccess":  # the log is the new owner's to read
                bakery = replace(bakery, tokens={Role.OWNER: str(bakery.manager.token)})
            entry = last(bakery, action=name)
            if outcome is None or told != code:  # what staff may do, they did
                outcome, code = ("DONE", None) if told.endswith("Success") else ("REFUSED", told)
            assert (entry["action"], entry["outcome"], entry["code"]) == (name, outcome, code)
            assert entry["things"] or name in ("updateLotTrackingSettings", "setFeature", "createSupplier") or code
            asked = arguments(entry)
            assert asked.keys() == input.keys()
            kept = input.keys() - {"email", "phone", "invitation"}
            assert {key: asked[key] for key in kept} == {key: input[key] for key in kept}


def test_secrets_and_contact_details_are_not_kept(bakery: Bakery) -> None:
    """An entry is for ever: that a detail was given, or taken away, stays on record; the detail itself does not."""
    customer = bakery.customer(email="nord@example.com", phone="0123 456")
    assert arguments(last(bakery)) == {"name": "Café Nord", "email": "(not kept)", "phone": "(not kept)"}
    bakery.owner.does("UpdateCustomer", customerId=customer, email=None)
    assert arguments(last(bakery)) == {"customerId": customer, "email": None}
    found = bakery.api.administer(lambda administration: everything_logged(administration, bakery))
    assert "nord@example.com" not in found
    assert "0123 456" not in found
    for token in bakery.tokens.values():
        assert token not in found


async def everything_logged(administration: Administration, bakery: Bakery) -> str:
    async with administration.database.reading() as session:
        return str(await session.rows(text(f"SELECT * FROM audit_entries WHERE bakery_id = {bakery.id}")))


def test_a_refusal_is_recorded_though_nothing_else_is(bakery: Bakery) -> None:
    """R-1.7: by a gate, by a rule and by stock, in a transaction of its own."""
    flour = bakery.ingredient("Flour")
    bread = bakery.product("Bread", {flour: "1"})
    with bakery.nothing_changes():
        assert bakery.staff.is_refused("AdjustStock", ingredientId=flour, countedQuantity="1") == "RoleRequired"
        assert bakery.owner.is_refused("AddLot", ingredientId=flour, quantity="1") == "FeatureDisabled"
        assert bakery.owner.is_refused("AdjustStock", ingredientId=flour, countedQuantity="-1") == "InvalidInput"
        assert bakery.staff.is_refused("ConfirmProduction", productId=bread, quantity="1") == "InsufficientStock"
    refused = [(entry["actor"], entry["action"], entry["code"]) for entry in log(bakery, outcome="REFUSED")]
    assert refused == [
        ("Staff", "confirmProduction", "InsufficientStock"),
        ("Owner", "adjustStock", "InvalidInput"),
        ("Owner", "addLot", "FeatureDisabled"),
        ("Staff", "adjustStock", "RoleRequired"),
    ]
    assert [thing["code"] for thing in last(bakery)["things"]] == ["Bread"]


def test_nobody_is_in_no_bakerys_log(bakery: Bakery) -> None:
    before = len(log(bakery))
    answer = bakery.nobody.answer("CreateSupplier", input={"name": "Mill"})
    assert answer.codes == ["UNAUTHENTICATED"]
    assert len(log(bakery)) == before


def test_a_repeat_is_recorded_as_one(bakery: Bakery) -> None:
    """R-5.10: what was done once stands there once as done; another input under its key, as refused."""
    flour = bakery.ingredient("Flour")
    first = bakery.restock(flour, "5", idempotencyKey="one")
    assert bakery.restock(flour, "5", idempotencyKey="one") == first
    bakery.owner.is_refused("QuickRestock", ingredientId=flour, quantity="6", idempotencyKey="one")
    told = [(entry["outcome"], entry["code"], entry["things"]) for entry in log(bakery, action="quickRestock")]
    things = told[2][2]
    assert told == [
        ("REFUSED", "IdempotencyConflict", things),
        ("REPEATED", None, things),
        ("DONE", None, things),
    ]


def test_each_field_of_a_request_has_its_entry(bakery: Bakery) -> None:
    fields = " ".join(f"{name}: createSupplier(input: ${name}) {{ __typename }}" for name in "ab")
    text = "mutation ($a: CreateSupplierInput!, $b: CreateSupplierInput!) { " + fields + " }"
    bakery.owner.send(text, {"a": {"name": "Mill"}, "b": {"name": " "}})
    first, second = log(bakery, action="createSupplier")
    assert (first["outcome"], second["outcome"]) == ("REFUSED", "DONE")


def test_what_cannot_be_recorded_is_not_done(database_url: str) -> None:
    """The entry is part of the mutation: the one is not there without the other; the same of a refusal and a read."""
    api = InProcessApi(database_url)
    bakery = Bakery.opened(api)
    partner, flour = bakery.partner, bakery.ingredient("Flour")
    api.administer(lambda administration: run(administration.database, "ALTER TABLE audit_entries RENAME TO hidden"))
    before = api.snapshot()
    for caller, operation, variables in (
        (bakery.owner, "QuickRestock", {"input": {"ingredientId": flour, "quantity": "5"}}),
        (bakery.staff, "QuickRestock", {"input": {"ingredientId": flour, "quantity": "5"}}),
        (partner, "Viewer", {}),
    ):
        with pytest.raises(AssertionError, match="INTERNAL"):
            caller.answer(operation, **variables)
    assert api.snapshot() == before
    api.administer(lambda administration: run(administration.database, "ALTER TABLE hidden RENAME TO audit_entries"))
    bakery.restock(flour, "5")
    assert bakery.stock(flour)[0] == "5"
    api.close()


async def run(database: Database, statement: str) -> None:
    """As the tables' owner: the server itself may not change them."""
    whole = database.across_bakeries()
    async with whole.writing() as session:
        await session.execute(text(statement))
    await whole.dispose()


def test_what_goes_wrong_is_recorded_as_failed(database_url: str) -> None:
    api = InProcessApi(database_url)
    bakery = Bakery.opened(api)
    api.administer(lambda administration: run(administration.database, "ALTER TABLE suppliers RENAME TO hidden"))
    with pytest.raises(AssertionError, match="INTERNAL"):
        bakery.supplier()
    entry = last(bakery)
    assert (entry["action"], entry["outcome"], entry["code"]) == ("createSupplier", "FAILED", "INTERNAL")
    api.close()


def test_a_long_input_is_kept_as_a_digest(bakery: Bakery) -> None:
    flour = bakery.ingredient("Flour")
    bakery.owner.is_refused("AdjustStock", ingredientId=flour, countedQuantity="1", note="x" * 100_000)
    kept = arguments(last(bakery))
    assert kept.keys() == {"tooLong", "sha256", "fields"}
    assert kept["fields"] == ["countedQuantity", "ingredientId", "note"]


@pytest.mark.parametrize("odd", ["a\0b", "💥", "\x1b[31m", '"\\', "%_/"])
def test_odd_texts_are_kept(bakery: Bakery, odd: str) -> None:
    """Also those that neither database could hold as they are."""
    bakery.owner.tries("CreateSupplier", name=odd)
    assert arguments(last(bakery))["name"] == odd


# ── partners' reads ───────────────────────────────────────────────────────────────────────────────────────────────────
def test_every_read_of_a_partner_is_recorded(bakery: Bakery) -> None:
    """R-9.1: which lot, by its code; also where there is none, and where it is refused."""
    bakery.tracks_lots()
    flour = bakery.ingredient("Flour")
    lot = bakery.restock(flour, "5")
    partner = bakery.partner
    answer = partner.send(
        'query ($id: ID!, $code: String!) { a: lot(code: $code) { id } lot(code: "none") { id } node(id: $id) { id } '
        'lots(first: 2, filter: {search: "x"}) { totalCount } viewer { name } __typename }',
        {"id": lot["id"], "code": lot["code"]},
    )
    assert answer.codes == ["FORBIDDEN"]
    entries = log(bakery)[:5]
    assert {(entry["kind"], entry["actor"], entry["role"], entry["member"]) for entry in entries} == {
        ("READ", "Partner", "PARTNER", None)
    }
    told = {
        (entry["action"], entry["outcome"], entry["code"], entry["arguments"], json.dumps(entry["things"]))
        for entry in entries
    }
    assert told == {
        (action, outcome, code, json.dumps(asked, separators=(",", ":")), json.dumps(things))
        for action, outcome, code, asked, things in (
            ("lot", "DONE", None, {"code": lot["code"]}, [{"kind": "Lot", "id": None, "code": lot["code"]}]),
            ("lot", "DONE", None, {"code": "none"}, [{"kind": "Lot", "id": None, "code": "none"}]),
            ("node", "DONE", None, {"id": lot["id"]}, [{"kind": "Lot", "id": lot["id"], "code": lot["code"]}]),
            ("lots", "REFUSED", "FORBIDDEN", {"filter": {"search": "x"}, "sort": "NEWEST", "first": 2}, []),
            ("viewer", "DONE", None, {}, []),
        )
    }


def test_a_read_that_its_type_refuses_is_recorded_as_refused(bakery: Bakery) -> None:
    """R-1.5: `node` lets everybody ask, and the type's own gate refuses."""
    flour = bakery.ingredient("Flour")
    assert bakery.partner.answer("Anything", id=flour).codes == ["FORBIDDEN"]
    entry = last(bakery)
    assert (entry["action"], entry["outcome"], entry["code"]) == ("node", "REFUSED", "FORBIDDEN")


def test_a_partner_who_would_change_something_is_recorded(bakery: Bakery) -> None:
    """R-1.3"""
    assert bakery.partner.is_refused("CreateSupplier", name="Mill") == "RoleRequired"
    entry = last(bakery)
    assert (entry["kind"], entry["actor"], entry["code"]) == ("CHANGE", "Partner", "RoleRequired")


def test_reads_of_people_are_not_recorded(bakery: Bakery) -> None:
    before = len(log(bakery))
    for role in (Role.OWNER, Role.MANAGER, Role.STAFF):
        bakery.caller(role).ask("Viewer")
    assert len(log(bakery)) == before


# ── commands ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_commands_are_recorded_with_whom_they_concern(bakery: Bakery) -> None:
    """Who gives out tokens can act as anybody: the owner sees that they were given."""
    bakery.set_plan(Plan.SCALE)
    bakery.new_token(Role.STAFF)
    entries = log(bakery)
    assert [(entry["kind"], entry["actor"], entry["role"], entry["action"]) for entry in entries] == [
        ("COMMAND", "command line", None, "token"),
        ("COMMAND", "command line", None, "bakery set-plan"),
        ("COMMAND", "command line", None, "bakery create"),
    ]
    assert [thing["code"] for thing in entries[0]["things"]] == ["Staff"]
    assert arguments(entries[1]) == {"plan": "SCALE"}


# ── the list ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_list_is_newest_first_and_paged(bakery: Bakery) -> None:
    names = [f"Mill {number}" for number in range(7)]
    for name in names:
        bakery.supplier(name)
    found: list[str] = []
    after = None
    while True:
        page = bakery.owner.ask("AuditLog", first=3, after=after, filter={"action": "createSupplier"})
        found += [arguments(edge["node"])["name"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert found == names[::-1]
    assert page["totalCount"] == 7


def test_the_list_is_filtered(bakery: Bakery, api: InProcessApi) -> None:
    flour = bakery.ingredient("Flour")
    api.days_pass(1)
    bakery.tracks_lots()
    lot = bakery.restock(flour, "5")
    bakery.manager.does("HoldLot", lotId=lot["id"], reason="Odd smell")
    bakery.partner.ask("LotUsage", code=lot["code"])
    bakery.manager.is_refused("HoldLot", lotId=lot["id"], reason=" ")

    def found(**filter: Any) -> list[str]:
        return [entry["action"] for entry in log(bakery, **filter)]

    manager = last(bakery, action="holdLot")["member"]["id"]
    assert found(member=manager) == ["holdLot", "holdLot"]
    assert found(member=manager, outcome="REFUSED") == ["holdLot"]
    assert found(action="holdLot", outcome="DONE") == ["holdLot"]
    of_the_lot = ["holdLot", "lot", "holdLot", "quickRestock"]
    assert found(thing=lot["id"]) == of_the_lot
    assert found(thing=lot["code"]) == of_the_lot
    assert found(thing="LOT-260303-999") == []
    assert found(to="2026-03-02") == ["createIngredient", "bakery create"]
    assert found(**{"from": "2026-03-03", "to": "2026-03-03"})[-1] == "updateLotTrackingSettings"
    assert found(**{"from": "2026-03-04"}) == []
    assert found(action="hold") == []


@pytest.mark.parametrize(
    ("filter", "path"),
    [
        ({"member": "nonsense"}, "filter.member"),
        ({"action": "x" * 201}, "filter.action"),
        ({"thing": "a\0b"}, "filter.thing"),
        ({"from": "0001-01-01"}, "filter.from"),
        ({"to": "9999-12-31"}, "filter.to"),
    ],
)
def test_a_filter_that_means_nothing_is_told(bakery: Bakery, filter: dict[str, str], path: str) -> None:
    answer = bakery.owner.answer("AuditLog", filter=filter)
    assert answer.codes[0] in ("BAD_USER_INPUT", "NOT_FOUND")
    assert [problem["path"] for problem in answer.errors[0]["extensions"]["fields"]] == [path]


def test_the_log_is_the_owners_alone_and_of_one_bakery(bakery: Bakery) -> None:
    """R-1.1, R-1.7: managers are in it; another bakery's entries, things and members are not."""
    assert bakery.manager.answer("AuditLog").codes == ["FORBIDDEN"]
    stranger = Bakery.opened(bakery.api)
    theirs = stranger.supplier("Theirs")
    entry = last(stranger)
    bakery.owner.is_refused("UpdateSupplier", supplierId=theirs, name="Ours")
    assert log(bakery, thing=theirs)[0]["things"] == [{"kind": "Supplier", "id": theirs, "code": None}]
    assert bakery.owner.ask("Anything", id=entry["id"]) is None
    assert log(bakery, member=entry["member"]["id"]) == []


# ── sealing ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_entries_are_sealed_in_one_chain_a_bakery(bakery: Bakery, api: InProcessApi) -> None:
    bakery.supplier("Mill"), bakery.supplier("Dairy")
    assert {entry["sealNumber"] for entry in log(bakery)} == {None}
    api.days_pass(1)
    api.administer(lambda administration: seal_waiting(administration.database, lambda: api.now))
    entries = log(bakery)[::-1]
    assert [entry["sealNumber"] for entry in entries] == [1, 2, 3]
    assert [entry["previousHash"] for entry in entries] == ["0" * 64, entries[0]["hash"], entries[1]["hash"]]
    assert {entry["sealedAt"] for entry in entries} == {"2026-03-03T08:00:00+00:00"}
    assert proven(api, entries[-1]["hash"]) == []
    assert [told.message for told in proven(api, "f" * 64)] == [
        "No chain has it: the log was cut or written anew before it."
    ]


def proven(api: InProcessApi, *heads: str) -> list[Any]:
    async def found(session: Session) -> list[Any]:
        return [breach for _, breach in (await verified(session, heads)).breaches]

    breaches: list[Any] = api.prove(found)
    return breaches
