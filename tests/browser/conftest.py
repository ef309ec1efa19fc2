"""What the browser's tests may ask for: the demo, and visitors who are watched until they leave."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from explorer.build import built_from, fingerprint
from tests.browser.visiting import CHROMIUM, DRIVER, Site, Visitor, demo

Visits = Callable[..., Visitor]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    assert CHROMIUM.exists(), "install Debian's chromium and chromium-driver"
    assert DRIVER.exists(), "install Debian's chromium-driver"
    assert built_from() == fingerprint(), "make explorer"
    with demo(tmp_path_factory.mktemp("demo")) as running:
        yield running


@pytest.fixture
def visit(site: Site, request: pytest.FixtureRequest) -> Iterator[Visits]:
    visitors: list[Visitor] = []

    def begin(*given: Any, **options: Any) -> Visitor:
        visitors.append(Visitor(site, *given, **options))
        return visitors[-1]

    yield begin
    if request.session.testsfailed:
        for at, visitor in enumerate(visitors):
            visitor.shot(f"failed-{request.node.name}-{at}")
    for visitor in visitors:
        visitor.leave()
