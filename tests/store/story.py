"""A small bakery's first days, booked by the product itself, with every kind of entry that its books can have.

The bakery is fourteen hours ahead of UTC, so that a day taken from the wrong clock is found out; a neighbour books
beside it. Quantities are in kilograms or pieces. What the story made is found by name in `Story.ids`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from inspect import signature
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from bakery.audit import Act, AuditKind, AuditOutcome, Origin
from bakery.catalogue import Bakery, ConsumptionOrder
from bakery.lots import WriteOffReason
from bakery.orders import OrderStatus
from bakery.quantity import Unit
from bakery.store import Database, Store
from bakery.store.audit import seal_waiting
from bakery.store.people import all_bakeries
from graphql_api.administration import Administration, NewBakery
from graphql_api.auditing import actor_of
from graphql_api.context import Context
from graphql_api.plugins import Plugins
from graphql_api.refs import Outcome, Ref, global_id
from graphql_api.resolvers import batches, catalogue, links, orders, production, purchases, settings, stock
from plans import Plan, Role

ZONE = "Pacific/Kiritimati"
FIRST_DAY = date(2026, 6, 1)
SECRET = "a secret of the tests, long enough"

NAMED_FIRST = ("lot", "batch", "order", "purchase_order", "product", "supplier", "customer", "ingredient")


@dataclass(frozen=True)
class Story:
    bakery: Bakery
    neighbour: Bakery
    ids: dict[str, int]


def day(number: int) -> date:
    """The local day `number` of the story, counted from 1."""
    return FIRST_DAY + timedelta(days=number - 1)


class Till:
    """Books for one bakery: each call is one transaction, a minute after the one before."""

    def __init__(self, database: Database, bakery: NewBakery) -> None:
        self._database = database
        self._bakery_id = bakery.id
        self.token = bakery.tokens[Role.OWNER]
        self.ids: dict[str, int] = {}
        self.open(1)

    def open(self, number: int) -> None:
        """Begin the local day `number`, at five in the morning: in UTC it is the day before."""
        self.now = datetime.combine(day(number), time(5), ZoneInfo(ZONE)).astimezone(UTC)

    async def do(self, name: str, resolver: Any, /, **arguments: Any) -> None:
        """Run a mutation and keep what it made under `name`. What is left out of the input is None."""
        self.now += timedelta(minutes=1)
        fields = [name for name in signature(resolver).parameters if name != "work"]
        context = Context(self._database, lambda: self.now, SECRET, Plugins())
        await context.sign_in(self.token)
        try:
            async with context.writing() as work:
                await work.store.idempotency.claim(self.now.isoformat(), "story", "", self.now)
                outcome: Outcome = await resolver(work, **dict.fromkeys(fields) | arguments)
        finally:
            await context.close()
        self._keep(name, outcome)

    def _keep(self, name: str, outcome: Outcome) -> None:
        for made in outcome.values():
            if isinstance(made, list):
                self.ids |= {f"{name} {place}": ref.id for place, ref in enumerate(made, start=1)}
        first = next((made for key in NAMED_FIRST if isinstance(made := outcome.get(key), Ref)), None)
        if first is not None:
            self.ids[name] = first.id

    def ref(self, kind: str, name: str) -> str:
        return global_id(Ref(kind, self.ids[name]))

    # ── the bakery's things ───────────────────────────────────────────────────────────────────────────────────────
    async def ingredient(self, name: str, opening_stock: str | None = None) -> None:
        stock = None if opening_stock is None else Decimal(opening_stock)
        await self.do(name, catalogue.create_ingredient, name=name, unit=Unit.kg, opening_stock=stock)

    async def product(self, name: str, yields: str, recipe: dict[str, str], **other: Any) -> None:
        lines = [
            SimpleNamespace(ingredient_id=self.ref("Ingredient", ingredient), quantity=Decimal(quantity), unit=None)
            for ingredient, quantity in recipe.items()
        ]
        await self.do(name, catalogue.create_product, name=name, yield_quantity=Decimal(yields), recipe=lines, **other)

    async def track(self, enabled: bool | None, order: ConsumptionOrder | None = None) -> None:
        await self.do("settings", settings.update_lot_tracking, enabled=enabled, consumption_order=order)

    # ── what happens to stock ─────────────────────────────────────────────────────────────────────────────────────
    async def purchase(self, name: str, *lines: tuple[str, str]) -> None:
        """Order ingredient and quantity a line; the lines are named `<name> line 1` and so on."""
        ordered = [
            SimpleNamespace(
                ingredient_id=self.ref("Ingredient", ingredient),
                quantity=Decimal(quantity),
                unit=Unit.kg,
                unit_cost=Decimal("1.25"),
            )
            for ingredient, quantity in lines
        ]
        supplier = self.ref("Supplier", "mill")
        await self.do(name, purchases.create_purchase_order, supplier_id=supplier, lines=ordered)
        session = await self._database.begin_reading(self._bakery_id)
        made = await Store(session).purchases.lines([self.ids[name]])
        await session.close()
        self.ids |= {f"{name} line {place}": line.id for place, line in enumerate(made, start=1)}

    async def receive(self, name: str, order: str, *lines: tuple[int, str, date | None]) -> None:
        """Receive place, quantity and expiry a line; the lots are named `<name> 1` and so on."""
        received = [
            SimpleNamespace(
                line_id=self.ref("PurchaseOrderLine", f"{order} line {place}"),
                quantity=Decimal(quantity),
                unit=None,
                unit_cost=None,
                supplier_lot_number=None,
                expires_on=expires_on,
            )
            for place, quantity, expires_on in lines
        ]
        purchase_order = self.ref("PurchaseOrder", order)
        await self.do(name, purchases.receive_purchase_order, purchase_order_id=purchase_order, lines=received)

    async def restock(self, name: str, ingredient: str, quantity: str, **other: Any) -> None:
        ingredient = self.ref("Ingredient", ingredient)
        await self.do(name, stock.quick_restock, ingredient_id=ingredient, quantity=Decimal(quantity), **other)

    async def add_lot(self, name: str, ingredient: str, quantity: str, expires_on: date | None = None) -> None:
        ingredient = self.ref("Ingredient", ingredient)
        await self.do(name, stock.add_lot, ingredient_id=ingredient, quantity=Decimal(quantity), expires_on=expires_on)

    async def count(self, ingredient: str, quantity: str) -> None:
        wanted = self.ref("Ingredient", ingredient)
        await self.do(ingredient, stock.adjust_stock, ingredient_id=wanted, counted_quantity=Decimal(quantity))

    async def write_off(self, lot: str, quantity: str) -> None:
        wanted, reason = self.ref("Lot", lot), WriteOffReason.EXPIRED
        await self.do(lot, stock.write_off_lot, lot_id=wanted, quantity=Decimal(quantity), reason=reason)

    async def redate(self, lot: str, expires_on: date | None) -> None:
        wanted, undated = self.ref("Lot", lot), expires_on is None
        await self.do(lot, stock.edit_lot_expiry, lot_id=wanted, expires_on=expires_on, undated=undated, reason="Label")

    async def run(
        self,
        name: str,
        product: str,
        quantity: str,
        *,
        choices: Iterable[tuple[str, str, str]] = (),
        produced_on: date | None = None,
        short: bool = False,
    ) -> None:
        """`choices` are ingredient, lot and quantity."""
        chosen = [
            SimpleNamespace(
                ingredient_id=self.ref("Ingredient", ingredient),
                lot_id=self.ref("Lot", lot),
                quantity=Decimal(part),
            )
            for ingredient, lot, part in choices
        ]
        await self.do(
            name,
            production.confirm_production,
            product_id=self.ref("Product", product),
            quantity=Decimal(quantity),
            lot_choices=chosen,
            produced_on=produced_on,
            allow_shortfall=short,
        )

    async def order(self, name: str, product: str, quantity: str, number: str | None = None) -> None:
        line = SimpleNamespace(product_id=self.ref("Product", product), quantity=Decimal(quantity))
        customer = self.ref("Customer", "café")
        await self.do(name, orders.create_order, number=number, customer_id=customer, lines=[line])

    async def reverse(self, run: str) -> None:
        await self.do(run, batches.reverse_production, batch_id=self.ref("ProductionBatch", run), reason="Mistyped")

    async def write_off_batch(self, run: str, quantity: str) -> None:
        wanted, reason = self.ref("ProductionBatch", run), WriteOffReason.DAMAGED
        await self.do(run, batches.write_off_batch, batch_id=wanted, quantity=Decimal(quantity), reason=reason)

    async def relink(self, order: str, run: str | None = None, quantity: str = "0") -> None:
        """By the rule or, of the order's only line, a quantity of a run."""
        wanted = self.ids[order]
        session = await self._database.begin_reading(self._bakery_id)
        [line] = await Store(session).orders.lines([wanted])
        await session.close()
        chosen = [
            SimpleNamespace(
                line_id=global_id(Ref("OrderLine", line.id)),
                batch_id=self.ref("ProductionBatch", run),
                quantity=Decimal(quantity),
            )
            for run in ([run] if run else [])
        ]
        order_id = self.ref("Order", order)
        await self.do(order, links.relink_order, order_id=order_id, links=chosen, reason="Other shelf")

    async def move(self, order: str, status: OrderStatus) -> None:
        await self.do(order, orders.set_order_status, order_id=self.ref("Order", order), status=status)


async def tell(database: Database) -> Story:
    """Book the story into an empty, migrated database."""
    opened = datetime.combine(FIRST_DAY, time(1), ZoneInfo(ZONE)).astimezone(UTC)
    administration = Administration(database, SECRET, opened)
    tills, keys = [], []
    for name in ("Far", "Neighbour"):
        made = await administration.create_bakery(name=name, plan=Plan.GROWTH, time_zone=ZONE, currency="AUD")
        keys.append(await administration.new_token(made.id, Role.PARTNER, None))
        tills.append(Till(database, made))
    till, neighbour = tills
    await _without_lot_tracking(till)
    await _neighbour(neighbour)
    await _deliveries_and_runs(till)
    await _choices_and_counts(till)
    await _orders(till)
    await _shortfalls_and_switched_off(till)
    await _undone(till)
    await _audit_log(database, till, keys[0])
    whole = database.across_bakeries()
    async with whole.reading() as session:
        far, near = await all_bakeries(session)
    await whole.dispose()
    return Story(far, near, till.ids | {f"neighbour's {name}": number for name, number in neighbour.ids.items()})


async def _audit_log(database: Database, till: Till, key: str) -> None:
    """The owner and the partner are in the log, and all of it is sealed."""
    for token in (till.token, key):
        context = Context(database, lambda: till.now, SECRET, Plugins())
        await context.sign_in(token)
        caller = context.caller
        async with context.recording() as audit:
            act = Act(AuditKind.READ, "viewer", AuditOutcome.DONE)
            await audit.record([act], actor=actor_of(caller), origin=Origin(), now=till.now)
    await seal_waiting(database, lambda: till.now)


async def _without_lot_tracking(till: Till) -> None:
    """Day 1. Flour 10 → 3 kg, water 10 → 8, starter 4 → 2, salt 1 → 0.9; all of it untracked."""
    await till.do("mill", catalogue.create_supplier, name="Mill")
    await till.do("café", catalogue.create_customer, name="Café")
    for name, opening_stock in (("flour", "10"), ("salt", "1"), ("sugar", "5")):
        await till.ingredient(name, opening_stock)
    for name in ("water", "starter", "yeast"):
        await till.ingredient(name)
    makes = till.ref("Ingredient", "starter")
    await till.product(
        "levain",
        "2",
        {"flour": "1", "water": "1"},
        makes_ingredient_id=makes,
        shelf_life_days=7,
        inherit_expiry=True,
    )
    await till.product("bread", "10", {"flour": "5", "starter": "1", "salt": "0.1"}, shelf_life_days=30)
    await till.product("bun", "10", {"flour": "1"})
    await till.product("roll", "10", {"yeast": "1"})
    await till.restock("water", "water", "10")
    await till.run("old levain", "levain", "4")
    await till.run("old bread", "bread", "10")
    await till.order("old levain order", "levain", "1")
    await till.move("old levain order", OrderStatus.READY)
    await till.track(True)


async def _deliveries_and_runs(till: Till) -> None:
    """Day 2. Flour in A1 20, A2 10 and A3 5 kg; A2 is the oldest. Ends with A1 8, A3 5, starter all used."""
    till.open(2)
    await till.purchase("purchase", ("flour", "20"), ("flour", "10"), ("water", "10"))
    await till.receive("A", "purchase", (1, "20", day(10)), (2, "10", day(8)))
    await till.receive("W", "purchase", (3, "10", None))
    await till.restock("A3", "flour", "5", expires_on=day(30))
    await till.add_lot("salt lot", "salt", "2")
    await till.add_lot("Y1", "yeast", "4", day(3))
    await till.add_lot("Y2", "yeast", "4", day(20))
    await till.do("A 2", stock.hold_lot, lot_id=till.ref("Lot", "A 2"), reason="Damp sacks")
    await till.run("held bun", "bun", "10")
    await till.do("A 2", stock.release_lot, lot_id=till.ref("Lot", "A 2"), reason="Dry inside")
    await till.run("levain run", "levain", "2")
    await till.run("bread run", "bread", "20")
    await till.run("second bread run", "bread", "20")


async def _choices_and_counts(till: Till) -> None:
    """Day 4, and one run for day 2. Counts take flour from A5 and yeast from the expired Y1."""
    till.open(4)
    await till.run("roll run", "roll", "10")
    await till.write_off("Y1", "2")
    await till.run("chosen bun", "bun", "20", choices=[("flour", "A3", "1")])
    await till.restock("A4", "flour", "3", received_on=day(1), expires_on=day(40))
    await till.track(None, ConsumptionOrder.RECEIVED_DATE)
    await till.run("receipt bun", "bun", "10")
    await till.track(None, ConsumptionOrder.EXPIRY_DATE)
    await till.restock("A5", "flour", "2", expires_on=day(5))
    await till.run("backdated bun", "bun", "10", produced_on=day(2))
    await till.count("flour", "12.5")
    await till.count("sugar", "6")
    await till.count("yeast", "4.5")
    await till.count("yeast", "6.5")
    await till.run("second levain run", "levain", "4")


async def _orders(till: Till) -> None:
    """Day 4 still. Of the second levain run's lot 1 kg is sold and comes back, then 3.5 of its 4 kg are sold."""
    await till.order("bread order", "bread", "12")
    await till.move("bread order", OrderStatus.READY)
    await till.move("bread order", OrderStatus.COMPLETED)
    await till.order("cancelled order", "bread", "5", number="WEB-1")
    await till.move("cancelled order", OrderStatus.READY)
    await till.move("cancelled order", OrderStatus.CANCELLED)
    await till.order("returned levain order", "levain", "1")
    await till.move("returned levain order", OrderStatus.READY)
    await till.move("returned levain order", OrderStatus.CANCELLED)
    await till.order("levain order", "levain", "3.5")
    await till.move("levain order", OrderStatus.READY)
    await till.order("foreign number", "bread", "1", number="ORD-190101-007")


async def _shortfalls_and_switched_off(till: Till) -> None:
    """Yeast, day 4: 3 kg of Y2, 2 untracked, 5 unaccounted. Day 5, off: lots are reduced while untracked is below 0.

    At last the undated water of day 2, used on day 4, turns out to have expired on day 3.
    """
    await till.run("short roll", "roll", "100", short=True)
    till.open(5)
    await till.track(False)
    await till.restock("off yeast", "yeast", "1")
    await till.run("off roll", "roll", "5")
    await till.run("off short roll", "roll", "20", short=True)
    await till.run("off bun", "bun", "40")
    await till.purchase("second purchase", ("sugar", "1"))
    await till.receive("sugar delivery", "second purchase", (1, "1", None))
    await till.track(True)
    await till.order("foreseen number", "bread", "1", number="ORD-260605-002")
    await till.order("last order", "bun", "1")
    await till.order("very last order", "bun", "1")
    await till.redate("W 1", day(9))
    await till.redate("W 1", day(3))


async def _undone(till: Till) -> None:
    """Day 6, rye in R1 10 kg: runs are reversed, with lot tracking on and off, waste is booked and orders relinked."""
    till.open(6)
    await till.ingredient("rye")
    await till.ingredient("sour")
    makes = till.ref("Ingredient", "sour")
    await till.product("rye sour", "1", {"rye": "1"}, makes_ingredient_id=makes)
    await till.product("rye bread", "1", {"sour": "1"})
    await till.add_lot("R1", "rye", "10")
    await till.run("mistyped sour", "rye sour", "4")
    await till.reverse("mistyped sour")
    await till.run("sour run", "rye sour", "4")
    await till.run("rye bread run", "rye bread", "2")
    await till.run("second rye bread run", "rye bread", "1")
    await till.write_off_batch("rye bread run", "0.5")
    await till.write_off_batch("sour run", "0.25")
    for order, product, run in (("sour order", "rye sour", "sour run"), ("rye order", "rye bread", "rye bread run")):
        await till.order(order, product, "0.5")
        await till.move(order, OrderStatus.READY)
        await till.relink(order, run, "0.25")
        await till.relink(order)
    await till.track(False)
    await till.run("mistyped off sour", "rye sour", "3")
    await till.reverse("mistyped off sour")
    await till.run("off sour", "rye sour", "2")
    await till.write_off_batch("off sour", "0.5")
    await till.track(True)


async def _neighbour(till: Till) -> None:
    await till.do("mill", catalogue.create_supplier, name="Mill")
    await till.do("café", catalogue.create_customer, name="Café")
    await till.ingredient("flour", "1")
    await till.product("bun", "10", {"flour": "1"})
    await till.track(True)
    await till.add_lot("lot", "flour", "5")
    await till.run("run", "bun", "10")
    await till.order("order", "bun", "5")
    await till.move("order", OrderStatus.READY)
