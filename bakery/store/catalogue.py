"""Repositories of the things a bakery has: suppliers, customers, ingredients, products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, Select, bindparam, exists, func, insert, literal, select, update

from bakery.catalogue import Customer, Ingredient, Product, RecipeLine, Supplier
from bakery.quantity import ZERO, Unit
from bakery.store import tables
from bakery.store.paging import Listing
from bakery.store.session import Session


@dataclass(frozen=True)
class Suppliers:
    session: Session

    def _select(self) -> Select[tuple[int, str, str | None]]:
        table = tables.suppliers
        return select(table.c.id, table.c.name, table.c.email).where(table.c.bakery_id == self.session.bakery_id)

    async def add(self, name: str, email: str | None, now: datetime) -> Supplier:
        supplier = Supplier(await self.session.number(), name, email)
        await self.session.execute(
            insert(tables.suppliers).values(
                bakery_id=self.session.bakery_id, id=supplier.id, name=name, email=email, recorded_at=now
            )
        )
        return supplier

    async def by_ids(self, ids: Sequence[int]) -> list[Supplier]:
        chosen = self.session.among(tables.suppliers.c.id, ids)
        return await self.session.records(Supplier, self._select().where(chosen))

    def listing(self) -> Listing[Supplier]:
        return Listing(self.session, Supplier, self._select(), [tables.suppliers.c.id])


@dataclass(frozen=True)
class Customers:
    session: Session

    def _select(self) -> Select[tuple[int, str, str | None, str | None]]:
        table = tables.customers
        return select(table.c.id, table.c.name, table.c.email, table.c.phone).where(
            table.c.bakery_id == self.session.bakery_id
        )

    async def add(self, name: str, email: str | None, phone: str | None, now: datetime) -> Customer:
        customer = Customer(await self.session.number(), name, email, phone)
        await self.session.execute(
            insert(tables.customers).values(
                bakery_id=self.session.bakery_id,
                id=customer.id,
                name=name,
                email=email,
                phone=phone,
                recorded_at=now,
            )
        )
        return customer

    async def by_ids(self, ids: Sequence[int]) -> list[Customer]:
        chosen = self.session.among(tables.customers.c.id, ids)
        return await self.session.records(Customer, self._select().where(chosen))

    def listing(self) -> Listing[Customer]:
        return Listing(self.session, Customer, self._select(), [tables.customers.c.id])


@dataclass(frozen=True)
class Ingredients:
    """Ingredients with their stock figures. The row of an ingredient is the lock of its stock and lots."""

    session: Session

    def _select(
        self,
    ) -> Select[tuple[int, str, Unit, Decimal | None, Decimal | None, Decimal, Decimal]]:
        columns = tables.ingredients.c
        return select(
            columns.id,
            columns.name,
            columns.unit,
            columns.density,
            columns.reorder_point,
            columns.tracked,
            columns.untracked,
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

    def listing(self) -> Listing[Ingredient]:
        return Listing(self.session, Ingredient, self._select(), [tables.ingredients.c.id])


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

    def _select(self) -> Select[tuple[int, str, Decimal, Unit, int | None, int | None, bool]]:
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
                yield_quantity=yield_quantity,
                shelf_life_days=shelf_life_days,
                makes_ingredient_id=makes_ingredient_id,
                inherit_expiry=inherit_expiry,
                recorded_at=now,
            )
        )
        await self.session.execute(
            insert(tables.recipe_lines),
            [
                {
                    "bakery_id": bakery_id,
                    "id": line_id,
                    "product_id": product_id,
                    "ingredient_id": ingredient_id,
                    "quantity": quantity,
                    "unit": line_unit,
                }
                for line_id, (ingredient_id, quantity, line_unit) in zip(line_ids, recipe, strict=True)
            ],
        )
        return Product(product_id, name, yield_quantity, unit, shelf_life_days, makes_ingredient_id, inherit_expiry)

    async def by_ids(self, ids: Sequence[int]) -> list[Product]:
        chosen = self.session.among(tables.products.c.id, ids)
        return await self.session.records(Product, self._select().where(chosen))

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

    def listing(self) -> Listing[Product]:
        return Listing(self.session, Product, self._select(), [tables.products.c.id])


def has_recipe() -> ColumnElement[bool]:
    """Whether the product of the row has a recipe; one without is bought in (R-5.2)."""
    return exists().where(
        tables.recipe_lines.c.bakery_id == tables.products.c.bakery_id,
        tables.recipe_lines.c.product_id == tables.products.c.id,
    )
