"""The compiled road and graphql-core's give the same answer, byte for byte (`graphql_api/execution`).

A short run here; `make equality` has the long one. A failing document is shrunk, and printed with what repeats it.
"""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest
from graphql import build_schema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphql_api.schema import roots
from graphql_api.schema.features import BUILT_IN
from plans import Plan, Role
from tests.api.bakeries import Bakery
from tests.api.databases import Templates
from tests.api.documents import document
from tests.api.generated import Document
from tests.api.in_process import InProcessApi
from tests.api.world import World

EXAMPLES = int(os.environ.get("EQUALITY_EXAMPLES", "60"))
SCHEMA = build_schema(roots.build(BUILT_IN).as_str())
CALLERS = (Role.OWNER, Role.OWNER, Role.OWNER, Role.STAFF, Role.STAFF, Role.PARTNER, Role.PARTNER, None)


@dataclass
class Roads:
    """One database, and the application on it twice: on the compiled road, and all on graphql-core's."""

    bakery: Bakery
    compiled: InProcessApi
    core: InProcessApi
    samples: dict[str, list[str]]

    def answers(self, text: str, variables: Mapping[str, Any], role: Role | None) -> tuple[bytes, bytes]:
        body = json.dumps({"query": text, "variables": variables})
        token = {} if role is None else {"Authorization": f"Bearer {self.bakery.caller(role).token}"}
        headers = {"Content-Type": "application/json", **token}
        first, second = (
            api.request("POST", "/graphql", content=body, headers=headers).content for api in (self.compiled, self.core)
        )
        return first, second


@pytest.fixture(scope="module")
def roads(engine: str, templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Roads]:
    with templates.copy(engine, tmp_path_factory.mktemp("equality")) as url:
        # Without a budget: what is left of one is told, and the second answer would have less.
        compiled, core = (InProcessApi(url, compiled=road, growth_budget=0) for road in (True, False))
        bakery = Bakery.opened(compiled)
        samples = _furnished(bakery)
        yield Roads(bakery, compiled, core, samples)
        core.close()
        compiled.close()


def _furnished(bakery: Bakery) -> dict[str, list[str]]:
    """Goods that went all ways, through an intermediate too; what arguments may name of it, by the argument."""
    world = World.made(bakery)
    flour = world.ids["Ingredient"]
    levain = bakery.ingredient("Levain")
    starter = bakery.product("Starter", {flour: "1"}, makesIngredientId=levain, shelfLifeDays=5)
    loaf = bakery.product("Loaf", {flour: "0.4", levain: "0.1"})
    bakery.restock(flour, "10", supplierId=world.ids["Supplier"], supplierLotNumber="M-77", expiresOn="2026-03-05")
    batches = [bakery.bake(product, quantity) for product, quantity in ((starter, "2"), (loaf, "10"), (loaf, "3"))]
    bakery.bake(world.ids["Product"], "4")
    orders = [bakery.order({loaf: "7", world.ids["Product"]: "2"}, customerId=world.ids["Customer"])]
    orders += [bakery.order({loaf: "90"}), bakery.order({starter: "1"})]
    for order, status in zip(orders, ("COMPLETED", "READY", "READY"), strict=True):
        bakery.move(order, status)
    lots = [edge["node"]["code"] for edge in bakery.owner.ask("Lots")["edges"]]
    ids = [*world.ids.values(), starter, loaf, levain, orders[0]["id"], batches[0]["id"], "nonsense"]
    return {
        "code": [*lots, *(batch["code"] for batch in batches)],
        "number": ["N-1", *(order["number"] for order in orders)],
        "id": [*ids, flour, world.ids["Product"], world.ids["PurchaseOrder"]],
        "ingredientId": [flour, levain, loaf],
        "supplierId": [world.ids["Supplier"], flour],
        "productId": [loaf, starter, world.ids["Product"], flour],
        "search": ["M-77", "LOT", "%", ""],
        "after": ["WzFd", "nonsense"],
        "before": ["WzFd", "nonsense"],
    }


@pytest.mark.timeout(900)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(random=st.randoms(use_true_random=False), role=st.sampled_from(CALLERS))
def test_any_document_gets_the_same_answer(roads: Roads, random: Random, role: Role | None) -> None:
    made = Document(SCHEMA, roads.samples, random)
    text = made.text()
    compiled, core = roads.answers(text, made.variables, role)
    assert compiled == core, text


SHIPPED: dict[str, dict[str, Any]] = {
    "LotUsage": {"code": "LOT-260302-001"},
    "LotTrace": {"code": "LOT-260302-001"},
    "OrderTrace": {"number": "N-1"},
    "Lots": {"first": 5},
    "ExpiringLots": {},
    "Viewer": {},
}


@pytest.mark.parametrize("plan", [Plan.GROWTH, Plan.ESSENTIALS])
@pytest.mark.parametrize("operation", SHIPPED)
def test_shipped_documents_get_the_same_answer(roads: Roads, operation: str, plan: Plan) -> None:
    """By whoever asks, on every plan: what is denied is denied at the same places."""
    roads.bakery.set_plan(plan)
    try:
        for role in (*Role, None):
            compiled, core = roads.answers(document(operation), SHIPPED[operation], role)
            assert compiled == core
    finally:
        roads.bakery.set_plan(Plan.GROWTH)
