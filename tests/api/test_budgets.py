"""A partner's key has a budget by its bakery's plan, which refills and which all processes share; people have none."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from plans import Plan, Role
from tests.api.bakeries import Bakery
from tests.api.in_process import InProcessApi

BUDGET, REFILL = 100, 10
CHEAP = "{ viewer { id } }"
FIFTY = '{ lot(code: "LOT-260302-001") { trace { verdict } } }'  # a lot and its trace: 51


@pytest.fixture
def strict(database_url: str) -> Iterator[InProcessApi]:
    api = InProcessApi(database_url, growth_budget=BUDGET, growth_refill=REFILL, scale_budget=1_000, scale_refill=7)
    yield api
    api.close()


def asked(api: InProcessApi, token: str, text: str) -> tuple[int, dict[str, str], dict[str, Any]]:
    headers = {"Authorization": f"Bearer {token}"}
    response = api.request("POST", "/graphql", json={"query": text}, headers=headers)
    return response.status_code, dict(response.headers), response.json()


def test_a_budget_is_told_is_spent_and_comes_back(strict: InProcessApi) -> None:
    bakery = Bakery.opened(strict)
    key = bakery.new_token(Role.PARTNER)
    status, _, answer = asked(strict, key, FIFTY)
    assert status == 200
    assert answer["extensions"]["cost"] == {
        "requested": 51,
        "remaining": 49,
        "capacity": BUDGET,
        "refillPerSecond": REFILL,
        "fullAt": (strict.now + timedelta(seconds=5.1)).isoformat(),
    }

    status, headers, answer = asked(strict, key, FIFTY)
    assert status == 429
    assert headers["retry-after"] == "1"
    [error] = answer["errors"]
    assert "data" not in answer
    assert error["extensions"] | {"cost": ...} == {
        "code": "RATE_LIMITED",
        "limit": "budget",
        "actual": 51,
        "allowed": 49,
        "cost": ...,
        "retryAfterSeconds": 1,
    }
    assert error["extensions"]["cost"]["remaining"] == 49
    assert "51" in error["message"]
    assert "49" in error["message"]

    # What was refused was not charged, and what is cheap still goes.
    assert asked(strict, key, CHEAP)[2]["extensions"]["cost"]["remaining"] == 48
    strict.now += timedelta(seconds=1)
    assert asked(strict, key, FIFTY)[2]["extensions"]["cost"]["remaining"] == 7
    strict.now += timedelta(hours=1)
    assert asked(strict, key, CHEAP)[2]["extensions"]["cost"]["remaining"] == BUDGET - 1


def test_each_key_and_each_plan_has_its_own(strict: InProcessApi) -> None:
    bakery = Bakery.opened(strict)
    keys = [bakery.new_token(Role.PARTNER) for _ in range(2)]
    for key in keys:
        assert asked(strict, key, CHEAP)[2]["extensions"]["cost"]["remaining"] == BUDGET - 1
    bakery.set_plan(Plan.SCALE)
    told = asked(strict, keys[0], CHEAP)[2]["extensions"]["cost"]
    assert (told["capacity"], told["refillPerSecond"]) == (1_000, 7)


def test_people_have_no_budget(strict: InProcessApi) -> None:
    bakery = Bakery.opened(strict)
    for _ in range(5):
        status, _, answer = asked(strict, bakery.tokens[Role.OWNER], FIFTY)
        assert status == 200
        assert "extensions" not in answer


def test_what_the_whole_budget_does_not_cover_is_never_worth_waiting_for(strict: InProcessApi) -> None:
    key = Bakery.opened(strict).new_token(Role.PARTNER)
    text = '{ a: lot(code: "A") { trace { verdict } } b: lot(code: "B") { trace { verdict } } }'
    status, headers, answer = asked(strict, key, text)
    assert status == 200
    assert "retry-after" not in headers
    assert answer["errors"][0]["extensions"] == {
        "code": "LIMIT_EXCEEDED",
        "limit": "budget",
        "actual": 102,
        "allowed": BUDGET,
    }


def test_processes_share_a_budget(strict: InProcessApi) -> None:
    """Two of them, with pools of their own, spend at the same time: not one request more than the budget has."""
    key = Bakery.opened(strict).new_token(Role.PARTNER)
    others = [InProcessApi(strict.database_url, growth_budget=BUDGET, growth_refill=REFILL) for _ in range(2)]

    def spend(api: InProcessApi) -> list[int]:
        return [asked(api, key, '{ lot(code: "A") { id supplier { id } } }')[0] for _ in range(40)]

    with ThreadPoolExecutor(2) as threads:
        statuses = [status for spent in threads.map(spend, others) for status in spent]
    for api in others:
        api.close()
    assert statuses.count(200) == BUDGET // 2
    assert statuses.count(429) == len(statuses) - BUDGET // 2


def test_a_budget_can_be_switched_off(database_url: str, tmp_path: Path) -> None:
    api = InProcessApi(database_url, growth_budget=0)
    key = Bakery.opened(api).new_token(Role.PARTNER)
    assert "extensions" not in asked(api, key, CHEAP)[2]
    api.close()
