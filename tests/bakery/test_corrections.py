"""What a count or a use without lot tracking takes from lots (R-2.5)."""

from bakery.production import consumption_parts
from bakery.quantity import plain
from tests.bakery.ledger import BY_RECEIPT, Booked, booked, stock


def test_a_correction_takes_the_oldest_lots_first() -> None:
    """R-2.5: in the order of R-5.3."""
    before = stock("A 5 exp 2026-03-09 got 2026-02-01 | B 3 exp 2026-03-04 got 2026-02-20 | C 2")
    assert before.correct("4") == "B 3 | A 1"
    assert before.correct("9") == "B 3 | A 5 | C 1"
    assert before.correct("4", order=BY_RECEIPT) == "C 2 | A 2"


def test_a_correction_takes_from_all_lots_with_stock() -> None:
    """R-2.5: expired, held, recalled and not yet received lots too; empty ones give nothing."""
    before = stock("A 1 held | B 1 exp 2020-01-01 | C 0 exp 2019-01-01 | D 1 recalled | E 1 got 2099-01-01")
    assert before.correct("4") == "B 1 | A 1 | D 1 | E 1"


def test_a_correction_stops_at_what_there_is() -> None:
    """R-2.5: no lot falls below zero; nothing asked, nothing taken."""
    before = stock("A 1.5 | B 0.000001")
    assert before.correct("2") == "A 1.5 | B 0.000001"
    assert before.correct("1.5") == "A 1.5"
    assert before.correct("0") == ""
    assert before.correct("-1") == ""


def test_without_tracking_untracked_stock_is_used_and_lots_are_left_alone() -> None:
    """R-2.5, R-3.2: lots are reduced only by what untracked stock does not cover."""
    before = stock("A 5", untracked="6")
    use = before.use_untracked("6")
    assert booked(use) == Booked(untracked="6")
    assert str(before.after(use)) == "A 5 | untracked 0"


def test_without_tracking_lots_are_corrected_for_the_rest() -> None:
    """R-2.5: a use that would make untracked stock negative reduces lots instead, usable or not."""
    before = stock("A 5 exp 2026-03-09 | B 3 exp 2026-01-01 held", untracked="2")
    use = before.use_untracked("6")
    assert booked(use) == Booked(untracked="6", corrections="B 3 | A 1")
    assert str(before.after(use)) == "A 4 | B 0 | untracked 0"
    assert booked(before.use_untracked("6", order=BY_RECEIPT)).corrections == "B 3 | A 1"


def test_without_tracking_the_order_of_consumption_is_kept() -> None:
    """R-2.5: in the order of R-5.3, whichever of the two is set."""
    before = stock("A 5 exp 2026-03-09 got 2026-02-01 | B 3 exp 2026-03-04 got 2026-02-20")
    assert booked(before.use_untracked("6")).corrections == "B 3 | A 3"
    assert booked(before.use_untracked("6", order=BY_RECEIPT)).corrections == "A 5 | B 1"


def test_without_tracking_all_of_it_is_recorded_as_untracked() -> None:
    """R-5.2: with lot tracking off all is `UNTRACKED`, also what a lot was corrected for; the rest is `UNACCOUNTED`."""
    before = stock("A 5", untracked="2")
    use = before.use_untracked("10")
    assert booked(use) == Booked(untracked="7", shortfall="3", corrections="A 5")
    parts = [(source.value, lot_id, plain(quantity)) for source, lot_id, quantity in consumption_parts(use)]
    assert parts == [("UNTRACKED", None, "7"), ("UNACCOUNTED", None, "3")]
    assert str(before.after(use)) == "A 0 | untracked -3"
    assert use.as_shortfall.reason.value == "NOT_ENOUGH"


def test_without_tracking_negative_untracked_stock_is_not_repaid() -> None:
    """R-2.5: what was short stays short until a count clears it."""
    before = stock("A 5", untracked="-2")
    use = before.use_untracked("3")
    assert booked(use) == Booked(untracked="3", corrections="A 3")
    assert str(before.after(use)) == "A 2 | untracked -2"
