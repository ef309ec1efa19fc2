"""What the commands share: how they are configured, ask the database, and refuse."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer
from pydantic import ValidationError

from bakery.errors import InvalidInput
from bakery.store import Database
from bakery.store.engine import DatabaseUnavailable
from bakery.store.migration import is_current
from graphql_api.administration import Administration, UnknownBakery
from graphql_api.app import machine_clock
from graphql_api.config import Settings
from graphql_api.plugins import PluginError, Plugins
from graphql_api.schema import roots

T = TypeVar("T")

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]


class Refused(typer.Exit):
    """Ends a command with its reason on stderr and exit code 1."""

    def __init__(self, reason: object) -> None:
        typer.echo(f"baketrace: {reason}", err=True)
        super().__init__(1)


def settings() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        problems = "; ".join(
            f"BAKETRACE_{'_'.join(map(str, problem['loc'])).upper()}: {problem['msg'].removeprefix('Value error, ')}"
            for problem in error.errors()
        )
        raise Refused(problems) from error


def schema() -> roots.Schema:
    try:
        return roots.build()
    except PluginError as error:
        raise Refused(error) from error


def plugins() -> Plugins:
    return schema().plugins


def migrated_settings() -> Settings:
    configured, used = settings(), plugins()
    try:
        current = is_current(configured.database_url, annexes=used.annexes)
    except DatabaseUnavailable as error:
        raise Refused(error) from error
    if not current:
        raise Refused("the database is not at the schema of this version; run `baketrace migrate` first")
    return configured


def ask(act: Callable[[Database], Awaitable[T]], *, across_bakeries: bool = False) -> T:
    """Do something with the configured database."""
    url = migrated_settings().database_url

    async def run() -> T:
        database = Database(url, across_bakeries=across_bakeries)
        try:
            return await act(database)
        finally:
            await database.dispose()

    try:
        return asyncio.run(run())
    except DatabaseUnavailable as error:
        raise Refused(error) from error


def administer(act: Callable[[Administration], Awaitable[T]]) -> T:
    """Run one administrative act on the configured database."""
    secret = settings().secret_key.get_secret_value()
    try:
        return ask(lambda database: act(Administration(database, secret, machine_clock())))
    except (InvalidInput, UnknownBakery) as error:
        raise Refused(error) from error
