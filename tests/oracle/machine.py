"""Random histories of a bakery, told to the product on both databases and to the oracle.

A new step is one function in `steps_of_….py`: what is sent, and what the oracle does for it. Its refusals are compared
by type and field; all of the bakery is compared once the history has ended.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any, ClassVar, TypeVar

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.api.bakeries import Bakery as Tenant
from tests.api.in_process import InProcessApi
from tests.oracle import (
    steps_of_stock,
    steps_of_work,  # noqa: F401 - its steps are declared by being imported
)
from tests.oracle.books import Ingredient, Lot
from tests.oracle.comparison import differences, expected, first_day, told
from tests.oracle.orders import Bakery, Order
from tests.oracle.runs import Batch, Product
from tests.oracle.sides import WITHOUT_A_KEY, Side, name_of
from tests.oracle.steps import STEPS, costs, days_ahead
from tests.oracle.values import Refused

T = TypeVar("T")

# Two days before the clocks change in London.
MORNING = datetime(2026, 3, 27, 8, 0, tzinfo=UTC)


class Machine(RuleBasedStateMachine):
    """One history. What it is to run on is given to the class before it is run."""

    apis: tuple[InProcessApi, ...]
    met: ClassVar[Counter[str]] = Counter()
    """How often each answer was given, and each thing happened that is worth a history."""

    def __init__(self) -> None:
        super().__init__()
        self.bakery = Bakery(MORNING.date())
        self.sides = [self._opened(api) for api in self.apis]
        self.repeatable: list[tuple[str, Mapping[str, Any], str, list[Any]]] = []
        self.keys = 0
        self.broken = False
        self._furnish()

    def _opened(self, api: InProcessApi) -> Side:
        api.now = MORNING
        return Side(api, Tenant.opened(api))

    def _furnish(self) -> None:
        """Flour by the kilo, milk with a density, eggs by the piece; a starter that feeds itself, and a dough."""
        flour, milk = Ingredient("flour", "kg", None, Fraction(3)), Ingredient("milk", "l", Fraction("1.03"))
        eggs, levain = Ingredient("eggs", "each", None, Fraction(6)), Ingredient("levain", "g")
        dough = Ingredient("dough", "kg", None, Fraction(0))
        half = Fraction(1, 2)
        bread = Product("bread", 10, [(flour, Fraction(5), "kg"), (levain, Fraction(700), "g")], shelf_life=2)
        starter = Product(
            "starter", 1000, [(flour, half, "kg"), (levain, Fraction(1, 10), "kg")], becomes=levain, shelf_life=3
        )
        makes_dough = Product(
            "dough",
            3,
            [(flour, Fraction(2), "kg"), (milk, half, "kg"), (flour, Fraction(1), "lb")],
            becomes=dough,
            inherits=True,
        )
        tart = Product("tart", 7, [(dough, Fraction(3), "kg"), (eggs, Fraction(2), "each"), (milk, half, "l")])
        card = Product("card", 1, [])
        flour.ledger.append(("ADJUSTMENT", Fraction(4), None))
        for ingredient in (flour, milk, eggs, levain, dough):
            self.bakery.ingredients[ingredient.name] = ingredient
        for product in (bread, starter, makes_dough, tart, card):
            self.bakery.products[product.name] = product
        for side in self.sides:
            side.create(
                {
                    "mill": ("createSupplier", {"name": "mill"}),
                    "dairy": ("createSupplier", {"name": "dairy"}),
                    "café": ("createCustomer", {"name": "café"}),
                }
            )
            side.create({item: ("createIngredient", _described(item)) for item in self.bakery.ingredients.values()})
            side.create({item: ("createProduct", _recipe(item)) for item in self.bakery.products.values()})

    @rule(data=st.data())
    def next_step(self, data: st.DataObject) -> None:
        possible = [step for step in STEPS if step.needs(self)]
        chosen = data.draw(st.sampled_from([step for step in possible for _ in range(step.weight)]))
        arguments = {name: data.draw(strategy) for name, strategy in chosen.strategies.items()}
        note(f"{chosen.act.__name__}({', '.join(f'{name}={value}' for name, value in arguments.items())})")
        # Where a step went wrong, the end of the history is not compared as well.
        self.broken = True
        chosen.act(self, **arguments)
        self.broken = False

    # ── one step ──────────────────────────────────────────────────────────────────────────────────────────────────────
    def both(
        self, mutation: str, input: Mapping[str, Any], act: Callable[[], T], *, role: str = "OWNER"
    ) -> tuple[T | None, list[Any]]:
        """Tell the oracle and both sides. What the oracle did, with what each side answered; nothing if refused."""
        if mutation not in WITHOUT_A_KEY:
            self.keys += 1
            input = {**input, "idempotencyKey": f"key {self.keys}"}
        refused: Refused | None = None
        made: T | None = None
        try:
            made = act()
        except Refused as refusal:
            refused = refusal
        answers = [side.send(mutation, input, role) for side in self.sides]
        for answer in answers:
            self._agrees(mutation, answer, refused)
            self.met[f"{mutation}: {answer['__typename']}"] += 1
        if refused is not None:
            return None, []
        if mutation not in WITHOUT_A_KEY:
            self.repeatable.append((mutation, input, role, answers))
        return made, answers

    def _agrees(self, mutation: str, answer: Any, refused: Refused | None) -> None:
        if refused is None:
            assert answer["__typename"] == f"{name_of(mutation)}Success", answer
            return
        assert answer["__typename"] == refused.kind, (answer, refused)
        if refused.kind == "InvalidInput":
            paths = {problem["path"] for problem in answer["fields"]}
            assert paths & refused.paths, (answer, refused)
        if refused.kind == "InsufficientStock":
            names = ("required", "available", "missing", "unit", "reason")
            short = tuple((s["ingredient"]["name"], *(s[name] for name in names)) for s in answer["shortfalls"])
            assert short == refused.shortfalls, (answer, refused)

    def learn(self, thing: Any, answers: list[Any], *path: str, code: str = "code") -> None:
        """Keep the ids of something new, which both sides and the oracle call by the same code."""
        for side, answer in zip(self.sides, answers, strict=True):
            shown = answer
            for step in path:
                shown = shown[step]
            assert shown[code] == getattr(thing, code), (shown, thing)
            side.ids[thing] = shown["id"]

    def ingredient(self, pick: int) -> Ingredient:
        return list(self.bakery.ingredients.values())[pick % 5]

    def product(self, pick: int) -> Product:
        return list(self.bakery.products.values())[pick % 5]

    def lot(self, pick: int) -> Lot:
        return self.bakery.lots[pick % len(self.bakery.lots)]

    def batch(self, pick: int) -> Batch:
        return self.bakery.batches[pick % len(self.bakery.batches)]

    def order(self, pick: int) -> Order:
        return self.bakery.orders[pick % len(self.bakery.orders)]

    def day(self, ago: int) -> date:
        return self.bakery.today - timedelta(days=ago)

    @initialize(tracking=st.sampled_from([True, True, True, False]), aheads=st.tuples(*[days_ahead] * 4), cost=costs)
    def fill_the_shelves(self, tracking: bool, aheads: tuple[int | None, ...], cost: Fraction | None) -> None:
        """So that most of what follows has something to be done with."""
        if tracking:
            steps_of_stock.switch(self, True, None)
        for pick, (amount, ahead) in enumerate(zip((40, 30, 60, 3000), aheads, strict=True)):
            steps_of_stock.bring_in(self, pick, Fraction(amount), None, cost, 0, ahead, "mill", by_hand=False)

    # ── the end ───────────────────────────────────────────────────────────────────────────────────────────────────────
    def teardown(self) -> None:
        """Same lots, same quantities, same traces on both databases, and books that close."""
        if self.broken:
            return
        self._note()
        must = expected(self.bakery)
        for side in self.sides:
            tells = told(side.bakery, first_day(self.bakery.today), self.bakery.today)
            assert not (found := list(differences("", must, tells))), (side.api.database_url, found)
            assert side.bakery.breaches() == []

    def _note(self) -> None:
        bakery = self.bakery
        uses = [use for batch in bakery.batches for use in batch.uses]
        self.met["a history"] += 1
        self.met["a lot used"] += sum(len(use.picks) for use in uses)
        self.met["a lot used that was made here"] += sum(
            lot.source == "PRODUCTION" for use in uses for lot, _ in use.picks
        )
        self.met["a lot passed over"] += sum(len(use.skipped) for use in uses)
        self.met["untracked stock used"] += sum(use.untracked > 0 for use in uses)
        self.met["lots corrected by a run"] += sum(use.corrected > 0 for use in uses)
        self.met["a shortfall allowed"] += sum(use.missing > 0 for use in uses)
        self.met["lots corrected by a count"] += sum(lot.booked("ADJUSTMENT") < 0 for lot in bakery.lots)
        self.met["a link"] += sum(len(line.links) for order in bakery.orders for line in order.lines)
        for ingredient in bakery.ingredients.values():
            for kind, _, _ in ingredient.ledger:
                self.met[kind] += 1


def _described(ingredient: Ingredient) -> dict[str, Any]:
    return {
        "name": ingredient.name,
        "unit": ingredient.unit,
        "density": ingredient.density,
        "reorderPoint": ingredient.reorder_point,
        "openingStock": ingredient.on_hand or None,
    }


def _recipe(product: Product) -> dict[str, Any]:
    return {
        "name": product.name,
        "yieldQuantity": str(product.makes),
        "recipe": [
            {"ingredientId": ingredient, "quantity": quantity, "unit": unit}
            for ingredient, quantity, unit in product.recipe
        ],
        "makesIngredientId": product.becomes,
        "shelfLifeDays": product.shelf_life,
        "inheritExpiry": product.inherits,
    }
