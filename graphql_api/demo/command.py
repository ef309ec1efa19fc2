"""The demo from first to last: a free port, a migrated database, the demo bakery, tokens and queries, the server."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import typer
import uvicorn
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from bakery.days import Clock, local_day
from bakery.store import BakeryId, Database
from bakery.store.migration import migrate
from bakery.store.people import all_bakeries
from graphql_api.administration import Administration
from graphql_api.app import create_app, machine_clock
from graphql_api.config import MAX_MESSAGE_BYTES, Settings
from graphql_api.demo.client import Client
from graphql_api.demo.one_transaction import OneTransaction
from graphql_api.demo.queries import Query, queries
from graphql_api.demo.story import Story, first_day_ago
from graphql_api.observing import logs
from graphql_api.schema import roots
from plans import Plan, Role

HOST = "127.0.0.1"
NAME = "Sample Street Bakery (demo)"
TIME_ZONE = "Europe/London"
CURRENCY = "GBP"


class PortTaken(Exception):
    """Nothing can be served on the port."""

    def __init__(self, port: int, error: OSError) -> None:
        super().__init__(
            f"port {port} of {HOST} cannot be used ({error.strerror}). "
            f"Stop what uses it, or choose another: make demo PORT={port + 1}"
        )


@dataclass(frozen=True)
class Offer:
    """What a visitor of the demo gets: a token for each role, and the queries to begin with."""

    tokens: dict[Role, str]
    queries: list[Query]


def run_demo(settings: Settings, port: int) -> None:
    """Serve the demo bakery until Ctrl-C; load it first where it is not there yet.

    Raises `PortTaken`, `DemoFailed`, and `DatabaseUnavailable`.
    """
    with listening(port) as listener:
        offer = prepare(settings)
        typer.echo(shown(offer, f"http://{HOST}:{port}"))
        served = settings.on(HOST)
        logs.configure(level=logging.WARNING)
        config = uvicorn.Config(
            create_app(served),
            log_config=None,
            access_log=False,
            proxy_headers=False,
            ws_max_size=MAX_MESSAGE_BYTES,
        )
        server = uvicorn.Server(config)
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listener])


@contextmanager
def listening(port: int) -> Iterator[socket.socket]:
    """The port, taken before anything else is done: what is sent to it waits until the server is up."""
    with socket.socket() as listener:
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((HOST, port))
            listener.listen()
        except OSError as error:
            raise PortTaken(port, error) from error
        yield listener


def prepare(settings: Settings, clock: Clock = machine_clock) -> Offer:
    """Migrate the database, load the demo bakery if it has none, and make fresh tokens. Only tests give a clock."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        migrating = progress.add_task("Migrating the database", total=1)
        schema = roots.build()
        migrate(settings.database_url, annexes=schema.plugins.annexes)
        progress.advance(migrating)

        def begin_loading() -> Callable[[], None]:
            loading = progress.add_task("Loading the demo bakery", total=first_day_ago() + 1)
            return lambda: progress.advance(loading)

        return asyncio.run(_offer(schema, settings, clock, begin_loading))


async def _offer(
    schema: roots.Schema, settings: Settings, clock: Clock, begin_loading: Callable[[], Callable[[], None]]
) -> Offer:
    database = Database(settings.database_url)
    secret_key = settings.secret_key.get_secret_value()
    try:
        bakery_id = await _find(database)
        if bakery_id is None:
            async with database.writing() as whole:
                bakery_id = await load(schema, OneTransaction(database, whole), clock, secret_key, begin_loading())
        administration = Administration(database, secret_key, clock())
        tokens = {role: await administration.new_token(bakery_id, role, None) for role in Role}
        return Offer(tokens, await queries(Client(schema, database, clock, secret_key, tokens[Role.OWNER])))
    finally:
        await database.dispose()


async def _find(database: Database) -> int | None:
    """The demo bakery, which is told by its name; it was loaded whole, or it would not be there."""
    whole = database.across_bakeries()
    try:
        async with whole.reading() as session:
            return next((bakery.id for bakery in await all_bakeries(session) if bakery.name == NAME), None)
    finally:
        await whole.dispose()


async def load(
    schema: roots.Schema, database: Database, clock: Clock, secret_key: str, advance: Callable[[], None]
) -> BakeryId:
    """Make the demo bakery and tell its story, through the schema, as its owner. Raises `DemoFailed`."""
    made = await Administration(database, secret_key, clock()).create_bakery(
        name=NAME, plan=Plan.GROWTH, time_zone=TIME_ZONE, currency=CURRENCY
    )
    client = Client(schema, database, clock, secret_key, made.tokens[Role.OWNER])
    await Story(client, local_day(clock(), TIME_ZONE)).tell(advance)
    return made.id


def shown(offer: Offer, base_url: str) -> str:
    """What is printed: tokens, and each query under its question."""
    url = f"{base_url}/graphql"
    lines = [
        f"{NAME} is served at {url}; Ctrl-C stops it.",
        f"Open {base_url}/ in a browser for the explorer.",
        "",
        "Bearer tokens, good for a year:",
    ]
    lines += [f"  {role.value:8} {token}" for role, token in offer.tokens.items()]
    for query in offer.queries:
        lines += ["", query.question, query.as_curl(url, offer.tokens[Role.OWNER])]
    return "\n".join([*lines, ""])
