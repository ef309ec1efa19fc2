"""The command line: `baketrace --help`."""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
import uvicorn
from pydantic import ValidationError

from bakery.audit import Head
from bakery.errors import InvalidInput
from bakery.proof import Breach
from bakery.store import Database
from bakery.store.audit import Verification, heads_of_all, seal_waiting, verified, waiting_count
from bakery.store.backup import Age, BackupRefused
from bakery.store.backup import backup as copy_database
from bakery.store.backup import restore as put_database_back
from bakery.store.bulk import Overtaken
from bakery.store.engine import DatabaseUnavailable
from bakery.store.migration import is_current
from bakery.store.migration import migrate as migrate_database
from bakery.store.migration import remove as remove_tables
from bakery.store.proof import prove
from graphql_api.administration import Administration, UnknownBakery
from graphql_api.app import machine_clock
from graphql_api.config import Settings
from graphql_api.demo.client import DemoFailed
from graphql_api.demo.command import PortTaken, run_demo
from graphql_api.importing.command import import_files
from graphql_api.importing.forms import CUSTOMERS, FORMS, INGREDIENTS, ORDERS, RECIPES, SUPPLIERS, Form
from graphql_api.importing.problems import ImportRefused
from graphql_api.importing.progress import shown_progress
from graphql_api.observing import logs, metrics
from graphql_api.plugins import PluginError, Plugins
from graphql_api.refs import MAX_RECORD_NUMBER
from graphql_api.schema import roots
from graphql_api.workers import run as run_server
from plans import Plan, Role

T = TypeVar("T")

WORKER_SILENCE_SECONDS = 120
"""After how long a silent worker is replaced. A busy machine keeps one from answering for longer than uvicorn's five
seconds, and to kill it then would cut the very requests that it is busy with."""

app = typer.Typer(
    help="Lot tracking and batch traceability for bakeries.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
bakery_commands = typer.Typer(help="Make bakeries and change their plan.", no_args_is_help=True)
app.add_typer(bakery_commands, name="bakery")
audit_commands = typer.Typer(help="Verify the audit log, and print what to publish of it.", no_args_is_help=True)
app.add_typer(audit_commands, name="audit")

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]
PlanArgument = Annotated[Plan, typer.Argument(help="The plan it gets.", case_sensitive=False)]


def csv_option(form: Form) -> Any:
    columns = ", ".join(f"{name} (required)" if name in form.required else name for name in form.columns)
    return typer.Option(metavar="FILE", help=f"Columns: {columns}.")


def moment(text: str) -> datetime:
    """A day or a moment as ISO 8601 has it; in UTC where it names no offset."""
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"“{text}” is no moment; use one like 2027-01-31T18:00+02:00.") from error
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def head_hash(text: str) -> str:
    """A hash as `audit head` prints it."""
    if not re.fullmatch("[0-9a-f]{64}", text):
        raise typer.BadParameter(f"“{text}” is no head; one has 64 digits of 0-9 and a-f, as `audit head` prints it.")
    return text


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


def administer(act: Callable[[Administration], Awaitable[T]]) -> T:
    """Run one administrative act on the configured database."""

    async def run() -> T:
        async with _administration() as administration:
            return await act(administration)

    try:
        return asyncio.run(run())
    except (InvalidInput, UnknownBakery) as error:
        raise Refused(error) from error


@asynccontextmanager
async def _administration() -> AsyncIterator[Administration]:
    configured = migrated_settings()
    database = Database(configured.database_url)
    try:
        yield Administration(database, configured.secret_key.get_secret_value(), machine_clock())
    finally:
        await database.dispose()


def migrated_settings() -> Settings:
    configured, used = settings(), plugins()
    try:
        current = is_current(configured.database_url, annexes=used.annexes)
    except DatabaseUnavailable as error:
        raise Refused(error) from error
    if not current:
        raise Refused("the database is not at the schema of this version; run `baketrace migrate` first")
    return configured


@app.command()
def migrate(
    remove: Annotated[str, typer.Option(metavar="FEATURE", help="Drop a plug-in's tables, and all in them.")] = "",
) -> None:
    """Bring the database to the schema of this version and of the plug-ins that are installed."""
    used = plugins()
    annex = next((plugin.annex for plugin in used if plugin.feature.key == remove), None)
    if remove and annex is None:
        raise Refused(f"no feature {remove} is installed that has tables of its own")
    try:
        if annex is None:
            migrate_database(settings().database_url, annexes=used.annexes)
        else:
            remove_tables(settings().database_url, annex)
    except DatabaseUnavailable as error:
        raise Refused(error) from error
    typer.echo("The database is at the schema of this version." if annex is None else f"{remove} has no tables now.")


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="The address to serve on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to serve on.", min=1, max=65535)] = 8000,
    workers: Annotated[int, typer.Option(help="How many processes serve.", min=1)] = 1,
    drain_seconds: Annotated[
        int, typer.Option(help="How long requests that run may take after SIGTERM, before they are cut.", min=1)
    ] = 30,
) -> None:
    """Serve the API until SIGTERM or Ctrl-C; what was begun by then is still answered."""
    configured = migrated_settings()
    try:
        configured.refuse_unsafe_address(host)
    except ValueError as error:
        raise Refused(error) from error
    # The processes that serve do not know the address: they are told what follows from it.
    os.environ |= {f"BAKETRACE_{name.upper()}": str(flag) for name, flag in configured.flags_on(host).items()}
    logs.configure()
    with ExitStack() as stack:
        try:
            stack.enter_context(metrics.served(configured))
        except OSError as error:
            where = f"{configured.metrics_host}:{configured.metrics_port}"
            raise Refused(f"metrics cannot be served on {where} ({error.strerror})") from error
        run_server(
            uvicorn.Config(
                "graphql_api.app:served_app",
                factory=True,
                host=host,
                port=port,
                workers=workers,
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=drain_seconds,
                timeout_worker_healthcheck=WORKER_SILENCE_SECONDS,
                proxy_headers=False,  # the application heeds them itself (`http/front.py`)
            )
        )


@app.command()
def demo(port: Annotated[int, typer.Option(help="The port to serve on.", min=1, max=65535)] = 8000) -> None:
    """Serve a demo bakery on 127.0.0.1; it is loaded once, and kept."""
    try:
        run_demo(settings(), port)
    except (PortTaken, DemoFailed, DatabaseUnavailable, PluginError) as error:
        raise Refused(error) from error


@bakery_commands.command("create")
def bakery_create(
    name: Annotated[str, typer.Option(help="What it is called.")],
    plan: Annotated[Plan, typer.Option(help="What it has bought.", case_sensitive=False)] = Plan.ESSENTIALS,
    time_zone: Annotated[str, typer.Option(help="IANA name of its time zone.")] = "UTC",
    currency: Annotated[str, typer.Option(help="ISO 4217 code of its currency.")] = "EUR",
    as_json: JsonOption = False,
) -> None:
    """Make a bakery with one person in each role, and print its id and their tokens.

    The tokens are shown this once; `baketrace token` makes new ones.
    """
    made = administer(
        lambda administration: administration.create_bakery(
            name=name, plan=plan, time_zone=time_zone, currency=currency
        )
    )
    tokens = {role.value: token for role, token in made.tokens.items()}
    if as_json:
        typer.echo(json.dumps({"id": made.id, "tokens": tokens}))
        return
    typer.echo(f"Bakery {made.id}: {name}, on {plan.value}")
    for role, token in tokens.items():
        typer.echo(f"  {role:8} {token}")


@bakery_commands.command("set-plan")
def bakery_set_plan(
    bakery_id: Annotated[int, typer.Argument(metavar="ID", help="The bakery.", min=1, max=MAX_RECORD_NUMBER)],
    plan: PlanArgument,
) -> None:
    """Change what a bakery has bought."""
    administer(lambda administration: administration.set_plan(bakery_id, plan))
    typer.echo(f"Bakery {bakery_id} is on {plan.value}.")


@app.command()
def token(
    bakery: Annotated[int, typer.Option(help="The bakery's id.", min=1, max=MAX_RECORD_NUMBER)],
    role: Annotated[Role, typer.Option(help="Whom it is for.", case_sensitive=False)],
    expires: Annotated[
        datetime | None,
        typer.Option(
            parser=moment, metavar="MOMENT", help="When it ends, in UTC without an offset; a year from now if left out."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a bearer token for a bakery's person in a role, or an API key for a partner that may read traces."""
    if expires is not None and expires <= machine_clock():
        raise Refused(f"--expires {expires} has passed already")
    made = administer(lambda administration: administration.new_token(bakery, role, expires))
    typer.echo(json.dumps({"token": made}) if as_json else made)


@app.command("import")
def import_csv(
    bakery: Annotated[int, typer.Option(help="The bakery's id.", min=1, max=MAX_RECORD_NUMBER)],
    suppliers: Annotated[Path | None, csv_option(SUPPLIERS)] = None,
    ingredients: Annotated[Path | None, csv_option(INGREDIENTS)] = None,
    customers: Annotated[Path | None, csv_option(CUSTOMERS)] = None,
    recipes: Annotated[Path | None, csv_option(RECIPES)] = None,
    orders: Annotated[Path | None, csv_option(ORDERS)] = None,
    as_json: JsonOption = False,
) -> None:
    """Take a bakery's books from CSV files, all or nothing; docs/import.md describes their form.

    Every bad row is told with its file, line and column. Nothing of any file is taken then.
    """
    given = dict(zip(FORMS, (suppliers, ingredients, customers, recipes, orders), strict=True))
    files = {form: path for form, path in given.items() if path is not None}
    if not files:
        raise typer.BadParameter("Give at least one file, such as --suppliers suppliers.csv.")
    try:
        with shown_progress() as advance:
            counts = administer(
                lambda administration: import_files(administration.database, administration.now, bakery, files, advance)
            )
    except ImportRefused as refused:
        if as_json:
            typer.echo(json.dumps({"problems": [asdict(problem) for problem in refused.problems]}))
        else:
            typer.echo("\n".join(map(str, refused.problems)), err=True)
        raise Refused(refused) from refused
    except Overtaken as error:
        raise Refused(error) from error
    typer.echo(json.dumps(counts) if as_json else "\n".join(f"{count} {noun}" for noun, count in counts.items()))


@app.command()
def check(as_json: JsonOption = False) -> None:
    """Prove the whole database from the ledger up; list each breach, and end with 1 if there is any."""
    found = asyncio.run(_breaches(migrated_settings()))
    if as_json:
        typer.echo(json.dumps([{"bakery": name, **asdict(breach)} for name, breach in found]))
    else:
        for name, breach in found:
            typer.echo(f"{breach.rule}  {name}: {breach.subject}: {breach.message}")
        typer.echo(f"{len(found)} breaches." if found else "No breaches.")
    if found:
        raise typer.Exit(1)


async def _breaches(configured: Settings) -> list[tuple[str, Breach]]:
    database = Database(configured.database_url, across_bakeries=True)
    try:
        return await prove(
            database,
            plans=[plan.value for plan in Plan],
            roles=[role.value for role in Role],
            annexes=plugins().annexes,
        )
    except DatabaseUnavailable as error:
        raise Refused(error) from error
    finally:
        await database.dispose()


@audit_commands.command("head")
def audit_head(as_json: JsonOption = False) -> None:
    """Seal what waits, and print the last hash of each bakery's chain: publish them where nobody can change them."""
    heads, waiting = asyncio.run(_heads(migrated_settings()))
    if as_json:
        typer.echo(json.dumps([{"bakery": bakery, **asdict(head)} for bakery, head in heads]))
    else:
        for bakery, head in heads:
            typer.echo(f"bakery {bakery}  {head.number}  {head.hash}")
    if waiting:
        typer.echo(f"{waiting} entries wait for their seal, and are in the next head.", err=True)


async def _heads(configured: Settings) -> tuple[list[tuple[int, Head]], int]:
    database = Database(configured.database_url, across_bakeries=True)
    try:
        await seal_waiting(database, machine_clock)
        async with database.reading() as session:
            return await heads_of_all(session), await waiting_count(session)
    finally:
        await database.dispose()


@audit_commands.command("verify")
def audit_verify(
    heads: Annotated[
        list[str] | None,
        typer.Option("--head", parser=head_hash, metavar="HASH", help="A published head; it may be given repeatedly."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Follow each bakery's chain, and look for published heads in them; end with 1 if anything is wrong."""
    verification = asyncio.run(_verified(migrated_settings(), heads or []))
    if as_json:
        told = [{"bakery": name, **asdict(breach)} for name, breach in verification.breaches]
        typer.echo(json.dumps({**asdict(verification), "breaches": told}))
    else:
        for name, breach in verification.breaches:
            typer.echo(f"{name}: {breach.subject}: {breach.message}")
        typer.echo(verification.summary)
    if verification.breaches:
        raise typer.Exit(1)


async def _verified(configured: Settings, published: list[str]) -> Verification:
    database = Database(configured.database_url, across_bakeries=True)
    try:
        async with database.reading() as session:
            return await verified(session, published)
    finally:
        await database.dispose()


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the copy goes.")],
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Copy a SQLite database as it is at this moment, while it is served; docs/operations.md tells of PostgreSQL."""
    try:
        copy_database(settings().database_url, file, force=force)
    except BackupRefused as error:
        raise Refused(error) from error
    typer.echo(f"{file} has the whole database, {file.stat().st_size:,} bytes.")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A copy that `baketrace backup` took.")],
    force: Annotated[bool, typer.Option("--force", help="Replace the database that is there, with all in it.")] = False,
) -> None:
    """Put a copy of a SQLite database in the place of the configured one; stop the server first."""
    try:
        age = put_database_back(settings().database_url, file, force=force)
    except BackupRefused as error:
        raise Refused(error) from error
    older = " It is at the schema of an older version: run `baketrace migrate`." if age is Age.OLDER else ""
    typer.echo(f"The database is what {file} has.{older}")


@app.command()
def sdl() -> None:
    """Print the schema in GraphQL's schema language."""
    typer.echo(schema().as_str())
