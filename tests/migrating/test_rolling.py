"""Servers are replaced one after another: those of this version work on the schema of the next until they are."""

import asyncio
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from bakery.store import migration
from bakery.store.engine import DatabaseUnavailable
from bakery.store.proof import foreign_rows
from bakery.store.standing import VERSION_TABLE, Standing, connected, standing
from graphql_api.cli import app
from tests.api.bakeries import Bakery
from tests.api.in_process import SECRET, InProcessApi
from tests.api.shelves import SHIPPED, Shelves
from tests.crash.drain import PROMISED_EXITS
from tests.crash.servers import Server, stopped_at_last
from tests.migrating.stall import TYPICAL
from tests.real.server import log_tail

HANG_SECONDS = 300
NEXT = "9999"
"""A revision that this version does not know."""


def execute(url: str, *statements: str) -> None:
    with connected(url) as connection, connection.begin():
        for statement in statements:
            connection.execute(text(statement))


@pytest.fixture
def next_url(database_url: str) -> str:
    """A database that the next version has migrated, by a typical migration."""
    migration._upgrade(database_url, TYPICAL, migration.HEAD)
    execute(
        database_url,
        f"DROP TABLE {TYPICAL.version_table}",
        f"UPDATE {VERSION_TABLE} SET version_num = '{NEXT}'",
    )
    return database_url


@pytest.mark.timeout(HANG_SECONDS)
def test_every_shipped_document_works_on_the_next_schema(next_url: str) -> None:
    """Issue 5, point 7: reads without an error, changes with their success, and the books close."""
    api = InProcessApi(next_url)
    bakery = Bakery.opened(api)
    shelves = Shelves(bakery, 1)
    for name in SHIPPED:
        shelves.statements(name)
    assert [*bakery.breaches(), *api.prove(foreign_rows)] == []
    assert api.request("GET", "/readyz").status_code == 200
    api.close()


@pytest.mark.timeout(HANG_SECONDS)
def test_a_server_starts_on_the_next_schema_and_replaces_its_workers(next_url: str, tmp_path: Path) -> None:
    """One that dies while the others are replaced is there again; it says that it is to be replaced, too."""

    async def restarted(server: Server) -> int:
        server.start()
        await server.ready(starts=server.workers)
        server.kill_worker(Random(1))
        await server.ready(starts=server.workers + 1)
        server.terminate()
        return await server.ended()

    with stopped_at_last(Server(next_url, tmp_path / "server.log")) as server:
        assert asyncio.run(restarted(server)) in PROMISED_EXITS
        assert "newer version; this serves it meanwhile" in log_tail(server.log)


def test_the_next_schema_is_proven_and_changed_by_the_next_version_only(next_url: str) -> None:
    """What that version has added this one would not see."""
    assert standing(next_url) is Standing.AHEAD
    environment = {"BAKETRACE_DATABASE_URL": next_url, "BAKETRACE_SECRET_KEY": SECRET}
    for command in (["check"], ["audit", "verify"], ["bakery", "create", "--name", "Corner"], ["migrate"]):
        done = CliRunner().invoke(app, command, env=environment)
        assert (done.exit_code, done.stdout) == (1, "")
        [line] = done.stderr.splitlines()
        assert line.endswith("at the schema of a newer version; install that version")
    with pytest.raises(DatabaseUnavailable, match="newer version"):
        migration.migrate(next_url)


@pytest.mark.parametrize(
    "statements",
    [
        ["ALTER TABLE customers DROP COLUMN phone"],
        ["ALTER TABLE customers RENAME COLUMN phone TO telephone"],
        ["DROP TABLE audit_waiting"],
        [
            "DROP TABLE audit_waiting",
            "CREATE TABLE audit_waiting (bakery_id BIGINT, entry_id BIGINT, kind VARCHAR(9) NOT NULL)",
        ],
    ],
    ids=["dropped column", "renamed column", "dropped table", "column that must be given"],
)
def test_a_schema_that_lacks_or_wants_too_much_is_refused(next_url: str, statements: list[str]) -> None:
    """A schema of later versions, on which this one would fail only once somebody asks."""
    execute(next_url, *statements)
    assert standing(next_url) is Standing.FOREIGN
    environment = {"BAKETRACE_DATABASE_URL": next_url, "BAKETRACE_SECRET_KEY": SECRET}
    done = CliRunner().invoke(app, ["serve"], env=environment)
    assert done.exit_code == 1
    assert "newer version; install that version" in done.stderr
