"""Ingredients and products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, bindparam, delete, exists, func, literal, select, update

from bakery.catalogue import Ingredient, Product, RecipeLine
from bakery.lists import ArchivedFilter, NameSort
from bakery.names import folded
from bakery.quantity import ZERO, Unit
from bakery.store import tables
from bakery.store.columns import Quantity
from bakery.store.given import among, given
from bakery.store.named import named
from bakery.store.paging import Listing
from bakery.store.session import Session
from bakery.store.statement import OURS, records, tuples


def ingredient_columns() -> list[ColumnElement[Any]]:
    """The fields of an `Ingredient`, in order."""
    columns = tables.ingredients.c
    return [
        columns.id,
        columns.name,
        columns.unit,
        columns.density,
        columns.reorder_point,
        columns.tracked,
        columns.untracked,
        columns.archived_at,
    ]


_INGREDIENTS = select(*ingredient_columns()).where(tables.ingredients.c.bakery_id == OURS)
_SOME_INGREDIENTS = _INGREDIENTS.where(among(tables.ingredients.c.id, "ids"))
_INGREDIENTS_BY_IDS = records(_SOME_INGREDIENTS, Ingredient)
_LOCK_INGREDIENTS = records(
    _SOME_INGREDIENTS.order_by(tables.ingredients.c.id).with_for_update(key_share=True), Ingredient
)
_CHANGES = given("changes", ingredient=BigInteger(), tracked=Quantity, untracked=Quantity)
_CHANGE_STOCK = tuples(
    update(tables.ingredients)
    .where(tables.ingredients.c.bakery_id == OURS, tables.ingredients.c.id == _CHANGES.c.ingredient)
    .values(
        tracked=tables.ingredients.c.tracked + _CHANGES.c.tracked,
        untracked=tables.ingredients.c.untracked + _CHANGES.c.untracked,
    )
)


@dataclass(frozen=True)
class Ingredients:
    """Ingredients with their stock figures. The row of an ingredient is the lock of its stock and lots."""

    session: Session

    async def add(
        self, name: str, unit: Unit, density: Decimal | None, reorder_point: Decimal | None, now: datetime
    ) -> Ingredient:
        ingredient = Ingredient(await self.session.number(), name, unit, density, reorder_point, ZERO, ZERO)
        row = {
            **asdict(ingredient),
            "bakery_id": self.session.bakery_id,
            "folded_name": folded(name),
            "recorded_at": now,
        }
        await self.session.insert(tables.ingredients, [row])
        return ingredient

    async def by_ids(self, ids: Sequence[int]) -> list[Ingredient]:
        return await self.session.read(_INGREDIENTS_BY_IDS, ids=ids)

    async def lock(self, ids: Sequence[int]) -> dict[int, Ingredient]:
        """The ingredients, locked until the transaction ends; always in the order of their ids."""
        return {ingredient.id: ingredient for ingredient in await self.session.read(_LOCK_INGREDIENTS, ids=ids)}

    async def keep(self, ingredient: Ingredient) -> None:
        """Make a locked ingredient what the record says, but for its stock figures."""
        columns = tables.ingredients.c
        await self.session.execute(
            update(tables.ingredients)
            .where(columns.bakery_id == self.session.bakery_id, columns.id == ingredient.id)
            .values(
                name=ingredient.name,
                folded_name=folded(ingredient.name),
                unit=ingredient.unit,
                density=ingredient.density,
                reorder_point=ingredient.reorder_point,
                archived_at=ingredient.archived_at,
            )
        )

    async def change_stock(self, changes: Mapping[int, tuple[Decimal, Decimal]]) -> None:
        """Add to the tracked and untracked figure of each locked ingredient, by id."""
        if changes:
            rows = [(ingredient_id, *change) for ingredient_id, change in sorted(changes.items())]
            await self.session.write(_CHANGE_STOCK, changes=rows)

    async def low(self) -> list[Ingredient]:
        """Those in use at or below their reorder point, in the order of recording (R-6.2)."""
        columns = tables.ingredients.c
        is_low = columns.tracked + columns.untracked <= columns.reorder_point
        in_use = columns.archived_at.is_(None)
        return await self.session.records(Ingredient, _INGREDIENTS.where(is_low, in_use).order_by(columns.id))

    def listing(
        self,
        *,
        search: str | None = None,
        archived: ArchivedFilter = ArchivedFilter.INCLUDED,
        sort: NameSort = NameSort.RECORDED,
    ) -> Listing[Ingredient]:
        return named(self.session, Ingredient, _INGREDIENTS, tables.ingredients, search, archived, sort)


def product_unit() -> ColumnElement[Unit]:
    """What a product is counted in: the unit of the ingredient it makes, else pieces. Needs the outer join below."""
    unit = tables.ingredients.c.unit
    return func.coalesce(unit, literal(Unit.each, unit.type), type_=unit.type)


PRODUCTS_WITH_MADE = tables.products.outerjoin(
    tables.ingredients,
    (tables.ingredients.c.bakery_id == tables.products.c.bakery_id)
    & (tables.ingredients.c.id == tables.products.c.makes_ingredient_id),
)


def product_columns() -> list[ColumnElement[Any]]:
    """The fields of a `Product`, in order, from products joined to what they make."""
    columns = tables.products.c
    return [
        columns.id,
        columns.name,
        columns.yield_quantity,
        product_unit(),
        columns.shelf_life_days,
        columns.makes_ingredient_id,
        columns.inherit_expiry,
        columns.archived_at,
    ]


_PRODUCT_ID = bindparam("product", type_=BigInteger())
_PRODUCTS = select(*product_columns()).select_from(PRODUCTS_WITH_MADE).where(tables.products.c.bakery_id == OURS)
_PRODUCTS_BY_IDS = records(_PRODUCTS.where(among(tables.products.c.id, "ids")), Product)
_PRODUCT_ROW = select(tables.products.c.id).where(
    tables.products.c.bakery_id == OURS, tables.products.c.id == _PRODUCT_ID
)
_HOLD_PRODUCT = tuples(_PRODUCT_ROW.with_for_update(read=True, key_share=True))
_LOCK_PRODUCT = tuples(_PRODUCT_ROW.with_for_update())
_RECIPES = records(
    select(
        tables.recipe_lines.c.product_id,
        tables.recipe_lines.c.ingredient_id,
        tables.recipe_lines.c.quantity,
        tables.recipe_lines.c.unit,
    )
    .where(tables.recipe_lines.c.bakery_id == OURS, among(tables.recipe_lines.c.product_id, "ids"))
    .order_by(tables.recipe_lines.c.id),
    RecipeLine,
)


@dataclass(frozen=True)
class Products:
    session: Session

    async def add(
        self,
        *,
        name: str,
        yield_quantity: Decimal,
        unit: Unit,
        shelf_life_days: int | None,
        makes_ingredient_id: int | None,
        inherit_expiry: bool,
        recipe: Sequence[tuple[int, Decimal, Unit]],
        now: datetime,
    ) -> Product:
        """`recipe` lines are ingredient id, quantity and unit."""
        product_id, *line_ids = await self.session.numbers(1 + len(recipe))
        product = Product(product_id, name, yield_quantity, unit, shelf_life_days, makes_ingredient_id, inherit_expiry)
        row = {**asdict(product), "bakery_id": self.session.bakery_id, "folded_name": folded(name), "recorded_at": now}
        del row["unit"]  # what it makes has it
        await self.session.insert(tables.products, [row])
        await self._write_recipe(product_id, recipe, line_ids)
        return product

    async def by_ids(self, ids: Sequence[int]) -> list[Product]:
        return await self.session.read(_PRODUCTS_BY_IDS, ids=ids)

    async def _write_recipe(
        self, product_id: int, recipe: Sequence[tuple[int, Decimal, Unit]], line_ids: Sequence[int]
    ) -> None:
        await self.session.insert(
            tables.recipe_lines,
            [
                {
                    "bakery_id": self.session.bakery_id,
                    "id": line_id,
                    "product_id": product_id,
                    "ingredient_id": ingredient_id,
                    "quantity": quantity,
                    "unit": unit,
                }
                for line_id, (ingredient_id, quantity, unit) in zip(line_ids, recipe, strict=True)
            ],
        )

    async def hold(self, product_id: int) -> None:
        """Keep the product and its recipe as they are until the transaction ends; others may hold it as well."""
        await self.session.write(_HOLD_PRODUCT, product=product_id)

    async def lock(self, product_id: int) -> Product | None:
        """The product, which nobody holds, produces or orders until the transaction ends."""
        await self.session.read(_LOCK_PRODUCT, product=product_id)
        return next(iter(await self.by_ids([product_id])), None)

    async def keep(self, product: Product) -> None:
        """Make a locked product what the record says; its unit follows from what it makes."""
        columns = tables.products.c
        await self.session.execute(
            update(tables.products)
            .where(columns.bakery_id == self.session.bakery_id, columns.id == product.id)
            .values(
                name=product.name,
                folded_name=folded(product.name),
                yield_quantity=product.yield_quantity,
                shelf_life_days=product.shelf_life_days,
                makes_ingredient_id=product.makes_ingredient_id,
                inherit_expiry=product.inherit_expiry,
                archived_at=product.archived_at,
            )
        )

    async def replace_recipe(self, product_id: int, recipe: Sequence[tuple[int, Decimal, Unit]]) -> None:
        """Give a locked product other recipe lines; what it was made of before stands in its batches."""
        columns = tables.recipe_lines.c
        await self.session.execute(
            delete(tables.recipe_lines).where(
                columns.bakery_id == self.session.bakery_id, columns.product_id == product_id
            )
        )
        line_ids = await self.session.numbers(len(recipe)) if recipe else []
        await self._write_recipe(product_id, recipe, line_ids)

    async def uses_of(self, ingredient_id: int) -> list[tuple[Product, Unit]]:
        """The products in use whose recipe has the ingredient, with the unit of each line."""
        lines = tables.recipe_lines.c
        statement = (
            _PRODUCTS.add_columns(lines.unit)
            .join(
                tables.recipe_lines,
                (lines.bakery_id == tables.products.c.bakery_id) & (lines.product_id == tables.products.c.id),
            )
            .where(lines.ingredient_id == ingredient_id, tables.products.c.archived_at.is_(None))
            .order_by(lines.id)
        )
        return [(Product(*row[:-1]), row[-1]) for row in await self.session.rows(statement)]

    async def makers_of(self, ingredient_id: int) -> list[Product]:
        """The products in use that make the ingredient."""
        columns = tables.products.c
        chosen = columns.makes_ingredient_id == ingredient_id, columns.archived_at.is_(None)
        return await self.session.records(Product, _PRODUCTS.where(*chosen).order_by(columns.id))

    async def recipes(self, product_ids: Sequence[int]) -> list[RecipeLine]:
        """The recipe lines of the products, in the order in which they were written."""
        return await self.session.read(_RECIPES, ids=product_ids)

    def listing(
        self,
        *,
        search: str | None = None,
        archived: ArchivedFilter = ArchivedFilter.INCLUDED,
        sort: NameSort = NameSort.RECORDED,
    ) -> Listing[Product]:
        return named(self.session, Product, _PRODUCTS, tables.products, search, archived, sort)


def has_recipe() -> ColumnElement[bool]:
    """Whether the product of the row has a recipe; one without is bought in (R-5.2)."""
    return exists().where(
        tables.recipe_lines.c.bakery_id == tables.products.c.bakery_id,
        tables.recipe_lines.c.product_id == tables.products.c.id,
    )
