"""The ledger as a race left it, read by hand and replayed in the order of recording.

Shares no code with the product: the rules are written once more, as plainly as can be.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_left, bisect_right
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass, field
from itertools import accumulate, groupby
from typing import Any

import psycopg

from tests.race.traffic import Exchange, Traffic

MILLIONTHS = 10**6
FAR_AWAY = "9999-12-31"
ENDLESS = 2**63
# The movements of the changes that make something new, under a number of its own.
MAKERS = {"PRODUCTION": "ConfirmProduction", "RESTOCK": "QuickRestock"}

MOVEMENTS = "SELECT id, ingredient_id, lot_id, kind, quantity, batch_id FROM movements ORDER BY id"
LOTS = "SELECT id, ingredient_id, received_on, expires_on, quantity_remaining FROM lots"
HOLDS = "SELECT id, lot_id, lift_number FROM lot_holds"
INGREDIENTS = "SELECT id, tracked, untracked FROM ingredients"
RUNS = "SELECT id, produced_on FROM production_batches"


@dataclass(frozen=True)
class Movement:
    number: int
    ingredient: int
    lot: int | None
    kind: str
    quantity: int
    batch: int | None


@dataclass(frozen=True)
class Lot:
    number: int
    ingredient: int
    received: str
    expires: str
    remaining: int

    @property
    def place(self) -> tuple[str, str, int]:
        """Where it stands in the order of use: what expires first, then what came first, undated last (R-5.3)."""
        return self.expires, self.received, self.number


@dataclass(frozen=True)
class Books:
    movements: list[Movement]
    lots: dict[int, Lot]
    holds: list[tuple[int, int, int | None]]
    stock: dict[int, tuple[int, int]]
    runs: dict[int, str]


def read_books(database_url: str) -> Books:
    def rows(statement: str) -> list[tuple[Any, ...]]:
        if database_url.startswith("sqlite:///"):
            with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"))) as file:
                return file.execute(statement).fetchall()
        with psycopg.connect(database_url, autocommit=True) as connection:
            return connection.execute(statement.encode()).fetchall()

    return Books(
        movements=[Movement(*row) for row in rows(MOVEMENTS)],
        lots={
            row[0]: Lot(row[0], row[1], str(row[2]), FAR_AWAY if row[3] is None else str(row[3]), row[4])
            for row in rows(LOTS)
        },
        holds=[(row[0], row[1], row[2]) for row in rows(HOLDS)],
        stock={row[0]: (row[1], row[2]) for row in rows(INGREDIENTS)},
        runs={row[0]: str(row[1]) for row in rows(RUNS)},
    )


Step = tuple[int, list[Movement] | tuple[int, int]]
"""A number, and the movements that belong together under it, or a lot and by how much its holds change."""


@dataclass
class Shelf:
    """One ingredient while its ledger is replayed; quantities in millionths."""

    lots: dict[int, Lot]
    remaining: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    held: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    untracked: int = 0

    def usable(self, day: str) -> list[Lot]:
        """The lots that a run of the day may use, oldest first."""
        found = [
            lot
            for number, lot in self.lots.items()
            if self.remaining[number] > 0 and not self.held[number] and lot.received <= day <= lot.expires
        ]
        return sorted(found, key=lambda lot: lot.place)

    def available(self, day: str) -> int:
        return sum(self.remaining[lot.number] for lot in self.usable(day)) + max(self.untracked, 0)

    def uses(self, need: int, day: str) -> dict[int | None, int]:
        """What a run that needs so much has to take, by lot; None is untracked stock."""
        taken: dict[int | None, int] = {}
        for lot in self.usable(day):
            if need:
                taken[lot.number] = min(need, self.remaining[lot.number])
                need -= taken[lot.number]
        return {**taken, None: need} if need else taken

    def book(self, movement: Movement) -> None:
        if movement.lot is None:
            self.untracked += movement.quantity
        else:
            self.remaining[movement.lot] += movement.quantity


@dataclass(frozen=True)
class Timeline:
    """What a run of today could have had of an ingredient after each number of its ledger."""

    numbers: list[int]
    available: list[int]

    def between(self, low: int, high: int) -> set[int]:
        """Each figure that stood between two numbers, the one that stood at `low` included."""
        first = max(bisect_right(self.numbers, low) - 1, 0)
        return set(self.available[first : bisect_left(self.numbers, high)])


class Judge:
    """Replays the books and collects what cannot be."""

    def __init__(self, books: Books, today: str) -> None:
        self._books = books
        self._today = today
        self.breaches: list[str] = []
        self._timelines = {ingredient: self._replay(ingredient) for ingredient in books.stock}

    def _replay(self, ingredient: int) -> Timeline:
        books = self._books
        lots = {number: lot for number, lot in books.lots.items() if lot.ingredient == ingredient}
        shelf = Shelf(lots)
        timeline = Timeline([0], [0])
        for number, step in self._steps(ingredient, lots):
            if isinstance(step, list):
                self._check_run(shelf, step)
                for movement in step:
                    shelf.book(movement)
            else:
                lot, change = step
                shelf.held[lot] += change
            if shelf.untracked < 0 or any(left < 0 for left in shelf.remaining.values()):
                self.breaches.append(f"stock of ingredient {ingredient} is below zero after {number}")
            timeline.numbers.append(number)
            timeline.available.append(shelf.available(self._today))
        kept = (sum(lot.remaining for lot in lots.values()), shelf.untracked)
        replayed = (sum(shelf.remaining.values()), shelf.untracked)
        if not kept == replayed == books.stock[ingredient] or any(
            lot.remaining != shelf.remaining[number] for number, lot in lots.items()
        ):
            self.breaches.append(f"stock of ingredient {ingredient} is not what its ledger sums to")
        return timeline

    def _steps(self, ingredient: int, lots: dict[int, Lot]) -> list[Step]:
        """Changes in the order of recording: a run's movements together, a hold and its end each by itself."""
        movements = [movement for movement in self._books.movements if movement.ingredient == ingredient]
        steps: list[Step] = []
        for _, together in groupby(movements, key=lambda movement: (movement.batch or -movement.number, movement.kind)):
            group = list(together)
            steps.append((group[-1].number, group))
        for placed, lot, lifted in self._books.holds:
            if lot in lots:
                steps.append((placed, (lot, 1)))
                steps += [] if lifted is None else [(lifted, (lot, -1))]
        return sorted(steps, key=lambda step: step[0])

    def _check_run(self, shelf: Shelf, group: list[Movement]) -> None:
        first = group[0]
        if first.kind != "PRODUCTION" or first.batch is None:
            return
        taken: dict[int | None, int] = defaultdict(int)
        for movement in group:
            taken[movement.lot] -= movement.quantity
        expected = shelf.uses(sum(taken.values()), self._books.runs[first.batch])
        if dict(taken) != expected:
            self.breaches.append(f"run {first.batch} took {dict(taken)} and should have taken {expected}")

    def check_refusals(self, traffic: Traffic) -> int:
        """Whether each refused run was told what there really was, and was really short; returns how many."""
        seen = {ingredient: self._acknowledged(ingredient, traffic) for ingredient in self._books.stock}
        judged = 0
        for exchange in traffic.exchanges:
            for short in exchange.shortfalls:
                judged += 1
                low, high = seen[short.ingredient].window(exchange)
                if short.available >= short.required:
                    self.breaches.append(f"refused, though {short.available} of {short.required} was there")
                if int(short.available * MILLIONTHS) not in self._timelines[short.ingredient].between(low, high):
                    self.breaches.append(
                        f"told of {short.available} of ingredient {short.ingredient}, which was never there then"
                    )
        return judged

    def _acknowledged(self, ingredient: int, traffic: Traffic) -> Acknowledged:
        """What clients knew of an ingredient's ledger: a number of it, and when the change was sent and answered."""
        made_at: dict[int | None, int] = {}
        for movement in self._books.movements:
            if movement.ingredient == ingredient and movement.kind in MAKERS:
                made_at[movement.batch or movement.lot] = movement.number
        known = [
            (exchange, made_at[exchange.made])
            for exchange in traffic.exchanges
            if exchange.operation in MAKERS.values() and exchange.made in made_at
        ]
        return Acknowledged(
            answered=sorted((exchange.answered, number) for exchange, number in known),
            sent=sorted((exchange.sent, number) for exchange, number in known),
        )


class Acknowledged:
    """Bounds, from what was acknowledged before and sent after, for what a request can have seen of a ledger."""

    def __init__(self, answered: list[tuple[float, int]], sent: list[tuple[float, int]]) -> None:
        self._answered = [moment for moment, _ in answered]
        self._highest = list(accumulate((number for _, number in answered), max))
        self._sent = [moment for moment, _ in sent]
        self._lowest = list(accumulate((number for _, number in reversed(sent)), min))[::-1]

    def window(self, exchange: Exchange) -> tuple[int, int]:
        """The numbers between which the request looked: it saw all up to the first, nothing from the second on."""
        before = bisect_left(self._answered, exchange.sent)
        after = bisect_right(self._sent, exchange.answered)
        low = self._highest[before - 1] if before else 0
        return low, self._lowest[after] if after < len(self._lowest) else ENDLESS
