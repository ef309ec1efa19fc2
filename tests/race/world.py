"""The bakery that a race is run in: few ingredients, many lots of each, recipes that share them in every order."""

import itertools
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from tests.race.documents import ADD_LOT, CREATE_INGREDIENT, CREATE_PRODUCT, HOLD_LOT, SWITCH_ON
from tests.real.client import Client, Json

INGREDIENTS = 5
RECIPE_SIZES = (2, 3, 5)
PRODUCTS_MAX = 12
LOTS_EACH = 12
LOT_QUANTITY = 40
HELD_EVERY = 6
SPREAD_DAYS = 5


@dataclass(frozen=True)
class World:
    """What clients may name; ids as the API gave them."""

    ingredients: list[str]
    products: list[str]
    lots: list[str]


async def furnish(client: Client, random: Random, today: date) -> World:
    """Switch lot tracking on, and fill the shelves: lots that are fresh, end today, are expired, undated, or held."""
    await client.ask(SWITCH_ON, {"input": {"enabled": True}})
    ingredients = [await _ingredient(client, n) for n in range(INGREDIENTS)]
    orders = [list(order) for size in RECIPE_SIZES for order in itertools.permutations(range(INGREDIENTS), size)]
    products = [
        await _product(client, n, [ingredients[i] for i in order])
        for n, order in enumerate(random.sample(orders, PRODUCTS_MAX))
    ]
    lots = []
    for ingredient in ingredients:
        for number in range(LOTS_EACH):
            lot = await client.ask(ADD_LOT, {"input": new_lot(ingredient, random, today)})
            lots.append(lot["lot"]["id"])
            if number % HELD_EVERY == 0:
                await client.ask(HOLD_LOT, {"input": {"lotId": lots[-1], "reason": "Set aside before the race"}})
    return World(ingredients, products, lots)


def new_lot(ingredient: str, random: Random, today: date) -> Json:
    """Stock that came in some days ago and expires some days around today, or never."""
    received = today - timedelta(days=random.randrange(SPREAD_DAYS))
    expires = received + timedelta(days=random.randrange(2 * SPREAD_DAYS))
    return {
        "ingredientId": ingredient,
        "quantity": str(random.randrange(1, LOT_QUANTITY)),
        "receivedOn": received.isoformat(),
        "expiresOn": None if random.random() < 1 / SPREAD_DAYS else expires.isoformat(),
        "unitCost": "1.25",
    }


async def _ingredient(client: Client, number: int) -> str:
    made = await client.ask(CREATE_INGREDIENT, {"input": {"name": f"Ingredient {number}", "unit": "kg"}})
    return str(made["ingredient"]["id"])


async def _product(client: Client, number: int, ingredients: list[str]) -> str:
    recipe = [{"ingredientId": ingredient, "quantity": "0.75", "unit": "kg"} for ingredient in ingredients]
    made = await client.ask(CREATE_PRODUCT, {"input": {"name": f"Product {number}", "recipe": recipe}})
    return str(made["product"]["id"])
