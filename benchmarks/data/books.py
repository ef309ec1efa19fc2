"""The books of a bakery of a given size: deliveries, doughs at several levels, breads and orders, day by day."""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

from benchmarks.data.scribe import MILLION, OpenBatch, OpenLot, Scribe
from benchmarks.data.sizes import SMALL, TYPICAL, Shape, Size

SEED = 20_250_101
DAYS = 365
FLAVOURS = 10
SUPPLIERS = 20
SALT_A_RUN = 20 * MILLION
RUNS_A_SALT_LOT = 200
FLOUR_A_RUN = 500 * MILLION
DOUGH_A_BREAD = 300 * MILLION
PIECES_AN_ORDER = 2 * MILLION
PIECES_LEFT = 3 * MILLION
STOCK_SHARE = 50
"""One lot in so many is still in stock."""
HELD_SHARE = 50
ORDERED_SHARE = 3
WHOLESALE_EVERY = 25
WHOLESALE_LOTS = 3
FILLINGS = 8
LOTS_A_FILLING = 50
FILLING_LOT = 10_000 * MILLION
FILLING_A_PIECE = 10 * MILLION


@dataclass
class Facts:
    """What may be asked of the books: codes, numbers and record ids."""

    typical_code: str = ""
    small_code: str = ""
    hot_codes: dict[str, str] = field(default_factory=dict)
    """By the number of order links, the largest last."""
    order_number: str = ""
    batch_code: str = ""
    filled_product: int = 0
    ids: dict[str, int] = field(default_factory=dict)
    """A record of each kind, by the name of its GraphQL type."""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Flavour:
    """The products and intermediates that one kind of flour goes into."""

    flour: int
    starter: int
    dough: int
    starter_product: int
    dough_product: int
    sourdough_product: int
    breads: tuple[int, ...]
    flatbread: int


class Bakehouse:
    """Runs the bakery through its year."""

    def __init__(self, scribe: Scribe, size: Size) -> None:
        self._scribe = scribe
        self._size = size
        self._random = random.Random(SEED)
        self.facts = Facts()
        self._suppliers = [scribe.supplier(f"Mill {number}") for number in range(SUPPLIERS)]
        self._customers = [scribe.customer(f"Café {number}") for number in range(size.lots // 20 + 20)]
        self._salt = scribe.ingredient("Salt")
        self._flavours = [self._flavour(number) for number in range(FLAVOURS)]
        self._fillings = [scribe.ingredient(f"Filling {number}") for number in range(FILLINGS)]
        self._salt_lot: OpenLot | None = None
        self._wholesale: list[OpenBatch] = []
        self._orders = 0
        self._smalls = 0

    def _flavour(self, number: int) -> Flavour:
        scribe, salt = self._scribe, {self._salt: SALT_A_RUN}
        flour, starter, dough = (scribe.ingredient(f"{kind} {number}") for kind in ("Flour", "Starter", "Dough"))
        return Flavour(
            flour,
            starter,
            dough,
            scribe.product(f"Starter {number}", {flour: MILLION}, starter),
            scribe.product(f"Dough {number}", {flour: MILLION, **salt}, dough),
            scribe.product(f"Sourdough {number}", {flour: MILLION, starter: MILLION, **salt}, dough),
            tuple(scribe.product(f"{kind} {number}", {dough: MILLION, **salt}) for kind in ("Loaf", "Roll")),
            scribe.product(f"Flatbread {number}", {flour: MILLION, **salt}),
        )

    # ── the year ──────────────────────────────────────────────────────────────────────────────────────────────────
    def run(self) -> Facts:
        self._stock_fillings()
        shapes = self._shapes()
        first_day = self._scribe.day
        for place, shape in enumerate(shapes):
            self._scribe.day = first_day + timedelta(days=place * DAYS // len(shapes))
            self._deliver(shape, self._flavours[place % FLAVOURS])
        if self._salt_lot is not None:
            self._scribe.close_lot(self._salt_lot)
        for batch in self._wholesale:
            self._scribe.close_batch(batch)
        self._leave_stock()
        self._scribe.close()
        return self.facts

    def _shapes(self) -> list[Shape]:
        """Small lots, with the typical and the hot ones strewn among them."""
        large = [TYPICAL] * self._size.typical + [TYPICAL.times(factor) for factor in self._size.hot]
        taken = sum(shape.lots for shape in large) + self._stock_lots + FILLINGS * LOTS_A_FILLING
        salted = sum(shape.batches for shape in large) / RUNS_A_SALT_LOT
        small = (self._size.lots - taken - salted) / (SMALL.lots + SMALL.batches / RUNS_A_SALT_LOT)
        shapes = large + [SMALL] * max(int(small), WHOLESALE_EVERY)
        self._random.shuffle(shapes)
        return shapes

    @property
    def _stock_lots(self) -> int:
        return self._size.lots // STOCK_SHARE

    def _deliver(self, shape: Shape, flavour: Flavour) -> None:
        """One delivery of flour and all that is made of it, before the next: so the oldest is always used first."""
        scribe, facts = self._scribe, self.facts
        ordered = self._random.randrange(ORDERED_SHARE) == 0
        runs = shape.starter + shape.doughs + shape.direct_breads
        flour = scribe.receive(flavour.flour, runs * FLOUR_A_RUN, self._supplier(), ordered=ordered)
        if self._random.randrange(HELD_SHARE) == 0:
            scribe.hold(flour, lifted=True)
        starter = None
        if shape.starter:
            made = scribe.bake(flavour.starter_product, shape.doughs * MILLION, [(flour, FLOUR_A_RUN)])
            starter = scribe.output(made, flavour.starter)
        for _ in range(shape.doughs):
            self._knead(shape, flavour, flour, starter)
        for _ in range(shape.direct_breads):
            quantity = shape.orders_a_direct_bread * PIECES_AN_ORDER
            self._sell(scribe.bake(flavour.flatbread, quantity, [(flour, FLOUR_A_RUN), self._pinch()]), quantity)
        if starter is not None:
            scribe.close_lot(starter)
        scribe.close_lot(flour)
        self._note(shape, flour, facts)

    def _knead(self, shape: Shape, flavour: Flavour, flour: OpenLot, starter: OpenLot | None) -> None:
        scribe = self._scribe
        uses = [(flour, FLOUR_A_RUN), self._pinch()]
        if starter is not None:
            uses.append((starter, MILLION))
        product = flavour.dough_product if starter is None else flavour.sourdough_product
        mixed = scribe.bake(product, shape.breads_a_dough * DOUGH_A_BREAD, uses)
        dough = scribe.output(mixed, flavour.dough)
        baked = []
        sold = shape.orders_a_bread * PIECES_AN_ORDER
        for number in range(shape.breads_a_dough):
            left = PIECES_LEFT if self._random.randrange(10) == 0 else 0
            bread = flavour.breads[number % len(flavour.breads)]
            wholesale = PIECES_AN_ORDER if self._is_for_wholesale(shape) else 0
            baked.append(scribe.bake(bread, sold + left + wholesale, [(dough, DOUGH_A_BREAD), self._pinch()]))
        scribe.close_lot(dough)
        if shape is SMALL:
            self._sell_small(baked, shape.orders_a_bread)
        else:
            for batch in baked:
                self._sell(batch, sold)

    def _pinch(self) -> tuple[OpenLot, int]:
        """The salt of one run; lots of salt are used up one after another."""
        lot = self._salt_lot
        if lot is None or lot.consumed == lot.received:
            if lot is not None:
                self._scribe.close_lot(lot)
            lot = self._scribe.receive(self._salt, RUNS_A_SALT_LOT * SALT_A_RUN, self._supplier())
            self._salt_lot = lot
        return lot, SALT_A_RUN

    # ── orders ────────────────────────────────────────────────────────────────────────────────────────────────────
    def _sell(self, batch: OpenBatch, quantity: int) -> None:
        """The batch to as many orders as it is enough for, of one line each."""
        for _ in range(quantity // PIECES_AN_ORDER):
            self._scribe.order(self._customer(), [(batch, PIECES_AN_ORDER)])
        self._scribe.close_batch(batch)

    def _sell_small(self, baked: list[OpenBatch], orders: int) -> None:
        """The batches to orders that have a line for each of them; some lots in a row share a wholesale order."""
        for _ in range(orders):
            number = self._scribe.order(self._customer(), [(batch, PIECES_AN_ORDER) for batch in baked])
        self.facts.batch_code = baked[0].code
        if not self._is_for_wholesale(SMALL):
            for batch in baked:
                self._scribe.close_batch(batch)
        else:
            self._wholesale += baked
            if len(self._wholesale) == WHOLESALE_LOTS * SMALL.breads_a_dough:
                number = self._scribe.order(self._customers[0], [(batch, PIECES_AN_ORDER) for batch in self._wholesale])
                for batch in self._wholesale:
                    self._scribe.close_batch(batch)
                self._wholesale = []
                self.facts.order_number = number
        self._smalls += 1

    def _is_for_wholesale(self, shape: Shape) -> bool:
        return shape is SMALL and self._smalls % WHOLESALE_EVERY < WHOLESALE_LOTS

    def _customer(self) -> int | None:
        """Every twentieth order is a counter sale."""
        self._orders += 1
        return None if self._orders % 20 == 0 else self._customers[self._orders * 7919 % len(self._customers)]

    def _supplier(self) -> int:
        return self._suppliers[self._random.randrange(SUPPLIERS)]

    # ── stock ─────────────────────────────────────────────────────────────────────────────────────────────────────
    def _stock_fillings(self) -> None:
        """What `confirmProduction` is measured on: a product of eight ingredients, each in many lots."""
        for ingredient_id in self._fillings:
            for _ in range(LOTS_A_FILLING):
                self._scribe.close_lot(self._scribe.receive(ingredient_id, FILLING_LOT, self._supplier()))
        recipe = dict.fromkeys(self._fillings, FILLING_A_PIECE)
        self.facts.filled_product = self._scribe.product("Fruit loaf", recipe)

    def _leave_stock(self) -> None:
        """Lots that nothing was made of yet: with and without a date, some on hold."""
        for number in range(self._stock_lots):
            flavour = self._flavours[number % FLAVOURS]
            days = self._random.randrange(DAYS)
            expires_on = None if number % 2 else str(self._scribe.day + timedelta(days=days))
            lot = self._scribe.receive(
                flavour.flour, FLOUR_A_RUN, self._supplier(), ordered=True, expires_on=expires_on
            )
            if number % 10 == 0:
                self._scribe.hold(lot, lifted=False)
                self.facts.ids["HeldLot"] = lot.id
            else:
                self.facts.ids["Lot"] = lot.id
                self.facts.ids["Ingredient"] = lot.ingredient_id
            self._scribe.close_lot(lot)

    def _note(self, shape: Shape, lot: OpenLot, facts: Facts) -> None:
        """Keep what may be asked for; of many, one from the middle of the year on."""
        if shape is SMALL and not facts.small_code:
            facts.small_code = lot.code
        elif shape is TYPICAL and not facts.typical_code:
            facts.typical_code = lot.code
        elif shape is not SMALL and shape is not TYPICAL:
            facts.hot_codes[str(shape.links)] = lot.code
