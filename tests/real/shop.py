"""The bakery before its first day: settings, suppliers, customers, ingredients, products."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from random import Random
from typing import TypeVar

from tests.real import documents
from tests.real.bakery_plan import BakeryPlan
from tests.real.catalogue import Ingredient, Product
from tests.real.client import Client, Json, Role
from tests.real.kinds import SUPPLIERS
from tests.real.records import Books, Person

CUSTOMERS_COUNT = 300
FIRST_NAMES = (
    "Ailsa",
    "Callum",
    "Eilidh",
    "Fraser",
    "Isla",
    "Jamie",
    "Kirsty",
    "Lewis",
    "Morag",
    "Niall",
    "Rory",
    "Senga",
)
FAMILY_NAMES = (
    "Begbie",
    "Cairns",
    "Dalgleish",
    "Fairlie",
    "Geddes",
    "Heriot",
    "Inglis",
    "Kerr",
    "Lorimer",
    "Moffat",
    "Napier",
)

WorkT = TypeVar("WorkT")


@dataclass
class Shop:
    """One replay under way."""

    client: Client
    plan: BakeryPlan
    clients_count: int
    books: Books = field(default_factory=Books)

    def random(self, *names: object) -> Random:
        """Chance that depends on the seed and on what it is for, never on the order of answers."""
        return Random(":".join(str(part) for part in (self.plan.seed, *names)))

    def key(self, *names: object) -> str:
        """An idempotency key, the same in each replay of the seed."""
        return ":".join(str(part) for part in ("replay", self.plan.seed, *names))

    @cached_property
    def ingredients_by_id(self) -> dict[str, Ingredient]:
        """Ingredients by the ids that the server gave; to be asked for once all are there."""
        return {id_: ingredient for ingredient, id_ in self.books.ingredient_ids.items()}

    @cached_property
    def products_by_id(self) -> dict[str, Product]:
        """Products by the ids that the server gave; to be asked for once all are there."""
        return {id_: self.plan.catalogue.products[key] for key, id_ in self.books.product_ids.items()}

    async def in_parallel(self, work: Iterable[WorkT], do: Callable[[WorkT], Awaitable[None]]) -> None:
        """Do the work as that many clients: each takes the next piece when it has finished one."""
        pieces = iter(work)

        async def worker() -> None:
            for piece in pieces:
                await do(piece)

        async with asyncio.TaskGroup() as group:
            for _ in range(self.clients_count):
                group.create_task(worker())


def plain(quantity: Decimal) -> str:
    """A quantity as the API writes it: no exponent."""
    return f"{quantity:f}"


async def open_shop(shop: Shop) -> None:
    """Make everything that a first delivery needs."""
    await _switch_lot_tracking_on(shop)
    for name in SUPPLIERS:
        await _create_supplier(shop, name)
    shop.books.customers = [_person(shop, number) for number in range(CUSTOMERS_COUNT)]
    await shop.in_parallel(range(CUSTOMERS_COUNT), lambda number: _create_customer(shop, number))
    for ingredient in shop.plan.catalogue.ingredients.values():
        await _create_ingredient(shop, ingredient)
    for product in shop.plan.catalogue.products.values():
        await _create_product(shop, product)


async def _switch_lot_tracking_on(shop: Shop) -> None:
    answer = await shop.client.ask(documents.UPDATE_SETTINGS, {"input": {"enabled": True}}, Role.MANAGER)
    expected = {"enabled": True, "consumptionOrder": "EXPIRY_DATE"}
    shop.books.expect(answer["settings"] == expected, f"settings are {answer['settings']}, not {expected}")


async def _create_supplier(shop: Shop, name: str) -> None:
    email = f"orders@{''.join(filter(str.isalpha, name.lower()))}.example"
    variables: Json = {"input": {"name": name, "email": email}}
    answer = await shop.client.ask(documents.CREATE_SUPPLIER, variables)
    shop.books.suppliers[name] = Person(answer["supplier"]["id"], name, email)


def _person(shop: Shop, number: int) -> Person:
    """A customer, as yet without an id."""
    random = shop.random("customer", number)
    name = f"{random.choice(FIRST_NAMES)} {random.choice(FAMILY_NAMES)}"
    return Person("", name, f"customer{number:03d}@example.org", f"+44 131 496 {number:04d}")


async def _create_customer(shop: Shop, number: int) -> None:
    person = shop.books.customers[number]
    variables: Json = {"input": {"name": person.name, "email": person.email, "phone": person.phone}}
    answer = await shop.client.ask(documents.CREATE_CUSTOMER, variables)
    shop.books.customers[number] = Person(answer["customer"]["id"], person.name, person.email, person.phone)


async def _create_ingredient(shop: Shop, ingredient: Ingredient) -> None:
    entry: Json = {"name": ingredient.name, "unit": ingredient.unit}
    opening = shop.plan.opening_stock.get(ingredient)
    if ingredient.density:
        entry["density"] = plain(ingredient.density)
    if opening:
        entry["openingStock"] = plain(opening)
        entry["idempotencyKey"] = shop.key("opening", ingredient.key)
        shop.books.untracked[ingredient] = opening
    answer = (await shop.client.ask(documents.CREATE_INGREDIENT, {"input": entry}))["ingredient"]
    shop.books.ingredient_ids[ingredient] = answer["id"]
    found = (Decimal(answer["onHand"]), Decimal(answer["tracked"]), Decimal(answer["untracked"]))
    expected = (opening or Decimal(0), Decimal(0), opening or Decimal(0))
    shop.books.expect(found == expected, f"{ingredient.name} opens with {found}, not {expected}")


async def _create_product(shop: Shop, product: Product) -> None:
    entry: Json = {"name": product.name, "yieldQuantity": plain(product.yield_quantity)}
    if product.lines:
        entry["recipe"] = [
            {
                "ingredientId": shop.books.ingredient_ids[line.ingredient],
                "quantity": plain(line.quantity),
                "unit": line.unit,
            }
            for line in product.lines
        ]
        entry["shelfLifeDays"] = product.shelf_life_days
    if product.makes:
        entry["makesIngredientId"] = shop.books.ingredient_ids[product.makes]
        entry["inheritExpiry"] = product.inherits_expiry
    answer = await shop.client.ask(documents.CREATE_PRODUCT, {"input": entry})
    shop.books.product_ids[product.key] = answer["product"]["id"]
