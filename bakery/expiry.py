"""The one expiry predicate (R-5.6) and the status that clients see (R-6.1)."""

from __future__ import annotations

from datetime import date
from enum import Enum


class ExpiryStatus(Enum):
    EXPIRED = "EXPIRED"
    EXPIRING = "EXPIRING"
    FRESH = "FRESH"
    UNDATED = "UNDATED"


def is_expired(expires_on: date | None, day: date) -> bool:
    """Whether something is unusable on the local `day`: the expiry date itself is the last usable day."""
    return expires_on is not None and day > expires_on


def expiry_status(expires_on: date | None, today: date, warning_days: int) -> ExpiryStatus:
    """`EXPIRING` runs from today to today + `warning_days`, both included."""
    if expires_on is None:
        return ExpiryStatus.UNDATED
    if is_expired(expires_on, today):
        return ExpiryStatus.EXPIRED
    if (expires_on - today).days <= warning_days:
        return ExpiryStatus.EXPIRING
    return ExpiryStatus.FRESH
