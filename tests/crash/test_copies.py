"""Copies that are taken under load: put back, they are the books of one moment, whole.

PostgreSQL is copied by the very commands that docs/operations.md tells people to use.
"""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import SystemRandom

import psycopg
import pytest
from psycopg import sql

from bakery.store.standing import is_current
from tests.api.databases import snapshot
from tests.conftest import SERVERS, VERSIONS
from tests.crash.evidence import Evidence
from tests.crash.scene import CLIENTS, Scene, play
from tests.crash.traffic import Change, State
from tests.real.server import COMMAND, CommandLine
from tests.real.shared import REPOSITORY
from tests.store.test_fences import dropped, owned
from tests.support.postgres import bundled_binaries, drop_database, fresh_database, postgres_versions

HANG_SECONDS = 300
ANSWERS = 40
OPERATIONS = REPOSITORY / "docs" / "operations.md"


def run(arguments: list[str | Path], url: str, **environment: str) -> None:
    settings = CommandLine(url).environment | environment
    done = subprocess.run(
        arguments, cwd=REPOSITORY, env=settings, capture_output=True, text=True, timeout=HANG_SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr


def documented(heading: str) -> str:
    """The commands under a heading of docs/operations.md."""
    found = re.search(rf"^### {heading}$.*?^```sh\n(.*?)^```$", OPERATIONS.read_text(), re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


def shell(heading: str, url: str, restored: str, folder: Path, binaries: Path | None = None) -> None:
    """Run what the documentation says under a heading, with the commands of one version of PostgreSQL."""
    commands = documented(heading).replace("bakery.dump", str(folder / "bakery.dump"))
    path = f"{binaries or bundled_binaries()}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    run(["bash", "-euc", commands], url, PATH=path, RESTORED=restored.rpartition("/")[2], RESTORED_URL=restored)


def copied_under_load(url: str, copy: Callable[[], None]) -> tuple[list[Change], set[str], set[str]]:
    """Copy while clients work. Returns their changes, those acknowledged before, and those begun until it was done."""
    seed = SystemRandom().randrange(10**6)
    print(f"seed {seed}")

    async def work(scene: Scene) -> tuple[list[Change], set[str], set[str]]:
        clients = scene.clients(seed)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(clients.run(CLIENTS))
            await clients.hears(ANSWERS)
            acknowledged = {change.mark for change in clients.traffic.changes if change.state is State.DONE}
            await asyncio.to_thread(copy)
            begun = {change.mark for change in clients.traffic.changes}
            await clients.hears(ANSWERS)
            clients.stop()
        assert clients.traffic.accidents == []
        return clients.traffic.changes, acknowledged, begun

    return play(url, seed, work)


def assert_is_of_one_moment(url: str, changes: list[Change], acknowledged: set[str], begun: set[str]) -> None:
    """What was acknowledged before is in it, nothing from after it, all of it whole and with its key; and it proves."""
    evidence = Evidence.read(url, changes)
    there = set(evidence.effects)
    assert acknowledged <= there <= begun
    assert len(begun) < len(changes)
    assert [effect.faults for effects in evidence.effects.values() for effect in effects if effect.faults] == []
    with_a_key = {change.mark for change in changes if "idempotencyKey" in change.input}
    assert set(evidence.keys) == there & with_a_key
    clean, printed = CommandLine(url).check()
    assert clean, printed


@pytest.mark.timeout(HANG_SECONDS)
def test_sqlite(tmp_path: Path) -> None:
    """A copy is not put back over a database that is served."""
    url, restored = f"sqlite:///{tmp_path / 'bakery.db'}", f"sqlite:///{tmp_path / 'restored.db'}"
    copy = tmp_path / "copy.db"

    def take() -> None:
        run([*COMMAND, "backup", copy], url)
        with pytest.raises(AssertionError, match="in use"):
            run([*COMMAND, "restore", "--force", copy], url)

    told = copied_under_load(url, take)
    run([*COMMAND, "restore", copy], restored)
    assert_is_of_one_moment(restored, *told)


@pytest.mark.timeout(HANG_SECONDS)
def test_postgresql(postgres_url: str, tmp_path: Path) -> None:
    url = fresh_database(postgres_url)
    restored = url + "_restored"
    told = copied_under_load(url, lambda: shell("Backing PostgreSQL up", url, restored, tmp_path))
    shell("Restoring PostgreSQL", url, restored, tmp_path)
    assert_is_of_one_moment(restored, *told)
    for database in (url, restored):
        drop_database(database)


@pytest.mark.timeout(HANG_SECONDS)
@pytest.mark.parametrize("version", VERSIONS, ids="postgres{}".format)
def test_postgresql_as_an_ordinary_owner(pytestconfig: pytest.Config, version: int, tmp_path: Path) -> None:
    """Whom row-level security holds as well: by the same commands, of each version, and nothing is missing."""
    binaries = postgres_versions()[version]
    if not (binaries / "pg_dump").exists():
        pytest.skip(f"PostgreSQL {version} is installed here without its pg_dump")
    url, administrators, user = owned(pytestconfig.stash[SERVERS].url(version), may_create_roles=True)
    restored = url + "_restored"
    with psycopg.connect(administrators, autocommit=True) as administrator:
        administrator.execute(sql.SQL("ALTER ROLE {} CREATEDB").format(sql.Identifier(user)))
    CommandLine(url).migrate()
    bakeries = [CommandLine(url).create_bakery() for _ in range(2)]
    for heading in ("Backing PostgreSQL up", "Restoring PostgreSQL"):
        shell(heading, url, restored, tmp_path, binaries)
    before, after = snapshot(administrators), snapshot(administrators + "_restored")
    assert len(before["bakeries"]) == len(bakeries)
    assert after == before
    assert is_current(restored)
    drop_database(administrators + "_restored")
    dropped(administrators, user)
