"""Ingredients and products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, delete, exists, func, insert, literal, select, update

from bakery.catalogue import Ingredient, Product, RecipeLine
from bakery.lists import ArchivedFilter, NameSort
from bakery.names import folded
from bakery.quantity import ZERO, Unit
from bakery.store import tables
from bakery.store.named import named
from bakery.store.paging import Listing
from bakery.store.session import Session


@dataclass(frozen=True)
class Ingredients:
    """Ingredients with their stock figures. The row of an ingredient is the lock of its stock and lots."""

    session: Session

    def _select(self) -> Select[Any]:
        columns = tables.ingredients.c
        return select(
            columns.id,
            columns.name,
            columns.unit,
            columns.density,
            columns.reorder_point,
            columns.tracked,
            columns.untracked,
            columns.archived_at,
        ).where(columns.bakery_id == self.session.bakery_id)

    async def add(
        self, name: str, unit: Unit, density: Decimal | None, reorder_point: Decimal | None, now: datetime
    ) -> Ingredient:
        ingredient = Ingredient(await self.session.number(), name, unit, density, reorder_point, ZERO, ZERO)
        await self.session.execute(
            insert(tables.ingredients).values(
                bakery_id=self.session.bakery_id,
                id=ingredient.id,
                name=name,
                folded_name=folded(name),
                unit=unit,
                density=density,
                reorder_point=reorder_point,
                tracked=ZERO,
                untracked=ZERO,
                recorded_at=now,
            )
        )
        return ingredient

    async def by_ids(self, ids: Sequence[int]) -> list[Ingredient]:
        chosen = self.session.among(tables.ingredients.c.id, ids)
        return await self.session.records(Ingredient, self._select().where(chosen))

    async def lock(self, ids: Sequence[int]) -> dict[int, Ingredient]:
        """The ingredients, locked until the transaction ends; always in the order of their ids."""
        ordered = self._select().where(self.session.among(tables.ingredients.c.id, ids))
        locked = ordered.order_by(tables.ingredients.c.id).with_for_update(key_share=True)
        return {row.id: row for row in await self.session.records(Ingredient, locked)}

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
        columns = tables.ingredients.c
        await self.session.execute(
            update(tables.ingredients)
            .where(columns.bakery_id == self.session.bakery_id, columns.id == bindparam("ingredient"))
            .values(
                tracked=columns.tracked + bindparam("tracked_change", type_=columns.tracked.type),
                untracked=columns.untracked + bindparam("untracked_change", type_=columns.untracked.type),
            ),
            [
                {"ingredient": ingredient_id, "tracked_change": tracked, "untracked_change": untracked}
                for ingredient_id, (tracked, untracked) in sorted(changes.items())
            ],
        )

    async def low(self) -> list[Ingredient]:
        """Those in use at or below their reorder point, in the order of recording (R-6.2)."""
        columns = tables.ingredients.c
        is_low = columns.tracked + columns.untracked <= columns.reorder_point
        in_use = columns.archived_at.is_(None)
        return await self.session.records(Ingredient, self._select().where(is_low, in_use).order_by(columns.id))

    def listing(
        self,
        *,
        search: str | None = None,
        archived: ArchivedFilter = ArchivedFilter.INCLUDED,
        sort: NameSort = NameSort.RECORDED,
    ) -> Listing[Ingredient]:
        return named(self.session, Ingredient, self._select(), tables.ingredients, search, archived, sort)


def product_unit() -> ColumnElement[Unit]:
    """What a product is counted in: the unit of the ingredient it makes, else pieces. Needs the outer join below."""
    unit = tables.ingredients.c.unit
    return func.coalesce(unit, literal(Unit.each, unit.type), type_=unit.type)


PRODUCTS_WITH_MADE = tables.products.outerjoin(
    tables.ingredients,
    (tables.ingredients.c.bakery_id == tables.products.c.bakery_id)
    & (tables.ingredients.c.id == tables.products.c.makes_ingredient_id),
)


@dataclass(frozen=True)
class Products:
    session: Session

    def _select(self) -> Select[Any]:
        columns = tables.products.c
        return (
            select(
                columns.id,
                columns.name,
                columns.yield_quantity,
                product_unit(),
                columns.shelf_life_days,
                columns.makes_ingredient_id,
                columns.inherit_expiry,
                columns.archived_at,
            )
            .select_from(PRODUCTS_WITH_MADE)
            .where(columns.bakery_id == self.session.bakery_id)
        )

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
        bakery_id = self.session.bakery_id
        await self.session.execute(
            insert(tables.products).values(
                bakery_id=bakery_id,
                id=product_id,
                name=name,
                folded_name=folded(name),
                yield_quantity=yield_quantity,
                shelf_life_days=shelf_life_days,
                makes_ingredient_id=makes_ingredient_id,
                inherit_expiry=inherit_expiry,
                recorded_at=now,
            )
        )
        await self._write_recipe(product_id, recipe, line_ids)
        return Product(product_id, name, yield_quantity, unit, shelf_life_days, makes_ingredient_id, inherit_expiry)

    async def by_ids(self, ids: Sequence[int]) -> list[Product]:
        chosen = self.session.among(tables.products.c.id, ids)
        return await self.session.records(Product, self._select().where(chosen))

    async def _write_recipe(
        self, product_id: int, recipe: Sequence[tuple[int, Decimal, Unit]], line_ids: Sequence[int]
    ) -> None:
        await self.session.execute(
            insert(tables.recipe_lines),
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
        await self.session.rows(self._row(product_id).with_for_update(read=True, key_share=True))

    async def lock(self, product_id: int) -> Product | None:
        """The product, which nobody holds, produces or orders until the transaction ends."""
        await self.session.rows(self._row(product_id).with_for_update())
        return next(iter(await self.by_ids([product_id])), None)

    def _row(self, product_id: int) -> Select[tuple[int]]:
        columns = tables.products.c
        return select(columns.id).where(columns.bakery_id == self.session.bakery_id, columns.id == product_id)

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
            self._select()
            .add_columns(lines.unit)
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
        return await self.session.records(Product, self._select().where(*chosen).order_by(columns.id))

    async def recipes(self, product_ids: Sequence[int]) -> list[RecipeLine]:
        """The recipe lines of the products, in the order in which they were written."""
        columns = tables.recipe_lines.c
        return await self.session.records(
            RecipeLine,
            select(columns.product_id, columns.ingredient_id, columns.quantity, columns.unit)
            .where(
                columns.bakery_id == self.session.bakery_id,
                self.session.among(columns.product_id, product_ids),
            )
            .order_by(columns.id),
        )

    def listing(
        self,
        *,
        search: str | None = None,
        archived: ArchivedFilter = ArchivedFilter.INCLUDED,
        sort: NameSort = NameSort.RECORDED,
    ) -> Listing[Product]:
        return named(self.session, Product, self._select(), tables.products, search, archived, sort)


def has_recipe() -> ColumnElement[bool]:
    """Whether the product of the row has a recipe; one without is bought in (R-5.2)."""
    return exists().where(
        tables.recipe_lines.c.bakery_id == tables.products.c.bakery_id,
        tables.recipe_lines.c.product_id == tables.products.c.id,
    )
