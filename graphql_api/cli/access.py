"""The commands that list and end what people and partners of a bakery sign in with."""

from __future__ import annotations

from typing import Annotated

import typer

from graphql_api.cli.common import JsonOption, administer
from graphql_api.refs import MAX_RECORD_NUMBER

BakeryOption = Annotated[int, typer.Option(help="The bakery's id.", min=1, max=MAX_RECORD_NUMBER)]


def access_list(bakery: BakeryOption, as_json: JsonOption = False) -> None:
    """List the tokens and keys of a bakery by their numbers, newest first; never themselves."""
    from graphql_api.identity import command

    found = administer(lambda administration: command.listed(administration, bakery))
    typer.echo(command.as_json(found) if as_json else "\n".join(map(str, found)))


def access_revoke(
    numbers: Annotated[list[int], typer.Argument(metavar="NUMBER...", min=1, max=MAX_RECORD_NUMBER)],
    bakery: BakeryOption,
) -> None:
    """End tokens and keys from the next request on, by their numbers."""
    from graphql_api.identity import command

    administer(lambda administration: command.revoke(administration, bakery, numbers))
    typer.echo(f"Revoked: {', '.join(map(str, numbers))}.")
