"""Random histories of a bakery, told to the product on both databases and to the oracle.

A new step is one method: what is sent, and what the oracle does for it. Its refusals are compared by type and field;
all of the bakery is compared once the history has ended.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any, ClassVar, TypeVar

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from plans import Plan
from tests.api.bakeries import Bakery as Tenant
from tests.api.in_process import InProcessApi
from tests.oracle.books import Delivered, Ingredient, Lot, Purchase, PurchaseLine, Refused, rounded, text
from tests.oracle.comparison import expected, first_day, told
from tests.oracle.runs import STATUSES, Bakery, Batch, Line, Order, Product
from tests.oracle.sides import WITHOUT_A_KEY, Side, name_of

T = TypeVar("T")
Act = TypeVar("Act", bound=Callable[..., None])

# Two days before the clocks change in London.
MORNING = datetime(2026, 3, 27, 8, 0, tzinfo=UTC)

picks = st.integers(0, 1000)
amounts = st.one_of(st.integers(1, 12).map(Fraction), st.integers(1, 12 * 10**6).map(lambda n: Fraction(n, 10**6)))
costs = st.none() | st.integers(0, 5000).map(lambda n: Fraction(n, 1000))
days_ago = st.sampled_from([0, 0, 0, 0, 1, 1, 2, 3, -1])
days_ahead = st.none() | st.integers(-1, 9)
reasons = st.sampled_from(["EXPIRED", "DAMAGED", "CONTAMINATED", "RECALLED", "OTHER"])


@dataclass(frozen=True)
class Step:
    """Something that may happen next: how often, when it can, and what is drawn for it."""

    weight: int
    needs: Callable[[Any], bool]
    strategies: dict[str, st.SearchStrategy[Any]]
    act: Callable[..., None]


def step(weight: int, needs: Callable[[Any], bool], **strategies: st.SearchStrategy[Any]) -> Callable[[Act], Act]:
    """Declares a step. One rule of ours chooses among them, since Hypothesis would leave most rules out of a history,
    and what needs several of them in a row would hardly ever happen."""

    def declare(act: Act) -> Act:
        STEPS.append(Step(weight, needs, strategies, act))
        return act

    return declare


STEPS: list[Step] = []


def always(_machine: Any) -> bool:
    return True


def has_lots(machine: Any) -> bool:
    return bool(machine.bakery.lots)


class Histories(RuleBasedStateMachine):
    """One history. The databases are given to the class before it is run."""

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
        chosen.act(self, **arguments)

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
        try:
            for answer in answers:
                self._agrees(mutation, answer, refused)
                self.met[f"{mutation}: {answer['__typename']}"] += 1
        except AssertionError:
            self.broken = True
            raise
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

    def day(self, ago: int) -> date:
        return self.bakery.today - timedelta(days=ago)

    @initialize(tracking=st.sampled_from([True, True, True, False]), aheads=st.tuples(*[days_ahead] * 4), cost=costs)
    def fill_the_shelves(self, tracking: bool, aheads: tuple[int | None, ...], cost: Fraction | None) -> None:
        """So that most of what follows has something to be done with."""
        if tracking:
            self.switch(True, None)
        for pick, (amount, ahead) in enumerate(zip((40, 30, 60, 3000), aheads, strict=True)):
            self.bring_in(pick, Fraction(amount), None, cost, 0, ahead, "mill", by_hand=False)

    # ── the clock and the switches ────────────────────────────────────────────────────────────────────────────────────
    @step(2, always, days=st.integers(1, 3))
    def days_pass(self, days: int) -> None:
        self.bakery.today += timedelta(days=days)
        for side in self.sides:
            side.api.days_pass(days)

    @step(
        1,
        always,
        on=st.sampled_from([True, True, True, False, None]),
        order=st.sampled_from([None, "EXPIRY_DATE", "RECEIVED_DATE"]),
    )
    def switch(self, on: bool | None, order: str | None) -> None:
        input = {"enabled": on, "consumptionOrder": order}
        self.both("updateLotTrackingSettings", input, lambda: self.bakery.switch(on, order))

    @step(1, always, plan=st.sampled_from(["GROWTH", "GROWTH", "SCALE", "ESSENTIALS"]))
    def change_the_plan(self, plan: str) -> None:
        self.bakery.plan = plan
        for side in self.sides:
            side.bakery.set_plan(Plan(plan))

    @step(1, lambda self: bool(self.repeatable), pick=picks)
    def repeat(self, pick: int) -> None:
        """R-5.10: sent again, it is not done again; whatever happened since."""
        mutation, input, role, answers = self.repeatable[pick % len(self.repeatable)]
        if mutation in ("addLot", "writeOffLot") and not self.bakery.tracking:
            return
        for side, first in zip(self.sides, answers, strict=True):
            again = side.send(mutation, input, role)
            assert again["__typename"] == first["__typename"]
            for thing in ("lot", "batch", "order"):
                shown = again.get(thing)
                assert (shown and shown.get("id")) == (first.get(thing) and first[thing].get("id"))

    # ── stock in ──────────────────────────────────────────────────────────────────────────────────────────────────────
    @step(
        3,
        always,
        pick=picks,
        amount=amounts,
        unit=st.sampled_from([None, None, "g", "kg", "lb", "ml", "l", "each"]),
        cost=costs,
        ago=days_ago,
        ahead=days_ahead,
        supplier=st.sampled_from([None, "mill", "dairy"]),
        by_hand=st.booleans(),
    )
    def restock(
        self,
        pick: int,
        amount: Fraction,
        unit: str | None,
        cost: Fraction | None,
        ago: int,
        ahead: int | None,
        supplier: str | None,
        by_hand: bool,
    ) -> None:
        unit_given = unit or self.ingredient(pick).unit
        amount = amount * 1000 if unit_given in ("g", "ml") else amount
        self.bring_in(pick, amount, unit, cost, ago, ahead, supplier, by_hand=by_hand)

    def bring_in(
        self,
        pick: int,
        amount: Fraction,
        unit: str | None,
        cost: Fraction | None,
        ago: int,
        ahead: int | None,
        supplier: str | None,
        *,
        by_hand: bool,
    ) -> None:
        ingredient, received = self.ingredient(pick), self.day(ago)
        expires = None if ahead is None else received + timedelta(days=ahead)
        mutation, kind, source = (
            ("addLot", "MANUAL_LOT", "MANUAL") if by_hand else ("quickRestock", "RESTOCK", "RESTOCK")
        )
        input = {
            "ingredientId": ingredient,
            "quantity": amount,
            "unit": unit,
            "unitCost": cost,
            "supplierId": supplier,
            "supplierLotNumber": supplier and f"{supplier} {pick}",
            "receivedOn": received,
            "expiresOn": expires,
        }
        lot, answers = self.both(
            mutation,
            input,
            lambda: self.bakery.receive(
                kind,
                source,
                ingredient,
                amount,
                unit or ingredient.unit,
                received_on=received,
                expires_on=expires,
                unit_cost=cost,
                supplier=supplier,
                supplier_number=supplier and f"{supplier} {pick}",
            ),
        )
        if lot is not None:
            self.learn(lot, answers, "lot")

    @step(1, always, wanted=st.lists(st.tuples(picks, amounts, costs), min_size=1, max_size=3), draft=st.integers(0, 5))
    def order_from_the_mill(self, wanted: list[tuple[int, Fraction, Fraction | None]], draft: int) -> None:
        lines = []
        for pick, amount, cost in wanted:
            ingredient = self.ingredient(pick)
            unit = "lb" if ingredient.unit == "kg" and pick % 2 else ingredient.unit
            lines.append(PurchaseLine(ingredient, amount, unit, cost))
        input = {
            "supplierId": "mill",
            "draft": draft == 0,
            "lines": [
                {
                    "ingredientId": line.ingredient,
                    "quantity": line.ordered,
                    "unit": line.unit,
                    "unitCost": line.unit_cost,
                }
                for line in lines
            ],
        }
        purchase, answers = self.both(
            "createPurchaseOrder", input, lambda: self.bakery.order_from("mill", lines, draft == 0)
        )
        if purchase is not None:
            self.learn(purchase, answers, "purchaseOrder")
        for side, answer in zip(self.sides, answers, strict=False):
            for line, shown in zip(lines, answer["purchaseOrder"]["lines"], strict=True):
                side.ids[line] = shown["id"]

    @step(
        2,
        lambda self: bool(self.bakery.purchases),
        pick=picks,
        came=st.lists(st.tuples(picks, amounts, costs, days_ahead), min_size=1, max_size=3),
        ago=days_ago,
    )
    def receive(self, pick: int, came: list[tuple[int, Fraction, Fraction | None, int | None]], ago: int) -> None:
        purchase: Purchase = self.bakery.purchases[pick % len(self.bakery.purchases)]
        received = self.day(ago)
        delivered = [
            Delivered(
                purchase.lines[place % len(purchase.lines)],
                amount,
                cost,
                None if ahead is None else received + timedelta(days=ahead),
                None if place % 3 else f"M-{place}",
            )
            for place, amount, cost, ahead in came
        ]
        input = {
            "purchaseOrderId": purchase,
            "receivedOn": received,
            "lines": [
                {
                    "lineId": each.line,
                    "quantity": each.quantity,
                    "unitCost": each.unit_cost,
                    "expiresOn": each.expires_on,
                    "supplierLotNumber": each.supplier_number,
                }
                for each in delivered
            ],
        }
        lots, answers = self.both(
            "receivePurchaseOrder", input, lambda: self.bakery.deliver(purchase, received, delivered)
        )
        for place, lot in enumerate(lots or []):
            self.learn(lot, [answer["lots"][place] for answer in answers])

    # ── what happens to it ────────────────────────────────────────────────────────────────────────────────────────────
    @step(2, always, pick=picks, amount=st.just(Fraction(0)) | amounts, near=st.booleans())
    def count(self, pick: int, amount: Fraction, near: bool) -> None:
        """Some counts are near the figure, where little changes."""
        ingredient = self.ingredient(pick)
        counted = max(Fraction(0), ingredient.on_hand + amount - 6) if near else amount
        self.both(
            "adjustStock",
            {"ingredientId": ingredient, "countedQuantity": counted},
            lambda: self.bakery.count(ingredient, counted),
        )

    @step(1, has_lots, pick=picks, amount=st.none() | amounts, reason=reasons)
    def write_off(self, pick: int, amount: Fraction | None, reason: str) -> None:
        lot = self.lot(pick)
        input = {"lotId": lot, "quantity": amount, "reason": reason}
        self.both("writeOffLot", input, lambda: self.bakery.write_off(lot, amount, reason))

    @step(1, has_lots, pick=picks, place=st.booleans())
    def hold_or_release(self, pick: int, place: bool) -> None:
        lot = self.lot(pick)
        input = {"lotId": lot, "reason": "Why not"}
        if place:
            self.both("holdLot", input, lambda: self.bakery.hold(lot))
        else:
            self.both("releaseLot", input, lambda: self.bakery.release(lot))

    @step(1, has_lots, pick=picks, ahead=days_ahead)
    def redate(self, pick: int, ahead: int | None) -> None:
        lot = self.lot(pick)
        expires = None if ahead is None else lot.received_on + timedelta(days=ahead)
        input = {"lotId": lot, "expiresOn": expires, "undated": expires is None, "reason": "The label"}
        self.both("editLotExpiry", input, lambda: self.bakery.redate(lot, expires))

    # ── production ────────────────────────────────────────────────────────────────────────────────────────────────────
    def made(self, product: Product, amount: Fraction) -> Fraction:
        return amount * 200 if product.becomes and product.becomes.unit == "g" else amount

    @step(
        8,
        always,
        pick=picks,
        amount=amounts,
        ago=days_ago,
        chosen=st.sampled_from([0, 0, 0, 1, 2]).flatmap(
            lambda size: st.lists(st.tuples(picks, amounts), min_size=size, max_size=size)
        ),
        short=st.sampled_from([False, False, False, True]),
        role=st.sampled_from(["OWNER", "OWNER", "STAFF"]),
    )
    def bake(
        self, pick: int, amount: Fraction, ago: int, chosen: list[tuple[int, Fraction]], short: bool, role: str
    ) -> None:
        product = list(self.bakery.products.values())[pick % 4]
        quantity, day = self.made(product, amount), self.day(ago)
        choices = self.choices(product, chosen)
        input = {
            "productId": product,
            "quantity": quantity,
            "producedOn": day,
            "allowShortfall": short,
            "lotChoices": [{"ingredientId": of, "lotId": lot, "quantity": some} for of, lot, some in choices],
        }
        batch, answers = self.both(
            "confirmProduction",
            input,
            lambda: self.bakery.run(product, quantity, day, choices, short, role),
            role=role,
        )
        if isinstance(batch, Batch):
            self.learn(batch, answers, "batch")
            if batch.output is not None:
                self.learn(batch.output, answers, "batch", "outputLot")

    def choices(self, product: Product, chosen: list[tuple[int, Fraction]]) -> list[tuple[Ingredient, Lot, Fraction]]:
        """Most are of lots that the product needs; a third is of any."""
        needed = [lot for lot in self.bakery.lots if any(lot.of is item for item, _, _ in product.recipe)]
        found = []
        for pick, amount in chosen:
            lots = needed if pick % 3 else self.bakery.lots
            if lots:
                lot = lots[pick % len(lots)]
                found.append((lot.of, lot, rounded(amount / 6, 6) + Fraction(1, 10**6)))
        return found

    @step(1, always, pick=picks, amount=amounts, ago=days_ago)
    def preview(self, pick: int, amount: Fraction, ago: int) -> None:
        """R-5.1: what would be used, which lots are passed over and why; it changes nothing."""
        product = list(self.bakery.products.values())[pick % 4]
        quantity, day = self.made(product, amount), self.day(max(ago, 0))
        uses = self.bakery.planned(product, quantity, day, [])
        for side in self.sides:
            input = side.written({"productId": product, "quantity": quantity, "producedOn": day})
            preview = side.bakery.owner.ask("PreviewProduction", input=input)
            assert preview["sufficient"] is not any(use.missing for use in uses)
            assert [
                (
                    shown["ingredient"]["name"],
                    shown["required"],
                    [(item["lot"]["code"], item["quantity"]) for item in shown["picks"]],
                    [(item["lot"]["code"], item["reason"]) for item in shown["skipped"]],
                    shown["untracked"],
                    shown["shortfall"],
                )
                for shown in preview["ingredients"]
            ] == [
                (
                    use.ingredient.name,
                    text(use.required),
                    [(lot.code, text(some)) for lot, some in use.picks],
                    [(lot.code, reason) for lot, reason in use.skipped],
                    text(use.untracked),
                    text(use.missing),
                )
                for use in uses
            ]

    # ── orders ────────────────────────────────────────────────────────────────────────────────────────────────────────
    @step(
        3,
        always,
        wanted=st.lists(st.tuples(picks, amounts), min_size=1, max_size=3),
        number=st.sampled_from([None, None, None, "A-1"]),
        customer=st.sampled_from([None, "café"]),
    )
    def take_an_order(self, wanted: list[tuple[int, Fraction]], number: str | None, customer: str | None) -> None:
        lines = [Line(product := self.product(pick), self.made(product, amount)) for pick, amount in wanted]
        input = {
            "number": number,
            "customerId": customer,
            "lines": [{"productId": line.product, "quantity": line.quantity} for line in lines],
        }
        order, answers = self.both("createOrder", input, lambda: self.bakery.take_order(number, customer, lines))
        if order is not None:
            self.learn(order, answers, "order", code="number")

    @step(
        5,
        lambda self: bool(self.bakery.orders),
        pick=picks,
        status=st.sampled_from([*STATUSES, "READY", "READY", "COMPLETED", "CANCELLED"]),
        ago=days_ago,
        role=st.sampled_from(["OWNER", "OWNER", "STAFF"]),
    )
    def move(self, pick: int, status: str, ago: int, role: str) -> None:
        order: Order = self.bakery.orders[pick % len(self.bakery.orders)]
        on = self.day(ago)
        input = {"orderId": order, "status": status, "on": on}
        self.both("setOrderStatus", input, lambda: self.bakery.move(order, status, on, role), role=role)

    # ── the end ───────────────────────────────────────────────────────────────────────────────────────────────────────
    def teardown(self) -> None:
        """Same lots, same quantities, same traces on both databases, and books that close."""
        if self.broken:
            return
        self._note()
        must = expected(self.bakery)
        for side in self.sides:
            tells = told(side.bakery, first_day(self.bakery.today), self.bakery.today)
            for part, value in must.items():
                assert tells[part] == value, part
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
