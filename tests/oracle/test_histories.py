"""The product against the oracle, through random histories on both databases at once.

A few in the suite; thousands with `make oracle`. Each run says its seed: `make oracle SEED=` goes through it again.
"""

from collections import Counter
from collections.abc import Iterator
from random import SystemRandom
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from bakery.store.proof import foreign_rows
from tests.api.databases import ENGINES, Templates
from tests.api.in_process import InProcessApi
from tests.oracle.machine import Machine

HISTORIES_IN_THE_SUITE = 8
STEPS = 60
ENOUGH_TO_MEET_ALL = 1000
WORTH_A_HISTORY = (
    "a lot used that was made here",
    "a lot passed over",
    "untracked stock used",
    "lots corrected by a run",
    "lots corrected by a count",
    "a shortfall allowed",
    "a link",
    "SALE",
    "REVERSAL",
    "WRITE_OFF",
    "confirmProduction: InsufficientStock",
    "editLotExpiry: EditLotExpirySuccess",
    "receivePurchaseOrder: ReceivePurchaseOrderSuccess",
)
"""What a heavy run has to have met in each of its parts: an oracle that is asked nothing agrees with everything."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A heavy run is shared out among all workers."""
    shards = 16 if metafunc.config.getoption("--histories") else 2
    if "shard" in metafunc.fixturenames:
        metafunc.parametrize(("shard", "shards"), [(shard, shards) for shard in range(shards)])


@pytest.fixture(scope="module")
def apis(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[InProcessApi, ...]]:
    """The application on a database of each kind."""
    sqlite, postgresql = (templates.copy(engine, tmp_path_factory.mktemp(engine)) for engine in ENGINES)
    with sqlite as first, postgresql as second:
        running = (InProcessApi(first), InProcessApi(second))
        yield running
        for api in running:
            assert api.prove(foreign_rows) == []  # of all histories' bakeries
            api.close()


@pytest.mark.timeout(0)
def test_the_product_and_the_oracle_agree(
    apis: tuple[InProcessApi, ...], pytestconfig: pytest.Config, shard: int, shards: int
) -> None:
    """R-2 to R-7: same lots, same quantities, same refusals, same traces; `baketrace check` finds nothing."""
    histories = pytestconfig.getoption("--histories") or HISTORIES_IN_THE_SUITE
    first_seed = pytestconfig.getoption("--history-seed") or SystemRandom().randrange(10**9)
    print(f"seed {first_seed}, shard {shard} of {shards}, {histories} histories")
    machine: Any = type("Histories", (Machine,), {"apis": apis, "met": Counter()})
    run_state_machine_as_test(
        seed(first_seed + shard)(machine),
        settings=settings(
            max_examples=-(-histories // shards),
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )
    for what, times in sorted(machine.met.items()):
        print(f"{times:6} {what}")
    if histories >= ENOUGH_TO_MEET_ALL:
        assert [what for what in WORTH_A_HISTORY if not machine.met[what]] == []
