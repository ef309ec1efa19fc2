"""What a trace says that it does not know (R-7.5)."""

import pytest

from bakery.trace import GapKind
from tests.bakery.trace_ledger import gaps, traced

LOT_ONLY = {GapKind.ADJUSTED, GapKind.UNALLOCATED}
ANY_TRACE = pytest.mark.parametrize("of_lot", [None, "flour"])


def test_the_kinds_of_gaps() -> None:
    """R-7.5: these six."""
    assert " ".join(kind.value for kind in GapKind) == (
        "UNTRACKED UNACCOUNTED UNLINKED_LINE NO_RECIPE ADJUSTED UNALLOCATED"
    )


# ── inputs ────────────────────────────────────────────────────────────────────────────────────────────────────────────
@ANY_TRACE
def test_inputs_that_no_lot_explains(of_lot: str | None) -> None:
    """R-7.5: `UNTRACKED` and `UNACCOUNTED`, with their quantities, in any trace; what came from a lot is no gap."""
    story = """
        lot flour 10 left 5
        batch bread 10 each allocated 10
        bread took 5 of flour
        bread took 2 of butter
        bread took 1.5 UNTRACKED salt
        bread took 0.5 UNACCOUNTED yeast
    """
    assert gaps(story, of_lot=of_lot) == ["UNTRACKED 1.5 g", "UNACCOUNTED 0.5 g"]


def test_what_went_into_the_traced_lot_is_no_gap_of_where_it_went() -> None:
    """R-7.5: dough that was also sold as it is brings its own run into its trace; other runs' inputs stay gaps."""
    story = """
        batch dough 8 g allocated 3
        batch bread 4 each allocated 4
        lot dough-1 8 left 0 by dough
        dough took 1 UNTRACKED salt
        bread took 5 of dough-1
        bread took 2 UNACCOUNTED yeast
        order 17 COMPLETED
        17 wants 3 dough linked 3
        17 got 3 of dough
    """
    assert gaps(story, of_lot="dough-1") == ["UNACCOUNTED 2 g"]
    assert gaps(story) == ["UNTRACKED 1 g", "UNACCOUNTED 2 g"]
    assert gaps(f"{story}\nlot flour 10", of_lot="flour") == ["UNTRACKED 1 g", "UNACCOUNTED 2 g"]


def test_a_gap_says_what_it_is_about() -> None:
    """R-7.5: the ingredient and the batch; the product and the order; the lot; the batch."""
    told = traced(
        """
        lot flour 10 left 3 adjusted -2
        batch bread 10 each allocated 6
        bread took 5 of flour
        bread took 1 UNTRACKED salt
        bread took 1 UNACCOUNTED yeast
        order 17 COMPLETED
        17 wants 6 roll linked 2
        17 wants 1 mug bought-in
        """,
        of_lot="flour",
    )
    assert [gap.description for gap in told.gaps] == [
        "salt in PB-bread: stock that no lot explains.",
        "yeast in PB-bread: not in the books when it was used.",
        "roll in order 17: not linked to a production batch.",
        "mug in order 17: bought in, without a recipe.",
        "flour: corrections of stock took it; its movements tell when and why.",
        "PB-bread: neither linked to an order, used nor written off.",
    ]


# ── orders ────────────────────────────────────────────────────────────────────────────────────────────────────────────
@ANY_TRACE
def test_what_of_a_line_is_not_linked(of_lot: str | None) -> None:
    """R-7.5: `UNLINKED_LINE`, with what is missing; a line that is linked in full has no gap."""
    story = """
        lot flour 10
        batch bread 10 each allocated 10
        order 17 COMPLETED
        17 wants 10 bread linked 10
        17 wants 6 bread linked 4.5
        17 wants 3 roll
    """
    assert gaps(story, of_lot=of_lot) == ["UNLINKED_LINE 1.5 each", "UNLINKED_LINE 3 each"]


@ANY_TRACE
def test_a_bought_in_line(of_lot: str | None) -> None:
    """R-7.5: `NO_RECIPE`; nothing was made here that it could be linked to."""
    order = "lot flour 10\norder 17 READY"
    assert gaps(f"{order}\n17 wants 2 mug bought-in", of_lot=of_lot) == ["NO_RECIPE 2 each"]
    # Made here once, bought in today: what was linked then is explained.
    assert gaps(f"{order}\n17 wants 5 mug linked 3 bought-in", of_lot=of_lot) == ["NO_RECIPE 2 each"]
    assert gaps(f"{order}\n17 wants 3 mug linked 3 bought-in", of_lot=of_lot) == []


@pytest.mark.parametrize("status", ["DRAFT", "CONFIRMED", "IN_PRODUCTION", "READY", "COMPLETED"])
def test_an_open_line_is_a_gap_at_every_step(status: str) -> None:
    """R-7.5: `UNLINKED_LINE` of an order, whose status it stands beside."""
    assert gaps(f"order 17 {status}\n17 wants 3 roll\n17 wants 1 mug bought-in") == [
        "UNLINKED_LINE 3 each",
        "NO_RECIPE 1 each",
    ]


def test_a_cancelled_order_has_no_gap() -> None:
    """R-7.5: nothing was handed over, so nothing is unexplained; another order's lines are not forgiven by it."""
    assert gaps("order 17 CANCELLED\n17 wants 3 roll\n17 wants 1 mug bought-in") == []
    assert gaps("order 17 CANCELLED\n17 wants 3 roll\norder 18 READY\n18 wants 4 roll") == ["UNLINKED_LINE 4 each"]


# ── a lot's trace ─────────────────────────────────────────────────────────────────────────────────────────────────────
def test_what_a_count_took_from_a_lot() -> None:
    """R-7.5: `ADJUSTED`, positive, in a lot's trace only; what a count put back is no gap."""
    story = "lot flour 10 left 7 adjusted -3\nlot rye 10 left 12 adjusted 2\nlot spelt 10"
    assert gaps(story, of_lot="flour") == ["ADJUSTED 3 g"]
    assert gaps(story) == []


def test_derived_lots_are_adjusted_too() -> None:
    """R-7.5: what a count took from the dough is missing from the flour's trace; it is no rest of the batch as well."""
    story = """
        lot flour 10 left 5
        batch dough 8 g
        lot dough-1 8 left 0 adjusted -8 by dough
        dough took 5 of flour
    """
    assert gaps(story, of_lot="flour") == ["ADJUSTED 8 g"]


@pytest.mark.parametrize(
    ("facts", "left"),
    [
        ("", ["UNALLOCATED 10 each"]),
        ("allocated 6", ["UNALLOCATED 4 each"]),
        ("wasted 3", ["UNALLOCATED 7 each"]),
        ("allocated 6 wasted 3", ["UNALLOCATED 1 each"]),
        ("allocated 6 wasted 3.999999", ["UNALLOCATED 0.000001 each"]),
        ("allocated 6 wasted 4", []),
        ("allocated 10", []),
        ("wasted 10", []),
    ],
)
def test_what_of_a_batch_is_left(facts: str, left: list[str]) -> None:
    """R-7.5: `UNALLOCATED`, the rest neither linked nor written off, in a lot's trace only."""
    story = f"lot flour 10 left 5\nbatch bread 10 each {facts}\nbread took 5 of flour"
    assert gaps(story, of_lot="flour") == left
    assert gaps(story) == []


@pytest.mark.parametrize(("remaining", "left"), [("8", ["UNALLOCATED 8 g"]), ("3", ["UNALLOCATED 3 g"]), ("0", [])])
def test_what_of_an_intermediate_is_left(remaining: str, left: list[str]) -> None:
    """R-7.5, R-4.4: batch and lot share one remainder, so what production used of the lot is no rest of the batch."""
    story = f"""
        lot flour 10 left 5
        batch dough 8 g
        lot dough-1 8 left {remaining} by dough
        dough took 5 of flour
    """
    assert gaps(story, of_lot="flour") == left


def test_another_lots_remainder_is_not_the_batchs() -> None:
    """R-7.5: the rest of bread is counted by the batch, the rest of dough by its own lot, flour's own not at all."""
    story = """
        lot flour 10 left 5
        batch dough 8 g
        lot dough-1 8 left 2 by dough
        batch bread 10 each allocated 7
        dough took 5 of flour
        bread took 6 of dough-1
    """
    assert gaps(story, of_lot="flour") == ["UNALLOCATED 2 g", "UNALLOCATED 3 each"]


def test_an_orders_trace_has_no_gap_of_lots() -> None:
    """R-7.5: `ADJUSTED` and `UNALLOCATED` are told in a lot's trace; in an order's they say nothing about the order."""
    story = """
        lot flour 10 left 3 adjusted -2
        batch bread 10 each allocated 1
        bread took 5 of flour
        bread took 1 UNTRACKED salt
        order 17 READY
        17 wants 2 bread linked 1
        17 wants 1 mug bought-in
        17 got 1 of bread
    """
    kinds = {gap.kind for gap in traced(story).gaps}
    assert kinds == {GapKind.UNTRACKED, GapKind.UNLINKED_LINE, GapKind.NO_RECIPE}
    assert {gap.kind for gap in traced(story, of_lot="flour").gaps} - kinds == LOT_ONLY
