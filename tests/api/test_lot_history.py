"""What is kept of a lot: its expiry dates, its holds, its part of the ledger."""

from typing import Any

import pytest

from plans import Plan
from tests.api.bakeries import Bakery
from tests.api.in_process import InProcessApi
from tests.api.reading import used


def history(bakery: Bakery, lot: Any) -> Any:
    return bakery.owner.ask("LotHistory", code=lot["code"])


# ── expiry ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_an_edit_of_the_expiry_keeps_what_was(bakery: Bakery, api: InProcessApi) -> None:
    """R-4.6: old value, new value, reason, who and when, newest first."""
    bakery.tracks_lots()
    lot = bakery.restock(bakery.ingredient("Milk", "l"), "10", expiresOn="2026-03-09")

    edited = bakery.owner.does("EditLotExpiry", lotId=lot["id"], expiresOn="2026-03-04", reason="Misread the label")
    assert (edited["lot"]["expiresOn"], edited["lot"]["expiryStatus"]) == ("2026-03-04", "EXPIRING")
    api.days_pass(1)
    edited = bakery.manager.does("EditLotExpiry", lotId=lot["id"], undated=True, reason="It is long-life milk")
    assert (edited["lot"]["expiresOn"], edited["lot"]["expiryStatus"]) == (None, "UNDATED")

    assert history(bakery, lot)["expiryHistory"] == [
        {
            "oldExpiresOn": "2026-03-04",
            "newExpiresOn": None,
            "reason": "It is long-life milk",
            "editedBy": {"name": "Manager"},
            "editedAt": "2026-03-03T08:00:00+00:00",
        },
        {
            "oldExpiresOn": "2026-03-09",
            "newExpiresOn": "2026-03-04",
            "reason": "Misread the label",
            "editedBy": {"name": "Owner"},
            "editedAt": "2026-03-02T08:00:00+00:00",
        },
    ]


@pytest.mark.parametrize(
    ("input", "path", "word"),
    [
        ({"expiresOn": "2026-02-28"}, "expiresOn", "before the day it was received"),
        ({"expiresOn": "2026-03-09"}, "expiresOn", "has this date already"),
        ({}, "expiresOn", "It is missing"),
        ({"expiresOn": None}, "expiresOn", "It is missing"),
        ({"expiresOn": None, "undated": False}, "expiresOn", "It is missing"),
        ({"expiresOn": "2026-03-08", "undated": True}, "undated", "not both"),
    ],
)
def test_what_is_no_edit_is_refused(bakery: Bakery, input: dict[str, Any], path: str, word: str) -> None:
    """R-4.6: not before it was received; a date goes only where that is asked for in so many words."""
    bakery.tracks_lots()
    milk = bakery.ingredient("Milk", "l")
    lot = bakery.restock(milk, "10", receivedOn="2026-03-01", expiresOn="2026-03-09")

    with bakery.nothing_changes():
        refusal = bakery.owner.tries("EditLotExpiry", lotId=lot["id"], reason="Why", **input)

    assert [problem["path"] for problem in refusal["fields"]] == [path]
    assert word in refusal["message"]


def test_a_date_that_is_not_there_cannot_be_taken_away(bakery: Bakery) -> None:
    """R-4.6"""
    bakery.tracks_lots()
    lot = bakery.restock(bakery.ingredient("Salt"), "10")
    with bakery.nothing_changes():
        refusal = bakery.owner.tries("EditLotExpiry", lotId=lot["id"], undated=True, reason="Salt keeps")
    assert [problem["path"] for problem in refusal["fields"]] == ["undated"]


def test_runs_go_by_the_date_that_stood_when_they_were_recorded(bakery: Bakery) -> None:
    """R-5.3, R-5.6: used or passed over by the date of the moment; the books of both runs close (see `bakery`)."""
    bakery.tracks_lots()
    milk = bakery.ingredient("Milk", "l")
    custard = bakery.product("Custard", {milk: "1"})
    early = bakery.restock(milk, "10", receivedOn="2026-02-01", expiresOn="2026-03-03")
    late = bakery.restock(milk, "10", receivedOn="2026-02-01", expiresOn="2026-03-05")

    assert used(bakery.bake(custard, "1")) == [("Milk", "1", early["code"])]
    bakery.owner.does("EditLotExpiry", lotId=early["id"], expiresOn="2026-02-20", reason="Left in the sun")
    assert used(bakery.bake(custard, "1")) == [("Milk", "1", late["code"])]
    bakery.owner.does("EditLotExpiry", lotId=late["id"], expiresOn="2026-02-20", reason="Left in the sun, too")
    assert bakery.owner.is_refused("ConfirmProduction", productId=custard, quantity="1") == "InsufficientStock"
    bakery.owner.does("EditLotExpiry", lotId=early["id"], expiresOn="2026-03-02", reason="It was another one")
    assert used(bakery.bake(custard, "1")) == [("Milk", "1", early["code"])]
    bakery.owner.does("EditLotExpiry", lotId=early["id"], expiresOn="2026-02-20", reason="It was not")


def test_what_inherited_a_date_keeps_it(bakery: Bakery) -> None:
    """R-4.4: the lot made of another one is a record of its own."""
    bakery.tracks_lots()
    milk = bakery.ingredient("Milk", "l")
    lot = bakery.restock(milk, "1", expiresOn="2026-03-06")
    custard = bakery.product(
        "Custard", {milk: "1"}, makesIngredientId=bakery.ingredient("Custard", "l"), inheritExpiry=True
    )
    made = bakery.bake(custard, "1")["outputLot"]

    bakery.owner.does("EditLotExpiry", lotId=lot["id"], expiresOn="2026-03-04", reason="Misread the label")

    assert history(bakery, made)["expiresOn"] == "2026-03-06"
    assert history(bakery, made)["expiryHistory"] == []


def test_what_was_kept_is_read_with_the_switch_off_and_on_every_plan(bakery: Bakery) -> None:
    """R-1.6, R-1.8: the edit needs lot tracking on and the plan; reading it needs neither."""
    bakery.tracks_lots()
    lot = bakery.restock(bakery.ingredient("Milk", "l"), "10", expiresOn="2026-03-09")
    bakery.owner.does("HoldLot", lotId=lot["id"], reason="Odd smell")
    edit = {"lotId": lot["id"], "expiresOn": "2026-03-04", "reason": "Misread"}
    bakery.owner.does("EditLotExpiry", **edit)
    kept = history(bakery, lot)

    bakery.tracks_lots(False)
    assert bakery.owner.is_refused("EditLotExpiry", **edit) == "FeatureDisabled"
    assert history(bakery, lot) == kept
    bakery.set_plan(Plan.ESSENTIALS)
    assert bakery.owner.is_refused("EditLotExpiry", **edit) == "PlanRequired"
    assert history(bakery, lot) == kept


# ── holds ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_holds_say_who_why_and_when(bakery: Bakery, api: InProcessApi) -> None:
    """R-4.8: lifted or standing, newest first; staff may know why a lot is not to be used (R-1.5)."""
    bakery.tracks_lots()
    lot = bakery.restock(bakery.ingredient("Flour"), "10")
    bakery.owner.does("HoldLot", lotId=lot["id"], reason="Odd smell")
    api.days_pass(1)
    bakery.manager.does("ReleaseLot", lotId=lot["id"], reason="It was the cheese")
    bakery.manager.does("HoldLot", lotId=lot["id"], reason="No, it was not")

    holds = history(bakery, lot)["holds"]

    assert holds == [
        {
            "cause": "MANUAL",
            "reason": "No, it was not",
            "placedBy": {"name": "Manager"},
            "placedAt": "2026-03-03T08:00:00+00:00",
            "liftReason": None,
            "liftedBy": None,
            "liftedAt": None,
        },
        {
            "cause": "MANUAL",
            "reason": "Odd smell",
            "placedBy": {"name": "Owner"},
            "placedAt": "2026-03-02T08:00:00+00:00",
            "liftReason": "It was the cheese",
            "liftedBy": {"name": "Manager"},
            "liftedAt": "2026-03-03T08:00:00+00:00",
        },
    ]
    read = bakery.staff.send("query ($code: String!) { lot(code: $code) { holds { reason } } }", {"code": lot["code"]})
    assert read.root == {"holds": [{"reason": "No, it was not"}, {"reason": "Odd smell"}]}


# ── movements ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_lots_movements_are_its_part_of_the_ledger(bakery: Bakery) -> None:
    """R-2.1, R-2.4: each with its run, order or reason; together they are what remains."""
    bakery.tracks_lots()
    flour, dough = bakery.ingredient("Flour", openingStock="1"), bakery.ingredient("Dough")
    other = bakery.restock(flour, "3", expiresOn="2026-06-01")
    lot = bakery.restock(flour, "10", expiresOn="2026-05-01")
    makes_dough = bakery.product("Dough", {flour: "1"}, makesIngredientId=dough)
    batch = bakery.bake(makes_dough, "4")
    bakery.owner.does("WriteOffLot", lotId=lot["id"], quantity="2", reason="DAMAGED", note="Mice")
    bakery.owner.does("AdjustStock", ingredientId=flour, countedQuantity="5")
    order = bakery.order({makes_dough: "1"}, number="D-1")
    bakery.move(order, "READY")
    bakery.move(order, "CANCELLED")

    def told(code: str) -> list[tuple[Any, ...]]:
        movements = bakery.owner.ask("LotHistory", code=code)["movements"]
        assert movements["totalCount"] == len(movements["edges"])
        nodes = [edge["node"] for edge in movements["edges"]]
        return [
            (
                node["kind"],
                node["quantity"],
                node["writeOffReason"],
                node["batch"] and node["batch"]["code"],
                node["order"] and node["order"]["number"],
            )
            for node in nodes
        ]

    assert told(lot["code"]) == [
        ("ADJUSTMENT", "-2", None, None, None),
        ("WRITE_OFF", "-2", "DAMAGED", None, None),
        ("PRODUCTION", "-4", None, batch["code"], None),
        ("RESTOCK", "10", None, None, None),
    ]
    assert told(other["code"]) == [("RESTOCK", "3", None, None, None)]
    assert told(batch["outputLot"]["code"]) == [
        ("REVERSAL", "1", None, batch["code"], "D-1"),
        ("SALE", "-1", None, batch["code"], "D-1"),
        ("OUTPUT", "4", None, batch["code"], None),
    ]


def test_a_lots_movements_come_in_pages(bakery: Bakery) -> None:
    """The contract's connections: newest first, by cursor."""
    bakery.tracks_lots()
    lot = bakery.restock(bakery.ingredient("Flour"), "10")
    for _ in range(4):
        bakery.owner.does("WriteOffLot", lotId=lot["id"], quantity="1", reason="OTHER")
    first = bakery.owner.ask("LotHistory", code=lot["code"], first=3)["movements"]
    rest = bakery.owner.ask("LotHistory", code=lot["code"], first=3, after=first["pageInfo"]["endCursor"])["movements"]
    assert [edge["node"]["kind"] for edge in first["edges"] + rest["edges"]] == ["WRITE_OFF"] * 4 + ["RESTOCK"]
    assert (first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)
