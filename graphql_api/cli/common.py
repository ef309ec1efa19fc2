"""What the commands share: how they are configured, ask the database, and refuse."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer
from pydantic import ValidationError

from bakery.errors import InvalidInput
from bakery.store import Database
from bakery.store.engine import DatabaseUnavailable
from bakery.store.standing import Standing, standing
from graphql_api.app import machine_clock
from graphql_api.config import Settings
from graphql_api.plugins import PluginError, Plugins
from graphql_api.schema import roots

if TYPE_CHECKING:
    from graphql_api.administration import Administration

T = TypeVar("T")

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]


class Refused(typer.Exit):
    """Ends a command with its reason on stderr and exit code 1."""

    def __init__(self, reason: object) -> None:
        typer.echo(f"baketrace: {reason}", err=True)
        super().__init__(1)


def refuse_files(refused: Exception, problems: Sequence[Any], *, as_json: bool) -> NoReturn:
    """End with every problem that files have, each a dataclass that tells itself, and with what became of them."""
    if as_json:
        typer.echo(json.dumps({"problems": [asdict(problem) for problem in problems]}))
    else:
        typer.echo("\n".join(map(str, problems)), err=True)
    raise Refused(refused) from refused


def settings() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        problems = "; ".join(
            f"BAKETRACE_{'_'.join(map(str, problem['loc'])).upper()}: {problem['msg'].removeprefix('Value error, ')}"
            for problem in error.errors()
        )
        raise Refused(problems) from error


def schema(served: Settings | None = None) -> roots.Schema:
    """That of the plug-ins that are installed, as it is `served` under settings."""
    try:
        return roots.installed(served)
    except PluginError as error:
        raise Refused(error) from error


def plugins(served: Settings | None = None) -> Plugins:
    return schema(served).plugins


def migrated_settings(*, serves_on: str | None = None) -> Settings:
    """The settings, once the database is known to be at the schema of this version.

    Who serves on a host may also be a version behind: while servers are replaced one after another, those of the old
    version go on, and have to be able to start again.
    """
    configured = settings() if serves_on is None else settings().on(serves_on)
    used = plugins(None if serves_on is None else configured)
    try:
        found = standing(configured.database_url, annexes=used.annexes)
    except DatabaseUnavailable as error:
        raise Refused(error) from error
    if found is Standing.BEHIND:
        raise Refused("the database is not at the schema of this version; run `baketrace migrate` first")
    if found is Standing.FOREIGN or (found is Standing.AHEAD and serves_on is None):
        raise Refused("the database is at the schema of a newer version; install that version")
    if found is Standing.AHEAD:
        typer.echo("baketrace: the database is at the schema of a newer version; this serves it meanwhile", err=True)
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
    from graphql_api.administration import Administration, UnknownBakery

    secret = settings().secret_key.get_secret_value()
    try:
        return ask(lambda database: act(Administration(database, secret, machine_clock())))
    except (InvalidInput, UnknownBakery) as error:
        raise Refused(error) from error
