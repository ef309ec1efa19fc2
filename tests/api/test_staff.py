"""What staff see and do, and no more; and what partners never see (R-1.5, R-9.1).

The secrets of a bakery are given values that nothing else has. Then everything that the schema can lead to is asked
for, by every way that it has: whatever the gates, no answer may have a secret in it.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from graphql import build_schema, get_named_type

from graphql_api.schema import roots
from tests.api.bakeries import Bakery
from tests.api.callers import Caller
from tests.api.crawl import everything_below
from tests.api.databases import Templates
from tests.api.in_process import InProcessApi
from tests.api.world import OPEN, World

SCHEMA = build_schema(roots.build().as_str())
ROOTS = sorted(SCHEMA.query_type.fields) if SCHEMA.query_type else []

SUPPLIER, SUPPLIER_EMAIL, SUPPLIER_LOT = "Secret Mill", "mill@secret.example", "SECRET-4711"
CUSTOMER_EMAIL, CUSTOMER_PHONE = "buyer@secret.example", "555-SECRET"
UNIT_COST, NOTE = "7.654321", "Secret note of a count"
NOT_FOR_STAFF = (SUPPLIER, SUPPLIER_EMAIL, SUPPLIER_LOT, CUSTOMER_EMAIL, CUSTOMER_PHONE, UNIT_COST, NOTE)
NOT_FOR_PARTNERS = (UNIT_COST, NOTE)


@dataclass(frozen=True)
class Shop:
    bakery: Bakery
    ids: dict[str, str]
    partner: Caller


@pytest.fixture(scope="module")
def shop(engine: str, templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with templates.copy(engine, tmp_path_factory.mktemp("staff")) as url:
        api = InProcessApi(url)
        yield furnished(Bakery.opened(api))
        api.close()


def furnished(bakery: Bakery) -> Shop:
    """Everything has a secret: the lot that the bread was made of, its supplier, the customer who got it."""
    bakery.tracks_lots()
    supplier = bakery.supplier(SUPPLIER, email=SUPPLIER_EMAIL)
    customer = bakery.customer(email=CUSTOMER_EMAIL, phone=CUSTOMER_PHONE)
    flour = bakery.ingredient("Flour")
    details = {"supplierId": supplier, "supplierLotNumber": SUPPLIER_LOT, "unitCost": UNIT_COST}
    lot = bakery.restock(flour, "10", expiresOn="2026-03-05", **details)
    bakery.owner.does("AdjustStock", ingredientId=flour, countedQuantity="9.5", note=NOTE)
    bread = bakery.product("Bread", {flour: "0.5"})
    line = {"ingredientId": flour, "quantity": "9", "unitCost": UNIT_COST}
    bought = bakery.owner.does("CreatePurchaseOrder", supplierId=supplier, lines=[line])["purchaseOrder"]
    batch = bakery.bake(bread, "4")
    order = bakery.order({bread: "3"}, number="N-1", customerId=customer)
    bakery.move(order, "READY")
    return Shop(
        bakery,
        {
            "Supplier": supplier,
            "Customer": customer,
            "Ingredient": flour,
            "Product": bread,
            "PurchaseOrder": bought["id"],
            "Lot": lot["id"],
            "ProductionBatch": batch["id"],
            "Order": order["id"],
        },
        bakery.partner_with("trace:read", "customers:read"),
    )


def told(caller: Caller, shop: Shop, root: str) -> str:
    """All that the caller is told below a root field; only denials may stand in its way."""
    answer = caller.send(everything_below(SCHEMA, root, shop.ids | {"Nodes": '", "'.join(shop.ids.values())}))
    assert set(answer.codes) <= {"FORBIDDEN"}, answer.errors[:3]
    return json.dumps(answer.body, ensure_ascii=False)


@pytest.mark.parametrize(
    ("root", "secrets"),
    [
        ("lots", (SUPPLIER, SUPPLIER_EMAIL, SUPPLIER_LOT, UNIT_COST)),
        ("order", (CUSTOMER_EMAIL, CUSTOMER_PHONE, SUPPLIER)),
        ("ingredient", (NOTE, UNIT_COST, SUPPLIER_LOT)),
        ("nodes", NOT_FOR_STAFF),
    ],
)
def test_the_owner_sees_what_is_hidden_from_others(shop: Shop, root: str, secrets: tuple[str, ...]) -> None:
    """So that the tests below are known to look: the same queries tell the owner every secret."""
    answer = told(shop.bakery.owner, shop, root)
    assert [secret for secret in secrets if secret not in answer] == []


@pytest.mark.parametrize("root", ROOTS)
def test_staff_see_no_secret_by_any_way(shop: Shop, root: str) -> None:
    """R-1.5: no supplier, supplier lot number, cost, contact or movement, however deep a query nests, by `node`, by
    what a trace lists, or by what an error says."""
    with shop.bakery.nothing_changes():
        answer = told(shop.bakery.staff, shop, root)
    assert [secret for secret in NOT_FOR_STAFF if secret in answer] == []


@pytest.mark.parametrize("root", ROOTS)
def test_partners_see_neither_costs_nor_the_ledger_by_any_way(shop: Shop, root: str) -> None:
    """R-9.1: with every scope that there is."""
    with shop.bakery.nothing_changes():
        answer = told(shop.partner, shop, root)
    assert [secret for secret in NOT_FOR_PARTNERS if secret in answer] == []


def test_staff_learn_nothing_from_a_count(shop: Shop) -> None:
    """R-1.5: neither from a connection that they may not read, nor from a filter on what they may not see."""
    staff, ids = shop.bakery.staff, shop.ids
    for refused in (
        "{ suppliers { totalCount } }",
        "{ customers { totalCount } }",
        "{ purchaseOrders { totalCount } }",
        f'{{ ingredient(id: "{ids["Ingredient"]}") {{ movements {{ totalCount }} }} }}',
        f'{{ lots(filter: {{supplierId: "{ids["Supplier"]}"}}) {{ totalCount }} }}',
    ):
        answer = staff.send(refused)
        assert answer.codes == ["FORBIDDEN"], refused
        assert "totalCount" not in json.dumps(answer.body["data"])
    search = f'{{ lots(filter: {{search: "{SUPPLIER_LOT}"}}) {{ totalCount edges {{ node {{ id }} }} }} }}'
    assert staff.send(search).root == {"totalCount": 0, "edges": []}
    assert shop.bakery.owner.send(search).root["totalCount"] == 1


MAY = {"confirmProduction", "setOrderStatus", "revokeAccessToken"}
"""The only mutations of staff (R-1.5); the last for their own tokens (R-1.10)."""


def test_staff_do_two_things_only(shop: Shop) -> None:
    """R-1.5: all other mutations are refused by role, whatever the input; these two where they go too far."""
    world = World.made(Bakery.opened(shop.bakery.api))
    staff, bakery = world.bakery.staff, world.bakery
    mutations: dict[str, Any] = SCHEMA.mutation_type.fields if SCHEMA.mutation_type else {}
    with bakery.nothing_changes():
        for name, field in mutations.items():
            if name in MAY or name == OPEN:
                continue
            kind = get_named_type(field.args["input"].type).name
            document = f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ __typename }} }}"
            assert staff.send(document, {"input": world.inputs[name]}).root == {"__typename": "RoleRequired"}, name
        run, step = world.inputs["confirmProduction"], world.inputs["setOrderStatus"]
        assert staff.is_refused("ConfirmProduction", **run | {"allowShortfall": True}) == "RoleRequired"
        assert staff.is_refused("SetOrderStatus", **step | {"status": "CANCELLED"}) == "RoleRequired"
        assert staff.is_refused("SetOrderStatus", **step | {"status": "DRAFT"}) == "InvalidInput"
    staff.does("ConfirmProduction", **run | {"allowShortfall": False, "idempotencyKey": "a run of staff's"})
    staff.does("SetOrderStatus", **step | {"idempotencyKey": "a step of staff's"})
