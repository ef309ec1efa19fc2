"""Anything by its global id, behind the gate of its type (R-1.1, R-1.5, R-1.7)."""

from collections.abc import Iterator

import pytest
from graphql import ListValueNode, ObjectTypeDefinitionNode, parse, print_ast

from graphql_api.refs import Ref, global_id
from graphql_api.schema import roots
from plans import Role
from tests.api.bakeries import Bakery
from tests.api.databases import Templates
from tests.api.in_process import InProcessApi
from tests.api.world import World

NODES = {
    # everybody may know who they are.
    "Viewer": "OMSP",
    "Bakery": "OMSP",
    # what staff read, and partners as part of a trace.
    "Lot": "OMSP",
    "ProductionBatch": "OMSP",
    "Consumption": "OMSP",
    "Order": "OMSP",
    "OrderLine": "OMSP",
    "Allocation": "OMSP",
    "Ingredient": "OMS",
    "Product": "OMS",
    # suppliers, movements and members are not for staff, and of customers only the name on an order.
    "Supplier": "OMP",
    "Customer": "OM",  # and partners with a scope that the tests' partner lacks
    "Movement": "OM",
    "Member": "OM",
    "PurchaseOrder": "OM",
    "PurchaseOrderLine": "OM",
    # What managers do, too, is for the owner to see.
    "AuditEntry": "O",
    # What people and partners sign in with.
    "AccessToken": "O",
    "ApiKey": "O",
}
"""Who may read each type by `node`, by initials; written by hand from the rules."""


@pytest.fixture(scope="module")
def world(engine: str, templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One of everything, also of what production and orders leave behind."""
    with templates.copy(engine, tmp_path_factory.mktemp("nodes")) as url:
        api = InProcessApi(url)
        made = World.made(Bakery.opened(api), with_a_stranger=True)
        bakery = made.bakery
        batch = bakery.bake(made.ids["Product"], "4")
        bakery.move({"id": made.ids["Order"]}, "READY")
        recorded = bakery.owner.send(
            '{ productionBatch(code: "PB-260302-001") { consumptions { id } allocations { id } } }'
        ).root
        [movement, *_] = bakery.owner.ask("LotLedger", code="LOT-260302-001")["movements"]["edges"]
        [moved, *_] = bakery.owner.ask("StockLedger", id=made.ids["Ingredient"])["movements"]["edges"]
        viewer = bakery.owner.ask("Viewer")
        [logged, *_] = bakery.owner.ask("AuditLog", first=1)["edges"]
        made.ids.update(
            ProductionBatch=batch["id"],
            Consumption=recorded["consumptions"][0]["id"],
            Allocation=recorded["allocations"][0]["id"],
            Movement=movement["node"]["id"],
            Member=moved["node"]["actor"]["id"],
            Viewer=viewer["id"],
            Bakery=viewer["bakery"]["id"],
            AuditEntry=logged["node"]["id"],
        )
        for second_of_its_kind in made.ids.keys() - NODES.keys():
            del made.ids[second_of_its_kind]
        yield made
        api.close()


def test_each_type_with_an_id_is_read_by_it(world: World) -> None:
    """Relay: `node` gives each type of the schema that is a `Node`, as what it is."""
    with_an_id = {
        kind.name.value
        for kind in parse(roots.build().as_str()).definitions
        if isinstance(kind, ObjectTypeDefinitionNode) and "Node" in {each.name.value for each in kind.interfaces or ()}
    }
    assert with_an_id == set(NODES) == set(world.ids)
    for kind, id in world.ids.items():
        assert world.bakery.owner.ask("Anything", id=id) == {"__typename": kind, "id": id}


@pytest.mark.parametrize("role", Role)
def test_a_gate_stands_before_each_type(world: World, role: Role) -> None:
    """R-1.5, R-1.7: null with an error to whom the type is not open, also where there is no such thing."""
    caller = world.bakery.caller(role)
    viewer = caller.ask("Viewer")["id"]
    for kind, roles in NODES.items():
        own = viewer if kind == "Viewer" else world.ids[kind]
        allowed = role.value[0] in roles
        for id in (own, global_id(Ref(kind, 999_999_999))):
            answer = caller.answer("Anything", id=id)
            assert answer.codes == ([] if allowed else ["FORBIDDEN"]), kind
            assert answer.root == ({"__typename": kind, "id": id} if allowed and id == own else None)


def test_the_sdl_carries_the_gate_of_each_type() -> None:
    """R-1.7: `@requiresFeature` at the type; a scope is told by nothing but the answer."""
    gates = {}
    for kind in parse(roots.build().as_str()).definitions:
        if isinstance(kind, ObjectTypeDefinitionNode) and kind.directives:
            [directive] = kind.directives
            [roles] = directive.arguments or ()
            assert isinstance(roles.value, ListValueNode)
            gates[kind.name.value] = "".join(print_ast(role)[0] for role in roles.value.values)
    assert gates == {**NODES, "Customer": "OMP"}


def test_several_keep_their_order_and_each_its_own_refusal(world: World) -> None:
    """Nulls for what does not exist or is a stranger's (R-1.1), and with an error at its place for what is refused."""
    ids, foreign = world.ids, world.foreign
    asked = [ids["Order"], "nonsense", ids["Supplier"], foreign["Order"], ids["Ingredient"], ids["Order"]]
    answer = world.bakery.staff.answer("Several", ids=asked)
    got = [node and (node["__typename"], node["id"]) for node in answer.root]
    assert got == [
        ("Order", ids["Order"]),
        None,
        None,
        None,
        ("Ingredient", ids["Ingredient"]),
        ("Order", ids["Order"]),
    ]
    assert [(error["path"], error["extensions"]["code"]) for error in answer.errors] == [(["nodes", 2], "FORBIDDEN")]


def test_nobody_reads_another_bakery_or_another_viewer(world: World) -> None:
    """R-1.1, also of the bakery itself and its people."""
    stranger = Bakery.opened(world.bakery.api)
    theirs = stranger.owner.ask("Viewer")
    ids = [theirs["id"], theirs["bakery"]["id"], *world.foreign.values(), world.bakery.staff.ask("Viewer")["id"]]
    answer = world.bakery.owner.answer("Several", ids=ids)
    assert (answer.root, answer.errors) == ([None] * len(ids), [])


def test_at_most_a_hundred(world: World) -> None:
    ids = [world.ids["Lot"]] * 100
    assert len(world.bakery.owner.ask("Several", ids=ids)) == 100
    assert world.bakery.owner.ask("Several", ids=[]) == []
    answer = world.bakery.owner.answer("Several", ids=[*ids, ids[0]])
    assert (answer.root, answer.codes) == (None, ["BAD_USER_INPUT"])
    assert [problem["path"] for problem in answer.errors[0]["extensions"]["fields"]] == ["ids"]


@pytest.mark.parametrize("id", ["", " ", "nonsense", "💥", "TG90Og==", "TG90OjE", "Um90czox", "Tm9kZTox", "x" * 10_000])
def test_what_is_no_id_is_null(world: World, id: str) -> None:
    """R-1.1: whatever it looks like, also the name of a type that has no ids."""
    assert world.bakery.owner.ask("Anything", id=id) is None
