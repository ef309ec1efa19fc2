"""Purchase orders and their receipt, by the contract's documents (R-4.1)."""

from typing import Any

import pytest

from tests.api.bakeries import Bakery
from tests.api.in_process import InProcessApi


def ordered(bakery: Bakery, *lines: dict[str, Any], **details: Any) -> Any:
    """A purchase order from a supplier of its own."""
    details.setdefault("supplierId", bakery.supplier())
    return bakery.owner.does("CreatePurchaseOrder", lines=lines, **details)["purchaseOrder"]


def received(bakery: Bakery, order: Any, *lines: dict[str, Any], **details: Any) -> Any:
    return bakery.owner.does("ReceivePurchaseOrder", purchaseOrderId=order["id"], lines=lines, **details)


def test_an_order_is_ordered_or_a_draft(bakery: Bakery) -> None:
    """R-4.1, R-4.5: created `ORDERED`, or `DRAFT` when asked for; codes are counted from 001 each day."""
    flour = bakery.ingredient("Flour")
    line = {"ingredientId": flour, "quantity": "25"}
    order, draft = ordered(bakery, line), ordered(bakery, line, draft=True)

    assert (order["code"], order["status"]) == ("PO-260302-001", "ORDERED")
    assert (draft["code"], draft["status"]) == ("PO-260302-002", "DRAFT")
    [line] = order["lines"]
    assert line == line | {"ingredient": {"id": flour}, "quantityOrdered": "25", "quantityReceived": "0"}


def test_each_received_line_is_one_lot(bakery: Bakery) -> None:
    """R-4.1: with the supplier, its lot number, the expiry date, and the actual quantity and unit cost."""
    bakery.tracks_lots()
    mill = bakery.supplier("Mill & Sons")
    flour, eggs = bakery.ingredient("Flour"), bakery.ingredient("Eggs", "each")
    order = ordered(
        bakery,
        {"ingredientId": flour, "quantity": "25", "unitCost": "0.8"},
        {"ingredientId": eggs, "quantity": "30", "unitCost": "0.25"},
        supplierId=mill,
    )
    flour_line, egg_line = (line["id"] for line in order["lines"])

    delivery = received(
        bakery,
        order,
        {"lineId": flour_line, "quantity": "24.5", "unitCost": "0.82", "supplierLotNumber": "M-77"},
        {"lineId": egg_line, "quantity": "30", "expiresOn": "2026-03-20"},
        receivedOn="2026-03-01",
    )

    assert delivery["purchaseOrder"] == {"id": order["id"], "code": "PO-260302-001", "status": "PARTIALLY_RECEIVED"}
    flour_lot, egg_lot = delivery["lots"]
    assert flour_lot == flour_lot | {
        "code": "LOT-260302-001",
        "quantityReceived": "24.5",
        "quantityRemaining": "24.5",
        "unit": "kg",
        "unitCost": "0.82",
        "supplierLotNumber": "M-77",
        "expiresOn": None,
        "receivedOn": "2026-03-01",
        "source": "PURCHASE_ORDER",
        "supplier": {"id": mill, "name": "Mill & Sons"},
        "ingredient": {"id": flour, "onHand": "24.5"},
    }
    assert egg_lot == egg_lot | {
        "code": "LOT-260302-002",
        "quantityReceived": "30",
        "unit": "each",
        "unitCost": "0.25",
        "supplierLotNumber": None,
        "expiresOn": "2026-03-20",
        "ingredient": {"id": eggs, "onHand": "30"},
    }


def test_an_order_comes_in_parts_until_no_line_is_short(bakery: Bakery) -> None:
    """R-4.1: `PARTIALLY_RECEIVED`, then `RECEIVED`; more than ordered may come, and the stock knows all of it."""
    flour = bakery.ingredient("Flour")
    order = ordered(bakery, {"ingredientId": flour, "quantity": "25"})
    line = order["lines"][0]["id"]

    assert received(bakery, order, {"lineId": line, "quantity": "10"})["purchaseOrder"]["status"] == (
        "PARTIALLY_RECEIVED"
    )
    assert received(bakery, order, {"lineId": line, "quantity": "16"})["purchaseOrder"]["status"] == "RECEIVED"
    assert bakery.owner.ask("PurchaseOrderDetail", id=order["id"])["lines"][0]["quantityReceived"] == "26"
    assert bakery.stock(flour) == ("26", "0", "26")


@pytest.mark.parametrize(
    ("stock_unit", "unit", "in_stock"),
    [("kg", "lb", "0.453592"), ("kg", "oz", "0.02835"), ("l", "floz", "0.029574"), ("g", "lb", "453.59237")],
)
def test_a_line_received_as_ordered_is_not_short(bakery: Bakery, stock_unit: str, unit: str, in_stock: str) -> None:
    """R-4.1, R-2.2: what was ordered in pounds and came in pounds has come, whatever the stock is kept in."""
    ingredient = bakery.ingredient("Something", stock_unit)
    order = ordered(bakery, {"ingredientId": ingredient, "quantity": "1", "unit": unit})
    line = order["lines"][0]["id"]

    delivery = received(bakery, order, {"lineId": line, "quantity": "1"})

    assert delivery["purchaseOrder"]["status"] == "RECEIVED"
    assert bakery.owner.ask("PurchaseOrderDetail", id=order["id"])["lines"][0]["quantityReceived"] == "1"
    assert bakery.stock(ingredient)[0] == in_stock


def test_unit_cost_and_day_default_to_the_lines_and_today(bakery: Bakery) -> None:
    """R-4.1, R-2.2: a cost per pound is kept per kilogram, to ten decimals; the day is today."""
    bakery.tracks_lots()
    flour = bakery.ingredient("Flour")
    order = ordered(bakery, {"ingredientId": flour, "quantity": "10", "unit": "lb", "unitCost": "1"})

    [lot] = received(bakery, order, {"lineId": order["lines"][0]["id"], "quantity": "10"})["lots"]

    assert (lot["quantityReceived"], lot["unitCost"], lot["receivedOn"]) == ("4.535924", "2.2046226218", "2026-03-02")


def test_one_line_may_come_in_several_lots(bakery: Bakery) -> None:
    """R-4.1, R-4.7: each received line is a lot, also of the same line and with the same supplier lot number."""
    bakery.tracks_lots()
    flour = bakery.ingredient("Flour")
    order = ordered(bakery, {"ingredientId": flour, "quantity": "10"})
    half = {"lineId": order["lines"][0]["id"], "quantity": "5", "supplierLotNumber": "M-1"}

    delivery = received(bakery, order, half, half)

    assert [lot["code"] for lot in delivery["lots"]] == ["LOT-260302-001", "LOT-260302-002"]
    assert delivery["purchaseOrder"]["status"] == "RECEIVED"
    assert bakery.stock(flour) == ("10", "10", "0")


@pytest.mark.parametrize("status", ["DRAFT", "RECEIVED"])
def test_only_what_is_on_order_can_be_received(bakery: Bakery, status: str) -> None:
    """R-4.1: `DRAFT RECEIVED CANCELLED` refuse a receipt, and nothing changes."""
    flour = bakery.ingredient("Flour")
    order = ordered(bakery, {"ingredientId": flour, "quantity": "1"}, draft=status == "DRAFT")
    line = {"lineId": order["lines"][0]["id"], "quantity": "1"}
    if status == "RECEIVED":
        received(bakery, order, line)

    with bakery.nothing_changes():
        refusal = bakery.owner.tries("ReceivePurchaseOrder", purchaseOrderId=order["id"], lines=[line])

    assert refusal["__typename"] == "InvalidInput"
    assert status in refusal["message"]
    assert bakery.owner.ask("PurchaseOrderDetail", id=order["id"])["status"] == status


def test_an_order_open_at_the_switch_makes_lots_from_then_on(bakery: Bakery) -> None:
    """R-3.2, R-3.3: what came before lot tracking was switched on stays untracked."""
    flour = bakery.ingredient("Flour")
    order = ordered(bakery, {"ingredientId": flour, "quantity": "10"})
    half = {"lineId": order["lines"][0]["id"], "quantity": "5"}

    assert received(bakery, order, half)["lots"] == []
    bakery.tracks_lots()
    [lot] = received(bakery, order, half)["lots"]

    assert lot["quantityReceived"] == "5"
    assert bakery.stock(flour) == ("10", "5", "5")


def test_the_same_delivery_sent_twice_makes_nothing_twice(bakery: Bakery) -> None:
    """R-4.1, R-5.10: the same key answers with the same lots, as they are now."""
    bakery.tracks_lots()
    flour = bakery.ingredient("Flour")
    order = ordered(bakery, {"ingredientId": flour, "quantity": "10"})
    line = {"lineId": order["lines"][0]["id"], "quantity": "10"}
    first = received(bakery, order, line, idempotencyKey="delivery 1")

    with bakery.nothing_changes():
        again = received(bakery, order, line, idempotencyKey="delivery 1")

    assert again == first
    assert bakery.stock(flour) == ("10", "10", "0")


def test_deliveries_stand_in_the_ledger(bakery: Bakery, api: InProcessApi) -> None:
    """R-2.1: a `PURCHASE` says who, when it happened, when it was recorded, how much, what it cost, and its lot."""
    bakery.tracks_lots()
    flour = bakery.ingredient("Flour")
    order = ordered(bakery, {"ingredientId": flour, "quantity": "10", "unitCost": "0.5"})
    line = {"lineId": order["lines"][0]["id"], "quantity": "10"}
    api.days_pass(2)
    received(bakery, order, line, receivedOn="2026-03-03")

    [edge] = bakery.owner.ask("StockLedger", id=flour)["movements"]["edges"]

    movement = edge["node"]
    assert movement == movement | {
        "kind": "PURCHASE",
        "quantity": "10",
        "unit": "kg",
        "unitCost": "0.5",
        "happenedAt": "2026-03-03T00:00:00+00:00",
        "recordedAt": "2026-03-04T08:00:00+00:00",
    }
    assert movement["actor"]["role"] == "OWNER"
    assert movement["lot"]["code"] == "LOT-260304-001"
