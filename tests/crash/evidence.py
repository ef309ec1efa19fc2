"""What a crash left, read from the tables by hand, held against what clients were told.

Shares no code with the product. A change is known by its mark: it stands in what the change made, apart from the
idempotency keys, so that effects and keys can be told to be one for one.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import psycopg

from tests.crash.traffic import WITHOUT_A_KEY, Change, State, number_of
from tests.real.client import Json

MILLIONTHS = 10**6
ORDER_LINES = 2

LOTS = "SELECT supplier_lot_number, id, quantity_received FROM lots WHERE supplier_lot_number IS NOT NULL"
BATCHES = "SELECT id, product_id, quantity FROM production_batches"
RECIPES = "SELECT product_id, ingredient_id, quantity FROM recipe_lines"
CONSUMPTIONS = "SELECT batch_id, ingredient_id, lot_id, quantity FROM consumptions"
MOVEMENTS = "SELECT kind, ingredient_id, lot_id, batch_id, quantity, note FROM movements"
INGREDIENTS = "SELECT name, id FROM ingredients"
ORDERS = "SELECT number, id FROM orders"
LINES = "SELECT order_id, quantity FROM order_lines"
KEYS = "SELECT key, mutation, result FROM idempotency_keys"

Row = tuple[Any, ...]
Place = tuple[int, int | None]
"""An ingredient, and a lot of it or none."""


def rows(database_url: str, statement: str) -> list[Row]:
    if database_url.startswith("sqlite:///"):
        with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"))) as file:
            return file.execute(statement).fetchall()
    with psycopg.connect(database_url, autocommit=True) as connection:
        return connection.execute(statement.encode()).fetchall()


def keys_kept(database_url: str) -> set[str]:
    return {row[0] for row in rows(database_url, KEYS)}


def millionths(text: str) -> int:
    return int(Fraction(text) * MILLIONTHS)


@dataclass(frozen=True)
class Effect:
    """What a change made: the record, and what of it is missing or wrong."""

    record: int
    faults: tuple[str, ...]


@dataclass
class Evidence:
    """All effects that are in a database, by the mark of their change, and the keys that are kept."""

    effects: dict[str, list[Effect]] = field(default_factory=lambda: defaultdict(list))
    keys: dict[str, Row] = field(default_factory=dict)

    @classmethod
    def read(cls, database_url: str, changes: Iterable[Change]) -> Evidence:
        found = cls()
        for key, mutation, result in rows(database_url, KEYS):
            found.keys[key] = (mutation, result)
        tables = _Tables.read(database_url)
        given = {change.mark: change.input for change in changes}
        for mark, lot, received in tables.lots:
            found.effects[mark].append(Effect(lot, tables.faults_of_lot(lot, received, given.get(mark, {}))))
        for note, moved in tables.noted.items():
            for kind, lot, quantity in moved:
                asked = -millionths(given.get(note, {}).get("quantity", "0"))
                wrong = () if (kind, quantity) == ("WRITE_OFF", asked) else (f"{kind} of {quantity}",)
                found.effects[note].append(Effect(lot, wrong))
        for name, ingredient in tables.ingredients:
            if name in given:
                opening = ("ADJUSTMENT", millionths(given[name]["openingStock"]))
                opened = tables.untracked[ingredient]
                wrong = () if opened == [opening] else (f"opened by {opened}",)
                found.effects[name].append(Effect(ingredient, wrong))
        for number, order in tables.orders:
            lines = sorted(millionths(line["quantity"]) for line in given.get(number, {}).get("lines", []))
            wrong = () if sorted(tables.lines[order]) == lines else (f"lines {tables.lines[order]}",)
            found.effects[number].append(Effect(order, wrong))
        runs = {
            (number_of(input["productId"]), millionths(input["quantity"])): mark
            for mark, input in given.items()
            if "productId" in input
        }
        for batch, product, quantity in tables.batches:
            mark = runs.get((product, quantity), f"batch {batch}")
            found.effects[mark].append(Effect(batch, tables.faults_of_run(batch, product, quantity)))
        return found


@dataclass
class _Tables:
    """The rows that effects are made of, by what they belong to."""

    lots: list[Row]
    batches: list[Row]
    ingredients: list[Row]
    orders: list[Row]
    lines: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    recipes: dict[int, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    consumed: dict[int, Counter[Place]] = field(default_factory=lambda: defaultdict(Counter))
    moved_by_run: dict[int, Counter[Place]] = field(default_factory=lambda: defaultdict(Counter))
    received: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    noted: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    untracked: dict[int, list[Row]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def read(cls, database_url: str) -> _Tables:
        lots, batches = rows(database_url, LOTS), rows(database_url, BATCHES)
        tables = cls(lots, batches, rows(database_url, INGREDIENTS), rows(database_url, ORDERS))
        for order, quantity in rows(database_url, LINES):
            tables.lines[order].append(quantity)
        for product, ingredient, quantity in rows(database_url, RECIPES):
            tables.recipes[product][ingredient] = quantity
        for batch, ingredient, lot, quantity in rows(database_url, CONSUMPTIONS):
            tables.consumed[batch][ingredient, lot] += quantity
        for kind, ingredient, lot, batch, quantity, note in rows(database_url, MOVEMENTS):
            if kind == "PRODUCTION":
                tables.moved_by_run[batch][ingredient, lot] -= quantity
            elif kind == "RESTOCK":
                tables.received[lot].append(quantity)
            elif lot is None:
                tables.untracked[ingredient].append((kind, quantity))
            elif note is not None:
                tables.noted[note].append((kind, lot, quantity))
        return tables

    def faults_of_lot(self, lot: int, received: int, input: Json) -> tuple[str, ...]:
        asked = millionths(input.get("quantity", "0"))
        if [received] == self.received[lot] == [asked]:
            return ()
        return (f"{received} received, booked {self.received[lot]}, asked {asked}",)

    def faults_of_run(self, batch: int, product: int, quantity: int) -> tuple[str, ...]:
        """Every ingredient of the recipe was used as it says, and the ledger has just the same."""
        used: Counter[int] = Counter()
        for (ingredient, _), amount in self.consumed[batch].items():
            used[ingredient] += amount
        # Python rounds a fraction half-even, as has it.
        needed = {item: round(Fraction(each * quantity, MILLIONTHS)) for item, each in self.recipes[product].items()}
        wrong = [] if used == needed else [f"used {dict(used)}, needed {needed}"]
        if self.consumed[batch] != self.moved_by_run[batch]:
            wrong.append("its ledger is not what it used")
        return tuple(wrong)


def judge(changes: Iterable[Change], evidence: Evidence) -> list[str]:
    """Every promise that does not hold: what was acknowledged is there, once and whole; what was not is not there in
    part; and each effect has its key."""
    breaches: list[str] = []
    known = {change.mark: change for change in changes}
    for change in known.values():
        effects = evidence.effects.get(change.mark, [])
        breaches += [f"{_named(change)} is half done: {fault}" for effect in effects for fault in effect.faults]
        if len(effects) > 1:
            breaches.append(f"{_named(change)} was done {len(effects)} times")
        has_to_be = change.state is State.DONE or change.told_done
        if has_to_be and not effects:
            breaches.append(f"{_named(change)} was acknowledged and is lost")
        if change.state in (State.REFUSED, State.NOT_DONE) and effects and not change.told_done:
            breaches.append(f"{_named(change)} was told not to be done and is")
        if change.made is not None and effects and effects[0].record != change.made:
            breaches.append(f"{_named(change)} was told to be {change.made} and is {effects[0].record}")
        breaches += _faults_of_key(change, effects, evidence)
    unknown = sorted((evidence.effects.keys() | evidence.keys) - known.keys())
    return [*breaches, *(f"nobody asked for {mark}" for mark in unknown)]


def _faults_of_key(change: Change, effects: list[Effect], evidence: Evidence) -> list[str]:
    key = evidence.keys.get(change.mark)
    if change.document in WITHOUT_A_KEY:
        return [] if key is None else [f"{_named(change)} has a key"]
    if (key is not None) != bool(effects):
        return [f"{_named(change)} has {len(effects)} effects and {'no' if key is None else 'a'} key"]
    if key is None:
        return []
    mutation, result = key
    wrong = (
        [] if mutation.lower() == change.document.name.lower() else [f"{_named(change)} has the key of a {mutation}"]
    )
    named = {reference[1] for reference in json.loads(result or "{}").values() if isinstance(reference, list)}
    if effects[0].record not in named:
        wrong.append(f"the key of {_named(change)} names {named}, not {effects[0].record}")
    return wrong


def _named(change: Change) -> str:
    return f"{change.document.name} {change.mark}"
