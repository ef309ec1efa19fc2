"""Codes without gaps (R-4.5)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bakery.codes import CodeKind
from bakery.proof.records import Breach, CodeCounter, Coded

_FORM = re.compile(r"([A-Z]+)-(\d{6})-(\d{3}|[1-9]\d{3,})")

_Day = tuple[CodeKind, str]
"""A kind and the local day as codes write it."""


def code_breaches(coded: Iterable[Coded], counters: Iterable[CodeCounter]) -> Iterable[Breach]:
    """Each kind and day counts from 001 without gaps in the order of recording, as far as its counter says.

    An order may bear a number of its own. One that looks like a code is taken for a generated one where it is dated
    with the day it was recorded on, or fills a place that was counted; another is nobody's business.
    """
    counted: dict[_Day, int] = {(counter.kind, f"{counter.day:%y%m%d}"): counter.last_number for counter in counters}
    numbered: dict[_Day, list[tuple[Coded, int]]] = {}
    for item in sorted(coded, key=lambda item: item.id):
        match = _FORM.fullmatch(item.text)
        if match is None or match[1] != item.kind.value:
            if item.kind is not CodeKind.ORDER:
                message = f"A code of this kind reads {item.kind.value}-YYMMDD-NNN."
                yield Breach("R-4.5", item.text, message)
            continue
        day, number = (item.kind, match[2]), int(match[3])
        if match[2] != f"{item.recorded_on:%y%m%d}":
            if item.kind is CodeKind.ORDER and number > counted.get(day, 0):
                continue
            message = f"It was recorded on {item.recorded_on}, by the bakery's clock, and bears another day."
            yield Breach("R-4.5", item.text, message)
        numbered.setdefault(day, []).append((item, number))
    for day in dict.fromkeys((*numbered, *counted)):
        yield from _day_breaches(day, numbered.get(day, []), counted.get(day, 0))


def _day_breaches(day: _Day, numbered: list[tuple[Coded, int]], counted: int) -> Iterable[Breach]:
    for place, (item, number) in enumerate(numbered, start=1):
        if number != place:
            message = f"It is number {number} of its day, but number {place} in the order of recording."
            yield Breach("R-4.5", item.text, message)
            break  # what comes after it is out of step too
    if counted != len(numbered):
        kind, text = day
        message = f"The counter of this day stands at {counted}, but {len(numbered)} are recorded."
        yield Breach("R-4.5", f"{kind.value}-{text}", message)
