"""The one expiry predicate (R-5.6) and the status that clients see (R-6.1)."""

from datetime import date, timedelta

import pytest

from bakery.expiry import ExpiryStatus, expiry_status, is_expired

TODAY = date(2026, 3, 1)


def in_days(count: int) -> date:
    return TODAY + timedelta(days=count)


@pytest.mark.parametrize(("days", "expired"), [(-365, True), (-1, True), (0, False), (1, False), (365, False)])
def test_the_expiry_date_is_the_last_usable_day(days: int, expired: bool) -> None:
    """R-5.6: expired from the next day on."""
    assert is_expired(in_days(days), TODAY) is expired


def test_undated_stock_never_expires() -> None:
    """R-5.6: without a date there is no last usable day."""
    assert not is_expired(None, date.max)


@pytest.mark.parametrize(
    ("days", "window", "status"),
    [
        (-1, 7, ExpiryStatus.EXPIRED),
        (0, 7, ExpiryStatus.EXPIRING),
        (1, 7, ExpiryStatus.EXPIRING),
        (7, 7, ExpiryStatus.EXPIRING),
        (8, 7, ExpiryStatus.FRESH),
        (-1, 0, ExpiryStatus.EXPIRED),
        (0, 0, ExpiryStatus.EXPIRING),
        (1, 0, ExpiryStatus.FRESH),
        (-1, 365, ExpiryStatus.EXPIRED),
        (365, 365, ExpiryStatus.EXPIRING),
        (366, 365, ExpiryStatus.FRESH),
    ],
)
def test_expiring_runs_from_today_to_the_end_of_the_window(days: int, window: int, status: ExpiryStatus) -> None:
    """R-6.1: `EXPIRED` (today > date), `EXPIRING` (today to today + window), `FRESH` after that."""
    assert expiry_status(in_days(days), TODAY, window) is status


@pytest.mark.parametrize("window", [0, 7, 365])
def test_without_a_date_it_is_undated(window: int) -> None:
    """R-6.1: `UNDATED`, whatever the window."""
    assert expiry_status(None, TODAY, window) is ExpiryStatus.UNDATED


@pytest.mark.parametrize("window", [0, 7, 365])
def test_the_status_and_the_predicate_agree(window: int) -> None:
    """R-5.6: one predicate, used everywhere."""
    for days in range(-400, 401):
        assert is_expired(in_days(days), TODAY) == (expiry_status(in_days(days), TODAY, window) is ExpiryStatus.EXPIRED)
