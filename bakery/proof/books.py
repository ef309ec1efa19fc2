"""One bakery's books and their proof: the parts put together."""

from __future__ import annotations

from dataclasses import dataclass, field

from bakery.catalogue import Ingredient
from bakery.orders import Allocation
from bakery.proof.codes import code_breaches
from bakery.proof.dates import DateReplay
from bakery.proof.links import LinkReplay
from bakery.proof.outputs import output_breaches
from bakery.proof.purchases import PurchaseReplay
from bakery.proof.records import (
    Booked,
    Breach,
    CodeCounter,
    Coded,
    DateChange,
    Delivered,
    HeldLot,
    OrderedLine,
    ProvenLot,
    PurchasedLine,
    Relinked,
    Run,
    Used,
    Wasted,
)
from bakery.proof.runs import RunReplay
from bakery.proof.stock import StockReplay
from bakery.proof.undone import ReversalReplay, WasteReplay


@dataclass(frozen=True)
class Books:
    """All that is kept of one bakery but the ledger.

    `allocations` are those that stand; `reversals` are the batches that are recorded to have been reversed;
    `makes` has the ingredient, if any, that each product makes.
    """

    ingredients: list[Ingredient] = field(default_factory=list)
    lots: list[ProvenLot] = field(default_factory=list)
    date_changes: list[DateChange] = field(default_factory=list)
    holds: list[HeldLot] = field(default_factory=list)
    purchased: list[PurchasedLine] = field(default_factory=list)
    delivered: list[Delivered] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    uses: list[Used] = field(default_factory=list)
    lines: list[OrderedLine] = field(default_factory=list)
    allocations: list[Allocation] = field(default_factory=list)
    reversals: list[int] = field(default_factory=list)
    waste: list[Wasted] = field(default_factory=list)
    relinked: list[Relinked] = field(default_factory=list)
    coded: list[Coded] = field(default_factory=list)
    counters: list[CodeCounter] = field(default_factory=list)
    makes: dict[int, int | None] = field(default_factory=dict)


class Proof:
    """Proves the books by the ledger, which it is fed a movement at a time, in the order of recording.

    Takes time by the number of movements, and for each ingredient of a run by the lots that were then in stock.
    """

    def __init__(self, books: Books) -> None:
        runs = {run.id: run for run in books.runs}
        self._books = books
        self._stock = StockReplay(books.ingredients, books.lots, books.uses)
        self._dates = DateReplay(books.lots, books.date_changes, self._stock)
        self._purchases = PurchaseReplay(books.ingredients, books.purchased, books.delivered)
        self._runs = RunReplay(self._stock, runs, books.uses, books.holds)
        self._links = LinkReplay(runs, books.lines, books.allocations, self._stock.lots, books.relinked)
        self._reversals = ReversalReplay(self._stock, runs, books.reversals)
        self._waste = WasteReplay(runs, self._stock.lots, books.waste)

    def book(self, movement: Booked) -> None:
        self._dates.before(movement)
        self._runs.before(movement)
        self._stock.book(movement)
        self._purchases.book(movement)
        self._links.book(movement)
        self._reversals.book(movement)
        self._waste.book(movement)

    def breaches(self) -> list[Breach]:
        return [
            *self._stock.breaches(),
            *self._dates.breaches(),
            *self._purchases.breaches(),
            *self._runs.breaches(),
            *self._links.breaches(),
            *self._reversals.breaches(),
            *self._waste.breaches(),
            *output_breaches(self._books.makes, self._books.runs, self._books.lots),
            *code_breaches(self._books.coded, self._books.counters),
        ]
