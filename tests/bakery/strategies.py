"""Random stock rooms, needs, choices, ovens and orders for Hypothesis, and how the oracle sees them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

from hypothesis import settings
from hypothesis import strategies as st

from bakery.allocation import IngredientUse, Pick, allocate
from bakery.catalogue import ConsumptionOrder
from bakery.linking import OpenLine, Supply
from bakery.lots import Lot
from bakery.quantity import ZERO
from tests.bakery import oracle
from tests.bakery.ledger import Stock, lot

T = TypeVar("T")

DAY = date(2026, 3, 1)
MILLIONTHS = [1, 2, 3, 333_333, 1_000_001, 1_234_567_891, 999_999_999_999_999]

# The same examples in each run: a red test is red for everyone.
few_hundred_examples = settings(max_examples=300, derandomize=True, deadline=None)
two_hundred_examples = settings(few_hundred_examples, max_examples=200)


@dataclass(frozen=True)
class Case:
    """A run on `DAY`, as the engine is asked for it. `chosen` are usable and at most `required` in all."""

    before: Stock
    lots: tuple[Lot, ...]  # those of `before`, as they happen to be handed over
    required: Decimal
    order: ConsumptionOrder
    chosen: tuple[Pick, ...] = ()

    def booked(self) -> IngredientUse:
        return allocate(self.before.ingredient, self.required, self.lots, DAY, self.order, self.chosen)

    def __repr__(self) -> str:
        chosen = " | ".join(f"{pick.lot.code} {pick.quantity}" for pick in self.chosen)
        return f"need {self.required} of {self.before!r}, by {self.order.value}, chosen: {chosen or 'nothing'}"


@dataclass(frozen=True)
class Linking:
    """An order whose lines are to be linked on `DAY`, and all batches of its products, usable or not."""

    lines: tuple[OpenLine, ...]
    supplies: tuple[Supply, ...]
    shelf_lives: dict[int, int | None]


def near(*offsets: int) -> list[date]:
    return [DAY + timedelta(days=offset) for offset in offsets]


# ── what is drawn from ────────────────────────────────────────────────────────────────────────────────────────────────
# Small whole numbers meet each other often, which is where comparisons go wrong; the others use every digit. Strategies
# are made once and draw little: making and drawing is what an example costs.
_AMOUNTS = [*map(Decimal, range(1, 7)), *(Decimal(number).scaleb(-6) for number in MILLIONTHS)]
quantities = st.sampled_from(_AMOUNTS)
_amounts = st.sampled_from([ZERO, *_AMOUNTS, *_AMOUNTS[:6]])
_needs = st.one_of(
    st.sampled_from([*map(Decimal, range(25)), *_AMOUNTS]),
    st.integers(1, 10**15).map(lambda number: Decimal(number).scaleb(-6)),
)
_seeds = st.integers(0, 1000)

# What is written behind a lot's quantity. Most lots are usable, or hardly anything would be taken.
_facts = st.sampled_from(
    [
        f"got {received} {expiry} {flags}"
        for received in near(-3, -2, -1, 0, -3, -2, -1, 0, 1)
        for expiry in ["", "", *(f"exp {day}" for day in near(-1, 0, 1, 2, 3))]
        for flags in ["", "", "", "", "", "held", "recalled", "held recalled"]
    ]
)
_lots = st.lists(st.tuples(_amounts, _facts), max_size=7)
_untracked = st.sampled_from([ZERO, ZERO, *_AMOUNTS, Decimal(-2)])
_wishes = st.lists(st.tuples(st.integers(0, 7), quantities), max_size=4)

_products = st.sampled_from([1, 1, 1, 2])
_lines = st.lists(st.tuples(_products, st.sampled_from([*map(Decimal, range(13)), *_AMOUNTS])), min_size=1, max_size=4)
_baking_days = st.sampled_from(near(-3, -2, -2, -1, -1, -1, 0, 0, 1))
_supplies = st.lists(st.tuples(_products, _baking_days, _amounts), max_size=7)
_shelf_lives = st.fixed_dictionaries({number: st.sampled_from([None, None, 0, 1, 2, 3]) for number in (1, 2)})

orders = st.sampled_from(ConsumptionOrder)


@st.composite
def stocks(draw: st.DrawFn) -> Stock:
    entries = [f"L{number} {quantity} {facts}" for number, (quantity, facts) in enumerate(draw(_lots), start=1)]
    return Stock(tuple(lot(entry, number) for number, entry in enumerate(entries, start=1)), draw(_untracked))


_stocks = stocks()


@st.composite
def cases(draw: st.DrawFn, *, choices: bool = False, repeats: bool = False) -> Case:
    """`choices` draws chosen lots too, `repeats` some of them more than once."""
    before = draw(_stocks)
    chosen = _chosen(before, draw(_wishes), repeats=repeats) if choices else ()
    return Case(
        before=before,
        lots=_shuffled(before.lots, draw(_seeds)),
        required=sum((pick.quantity for pick in chosen), ZERO) + draw(_needs),
        order=draw(orders),
        chosen=chosen,
    )


@st.composite
def linkings(draw: st.DrawFn) -> Linking:
    supplies = [Supply(number, *supply) for number, supply in enumerate(draw(_supplies), start=1)]
    return Linking(
        tuple(OpenLine(number, *line) for number, line in enumerate(draw(_lines), start=1)),
        _shuffled(supplies, draw(_seeds)),
        draw(_shelf_lives),
    )


def _chosen(before: Stock, wishes: list[tuple[int, Decimal]], *, repeats: bool) -> tuple[Pick, ...]:
    """What of the wishes may be chosen: a part of what is left in a usable lot."""
    left = {sack.number: before.lots[sack.number - 1].quantity_remaining for sack in sacks(before) if _usable(sack)}
    numbers = list(left)
    picks: list[Pick] = []
    for place, wanted in wishes if numbers else []:
        number = numbers[place % len(numbers)]
        quantity = min(wanted, left[number])
        if quantity > 0:
            picks.append(Pick(before.lots[number - 1], quantity))
            left[number] = left[number] - quantity if repeats else ZERO
    return tuple(picks)


def _usable(sack: oracle.Sack) -> bool:
    return sack.left > 0 and oracle.why_not(sack, DAY) is None


def _shuffled(things: Sequence[T], seed: int) -> tuple[T, ...]:
    return tuple(random.Random(seed).sample(things, len(things)))


# ── as the oracle sees it ─────────────────────────────────────────────────────────────────────────────────────────────
def sacks(before: Stock) -> list[oracle.Sack]:
    return [
        oracle.Sack(
            number=item.id,
            left=Fraction(item.quantity_remaining),
            expires=item.expires_on,
            received=item.received_on,
            held=item.on_hold,
            recalled=item.recalled,
        )
        for item in before.lots
    ]


def takes(picks: Iterable[Pick]) -> oracle.Takes:
    return [(pick.lot.id, Fraction(pick.quantity)) for pick in picks]
