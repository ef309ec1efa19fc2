"""Previews and confirmations of production, by the contract's documents (R-5.1 to R-5.8, R-4.4)."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from bakery.catalogue import Ingredient
from bakery.errors import InvalidInput
from bakery.quantity import ZERO, Unit
from graphql_api.resolvers.checks import Checks
from graphql_api.resolvers.stock import MAX_STOCK, check_room
from plans import Plan, Role
from tests.api.bakeries import Bakery
from tests.api.reading import picked, skipped, used


def preview(bakery: Bakery, product: str, quantity: str, **details: Any) -> Any:
    return bakery.owner.ask("PreviewProduction", input={"productId": product, "quantity": quantity, **details})


def lots_of(bakery: Bakery, ingredient: str, *lots: dict[str, Any]) -> Sequence[Any]:
    """A restock for each, in the order of recording."""
    return [bakery.restock(ingredient, **lot) for lot in lots]


# ── the oldest first ──────────────────────────────────────────────────────────────────────────────────────────────────
def test_lots_are_used_oldest_first_and_then_untracked_stock(bakery: Bakery) -> None:
    """R-5.2, R-5.3, R-5.4: by expiry, undated last, then by receipt, then by recording; the rest is untracked."""
    flour = bakery.ingredient("Flour", openingStock="5")
    bakery.tracks_lots()
    undated, late, later, soon = lots_of(
        bakery,
        flour,
        {"quantity": "1"},
        {"quantity": "1", "expiresOn": "2026-04-01"},
        {"quantity": "1", "expiresOn": "2026-04-01"},
        {"quantity": "1", "expiresOn": "2026-03-10"},
    )
    early = bakery.restock(flour, "1", expiresOn="2026-04-01", receivedOn="2026-02-01")
    bread = bakery.product("Bread", {flour: "0.5"})

    batch = bakery.bake(bread, "12")

    assert batch == batch | {
        "code": "PB-260302-001",
        "status": "CONFIRMED",
        "producedOn": "2026-03-02",
        "quantity": "12",
        "product": {"id": bread, "name": "Bread"},
        "outputLot": None,
    }
    in_order = [soon, early, late, later, undated]
    assert used(batch) == [("Flour", "1", lot["code"]) for lot in in_order] + [("Flour", "1", "UNTRACKED")]
    assert bakery.stock(flour) == ("4", "0", "4")


def test_by_received_date_the_first_received_goes_first(bakery: Bakery) -> None:
    """R-3.1, R-5.3: the other consumption order."""
    bakery.tracks_lots(consumptionOrder="RECEIVED_DATE")
    flour = bakery.ingredient("Flour")
    new, old, old_but_lasting = lots_of(
        bakery,
        flour,
        {"quantity": "1", "receivedOn": "2026-03-02", "expiresOn": "2026-03-05"},
        {"quantity": "1", "receivedOn": "2026-02-01", "expiresOn": "2026-05-01"},
        {"quantity": "1", "receivedOn": "2026-02-01"},
    )
    bread = bakery.product("Bread", {flour: "1"})

    assert used(bakery.bake(bread, "3")) == [("Flour", "1", lot["code"]) for lot in (old, old_but_lasting, new)]


def test_a_preview_says_what_a_run_would_use_and_changes_nothing(bakery: Bakery) -> None:
    """R-5.1, R-5.3: picks in their order, what was passed over and why, the untracked part and the shortfall."""
    flour = bakery.ingredient("Flour", openingStock="0.25")
    salt = bakery.ingredient("Salt", "g")
    bakery.tracks_lots()
    good, bad, held = lots_of(
        bakery,
        flour,
        {"quantity": "2", "expiresOn": "2026-03-02"},
        {"quantity": "9", "expiresOn": "2026-03-01", "receivedOn": "2026-01-01"},
        {"quantity": "9"},
    )
    bakery.owner.does("HoldLot", lotId=held["id"], reason="Odd smell")
    bakery.restock(salt, "100")
    bread = bakery.product("Bread", {flour: "0.5", salt: "10"})

    with bakery.nothing_changes():
        run = preview(bakery, bread, "5")

    flour_use, salt_use = run["ingredients"]
    assert run["sufficient"] is False
    assert flour_use == flour_use | {
        "ingredient": {"id": flour, "name": "Flour"},
        "unit": "kg",
        "required": "2.5",
        "untracked": "0.25",
        "shortfall": "0.25",
    }
    assert picked(flour_use) == [(good["code"], "2")]
    assert skipped(flour_use) == [(bad["code"], "EXPIRED"), (held["code"], "ON_HOLD")]
    assert (salt_use["required"], salt_use["unit"], salt_use["shortfall"]) == ("50", "g", "0")


def test_a_preview_and_its_confirmation_agree(bakery: Bakery) -> None:
    """R-5.1, R-5.2: the same lots, quantities and order."""
    bakery.tracks_lots()
    flour = bakery.ingredient("Flour")
    lots_of(bakery, flour, {"quantity": "1.2"}, {"quantity": "3", "expiresOn": "2026-03-09"}, {"quantity": "4"})
    bread = bakery.product("Bread", {flour: "0.7"})

    [planned] = preview(bakery, bread, "7")["ingredients"]
    batch = bakery.bake(bread, "7")

    assert used(batch) == [("Flour", quantity, code) for code, quantity in picked(planned)]


def test_the_need_is_summed_over_lines_and_rounded_once(bakery: Bakery) -> None:
    """R-5.2, R-2.2: line × quantity ÷ yield, of all lines of the ingredient, half-even at the sixth decimal."""
    butter = bakery.ingredient("Butter", "g", openingStock="1000")
    lines = [
        {"ingredientId": butter, "quantity": "1"},
        {"ingredientId": butter, "quantity": "1"},
        {"ingredientId": butter, "quantity": "1", "unit": "oz"},
    ]
    tart = bakery.owner.does("CreateProduct", name="Tart", yieldQuantity="3", recipe=lines)["product"]["id"]

    # (1 + 1 + 28.349523125) ÷ 3 = 10.11650770833…
    assert used(bakery.bake(tart, "1")) == [("Butter", "10.116508", "UNTRACKED")]
    assert bakery.stock(butter)[0] == "989.883492"


def test_a_run_is_recorded_in_the_ledger(bakery: Bakery) -> None:
    """R-2.1, R-2.4: a `PRODUCTION` movement for each lot, at its cost; the lot's balance closes."""
    bakery.tracks_lots()
    flour = bakery.ingredient("Flour")
    lot = bakery.restock(flour, "10", unitCost="0.8")
    bakery.bake(bakery.product("Bread", {flour: "0.5"}), "4")

    newest = bakery.owner.ask("StockLedger", id=flour, first=1)["movements"]["edges"][0]["node"]
    assert newest == newest | {"kind": "PRODUCTION", "quantity": "-2", "unitCost": "0.8"}
    assert newest["lot"]["code"] == lot["code"]
    assert bakery.owner.ask("LotDetail", code=lot["code"])["balance"] == {
        "received": "10",
        "adjusted": "0",
        "consumed": "2",
        "writtenOff": "0",
        "remaining": "8",
        "closes": True,
    }


# ── shortages ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_shortage_names_every_short_ingredient_and_changes_nothing(bakery: Bakery) -> None:
    """R-5.5: required, available, missing, and why; all or nothing (R-5.2)."""
    bakery.tracks_lots()
    names = ("Flour", "Yeast", "Salt", "Malt", "Water")
    flour, yeast, salt, malt, water = (bakery.ingredient(name) for name in names)
    bakery.restock(flour, "1")
    bakery.restock(flour, "5", receivedOn="2026-01-01", expiresOn="2026-03-01")
    held = bakery.restock(yeast, "5")
    bakery.owner.does("HoldLot", lotId=held["id"], reason="Odd smell")
    bakery.restock(salt, "0.5")
    bakery.restock(malt, "9")
    bakery.restock(water, "9")
    bread = bakery.product("Bread", {flour: "1", yeast: "1", salt: "1", malt: "1", water: "1"})

    with bakery.nothing_changes():
        refusal = bakery.owner.tries("ConfirmProduction", productId=bread, quantity="2", producedOn="2026-03-02")

    assert refusal["__typename"] == "InsufficientStock"
    assert [tuple(short.values()) for short in refusal["shortfalls"]] == [
        ({"id": flour, "name": "Flour"}, "2", "1", "1", "kg", "EXPIRED"),
        ({"id": yeast, "name": "Yeast"}, "2", "0", "2", "kg", "ON_HOLD"),
        ({"id": salt, "name": "Salt"}, "2", "0.5", "1.5", "kg", "NOT_ENOUGH"),
    ]


def test_an_allowed_shortfall_is_recorded_as_unaccounted(bakery: Bakery) -> None:
    """R-5.5, R-2.5: the bake goes on, and stock goes below zero by what is missing."""
    bakery.tracks_lots()
    flour = bakery.ingredient("Flour", openingStock="1")
    lot = bakery.restock(flour, "1")
    bread = bakery.product("Bread", {flour: "1"})

    batch = bakery.bake(bread, "5", allowShortfall=True)

    assert used(batch) == [("Flour", "1", lot["code"]), ("Flour", "1", "UNTRACKED"), ("Flour", "3", "UNACCOUNTED")]
    assert bakery.stock(flour) == ("-3", "0", "-3")


@pytest.mark.parametrize(("on_hand", "change"), [(MAX_STOCK, "0.000001"), (-MAX_STOCK, "-0.000001")])
def test_no_stock_figure_is_further_from_zero_than_the_store_can_count(on_hand: Decimal, change: str) -> None:
    """R-2.2: 10¹² either way; a thousand of the largest runs on credit would pass it."""
    checks = Checks()
    flour = Ingredient(1, "Flour", Unit.kg, None, None, ZERO, on_hand)
    check_room(checks, "quantity", flour, -Decimal(change))
    checks.done()
    check_room(checks, "quantity", flour, Decimal(change))
    with pytest.raises(InvalidInput, match="would pass 1000000000000 kg"):
        checks.done()


def test_only_owner_and_manager_may_allow_a_shortfall(bakery: Bakery) -> None:
    """R-1.5: staff confirm production, without `allowShortfall`."""
    bread = bakery.product("Bread", {bakery.ingredient("Flour"): "1"})
    run = {"productId": bread, "quantity": "1", "allowShortfall": True}

    with bakery.nothing_changes():
        assert bakery.staff.is_refused("ConfirmProduction", **run) == "RoleRequired"
    for role in (Role.MANAGER, Role.OWNER):
        bakery.caller(role).does("ConfirmProduction", **run)


def test_what_is_bought_in_cannot_be_produced(bakery: Bakery) -> None:
    """R-5.2: a product without a recipe."""
    coffee = bakery.product("Coffee")
    refusal = bakery.owner.tries("ConfirmProduction", productId=coffee, quantity="1")
    assert [problem["path"] for problem in refusal["fields"]] == ["productId"]


# ── days ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_backdated_run_judges_expiry_and_receipt_at_its_day(bakery: Bakery) -> None:
    """R-5.7, R-5.3: what is expired now was good then; what came since was not there."""
    bakery.tracks_lots()
    flour = bakery.ingredient("Flour")
    expired, came_since = lots_of(
        bakery,
        flour,
        {"quantity": "2", "receivedOn": "2026-02-01", "expiresOn": "2026-02-20"},
        {"quantity": "9", "receivedOn": "2026-02-25"},
    )
    bread = bakery.product("Bread", {flour: "1"})

    [use] = preview(bakery, bread, "1", producedOn="2026-02-20")["ingredients"]
    assert (picked(use), skipped(use)) == ([(expired["code"], "1")], [(came_since["code"], "NOT_YET_RECEIVED")])
    refusal = bakery.owner.tries("ConfirmProduction", productId=bread, quantity="3", producedOn="2026-02-20")
    assert [short["reason"] for short in refusal["shortfalls"]] == ["NOT_YET_RECEIVED"]

    batch = bakery.bake(bread, "2", producedOn="2026-02-20")
    assert (batch["code"], batch["producedOn"]) == ("PB-260302-001", "2026-02-20")
    assert used(batch) == [("Flour", "2", expired["code"])]
    moved = bakery.owner.ask("StockLedger", id=flour, first=1)["movements"]["edges"][0]["node"]
    assert (moved["happenedAt"], moved["recordedAt"]) == ("2026-02-20T00:00:00+00:00", "2026-03-02T08:00:00+00:00")


def test_a_backdated_run_judges_quantities_and_holds_now(bakery: Bakery) -> None:
    """R-5.7"""
    bakery.tracks_lots()
    flour = bakery.ingredient("Flour")
    first, second = lots_of(
        bakery, flour, {"quantity": "2", "receivedOn": "2026-02-01"}, {"quantity": "2", "receivedOn": "2026-02-02"}
    )
    bread = bakery.product("Bread", {flour: "1"})
    bakery.bake(bread, "1")
    bakery.owner.does("HoldLot", lotId=second["id"], reason="Odd smell")

    assert used(bakery.bake(bread, "1", producedOn="2026-02-10")) == [("Flour", "1", first["code"])]
    assert bakery.owner.is_refused("ConfirmProduction", productId=bread, quantity="1", producedOn="2026-02-10") == (
        "InsufficientStock"
    )


# ── lots chosen by hand ───────────────────────────────────────────────────────────────────────────────────────────────
def test_chosen_lots_go_before_the_order(bakery: Bakery) -> None:
    """R-5.8: for a part of the need; the rest follows the order, also from the same lot."""
    bakery.tracks_lots()
    flour = bakery.ingredient("Flour")
    old, new = lots_of(bakery, flour, {"quantity": "2", "expiresOn": "2026-03-09"}, {"quantity": "5"})
    bread = bakery.product("Bread", {flour: "1"})
    choice = {"ingredientId": flour, "lotId": new["id"], "quantity": "1.5"}

    batch = bakery.bake(bread, "4", lotChoices=[choice])

    assert sorted(used(batch)) == [("Flour", "2", old["code"]), ("Flour", "2", new["code"])]
    assert bakery.remaining(flour) == {old["code"]: "0", new["code"]: "3"}


def test_unusable_choices_are_refused(bakery: Bakery) -> None:
    """R-5.8: expired, held, foreign and too small lots, lots of something else, and more than the run needs."""
    bakery.tracks_lots()
    flour, salt = bakery.ingredient("Flour"), bakery.ingredient("Salt")
    good, expired, held, late = lots_of(
        bakery,
        flour,
        {"quantity": "2", "receivedOn": "2026-02-01"},
        {"quantity": "2", "receivedOn": "2026-02-01", "expiresOn": "2026-02-02"},
        {"quantity": "2", "receivedOn": "2026-02-01"},
        {"quantity": "2", "receivedOn": "2026-03-01"},
    )
    bakery.owner.does("HoldLot", lotId=held["id"], reason="Odd smell")
    of_salt = bakery.restock(salt, "2")
    stranger = Bakery.opened(bakery.api)
    stranger.tracks_lots()
    foreign = stranger.restock(stranger.ingredient("Flour"), "2")
    bread = bakery.product("Bread", {flour: "1"})

    def refused(lot: Any, quantity: str = "1", ingredient: str = flour) -> list[str]:
        choice = {"ingredientId": ingredient, "lotId": lot["id"], "quantity": quantity}
        refusal = bakery.owner.tries(
            "ConfirmProduction", productId=bread, quantity="3", producedOn="2026-02-10", lotChoices=[choice]
        )
        assert refusal["__typename"] == "InvalidInput", refusal
        return [problem["path"] for problem in refusal["fields"]]

    with bakery.nothing_changes():
        for lot in (expired, held, late, foreign, of_salt):
            assert refused(lot) == ["lotChoices[0].lotId"]
        assert refused(good, "2.5") == ["lotChoices[0].quantity"]
        assert refused(good, "1", ingredient=salt) == ["lotChoices[0].ingredientId"]
        assert refused(good, "3.5")[0].startswith("lotChoices")


def test_the_same_lot_chosen_twice_counts_as_the_sum(bakery: Bakery) -> None:
    """R-5.8: neither more than it has left nor one consumption too many."""
    bakery.tracks_lots()
    flour = bakery.ingredient("Flour")
    lot = bakery.restock(flour, "2")
    bread = bakery.product("Bread", {flour: "1"})
    choice = {"ingredientId": flour, "lotId": lot["id"], "quantity": "1"}

    assert bakery.owner.is_refused(
        "ConfirmProduction", productId=bread, quantity="3", lotChoices=[choice, choice, choice]
    ) == ("InvalidInput")
    assert used(bakery.bake(bread, "2", lotChoices=[choice, choice])) == [("Flour", "2", lot["code"])]


# ── lot tracking off ──────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("plan", [Plan.GROWTH, Plan.ESSENTIALS])
def test_off_all_is_untracked_and_lots_are_corrected_where_that_falls_short(bakery: Bakery, plan: Plan) -> None:
    """R-5.2, R-2.5, R-3.2, R-1.6: switched off, or downgraded, which acts the same."""
    flour = bakery.ingredient("Flour", openingStock="1")
    bakery.tracks_lots()
    lot = bakery.restock(flour, "5")
    bread = bakery.product("Bread", {flour: "1"})
    if plan is Plan.GROWTH:
        bakery.tracks_lots(False)
    else:
        bakery.set_plan(plan)

    assert used(bakery.bake(bread, "3")) == [("Flour", "3", "UNTRACKED")]
    assert bakery.stock(flour) == ("3", "3", "0")
    assert bakery.remaining(flour) == {lot["code"]: "3"}
    assert bakery.owner.ask("LotDetail", code=lot["code"])["balance"]["adjusted"] == "-2"
    assert bakery.owner.is_refused("ConfirmProduction", productId=bread, quantity="3.000001") == "InsufficientStock"
