"""The bakery's own days: which local day an instant falls on, and back (R-5.6)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]
"""Gives the present instant, with an offset. Injected everywhere; only tests may give another than the machine's."""


def local_day(instant: datetime, time_zone: str) -> date:
    """The calendar day of `instant` in the IANA `time_zone`, daylight saving or not."""
    return instant.astimezone(ZoneInfo(time_zone)).date()


def instant_of(day: date, now: datetime, time_zone: str) -> datetime:
    """When something that happened on `day` is booked: now if that is today, else the start of that local day."""
    if day == local_day(now, time_zone):
        return now
    return start_of(day, time_zone)


def start_of(day: date, time_zone: str) -> datetime:
    """The first instant of a local day. Where clocks skip midnight, that is when they do."""
    return datetime.combine(day, time.min, ZoneInfo(time_zone)).astimezone(UTC)
