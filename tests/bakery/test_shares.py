"""What lots contributed to orders (R-7.6), as ledgers and against an oracle."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bakery.quantity import plain, round_quantity
from bakery.shares import contributions_to, spread
from bakery.trace import assemble
from tests.bakery.trace_ledger import Story

MILLIONTH = Fraction(1, 10**6)


def shares(text: str, name: str) -> tuple[dict[str, str], dict[str, str]]:
    """What of the lot is in each order, and the sums but what was used."""
    story = Story(text)
    lot = story.lots[story.numbers["Lot", name] - 1]
    found = spread(lot, assemble(story.found, of_lot=lot))
    sums = found.shares
    assert sums.used == sums.in_orders + sums.in_lots + sums.wasted + sums.rest
    assert sums.in_orders == sum(item.quantity for item in found.contributions)
    assert all((item.lot, item.unit) == (lot, lot.unit) for item in found.contributions)
    assert sums.unit is lot.unit
    return (
        {item.order.number: plain(item.quantity) for item in found.contributions},
        {name: plain(getattr(sums, name)) for name in ("in_orders", "in_lots", "wasted", "rest")},
    )


def contributed(text: str, number: str) -> dict[str, str]:
    """What each lot gave to the order."""
    story = Story(text)
    order = story.orders[story.numbers["Order", number] - 1]
    found = contributions_to(order, assemble(story.found, of_order=order))
    assert all((item.order, item.unit) == (order, item.lot.unit) for item in found)
    return {item.lot.code: plain(item.quantity) for item in found}


DIRECT = """
    lot flour 10 left 0
    batch bread 30 each allocated 20 wasted 6
    bread took 10 of flour
    order 17 COMPLETED
    17 wants 10 bread linked 10
    17 got 10 of bread
    order 18 COMPLETED
    18 wants 10 bread linked 10
    18 got 10 of bread
"""


def test_an_order_has_its_part_of_what_the_batch_took() -> None:
    """R-7.6: 10 of 30 loaves of 10 g; what is lost by rounding goes to those that lost most, so all sums to 10."""
    in_orders, sums = shares(DIRECT, "flour")
    assert in_orders == {"17": "3.333333", "18": "3.333333"}
    assert sums == {"in_orders": "6.666666", "in_lots": "0", "wasted": "2", "rest": "1.333334"}
    assert contributed(DIRECT, "17") == {"flour": "3.333333"}


def test_an_order_has_nothing_of_a_lot_that_went_elsewhere() -> None:
    """R-7.6: it is not even listed with nothing."""
    story = f"""
        {DIRECT}
        lot rye 5 left 0
        batch rolls 10 each allocated 10
        rolls took 5 of rye
        order 19 COMPLETED
        19 wants 10 rolls linked 10
        19 got 10 of rolls
    """
    assert shares(story, "flour") == shares(DIRECT, "flour")
    assert shares(story, "rye")[0] == {"19": "5"}


@pytest.mark.parametrize(
    ("made", "took", "share"),
    [
        ("2", "0.000001", "0"),
        ("2", "0.000003", "0.000002"),
        ("2", "0.000005", "0.000002"),
        ("2", "0.000007", "0.000004"),
        ("5", "0.000002", "0"),
        ("5", "0.000003", "0.000001"),
        ("2", "999999999.999981", "499999999.99999"),
        ("2", "999999999.999983", "499999999.999992"),
    ],
)
def test_a_contribution_is_rounded_half_even(made: str, took: str, share: str) -> None:
    """R-7.6, R-2.2: once, to the last digit, however large it is."""
    story = f"""
        lot flour {took} left 0
        batch bread {made} each allocated 1
        bread took {took} of flour
        order 17 COMPLETED
        17 wants 1 bread linked 1
        17 got 1 of bread
    """
    assert contributed(story, "17") == {"flour": share}


def test_what_a_lot_is_made_of_is_not_rounded_on_the_way() -> None:
    """R-7.6, R-2.2: half of the last digit of dough, and so of the flour in it, is even, not more."""
    story = """
        lot flour 0.000001 left 0
        batch dough 0.000001 g
        dough took 0.000001 of flour
        lot dough-lot 0.000001 by dough left 0
        batch bread 2 each allocated 1
        bread took 0.000001 of dough-lot
        order 17 COMPLETED
        17 wants 1 bread linked 1
        17 got 1 of bread
    """
    assert contributed(story, "17") == {"flour": "0", "dough-lot": "0"}


def test_the_last_digit_is_an_orders_before_it_is_waste() -> None:
    """R-7.6, R-2.2: where all lost the same by rounding."""
    story = """
        lot flour 0.000001 left 0
        batch bread 2 each allocated 1 wasted 1
        bread took 0.000001 of flour
        order 17 COMPLETED
        17 wants 1 bread linked 1
        17 got 1 of bread
    """
    assert shares(story, "flour") == (
        {"17": "0.000001"},
        {"in_orders": "0.000001", "in_lots": "0", "wasted": "0", "rest": "0"},
    )


DEEP = """
    lot flour 10 left 4
    batch levain 4 g
    levain took 2 of flour
    lot levain-lot 4 by levain left 1
    batch bread 8 each allocated 6
    bread took 4 of flour
    bread took 2 of levain-lot
    batch rolls 10 each wasted 10
    rolls took 1 of levain-lot
    order 17 COMPLETED
    17 wants 6 bread linked 6
    17 got 6 of bread
"""


def test_a_share_goes_through_what_was_made_of_the_lot() -> None:
    """R-7.6, R-7.4: bread has 4 g of flour, and half of the levain's 2; three quarters of it were ordered."""
    assert shares(DEEP, "flour") == (
        {"17": "3.75"},
        {"in_orders": "3.75", "in_lots": "0.5", "wasted": "0.5", "rest": "1.25"},
    )
    assert shares(DEEP, "levain-lot") == (
        {"17": "1.5"},
        {"in_orders": "1.5", "in_lots": "0", "wasted": "1", "rest": "0.5"},
    )
    assert contributed(DEEP, "17") == {"flour": "3.75", "levain-lot": "1.5"}


def test_what_was_sold_as_it_is_is_the_lots_own() -> None:
    """R-7.6, R-4.4: the order has all of it, and its part of what it was made of."""
    story = """
        lot flour 8 left 0
        batch dough 10 g allocated 4
        dough took 8 of flour
        lot dough-lot 10 by dough left 6
        order 17 COMPLETED
        17 wants 4 dough linked 4
        17 got 4 of dough
    """
    assert shares(story, "dough-lot")[0] == {"17": "4"}
    assert shares(story, "flour") == (
        {"17": "3.2"},
        {"in_orders": "3.2", "in_lots": "4.8", "wasted": "0", "rest": "0"},
    )
    assert contributed(story, "17") == {"flour": "3.2", "dough-lot": "4"}


def test_a_lot_that_was_never_used_gave_nothing() -> None:
    """R-7.6"""
    assert shares("lot flour 8", "flour") == ({}, {"in_orders": "0", "in_lots": "0", "wasted": "0", "rest": "0"})


def test_what_a_count_took_is_in_the_rest() -> None:
    """R-7.6: of the dough's 10 g a count took 5, of which half was flour."""
    story = """
        lot flour 5 left 0
        batch dough 10 g
        dough took 5 of flour
        lot dough-lot 10 by dough left 5 adjusted -5
    """
    assert shares(story, "flour")[1] == {"in_orders": "0", "in_lots": "2.5", "wasted": "0", "rest": "2.5"}


def test_what_lies_behind_a_cut_is_in_the_rest() -> None:
    """R-7.5, R-7.6: a cut trace never says more than it knows."""
    in_orders, sums = shares(DIRECT.replace("18 wants 10 bread linked 10", "cut 18"), "flour")
    assert (in_orders, sums["rest"]) == ({"17": "3.333333"}, "4.666667")


@pytest.mark.parametrize("generations", [1, 40])
def test_a_starter_carries_its_mother_on_for_ever(generations: int) -> None:
    """R-7.6, R-7.5: each generation is fed with half of the one before; nothing of the mother is lost or doubled."""
    lines = ["lot mother 1 left 0", "batch g1 1 g", "g1 took 1 of mother", "lot l1 1 by g1 left 0.5"]
    for n in range(2, generations + 1):
        left = "0.5" if n < generations else "1"
        lines += [f"batch g{n} 1 g", f"g{n} took 0.5 of l{n - 1}", f"lot l{n} 1 by g{n} left {left}"]
    _, sums = shares("\n".join(lines), "mother")
    assert Fraction(sums["in_lots"]) + Fraction(sums["rest"]) == 1


def test_what_was_made_behind_a_cut_is_a_lot_of_its_own() -> None:
    """R-7.5, R-7.6: the batch that made it is no thing of the trace, so the lot stands for all that went in."""
    story = """
        lot dough-lot 10 by elsewhere left 5
        batch bread 5 each allocated 5
        bread took 5 of dough-lot
        order 17 COMPLETED
        17 wants 5 bread linked 5
        17 got 5 of bread
    """
    assert contributed(story, "17") == {"dough-lot": "5"}


def test_a_lot_did_not_go_into_the_batch_that_made_it() -> None:
    """R-7.5: what says otherwise is no record of ours, and would lead in circles."""
    story = "batch feeding 8 g\nlot starter 8 left 4 by feeding\nfeeding took 4 of starter"
    assert shares(story, "starter") == ({}, {"in_orders": "0", "in_lots": "0", "wasted": "0", "rest": "0"})


def test_what_was_used_before_it_was_made_gave_nothing() -> None:
    """R-7.5: such a record does not carry further what went into the later batch, and the lot is not listed."""
    story = """
        lot flour 4 left 0
        batch bread 2 each allocated 2
        batch dough 4 g
        dough took 4 of flour
        lot dough-lot 4 by dough left 0
        bread took 4 of dough-lot
        order 17 COMPLETED
        17 wants 2 bread linked 2
        17 got 2 of bread
    """
    assert contributed(story, "17") == {"flour": "0"}


def test_a_circle_of_records_comes_to_an_end() -> None:
    """R-7.5: a batch that is said to have used what was made of it later; the sums still hold."""
    story = """
        lot flour 4 left 0
        batch a 2 g
        batch b 2 g allocated 1
        lot of-a 2 by a left 0
        lot of-b 2 by b left 1
        a took 2 of flour
        b took 2 of of-a
        a took 1 of of-b
        order 17 COMPLETED
        17 wants 1 b linked 1
        17 got 1 of b
    """
    assert shares(story, "flour")[0] == {"17": "1"}
    assert contributed(story, "17")["flour"] == "1"


# ── against an oracle ─────────────────────────────────────────────────────────────────────────────────────────────────
@st.composite
def histories(draw: st.DrawFn) -> str:
    """Lots, batches and what is made of them, orders and waste; everybody takes no more than is left."""

    def some(least: int = 1, most: int = 30_000_000) -> int:
        # Whole numbers and thirds beside odd ones: what a recipe would make of it.
        return draw(
            st.integers(least, most) | st.sampled_from([1, 10**6, 10**7, 3 * 10**6]).filter(lambda n: n <= most)
        )

    def text(count: int) -> str:
        return plain(Decimal(count).scaleb(-6))

    lines, left, batches = [], {}, {}
    for n in range(draw(st.integers(1, 2))):
        left[f"lot{n}"] = some()
        batches[f"lot{n}"] = f"lot lot{n} {text(left[f'lot{n}'])}"
    for n in range(draw(st.integers(1, 6))):
        made, name = some(), f"b{n}"
        takes = []
        for lot in draw(st.lists(st.sampled_from(sorted(left)), unique=True, max_size=3)):
            if left[lot]:
                taken = some(1, left[lot])
                left[lot] -= taken
                takes.append(f"{name} took {text(taken)} of {lot}")
        rest = made
        gone = {}
        for way in ("allocated", "wasted"):
            gone[way] = draw(st.just(0) | st.integers(0, rest))
            rest -= gone[way]
        orders = []
        if gone["allocated"]:
            first = draw(st.integers(1, gone["allocated"]))
            for number, quantity in (("x", first), (f"y{n}", gone["allocated"] - first)):
                if quantity:
                    orders.append(f"{number} got {text(quantity)} of {name}")
        lines += [
            f"batch {name} {text(made)} g allocated {text(gone['allocated'])} wasted {text(gone['wasted'])}",
            *takes,
            *orders,
        ]
        if draw(st.booleans()):
            left[f"of-{name}"] = rest
            batches[f"of-{name}"] = f"lot of-{name} {text(made)} by {name}"
    # A lot is declared before what it went into, with what is left of it at the end.
    numbers = sorted({line.split()[0] for line in lines if " got " in line})
    text_of = []
    for line in [*(batches[lot] for lot in batches if lot.startswith("lot")), *lines]:
        words = line.split()
        if words[0] == "lot":
            line += f" left {text(left[words[1]])}"
        text_of.append(line)
        if words[0] == "batch" and (lot := f"of-{words[1]}") in batches:
            text_of.append(f"{batches[lot]} left {text(left[lot])}")
    return "\n".join([*(f"order {number} COMPLETED" for number in numbers), *text_of])


def in_order(story: Story, batch_id: int, order_id: int) -> Fraction:
    """Slow and obvious: which part of a batch is in an order, by itself and through whatever was made of it."""
    [batch] = [batch for batch in story.batches if batch.id == batch_id]
    got = sum(
        (
            Fraction(item.quantity)
            for item in story.allocations
            if (item.batch_id, item.order_id) == (batch_id, order_id)
        ),
        Fraction(0),
    )
    for lot in story.lots:
        if lot.origin_batch_id == batch_id:
            for use in story.consumptions:
                if use.lot_id == lot.id:
                    got += Fraction(use.quantity) * in_order(story, use.batch_id, order_id)
    return got / Fraction(batch.quantity)


def exactly(story: Story, lot_id: int, order_id: int) -> Fraction:
    """What of a lot is in an order."""
    [lot] = [lot for lot in story.lots if lot.id == lot_id]
    sold = [item for item in story.allocations if (item.batch_id, item.order_id) == (lot.origin_batch_id, order_id)]
    return sum((Fraction(item.quantity) for item in sold), Fraction(0)) + sum(
        (
            Fraction(use.quantity) * in_order(story, use.batch_id, order_id)
            for use in story.consumptions
            if use.lot_id == lot_id
        ),
        Fraction(0),
    )


@settings(max_examples=100, deadline=None)
@given(histories())
def test_shares_are_those_of_the_oracle(text: str) -> None:
    """R-7.6, R-2.2: each share is the exact one but for the last digit, and they sum to what was used, exactly."""
    story = Story(text)
    for lot in story.lots:
        found = spread(lot, assemble(story.found, of_lot=lot))
        sums = found.shares
        sold = sum(item.quantity for item in story.allocations if item.batch_id == lot.origin_batch_id)
        assert sums.used == sum((use.quantity for use in story.consumptions if use.lot_id == lot.id), Decimal(sold))
        assert sums.used == sums.in_orders + sums.in_lots + sums.wasted + sums.rest
        assert min(sums.in_orders, sums.in_lots, sums.wasted, sums.rest) >= 0
        shared = {item.order.id: item.quantity for item in found.contributions}
        for order in story.orders:
            exact = exactly(story, lot.id, order.id)
            assert abs(Fraction(shared.get(order.id, 0)) - exact) < MILLIONTH


@settings(max_examples=100, deadline=None)
@given(histories())
def test_contributions_are_those_of_the_oracle(text: str) -> None:
    """R-7.6, R-2.2: rounded once, half-even."""
    story = Story(text)
    for order in story.orders:
        found = {item.lot.id: item.quantity for item in contributions_to(order, assemble(story.found, of_order=order))}
        for lot in story.lots:
            exact = exactly(story, lot.id, order.id)
            given_up = abs(Fraction(found.get(lot.id, 0)) - exact)
            assert (
                found.get(lot.id, Decimal(0)) == round_quantity(exact) or given_up <= MILLIONTH / 2 + MILLIONTH / 10**9
            )
