"""Updates: what is left out stays, null takes an optional value away, and what was recorded keeps what it says."""

from typing import Any

import pytest

from tests.api.bakeries import Bakery
from tests.api.reading import linked, used


def refused_at(bakery: Bakery, operation: str, path: str, **input: Any) -> str:
    """The message with which one field, and no other, is refused; nothing changes."""
    with bakery.nothing_changes():
        answer = bakery.owner.tries(operation, **input)
    assert answer["__typename"] == "InvalidInput", answer
    assert [problem["path"] for problem in answer["fields"]] == [path]
    return str(answer["fields"][0]["message"])


# ── what a field left out and a null mean ─────────────────────────────────────────────────────────────────────────────
def test_what_is_left_out_stays_and_null_takes_away(bakery: Bakery) -> None:
    """The contract: a field left out means no change. A null clears what is optional."""
    customer = bakery.customer("Café Nord", email="nord@example.com", phone="555")
    update = {"customerId": customer}
    kept = {"id": customer, "name": "Café Nord", "email": "nord@example.com", "phone": "555"}
    assert bakery.owner.does("UpdateCustomer", **update)["customer"] == kept
    assert bakery.owner.does("UpdateCustomer", **update, phone=None)["customer"] == kept | {"phone": None}
    assert bakery.owner.does("UpdateCustomer", **update, name="Nord")["customer"] == kept | {
        "name": "Nord",
        "phone": None,
    }
    supplier = bakery.supplier("Mill", email="mill@example.com")
    assert bakery.owner.does("UpdateSupplier", supplierId=supplier, email=None)["supplier"] == {
        "id": supplier,
        "name": "Mill",
        "email": None,
    }


def test_null_is_refused_where_there_must_be_a_value(bakery: Bakery) -> None:
    """A name, a unit, a yield and the like cannot be taken away."""
    bread = bakery.product("Bread", {bakery.ingredient("Flour"): "1"})
    order = bakery.order({bread: "1"}, number="N-1")
    flour = bakery.ingredient("Rye")
    for operation, id, field in (
        ("UpdateSupplier", {"supplierId": bakery.supplier()}, "name"),
        ("UpdateIngredient", {"ingredientId": flour}, "unit"),
        ("UpdateProduct", {"productId": bread}, "yieldQuantity"),
        ("UpdateProduct", {"productId": bread}, "inheritExpiry"),
        ("UpdateOrder", {"orderId": order["id"]}, "number"),
        ("UpdateOrder", {"orderId": order["id"]}, "lines"),
    ):
        refused_at(bakery, operation, field, **id, **{field: None})


# ── ingredients ───────────────────────────────────────────────────────────────────────────────────────────────────────
def test_an_ingredients_unit_is_fixed_after_its_first_movement(bakery: Bakery) -> None:
    """R-2.2"""
    oil = bakery.ingredient("Oil", "l")
    changed = bakery.owner.does("UpdateIngredient", ingredientId=oil, unit="kg", reorderPoint="5", density="0.92")
    assert changed["ingredient"] == {
        "id": oil,
        "name": "Oil",
        "unit": "kg",
        "density": "0.92",
        "reorderPoint": "5",
    }
    bakery.restock(oil, "1")
    assert "first movement" in refused_at(bakery, "UpdateIngredient", "unit", ingredientId=oil, unit="l")
    bakery.owner.does("UpdateIngredient", ingredientId=oil, unit="kg", name="Rape oil")


def test_an_ingredient_still_fits_what_has_it(bakery: Bakery) -> None:
    """R-2.2: recipes, open purchase orders, its reorder point, and what is made of it."""
    oil = bakery.ingredient("Oil", "kg", density="0.92", reorderPoint="5")
    line = {"ingredientId": oil, "quantity": "10", "unit": "ml"}
    bread = bakery.owner.does("CreateProduct", name="Bread", recipe=[line])["product"]["id"]
    assert "recipe of Bread" in refused_at(bakery, "UpdateIngredient", "density", ingredientId=oil, density=None)
    assert "reorderPoint" in refused_at(bakery, "UpdateIngredient", "unit", ingredientId=oil, unit="g")
    bakery.owner.does("UpdateIngredient", ingredientId=oil, unit="g", reorderPoint="5000")
    bakery.owner.does("UpdateProduct", productId=bread, recipe=None)
    bakery.owner.does("UpdateIngredient", ingredientId=oil, density=None)

    dough = bakery.ingredient("Dough")
    bakery.product("Dough", {oil: "1"}, makesIngredientId=dough)
    assert "Dough makes Dough" in refused_at(bakery, "UpdateIngredient", "unit", ingredientId=dough, unit="g")


# ── products ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_batches_keep_what_they_consumed(bakery: Bakery) -> None:
    """R-5.2: a new recipe, yield and shelf life are of what is made from now on."""
    bakery.tracks_lots()
    flour, rye = bakery.ingredient("Flour"), bakery.ingredient("Rye")
    white, dark = bakery.restock(flour, "10")["code"], bakery.restock(rye, "10")["code"]
    bread = bakery.product("Bread", {flour: "0.5"}, shelfLifeDays=2)
    before = bakery.bake(bread, "2")

    changed = bakery.owner.does(
        "UpdateProduct",
        productId=bread,
        name="Rye bread",
        yieldQuantity="4",
        recipe=[{"ingredientId": rye, "quantity": "1000", "unit": "g"}],
        shelfLifeDays=None,
    )["product"]

    assert changed == changed | {"name": "Rye bread", "yieldQuantity": "4", "shelfLifeDays": None}
    assert changed["recipe"] == [{"ingredient": {"id": rye}, "quantity": "1000", "unit": "g"}]
    assert used(bakery.owner.ask("ProductionBatchDetail", code=before["code"])) == [("Flour", "1", white)]
    assert used(bakery.bake(bread, "2")) == [("Rye", "0.5", dark)]


def test_what_a_product_makes_is_fixed_once_it_was_made_or_ordered(bakery: Bakery) -> None:
    """R-4.4: what it is counted in goes with it."""
    flour, dough, starter = bakery.ingredient("Flour", openingStock="9"), bakery.ingredient("Dough"), None
    starter = bakery.ingredient("Starter")
    base = bakery.product("Base", {flour: "1"})
    made = bakery.owner.does("UpdateProduct", productId=base, makesIngredientId=dough)["product"]
    assert (made["makesIngredient"], made["unit"]) == ({"id": dough}, "kg")
    bakery.bake(base, "1")
    for other in (starter, None):
        message = refused_at(bakery, "UpdateProduct", "makesIngredientId", productId=base, makesIngredientId=other)
        assert "produced or ordered already" in message
    bakery.owner.does("UpdateProduct", productId=base, makesIngredientId=dough, name="Base dough")

    ordered = bakery.product("Cake", {flour: "1"})
    bakery.order({ordered: "1"})
    refused_at(bakery, "UpdateProduct", "makesIngredientId", productId=ordered, makesIngredientId=dough)
    refused_at(bakery, "UpdateProduct", "recipe", productId=base, recipe=[])


# ── orders ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_an_open_order_changes(bakery: Bakery) -> None:
    """R-7.1: number, customer, day and lines; a line that is listed by its id stays that line."""
    bread, rolls = bakery.product("Bread"), bakery.product("Rolls")
    order = bakery.order({bread: "2", rolls: "10"}, number="N-1", customerId=bakery.customer(), dueOn="2026-03-05")
    line = order["lines"][0]["id"]

    changed = bakery.owner.does(
        "UpdateOrder",
        orderId=order["id"],
        number="N-2",
        customerId=None,
        dueOn="2026-03-06",
        lines=[
            {"productId": rolls, "quantity": "5"},
            {"lineId": line, "productId": bread, "quantity": "3"},
        ],
    )["order"]

    assert changed == changed | {"number": "N-2", "customer": None, "dueOn": "2026-03-06", "status": "DRAFT"}
    assert [(each["product"]["id"], each["quantity"]) for each in changed["lines"]] == [(bread, "3"), (rolls, "5")]
    assert changed["lines"][0]["id"] == line
    assert bakery.owner.does("UpdateOrder", orderId=order["id"], dueOn=None)["order"]["lines"] == changed["lines"]


def test_an_order_keeps_what_is_linked(bakery: Bakery) -> None:
    """R-7.1, R-7.2: no line gets smaller than that, goes, or becomes another product; what is added links later."""
    flour = bakery.ingredient("Flour", openingStock="100")
    bread, rolls = bakery.product("Bread", {flour: "1"}), bakery.product("Rolls", {flour: "0.1"})
    batch = bakery.bake(bread, "4")["code"]
    order = bakery.order({bread: "6"}, number="N-1")
    line = bakery.move(order, "READY")["lines"][0]["id"]

    def change(*lines: dict[str, Any]) -> dict[str, Any]:
        return {"orderId": order["id"], "lines": list(lines)}

    less = change({"lineId": line, "productId": bread, "quantity": "3.999999"})
    assert "4 of it is linked" in refused_at(bakery, "UpdateOrder", "lines[0].quantity", **less)
    other = change({"lineId": line, "productId": rolls, "quantity": "6"})
    refused_at(bakery, "UpdateOrder", "lines[0].productId", **other)
    refused_at(bakery, "UpdateOrder", "lines", **change({"productId": bread, "quantity": "6"}))
    twice = {"lineId": line, "productId": bread, "quantity": "4"}
    refused_at(bakery, "UpdateOrder", "lines[1].lineId", **change(twice, twice))

    bakery.owner.does("UpdateOrder", **change({**twice, "quantity": "5"}, {"productId": rolls, "quantity": "10"}))
    crumbs = bakery.bake(rolls, "10")["code"]
    more = bakery.bake(bread, "4")["code"]
    assert linked(bakery.move(order, "COMPLETED")) == [{batch: "4", more: "1"}, {crumbs: "10"}]


@pytest.mark.parametrize("end", ["COMPLETED", "CANCELLED"])
def test_a_final_order_does_not_change(bakery: Bakery, end: str) -> None:
    """R-7.1"""
    order = bakery.order({bakery.product("Bread"): "1"}, number="N-1")
    bakery.move(order, end)
    assert end in refused_at(bakery, "UpdateOrder", "orderId", orderId=order["id"], dueOn="2026-03-06")


def test_a_number_that_was_counted_or_taken_is_not_given(bakery: Bakery) -> None:
    """R-4.5: a counted number that is missing would look like a missing order; `baketrace check` says so."""
    bread = bakery.product("Bread")
    first, own = bakery.order({bread: "1"}), bakery.order({bread: "1"}, number="N-1")
    refused_at(bakery, "UpdateOrder", "number", orderId=first["id"], number="N-2")
    refused_at(bakery, "UpdateOrder", "number", orderId=own["id"], number=first["number"])
    bakery.owner.does("UpdateOrder", orderId=first["id"], number=first["number"])


# ── purchase orders ───────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_purchase_order_is_ordered_or_cancelled(bakery: Bakery) -> None:
    """R-4.1: a draft is ordered, and what is not yet received in full is cancelled; other steps are refused."""
    mill, flour = bakery.supplier(), bakery.ingredient("Flour")

    def created(**details: Any) -> Any:
        line = {"ingredientId": flour, "quantity": "10"}
        return bakery.owner.does("CreatePurchaseOrder", supplierId=mill, lines=[line], **details)["purchaseOrder"]

    def receive(order: Any, quantity: str) -> None:
        line = {"lineId": order["lines"][0]["id"], "quantity": quantity}
        bakery.owner.does("ReceivePurchaseOrder", purchaseOrderId=order["id"], lines=[line])

    orders = {"DRAFT": created(draft=True), "ORDERED": created()}
    for status, quantity in (("PARTIALLY_RECEIVED", "4"), ("RECEIVED", "10")):
        orders[status] = created()
        receive(orders[status], quantity)
    orders["CANCELLED"] = created()
    bakery.owner.does("SetPurchaseOrderStatus", purchaseOrderId=orders["CANCELLED"]["id"], status="CANCELLED")

    allowed = {("DRAFT", "ORDERED"), *((status, "CANCELLED") for status in ("DRAFT", "ORDERED", "PARTIALLY_RECEIVED"))}
    for status, order in orders.items():
        for target in orders:
            if target != status and (status, target) not in allowed:
                step = {"purchaseOrderId": order["id"], "status": target}
                assert "cannot be set" in refused_at(bakery, "SetPurchaseOrderStatus", "status", **step)
        again = bakery.owner.does("SetPurchaseOrderStatus", purchaseOrderId=order["id"], status=status)
        assert again["purchaseOrder"]["status"] == status

    bakery.owner.does("SetPurchaseOrderStatus", purchaseOrderId=orders["DRAFT"]["id"], status="ORDERED")
    receive(orders["DRAFT"], "1")
    for order in (orders["DRAFT"], orders["ORDERED"]):
        bakery.owner.does("SetPurchaseOrderStatus", purchaseOrderId=order["id"], status="CANCELLED")
        line = {"lineId": order["lines"][0]["id"], "quantity": "1"}
        refusal = {"purchaseOrderId": order["id"], "lines": [line]}
        assert bakery.owner.is_refused("ReceivePurchaseOrder", **refusal) == "InvalidInput"
    assert bakery.stock(flour)[0] == "15"
