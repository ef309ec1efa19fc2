"""A short race on both databases, and a judge that sees what it is there to see."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from tests.race.ledger import FAR_AWAY, MILLIONTHS, Books, Judge, Lot, Movement
from tests.race.race import CLIENTS, SEED, race
from tests.race.traffic import Exchange, Shortfall, Traffic

CHANGES = 400
TODAY = date(2026, 3, 2).isoformat()
KILO = MILLIONTHS


@pytest.mark.timeout(600)
def test_a_short_race(empty_database: str) -> None:
    """R-5.10, R-5.3, R-2.4: nothing is taken twice or out of order, and nobody is refused what is there."""
    outcome = race(empty_database, CHANGES, CLIENTS, SEED)
    print(f"seed {SEED}: {outcome.traffic.refusals}")
    assert outcome.breaches == []
    assert len(outcome.traffic.exchanges) == CHANGES
    assert outcome.refusals_judged > 0
    # Each change has its entry, and all of them were sealed.
    assert outcome.waits.recorded >= CHANGES
    assert 0 < len(outcome.waits.by_entry) <= outcome.waits.recorded


# ── the judge ─────────────────────────────────────────────────────────────────────────────────────────────────────────
OLD, NEW = Lot(1, 9, "2026-03-01", "2026-03-03", 0), Lot(2, 9, "2026-03-01", FAR_AWAY, 4 * KILO)
BOOKS = Books(
    movements=[
        Movement(11, 9, 1, "RESTOCK", 5 * KILO, None),
        Movement(12, 9, 2, "RESTOCK", 5 * KILO, None),
        Movement(14, 9, 1, "PRODUCTION", -5 * KILO, 13),
        Movement(15, 9, 2, "PRODUCTION", -1 * KILO, 13),
    ],
    lots={1: OLD, 2: NEW},
    holds=[],
    stock={9: (4 * KILO, 0)},
    runs={13: TODAY},
)


def test_books_in_order_have_no_breach() -> None:
    assert Judge(BOOKS, TODAY).breaches == []


@pytest.mark.parametrize(
    ("books", "word"),
    [
        (replace(BOOKS, lots={1: replace(OLD, expires=FAR_AWAY, received="2026-03-02"), 2: NEW}), "should have taken"),
        (replace(BOOKS, lots={1: replace(OLD, expires="2026-03-01"), 2: NEW}), "should have taken"),
        (replace(BOOKS, holds=[(10, 1, None)]), "should have taken"),
        (replace(BOOKS, holds=[(10, 1, 16)]), "should have taken"),
        (replace(BOOKS, stock={9: (5 * KILO, 0)}), "not what its ledger sums to"),
        (replace(BOOKS, lots={1: OLD, 2: replace(NEW, remaining=5 * KILO)}), "not what its ledger sums to"),
        (replace(BOOKS, movements=[*BOOKS.movements, Movement(16, 9, 2, "WRITE_OFF", -9 * KILO, None)]), "below zero"),
        (replace(BOOKS, movements=BOOKS.movements[2:]), "below zero"),
    ],
    ids=["a later lot first", "expired", "held", "held then", "stock", "lot", "wasted twice", "taken from nowhere"],
)
def test_each_breach_is_seen(books: Books, word: str) -> None:
    assert any(word in breach for breach in Judge(books, TODAY).breaches)


def test_a_hold_that_ended_before_is_none() -> None:
    assert Judge(replace(BOOKS, holds=[(10, 1, 12)]), TODAY).breaches == []


@pytest.mark.parametrize(
    ("required", "available", "words"),
    [("11", "10", []), ("5", "4", []), ("4", "4", ["refused"]), ("11", "7", ["never there"])],
)
def test_a_wrong_refusal_is_seen(required: str, available: str, words: list[str]) -> None:
    """The stock was 5, then 10, then, after the run, 4."""
    judge = Judge(BOOKS, TODAY)
    short = Shortfall(9, *(Decimal(text) for text in (required, available)))
    assert judge.check_refusals(Traffic([Exchange("ConfirmProduction", 5.0, 6.0, None, (short,))])) == 1
    assert len(judge.breaches) == len(words)
    assert all(word in breach for word, breach in zip(words, judge.breaches, strict=True))


def test_a_refusal_by_what_was_no_longer_so_is_seen() -> None:
    """The run was acknowledged before the refused one was sent: then 10 was history."""
    judge = Judge(BOOKS, TODAY)
    run = Exchange("ConfirmProduction", 1.0, 2.0, 13)
    refused = Exchange("ConfirmProduction", 5.0, 6.0, None, (Shortfall(9, *map(Decimal, ("11", "10"))),))
    judge.check_refusals(Traffic([run, refused]))
    assert len(judge.breaches) == 1
