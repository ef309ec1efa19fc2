"""What clients of a bakery ask in the course of a day: shipped documents, nine reads to one write."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from tests.api.documents import document
from tests.race.world import World, furnish, new_lot
from tests.real.client import Client, Document, Json

READS = {
    "Lots": 14,
    "ExpiringLots": 8,
    "InventoryDashboard": 8,
    "IngredientDetail": 10,
    "PreviewProduction": 12,
    "ProductionBatches": 8,
    "FindOrders": 10,
    "LotTrace": 7,
    "LotUsage": 6,
    "OrderTrace": 7,
}
WRITES = {"QuickRestock": 3, "ConfirmProduction": 3, "CreateOrder": 2, "SetOrderStatus": 2}
"""Of a hundred requests, how many are of each."""

OPEN_FOR = 120
RESTOCKED = "60"
CUSTOMERS = 12


def shipped(name: str) -> Document:
    return Document(name, document(name))


@dataclass
class Shop:
    """What clients know of the bakery: what they were answered before. `open_orders` are those not yet filled."""

    client: Client
    world: World
    random: Random
    today: date
    customers: list[str] = field(default_factory=list)
    lot_codes: list[str] = field(default_factory=list)
    order_numbers: list[str] = field(default_factory=list)
    open_orders: list[str] = field(default_factory=list)

    # ── asking ────────────────────────────────────────────────────────────────────────────────────────────────────
    async def ask_something(self) -> str:
        """Send one request by the weights above, and return its name. Raises `Broken` for an accident."""
        weights = READS | WRITES
        [name] = self.random.choices(list(weights), list(weights.values()))
        await self.ask(name)
        return name

    async def ask(self, name: str) -> Json:
        if name == "SetOrderStatus" and not self.open_orders:
            name = "CreateOrder"
        answer = await self.client.ask_any(shipped(name), self._variables(name))
        self._learn(name, answer)
        return answer

    def _variables(self, name: str) -> Json:
        given: dict[str, Callable[[], Json]] = {
            "Lots": lambda: {"filter": {"ingredientId": self._one_of(self.world.ingredients)}, "first": 20},
            "IngredientDetail": lambda: {"id": self._one_of(self.world.ingredients)},
            "FindOrders": lambda: {
                "filter": {"customerId": self._one_of(self.customers)},
                "sort": "NEWEST",
                "first": 20,
            },
            "ProductionBatches": lambda: {"first": 20},
            "ExpiringLots": lambda: {"first": 20},
            "LotTrace": lambda: {"code": self._one_of(self.lot_codes)},
            "LotUsage": lambda: {"code": self._one_of(self.lot_codes)},
            "OrderTrace": lambda: {"number": self._one_of(self.order_numbers)},
            "PreviewProduction": lambda: {"input": self._run()},
            "ConfirmProduction": lambda: {"input": self._run()},
            "QuickRestock": lambda: {"input": self._delivery()},
            "CreateOrder": lambda: {"input": self._order()},
            "SetOrderStatus": lambda: {"input": {"orderId": self.open_orders.pop(0), "status": "COMPLETED"}},
        }
        return given[name]() if name in given else {}

    def _one_of(self, known: list[str]) -> str:
        return self.random.choice(known)

    def _run(self) -> Json:
        return {"productId": self._one_of(self.world.products), "quantity": str(self.random.randrange(1, 8))}

    def _delivery(self) -> Json:
        fresh = {"quantity": RESTOCKED, "expiresOn": (self.today + timedelta(days=9)).isoformat()}
        return new_lot(self._one_of(self.world.ingredients), self.random, self.today) | fresh

    def _order(self) -> Json:
        line = {"productId": self._one_of(self.world.products), "quantity": str(self.random.randrange(1, 5))}
        return {"customerId": self._one_of(self.customers), "lines": [line], "dueOn": self.today.isoformat()}

    def _learn(self, name: str, answer: Json) -> None:
        if name == "QuickRestock" and answer.get("lot"):
            self.lot_codes.append(answer["lot"]["code"])
        elif name == "CreateOrder" and answer.get("order"):
            self.open_orders.append(answer["order"]["id"])
            self.order_numbers.append(answer["order"]["number"])


async def opened(client: Client, random: Random, today: date, open_for: int) -> Shop:
    """A shop that has been open for a while: shelves, customers, and `open_for` deliveries, runs and filled orders."""
    shop = Shop(client, await furnish(client, random, today), random, today)
    for number in range(CUSTOMERS):
        made = await client.ask(shipped("CreateCustomer"), {"input": {"name": f"Customer {number}"}})
        shop.customers.append(made["customer"]["id"])
    for name in ("QuickRestock", "ConfirmProduction"):
        for _ in range(open_for):
            await shop.ask(name)
    for _ in range(open_for):
        await shop.ask("CreateOrder")
        await shop.ask("SetOrderStatus")
    return shop
