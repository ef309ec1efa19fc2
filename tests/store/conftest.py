"""What several tests of the store ask for."""

from collections.abc import Iterator

import pytest

from tests.store.sealed import Books, opened_books


@pytest.fixture
def books(database_url: str) -> Iterator[Books]:
    """Two bakeries with an audit log each."""
    with opened_books(database_url) as made:
        yield made
