"""What stands in front of every answer: who may ask what is in the schema, headers, other origins, ids of requests."""

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from pydantic import ValidationError
from starlette.types import Receive, Scope, Send

from graphql_api.app import create_app
from graphql_api.config import Settings
from graphql_api.http.proxies import Proxies
from graphql_api.observing.observer import Observer
from plans import Role
from tests.api.bakeries import Bakery
from tests.api.databases import Templates
from tests.api.in_process import InProcessApi

SCHEMA = "{ __schema { queryType { name } } }"
TYPE = 'query Q { ...F } fragment F on Query { viewer { id } kept: __type(name: "Lot") { name } }'
APP, STRANGER = "https://app.example.com", "https://evil.example.com"
INPUT = "mutation ($input: QuickRestockInput!) { quickRestock(input: $input) { __typename } }"
LOTS = "query ($sort: LotSort!, $filter: LotFilter) { lots(sort: $sort, filter: $filter) { totalCount } }"
GUESSES: list[tuple[str, dict[str, Any]]] = [
    ("{ vewer { id } }", {}),
    ("{ viewer { idd } }", {}),
    ("{ lots(frst: 1) { totalCount } }", {}),
    ("{ lots(sort: EXPIR) { totalCount } }", {}),
    ("{ lots(filter: {stats: AVAILABLE}) { totalCount } }", {}),
    ("{ viewer { ... on Lott { id } } }", {}),
    ("query ($f: LotFiltr) { lots(filter: $f) { totalCount } }", {}),
    ("{ viewer @skp(if: true) { id } }", {}),
    ("{ viewer @skip(iff: true) { id } }", {}),
    ('mutation { quickRestock(input: {ingredientID: "1", quantty: "1"}) { __typename } }', {}),
    ('mutation { createIngredient(input: {name: "Salt", unit: kgg}) { __typename } }', {}),
    (INPUT, {"input": {"ingredientID": "1", "quantity": "1"}}),
    (INPUT, {"input": {"ingredientId": "1", "quantity": "1", "unit": "kgg"}}),
    (LOTS, {"sort": "EXPIR"}),
    (LOTS, {"sort": "EXPIRY", "filter": {"stats": "AVAILABLE"}}),
    (LOTS, {"sort": "EXPIRY", "filter": {"status": "AVAILABL"}}),
]
"""Almost right: what graphql-core would help along with “Did you mean …?”."""


@pytest.fixture(scope="module")
def strict(engine: str, templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcessApi]:
    """A server as it is off loopback, behind a proxy at 10.0.0.1, with pages of its own app; all on graphql-core."""
    with templates.copy(engine, tmp_path_factory.mktemp("strict")) as url:
        api = InProcessApi(
            url,
            compiled=False,
            introspection=False,
            trusted_proxies="10.0.0.1",
            cors_origins=f"{APP},http://localhost:3000",
        )
        yield api
        api.close()


@pytest.fixture(scope="module")
def secluded(strict: InProcessApi) -> Bakery:
    return Bakery.opened(strict)


on_sqlite = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


# ── what is in the schema ─────────────────────────────────────────────────────────────────────────────────────────────
@on_sqlite
@pytest.mark.parametrize("role", [*Role, None])
def test_people_may_ask_what_is_in_the_schema(bakery: Bakery, role: Role | None) -> None:
    caller = bakery.nobody if role is None else bakery.caller(role)
    expected = {None: ["UNAUTHENTICATED"], Role.PARTNER: ["FORBIDDEN"]}.get(role, [])
    for text in (SCHEMA, TYPE):
        answer = caller.send(text)
        # Nobody's `viewer` in the second one is not what is refused: it is the whole document.
        assert answer.codes == expected
        assert bool(answer.body.get("data")) is not bool(expected)


@on_sqlite
def test_a_server_that_keeps_its_schema_says_so(secluded: Bakery) -> None:
    for caller in (secluded.owner, secluded.partner, secluded.nobody):
        for text in (SCHEMA, TYPE):
            answer = caller.send(text)
            assert answer.codes == ["FORBIDDEN"]
            assert "BAKETRACE_INTROSPECTION" in answer.errors[0]["message"]
            assert not answer.body.get("data")
    assert secluded.nobody.send("{ __typename }").body == {"data": {"__typename": "Query"}}


@on_sqlite
@pytest.mark.parametrize(("text", "variables"), GUESSES)
def test_no_error_suggests_a_name(bakery: Bakery, secluded: Bakery, text: str, variables: dict[str, Any]) -> None:
    """On either road, the same bytes."""
    answers = [owner.send(text, variables) for owner in (bakery.owner, secluded.owner)]
    assert answers[0].body == answers[1].body
    assert answers[0].codes == ["BAD_USER_INPUT"] * len(answers[0].errors) != []
    assert "Did you mean" not in str(answers[0].body)


@pytest.mark.parametrize(
    ("said", "host", "expected"),
    [
        ({}, "127.0.0.1", True),
        ({}, "localhost", True),
        ({}, "::1", True),
        ({}, "0.0.0.0", False),
        ({}, "bakery.example.com", False),
        ({"explorer": True, "introspection": True}, "0.0.0.0", True),
        ({"explorer": False, "introspection": False}, "127.0.0.1", False),
    ],
)
def test_flags_follow_the_address_unless_they_are_set(said: dict[str, Any], host: str, expected: bool) -> None:
    assert Settings(**said).flags_on(host) == {"explorer": expected, "introspection": expected}


def test_without_an_address_nothing_is_shown() -> None:
    """Whoever serves the application by other means has to say so."""
    assert not Settings().introspection
    assert not Settings().explorer


@pytest.mark.parametrize("flag", [True, False])
@on_sqlite
def test_the_explorers_routes_are_served_where_it_is_on(database_url: str, flag: bool) -> None:
    """A page says itself what it may load; all else that fences answers in holds for it, too."""

    async def read() -> httpx.Response:
        app = create_app(Settings(database_url=database_url, explorer=flag))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bakery.test") as client:
            return await client.get("/graphql", headers={"Accept": "text/html"})

    answer = asyncio.run(read())
    assert answer.headers["Content-Type"].startswith("text/html") is flag
    assert ("'self'" in answer.headers["Content-Security-Policy"]) is flag
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


# ── headers ───────────────────────────────────────────────────────────────────────────────────────────────────────────
@on_sqlite
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/graphql", b'{"query": "{ __typename }"}'),
        ("POST", "/graphql", b"nonsense"),
        ("DELETE", "/graphql", b""),
        ("GET", "/", b""),
        ("GET", "/healthz", b""),
        ("GET", "/readyz", b""),
        ("GET", "/nowhere", b""),
    ],
)
def test_every_answer_is_fenced_in(api: InProcessApi, method: str, path: str, body: bytes) -> None:
    answer = api.request(method, path, content=body, headers={"Content-Type": "application/json"})
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Strict-Transport-Security" not in answer.headers
    assert len(answer.headers["X-Request-Id"]) == 16


@on_sqlite
def test_only_behind_https_browsers_are_told_to_stay_there(strict: InProcessApi) -> None:
    def secure(client: str) -> bool:
        answer = ask(strict, client, {"X-Forwarded-Proto": "https"})
        return "Strict-Transport-Security" in answer.headers

    assert secure("10.0.0.1")
    assert not secure("10.0.0.2"), "anybody may write a header"


# ── ids of requests ───────────────────────────────────────────────────────────────────────────────────────────────────
def ask(api: InProcessApi, client: str, headers: dict[str, str]) -> httpx.Response:
    """A request of a peer's at this address."""
    return api.request_from(client, "GET", "/healthz", headers=headers)


@on_sqlite
@pytest.mark.parametrize(
    ("peer", "given", "taken"),
    [
        ("10.0.0.1", "abc-123/4:5.6", True),
        ("10.0.0.2", "abc-123", False),
        ("10.0.0.1", "two words", False),
        ("10.0.0.1", "x" * 129, False),
        ("10.0.0.1", "a\x1b[31m", False),
        ("10.0.0.1", "", False),
    ],
)
def test_an_id_is_taken_from_a_trusted_proxy_alone(strict: InProcessApi, peer: str, given: str, taken: bool) -> None:
    told = ask(strict, peer, {"X-Request-Id": given}).headers["X-Request-Id"]
    assert (told == given) is taken
    assert taken or len(told) == 16


# ── other origins ─────────────────────────────────────────────────────────────────────────────────────────────────────
def preflight(api: InProcessApi, origin: str) -> httpx.Response:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    return api.request("OPTIONS", "/graphql", headers=asked)


@on_sqlite
def test_pages_of_listed_origins_may_ask(strict: InProcessApi) -> None:
    answer = preflight(strict, APP)
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == APP
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert {"Authorization", "BakeTrace-Bakery", "Content-Type"} <= set(
        answer.headers["Access-Control-Allow-Headers"].split(", ")
    )
    assert answer.headers["Vary"] == "Origin"
    assert "Access-Control-Allow-Credentials" not in answer.headers

    read = strict.request("GET", "/healthz", headers={"Origin": "http://localhost:3000"})
    assert read.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"
    assert "X-Request-Id" in read.headers["Access-Control-Expose-Headers"]
    assert read.headers["Vary"] == "Origin"


@on_sqlite
@pytest.mark.parametrize("origin", [STRANGER, "null", f"{APP}.evil.example.com", APP.upper(), f"{APP}:444", ""])
def test_pages_of_other_origins_may_not(strict: InProcessApi, origin: str) -> None:
    refused = preflight(strict, origin)
    assert refused.status_code == 403
    assert [error["extensions"]["code"] for error in refused.json()["errors"]] == ["FORBIDDEN"]
    for answer in (refused, strict.request("GET", "/healthz", headers={"Origin": origin})):
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert answer.headers["Vary"] == "Origin"
        assert "X-Request-Id" in answer.headers


@on_sqlite
def test_without_a_list_no_page_may(api: InProcessApi) -> None:
    assert "Access-Control-Allow-Origin" not in preflight(api, APP).headers


@pytest.mark.parametrize("listed", ["*", "example.com", f"{APP}/", f"{APP}/path", "https://*.example.com", "null"])
def test_what_is_no_origin_is_told_at_the_start(listed: str) -> None:
    with pytest.raises(ValidationError, match="is no origin"):
        Settings(cors_origins=listed)


# ── what nobody foresaw ───────────────────────────────────────────────────────────────────────────────────────────────
def test_an_accident_in_front_of_the_api_is_told_without_its_insides() -> None:
    """Every error has a code, also one that no part of the application meant to answer."""

    async def breaks(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise ValueError("a secret")

    async def answered() -> httpx.Response:
        transport = httpx.ASGITransport(Observer(breaks, Proxies(""), None, None))
        async with httpx.AsyncClient(transport=transport, base_url="http://bakery.test") as client:
            return await client.get("/")

    answer = asyncio.run(answered())
    assert answer.status_code == 500
    [error] = answer.json()["errors"]
    assert error["extensions"]["code"] == "INTERNAL"
    assert error["extensions"]["id"] in error["message"]
    assert "secret" not in answer.text
    assert "X-Request-Id" in answer.headers
