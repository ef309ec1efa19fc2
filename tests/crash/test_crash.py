"""Short runs of what `make crash` does at length, and a judge that sees what it is there to see.

How long anything took is judged there alone: here only a hang fails.
"""

import asyncio
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import SystemRandom
from typing import Any, TypeVar

import pytest

from tests.crash import drain, once, reply
from tests.crash.cluster import Cluster, durable_cluster
from tests.crash.evidence import Effect, Evidence, judge
from tests.crash.kills import kill_databases, kill_servers
from tests.crash.scene import Scene
from tests.crash.servers import Server, stopped_at_last
from tests.crash.traffic import CREATE_ORDER, Change, State
from tests.race.documents import QUICK_RESTOCK
from tests.real.engines import sqlite_database
from tests.support.postgres import fresh_database

T = TypeVar("T")

HANG_SECONDS = 600
KILLS_OF_SERVER = 3
"""One in each way."""
KILLS_OF_DATABASE = 3
KEYS = 40


class Stage:
    """A scene, and the event loop that all tests on it share."""

    def __init__(self, server: Server, seed: int, cluster: Cluster | None) -> None:
        self._runner = asyncio.Runner()
        self.cluster = cluster
        self.scene = self._runner.run(Scene.opened(server, seed))

    def play(self, act: Callable[[Scene], Coroutine[Any, Any, T]]) -> T:
        """Run an act; on a server that was started again if the last act ended it."""

        async def run() -> T:
            if self.scene.server.process is None or self.scene.server.process.poll() is not None:
                await self.scene.start_again()
            return await act(self.scene)

        return self._runner.run(run())

    def close(self) -> None:
        self._runner.close()


@pytest.fixture(scope="module")
def seed() -> int:
    return SystemRandom().randrange(10**6)


@pytest.fixture(autouse=True)
def _printed(seed: int) -> None:
    print(f"seed {seed}")


@contextmanager
def staged(url: str, folder: Path, seed: int, cluster: Cluster | None = None) -> Iterator[Stage]:
    with stopped_at_last(Server(url, folder / "server.log")) as server, closing(Stage(server, seed, cluster)) as stage:
        yield stage


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with durable_cluster() as running:
        yield running


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, seed: int) -> Iterator[Stage]:
    """One bakery, server and database an engine: to start them takes longer than most of what is done to them."""
    folder = tmp_path_factory.mktemp("stage")
    if request.param == "sqlite":
        with sqlite_database() as url, staged(url, folder, seed) as made:
            yield made
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    with staged(fresh_database(cluster.url), folder, seed, cluster) as made:
        yield made


@pytest.mark.timeout(HANG_SECONDS)
def test_each_key_is_done_once(stage: Stage, seed: int) -> None:
    """R-5.10: each sent by five at once, to two processes; one effect a key, and the same answer for all."""
    outcome = stage.play(lambda scene: once.send_at_once(scene, KEYS, once.REPLAYS, seed))
    assert outcome.breaches == []
    assert (outcome.effects, outcome.requests) == (KEYS, KEYS * once.REPLAYS)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere workers are no copies of their parent")
def test_nothing_crosses_from_the_parent_into_its_workers(stage: Stage) -> None:
    """They are copies of it: it has one thread and, after the port, no socket and no file of a database."""
    server = stage.scene.server
    assert server.process
    parent = Path("/proc") / str(server.process.pid)
    opened = [str(handle.readlink()) for handle in (parent / "fd").iterdir()]
    assert len(list((parent / "task").iterdir())) == 1
    assert sum(name.startswith("socket:") for name in opened) == 1
    assert [name for name in opened if ".db" in name] == []


@pytest.mark.timeout(HANG_SECONDS)
def test_an_answer_survives_a_kill_between_commit_and_reply(stage: Stage, seed: int) -> None:
    """R-5.10: nobody was told, the stock is booked; the same key then answers with it and books nothing more."""
    change = stage.play(lambda scene: reply.change_without_its_reply(scene, seed))
    lot = stage.play(lambda scene: reply.reply_to(scene, change))
    evidence = Evidence.read(stage.scene.url, stage.scene.changes)
    assert evidence.effects[change.mark] == [Effect(lot, ())]


@pytest.mark.timeout(HANG_SECONDS)
def test_a_killed_server_loses_nothing_and_does_nothing_by_half(stage: Stage, seed: int) -> None:
    """R-5.10: what was acknowledged is there, once and whole; what was not is there wholly or not at all."""
    outcome = stage.play(lambda scene: kill_servers(scene, KILLS_OF_SERVER, seed))
    assert outcome.breaches == []
    assert {way: len(seconds) for way, seconds in outcome.kills.items()} == {"server": 1, "parent": 1, "worker": 1}
    assert outcome.replayed > 0


@pytest.mark.timeout(HANG_SECONDS)
@pytest.mark.parametrize("stage", ["postgresql"], indirect=True)
def test_a_killed_postgresql_loses_nothing_and_the_server_goes_on(stage: Stage, seed: int) -> None:
    """R-5.10: clients meanwhile are told that the database is away, and what became of their change; nothing else."""
    cluster = stage.cluster
    assert cluster
    outcome = stage.play(lambda scene: kill_databases(scene, cluster, KILLS_OF_DATABASE, seed + 1))
    assert outcome.breaches == []
    assert outcome.traffic.told["NOT_DONE"] > 0
    assert outcome.replayed > 0


@pytest.mark.timeout(HANG_SECONDS)
def test_sigterm_cuts_nothing(stage: Stage, seed: int) -> None:
    """What is there afterwards is just what was answered."""
    outcome = stage.play(lambda scene: drain.drain(scene, 1, seed + 2))
    assert outcome.breaches == []
    assert outcome.answered > 0


# ── the judge ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def change(state: State, made: int | None = None, *, told_done: bool = False) -> Change:
    return Change("m", QUICK_RESTOCK, {}, state, made, told_done)


WHOLE, HALF = Effect(7, ()), Effect(7, ("no movement",))
KEY = {"m": ("quickRestock", '{"lot": ["Lot", 7], "ingredient": ["Ingredient", 3]}')}


@pytest.mark.parametrize(
    ("known", "effects", "keys"),
    [
        (change(State.DONE, 7), [WHOLE], KEY),
        (change(State.UNKNOWN), [WHOLE], KEY),
        (change(State.UNKNOWN), [], {}),
        (change(State.REFUSED), [], {}),
        (Change("m", CREATE_ORDER, {}, State.DONE, 7), [WHOLE], {}),
    ],
)
def test_what_holds_is_no_breach(known: Change, effects: list[Effect], keys: dict[str, tuple[str, str]]) -> None:
    assert judge([known], Evidence({"m": effects} if effects else {}, keys)) == []


@pytest.mark.parametrize(
    ("known", "effects", "keys", "word"),
    [
        (change(State.DONE, 7), [], {}, "lost"),
        (change(State.DONE, 7), [], KEY, "lost"),
        (change(State.UNKNOWN, told_done=True), [], {}, "lost"),
        (change(State.DONE, 7), [WHOLE, WHOLE], KEY, "2 times"),
        (change(State.UNKNOWN), [HALF], KEY, "half done"),
        (change(State.NOT_DONE), [WHOLE], KEY, "told not to be done"),
        (change(State.REFUSED), [WHOLE], KEY, "told not to be done"),
        (change(State.DONE, 8), [WHOLE], KEY, "was told to be 8"),
        (change(State.UNKNOWN), [WHOLE], {}, "no key"),
        (change(State.UNKNOWN), [], KEY, "0 effects and a key"),
        (change(State.UNKNOWN), [WHOLE], {"m": ("addLot", '{"lot": ["Lot", 7]}')}, "key of a addLot"),
        (change(State.UNKNOWN), [WHOLE], {"m": ("quickRestock", "")}, "names"),
        (Change("n", QUICK_RESTOCK, {}), [WHOLE], {}, "nobody asked"),
    ],
)
def test_each_breach_is_seen(known: Change, effects: list[Effect], keys: dict[str, tuple[str, str]], word: str) -> None:
    assert any(word in breach for breach in judge([known], Evidence({"m": effects} if effects else {}, keys)))
