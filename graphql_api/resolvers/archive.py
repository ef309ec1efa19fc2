"""Archiving: out of lists and of anything new, and still in every record and trace; and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

from bakery.catalogue import Customer, Ingredient, Product, Supplier
from bakery.orders import Order
from bakery.quantity import plain
from bakery.store import Store
from graphql_api.context import Work
from graphql_api.refs import Outcome, Ref
from graphql_api.resolvers.checks import Checks

Archivable: TypeAlias = Supplier | Customer | Ingredient | Product | Order

ARCHIVABLE = ("Supplier", "Customer", "Ingredient", "Product", "Order")
NAMED_AT_MOST = 3


async def archive(work: Work, *, id: str) -> Outcome:
    """Refused while it is still needed, and it says for what. An order is only taken out of lists."""
    checks = Checks()
    ref, thing = await _locked(work.store, checks, id)
    if thing.archived_at is None:
        for reason in await _needed_for(work.store, thing):
            checks.refuse("id", reason)
        checks.done()
        await _keep(work.store, replace(thing, archived_at=work.now))
    return Outcome(archived=ref)


async def restore(work: Work, *, id: str) -> Outcome:
    ref, thing = await _locked(work.store, Checks(), id)
    await _keep(work.store, replace(thing, archived_at=None))
    return Outcome(restored=ref)


async def _locked(store: Store, checks: Checks, id: str) -> tuple[Ref, Archivable]:
    ref = checks.any_id("id", id, ARCHIVABLE)
    thing = await _lock(store, ref)
    if thing is None:
        checks.exists("id", thing, ref.id, ref.kind)
        checks.done()
    assert thing is not None
    return ref, thing


async def _lock(store: Store, ref: Ref) -> Archivable | None:
    match ref.kind:
        case "Supplier":
            return await store.suppliers.lock(ref.id)
        case "Customer":
            return await store.customers.lock(ref.id)
        case "Ingredient":
            return (await store.ingredients.lock([ref.id])).get(ref.id)
        case "Product":
            return await store.products.lock(ref.id)
        case _:
            return await store.orders.lock(ref.id)


async def _keep(store: Store, thing: Archivable) -> None:
    match thing:
        case Supplier():
            await store.suppliers.keep(thing)
        case Customer():
            await store.customers.keep(thing)
        case Ingredient():
            await store.ingredients.keep(thing)
        case Product():
            await store.products.keep(thing)
        case Order():
            await store.orders.keep(thing)


async def _needed_for(store: Store, thing: Archivable) -> list[str]:
    """Why it cannot be archived now, in words; each says what would help."""
    reasons = []
    most = NAMED_AT_MOST + 1
    match thing:
        case Supplier():
            if codes := await store.purchases.open_codes(thing.id, limit=most):
                reasons.append(f"Goods are still to come from {thing.name}: receive or cancel {_listed(codes)} first.")
        case Customer():
            if numbers := await store.orders.open_numbers(customer_id=thing.id, limit=most):
                reasons.append(f"{thing.name} has open orders: complete or cancel {_listed(numbers)} first.")
        case Product():
            if numbers := await store.orders.open_numbers(product_id=thing.id, limit=most):
                reasons.append(f"{thing.name} is on open orders: complete, cancel or change {_listed(numbers)} first.")
        case Ingredient():
            reasons += await _ingredient_needed_for(store, thing)
    return reasons


async def _ingredient_needed_for(store: Store, ingredient: Ingredient) -> list[str]:
    reasons = []
    if ingredient.tracked or ingredient.untracked:
        stock = f"{plain(ingredient.on_hand)} {ingredient.unit.value}"
        reasons.append(f"{stock} of {ingredient.name} is on hand: use it, write it off, or count it to 0 first.")
    if users := [product.name for product, _ in await store.products.uses_of(ingredient.id)]:
        reasons.append(f"Recipes have {ingredient.name}: change or archive {_listed(users)} first.")
    makers = [product.name for product in await store.products.makers_of(ingredient.id) if product.archived_at is None]
    if makers:
        reasons.append(f"{ingredient.name} is made here: archive {_listed(makers)} first.")
    if codes := [code for code, _ in await store.purchases.open_uses_of(ingredient.id)]:
        reasons.append(f"{ingredient.name} is still to come: receive or cancel {_listed(codes)} first.")
    return reasons


def _listed(names: Sequence[str]) -> str:
    """The names, once each; of many the first ones."""
    names = list(dict.fromkeys(names))
    shown = ", ".join(names[:NAMED_AT_MOST])
    return f"{shown} and others" if len(names) > NAMED_AT_MOST else shown
