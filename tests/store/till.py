"""Books for one bakery, by the product's own resolvers and without an API around them.

The bakery is fourteen hours ahead of UTC, so that a day taken from the wrong clock is found out. Quantities are in
kilograms or pieces; what is made is kept under a name in `Till.ids`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from inspect import signature
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from bakery.catalogue import ConsumptionOrder
from bakery.lots import WriteOffReason
from bakery.orders import OrderStatus
from bakery.quantity import Unit
from bakery.store import Database, Store
from graphql_api.administration import NewBakery
from graphql_api.context import Context
from graphql_api.plugins import Plugins
from graphql_api.refs import Outcome, Ref, global_id
from graphql_api.resolvers import batches, catalogue, links, orders, production, purchases, settings, stock
from plans import Role

ZONE = "Pacific/Kiritimati"
FIRST_DAY = date(2026, 6, 1)
SECRET = "a secret of the tests, long enough"

NAMED_FIRST = ("lot", "batch", "order", "purchase_order", "product", "supplier", "customer", "ingredient")


def day(number: int) -> date:
    """The local day `number`, counted from 1."""
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
