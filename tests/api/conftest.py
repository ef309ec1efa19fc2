"""What the API's tests may ask for: the application on a database of each kind, and a bakery.

Tests share one application and database an engine, since starting one costs more than most tests do, and work in a
bakery of their own each. So every test is also one of the walls between bakeries (R-1.1).
"""

from collections.abc import Iterator

import pytest

from bakery.store.proof import foreign_rows
from tests.api.bakeries import Bakery
from tests.api.databases import Templates
from tests.api.doors import Door, open_door
from tests.api.in_process import MONDAY_MORNING, InProcessApi


@pytest.fixture(scope="session")
def shared_api(engine: str, templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcessApi]:
    with templates.copy(engine, tmp_path_factory.mktemp("shared")) as url:
        running = InProcessApi(url)
        yield running
        assert running.prove(foreign_rows) == []  # of all tests' bakeries
        running.close()


@pytest.fixture(scope="session")
def door(engine: str, templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """The application as uvicorn serves it, with subscriptions to test on."""
    with templates.copy(engine, tmp_path_factory.mktemp("door")) as url, open_door(url) as opened:
        yield opened


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
