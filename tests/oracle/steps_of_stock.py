"""Steps: the clock and the switches, stock in, and what happens to it but by production."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from plans import Plan
from tests.oracle.books import Delivered, Purchase, PurchaseLine
from tests.oracle.steps import always, amounts, costs, days_ago, days_ahead, has_lots, picks, reasons, step

if TYPE_CHECKING:
    from tests.oracle.machine import Machine

NEED_LOT_TRACKING = {"addLot", "writeOffLot", "relinkOrder"}


# ── the clock and the switches ────────────────────────────────────────────────────────────────────────────────────
@step(2, always, days=st.integers(1, 3))
def days_pass(machine: Machine, days: int) -> None:
    machine.bakery.today += timedelta(days=days)
    for side in machine.sides:
        side.api.days_pass(days)


@step(
    1,
    always,
    on=st.sampled_from([True, True, True, False, None]),
    order=st.sampled_from([None, "EXPIRY_DATE", "RECEIVED_DATE"]),
)
def switch(machine: Machine, on: bool | None, order: str | None) -> None:
    input = {"enabled": on, "consumptionOrder": order}
    machine.both("updateLotTrackingSettings", input, lambda: machine.bakery.switch(on, order))


@step(1, always, plan=st.sampled_from(["GROWTH", "GROWTH", "SCALE", "ESSENTIALS"]))
def change_the_plan(machine: Machine, plan: str) -> None:
    machine.bakery.plan = plan
    for side in machine.sides:
        side.bakery.set_plan(Plan(plan))


@step(1, lambda machine: bool(machine.repeatable), pick=picks)
def repeat(machine: Machine, pick: int) -> None:
    """R-5.10: sent again, it is not done again; whatever happened since."""
    mutation, input, role, answers = machine.repeatable[pick % len(machine.repeatable)]
    if mutation in NEED_LOT_TRACKING and not machine.bakery.tracking:
        return  # the gate answers before the key
    for side, first in zip(machine.sides, answers, strict=True):
        again = side.send(mutation, input, role)
        assert again["__typename"] == first["__typename"]
        for thing in ("lot", "batch", "order"):
            shown = again.get(thing)
            assert (shown and shown.get("id")) == (first.get(thing) and first[thing].get("id"))


# ── stock in ──────────────────────────────────────────────────────────────────────────────────────────────────────
@step(
    3,
    always,
    pick=picks,
    amount=amounts,
    unit=st.sampled_from([None, None, "g", "kg", "lb", "ml", "l", "each"]),
    cost=costs,
    ago=days_ago,
    ahead=days_ahead,
    supplier=st.sampled_from([None, "mill", "dairy"]),
    by_hand=st.booleans(),
)
def restock(
    machine: Machine,
    pick: int,
    amount: Fraction,
    unit: str | None,
    cost: Fraction | None,
    ago: int,
    ahead: int | None,
    supplier: str | None,
    by_hand: bool,
) -> None:
    unit_given = unit or machine.ingredient(pick).unit
    amount = amount * 1000 if unit_given in ("g", "ml") else amount
    bring_in(machine, pick, amount, unit, cost, ago, ahead, supplier, by_hand=by_hand)


def bring_in(
    machine: Machine,
    pick: int,
    amount: Fraction,
    unit: str | None,
    cost: Fraction | None,
    ago: int,
    ahead: int | None,
    supplier: str | None,
    *,
    by_hand: bool,
) -> None:
    ingredient, received = machine.ingredient(pick), machine.day(ago)
    expires = None if ahead is None else received + timedelta(days=ahead)
    mutation, kind, source = ("addLot", "MANUAL_LOT", "MANUAL") if by_hand else ("quickRestock", "RESTOCK", "RESTOCK")
    input = {
        "ingredientId": ingredient,
        "quantity": amount,
        "unit": unit,
        "unitCost": cost,
        "supplierId": supplier,
        "supplierLotNumber": supplier and f"{supplier} {pick}",
        "receivedOn": received,
        "expiresOn": expires,
    }
    lot, answers = machine.both(
        mutation,
        input,
        lambda: machine.bakery.receive(
            kind,
            source,
            ingredient,
            amount,
            unit or ingredient.unit,
            received_on=received,
            expires_on=expires,
            unit_cost=cost,
            supplier=supplier,
            supplier_number=supplier and f"{supplier} {pick}",
        ),
    )
    if lot is not None:
        machine.learn(lot, answers, "lot")


@step(1, always, wanted=st.lists(st.tuples(picks, amounts, costs), min_size=1, max_size=3), draft=st.integers(0, 5))
def order_from_the_mill(machine: Machine, wanted: list[tuple[int, Fraction, Fraction | None]], draft: int) -> None:
    lines = []
    for pick, amount, cost in wanted:
        ingredient = machine.ingredient(pick)
        unit = "lb" if ingredient.unit == "kg" and pick % 2 else ingredient.unit
        lines.append(PurchaseLine(ingredient, amount, unit, cost))
    input = {
        "supplierId": "mill",
        "draft": draft == 0,
        "lines": [
            {
                "ingredientId": line.ingredient,
                "quantity": line.ordered,
                "unit": line.unit,
                "unitCost": line.unit_cost,
            }
            for line in lines
        ],
    }
    purchase, answers = machine.both(
        "createPurchaseOrder", input, lambda: machine.bakery.order_from("mill", lines, draft == 0)
    )
    if purchase is not None:
        machine.learn(purchase, answers, "purchaseOrder")
    for side, answer in zip(machine.sides, answers, strict=False):
        for line, shown in zip(lines, answer["purchaseOrder"]["lines"], strict=True):
            side.ids[line] = shown["id"]


@step(
    2,
    lambda machine: bool(machine.bakery.purchases),
    pick=picks,
    came=st.lists(st.tuples(picks, amounts, costs, days_ahead), min_size=1, max_size=3),
    ago=days_ago,
)
def receive(
    machine: Machine, pick: int, came: list[tuple[int, Fraction, Fraction | None, int | None]], ago: int
) -> None:
    purchase: Purchase = machine.bakery.purchases[pick % len(machine.bakery.purchases)]
    received = machine.day(ago)
    delivered = [
        Delivered(
            purchase.lines[place % len(purchase.lines)],
            amount,
            cost,
            None if ahead is None else received + timedelta(days=ahead),
            None if place % 3 else f"M-{place}",
        )
        for place, amount, cost, ahead in came
    ]
    input = {
        "purchaseOrderId": purchase,
        "receivedOn": received,
        "lines": [
            {
                "lineId": each.line,
                "quantity": each.quantity,
                "unitCost": each.unit_cost,
                "expiresOn": each.expires_on,
                "supplierLotNumber": each.supplier_number,
            }
            for each in delivered
        ],
    }
    lots, answers = machine.both(
        "receivePurchaseOrder", input, lambda: machine.bakery.deliver(purchase, received, delivered)
    )
    for place, lot in enumerate(lots or []):
        machine.learn(lot, [answer["lots"][place] for answer in answers])


@step(1, lambda machine: bool(machine.bakery.purchases), pick=picks, status=st.sampled_from(["ORDERED", "CANCELLED"]))
def call_off_or_order(machine: Machine, pick: int, status: str) -> None:
    purchase: Purchase = machine.bakery.purchases[pick % len(machine.bakery.purchases)]
    input = {"purchaseOrderId": purchase, "status": status}
    machine.both("setPurchaseOrderStatus", input, lambda: machine.bakery.set_purchase(purchase, status))


# ── what happens to it ────────────────────────────────────────────────────────────────────────────────────────────
@step(2, always, pick=picks, amount=st.just(Fraction(0)) | amounts, near=st.booleans())
def count(machine: Machine, pick: int, amount: Fraction, near: bool) -> None:
    """Some counts are near the figure, where little changes."""
    ingredient = machine.ingredient(pick)
    counted = max(Fraction(0), ingredient.on_hand + amount - 6) if near else amount
    machine.both(
        "adjustStock",
        {"ingredientId": ingredient, "countedQuantity": counted},
        lambda: machine.bakery.count(ingredient, counted),
    )


@step(1, has_lots, pick=picks, amount=st.none() | amounts, reason=reasons)
def write_off(machine: Machine, pick: int, amount: Fraction | None, reason: str) -> None:
    lot = machine.lot(pick)
    input = {"lotId": lot, "quantity": amount, "reason": reason}
    machine.both("writeOffLot", input, lambda: machine.bakery.write_off(lot, amount, reason))


@step(1, has_lots, pick=picks, place=st.booleans())
def hold_or_release(machine: Machine, pick: int, place: bool) -> None:
    lot = machine.lot(pick)
    input = {"lotId": lot, "reason": "Why not"}
    if place:
        machine.both("holdLot", input, lambda: machine.bakery.hold(lot))
    else:
        machine.both("releaseLot", input, lambda: machine.bakery.release(lot))


@step(1, has_lots, pick=picks, ahead=days_ahead)
def redate(machine: Machine, pick: int, ahead: int | None) -> None:
    lot = machine.lot(pick)
    expires = None if ahead is None else lot.received_on + timedelta(days=ahead)
    input = {"lotId": lot, "expiresOn": expires, "undated": expires is None, "reason": "The label"}
    machine.both("editLotExpiry", input, lambda: machine.bakery.redate(lot, expires))
