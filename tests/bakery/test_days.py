"""The bakery's own days (R-5.6)."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import available_timezones

import pytest

from bakery.days import instant_of, local_day
from bakery.expiry import is_expired

KIRITIMATI, LONDON, LOS_ANGELES = "Pacific/Kiritimati", "Europe/London", "America/Los_Angeles"


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("time_zone", "last_instant", "first_instant"),
    [
        # Fourteen hours ahead: the day begins at ten in the morning of the day before.
        (KIRITIMATI, "2026-03-01T09:59:59.999999Z", "2026-03-01T10:00:00Z"),
        (LONDON, "2026-03-01T23:59:59.999999Z", "2026-03-02T00:00:00Z"),
        # London's clocks go forward on 29 March 2026 and back on 25 October: a day of 23 hours and one of 25.
        (LONDON, "2026-03-28T23:59:59.999999Z", "2026-03-29T00:00:00Z"),
        (LONDON, "2026-03-29T22:59:59.999999Z", "2026-03-29T23:00:00Z"),
        (LONDON, "2026-10-24T22:59:59.999999Z", "2026-10-24T23:00:00Z"),
        (LONDON, "2026-10-25T23:59:59.999999Z", "2026-10-26T00:00:00Z"),
        # Los Angeles: 8 March and 1 November.
        (LOS_ANGELES, "2026-03-08T07:59:59.999999Z", "2026-03-08T08:00:00Z"),
        (LOS_ANGELES, "2026-03-09T06:59:59.999999Z", "2026-03-09T07:00:00Z"),
        (LOS_ANGELES, "2026-11-01T06:59:59.999999Z", "2026-11-01T07:00:00Z"),
        (LOS_ANGELES, "2026-11-02T07:59:59.999999Z", "2026-11-02T08:00:00Z"),
    ],
)
def test_a_lot_is_expired_from_the_next_local_day_on(time_zone: str, last_instant: str, first_instant: str) -> None:
    """R-5.6: usable to the last instant of the expiry date, by the bakery's clock on the wall."""
    expires_on = local_day(instant(last_instant), time_zone)
    next_day = local_day(instant(first_instant), time_zone)
    assert next_day == expires_on + timedelta(days=1)
    assert not is_expired(expires_on, expires_on)
    assert is_expired(expires_on, next_day)
    assert instant_of(next_day, instant("2026-12-31T12:00:00Z"), time_zone) == instant(first_instant)


@pytest.mark.parametrize(
    ("time_zone", "day"), [(KIRITIMATI, "2026-03-02"), (LONDON, "2026-03-01"), (LOS_ANGELES, "2026-03-01")]
)
def test_one_instant_falls_on_the_day_of_the_place(time_zone: str, day: str) -> None:
    """R-5.6: noon in London is tomorrow on Kiritimati."""
    assert local_day(instant("2026-03-01T12:00:00Z"), time_zone) == date.fromisoformat(day)


def test_the_offset_of_the_instant_does_not_matter() -> None:
    """R-5.6: an instant is the same whichever clock it was read from."""
    readings = ["2026-03-01T07:30:00Z", "2026-03-01T08:30:00+01:00", "2026-02-28T23:30:00-08:00"]
    assert {local_day(instant(reading), LOS_ANGELES) for reading in readings} == {date(2026, 2, 28)}
    assert {local_day(instant(reading), LONDON) for reading in readings} == {date(2026, 3, 1)}


@pytest.mark.parametrize("hour", ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"])
def test_both_hours_that_the_clock_shows_twice_are_of_one_day(hour: str) -> None:
    """R-5.6: half past one comes twice in London on 25 October 2026."""
    assert local_day(instant(hour), LONDON) == date(2026, 10, 25)


@pytest.mark.parametrize("time_zone", [KIRITIMATI, LONDON, LOS_ANGELES])
def test_what_happens_today_is_booked_now(time_zone: str) -> None:
    """R-5.7: today by the bakery's day, to the microsecond."""
    now = instant("2026-03-01T12:34:56.789012Z")
    assert instant_of(local_day(now, time_zone), now, time_zone) is now


@pytest.mark.parametrize(
    ("time_zone", "day", "start"),
    [
        (KIRITIMATI, "2026-02-28", "2026-02-27T10:00:00Z"),
        (LONDON, "2026-02-28", "2026-02-28T00:00:00Z"),
        (LONDON, "2026-03-29", "2026-03-29T00:00:00Z"),
        (LONDON, "2026-03-30", "2026-03-29T23:00:00Z"),
        (LONDON, "2026-10-25", "2026-10-24T23:00:00Z"),
        (LOS_ANGELES, "2026-02-28", "2026-02-28T08:00:00Z"),
        (LOS_ANGELES, "2026-11-01", "2026-11-01T07:00:00Z"),
        # Where midnight is skipped the day starts at one, and where it comes twice it starts with the first.
        ("America/Santiago", "2026-09-06", "2026-09-06T04:00:00Z"),
        ("America/Havana", "2026-11-01", "2026-11-01T04:00:00Z"),
    ],
)
def test_what_happened_earlier_is_booked_at_the_start_of_its_day(time_zone: str, day: str, start: str) -> None:
    """R-5.7: a backdated run is booked on its local day, in UTC."""
    booked = instant_of(date.fromisoformat(day), instant("2026-12-31T12:00:00Z"), time_zone)
    assert booked == instant(start)
    assert booked.utcoffset() == timedelta(0)
    assert local_day(booked, time_zone) == date.fromisoformat(day)


def test_every_day_of_2026_starts_on_itself_everywhere() -> None:
    """R-5.6: in every time zone that there is, the instant before the start of a day is of the day before."""
    now = datetime(2027, 6, 1, tzinfo=UTC)
    days = [date(2026, 1, 1) + timedelta(days=count) for count in range(365)]
    for time_zone in available_timezones():
        for day in days:
            start = instant_of(day, now, time_zone)
            before = start - timedelta(microseconds=1)
            assert local_day(start, time_zone) == day, (time_zone, day)
            assert local_day(before, time_zone) == day - timedelta(days=1), (time_zone, day)
