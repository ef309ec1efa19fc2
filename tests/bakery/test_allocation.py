"""Which lots a need takes, in which order, and what is told of the rest (R-5.1, R-5.3 to R-5.5, R-5.8)."""

from datetime import date
from decimal import Decimal
from itertools import permutations
from random import Random

import pytest

from bakery.allocation import IngredientUse, allocate, obstacle
from bakery.catalogue import ConsumptionOrder
from bakery.errors import InsufficientStock, ShortfallReason
from bakery.production import RunPlan, consumption_parts
from bakery.quantity import Unit, plain
from tests.bakery.ledger import BY_EXPIRY, BY_RECEIPT, Booked, Stock, booked, lot, stock

BOTH_ORDERS = pytest.mark.parametrize("order", [BY_EXPIRY, BY_RECEIPT], ids=lambda order: order.value)
DAY = "2026-03-01"


def parts(use: IngredientUse) -> list[tuple[str, int | None, str]]:
    return [(source.value, lot_id, plain(quantity)) for source, lot_id, quantity in consumption_parts(use)]


# ── order ─────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_lot_that_expires_first_goes_first() -> None:
    """R-5.3: `EXPIRY_DATE` looks at the expiry first."""
    before = stock("A 5 exp 2026-03-09 got 2026-02-01 | B 3 exp 2026-03-04 got 2026-02-20")
    use = before.use("6", on=DAY)
    assert booked(use) == Booked(picks="B 3 | A 3")
    assert str(before.after(use)) == "A 2 | B 0 | untracked 0"


def test_the_lot_received_first_goes_first() -> None:
    """R-5.3: `RECEIVED_DATE` looks at the receipt first."""
    before = stock("A 5 exp 2026-03-04 got 2026-02-20 | B 3 exp 2026-03-09 got 2026-02-01")
    use = before.use("6", on=DAY, order=BY_RECEIPT)
    assert booked(use) == Booked(picks="B 3 | A 3")
    assert str(before.after(use)) == "A 2 | B 0 | untracked 0"


def test_undated_lots_go_last_by_expiry() -> None:
    """R-5.3: undated last, however long ago received, and after the latest day that an input may name."""
    before = stock("A 5 got 2026-01-02 | B 3 exp 2999-12-31 got 2026-02-20 | C 2 got 2026-01-01")
    assert booked(before.use("10", on=DAY)) == Booked(picks="B 3 | C 2 | A 5")


def test_undated_lots_go_last_among_those_received_together() -> None:
    """R-5.3: with `RECEIVED_DATE` the expiry, undated last, decides within a day only."""
    before = stock("A 1 got 2026-02-02 | B 1 exp 2026-04-02 got 2026-02-02 | C 1 exp 2026-04-01 got 2026-02-02 | D 1")
    assert booked(before.use("4", on=DAY, order=BY_RECEIPT)) == Booked(picks="D 1 | C 1 | B 1 | A 1")


def test_equal_expiry_goes_by_receipt() -> None:
    """R-5.3: expiry, then received date."""
    before = stock(
        "A 1 exp 2026-03-09 got 2026-02-03 | B 1 exp 2026-03-09 got 2026-02-01 | C 1 exp 2026-03-09 got 2026-02-02"
    )
    assert booked(before.use("3", on=DAY)) == Booked(picks="B 1 | C 1 | A 1")


@BOTH_ORDERS
@pytest.mark.parametrize("dates", ["", "exp 2026-03-09", "got 2026-02-01", "exp 2026-03-09 got 2026-02-01"])
def test_lots_that_are_alike_go_in_the_order_of_recording(order: ConsumptionOrder, dates: str) -> None:
    """R-5.3: no ties, in whichever order the lots are handed over."""
    before = stock(f"A 1 {dates} | B 1 {dates} | C 1 {dates}")
    for lots in permutations(before.lots):
        use = allocate(before.ingredient, Decimal("2.5"), lots, date.fromisoformat(DAY), order)
        assert booked(use) == Booked(picks="A 1 | B 1 | C 0.5")


@BOTH_ORDERS
def test_a_need_takes_no_more_than_it_needs(order: ConsumptionOrder) -> None:
    """R-5.1: the last lot gives a part, later ones nothing; nothing is booked for nothing."""
    before = stock("A 5 | B 3", untracked="2")
    assert booked(before.use("5", on=DAY, order=order)) == Booked(picks="A 5")
    assert booked(before.use("4.999999", on=DAY, order=order)) == Booked(picks="A 4.999999")
    assert booked(before.use("0", on=DAY, order=order)) == Booked()


# ── eligibility ────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ("exp 2026-02-28", "EXPIRED"),
        ("exp 2026-03-01", None),
        ("exp 2026-03-02", None),
        ("got 2026-02-28", None),
        ("got 2026-03-01", None),
        ("got 2026-03-02", "NOT_YET_RECEIVED"),
        ("held", "ON_HOLD"),
        ("recalled", "RECALLED"),
        ("", None),
    ],
)
def test_what_makes_a_lot_unusable(facts: str, reason: str | None) -> None:
    """R-5.3: not expired on the day, not on hold or recalled, received on or before that day."""
    before = stock(f"A 5 {facts}")
    found = obstacle(before.lots[0], date.fromisoformat(DAY))
    assert (found and found.value) == reason
    expected = Booked(picks="A 5") if reason is None else Booked(shortfall="5", skipped=f"A {reason}")
    assert booked(before.use("5", on=DAY)) == expected


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ("exp 2026-02-28 held recalled", "EXPIRED"),
        ("held recalled got 2026-03-02", "ON_HOLD"),
        ("recalled got 2026-03-02", "RECALLED"),
    ],
)
def test_of_several_reasons_the_first_of_the_rules_list_is_told(facts: str, reason: str) -> None:
    """R-5.1: a lot is passed over for one reason, in the order in which the rule lists them."""
    assert booked(stock(f"A 5 {facts}").use("1", on=DAY)).skipped == f"A {reason}"


def test_lots_passed_over_are_told_oldest_first() -> None:
    """R-5.1: which lots were passed over and why, in the order in which they would have been used."""
    before = stock(
        "A 1 exp 2026-03-09 | B 1 exp 2026-03-08 held | C 1 exp 2026-02-28"
        " | D 1 recalled | E 1 exp 2026-03-07 got 2026-03-02"
    )
    use = before.use("1", on=DAY)
    assert booked(use) == Booked(picks="A 1", skipped="C EXPIRED | E NOT_YET_RECEIVED | B ON_HOLD | D RECALLED")
    assert booked(before.use("1", on=DAY, order=BY_RECEIPT)).skipped == (
        "C EXPIRED | B ON_HOLD | D RECALLED | E NOT_YET_RECEIVED"
    )


def test_an_empty_lot_is_neither_used_nor_passed_over() -> None:
    """R-5.3: remaining > 0."""
    before = stock("A 0 | B 0 held | C 0 exp 2026-02-28 | D 2")
    assert booked(before.use("2", on=DAY)) == Booked(picks="D 2")


def test_a_backdated_run_is_judged_at_its_day() -> None:
    """R-5.7: expiry and receipt are judged at the run's day, quantities and holds now."""
    before = stock("A 5 exp 2026-03-01 got 2026-02-20 | B 5 got 2026-03-02 | C 5 held")
    assert booked(before.use("6", on="2026-02-20")).picks == "A 5"
    assert booked(before.use("6", on="2026-02-19")) == Booked(
        shortfall="6", skipped="A NOT_YET_RECEIVED | C ON_HOLD | B NOT_YET_RECEIVED"
    )
    assert booked(before.use("6", on="2026-03-02")) == Booked(
        picks="B 5", shortfall="1", skipped="A EXPIRED | C ON_HOLD"
    )


# ── untracked stock ───────────────────────────────────────────────────────────────────────────────────────────
def test_untracked_stock_is_used_after_the_lots() -> None:
    """R-5.4: the lots that the preview tells the baker to take come first."""
    before = stock("A 5 exp 2026-03-01 | B 3 exp 2026-03-02 held", untracked="2")
    use = before.use("6", on="2026-03-01")
    assert booked(use) == Booked(picks="A 5", untracked="1", skipped="B ON_HOLD")
    assert str(before.after(use)) == "A 0 | B 3 | untracked 1"
    assert parts(use) == [("LOT", 1, "5"), ("UNTRACKED", None, "1")]


def test_untracked_stock_is_left_alone_while_lots_suffice() -> None:
    """R-5.4: old stock waits for the lots, down to the last digit."""
    before = stock("A 5", untracked="100")
    assert booked(before.use("5", on=DAY)) == Booked(picks="A 5")
    assert booked(before.use("5.000001", on=DAY)) == Booked(picks="A 5", untracked="0.000001")


# ── shortfall ─────────────────────────────────────────────────────────────────────────────────────────────────
def test_what_neither_lots_nor_untracked_stock_cover_is_short() -> None:
    """R-5.5: the missing part is `UNACCOUNTED`, and stays as negative untracked stock (R-2.5)."""
    before = stock("A 5", untracked="2")
    use = before.use("10", on=DAY)
    assert booked(use) == Booked(picks="A 5", untracked="2", shortfall="3")
    assert str(before.after(use)) == "A 0 | untracked -3"
    assert parts(use) == [("LOT", 1, "5"), ("UNTRACKED", None, "2"), ("UNACCOUNTED", None, "3")]


def test_negative_untracked_stock_gives_nothing_and_takes_nothing() -> None:
    """R-2.5: a shortfall stays until a count clears it; new lots do not repay it."""
    before = stock("A 5", untracked="-3")
    use = before.use("5", on=DAY)
    assert booked(use) == Booked(picks="A 5")
    assert str(before.after(use)) == "A 0 | untracked -3"
    assert booked(before.use("6", on=DAY)) == Booked(picks="A 5", shortfall="1")


@pytest.mark.parametrize(
    ("lots", "reason"),
    [
        ("A 5", "NOT_ENOUGH"),
        ("", "NOT_ENOUGH"),
        ("A 5 | B 0 held", "NOT_ENOUGH"),
        ("A 5 | B 1 held", "ON_HOLD"),
        ("A 5 | B 1 exp 2026-02-28", "EXPIRED"),
        ("A 5 | B 1 recalled", "RECALLED"),
        ("A 5 | B 1 got 2026-03-02", "NOT_YET_RECEIVED"),
        ("A 5 | B 1 held | C 1 exp 2026-02-28", "EXPIRED"),
        ("A 5 | B 1 held | C 1 got 2026-03-02", "ON_HOLD"),
    ],
)
def test_why_it_is_short(lots: str, reason: str) -> None:
    """R-5.5: the reason of the (oldest) lot that would have helped, else `NOT_ENOUGH`."""
    shortfall = stock(lots, untracked="2").use("10", on=DAY).as_shortfall
    available = "7" if "A 5" in lots else "2"
    assert (plain(shortfall.required), plain(shortfall.available)) == ("10", available)
    assert shortfall.missing == shortfall.required - shortfall.available
    assert shortfall.reason is ShortfallReason(reason)
    assert (shortfall.ingredient_id, shortfall.unit) == (1, Unit.g)


def test_every_short_ingredient_is_told() -> None:
    """R-5.5: `InsufficientStock` has every short ingredient, and no other."""
    short, enough, held = (
        stock("A 1").use("3", on=DAY),
        stock("B 3").use("3", on=DAY),
        stock("C 3 held").use("3", on=DAY),
    )
    plan = RunPlan((short, enough, held))
    assert not plan.sufficient
    assert [plain(item.missing) for item in plan.shortfalls] == ["2", "3"]
    assert [item.reason.value for item in plan.shortfalls] == ["NOT_ENOUGH", "ON_HOLD"]
    assert InsufficientStock(plan.shortfalls).shortfalls == plan.shortfalls
    assert RunPlan((enough,)).sufficient
    assert RunPlan((enough,)).shortfalls == ()
    hardly = RunPlan((stock("A 1").use("1.000001", on=DAY),))
    assert not hardly.sufficient
    assert [plain(item.missing) for item in hardly.shortfalls] == ["0.000001"]


# ── chosen lots ───────────────────────────────────────────────────────────────────────────────────────────────
def test_a_chosen_lot_goes_before_the_order() -> None:
    """R-5.8: chosen for all of the need, the order has nothing left to say."""
    before = stock("A 5 exp 2026-03-02 | B 5 exp 2026-03-03 | C 5 exp 2026-03-04", untracked="9")
    use = before.use("4", on=DAY, chosen="C 4")
    assert booked(use) == Booked(picks="C 4")
    assert str(before.after(use)) == "A 5 | B 5 | C 1 | untracked 9"


def test_the_rest_follows_the_order() -> None:
    """R-5.8: chosen for a part of the need."""
    before = stock("A 5 exp 2026-03-02 | B 5 exp 2026-03-03 | C 5 exp 2026-03-04", untracked="9")
    use = before.use("8", on=DAY, chosen="C 2 | B 1")
    assert booked(use) == Booked(picks="C 2 | B 1 | A 5")
    assert booked(before.use("20", on=DAY, chosen="C 2")) == Booked(picks="C 5 | A 5 | B 5", untracked="5")


def test_a_lot_chosen_in_part_and_used_by_the_order_is_one_pick() -> None:
    """R-5.8: the record has each lot once."""
    before = stock("A 5 exp 2026-03-02 | B 5 exp 2026-03-03")
    use = before.use("9", on=DAY, chosen="A 2")
    assert booked(use) == Booked(picks="A 5 | B 4")
    assert parts(use) == [("LOT", 1, "5"), ("LOT", 2, "4")]


def test_the_same_lot_chosen_twice_is_chosen_for_the_sum() -> None:
    """R-5.8: two choices of one lot are one choice of both quantities, and the rest is what is left of the need."""
    before = stock("A 5 exp 2026-03-02 | B 5 exp 2026-03-03")
    use = before.use("5", on=DAY, chosen="B 1 | B 2")
    assert booked(use) == Booked(picks="B 3 | A 2")
    assert str(before.after(use)) == "A 3 | B 2 | untracked 0"


def test_a_chosen_lot_does_not_count_as_passed_over() -> None:
    """R-5.8: what the choice leaves in the lot is no shortage of it; unusable lots stay listed."""
    before = stock("A 5 exp 2026-03-02 held | B 5 exp 2026-03-03")
    assert booked(before.use("2", on=DAY, chosen="B 2")) == Booked(picks="B 2", skipped="A ON_HOLD")


# ── nothing is lost ───────────────────────────────────────────────────────────────────────────────────────────────────
def test_ten_thousand_splits() -> None:
    """R-2.2: splitting never loses the last digit, whatever a need is split into."""
    random = Random(20260302)

    def some() -> Decimal:
        return Decimal(random.randrange(1, 10 ** random.randrange(1, 16))).scaleb(-6)

    for _ in range(10_000):
        names = "ABCDEF"[: random.randrange(7)]
        before = Stock(tuple(lot(f"{name} {some()}", number) for number, name in enumerate(names, 1)), some())
        need = some()
        use = allocate(before.ingredient, need, before.lots, date(2026, 3, 1), BY_EXPIRY)
        split = [quantity for _, _, quantity in consumption_parts(use)]
        assert sum(split) == need
        assert all(part == part.quantize(Decimal("0.000001")) for part in split)
        left = [pick.lot.quantity_remaining - pick.quantity for pick in use.picks]
        assert all(rest >= 0 for rest in left)
        assert all(rest == 0 for rest in left[:-1])
