"""Empty databases to replay on: one for each engine that the product knows."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from tests.support.postgres import fresh_database, running_postgres


@contextmanager
def sqlite_database() -> Iterator[str]:
    """A file in a directory of its own, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="baketrace-replay-") as directory:
        yield f"sqlite:///{Path(directory) / 'replay.db'}"


@contextmanager
def postgresql_database() -> Iterator[str]:
    """A database on a throw-away server of the tests, which does not wait for its disk."""
    with running_postgres() as base_url:
        yield fresh_database(base_url)


ENGINES: dict[str, Callable[[], AbstractContextManager[str]]] = {
    "sqlite": sqlite_database,
    "postgresql": postgresql_database,
}
