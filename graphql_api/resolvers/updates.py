"""Updates of suppliers, customers, ingredients and products. What was recorded before keeps saying what it said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial

from bakery.catalogue import Ingredient, Product
from bakery.quantity import IncompatibleUnits, Unit, factor
from bakery.store.tables import PHONE_LENGTH
from graphql_api.context import Work
from graphql_api.refs import Outcome, Ref
from graphql_api.resolvers.catalogue import (
    RecipeLineInput,
    check_made_of_something,
    density_of,
    made_ingredient,
    recipe_of,
    reorder_point_of,
    shelf_life_of,
)
from graphql_api.resolvers.changes import KEEP, Update, updated
from graphql_api.resolvers.checks import Checks


async def update_supplier(
    work: Work, *, supplier_id: str, name: Update[str | None], email: Update[str | None]
) -> Outcome:
    checks = Checks()
    wanted = checks.id("supplierId", supplier_id, "Supplier")
    supplier = checks.require("supplierId", await work.store.suppliers.lock(wanted), wanted, "Supplier")
    changed = replace(
        supplier,
        name=updated(name, supplier.name, partial(checks.name, "name")),
        email=updated(email, supplier.email, partial(checks.email, "email")),
    )
    checks.done()
    await work.store.suppliers.keep(changed)
    return Outcome(supplier=Ref("Supplier", supplier.id))


async def update_customer(
    work: Work,
    *,
    customer_id: str,
    name: Update[str | None],
    email: Update[str | None],
    phone: Update[str | None],
) -> Outcome:
    checks = Checks()
    wanted = checks.id("customerId", customer_id, "Customer")
    customer = checks.require("customerId", await work.store.customers.lock(wanted), wanted, "Customer")
    changed = replace(
        customer,
        name=updated(name, customer.name, partial(checks.name, "name")),
        email=updated(email, customer.email, partial(checks.email, "email")),
        phone=updated(phone, customer.phone, lambda text: checks.text("phone", text, PHONE_LENGTH)),
    )
    checks.done()
    await work.store.customers.keep(changed)
    return Outcome(customer=Ref("Customer", customer.id))


# ── ingredients ───────────────────────────────────────────────────────────────────────────────────────────────────────
async def update_ingredient(
    work: Work,
    *,
    ingredient_id: str,
    name: Update[str | None],
    unit: Update[Unit | None],
    density: Update[Decimal | None],
    reorder_point: Update[Decimal | None],
) -> Outcome:
    """The unit only before the first movement (R-2.2), and nothing that its recipes or orders would not fit."""
    checks = Checks()
    wanted = checks.id("ingredientId", ingredient_id, "Ingredient")
    found = (await work.store.ingredients.lock([wanted])).get(wanted)
    ingredient = checks.require("ingredientId", found, wanted, "Ingredient")
    changed = replace(
        ingredient,
        name=updated(name, ingredient.name, partial(checks.name, "name")),
        unit=updated(unit, ingredient.unit, lambda new: checks.present("unit", new, ingredient.unit)),
        density=updated(density, ingredient.density, partial(density_of, checks)),
        reorder_point=updated(reorder_point, ingredient.reorder_point, partial(reorder_point_of, checks)),
    )
    if changed.unit is not ingredient.unit:
        await _check_new_unit(work, checks, ingredient, changed, reorder_point_is_new=reorder_point is not KEEP)
    if changed.unit is not ingredient.unit or changed.density is None:
        path = "unit" if changed.unit is not ingredient.unit else "density"
        await _check_still_converts(work, checks, path, changed)
    checks.done()
    await work.store.ingredients.keep(changed)
    return Outcome(ingredient=Ref("Ingredient", ingredient.id))


async def _check_new_unit(
    work: Work, checks: Checks, ingredient: Ingredient, changed: Ingredient, *, reorder_point_is_new: bool
) -> None:
    name, old = ingredient.name, ingredient.unit.value
    if await work.store.ledger.has_moved(ingredient.id):
        checks.refuse("unit", f"It stays {old}: {name} has had its first movement. Add another ingredient instead.")
    elif makers := await work.store.products.makers_of(ingredient.id):
        checks.refuse("unit", f"It stays {old}: {makers[0].name} makes {name}, and is counted in its unit.")
    elif ingredient.reorder_point is not None and not reorder_point_is_new:
        new = changed.unit.value
        checks.refuse("unit", f"The reorder point is in {old}. Give `reorderPoint` in {new} as well.")


async def _check_still_converts(work: Work, checks: Checks, path: str, changed: Ingredient) -> None:
    """What has the ingredient in another unit must still convert to its unit."""
    uses = [(f"the recipe of {product.name}", unit) for product, unit in await work.store.products.uses_of(changed.id)]
    uses += await work.store.purchases.open_uses_of(changed.id)
    for where, unit in uses:
        try:
            factor(unit, changed.unit, changed.density)
        except IncompatibleUnits:
            checks.refuse(path, f"Then {unit.value}, as in {where}, could not be converted to {changed.unit.value}.")
            return


# ── products ──────────────────────────────────────────────────────────────────────────────────────────────────────────
async def update_product(
    work: Work,
    *,
    product_id: str,
    name: Update[str | None],
    yield_quantity: Update[Decimal | None],
    recipe: Update[Sequence[RecipeLineInput] | None],
    shelf_life_days: Update[int | None],
    makes_ingredient_id: Update[str | None],
    inherit_expiry: Update[bool | None],
) -> Outcome:
    """From now on; its batches keep what they consumed. A recipe is replaced as a whole."""
    checks = Checks()
    wanted = checks.id("productId", product_id, "Product")
    product = checks.require("productId", await work.store.products.lock(wanted), wanted, "Product")
    current_yield, inherits = product.yield_quantity, product.inherit_expiry
    changed = replace(
        product,
        name=updated(name, product.name, partial(checks.name, "name")),
        yield_quantity=updated(
            yield_quantity,
            current_yield,
            lambda new: checks.quantity("yieldQuantity", checks.present("yieldQuantity", new, current_yield)),
        ),
        shelf_life_days=updated(shelf_life_days, product.shelf_life_days, partial(shelf_life_of, checks)),
        inherit_expiry=updated(inherit_expiry, inherits, lambda new: checks.present("inheritExpiry", new, inherits)),
    )
    if makes_ingredient_id is not KEEP:
        changed = replace(
            changed, makes_ingredient_id=await _made_from_now_on(work, checks, product, makes_ingredient_id)
        )
    if recipe is KEEP:
        check_made_of_something(checks, changed.makes_ingredient_id, await work.store.products.recipes([product.id]))
    else:
        written = await recipe_of(work, checks, recipe or [])
        check_made_of_something(checks, changed.makes_ingredient_id, recipe)
        checks.done()
        await work.store.products.replace_recipe(product.id, written)
    checks.done()
    await work.store.products.keep(changed)
    return Outcome(product=Ref("Product", product.id))


async def _made_from_now_on(work: Work, checks: Checks, product: Product, ingredient_id: str | None) -> int | None:
    """What the product makes; what it is counted in goes with it, so it stays once anything was counted."""
    path = "makesIngredientId"
    made = checks.optional_id(path, ingredient_id, "Ingredient")
    if made == product.makes_ingredient_id:
        return made
    await made_ingredient(work, checks, made)
    if await work.store.production.was_produced(product.id) or await work.store.orders.was_ordered(product.id):
        checks.refuse(path, f"{product.name} was produced or ordered already. Add another product instead.")
    return made
