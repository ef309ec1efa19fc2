"""The replay of a ledger, judged movement by movement: untracked stock below zero, and which lots a run took.

What the figures kept say against the ledger is proven in `tests/store/test_proof.py`; here there are none.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from time import process_time

import pytest

from bakery.catalogue import ConsumptionOrder
from bakery.lots import LotSource, MovementKind
from bakery.production import BatchStatus, ConsumptionSource
from bakery.proof import Booked, Books, DateChange, HeldLot, Proof, ProvenLot, Run, Used

FLOUR = 1
DAY = date(2026, 6, 21)
RULES_OF_FIGURES = {"R-2.1", "R-2.3", "R-2.4"}

BY_EXPIRY, BY_RECEIPT = ConsumptionOrder.EXPIRY_DATE, ConsumptionOrder.RECEIVED_DATE
LOT, UNTRACKED, UNACCOUNTED = ConsumptionSource
ADJUSTMENT, RESTOCK, WRITE_OFF = MovementKind.ADJUSTMENT, MovementKind.RESTOCK, MovementKind.WRITE_OFF


def june(number: int | None) -> date | None:
    return None if number is None else date(2026, 6, number)


@dataclass
class Ledger:
    """Books flour. Numbers are drawn as the store draws them: a run's before those of its movements."""

    books: Books = field(default_factory=Books)
    movements: list[Booked] = field(default_factory=list)
    number: int = 0

    def next(self) -> int:
        self.number += 1
        return self.number

    def book(self, kind: MovementKind, quantity: int, lot: int | None = None, run: int | None = None) -> None:
        self.movements.append(Booked(self.next(), kind, FLOUR, lot, Decimal(quantity), run, None))

    def lot(self, quantity: int, *, received: int = 1, expires: int | None = None) -> int:
        """A lot received and expiring on the given days of June."""
        number, nothing, received_on = self.next(), Decimal(0), june(received)
        assert received_on
        made = ProvenLot(
            id=number,
            code=f"L{number}",
            ingredient_id=FLOUR,
            source=LotSource.RESTOCK,
            origin_batch_id=None,
            received_on=received_on,
            expires_on=june(expires),
            received=nothing,
            adjusted=nothing,
            consumed=nothing,
            written_off=nothing,
            remaining=nothing,
        )
        self.books.lots.append(made)
        self.book(RESTOCK, quantity, number)
        return number

    def hold(self, lot: int) -> None:
        self.books.holds.append(HeldLot(lot, self.next(), None))

    def release(self) -> None:
        held = self.books.holds.pop()
        self.books.holds.append(HeldLot(held.lot_id, held.placed, self.next()))

    def redate(self, lot: int, before: int | None, after: int | None) -> None:
        """Change an expiry date from one day of June to another. The lot is kept with the last one."""
        self.books.date_changes.append(DateChange(lot, self.next(), june(before), june(after)))
        [place] = [place for place, kept in enumerate(self.books.lots) if kept.id == lot]
        self.books.lots[place] = replace(self.books.lots[place], expires_on=june(after))

    def run(
        self,
        *parts: tuple[int | ConsumptionSource, int],
        order: ConsumptionOrder | None = BY_EXPIRY,
        chosen: tuple[int, ...] = (),
        on: date = DAY,
        out_of: tuple[int, int] | None = None,
    ) -> None:
        """A run that took each quantity from the lot, or from stock that no lot explains.

        With lot tracking off it may first take a quantity out of a lot.
        """
        batch, one = self.next(), Decimal(1)
        if out_of is not None:
            corrected, quantity = out_of
            self.book(ADJUSTMENT, -quantity, corrected, batch)
            self.book(ADJUSTMENT, quantity, None, batch)
        made = Run(batch, f"PB{batch}", 2, one, Decimal(0), Decimal(0), on, BatchStatus.CONFIRMED, order)
        self.books.runs.append(made)
        for origin, quantity in parts:
            lot = origin if isinstance(origin, int) else None
            source = LOT if isinstance(origin, int) else origin
            self.books.uses.append(Used(batch, FLOUR, lot, source, Decimal(quantity), lot in chosen))
            self.book(MovementKind.PRODUCTION, -quantity, lot, batch)

    @property
    def found(self) -> list[tuple[str, str]]:
        """Rule and message of what is judged by replaying."""
        proof = Proof(self.books)
        for movement in self.movements:
            proof.book(movement)
        return [(found.rule, found.message) for found in proof.breaches() if found.rule not in RULES_OF_FIGURES]

    @property
    def broken(self) -> list[str]:
        return [rule for rule, _ in self.found]


# ── untracked stock below zero ────────────────────────────────────────────────────────────────────────────────
def short_by_five() -> Ledger:
    ledger = Ledger()
    ledger.book(ADJUSTMENT, 3)
    ledger.run((UNTRACKED, 3), (UNACCOUNTED, 5))
    return ledger


def test_each_shortfall_may_take_untracked_stock_as_far_below_zero_as_it_says() -> None:
    ledger = short_by_five()
    ledger.run((UNACCOUNTED, 2))
    ledger.book(ADJUSTMENT, 1)
    ledger.run((UNACCOUNTED, 1))
    assert ledger.broken == []


def test_a_shortfall_that_was_repaid_excuses_nothing_more() -> None:
    ledger = short_by_five()
    ledger.book(ADJUSTMENT, 6)
    ledger.book(WRITE_OFF, -3)
    [(rule, message)] = ledger.found
    assert rule == "R-2.5"
    assert "takes untracked stock to -2; 2 of that is not UNACCOUNTED in any run" in message


def test_part_of_a_repaid_shortfall_excuses_the_rest_only() -> None:
    ledger = short_by_five()
    ledger.book(ADJUSTMENT, 4)
    ledger.book(WRITE_OFF, -2)
    assert ledger.broken == ["R-2.5"]


def test_what_a_run_with_lot_tracking_off_takes_out_of_lots_repays_no_shortfall() -> None:
    ledger = Ledger()
    lot = ledger.lot(10, expires=1)
    ledger.run((UNACCOUNTED, 5))
    ledger.run((UNTRACKED, 3), order=None, out_of=(lot, 3))
    assert ledger.broken == []


@pytest.mark.parametrize("used", [4, 20])
def test_a_run_with_lot_tracking_off_uses_no_more_than_leaves_the_lots(used: int) -> None:
    ledger = Ledger()
    lot = ledger.lot(10, expires=1)
    ledger.run((UNACCOUNTED, 5))
    ledger.run((UNTRACKED, used), order=None, out_of=(lot, 3))
    assert ledger.broken == ["R-2.5"]


def test_a_lot_by_hand_is_a_lot() -> None:
    ledger = Ledger()
    ledger.book(MovementKind.MANUAL_LOT, 5)
    assert ledger.broken == ["R-4.3"]


def test_what_a_run_took_out_of_lots_and_did_not_use_repays() -> None:
    ledger = Ledger()
    lot = ledger.lot(10, expires=1)
    ledger.run((UNACCOUNTED, 5))
    ledger.run((UNTRACKED, 1), order=None, out_of=(lot, 3))
    assert ledger.broken == []
    ledger.book(WRITE_OFF, -1)
    assert ledger.broken == ["R-2.5"]


def test_a_run_takes_untracked_stock_below_zero_once() -> None:
    ledger = short_by_five()
    [run] = ledger.books.runs
    ledger.book(MovementKind.PRODUCTION, -2, None, run.id)
    assert ledger.broken == ["R-2.5", "R-5.2"]


def test_a_count_that_takes_out_of_lots_repays_a_shortfall() -> None:
    ledger = Ledger()
    lot = ledger.lot(10, expires=1)
    ledger.run((UNACCOUNTED, 5))
    ledger.book(ADJUSTMENT, -3, lot)
    ledger.book(ADJUSTMENT, 3)
    ledger.book(WRITE_OFF, -3)
    assert ledger.broken == ["R-2.5"]


def test_what_a_run_takes_out_of_lots_is_what_untracked_stock_gains() -> None:
    ledger = Ledger()
    lot = ledger.lot(10, expires=1)
    ledger.run((UNTRACKED, 3), order=None, out_of=(lot, 3))
    ledger.book(ADJUSTMENT, 1, None, ledger.books.runs[0].id)
    assert ledger.broken == ["R-2.5"]


def test_with_lot_tracking_off_nothing_is_short_while_lots_have_stock() -> None:
    ledger = Ledger()
    lot = ledger.lot(3, expires=1)
    ledger.run((UNTRACKED, 2), (UNACCOUNTED, 1), order=None, out_of=(lot, 2))
    assert ledger.broken == ["R-2.5"]
    ledger = Ledger()
    lot = ledger.lot(3, expires=1)
    ledger.run((UNTRACKED, 3), (UNACCOUNTED, 1), order=None, out_of=(lot, 3))
    assert ledger.broken == []


# ── which lots, in which order ────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("order", "older", "younger"),
    [
        (BY_EXPIRY, (9, 25), (1, 26)),
        (BY_EXPIRY, (9, 25), (1, None)),
        (BY_EXPIRY, (8, 25), (9, 25)),
        (BY_EXPIRY, (8, None), (9, None)),
        (BY_RECEIPT, (8, None), (9, 22)),
        (BY_RECEIPT, (8, 25), (8, 26)),
        (BY_RECEIPT, (8, 25), (8, None)),
    ],
)
@pytest.mark.parametrize("recorded", [("older", "younger"), ("younger", "older")])
def test_the_older_lot_is_used_up_before_the_younger(
    order: ConsumptionOrder,
    older: tuple[int, int | None],
    younger: tuple[int, int | None],
    recorded: tuple[str, str],
) -> None:
    """Days of receipt and expiry; which was recorded first does not matter."""
    ledger, days = Ledger(), {"older": older, "younger": younger}
    lots = {name: ledger.lot(5, received=days[name][0], expires=days[name][1]) for name in recorded}
    use_older_first(ledger, lots["older"], lots["younger"], order)


@pytest.mark.parametrize("order", ConsumptionOrder)
def test_of_two_lots_alike_the_one_recorded_first_is_the_older(order: ConsumptionOrder) -> None:
    ledger = Ledger()
    use_older_first(ledger, ledger.lot(5, expires=25), ledger.lot(5, expires=25), order)


def use_older_first(ledger: Ledger, older: int, younger: int, order: ConsumptionOrder) -> None:
    """Of two lots of 5; then the same again, but with something left in the older."""
    ledger.run((older, 4), order=order)
    ledger.run((older, 1), (younger, 1), order=order)
    assert ledger.broken == []
    ledger.book(ADJUSTMENT, 2, older)
    ledger.run((older, 1), (younger, 1), order=order)
    [(rule, message)] = ledger.found
    assert rule == "R-5.3"
    assert f"It took 1 from L{younger} and left 1 in L{older}, which comes before it" in message


@pytest.mark.parametrize(("expires", "may_be_used"), [(21, True), (20, False), (22, True), (None, True)])
def test_the_expiry_date_is_the_last_usable_day(expires: int | None, may_be_used: bool) -> None:
    using, passing = Ledger(), Ledger()
    using.run((using.lot(5, expires=expires), 1))
    assert using.broken == ([] if may_be_used else ["R-5.3"])
    passing.lot(5, expires=expires)
    passing.book(ADJUSTMENT, 1)
    passing.run((UNTRACKED, 1))
    assert passing.broken == (["R-5.4"] if may_be_used else [])


@pytest.mark.parametrize(("received", "may_be_used"), [(20, True), (21, True), (22, False)])
def test_a_lot_is_used_from_the_day_it_was_received(received: int, may_be_used: bool) -> None:
    using, passing = Ledger(), Ledger()
    using.run((using.lot(5, received=received), 1))
    assert using.broken == ([] if may_be_used else ["R-5.3"])
    passing.lot(5, received=received)
    passing.run((UNACCOUNTED, 1))
    assert passing.broken == (["R-5.5"] if may_be_used else [])


def test_a_hold_stands_from_its_record_to_its_lifting() -> None:
    ledger = Ledger()
    held, other = ledger.lot(9, expires=22), ledger.lot(9, expires=23)
    ledger.run((held, 1))
    ledger.hold(held)
    ledger.run((other, 1))
    ledger.release()
    ledger.run((held, 1))
    assert ledger.broken == []
    ledger.hold(held)
    ledger.run((held, 1))
    ledger.release()
    ledger.run((other, 1))
    assert [message.split()[-2:] for _, message in ledger.found] == [["was", "held."], ["of", "expiry."]]


def test_a_chosen_lot_is_no_breach_of_the_order_but_the_rest_follows_it() -> None:
    ledger = Ledger()
    first, second, third = (ledger.lot(5, expires=expires) for expires in (22, 23, 24))
    ledger.run((third, 2), chosen=(third,))
    ledger.run((third, 1), (first, 2), chosen=(third,))
    ledger.run((first, 1), (second, 1), chosen=(first, second))
    assert ledger.broken == []
    ledger.run((third, 1), (second, 1), chosen=(third,))
    assert [message for _, message in ledger.found] == [
        f"It took 1 from L{second} and left 2 in L{first}, which comes before it by date of expiry."
    ]


def test_what_was_chosen_counts_as_taken_from_its_lot() -> None:
    ledger = Ledger()
    first, second = ledger.lot(5, expires=22), ledger.lot(5, expires=23)
    ledger.run((first, 5), (second, 1), chosen=(first,))
    assert ledger.broken == []


def test_a_run_is_judged_by_the_stock_of_its_own_moment() -> None:
    ledger = Ledger()
    younger = ledger.lot(5, expires=23)
    ledger.run((younger, 1))
    older = ledger.lot(2, expires=22)
    ledger.run((older, 2), (younger, 1))
    ledger.run((younger, 1), on=date(2026, 6, 22))
    assert ledger.broken == []


# ── how long it takes ─────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_long_ledger_with_many_expired_lots_is_proven_in_seconds() -> None:
    """Every run looks at what is usable then, and not at the leftovers of years. Without that it takes an hour."""
    ledger = Ledger()
    for _ in range(20_000):
        ledger.lot(2, expires=20)
    for _ in range(20_000):
        lot = ledger.lot(2, expires=22)
        ledger.run((lot, 1), order=BY_RECEIPT)
        ledger.run((lot, 1))
    start = process_time()
    assert ledger.broken == []
    assert process_time() - start < 30


# ── expiry dates that changed ──────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("order", [BY_EXPIRY, BY_RECEIPT])
def test_a_run_is_judged_by_the_dates_of_its_moment(order: ConsumptionOrder) -> None:
    """R-5.3: what expired by a later change was usable, and what became usable later had expired."""
    ledger = Ledger()
    one, other = ledger.lot(10, expires=25), ledger.lot(10, expires=26)
    ledger.run((one, 1), order=order)
    ledger.redate(one, 25, 20)
    ledger.run((other, 1), order=order)
    ledger.redate(other, 26, 20)
    ledger.redate(one, 20, 28)
    ledger.run((one, 1), order=order)
    ledger.redate(one, 28, 1)
    assert ledger.found == []


def test_an_order_by_dates_that_were_not_yet_is_found() -> None:
    """R-5.3: with the date of its moment, the other lot came first."""
    ledger = Ledger()
    one, other = ledger.lot(10, expires=25), ledger.lot(10, expires=26)
    ledger.run((other, 1))
    ledger.redate(other, 26, 24)
    assert ledger.broken == ["R-5.3"]
    ledger.redate(one, 25, None)
    ledger.run((one, 1))
    assert ledger.broken == ["R-5.3", "R-5.3"]


def test_a_lot_that_was_used_up_may_be_dated_anew() -> None:
    """R-4.6: also one that has nothing left, and before its first movement comes another's."""
    ledger = Ledger()
    one = ledger.lot(1, expires=25)
    ledger.run((one, 1))
    ledger.redate(one, 25, None)
    ledger.book(WRITE_OFF, -1)
    assert ledger.broken == ["R-2.5"]
