"""Bringing a database to the schema of this version, and comparing the two to the last column.

The tables of plug-ins (`annex.py`) are migrated after ours and taken down before them, each plug-in's by revisions of
its own. What a plug-in left that is no longer installed stays as it is, and is in nobody's way.

On PostgreSQL `migrate` ends by fencing in every table that has rows of bakeries (`fences.py`), whoever brought it. It
may run while people work: it waits for locks in short turns (`patience.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import as_file, files

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import MetaData, text

from bakery.store import tables
from bakery.store.annex import Annex
from bakery.store.engine import DatabaseUnavailable, driver_url
from bakery.store.fences import Fences
from bakery.store.patience import patiently
from bakery.store.standing import VERSION_TABLE, connected, sqlite_file, versions_of

HEAD = "head"

ONE_AT_A_TIME = 0x62616B65
"""The number of the lock that whoever migrates a PostgreSQL database holds."""


def migrate(url: str, revision: str = HEAD, *, annexes: Sequence[Annex] = ()) -> None:
    """Bring the database up to `revision`, then plug-ins to theirs, and fence it in; makes the folder of a SQLite file
    that does not exist yet. Whoever comes while another migrates waits.

    Raises `DatabaseUnavailable`, as all of these do.
    """
    if (file := sqlite_file(url)) is not None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DatabaseUnavailable(url, error) from error
    if driver_url(url, asynchronous=False).get_backend_name() == "sqlite":
        _upgrade_all(url, revision, annexes)
        return
    with connected(url) as connection:
        patiently(lambda: connection.execute(text(f"SELECT pg_advisory_lock({ONE_AT_A_TIME})")), connection)
        connection.commit()
        # First, so that whoever may not make a role is told before anything has changed.
        Fences(connection).make_role()
        _upgrade_all(url, revision, annexes)
    if revision == HEAD:
        fence_in(url, annexes=annexes)


def fence_in(url: str, *, annexes: Sequence[Annex] = ()) -> None:
    """Fence a migrated PostgreSQL database in, such as a copy, which has the policies but no role of its own."""
    with connected(url) as connection:
        fences = Fences(connection)
        fences.make_role()
        patiently(lambda: fences.put_up(_metadatas(annexes)), connection)


def _upgrade_all(url: str, revision: str, annexes: Sequence[Annex]) -> None:
    _upgrade(url, None, revision)
    for annex in annexes:
        _upgrade(url, annex, HEAD)


def _metadatas(annexes: Sequence[Annex]) -> list[MetaData]:
    return [tables.metadata, *(annex.metadata for annex in annexes)]


def _upgrade(url: str, annex: Annex | None, revision: str) -> None:
    with _config(url, annex) as config:
        try:
            command.upgrade(config, revision)
        except CommandError as error:
            raise DatabaseUnavailable(url, "it is at the schema of a newer version; install that version") from error


def downgrade(url: str, revision: str = "base", *, annexes: Sequence[Annex] = ()) -> None:
    """Take plug-ins down wholly, then ours to `revision`."""
    for annex in reversed(annexes):
        remove(url, annex)
    with _config(url) as config:
        command.downgrade(config, revision)


def remove(url: str, annex: Annex) -> None:
    """Drop the tables of a plug-in with all that is in them."""
    with _config(url, annex) as config:
        command.downgrade(config, "base")


def check(url: str, *, annexes: Sequence[Annex] = ()) -> None:
    """Raises `alembic.util.CommandError` where the tables of the code and of the database differ."""
    for annex in (None, *annexes):
        with _config(url, annex) as config:
            command.check(config)


@contextmanager
def _config(url: str, annex: Annex | None = None) -> Iterator[Config]:
    """Alembic's configuration for our own tables, or those of a plug-in, with a connection."""
    with connected(url) as connection, configured(annex) as config:
        config.attributes["connection"] = connection
        yield config


@contextmanager
def configured(annex: Annex | None = None) -> Iterator[Config]:
    """Alembic's configuration without a database: enough to write the SQL of migrations."""
    with as_file(files("migrations")) as environment, as_file(versions_of(annex)) as revisions:
        config = Config()
        # A path may have blanks in it, and a percent sign would be read as a reference to another option.
        config.set_main_option("path_separator", "newline")
        config.set_main_option("script_location", str(environment).replace("%", "%%"))
        config.set_main_option("version_locations", str(revisions).replace("%", "%%"))
        config.attributes["patiently"] = patiently
        config.attributes["metadata"] = annex.metadata if annex else tables.metadata
        config.attributes["version_table"] = annex.version_table if annex else VERSION_TABLE
        yield config
