"""A short load on both databases, so that the long one cannot rot: every operation is asked, nothing goes wrong."""

import pytest

from tests.load.load import SEED, load
from tests.load.mix import READS, WRITES

SECONDS = 2.0
CLIENTS = 8
OPEN_FOR = 5


@pytest.mark.timeout(600)
def test_a_short_load(empty_database: str) -> None:
    outcome = load(empty_database, SECONDS, CLIENTS, SEED, OPEN_FOR)
    assert outcome.accidents == []
    assert outcome.is_clean, outcome.check_output
    assert set(outcome.seconds_by_operation) <= READS.keys() | WRITES.keys()
    assert outcome.requests >= CLIENTS
    assert min(held for _, held in outcome.memory) > 0
