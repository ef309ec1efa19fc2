"""A run of production takes of many lots what the pure engine takes, in as many statements as of one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest

from bakery.allocation import allocate
from bakery.catalogue import ConsumptionOrder, Ingredient
from bakery.lots import Lot
from bakery.store import BakeryId, Store
from graphql_api.administration import Administration
from graphql_api.refs import parse_global_id
from tests.api.bakeries import Bakery
from tests.api.in_process import InProcessApi
from tests.api.statements import statements_sent

INGREDIENTS = 8
NEED = Decimal(10)


def stock_of(bakery: Bakery, ids: Sequence[int]) -> tuple[dict[int, Ingredient], dict[int, list[Lot]]]:
    async def read(administration: Administration) -> tuple[dict[int, Ingredient], dict[int, list[Lot]]]:
        session = await administration.database.begin_reading(BakeryId(bakery.id))
        try:
            store = Store(session)
            return {item.id: item for item in await store.ingredients.by_ids(ids)}, await store.lots.in_stock(ids)
        finally:
            await session.close()

    found: tuple[dict[int, Ingredient], dict[int, list[Lot]]] = bakery.api.administer(read)
    return found


def deliver(bakery: Bakery, ingredient: str, day: date, random: Random) -> None:
    """A lot of any day and size, now and then one that may not be used."""
    expiry = {} if random.random() < 0.2 else {"expiresOn": str(day + timedelta(days=random.randint(0, 3)))}
    received = str(day - timedelta(days=random.randint(0, 3)))
    lot = bakery.restock(ingredient, str(random.randint(1, 6)), receivedOn=received, **expiry)
    if random.random() < 0.15:
        bakery.owner.does("HoldLot", lotId=lot["id"], reason="Damp")


@pytest.mark.parametrize("order", list(ConsumptionOrder))
@pytest.mark.parametrize("seed", [1888, 1889])
def test_a_run_takes_what_the_engine_takes(
    bakery: Bakery, api: InProcessApi, order: ConsumptionOrder, seed: int
) -> None:
    """R-5.3 to R-5.5, R-2.4: each lot and the untracked stock, to the last unit, in the order of use."""
    random = Random(seed)
    ingredients = [bakery.ingredient(f"Grain {number}") for number in range(INGREDIENTS)]
    for ingredient in ingredients:
        bakery.restock(ingredient, "30")
    bakery.tracks_lots(consumptionOrder=order.value)
    for ingredient in ingredients:
        for _ in range(random.randint(1, 6)):
            deliver(bakery, ingredient, api.now.date(), random)
    bread = bakery.product("Bread", dict.fromkeys(ingredients, str(NEED)))
    ids = [ref.id for ref in map(parse_global_id, ingredients) if ref]
    stock, lots = stock_of(bakery, ids)
    uses = [allocate(stock[number], NEED, lots[number], api.now.date(), order) for number in ids]

    batch = bakery.bake(bread, "1")

    assert [
        (item["ingredient"]["name"], item["lot"] and item["lot"]["code"], Decimal(item["quantity"]))
        for item in batch["consumptions"]
    ] == [
        (use.ingredient.name, code, quantity)
        for use in uses
        for code, quantity in (*((pick.lot.code, pick.quantity) for pick in use.picks), (None, use.untracked))
        if quantity
    ]
    stock_after, lots_after = stock_of(bakery, ids)
    for use in uses:
        before, after = stock[use.ingredient.id], stock_after[use.ingredient.id]
        taken = {pick.lot.id: pick.quantity for pick in use.picks}
        assert before.tracked - after.tracked == sum(taken.values())
        assert before.untracked - after.untracked == use.untracked
        left = {lot.id: lot.quantity_remaining - taken.get(lot.id, Decimal(0)) for lot in lots[before.id]}
        assert {lot.id: lot.quantity_remaining for lot in lots_after[before.id]} == {
            number: quantity for number, quantity in left.items() if quantity
        }


def test_a_run_of_many_lots_costs_as_many_statements_as_one_of_one(bakery: Bakery) -> None:
    bakery.tracks_lots()
    counts = []
    for many in (1, INGREDIENTS):
        ingredients = [bakery.ingredient(f"Grain {many} {number}") for number in range(many)]
        for ingredient in ingredients:
            for _ in range(many):
                bakery.restock(ingredient, "1")
        bread = bakery.product(f"Bread {many}", dict.fromkeys(ingredients, str(many)))
        with statements_sent() as sent:
            assert len(bakery.bake(bread, "1")["consumptions"]) == many * many
        counts.append(len(sent))
    assert counts[0] == counts[1], counts
