"""The clients of others against the served API: `make clients` runs these tests, and `make test` does not.

A client is a file of JavaScript beside its test: it is told where to ask and as whom by its environment, and prints
what it found as JSON. Node and the packages come on demand.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.clients.serving import FOLDER, Configured, Served
from tests.real.engines import ENGINES, sqlite_database
from tests.real.server import CommandLine
from tests.support.node import Packages
from tests.support.postgres import drop_database, fresh_database

FIGURES = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[FIGURES] = []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for figure in config.stash[FIGURES]:
        terminalreporter.write_line(figure)


@pytest.fixture
def tell(pytestconfig: pytest.Config) -> Callable[[str], None]:
    """Takes a line for the end of the run."""
    return pytestconfig.stash[FIGURES].append


@pytest.fixture(scope="session")
def node() -> Path:
    return Packages(FOLDER).node(print)


@pytest.fixture(scope="session", params=list(ENGINES))
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """A migrated database of each kind."""
    if request.param == "sqlite":
        with sqlite_database() as url:
            CommandLine(url).migrate()
            yield url
        return
    url = fresh_database(request.getfixturevalue("postgres_url"))
    CommandLine(url).migrate()
    yield url
    drop_database(url)


@pytest.fixture(scope="session")
def tokens(database: str) -> Mapping[str, str]:
    return CommandLine(database).create_bakery().tokens


@pytest.fixture(scope="session")
def served(
    database: str, tokens: Mapping[str, str], node: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    with CommandLine(database).serve(tmp_path_factory.mktemp("served") / "server.log") as url:
        yield Served(node, url, tokens)


@pytest.fixture
def served_strictly(database: str, tokens: Mapping[str, str], node: Path, tmp_path: Path) -> Iterator[Served]:
    """The same database where owners may ask for trusted documents only."""
    command = Configured(database, {"BAKETRACE_TRUSTED_ONLY": "owner"})
    with command.serve(tmp_path / "strict.log") as url:
        yield Served(node, url, tokens)
