"""Codes without gaps (R-4.5)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bakery.codes import CodeKind, code
from bakery.proof.records import Breach, CodeCounter, Coded

_FORM = re.compile(r"([A-Z]+)-(\d{6})-(\d{3}|[1-9]\d{3,})")

_Day = tuple[CodeKind, str]
"""A kind and the local day as codes write it."""


def code_breaches(coded: Iterable[Coded], counters: Iterable[CodeCounter]) -> Iterable[Breach]:
    """Each kind and day counts from 001 without gaps, in the order of recording, as far as its counter says."""
    counted = {(counter.kind, f"{counter.day:%y%m%d}"): counter for counter in counters}
    numbered: dict[_Day, list[tuple[Coded, int]]] = {}
    for item in sorted(coded, key=lambda item: item.id):
        match = _FORM.fullmatch(item.text)
        if match is not None and match[1] == item.kind.value:
            numbered.setdefault((item.kind, match[2]), []).append((item, int(match[3])))
        elif item.kind is not CodeKind.ORDER:
            yield Breach("R-4.5", item.text, f"A code of this kind reads {item.kind.value}-YYMMDD-NNN.")
    for day in dict.fromkeys((*numbered, *counted)):
        kind, _ = day
        breaches = _order_breaches if kind is CodeKind.ORDER else _day_breaches
        yield from breaches(day, numbered.get(day, []), counted.get(day))


def _day_breaches(day: _Day, numbered: list[tuple[Coded, int]], counter: CodeCounter | None) -> Iterable[Breach]:
    kind, text = day
    for item, _ in numbered:
        if text != f"{item.recorded_on:%y%m%d}":
            yield _of_another_day(item)
    for place, (item, number) in enumerate(numbered, start=1):
        if number != place:
            message = f"It is number {number} of its day, but number {place} in the order of recording."
            yield Breach("R-4.5", item.text, message)
            break  # what comes after it is out of step too
    counted = counter.last_number if counter else 0
    if counted != len(numbered):
        message = f"The counter of this day stands at {counted}, but {len(numbered)} are recorded."
        yield Breach("R-4.5", f"{kind.value}-{text}", message)


def _order_breaches(_day: _Day, numbered: list[tuple[Coded, int]], counter: CodeCounter | None) -> Iterable[Breach]:
    """An order may bear a number of its own that looks like a code, and the counter then steps over it.

    So numbers that were not counted are nobody's business, and of those that were it can only be said that each is
    there, and was not recorded after the day: by then it was taken.
    """
    if counter is None:
        return
    orders = {number: item for item, number in numbered if number <= counter.last_number}
    for item in orders.values():
        if item.recorded_on > counter.day:
            yield _of_another_day(item)
    missing = [number for number in range(1, counter.last_number + 1) if number not in orders]
    if missing:
        message = f"The counter of this day stands at {counter.last_number}, but {len(missing)} of them, "
        yield Breach("R-4.5", code(counter.kind, counter.day, missing[0]), message + "this the first, are missing.")


def _of_another_day(item: Coded) -> Breach:
    message = f"It was recorded on {item.recorded_on}, by the bakery's clock, and bears another day."
    return Breach("R-4.5", item.text, message)
