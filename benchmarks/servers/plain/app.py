"""The schema and its resolvers over ORM objects, and the application."""

import os
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal
from typing import Any

import orjson
import strawberry
from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.websockets import WebSocket
from strawberry import Parent
from strawberry.asgi import GraphQL
from strawberry.schema.config import StrawberryConfig
from strawberry.types import Info

from bakery.orders import OrderStatus
from bakery.production import ConsumptionSource
from bakery.quantity import Unit, plain
from bakery.store.engine import POOL_SIZE, driver_url
from benchmarks.servers.plain.loaders import Loaders
from benchmarks.servers.plain.models import LotRow, OrderRow

for enum in (OrderStatus, ConsumptionSource, Unit):
    strawberry.enum(enum)


def loaders(info: Info) -> Loaders:
    made: Loaders = info.context["loaders"]
    return made


@strawberry.type
class Supplier:
    name: str


@strawberry.type
class Ingredient:
    name: str
    unit: Unit


@strawberry.type
class Product:
    name: str


@strawberry.type
class Customer:
    name: str
    email: str | None
    phone: str | None


async def unit_of(root: Parent[Any], info: Info) -> Unit:
    ingredient = await loaders(info).ingredient.load(root.ingredient_id)
    unit: Unit = ingredient.unit
    return unit


async def ingredient_of(root: Parent[Any], info: Info) -> Ingredient:
    ingredient: Ingredient = await loaders(info).ingredient.load(root.ingredient_id)
    return ingredient


async def supplier_of(root: Parent[Any], info: Info) -> Supplier | None:
    return None if root.supplier_id is None else await loaders(info).supplier.load(root.supplier_id)


async def product_of(root: Parent[Any], info: Info) -> Product:
    product: Product = await loaders(info).product.load(root.product_id)
    return product


async def customer_of(root: Parent[Any], info: Info) -> Customer | None:
    return None if root.customer_id is None else await loaders(info).customer.load(root.customer_id)


async def lot_of(root: Parent[Any], info: Info) -> Any:
    return None if root.lot_id is None else await loaders(info).lot.load(root.lot_id)


async def batch_of(root: Parent[Any], info: Info) -> Any:
    return await loaders(info).batch.load(root.batch_id)


async def order_of(root: Parent[Any], info: Info) -> Any:
    return await loaders(info).order.load(root.order_id)


async def origin_of(root: Parent[Any], info: Info) -> Any:
    return None if root.origin_batch_id is None else await loaders(info).batch.load(root.origin_batch_id)


async def output_of(root: Parent[Any], info: Info) -> Any:
    lots = await loaders(info).output_lots.load(root.id)
    return lots[0] if lots else None


async def uses_of_lot(root: Parent[Any], info: Info) -> Any:
    return await loaders(info).consumptions_of_lot.load(root.id)


async def uses_of_batch(root: Parent[Any], info: Info) -> Any:
    return await loaders(info).consumptions_of_batch.load(root.id)


async def links_of_batch(root: Parent[Any], info: Info) -> Any:
    return await loaders(info).allocations_of_batch.load(root.id)


async def links_of_line(root: Parent[Any], info: Info) -> Any:
    return await loaders(info).allocations_of_line.load(root.id)


async def lines_of(root: Parent[Any], info: Info) -> Any:
    return await loaders(info).lines.load(root.id)


@strawberry.type
class Order:
    number: str
    status: OrderStatus
    due_on: date | None
    customer: Customer | None = strawberry.field(resolver=customer_of)
    lines: list["OrderLine"] = strawberry.field(resolver=lines_of)


@strawberry.type
class Allocation:
    quantity: Decimal
    order: Order = strawberry.field(resolver=order_of)
    batch: "Batch" = strawberry.field(resolver=batch_of)


@strawberry.type
class OrderLine:
    quantity: Decimal
    product: Product = strawberry.field(resolver=product_of)
    allocations: list[Allocation] = strawberry.field(resolver=links_of_line)


@strawberry.type
class Consumption:
    quantity: Decimal
    source: ConsumptionSource
    unit: Unit = strawberry.field(resolver=unit_of)
    ingredient: Ingredient = strawberry.field(resolver=ingredient_of)
    lot: "Lot | None" = strawberry.field(resolver=lot_of)
    batch: "Batch" = strawberry.field(resolver=batch_of)


@strawberry.type
class Batch:
    code: str
    produced_on: date
    quantity: Decimal
    product: Product = strawberry.field(resolver=product_of)
    allocations: list[Allocation] = strawberry.field(resolver=links_of_batch)
    consumptions: list[Consumption] = strawberry.field(resolver=uses_of_batch)
    output_lot: "Lot | None" = strawberry.field(resolver=output_of)


@strawberry.type
class Lot:
    code: str
    supplier_lot_number: str | None
    expires_on: date | None
    ingredient: Ingredient = strawberry.field(resolver=ingredient_of)
    supplier: Supplier | None = strawberry.field(resolver=supplier_of)
    origin_batch: Batch | None = strawberry.field(resolver=origin_of)
    consumptions: list[Consumption] = strawberry.field(resolver=uses_of_lot)


async def lot_by_code(info: Info, code: str) -> Any:
    return await one_of(info, LotRow, LotRow.__table__.c.code == code)


async def order_by_number(info: Info, number: str) -> Any:
    return await one_of(info, OrderRow, OrderRow.__table__.c.number == number)


async def one_of(info: Info, model: Any, condition: ColumnElement[bool]) -> Any:
    async with loaders(info).sessions() as session:
        return await session.scalar(select(model).where(model.bakery_id == loaders(info).bakery_id, condition))


@strawberry.type
class Query:
    lot: Lot | None = strawberry.field(resolver=lot_by_code)
    order: Order | None = strawberry.field(resolver=order_by_number)


class Endpoint(GraphQL[dict[str, Any], None]):
    def __init__(self, schema: strawberry.Schema, sessions: async_sessionmaker[AsyncSession]) -> None:
        super().__init__(schema, graphql_ide=None, subscription_protocols=())
        self._sessions = sessions

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> dict[str, Any]:
        return {"loaders": Loaders(self._sessions, int(request.headers["x-bakery"]))}

    def encode_json(self, data: object) -> bytes:
        return orjson.dumps(data)


async def ready(_request: Request) -> Response:
    return PlainTextResponse("ready")


def create_app() -> Starlette:
    engine = create_async_engine(
        driver_url(os.environ.get("PEER_DATABASE_URL", os.environ["BAKETRACE_DATABASE_URL"]), asynchronous=True),
        pool_size=POOL_SIZE,
        max_overflow=0,
    )
    decimal = strawberry.scalar(name="Decimal", serialize=plain, parse_value=Decimal)
    schema = strawberry.Schema(Query, config=StrawberryConfig(scalar_map={Decimal: decimal}))
    endpoint = Endpoint(schema, async_sessionmaker(engine, expire_on_commit=False))

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> Any:
        yield
        await engine.dispose()

    return Starlette(routes=[Route("/graphql", endpoint), Route("/readyz", ready)], lifespan=lifespan)
