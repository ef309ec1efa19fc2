"""The commands that prove a whole database: its books, and its audit log."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import Annotated

import typer

from bakery.audit import Head
from bakery.proof import Breach
from bakery.store import Database
from bakery.store.audit import Verification, heads_of_all, seal_waiting, verified, waiting_count
from graphql_api.app import machine_clock
from graphql_api.cli.common import JsonOption, ask, plugins
from plans import Plan, Role


def head_hash(text: str) -> str:
    """A hash as `audit head` prints it."""
    if not re.fullmatch("[0-9a-f]{64}", text):
        raise typer.BadParameter(f"“{text}” is no head; one has 64 digits of 0-9 and a-f, as `audit head` prints it.")
    return text


def check(as_json: JsonOption = False) -> None:
    """Prove the whole database from the ledger up; list each breach, and end with 1 if there is any."""
    found = ask(_breaches, across_bakeries=True)
    if as_json:
        typer.echo(json.dumps([{"bakery": name, **asdict(breach)} for name, breach in found]))
    else:
        for name, breach in found:
            typer.echo(f"{breach.rule}  {name}: {breach.subject}: {breach.message}")
        typer.echo(f"{len(found)} breaches." if found else "No breaches.")
    if found:
        raise typer.Exit(1)


async def _breaches(database: Database) -> list[tuple[str, Breach]]:
    from bakery.store.proof import prove

    return await prove(
        database,
        plans=[plan.value for plan in Plan],
        roles=[role.value for role in Role],
        annexes=plugins().annexes,
    )


def audit_head(as_json: JsonOption = False) -> None:
    """Seal what waits, and print the last hash of each bakery's chain: publish them where nobody can change them."""
    heads, waiting = ask(_heads, across_bakeries=True)
    if as_json:
        typer.echo(json.dumps([{"bakery": bakery, **asdict(head)} for bakery, head in heads]))
    else:
        for bakery, head in heads:
            typer.echo(f"bakery {bakery}  {head.number}  {head.hash}")
    if waiting:
        typer.echo(f"{waiting} entries wait for their seal, and are in the next head.", err=True)


async def _heads(database: Database) -> tuple[list[tuple[int, Head]], int]:
    await seal_waiting(database, machine_clock)
    async with database.reading() as session:
        return await heads_of_all(session), await waiting_count(session)


def audit_verify(
    heads: Annotated[
        list[str] | None,
        typer.Option("--head", parser=head_hash, metavar="HASH", help="A published head; it may be given repeatedly."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Follow each bakery's chain, and look for published heads in them; end with 1 if anything is wrong."""
    verification = ask(lambda database: _verified(database, heads or []), across_bakeries=True)
    if as_json:
        told = [{"bakery": name, **asdict(breach)} for name, breach in verification.breaches]
        typer.echo(json.dumps({**asdict(verification), "breaches": told}))
    else:
        for name, breach in verification.breaches:
            typer.echo(f"{name}: {breach.subject}: {breach.message}")
        typer.echo(verification.summary)
    if verification.breaches:
        raise typer.Exit(1)


async def _verified(database: Database, published: list[str]) -> Verification:
    async with database.reading() as session:
        return await verified(session, published)
