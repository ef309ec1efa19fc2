"""What a trace tells: edges, verdict, and what it passes on (R-7.4, R-7.5)."""

import pytest

from bakery.quantity import Unit
from bakery.trace import Edge, Gap, GapKind, Trace, Verdict, assemble
from tests.bakery.ledger import lot
from tests.bakery.trace_ledger import CUSTOMER, SUPPLIER, Story, edges, traced

GAP = Gap(GapKind.UNTRACKED, lot("A 1").quantity_remaining, Unit.g, "salt")
LINK = Edge(("Lot", 1), ("ProductionBatch", 1), lot("A 1").quantity_remaining, Unit.g)


def trace(*, gap: bool = False, link: bool = False, truncated: bool = False) -> Trace:
    return Trace(
        lots=(),
        batches=(),
        orders=(),
        customers=(),
        suppliers=(),
        edges=(LINK,) if link else (),
        gaps=(GAP,) if gap else (),
        truncated=truncated,
    )


# ── verdict ───────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("gap", "link", "truncated", "verdict"),
    [
        (False, False, False, Verdict.PROVEN),
        (False, True, False, Verdict.PROVEN),
        (True, True, False, Verdict.POSSIBLE),
        (True, False, False, Verdict.UNKNOWN),
        # a cut trace proves nothing
        (False, False, True, Verdict.UNKNOWN),
        (False, True, True, Verdict.POSSIBLE),
        (True, True, True, Verdict.POSSIBLE),
        (True, False, True, Verdict.UNKNOWN),
    ],
)
def test_the_verdict(gap: bool, link: bool, truncated: bool, verdict: Verdict) -> None:
    """R-7.5: no gap is `PROVEN`; gaps and a link `POSSIBLE`; gaps and none `UNKNOWN`; a cut trace is never `PROVEN`."""
    assert trace(gap=gap, link=link, truncated=truncated).verdict is verdict


def test_a_lot_that_was_never_used_is_proven() -> None:
    """R-7.5: whatever remains in it; and missing supplier data is no gap."""
    unused = traced("lot flour 10", of_lot="flour")
    assert (unused.verdict, unused.edges, unused.gaps) == (Verdict.PROVEN, (), ())
    assert [item.supplier_id for item in unused.lots] == [None]


def test_a_whole_trace_is_proven() -> None:
    """R-7.5: everything linked, used or written off."""
    story = """
        lot flour 10 left 5
        batch bread 10 each allocated 8 wasted 2
        bread took 5 of flour
        order 17 COMPLETED
        17 wants 8 bread linked 8
        17 got 8 of bread
    """
    assert traced(story, of_lot="flour").verdict is Verdict.PROVEN
    assert traced(story).verdict is Verdict.PROVEN


def test_one_gap_makes_it_possible() -> None:
    """R-7.5: however small."""
    story = """
        lot flour 10 left 5
        batch bread 10 each allocated 10
        bread took 5 of flour
        bread took 0.000001 UNTRACKED salt
        order 17 COMPLETED
        17 wants 10 bread linked 10
        17 got 10 of bread
    """
    assert traced(story).verdict is Verdict.POSSIBLE


def test_an_order_without_a_link_is_unknown() -> None:
    """R-7.5: gaps and no recorded link."""
    assert traced("order 17 COMPLETED\n17 wants 10 bread").verdict is Verdict.UNKNOWN
    assert traced("order 17 COMPLETED\n17 wants 10 mug bought-in").verdict is Verdict.UNKNOWN


def test_a_cut_trace_says_so() -> None:
    """R-7.5: it never looks complete when it is not."""
    story = "lot flour 10 left 5\nbatch bread 1 each allocated 1\nbread took 5 of flour"
    assert traced(story, truncated=True).truncated
    assert traced(story, truncated=True).verdict is Verdict.POSSIBLE
    assert not traced(story).truncated
    assert traced(story).verdict is Verdict.PROVEN


CUT = """
    lot flour 10 left 3
    batch bread 10 each allocated 10
    batch rolls 5 each allocated 5
    bread took 5 of flour
    rolls took 2 of flour
    order 17 COMPLETED
    17 wants 10 bread linked 10
    17 wants 5 rolls linked 5
    17 got 10 of bread
    17 got 5 of rolls
    cut rolls
"""


def test_what_was_cut_leaves_no_loose_ends() -> None:
    """R-7.5: if a limit cuts a trace, it says so; it does not fail, and its edges join things that it lists."""
    assert edges(CUT) == ["flour -> bread 5 g", "bread -> 17 10 each"]
    assert traced(CUT, of_lot="flour", truncated=True).verdict is Verdict.POSSIBLE
    orders = "batch bread 1 each\norder 17 READY\norder 18 READY\n17 got 1 of bread\n18 got 2 of bread"
    assert edges(f"{orders}\ncut 18") == ["bread -> 17 1 each"]
    assert edges(f"{orders}\ncut 17") == ["bread -> 18 2 each"]


def test_an_untracked_input_of_what_was_cut_does_not_fail_the_trace() -> None:
    """R-7.5: if a limit cuts a trace, it says so."""
    story = "batch bread 1 each\nbatch rolls 1 each\nrolls took 2 UNTRACKED salt\ncut rolls"
    assert traced(story, truncated=True).verdict is Verdict.UNKNOWN
    told = traced(f"{story}\nbread took 3 UNTRACKED salt", truncated=True)
    assert [gap.description for gap in told.gaps] == ["salt in PB-bread: stock that no lot explains."]


# ── edges ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_edges_run_in_the_direction_of_the_goods() -> None:
    """R-7.4: lot to batch, batch to the lot that it made, batch to order; in the source's unit, then the product's."""
    assert edges("""
        lot flour 10 left 5
        batch dough 8 g
        lot dough-1 8 left 0 by dough
        batch bread 10 each allocated 6
        dough took 5 of flour
        bread took 8 of dough-1
        order 17 COMPLETED
        17 wants 6 bread linked 6
        17 got 6 of bread
    """) == ["flour -> dough 5 g", "dough-1 -> bread 8 g", "dough -> dough-1 8 g", "bread -> 17 6 each"]


def test_an_edge_stands_once_for_each_pair() -> None:
    """R-7.4, R-7.6: two consumptions of one lot in one batch, and two lines of one order, add up."""
    assert edges("""
        lot flour 10 left 4.5
        batch bread 10 each allocated 9
        bread took 5 of flour
        bread took 0.5 of flour
        order 17 COMPLETED
        17 wants 9 bread linked 9
        17 got 6 of bread
        17 got 3 of bread
    """) == ["flour -> bread 5.5 g", "bread -> 17 9 each"]


def test_different_pairs_stay_apart() -> None:
    """R-7.4: the same lot in two batches, two lots in one batch, one batch in two orders."""
    assert edges("""
        lot flour 10 left 0
        lot rye 10 left 0
        batch bread 10 each allocated 3
        batch rolls 10 each allocated 1
        bread took 1 of flour
        rolls took 2 of flour
        bread took 3 of rye
        order 17 COMPLETED
        order 18 COMPLETED
        17 got 1 of bread
        18 got 2 of bread
        18 got 1 of rolls
    """) == [
        "flour -> bread 1 g",
        "flour -> rolls 2 g",
        "rye -> bread 3 g",
        "bread -> 17 1 each",
        "bread -> 18 2 each",
        "rolls -> 18 1 each",
    ]


def test_what_lies_outside_the_trace_has_no_edge() -> None:
    """R-7.4: looking forward from the flour, the butter that the batch also took is no part of the trace."""
    story = "lot flour 10 left 5\nbatch bread 10 each allocated 10\nbread took 5 of flour\nbread took 2 of butter"
    assert edges(story) == ["flour -> bread 5 g"]
    assert traced(story, of_lot="flour").gaps == ()
    # Looking forward from an intermediate's lot, the batch that made it is none either.
    assert edges("lot dough-1 8 by dough") == []


def test_a_lot_that_made_itself_is_told_and_no_more() -> None:
    """R-7.5: a trace is cycle-safe: the starter that is fed with the starter."""
    assert edges("""
        batch feeding 8 g
        lot starter 8 left 4 by feeding
        feeding took 4 of starter
    """) == ["starter -> feeding 4 g", "feeding -> starter 8 g"]


def test_untracked_inputs_are_no_link() -> None:
    """R-7.5: the lists of a trace hold recorded links only."""
    story = "batch bread 10 each allocated 10\nbread took 5 UNTRACKED flour\nbread took 1 UNACCOUNTED salt"
    assert edges(story) == []
    assert traced(story).verdict is Verdict.UNKNOWN


def test_what_was_found_is_passed_on() -> None:
    """R-7.4: lots, batches, orders, customers and suppliers, each once and in the order of recording."""
    story = Story("lot flour 10\nlot rye 5\nbatch bread 10 each allocated 10\norder 17 READY\norder 18 READY")
    for of_lot in (None, *story.lots):
        told = assemble(story.found, of_lot=of_lot)
        assert [item.code for item in told.lots] == ["flour", "rye"]
        assert [item.code for item in told.batches] == ["PB-bread"]
        assert [item.number for item in told.orders] == ["17", "18"]
        assert told.customers == (CUSTOMER,)
        assert told.suppliers == (SUPPLIER,)
        assert (told.of_lot, told.of_order) == (of_lot, None)
    assert assemble(story.found, of_order=story.orders[1]).of_order is story.orders[1]
