"""Two weeks of the real bakery through a real server, on both engines."""

import pytest

from tests.real import shared
from tests.real.run import plan_replay, run_replay

DAYS = 14
CLIENTS = 8
TICKETS = 1177
BATCHES_MIN = 250
LOTS_MIN = 100
MISTAKES = {"InsufficientStock", "InvalidInput", "RoleRequired"}

pytestmark = [
    pytest.mark.skipif(not shared.is_present(), reason=shared.ABSENT_REASON),
    pytest.mark.timeout(900),
]


def test_two_weeks_of_a_real_bakery(empty_database: str) -> None:
    outcome = run_replay(empty_database, plan_replay(DAYS), CLIENTS, print)

    assert outcome.check_passed, outcome.check_output
    assert outcome.differences == []
    assert (outcome.days, outcome.orders) == (DAYS, TICKETS)
    assert outcome.batches >= BATCHES_MIN
    assert outcome.lots >= LOTS_MIN
    assert outcome.movements > outcome.batches
    assert set(outcome.refusals) >= MISTAKES
    assert "LotTrace" in outcome.tally.seconds_by_operation
    assert "OrderTrace" in outcome.tally.seconds_by_operation
