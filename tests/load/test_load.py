"""A short load on both databases, so that the long one cannot rot: every operation is asked, nothing goes wrong."""

from collections.abc import Iterator

import pytest

from tests.load.load import SEED, load
from tests.load.mix import READS, WRITES
from tests.real.engines import sqlite_database
from tests.support.postgres import drop_database, fresh_database

SECONDS = 2.0
CLIENTS = 8
OPEN_FOR = 5


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "sqlite":
        with sqlite_database() as url:
            yield url
        return
    url = fresh_database(request.getfixturevalue("postgres_url"))
    yield url
    drop_database(url)


@pytest.mark.timeout(600)
def test_a_short_load(database_url: str) -> None:
    outcome = load(database_url, SECONDS, CLIENTS, SEED, OPEN_FOR)
    assert outcome.accidents == []
    assert outcome.is_clean, outcome.check_output
    assert set(outcome.seconds_by_operation) <= READS.keys() | WRITES.keys()
    assert outcome.requests >= CLIENTS
    assert min(held for _, held in outcome.memory) > 0
