"""What the API's tests may ask for: a migrated database of each kind, the application on it, and a bakery.

Tests share one application and database an engine, since starting one costs more than most tests do, and work in a
bakery of their own each. So every test is also one of the walls between bakeries (R-1.1).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.bakeries import Bakery
from tests.api.databases import ENGINES, Templates
from tests.api.in_process import MONDAY_MORNING, InProcessApi


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Templates]:
    made = Templates(tmp_path_factory.mktemp("templates"), lambda: str(request.getfixturevalue("postgres_url")))
    yield made
    made.close()


@pytest.fixture(scope="session", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """The kind of database: a test that asks for anything on one runs once on each."""
    return str(request.param)


@pytest.fixture
def database_url(engine: str, templates: Templates, tmp_path: Path) -> Iterator[str]:
    """A migrated, empty database of the test's own."""
    with templates.copy(engine, tmp_path) as url:
        yield url


@pytest.fixture(scope="session")
def shared_api(engine: str, templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcessApi]:
    with templates.copy(engine, tmp_path_factory.mktemp("shared")) as url:
        running = InProcessApi(url)
        yield running
        running.close()


@pytest.fixture
def api(shared_api: InProcessApi) -> InProcessApi:
    """The application, on a Monday morning."""
    shared_api.now = MONDAY_MORNING
    return shared_api


@pytest.fixture
def bakery(api: InProcessApi) -> Iterator[Bakery]:
    """A bakery in London on the plan Growth; lot tracking is still off. Whatever a test does, its books must close."""
    opened = Bakery.opened(api)
    yield opened
    assert opened.breaches() == []
