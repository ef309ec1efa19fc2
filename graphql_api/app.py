"""The composition root: the schema, the database and the endpoint put together into one ASGI application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext, suppress
from datetime import UTC, datetime

from starlette.applications import Starlette
from starlette.middleware import Middleware
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
from graphql_api.http.admission import Admission
from graphql_api.http.bodies import CloseAfterUnreadBodies
from graphql_api.http.endpoint import Endpoint
from graphql_api.http.front import front
from graphql_api.http.operations import Operations
from graphql_api.identity.provider import Provider
from graphql_api.identity.uses import KeyUses, noting
from graphql_api.observing import logs, traces
from graphql_api.observing.metrics import Metrics
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
    fronted: bool = True,
) -> Starlette:
    """The application. Raises `PluginError`.

    Only tests give a clock or a schema of their own, or do without what works beside the requests, such as seals; only
    `make bench` does without what stands in front, to measure what that costs.
    """
    settings = settings or Settings()
    database = Database(settings.database_url, statement_seconds=settings.max_operation_seconds + 1)
    schema = schema or roots.installed(settings)
    metrics = Metrics() if settings.metrics_port and fronted else None
    tracing = traces.configured() if fronted else None
    key_uses = KeyUses()
    operations = Operations(
        schema,
        database,
        clock,
        settings.secret_key.get_secret_value(),
        settings.bound_to_trusted,
        provider=Provider(settings.trust) if settings.trust else None,
        key_uses=key_uses,
    )
    endpoint = Endpoint(operations, settings.allowed_origins)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        # The first connection is there before the first request, and shows a restore that the file is in use.
        with suppress(DatabaseUnavailable):
            await database.ping()
        async with (
            sealing(database, clock) if seals else nullcontext(),
            metrics.looking(database, schema.documents) if metrics else nullcontext(),
            noting(key_uses, database) if seals else nullcontext(),
        ):
            yield
        await database.dispose()
        if tracing is not None:
            await asyncio.to_thread(tracing.close)

    async def ready(_request: Request) -> Response:
        try:
            async with asyncio.timeout(READY_SECONDS_MAX):
                await database.ping()
        except (DatabaseUnavailable, TimeoutError):
            return JSONResponse({"ready": False}, status_code=503)
        return JSONResponse({"ready": True})

    app = Starlette(
        routes=[
            *(explorer_routes(Assets.built()) if settings.explorer else ()),
            Route("/graphql", Admission(endpoint, settings)),
            WebSocketRoute("/graphql", endpoint),
            Route("/healthz", _healthy),
            Route("/readyz", ready),
            Route("/", _welcome),
        ],
        middleware=[*(front(settings, metrics, tracing) if fronted else ()), Middleware(CloseAfterUnreadBodies)],
        lifespan=lifespan,
    )
    app.state.key_uses = key_uses
    return app


def served_app() -> Starlette:
    """The application as a server's process has it: configured by the environment, and with its memory tuned."""
    logs.configure()
    app = create_app()
    memory.tune()
    workers.leave_with_parent()
    return app


async def _healthy(_request: Request) -> Response:
    return JSONResponse({"healthy": True})


async def _welcome(_request: Request) -> Response:
    return PlainTextResponse(WELCOME)
