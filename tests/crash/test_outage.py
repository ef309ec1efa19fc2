"""What clients are told while their database is away, and that all goes on by itself once it is back."""

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from sqlalchemy import func, select

from bakery.store import Database
from bakery.store.migration import migrate
from bakery.store.outages import OutcomeUnknown, is_outage
from tests.api.documents import document
from tests.crash.cluster import Cluster, durable_cluster
from tests.crash.servers import Server, stopped_at_last
from tests.real.server import CommandLine
from tests.support.postgres import fresh_database

HANG_SECONDS = 300
ANSWER_SECONDS_MAX = 100


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with durable_cluster() as running:
        yield running


def ask(server: Server, token: str, name: str, **variables: Any) -> httpx.Response:
    return httpx.post(
        f"{server.base_url}/graphql",
        json={"query": document(name), "variables": variables},
        headers={"Authorization": f"Bearer {token}"},
        timeout=ANSWER_SECONDS_MAX,
    )


def status(server: Server, path: str) -> int:
    return httpx.get(server.base_url + path, timeout=ANSWER_SECONDS_MAX).status_code


@pytest.mark.timeout(HANG_SECONDS)
def test_an_outage_is_told_and_ends_by_itself(cluster: Cluster, tmp_path: Path) -> None:
    """503 with a code and nothing of our insides; alive but not ready meanwhile; the first request afterwards works."""
    url = fresh_database(cluster.url)
    command_line = CommandLine(url)
    command_line.migrate()
    owner = command_line.create_bakery().tokens["OWNER"]
    with stopped_at_last(Server(url, tmp_path / "server.log", workers=1)) as server:
        server.start()
        asyncio.run(server.ready())
        assert ask(server, owner, "Viewer").json()["data"]["viewer"]

        cluster.stop()
        answers = [
            ask(server, owner, "Viewer"),
            ask(server, owner, "CreateIngredient", input={"name": "A", "unit": "g"}),
        ]
        assert (status(server, "/healthz"), status(server, "/readyz")) == (200, 503)
        cluster.start()
        assert status(server, "/readyz") == 200
        again = ask(server, owner, "Viewer")
    written = (tmp_path / "server.log").read_text(encoding="utf-8")
    entries = [json.loads(line) for line in written.splitlines()]

    for answer in answers:
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "1"
        [error] = answer.json()["errors"]
        assert error["extensions"] == {"code": "SERVICE_UNAVAILABLE"}
        assert "postgres" not in answer.text
        assert "Traceback" not in answer.text
    assert again.json()["data"]["viewer"]
    # Who reads the log finds what it was in one line, without a traceback: nothing has to be mended here.
    assert any("the database cannot be used" in entry["event"] for entry in entries)
    assert [entry for entry in entries if "exception" in entry] == []


@pytest.mark.timeout(HANG_SECONDS)
def test_a_commit_that_is_cut_leaves_the_outcome_open(cluster: Cluster) -> None:
    """Whoever asked is told so: it may be there or not."""
    url = fresh_database(cluster.url)
    migrate(url)

    async def write() -> None:
        database = Database(url)
        try:
            async with database.writing() as session:
                own = await session.scalar(select(func.pg_backend_pid()))
                with psycopg.connect(url, autocommit=True) as other:
                    # Waits until it is gone, so that it is the commit that meets this.
                    other.execute("SELECT pg_terminate_backend(%s, 10000)", (own,))
        finally:
            await database.dispose()

    with pytest.raises(OutcomeUnknown) as caught:
        asyncio.run(write())
    assert is_outage(caught.value)


def test_a_sqlite_file_that_cannot_be_opened_or_is_locked_is_an_outage(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError) as missing:
        sqlite3.connect(tmp_path / "gone" / "bakery.db")
    with (
        closing(sqlite3.connect(tmp_path / "bakery.db")) as holder,
        closing(sqlite3.connect(tmp_path / "bakery.db", timeout=0)) as other,
    ):
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError) as locked:
            other.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError) as mistaken:
            other.execute("SELECT nothing")
    assert [is_outage(caught.value) for caught in (missing, locked, mistaken)] == [True, True, False]


@pytest.mark.parametrize(
    "error", [ValueError("no"), psycopg.errors.UniqueViolation(), psycopg.errors.DeadlockDetected()]
)
def test_a_mistake_is_no_outage(error: Exception) -> None:
    assert not is_outage(error)
