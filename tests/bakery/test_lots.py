"""A lot's balance and status (R-2.3, R-2.4, R-4.8)."""

from dataclasses import replace
from decimal import Decimal

import pytest

from bakery.lots import Balance, LotStatus
from tests.bakery.ledger import lot, stock


def balance(received: str, adjusted: str, consumed: str, written_off: str, remaining: str) -> Balance:
    return Balance(
        received=Decimal(received),
        adjusted=Decimal(adjusted),
        consumed=Decimal(consumed),
        written_off=Decimal(written_off),
        remaining=Decimal(remaining),
    )


@pytest.mark.parametrize(
    ("received", "adjusted", "consumed", "written_off", "remaining", "closes"),
    [
        ("10", "0", "0", "0", "10", True),
        ("10", "-1", "4", "2", "3", True),
        ("10", "1", "4", "2", "5", True),
        ("10", "0", "10", "0", "0", True),
        ("10", "0", "0", "0", "10.000000", True),
        ("1000000000", "0", "0.000001", "0", "999999999.999999", True),
        ("10", "0", "3", "0", "7.000001", False),
        ("10", "0", "3", "0", "6.999999", False),
        ("10", "1", "0", "0", "10", False),
        ("10", "0", "0", "1", "10", False),
        ("10", "0", "11", "0", "-1", False),  # adds up, and yet no lot holds less than nothing
    ],
)
def test_a_balance_closes(
    received: str, adjusted: str, consumed: str, written_off: str, remaining: str, closes: bool
) -> None:
    """R-2.4: `remaining = received + adjusted − consumed − writtenOff`, to the last digit, never below zero."""
    assert balance(received, adjusted, consumed, written_off, remaining).closes is closes


def test_a_lot_shows_its_balance() -> None:
    """R-2.4: each figure in its place."""
    used = replace(
        lot("A 2"),
        quantity_received=Decimal(10),
        quantity_adjusted=Decimal(-1),
        quantity_consumed=Decimal(4),
        quantity_written_off=Decimal(3),
    )
    assert used.balance == balance("10", "-1", "4", "3", "2")
    assert used.balance.closes


def test_on_hand_is_tracked_and_untracked() -> None:
    """R-2.3: `onHand = tracked + untracked`, also where a shortfall left untracked stock below zero."""
    assert stock("A 5 | B 3 held", untracked="2").ingredient.on_hand == 10
    assert stock("A 5", untracked="-7").ingredient.on_hand == -2


@pytest.mark.parametrize(
    ("entry", "status"),
    [
        ("A 5", LotStatus.AVAILABLE),
        ("A 0.000001", LotStatus.AVAILABLE),
        ("A 0", LotStatus.DEPLETED),
        ("A 5 held", LotStatus.ON_HOLD),
        ("A 0 held", LotStatus.ON_HOLD),
        ("A 5 recalled", LotStatus.RECALLED),
        ("A 0 recalled", LotStatus.RECALLED),
        ("A 5 held recalled", LotStatus.RECALLED),
        ("A 0 held recalled", LotStatus.RECALLED),
        ("A 5 exp 2020-01-01", LotStatus.AVAILABLE),
    ],
)
def test_the_gravest_status_wins(entry: str, status: LotStatus) -> None:
    """R-4.8: recalled, on hold, depleted, available; expiry is told elsewhere."""
    assert lot(entry).status is status
