"""Every attack of the table is answered as it says, and changes nothing (`make attack` measures what each costs).

Bodies that do not end run against the part that reads them, since a client in the same process sends what it likes.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.api.bakeries import Bakery
from tests.api.databases import Templates
from tests.api.in_process import InProcessApi
from tests.attack.attacks import ATTACKS, Attack, Reply, Sent, Town, fault
from tests.attack.town import settled

FORGED = "10.66.66.66"


@pytest.fixture(scope="module", params=["sqlite"])
def engine(request: pytest.FixtureRequest) -> str:
    """One database is enough: what is refused does not get as far, and `tests/api` has the rest on both."""
    return str(request.param)


@pytest.fixture(scope="module")
def attacked(
    engine: str, templates: Templates, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[InProcessApi, Town, Bakery]]:
    with templates.copy(engine, tmp_path_factory.mktemp("attacked")) as url:
        api = InProcessApi(url, generous=False, max_body_seconds=1)
        yield api, *settled(api)
        api.close()


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_is_answered_and_changes_nothing(attacked: tuple[InProcessApi, Town, Bakery], attack: Attack) -> None:
    api, town, _ = attacked
    before = api.snapshot()
    reply = sent(api, attack.made(town, 1))
    assert fault(attack, reply) == ""
    if not attack.name.startswith("a line feed"):
        assert api.snapshot() == before


def sent(api: InProcessApi, request: Sent) -> Reply:
    headers = dict(request.headers)
    if request.token is not None:
        headers["Authorization"] = f"Bearer {request.token}"
    if request.declared is not None:
        headers["Content-Length"] = str(request.declared)

    async def parts() -> AsyncIterator[bytes]:
        for part in request.parts() if request.parts else ():
            await asyncio.sleep(request.pause)
            yield part

    content = parts() if request.parts else request.body
    response = api.request(request.method, request.path, content=content, headers=headers)
    return Reply(response.status_code, response.text)


def test_the_books_close_and_the_log_has_no_forged_address(attacked: tuple[InProcessApi, Town, Bakery]) -> None:
    """A client's word for where it is counts only where a proxy is trusted; a name is one line, or none."""
    _, _, bakery = attacked
    bakery.supplier("Mill")
    entries = bakery.owner.send("{ auditLog(first: 100) { edges { node { address arguments } } } }").root["edges"]
    assert entries
    assert FORGED not in {entry["node"]["address"] for entry in entries}
    assert bakery.breaches() == []


def test_the_names_of_attacks_are_their_own() -> None:
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS)
