"""The commands that copy a SQLite database and put a copy back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bakery.store.backup import Age, BackupRefused
from bakery.store.backup import backup as copy_database
from bakery.store.backup import restore as put_database_back
from graphql_api.cli.common import Refused, settings


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
