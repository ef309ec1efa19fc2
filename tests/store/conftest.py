"""What several tests of the store ask for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bakery.store.migration import migrate
from tests.store.sealed import Books, opened_books
from tests.support.postgres import drop_database, fresh_database


@pytest.fixture(params=["sqlite", "postgresql"])
def books(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Books]:
    """Two bakeries with an audit log each."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'bakery.db'}"
    else:
        url = fresh_database(request.getfixturevalue("postgres_url"))
    migrate(url)
    with opened_books(url) as made:
        yield made
    if request.param == "postgresql":
        drop_database(url)
