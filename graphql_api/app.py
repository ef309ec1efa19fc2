"""The composition root: the schema, the database and the endpoint put together into one ASGI application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext, suppress
from datetime import UTC, datetime

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute

from bakery.days import Clock
from bakery.store import Database
from bakery.store.engine import DatabaseUnavailable
from graphql_api import memory, workers
from graphql_api.config import Settings
from graphql_api.explorer.assets import Assets
from graphql_api.explorer.routes import routes as explorer_routes
from graphql_api.http.endpoint import Endpoint
from graphql_api.schema import roots
from graphql_api.sealing import sealing

READY_SECONDS_MAX = 5
"""How long a database may take to answer before it counts as away: probes are asked again after some seconds."""

WELCOME = "BakeTrace: lot tracking and batch traceability for bakeries. The GraphQL API is at /graphql.\n"


def machine_clock() -> datetime:
    """The machine's clock, the only place where it is read."""
    return datetime.now(UTC)  # noqa: TID251 - this is the clock that is injected everywhere


def create_app(
    settings: Settings | None = None,
    clock: Clock = machine_clock,
    schema: roots.Schema | None = None,
    *,
    seals: bool = True,
) -> Starlette:
    """The application. Only tests give a clock or a schema of their own, or do without seals. Raises `PluginError`."""
    settings = settings or Settings()
    database = Database(settings.database_url)
    schema = schema or roots.installed(compiled=settings.compiled)
    endpoint = Endpoint(
        schema,
        database,
        clock,
        settings.secret_key.get_secret_value(),
        trusted_only=frozenset(filter(None, settings.trusted_only.split(","))),
    )

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        # The first connection is there before the first request, and shows a restore that the file is in use.
        with suppress(DatabaseUnavailable):
            await database.ping()
        async with sealing(database, clock) if seals else nullcontext():
            yield
        await database.dispose()

    async def ready(_request: Request) -> Response:
        try:
            async with asyncio.timeout(READY_SECONDS_MAX):
                await database.ping()
        except (DatabaseUnavailable, TimeoutError):
            return JSONResponse({"ready": False}, status_code=503)
        return JSONResponse({"ready": True})

    return Starlette(
        routes=[
            *(explorer_routes(Assets.built()) if settings.explorer else ()),
            Route("/graphql", endpoint),
            WebSocketRoute("/graphql", endpoint),
            Route("/healthz", _healthy),
            Route("/readyz", ready),
            Route("/", _welcome),
        ],
        lifespan=lifespan,
    )


def served_app() -> Starlette:
    """The application as a server's process has it: configured by the environment, and with its memory tuned."""
    app = create_app()
    memory.tune()
    workers.leave_with_parent()
    return app


async def _healthy(_request: Request) -> Response:
    return JSONResponse({"healthy": True})


async def _welcome(_request: Request) -> Response:
    return PlainTextResponse(WELCOME)
