"""The end of a replay: stock, counts and shares of the server against the books."""

from decimal import Decimal

from tests.real import documents
from tests.real.catalogue import Ingredient
from tests.real.shop import Shop, plain


async def count_movements(shop: Shop) -> int:
    """Compare each ingredient's stock with the books; returns the movements that the API counts for all of them."""
    counts: list[int] = []

    async def look(ingredient: Ingredient) -> None:
        variables = {"id": shop.books.ingredient_ids[ingredient]}
        answer = await shop.client.ask(documents.INGREDIENT_STOCK, variables)
        counts.append(answer["movements"]["totalCount"])
        tracked, untracked = shop.books.on_hand(ingredient)
        found = [Decimal(answer[name]) for name in ("onHand", "tracked", "untracked")]
        expected = [tracked + untracked, tracked, untracked]
        shop.books.expect(
            found == expected,
            f"stock, tracked and untracked of {ingredient.name} are {[plain(part) for part in found]}, "
            f"not {[plain(part) for part in expected]}",
        )

    await shop.in_parallel(shop.plan.catalogue.ingredients.values(), look)
    return sum(counts)


async def compare_counts(shop: Shop) -> None:
    """As many lots as the books have, and nothing handed out that was not made."""
    answer = await shop.client.ask(documents.LOT_COUNT, {})
    known = len(shop.books.lots)
    shop.books.expect(answer["totalCount"] == known, f"there are {answer['totalCount']} lots, not {known}")
    for batch in shop.books.batches.values():
        shop.books.expect(batch.left >= 0, f"{batch.code} of {plain(batch.quantity)} has {plain(batch.left)} left")
    for lot in shop.books.lots.values():
        shop.books.expect(lot.remaining >= 0, f"{lot.code} has {plain(lot.remaining)} left")
