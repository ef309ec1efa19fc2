"""Bringing a database to the schema of this version, and comparing the two."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from bakery.store.session import DatabaseUnavailable, driver_url, prepare_sqlite


def migrate(url: str, revision: str = "head") -> None:
    """Bring the database up to `revision`; makes the folder of a SQLite file that does not exist yet.

    Raises `DatabaseUnavailable`, as all of these do.
    """
    if (file := _sqlite_file(url)) is not None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DatabaseUnavailable(url, error) from error
    with _config(url) as config:
        command.upgrade(config, revision)


def downgrade(url: str, revision: str = "base") -> None:
    with _config(url) as config:
        command.downgrade(config, revision)


def check(url: str) -> None:
    """Raises `alembic.util.CommandError` where the tables of the code and of the database differ."""
    with _config(url) as config:
        command.check(config)


def is_current(url: str) -> bool:
    """Whether the database is at the schema of this version; looking does not make a SQLite file."""
    if (file := _sqlite_file(url)) is not None and not file.exists():
        return False
    with _config(url) as config:
        migrations = MigrationContext.configure(config.attributes["connection"])
        return set(migrations.get_current_heads()) == set(ScriptDirectory.from_config(config).get_heads())


def _sqlite_file(url: str) -> Path | None:
    parsed = driver_url(url, asynchronous=False)
    return Path(parsed.database) if parsed.get_backend_name() == "sqlite" and parsed.database else None


@contextmanager
def _config(url: str) -> Iterator[Config]:
    engine = create_engine(driver_url(url, asynchronous=False), poolclass=NullPool)
    if engine.dialect.name == "sqlite":
        prepare_sqlite(engine)
    try:
        connection = engine.connect()
    except SQLAlchemyError as error:
        raise DatabaseUnavailable(url, error) from error
    with as_file(files("migrations")) as folder, connection:
        config = Config()
        config.set_main_option("script_location", str(folder))
        config.attributes["connection"] = connection.execution_options(baketrace_writes=True)
        yield config
