"""The commands that make bakeries, let people in, and take over their books."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from graphql_api.app import machine_clock
from graphql_api.cli.common import JsonOption, Refused, administer, refuse_files
from graphql_api.importing.forms import CUSTOMERS, FORMS, INGREDIENTS, ORDERS, RECIPES, SUPPLIERS, Form
from graphql_api.refs import MAX_RECORD_NUMBER
from plans import Plan, Role

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


def bakery_set_plan(
    bakery_id: Annotated[int, typer.Argument(metavar="ID", help="The bakery.", min=1, max=MAX_RECORD_NUMBER)],
    plan: PlanArgument,
) -> None:
    """Change what a bakery has bought."""
    administer(lambda administration: administration.set_plan(bakery_id, plan))
    typer.echo(f"Bakery {bakery_id} is on {plan.value}.")


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
    from bakery.store.bulk import Overtaken
    from graphql_api.importing.command import import_files
    from graphql_api.importing.problems import ImportRefused
    from graphql_api.importing.progress import shown_progress

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
        refuse_files(refused, refused.problems, as_json=as_json)
    except Overtaken as error:
        raise Refused(error) from error
    typer.echo(json.dumps(counts) if as_json else "\n".join(f"{count} {noun}" for noun, count in counts.items()))
