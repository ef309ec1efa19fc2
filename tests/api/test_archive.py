"""Archiving: out of lists and of anything new, and still in every record and trace."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.api.bakeries import Bakery
from tests.api.in_process import MONDAY_MORNING, InProcessApi
from tests.api.reading import linked
from tests.api.test_updates import refused_at

Make = Callable[[Bakery], str]

KINDS: dict[str, tuple[str, Make]] = {
    "Supplier": ("FindSuppliers", lambda bakery: bakery.supplier()),
    "Customer": ("FindCustomers", lambda bakery: bakery.customer()),
    "Ingredient": ("FindIngredients", lambda bakery: bakery.ingredient("Flour")),
    "Product": ("FindProducts", lambda bakery: bakery.product("Bread")),
    "Order": ("FindOrders", lambda bakery: str(bakery.order({bakery.product("Bread"): "1"})["id"])),
}
"""How each kind that can be archived is listed and made."""


def listed(bakery: Bakery, operation: str, archived: str | None) -> list[str]:
    sort = "NEWEST" if operation == "FindOrders" else "NAME"
    page = bakery.owner.ask(operation, sort=sort, filter={"archived": archived} if archived else None)
    assert page["totalCount"] == len(page["edges"])
    return sorted(edge["node"]["id"] for edge in page["edges"])


@pytest.mark.parametrize("kind", KINDS)
def test_archived_things_leave_the_lists_and_come_back(bakery: Bakery, api: InProcessApi, kind: str) -> None:
    """They are listed where they are asked for, and read by their id as ever; archiving twice changes nothing."""
    operation, make = KINDS[kind]
    used, old = make(bakery), make(bakery)
    archived = bakery.owner.does("Archive", id=old)["archived"]
    assert archived == {"__typename": kind, "id": old, "archivedAt": MONDAY_MORNING.isoformat()}
    api.days_pass(1)
    assert bakery.owner.does("Archive", id=old)["archived"] == archived

    for filter, expected in (
        (None, [used]),
        ("EXCLUDED", [used]),
        ("ONLY", [old]),
        ("INCLUDED", sorted([used, old])),
    ):
        assert listed(bakery, operation, filter) == expected
    assert bakery.owner.ask("Several", ids=[old])[0]["archivedAt"] == archived["archivedAt"]

    for _ in range(2):
        assert bakery.owner.does("Restore", id=old)["restored"] == archived | {"archivedAt": None}
    assert listed(bakery, operation, None) == sorted([used, old])


def test_archived_things_stay_in_every_record_and_trace(bakery: Bakery) -> None:
    """R-7.4, R-1.6: the whole way from supplier to customer reads as before."""
    bakery.tracks_lots()
    mill, cafe, flour = bakery.supplier(), bakery.customer(), bakery.ingredient("Flour")
    lot = bakery.restock(flour, "1", supplierId=mill)
    bread = bakery.product("Bread", {flour: "0.5"})
    batch = bakery.bake(bread, "2")
    order = bakery.order({bread: "2"}, number="N-1", customerId=cafe)
    bakery.move(order, "COMPLETED")

    def everything() -> list[Any]:
        return [
            bakery.owner.ask("LotTrace", code=lot["code"]),
            bakery.owner.ask("OrderTrace", number="N-1"),
            bakery.owner.ask("LotUsage", code=lot["code"]),
            bakery.owner.ask("LotDetail", code=lot["code"]),
            bakery.owner.ask("ProductionBatchDetail", code=batch["code"]),
            bakery.owner.ask("IngredientDetail", id=flour),
            bakery.owner.ask("ProductDetail", id=bread),
        ]

    before = everything()
    for id in (bread, flour, mill, cafe, order["id"]):  # what needs another goes first
        bakery.owner.does("Archive", id=id)
    assert everything() == before


def test_archived_things_begin_nothing_new(bakery: Bakery) -> None:
    """Refused with their field and the way out: restore it. An update of what it says is still possible."""
    bakery.tracks_lots()
    mill, cafe, salt = bakery.supplier(), bakery.customer(), bakery.ingredient("Salt")
    cake, flour, kept = bakery.product("Cake", {bakery.ingredient("Rye"): "1"}), bakery.ingredient("Flour"), "Bread"
    bread = bakery.product(kept, {flour: "1"})
    order = bakery.order({bread: "1"}, number="N-1")
    for id in (mill, cafe, salt, cake):
        bakery.owner.does("Archive", id=id)

    line, wanted = {"ingredientId": salt, "quantity": "1"}, {"productId": cake, "quantity": "1"}
    cases: list[tuple[str, str, dict[str, Any]]] = [
        ("CreateOrder", "customerId", {"customerId": cafe, "lines": [{"productId": bread, "quantity": "1"}]}),
        ("CreateOrder", "lines[0].productId", {"lines": [wanted]}),
        ("UpdateOrder", "customerId", {"orderId": order["id"], "customerId": cafe}),
        ("UpdateOrder", "lines[0].productId", {"orderId": order["id"], "lines": [wanted]}),
        ("CreateProduct", "recipe[0].ingredientId", {"name": "Pie", "recipe": [line]}),
        ("UpdateProduct", "recipe[0].ingredientId", {"productId": bread, "recipe": [line]}),
        (
            "CreateProduct",
            "makesIngredientId",
            {"name": "Pie", "recipe": [{**line, "ingredientId": flour}], "makesIngredientId": salt},
        ),
        ("CreatePurchaseOrder", "supplierId", {"supplierId": mill, "lines": [{**line, "ingredientId": flour}]}),
        ("CreatePurchaseOrder", "lines[0].ingredientId", {"supplierId": bakery.supplier(), "lines": [line]}),
        ("QuickRestock", "ingredientId", line),
        ("QuickRestock", "supplierId", {**line, "ingredientId": flour, "supplierId": mill}),
        ("AddLot", "ingredientId", line),
        ("AdjustStock", "ingredientId", {"ingredientId": salt, "countedQuantity": "1"}),
        ("ConfirmProduction", "productId", wanted),
    ]
    for operation, path, input in cases:
        with bakery.nothing_changes():
            refusal = bakery.owner.tries(operation, **input)
        assert refusal["__typename"] == "InvalidInput", operation
        assert f"`{path}`: " in refusal["message"], operation
        assert "is archived. Restore it first" in refusal["message"], operation
    preview = bakery.owner.answer("PreviewProduction", input=wanted)
    assert (preview.root, preview.codes) == (None, ["BAD_USER_INPUT"])

    bakery.owner.does("UpdateCustomer", customerId=cafe, email="cafe@example.com")
    bakery.owner.does("Restore", id=cafe)
    bakery.owner.does("CreateOrder", **cases[0][2])


def test_a_recipe_with_something_archived_is_not_produced(bakery: Bakery) -> None:
    """Where a product came back from the archive, and what it is made of did not."""
    flour = bakery.ingredient("Flour")
    bread = bakery.product("Bread", {flour: "1"})
    for id in (bread, flour):
        bakery.owner.does("Archive", id=id)
    bakery.owner.does("Restore", id=bread)
    refusal = bakery.owner.tries("ConfirmProduction", productId=bread, quantity="1")
    assert refusal["fields"][0]["message"].startswith("Flour is archived. Restore it first")


def test_what_is_still_needed_is_not_archived(bakery: Bakery) -> None:
    """It is said what for: stock on hand, live recipes, and open orders of either kind."""
    mill, cafe, flour = bakery.supplier(), bakery.customer(), bakery.ingredient("Flour")
    bread = bakery.product("Bread", {flour: "1"})
    order = bakery.order({bread: "1"}, number="N-1", customerId=cafe)
    line = {"ingredientId": flour, "quantity": "1"}
    bought = bakery.owner.does("CreatePurchaseOrder", supplierId=mill, lines=[line], draft=True)["purchaseOrder"]

    for id, word in ((mill, bought["code"]), (cafe, "N-1"), (bread, "N-1")):
        assert word in refused_at(bakery, "Archive", "id", id=id)
    bakery.restock(flour, "2")
    with bakery.nothing_changes():
        refusal = bakery.owner.tries("Archive", id=flour)
    assert [problem["path"] for problem in refusal["fields"]] == ["id"] * 3
    for word in ("2 kg of Flour is on hand", "Recipes have Flour: change or archive Bread", bought["code"]):
        assert word in refusal["message"]

    bakery.move(order, "CANCELLED")
    bakery.owner.does("SetPurchaseOrderStatus", purchaseOrderId=bought["id"], status="CANCELLED")
    bakery.owner.does("AdjustStock", ingredientId=flour, countedQuantity="0")
    for id in (mill, cafe, bread, flour):
        bakery.owner.does("Archive", id=id)
    # What it has all the same, such as from a reversal, could be counted away; but nothing is counted into it.
    bakery.owner.does("AdjustStock", ingredientId=flour, countedQuantity="0")


def test_what_is_made_here_is_not_archived(bakery: Bakery) -> None:
    dough = bakery.ingredient("Dough")
    base = bakery.product("Base", {bakery.ingredient("Flour"): "1"}, makesIngredientId=dough)
    assert "archive Base first" in refused_at(bakery, "Archive", "id", id=dough)
    bakery.owner.does("Archive", id=base)
    bakery.owner.does("Archive", id=dough)


def test_an_archived_order_goes_on_as_it_was(bakery: Bakery) -> None:
    """R-7.1: archiving is about lists: an order keeps its status and links, still moves, and is still open."""
    flour = bakery.ingredient("Flour", openingStock="9")
    bread = bakery.product("Bread", {flour: "1"})
    batch = bakery.bake(bread, "2")["code"]
    order = bakery.order({bread: "3"}, number="N-1")
    bakery.move(order, "READY")
    bakery.owner.does("Archive", id=order["id"])

    assert bakery.owner.ask("OrderTrace", number="N-1")["status"] == "READY"
    assert "N-1" in refused_at(bakery, "Archive", "id", id=bread)
    more = bakery.bake(bread, "2")["code"]
    assert linked(bakery.move(order, "COMPLETED")) == [{batch: "2", more: "1"}]
    assert listed(bakery, "FindOrders", "ONLY") == [order["id"]]


def test_staff_archive_nothing(bakery: Bakery) -> None:
    """R-1.5"""
    for _, make in KINDS.values():
        id = make(bakery)
        for operation in ("Archive", "Restore"):
            assert bakery.staff.is_refused(operation, id=id) == "RoleRequired"
