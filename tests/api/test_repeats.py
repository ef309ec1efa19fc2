"""Idempotency keys: the same change sent again is done once (R-5.10). Concurrent repeats are in test_concurrency.py."""

import pytest

from plans import Plan
from tests.api.bakeries import Bakery
from tests.api.in_process import InProcessApi
from tests.api.world import World

WITH_A_KEY = [
    "createIngredient",
    "adjustStock",
    "receivePurchaseOrder",
    "quickRestock",
    "addLot",
    "writeOffLot",
    "confirmProduction",
    "reverseProduction",
    "writeOffBatch",
    "setOrderStatus",
    "relinkOrder",
]


def operation(mutation: str) -> str:
    return mutation[0].upper() + mutation[1:]


@pytest.mark.parametrize("mutation", WITH_A_KEY)
def test_a_repeat_answers_the_same_and_changes_nothing(bakery: Bakery, api: InProcessApi, mutation: str) -> None:
    """R-5.10: kept for ever, and for everybody who may."""
    input = World.made(bakery).inputs[mutation]
    first = bakery.owner.does(operation(mutation), **input)
    api.days_pass(300)
    with bakery.nothing_changes():
        assert bakery.manager.does(operation(mutation), **input) == first


@pytest.mark.parametrize("mutation", WITH_A_KEY)
def test_without_a_key_a_repeat_is_another_change(bakery: Bakery, mutation: str) -> None:
    """R-5.10: two equal inputs without a key are two changes, or refused by their own rules; never a conflict."""
    input = {**World.made(bakery).inputs[mutation], "idempotencyKey": None}
    bakery.owner.does(operation(mutation), **input)
    assert bakery.owner.tries(operation(mutation), **input)["__typename"] in (
        f"{operation(mutation)}Success",
        "InvalidInput",
    )


@pytest.mark.parametrize("mutation", WITH_A_KEY)
def test_another_mutation_under_the_key_is_a_conflict(bakery: Bakery, mutation: str) -> None:
    """R-5.10: an `IdempotencyConflict`, a member of the mutation's own union."""
    input = World.made(bakery).inputs[mutation]
    bakery.owner.does("CreateIngredient", name="Other", unit="g", idempotencyKey="used")
    with bakery.nothing_changes():
        assert bakery.owner.is_refused(operation(mutation), **{**input, "idempotencyKey": "used"}) == (
            "IdempotencyConflict"
        )


def test_another_input_under_the_key_is_a_conflict(bakery: Bakery) -> None:
    """R-5.10: whatever differs, also where it was left out before; the error names the key."""
    flour, salt = bakery.ingredient("Flour"), bakery.ingredient("Salt")
    first = {"ingredientId": flour, "quantity": "5", "idempotencyKey": "Tuesday's flour"}
    bakery.owner.does("QuickRestock", **first)

    with bakery.nothing_changes():
        for change in ({"quantity": "6"}, {"ingredientId": salt}, {"unit": "kg"}, {"receivedOn": "2026-03-02"}):
            refusal = bakery.owner.tries("RestockOnce", **{**first, **change})
            assert (refusal["__typename"], refusal["key"]) == ("IdempotencyConflict", "Tuesday's flour")


def test_what_means_the_same_is_the_same_input(bakery: Bakery) -> None:
    """R-5.10, R-2.2: 5, 5.0 and "5.000000", and null for what was left out."""
    flour = bakery.ingredient("Flour")
    for quantity in ("5", "5.000000", 5, 5.0, "+5", "05"):
        for more in ({}, {"unit": None, "supplierId": None}):
            made = bakery.owner.does(
                "QuickRestock", ingredientId=flour, quantity=quantity, idempotencyKey="five", **more
            )
            assert made["ingredient"]["onHand"] == "5"


def test_a_repeat_answers_with_the_objects_as_they_are_now(bakery: Bakery) -> None:
    """R-5.10"""
    bakery.tracks_lots()
    flour = bakery.ingredient("Flour")
    first = {"ingredientId": flour, "quantity": "5", "idempotencyKey": "k"}
    lot = bakery.owner.does("AddLot", **first)["lot"]
    bakery.owner.does("WriteOffLot", lotId=lot["id"], quantity="2", reason="OTHER")

    again = bakery.owner.does("AddLot", **first)["lot"]

    assert (lot["id"], lot["quantityRemaining"], lot["ingredient"]["onHand"]) == (again["id"], "5", "5")
    assert (again["quantityRemaining"], again["ingredient"]["onHand"]) == ("3", "3")


def test_a_refusal_stores_nothing(bakery: Bakery) -> None:
    """R-5.10: the key is free for the next attempt, with this or another input."""
    bakery.tracks_lots()
    flour = bakery.ingredient("Flour")
    bread = bakery.product("Bread", {flour: "1"})
    run = {"productId": bread, "quantity": "5", "idempotencyKey": "k"}
    with bakery.nothing_changes():
        assert bakery.owner.is_refused("ConfirmProduction", **run) == "InsufficientStock"
        assert bakery.owner.is_refused("ConfirmProduction", **{**run, "quantity": "0"}) == "InvalidInput"
        assert bakery.staff.is_refused("ConfirmProduction", **run, allowShortfall=True) == "RoleRequired"
    bakery.restock(flour, "5")
    assert bakery.owner.does("ConfirmProduction", **run)["batch"]["quantity"] == "5"


def test_a_gate_asks_before_a_key_answers(bakery: Bakery) -> None:
    """R-1.7, R-5.10: a repeat by somebody who may not, or no longer, is a denial."""
    bakery.tracks_lots()
    flour = bakery.ingredient("Flour")
    first = {"ingredientId": flour, "quantity": "5", "idempotencyKey": "k"}
    bakery.owner.does("AddLot", **first)
    assert bakery.staff.is_refused("AddLot", **first) == "RoleRequired"
    bakery.set_plan(Plan.ESSENTIALS)
    assert bakery.owner.is_refused("AddLot", **first) == "PlanRequired"


def test_keys_belong_to_a_bakery(bakery: Bakery) -> None:
    """R-1.1, R-5.10: two bakeries may use the same key, and neither learns of it."""
    stranger = Bakery.opened(bakery.api)
    for each in (bakery, stranger):
        made = each.owner.does("CreateIngredient", name="Flour", unit="kg", idempotencyKey="k")["ingredient"]
        assert each.owner.ask("IngredientDetail", id=made["id"])["name"] == "Flour"


@pytest.mark.parametrize("key", ["k" * 200, "🔑", "Ключ №1", "' OR 1=1 --", " "])
def test_a_key_is_any_printable_text(bakery: Bakery, key: str) -> None:
    """R-5.10: up to 200 characters."""
    first = bakery.owner.does("CreateIngredient", name="Flour", unit="kg", idempotencyKey=key)
    assert bakery.owner.does("CreateIngredient", name="Flour", unit="kg", idempotencyKey=key) == first
    assert bakery.owner.is_refused("CreateIngredient", name="Salt", unit="kg", idempotencyKey=key) == (
        "IdempotencyConflict"
    )
