"""The bakery that is fuzzed: with some of everything, and its ids and texts."""

from tests.api.bakeries import Bakery
from tests.api.world import World


def furnished(bakery: Bakery) -> tuple[list[str], list[str]]:
    """The ids and texts that documents may name."""
    world = World.made(bakery)
    flour, bread = world.ids["Ingredient"], world.ids["Product"]
    bakery.restock(flour, "5000")
    bakery.bake(bread, "50")
    order = bakery.order({bread: "20"}, customerId=world.ids["Customer"])
    bakery.move(order, "READY")
    lots = [edge["node"]["code"] for edge in bakery.owner.ask("Lots")["edges"]]
    batches = [edge["node"]["code"] for edge in bakery.owner.ask("ProductBatches", id=bread)["batches"]["edges"]]
    ids = [*world.ids.values(), order["id"], *(line["id"] for line in order["lines"])]
    return ids, [*lots, *batches, "N-1", order["number"], "Flour", "TASTINGS"]
