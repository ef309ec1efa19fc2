"""Trusted documents and persisted queries, over HTTP and websockets; and callers who may ask for nothing else."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import httpx
import pytest

from bakery.store import Database
from bakery.store.documents import NewDocument, TrustedDocuments
from graphql_api.kept import Kept
from plans import Role
from tests.api.databases import Templates
from tests.api.doors import SECONDS_MAX, Door, open_door

VIEWER = "query Viewer { viewer { role } }"
OWNER = {"data": {"viewer": {"role": "OWNER"}}}
CREATE = 'mutation Create { createSupplier(input: {name: "Trusted"}) { __typename } }'
NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"


def hashed(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def persisted(text: str, **body: Any) -> dict[str, Any]:
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": hashed(text)}}, **body}


def code(response: httpx.Response) -> str:
    [error] = response.json()["errors"]
    return str(error["extensions"]["code"])


def trust(database_url: str, *texts: str, **called: str) -> None:
    """Register texts, and those of `called` under ids, too."""

    async def add() -> None:
        database = Database(database_url, across_bakeries=True)
        documents = [NewDocument(hashed(text), text, "", frozenset()) for text in texts]
        documents += [NewDocument(hashed(text), text, "", frozenset([id])) for id, text in called.items()]
        async with database.writing() as session:
            await TrustedDocuments(session).add(documents, datetime(2026, 3, 2, tzinfo=UTC))
        await database.dispose()

    asyncio.run(add())


def test_a_trusted_document_is_asked_for_by_its_id(door: Door) -> None:
    """By POST, by GET and over the websocket; by its hash, with a prefix or not, and by what a manifest calls it."""
    text = f"{VIEWER} # by its id"
    trust(door.database_url, viewer=text)
    for id in (f"sha256:{hashed(text)}", hashed(text), "viewer"):
        assert door.post({"documentId": id}).json() == OWNER
        assert door.get(documentId=id).json() == OWNER
        with door.opened_socket() as socket:
            socket.say("subscribe", id="1", payload={"documentId": id})
            assert socket.hear()["payload"] == OWNER
    assert door.post(persisted(text)).json() == OWNER
    assert code(door.post({"documentId": "viewer"}, role=None)) == "UNAUTHENTICATED"


def test_variables_and_names_go_with_it(door: Door) -> None:
    text = "query A($code: String!) { lot(code: $code) { id } } query B { viewer { role } }"
    trust(door.database_url, several=text)
    assert door.post({"documentId": "several", "operationName": "B"}).json() == OWNER
    found = door.get(documentId="several", operationName="A", variables='{"code": "LOT-1"}')
    assert found.json() == {"data": {"lot": None}}


def test_it_is_no_way_to_change_anything_by_get(door: Door) -> None:
    trust(door.database_url, change=CREATE)
    assert door.get(documentId="change").status_code == 405


@pytest.mark.parametrize("id", ["nothing", "sha256:" + "0" * 64, "x" * 10_000, "a\0b", "💥", "%"])
@pytest.mark.parametrize("role", [Role.OWNER, None])
def test_an_unknown_id_is_told_as_such(door: Door, id: str, role: Role | None) -> None:
    for form, status in (("application/json", 200), ("application/graphql-response+json", 400)):
        response = door.post({"documentId": id}, role, Accept=form)
        assert (response.status_code, code(response)) == (status, NOT_FOUND)


def test_it_is_read_from_the_database_once(door: Door) -> None:
    """What a process has used it keeps, though the row is gone."""
    text = f"{VIEWER} # kept"
    trust(door.database_url, text)
    assert door.post({"documentId": hashed(text)}).json() == OWNER

    async def remove() -> None:
        database = Database(door.database_url, across_bakeries=True)
        async with database.writing() as session:
            await TrustedDocuments(session).remove([hashed(text)])
        await database.dispose()

    asyncio.run(remove())
    assert door.post({"documentId": hashed(text)}).json() == OWNER


# ── automatic persisted queries ───────────────────────────────────────────────────────────────────────────────────────
def test_a_client_registers_what_is_not_known(door: Door) -> None:
    """The words are those that Apollo's and urql's clients look for."""
    text = f"{VIEWER} # sent once"
    first = door.post(persisted(text))
    assert (first.status_code, first.json()["errors"][0]["message"]) == (200, "PersistedQueryNotFound")
    assert code(first) == NOT_FOUND
    assert door.post(persisted(text, query=text)).json() == OWNER
    assert door.post(persisted(text)).json() == OWNER
    # It is known, not trusted: only who asks by its hash gets it.
    assert code(door.post({"documentId": hashed(text)})) == NOT_FOUND


def test_a_hash_stands_for_its_own_text_alone(door: Door) -> None:
    wrong = door.post(persisted(f"{VIEWER} # another", query=VIEWER))
    assert (wrong.status_code, code(wrong)) == (400, "BAD_USER_INPUT")
    assert code(door.post(persisted(f"{VIEWER} # another"))) == NOT_FOUND


def test_what_clients_register_is_bounded() -> None:
    """In number and in length; what was used last stays."""
    texts = Kept[str](max_number=3, max_characters=100)
    for number in range(3):
        texts.keep(str(number), "x", 1)
    assert texts.get("0") == "x"
    texts.keep("3", "x", 1)
    assert [texts.get(str(number)) for number in range(4)] == ["x", None, "x", "x"]
    texts.keep("long", "x" * 99, 99)
    assert len(texts) == 2
    texts.keep("too long", "x" * 101, 101)
    assert len(texts) == 0


# ── strict ────────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture(scope="module")
def strict_door(engine: str, templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """Where staff and partners may ask for trusted documents only."""
    with templates.copy(engine, tmp_path_factory.mktemp("strict")) as url:
        trust(url, VIEWER)
        with open_door(url, trusted_only="staff, partner") as opened:
            yield opened


@pytest.mark.parametrize("role", [Role.STAFF, Role.PARTNER])
def test_who_is_bound_to_trusted_documents_gets_nothing_else(strict_door: Door, role: Role) -> None:
    """Whatever way it is sent; the whole text of a trusted document is trusted, too."""
    answer = {"viewer": {"role": role.value}}
    other = f"{VIEWER} # of my own"
    for body in ({"query": other}, persisted(other, query=other)):
        refused = strict_door.post(body, role)
        assert (refused.status_code, code(refused)) == (403, "TRUSTED_DOCUMENTS_ONLY")
    with strict_door.opened_socket(role) as socket:
        socket.ask("1", other)
        assert socket.hear()["payload"][0]["extensions"]["code"] == "TRUSTED_DOCUMENTS_ONLY"
    assert code(strict_door.post(persisted(other), role)) == NOT_FOUND
    for body in ({"documentId": hashed(VIEWER)}, persisted(VIEWER), persisted(VIEWER, query=VIEWER), {"query": VIEWER}):
        assert strict_door.post(body, role).json()["data"] == answer


def test_what_others_registered_is_not_theirs(strict_door: Door) -> None:
    other = f"{VIEWER} # of the owner's"
    assert strict_door.post(persisted(other, query=other)).json() == OWNER
    assert strict_door.post(persisted(other)).json() == OWNER
    assert code(strict_door.post(persisted(other), Role.STAFF)) == NOT_FOUND


def test_others_ask_for_what_they_like_but_not_by_a_link(strict_door: Door) -> None:
    """In strict mode GET is for trusted documents, whoever asks."""
    other = f"{VIEWER} # by a link"
    assert strict_door.post({"query": other}).json() == OWNER
    assert strict_door.get(query=other).status_code == 403
    assert strict_door.get(documentId=hashed(VIEWER)).json() == OWNER


def test_everybody_can_be_bound(database_url: str) -> None:
    """Who is not signed in, too."""
    with open_door(database_url, trusted_only="all") as door:
        trust(database_url, VIEWER)
        for role in (Role.OWNER, None):
            assert door.post({"query": "{ __typename }"}, role).status_code == 403
        assert door.post({"documentId": hashed(VIEWER)}).json() == OWNER
        assert httpx.get(f"{door.base_url}/healthz", timeout=SECONDS_MAX).status_code == 200


def test_a_setting_that_names_nobody_is_refused(database_url: str) -> None:
    with pytest.raises(ValueError, match="boss is nobody here"), open_door(database_url, trusted_only="boss"):
        pass
