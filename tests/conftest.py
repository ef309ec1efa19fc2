"""What every test may ask for.

A run across workers (`-n`) shares its servers: the controller starts them and tells each worker where they
are. Any other run starts a server when a test first asks for it.
"""

import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.databases import ENGINES as KINDS
from tests.api.databases import Templates
from tests.real.engines import ENGINES, sqlite_database
from tests.support.postgres import PostgresServers, drop_database, fresh_database, postgres_versions

SERVERS = pytest.StashKey[PostgresServers]()
VERSIONS = list(postgres_versions())


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--histories", type=int, help="how many histories the oracle goes through")
    parser.addoption("--history-seed", type=int, help="the seed that the histories are drawn from; any if left out")


def pytest_configure(config: pytest.Config) -> None:
    # An installed package has its bytecode beside it, and the many processes that tests start are to find ours there.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    given = getattr(config, "workerinput", {}).get("postgres_urls", {})
    config.stash[SERVERS] = servers = PostgresServers(given)
    config.add_cleanup(servers.stop)


def pytest_collection_finish() -> None:
    """What is there by now stays: the collector would look through thousands of tests time and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """pytest-xdist calls this in the controller, before it starts the worker `node`."""
    servers = node.config.stash[SERVERS]
    node.workerinput["postgres_urls"] = {version: servers.url(version) for version in VERSIONS}


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def postgres_url(pytestconfig: pytest.Config) -> str:
    """The server that comes by pip, by far the newer one."""
    return pytestconfig.stash[SERVERS].url(VERSIONS[0])


@pytest.fixture(scope="session", params=VERSIONS, ids="postgres{}".format)
def each_postgres_url(request: pytest.FixtureRequest) -> str:
    """A server of each version at hand: a test that asks for it runs once on each."""
    return request.config.stash[SERVERS].url(request.param)


@pytest.fixture(params=list(ENGINES))
def empty_database(request: pytest.FixtureRequest) -> Iterator[str]:
    """A database of each kind that nothing was migrated to yet, for a server of the test's own."""
    if request.param == "sqlite":
        with sqlite_database() as url:
            yield url
        return
    url = fresh_database(request.getfixturevalue("postgres_url"))
    yield url
    drop_database(url)


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Templates]:
    made = Templates(tmp_path_factory.mktemp("templates"), lambda: str(request.getfixturevalue("postgres_url")))
    yield made
    made.close()


@pytest.fixture(scope="session", params=KINDS)
def engine(request: pytest.FixtureRequest) -> str:
    """The kind of database: a test that asks for anything on one runs once on each."""
    return str(request.param)


@pytest.fixture
def database_url(engine: str, templates: Templates, tmp_path: Path) -> Iterator[str]:
    """A migrated, empty database of the test's own."""
    with templates.copy(engine, tmp_path) as url:
        yield url
