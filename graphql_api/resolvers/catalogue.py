"""Suppliers, customers, ingredients and products."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Protocol, cast

import strawberry
from strawberry import Parent

from bakery.catalogue import Customer, Ingredient, Product, Supplier
from bakery.lists import ArchivedFilter, NameSort
from bakery.lots import Lot, Movement, MovementKind
from bakery.quantity import ZERO, IncompatibleUnits, Unit, factor
from bakery.store.ledger import Entry
from bakery.store.paging import Listing
from bakery.store.tables import PHONE_LENGTH
from graphql_api.context import Info, Work
from graphql_api.refs import Outcome, Ref
from graphql_api.resolvers.checks import Checks

MAX_SHELF_LIFE_DAYS = 3650
MAX_DENSITY = Decimal(100)  # four times the densest element: more is a mistake of the unit


class RecipeLineInput(Protocol):
    ingredient_id: str
    quantity: Decimal
    unit: Unit | None


async def create_supplier(work: Work, *, name: str, email: str | None) -> Outcome:
    checks = Checks()
    name, email = checks.name("name", name), checks.email("email", email)
    checks.done()
    supplier = await work.store.suppliers.add(name, email, work.now)
    return Outcome(supplier=Ref("Supplier", supplier.id))


async def create_customer(work: Work, *, name: str, email: str | None, phone: str | None) -> Outcome:
    checks = Checks()
    name, email = checks.name("name", name), checks.email("email", email)
    phone = checks.text("phone", phone, PHONE_LENGTH)
    checks.done()
    customer = await work.store.customers.add(name, email, phone, work.now)
    return Outcome(customer=Ref("Customer", customer.id))


async def create_ingredient(
    work: Work,
    *,
    name: str,
    unit: Unit,
    opening_stock: Decimal | None,
    density: Decimal | None,
    reorder_point: Decimal | None,
) -> Outcome:
    """Opening stock is an `ADJUSTMENT` without a lot (R-2.1)."""
    checks = Checks()
    name = checks.name("name", name)
    stock = ZERO if opening_stock is None else checks.quantity("openingStock", opening_stock, zero=True)
    reorder_point = reorder_point_of(checks, reorder_point)
    density = density_of(checks, density)
    checks.done()
    ingredient = await work.store.ingredients.add(name, unit, density, reorder_point, work.now)
    if stock:
        await work.store.ingredients.change_stock({ingredient.id: (ZERO, stock)})
        await work.store.ledger.book(
            [Entry(MovementKind.ADJUSTMENT, ingredient.id, stock, note="Opening stock")],
            actor_id=work.actor_id,
            happened_at=work.now,
            now=work.now,
        )
    return Outcome(ingredient=Ref("Ingredient", ingredient.id))


def reorder_point_of(checks: Checks, quantity: Decimal | None) -> Decimal | None:
    return None if quantity is None else checks.quantity("reorderPoint", quantity, zero=True)


def density_of(checks: Checks, density: Decimal | None) -> Decimal | None:
    if density is None:
        return None
    density = checks.quantity("density", density)
    if density > MAX_DENSITY:
        checks.refuse("density", f"It is more than {MAX_DENSITY} g/ml. Give grams per millilitre; water is 1.")
    return density


async def create_product(
    work: Work,
    *,
    name: str,
    yield_quantity: Decimal | None,
    recipe: Sequence[RecipeLineInput] | None,
    shelf_life_days: int | None,
    makes_ingredient_id: str | None,
    inherit_expiry: bool | None,
) -> Outcome:
    """A product without a recipe is bought in; one that makes an ingredient is an intermediate (R-4.4)."""
    checks = Checks()
    name = checks.name("name", name)
    yields = Decimal(1) if yield_quantity is None else checks.quantity("yieldQuantity", yield_quantity)
    shelf_life_days = shelf_life_of(checks, shelf_life_days)
    made = await made_ingredient(
        work, checks, checks.optional_id("makesIngredientId", makes_ingredient_id, "Ingredient")
    )
    written = await recipe_of(work, checks, recipe or [])
    check_made_of_something(checks, makes_ingredient_id, recipe)
    checks.done()
    product = await work.store.products.add(
        name=name,
        yield_quantity=yields,
        unit=Unit.each if made is None else made.unit,
        shelf_life_days=shelf_life_days,
        makes_ingredient_id=made.id if made else None,
        inherit_expiry=bool(inherit_expiry),
        recipe=written,
        now=work.now,
    )
    return Outcome(product=Ref("Product", product.id))


def shelf_life_of(checks: Checks, days: int | None) -> int | None:
    return None if days is None else checks.whole("shelfLifeDays", days, 0, MAX_SHELF_LIFE_DAYS)


async def made_ingredient(work: Work, checks: Checks, ingredient_id: int | None) -> Ingredient | None:
    """What an intermediate makes."""
    found = [] if ingredient_id is None else await work.store.ingredients.by_ids([ingredient_id])
    return checks.in_use("makesIngredientId", next(iter(found), None), ingredient_id, "Ingredient")


async def recipe_of(work: Work, checks: Checks, recipe: Sequence[RecipeLineInput]) -> list[tuple[int, Decimal, Unit]]:
    """The lines as they are written down: ingredient, quantity and unit."""
    lines = checks.lines("recipe", recipe, empty=True)
    ids = [checks.id(f"recipe[{i}].ingredientId", line.ingredient_id, "Ingredient") for i, line in enumerate(lines)]
    found = {ingredient.id: ingredient for ingredient in await work.store.ingredients.by_ids(ids)}
    written = []
    for index, (line, ingredient_id) in enumerate(zip(lines, ids, strict=True)):
        path = f"recipe[{index}]"
        quantity = checks.quantity(f"{path}.quantity", line.quantity)
        ingredient = checks.in_use(f"{path}.ingredientId", found.get(ingredient_id), ingredient_id, "Ingredient")
        if ingredient is not None:
            unit = line.unit or ingredient.unit
            _check_recipe_unit(checks, f"{path}.unit", unit, ingredient)
            written.append((ingredient.id, quantity, unit))
    return written


def check_made_of_something(checks: Checks, made: object, recipe: Sequence[object] | None) -> None:
    if made is not None and not recipe:
        checks.refuse("recipe", "It is empty. A product that makes an ingredient needs a recipe to make it from.")


def _check_recipe_unit(checks: Checks, path: str, unit: Unit, ingredient: Ingredient) -> None:
    try:
        factor(unit, ingredient.unit, ingredient.density)
    except IncompatibleUnits as error:
        checks.refuse(path, str(error))


# ── reads ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
async def suppliers(root: object, info: Info, *, sort: NameSort, **filter: Any) -> Listing[Supplier]:
    return (await info.context.reading()).suppliers.listing(sort=sort, **_which(**filter))


async def customers(root: object, info: Info, *, sort: NameSort, **filter: Any) -> Listing[Customer]:
    return (await info.context.reading()).customers.listing(sort=sort, **_which(**filter))


async def ingredients(root: object, info: Info, *, sort: NameSort, **filter: Any) -> Listing[Ingredient]:
    return (await info.context.reading()).ingredients.listing(sort=sort, **_which(**filter))


async def products(root: object, info: Info, *, sort: NameSort, **filter: Any) -> Listing[Product]:
    return (await info.context.reading()).products.listing(sort=sort, **_which(**filter))


def _which(*, search: str | None = None, archived: ArchivedFilter | None = None) -> dict[str, Any]:
    checks = Checks()
    search = checks.search(search)
    checks.done()
    return {"search": search, "archived": archived or ArchivedFilter.EXCLUDED}


async def movements_of_ingredient(ingredient: Parent[Ingredient], info: Info) -> Listing[Movement]:
    return (await info.context.reading()).ledger.of_ingredient(ingredient.id)


async def movements_of_lot(lot: Parent[Lot], info: Info) -> Listing[Movement]:
    return (await info.context.reading()).ledger.of_lot(lot.id)


async def ingredient(root: object, info: Info, id: strawberry.ID) -> Ingredient | None:
    return cast("Ingredient | None", await info.context.loaders.by_id("Ingredient", id))


async def product(root: object, info: Info, id: strawberry.ID) -> Product | None:
    return cast("Product | None", await info.context.loaders.by_id("Product", id))
