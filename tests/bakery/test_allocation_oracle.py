"""The engine and the oracle take the same lots; and the laws of every run (R-2.5, R-5.3 to R-5.8)."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from hypothesis import given

from bakery.allocation import IngredientUse, Pick, allocate, take_oldest, use_without_tracking
from bakery.catalogue import ConsumptionOrder, Product
from bakery.lots import Lot
from bakery.production import consumption_parts, output_expiry
from bakery.quantity import ZERO, Unit
from tests.bakery import oracle
from tests.bakery.ledger import Booked, Stock, booked, stock
from tests.bakery.strategies import (
    DAY,
    Case,
    cases,
    few_hundred_examples,
    orders,
    quantities,
    sacks,
    stocks,
    takes,
    two_hundred_examples,
)


def told(use: IngredientUse) -> oracle.Result:
    """What the engine answered, in the oracle's words."""
    return oracle.Result(
        picks=takes(use.picks),
        skipped=[(item.lot.id, item.reason.value) for item in use.skipped],
        untracked=Fraction(use.untracked),
        shortfall=Fraction(use.shortfall),
        reason=use.as_shortfall.reason.value,
    )


def expected(case: Case) -> oracle.Result:
    return oracle.allocate(
        Fraction(case.required),
        sacks(case.before),
        Fraction(case.before.untracked),
        DAY,
        case.order.value,
        takes(case.chosen),
    )


def total(picks: tuple[Pick, ...]) -> Decimal:
    return sum((pick.quantity for pick in picks), ZERO)


def usable(lot: Lot) -> bool:
    """R-5.3, once more by hand."""
    fresh = lot.expires_on is None or lot.expires_on >= DAY
    return fresh and not lot.on_hold and not lot.recalled and lot.received_on <= DAY and lot.quantity_remaining > 0


def plainly(picks: oracle.Takes) -> str:
    return ", ".join(f"{number}: {quantity}" for number, quantity in picks)


def test_the_oracle_knows_the_rules() -> None:
    """The oracle itself, by a stock worked out by hand."""
    before = stock(
        "A 5 exp 2026-03-04 | B 3 exp 2026-03-02 | C 2 | D 9 exp 2026-02-28"
        " | E 9 held | F 1 exp 2026-03-02 got 2025-12-31",
        untracked="1",
    )
    result = oracle.allocate(Fraction(14), sacks(before), Fraction(1), DAY, "EXPIRY_DATE", [(3, Fraction(1))])
    assert plainly(result.picks) == "3: 2, 6: 1, 2: 3, 1: 5"
    assert result.skipped == [(4, "EXPIRED"), (5, "ON_HOLD")]
    assert (str(result.untracked), str(result.shortfall), result.reason) == ("1", "2", "EXPIRED")
    assert plainly(oracle.correct(Fraction(12), sacks(before), "RECEIVED_DATE")) == "6: 1, 4: 9, 2: 2"


# ── engine and oracle ─────────────────────────────────────────────────────────────────────────────────────────────────
@few_hundred_examples
@given(cases())
def test_the_engine_takes_what_the_oracle_takes(case: Case) -> None:
    """R-5.1, R-5.3, R-5.4, R-5.5: picks, passed over, untracked, shortfall and its reason."""
    assert told(case.booked()) == expected(case)


@few_hundred_examples
@given(cases(choices=True))
def test_the_engine_takes_what_the_oracle_takes_after_a_choice(case: Case) -> None:
    """R-5.8: chosen lots first, the rest by the order."""
    assert told(case.booked()) == expected(case)


@few_hundred_examples
@given(cases(choices=True, repeats=True))
def test_the_engine_takes_what_the_oracle_takes_where_a_lot_is_chosen_repeatedly(case: Case) -> None:
    """R-5.8: two choices of one lot are one choice of both quantities."""
    assert told(case.booked()) == expected(case)


@few_hundred_examples
@given(stocks(), quantities, orders)
def test_the_engine_corrects_what_the_oracle_corrects(
    before: Stock, quantity: Decimal, order: ConsumptionOrder
) -> None:
    """R-2.5: a count takes from all lots with stock; a use without tracking only what untracked stock lacks."""
    assert takes(take_oldest(before.lots, quantity, order)) == oracle.correct(
        Fraction(quantity), sacks(before), order.value
    )
    use = use_without_tracking(before.ingredient, quantity, before.lots[::-1], order)
    covered = min(Fraction(quantity), max(Fraction(before.untracked), Fraction(0)))
    corrections = oracle.correct(Fraction(quantity) - covered, sacks(before), order.value)
    assert takes(use.corrections) == corrections
    assert Fraction(use.untracked) == covered + sum(taken for _, taken in corrections)
    assert use.untracked + use.shortfall == quantity
    assert use.shortfall == 0 or all(lot.quantity_remaining == 0 for lot in before.after(use).lots)
    assert (use.picks, use.skipped) == ((), ())


# ── laws ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
@two_hundred_examples
@given(cases(choices=True))
def test_nothing_appears_and_nothing_is_lost(case: Case) -> None:
    """R-2.2, R-5.2: required = picks + untracked + shortfall, exactly, and the record holds just these parts."""
    use = case.booked()
    assert use.required == case.required == total(use.picks) + use.untracked + use.shortfall
    assert sum((quantity for _, _, quantity in consumption_parts(use)), ZERO) == case.required
    assert all(quantity > 0 for _, _, quantity in consumption_parts(use))
    after = case.before.after(use)
    assert case.before.ingredient.on_hand - after.ingredient.on_hand == case.required
    assert not use.corrections


@two_hundred_examples
@given(cases(choices=True))
def test_a_lot_gives_no_more_than_it_has_and_only_if_it_may(case: Case) -> None:
    """R-5.3, R-2.4: each lot once, never over what remains, never from an unusable lot; those with stock are told."""
    use = case.booked()
    assert len({pick.lot.id for pick in use.picks}) == len(use.picks)
    assert all(0 < pick.quantity <= pick.lot.quantity_remaining and usable(pick.lot) for pick in use.picks)
    passed_over = {lot.id for lot in case.before.lots if lot.quantity_remaining > 0 and not usable(lot)}
    assert {item.lot.id for item in use.skipped} == passed_over
    assert len(use.skipped) == len(passed_over)


@two_hundred_examples
@given(cases())
def test_first_in_is_first_out(case: Case) -> None:
    """R-5.3, R-5.4: a lot is opened when all older ones are empty, untracked stock after the last, a shortfall last."""
    use = case.booked()
    after = {lot.id: lot.quantity_remaining for lot in case.before.after(use).lots}
    by_age = {lot.number: lot for lot in sacks(case.before)}
    eligible = [lot for lot in case.before.lots if usable(lot)]
    for pick in use.picks:
        for lot in eligible:
            if oracle.is_older(by_age[lot.id], by_age[pick.lot.id], case.order.value):
                assert after[lot.id] == 0, f"{pick.lot.code} was opened before {lot.code} was empty"
    if use.untracked or use.shortfall:
        assert all(after[lot.id] == 0 for lot in eligible)
    if use.shortfall:
        assert use.untracked == max(case.before.untracked, ZERO)
    assert 0 <= use.untracked <= max(case.before.untracked, ZERO)
    assert use.shortfall >= 0


@two_hundred_examples
@given(cases(), quantities)
def test_two_runs_take_what_one_run_of_both_takes(case: Case, more: Decimal) -> None:
    """R-5.3: where one run stopped the next goes on."""
    first = case.booked()
    between = case.before.after(first)
    second = allocate(between.ingredient, more, between.lots, DAY, case.order)
    both = replace(case, required=case.required + more).booked()
    assert str(between.after(second)) == str(case.before.after(both))
    assert first.untracked + second.untracked == both.untracked
    assert first.shortfall + second.shortfall == both.shortfall


@two_hundred_examples
@given(cases(choices=True))
def test_the_order_in_which_lots_are_handed_over_does_not_matter(case: Case) -> None:
    """R-5.3: no ties."""
    assert booked(replace(case, lots=case.before.lots).booked()) == booked(case.booked())


@two_hundred_examples
@given(cases(choices=True))
def test_a_choice_moves_lots_and_nothing_else(case: Case) -> None:
    """R-5.8: what is untracked, short and passed over is the same as without the choice."""
    with_choice, without = booked(case.booked()), booked(replace(case, chosen=()).booked())
    assert Booked("", with_choice.untracked, with_choice.shortfall, with_choice.skipped) == (
        Booked("", without.untracked, without.shortfall, without.skipped)
    )


@two_hundred_examples
@given(cases(choices=True))
def test_nothing_is_made_that_has_expired_already(case: Case) -> None:
    """R-4.6: a made lot does not expire before its day, since no lot that went in had expired (R-4.4)."""
    heir = Product(1, "dough", Decimal(1), Unit.g, None, 1, inherit_expiry=True)
    expires_on = output_expiry(heir, DAY, [case.booked()])
    dates = [pick.lot.expires_on for pick in case.booked().picks if pick.lot.expires_on]
    assert expires_on == (sorted(dates)[0] if dates else None)
    assert expires_on is None or expires_on >= DAY
