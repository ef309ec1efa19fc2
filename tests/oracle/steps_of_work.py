"""Steps: production and what becomes of its batches, orders and their links."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from tests.oracle.books import Ingredient, Lot
from tests.oracle.orders import STATUSES, Line
from tests.oracle.runs import Batch, Product
from tests.oracle.steps import (
    always,
    amounts,
    days_ago,
    has_batches,
    has_orders,
    picks,
    reasons,
    roles,
    step,
    up_to,
)
from tests.oracle.values import rounded, text

if TYPE_CHECKING:
    from tests.oracle.machine import Machine


# ── production ────────────────────────────────────────────────────────────────────────────────────────────────────
def made(machine: Machine, product: Product, amount: Fraction) -> Fraction:
    return amount * 200 if product.becomes and product.becomes.unit == "g" else amount


@step(
    8,
    always,
    pick=picks,
    amount=amounts,
    ago=days_ago,
    chosen=st.sampled_from([0, 0, 0, 1, 2]).flatmap(
        lambda size: st.lists(st.tuples(picks, amounts), min_size=size, max_size=size)
    ),
    short=st.sampled_from([False, False, False, True]),
    role=roles,
)
def bake(
    machine: Machine, pick: int, amount: Fraction, ago: int, chosen: list[tuple[int, Fraction]], short: bool, role: str
) -> None:
    product = list(machine.bakery.products.values())[pick % 4]
    quantity, day = made(machine, product, amount), machine.day(ago)
    choices = choices_of(machine, product, chosen)
    input = {
        "productId": product,
        "quantity": quantity,
        "producedOn": day,
        "allowShortfall": short,
        "lotChoices": [{"ingredientId": of, "lotId": lot, "quantity": some} for of, lot, some in choices],
    }
    batch, answers = machine.both(
        "confirmProduction",
        input,
        lambda: machine.bakery.run(product, quantity, day, choices, short, role),
        role=role,
    )
    if isinstance(batch, Batch):
        machine.learn(batch, answers, "batch")
        if batch.output is not None:
            machine.learn(batch.output, answers, "batch", "outputLot")


def choices_of(
    machine: Machine, product: Product, chosen: list[tuple[int, Fraction]]
) -> list[tuple[Ingredient, Lot, Fraction]]:
    """Most are of lots that the product needs; a third is of any."""
    needed = [lot for lot in machine.bakery.lots if any(lot.of is item for item, _, _ in product.recipe)]
    found = []
    for pick, amount in chosen:
        lots = needed if pick % 3 else machine.bakery.lots
        if lots:
            lot = lots[pick % len(lots)]
            found.append((lot.of, lot, rounded(amount / 6, 6) + Fraction(1, 10**6)))
    return found


@step(1, always, pick=picks, amount=amounts, ago=days_ago)
def preview(machine: Machine, pick: int, amount: Fraction, ago: int) -> None:
    """R-5.1: what would be used, which lots are passed over and why; it changes nothing."""
    product = list(machine.bakery.products.values())[pick % 4]
    quantity, day = made(machine, product, amount), machine.day(max(ago, 0))
    uses = machine.bakery.planned(product, quantity, day, [])
    for side in machine.sides:
        input = side.written({"productId": product, "quantity": quantity, "producedOn": day})
        preview = side.bakery.owner.ask("PreviewProduction", input=input)
        assert preview["sufficient"] is not any(use.missing for use in uses)
        assert [
            (
                shown["ingredient"]["name"],
                shown["required"],
                [(item["lot"]["code"], item["quantity"]) for item in shown["picks"]],
                [(item["lot"]["code"], item["reason"]) for item in shown["skipped"]],
                shown["untracked"],
                shown["shortfall"],
            )
            for shown in preview["ingredients"]
        ] == [
            (
                use.ingredient.name,
                text(use.required),
                [(lot.code, text(some)) for lot, some in use.picks],
                [(lot.code, reason) for lot, reason in use.skipped],
                text(use.untracked),
                text(use.missing),
            )
            for use in uses
        ]


# ── orders ────────────────────────────────────────────────────────────────────────────────────────────────────────
@step(
    3,
    always,
    wanted=st.lists(st.tuples(picks, amounts), min_size=1, max_size=3),
    number=st.sampled_from([None, None, None, "A-1"]),
    customer=st.sampled_from([None, "café"]),
)
def take_an_order(
    machine: Machine, wanted: list[tuple[int, Fraction]], number: str | None, customer: str | None
) -> None:
    lines = [Line(product := machine.product(pick), made(machine, product, amount)) for pick, amount in wanted]
    input = {
        "number": number,
        "customerId": customer,
        "lines": [{"productId": line.product, "quantity": line.quantity} for line in lines],
    }
    order, answers = machine.both("createOrder", input, lambda: machine.bakery.take_order(number, customer, lines))
    if order is not None:
        machine.learn(order, answers, "order", code="number")
        for side, answer in zip(machine.sides, answers, strict=True):
            for line, shown in zip(lines, answer["order"]["lines"], strict=True):
                side.ids[line] = shown["id"]


@step(
    5,
    has_orders,
    pick=picks,
    status=st.sampled_from([*STATUSES, "READY", "READY", "COMPLETED", "CANCELLED"]),
    ago=days_ago,
    role=roles,
)
def move(machine: Machine, pick: int, status: str, ago: int, role: str) -> None:
    order = machine.order(pick)
    on = machine.day(ago)
    input = {"orderId": order, "status": status, "on": on}
    machine.both("setOrderStatus", input, lambda: machine.bakery.move(order, status, on, role), role=role)


# ── what becomes of it ────────────────────────────────────────────────────────────────────────────────────────────────
@step(2, has_batches, pick=picks)
def take_back(machine: Machine, pick: int) -> None:
    batch = machine.batch(pick)
    input = {"batchId": batch, "reason": "Never baked"}
    machine.both("reverseProduction", input, lambda: machine.bakery.take_back(batch))


@step(2, has_batches, pick=picks, amount=st.none() | amounts, reason=reasons)
def throw_away(machine: Machine, pick: int, amount: Fraction | None, reason: str) -> None:
    batch = machine.batch(pick)
    quantity = None if amount is None else made(machine, batch.product, amount / 4)
    quantity = None if quantity is None else rounded(quantity, 6) or Fraction(1)
    input = {"batchId": batch, "quantity": quantity, "reason": reason}
    machine.both("writeOffBatch", input, lambda: machine.bakery.throw_away(batch, quantity, reason))


@step(2, has_orders, pick=picks, wanted=up_to(2, st.tuples(picks, picks, amounts)))
def relink(machine: Machine, pick: int, wanted: list[tuple[int, int, Fraction]]) -> None:
    """By the rule again, or by hand: mostly to batches of the line's own product."""
    order = machine.order(pick)
    links = []
    for line_pick, batch_pick, amount in wanted:
        line = order.lines[line_pick % len(order.lines)]
        same = [batch for batch in machine.bakery.batches if batch.product is line.product]
        batches = same if batch_pick % 4 and same else machine.bakery.batches
        if batches:
            some = rounded(made(machine, line.product, amount) / 6, 6) or Fraction(1)
            links.append((line, batches[batch_pick % len(batches)], some))
    input = {
        "orderId": order,
        "reason": "Not what happened",
        "links": [{"lineId": line, "batchId": batch, "quantity": some} for line, batch, some in links],
    }
    machine.both("relinkOrder", input, lambda: machine.bakery.relink(order, links))
