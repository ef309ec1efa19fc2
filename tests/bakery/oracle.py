"""Allocation and linking once more: slowly, obviously, and from the text of the rules alone.

Nothing of `bakery` is imported here, so that no mistake is made twice by sharing code. Quantities are fractions.
Whatever comes first is found by comparing all with all, again for each single take.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import TypeVar

T = TypeVar("T")
Takes = list[tuple[int, Fraction]]


@dataclass
class Sack:
    """A lot on the shelf; `number` is its place in the order of recording."""

    number: int
    left: Fraction
    expires: date | None
    received: date
    held: bool
    recalled: bool


@dataclass
class Result:
    picks: Takes = field(default_factory=list)
    skipped: list[tuple[int, str]] = field(default_factory=list)
    untracked: Fraction = Fraction(0)
    shortfall: Fraction = Fraction(0)
    reason: str = "NOT_ENOUGH"


# ──: which is older ─────────────────────────────────────────────────────────────────────────────────────────────
def expires_before(one: Sack, other: Sack) -> bool:
    if one.expires is None:
        return False
    return other.expires is None or one.expires < other.expires


def is_older(one: Sack, other: Sack, order: str) -> bool:
    """Whether `one` goes before `other`. There are no ties: the order of recording decides at last."""
    received = (one.received < other.received, other.received < one.received)
    expires = (expires_before(one, other), expires_before(other, one))
    for sooner, later in [expires, received] if order == "EXPIRY_DATE" else [received, expires]:
        if sooner:
            return True
        if later:
            return False
    return one.number < other.number


def first(things: Sequence[T], goes_before: Callable[[T, T], bool]) -> T:
    """The one that no other goes before."""
    [found] = [thing for thing in things if not any(goes_before(other, thing) for other in things)]
    return found


def oldest(sacks: Sequence[Sack], order: str) -> Sack:
    return first(sacks, lambda one, other: is_older(one, other, order))


# ──: which may be used ───────────────────────────────────────────────────────────────────────────────────
def why_not(sack: Sack, day: date) -> str | None:
    """Told in the order in which R-5.1 lists the reasons."""
    if sack.expires is not None and day >= sack.expires + timedelta(days=1):
        return "EXPIRED"
    if sack.held:
        return "ON_HOLD"
    if sack.recalled:
        return "RECALLED"
    if not sack.received <= day:
        return "NOT_YET_RECEIVED"
    return None


#
def allocate(
    required: Fraction, sacks: Sequence[Sack], untracked: Fraction, day: date, order: str, chosen: Takes
) -> Result:
    """What a need takes. Empties the sacks as it goes."""
    result, need = Result(), required
    for number, quantity in chosen:
        take(sacks, number, quantity, result.picks)
        need -= quantity
    while need > 0:
        usable = [sack for sack in sacks if sack.left > 0 and why_not(sack, day) is None]
        if not usable:
            break
        sack = oldest(usable, order)
        quantity = need if need < sack.left else sack.left
        take(sacks, sack.number, quantity, result.picks)
        need -= quantity
    while need > 0 and untracked > 0:
        quantity = need if need < untracked else untracked
        result.untracked += quantity
        untracked -= quantity
        need -= quantity
    result.shortfall = need
    unusable = [sack for sack in sacks if sack.left > 0 and why_not(sack, day) is not None]
    while unusable:
        sack = oldest(unusable, order)
        result.skipped.append((sack.number, why_not(sack, day) or ""))
        unusable.remove(sack)
    if result.skipped:
        result.reason = result.skipped[0][1]
    return result


def take(sacks: Sequence[Sack], number: int, quantity: Fraction, takes: Takes) -> None:
    """Out of the sack, and onto the record, where each lot stands once (R-5.8)."""
    for sack in sacks:
        if sack.number == number:
            sack.left -= quantity
            assert sack.left >= 0
    for index, (taken, already) in enumerate(takes):
        if taken == number:
            takes[index] = (number, already + quantity)
            return
    takes.append((number, quantity))


#
def correct(quantity: Fraction, sacks: Sequence[Sack], order: str) -> Takes:
    """What a correction takes from all lots with stock, usable or not. Empties the sacks as it goes."""
    takes: Takes = []
    while quantity > 0 and any(sack.left > 0 for sack in sacks):
        sack = oldest([sack for sack in sacks if sack.left > 0], order)
        some = quantity if quantity < sack.left else sack.left
        take(sacks, sack.number, some, takes)
        quantity -= some
    return takes


#
@dataclass
class Tray:
    """What a batch has left to give; `number` is its place in the order of recording."""

    number: int
    product: int
    made_on: date
    left: Fraction


@dataclass
class Wish:
    """What an order line still lacks."""

    number: int
    product: int
    open: Fraction


def link(
    wishes: Sequence[Wish], trays: Sequence[Tray], day: date, shelf_lives: dict[int, int | None]
) -> list[tuple[int, int, Fraction]]:
    """Line, batch and quantity of each link. Fills the wishes and empties the trays as it goes."""
    links = []
    for wish in wishes:
        while wish.open > 0:
            fitting = [
                tray
                for tray in trays
                if tray.product == wish.product and tray.left > 0 and is_fresh(tray, day, shelf_lives[tray.product])
            ]
            if not fitting:
                break
            tray = first(fitting, was_made_before)
            quantity = wish.open if wish.open < tray.left else tray.left
            wish.open -= quantity
            tray.left -= quantity
            links.append((wish.number, tray.number, quantity))
    return links


def is_fresh(tray: Tray, day: date, shelf_life: int | None) -> bool:
    """Made on or before the day, and not older than the shelf life where there is one."""
    age = (day - tray.made_on).days
    return age >= 0 and (shelf_life is None or age <= shelf_life)


def was_made_before(one: Tray, other: Tray) -> bool:
    if one.made_on != other.made_on:
        return one.made_on < other.made_on
    return one.number < other.number
