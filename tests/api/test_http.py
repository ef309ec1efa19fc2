"""GraphQL over HTTP: methods, forms and status codes. graphql-http's own audit of it is in tests/clients."""

import json
from typing import Any

import httpx
import pytest

from plans import Role
from tests.api.bakeries import Bakery
from tests.api.in_process import InProcessApi

VIEWER = "{ viewer { role } }"
JSON = "application/json"
RESPONSE = "application/graphql-response+json"

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


def send(bakery: Bakery, method: str = "POST", **options: Any) -> httpx.Response:
    """A request of the owner's."""
    headers = {"Authorization": f"Bearer {bakery.tokens[Role.OWNER]}", **options.pop("headers", {})}
    assert isinstance(bakery.api, InProcessApi)
    return bakery.api.request(method, "/graphql", headers=headers, **options)


def refusal(response: httpx.Response) -> tuple[int, str]:
    """The status and the message of a request that was refused with one coded error and no data."""
    body = response.json()
    assert set(body) == {"errors"}
    [error] = body["errors"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT"}
    return response.status_code, error["message"]


# ── forms ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (f"{JSON}; charset=utf-8", JSON),
        (RESPONSE, RESPONSE),
        (f"{RESPONSE.upper()};Q=1", RESPONSE),
        (f"{RESPONSE}, {JSON}", RESPONSE),
        (f"{JSON}, {RESPONSE}", JSON),
        (f"{JSON};q=0.9, {RESPONSE}", RESPONSE),
        (f"{RESPONSE};q=0.5, */*;q=0.8", JSON),
        (f"{JSON};q=0, */*", RESPONSE),
        ("text/html, application/xhtml+xml, */*;q=0.8", JSON),
        (f"text/html;q={'9' * 400}, {RESPONSE}", RESPONSE),
        (f"{RESPONSE}, {'text/html, ' * 1000}", RESPONSE),
    ],
)
def test_the_client_chooses_the_form(bakery: Bakery, accept: str | None, form: str) -> None:
    headers = {} if accept is None else {"Accept": accept}
    response = send(bakery, json={"query": VIEWER}, headers=headers)
    assert (response.status_code, response.headers["content-type"]) == (200, f"{form}; charset=utf-8")
    assert response.headers["vary"] == "Accept"
    assert response.json() == {"data": {"viewer": {"role": "OWNER"}}}


@pytest.mark.parametrize("accept", ["text/html", "image/*", f"{JSON};q=0", "text/*", "nonsense", ";q=1", "*/*;q=0"])
def test_no_other_form_is_to_be_had(bakery: Bakery, accept: str) -> None:
    status, message = refusal(send(bakery, json={"query": VIEWER}, headers={"Accept": accept}))
    assert (status, RESPONSE in message) == (406, True)


@pytest.mark.parametrize(
    ("content_type", "told"),
    [
        (None, "no `Content-Type`"),
        ("text/plain", "text/plain"),
        ("application/x-www-form-urlencoded", "application/x-www-form-urlencoded"),
        ("multipart/form-data; boundary=x", "multipart/form-data"),
        ("application/jsonish", "application/jsonish"),
        ("application/json; charset=utf-16", "utf-16"),
        ("text/plain; x=application/json", "text/plain"),
    ],
)
def test_a_body_is_json_and_says_so(bakery: Bakery, content_type: str | None, told: str) -> None:
    """What a form, an image or a script of another page can send without asking is never taken."""
    headers = {} if content_type is None else {"Content-Type": content_type}
    with bakery.nothing_changes():
        response = send(bakery, content=json.dumps({"query": VIEWER}), headers=headers)
    status, message = refusal(response)
    assert (status, told in message, response.headers["accept"]) == (415, True, JSON)


@pytest.mark.parametrize(
    "content_type", [JSON, "APPLICATION/JSON", f"{JSON};charset=UTF-8", f'{JSON}; charset="utf-8"']
)
def test_utf_8_may_be_named(bakery: Bakery, content_type: str) -> None:
    response = send(bakery, content=json.dumps({"query": VIEWER}), headers={"Content-Type": content_type})
    assert response.status_code == 200


# ── methods ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_queries_may_be_asked_by_get(bakery: Bakery) -> None:
    query = "query Me($full: Boolean!) { viewer { role name @include(if: $full) } } query Other { viewer { id } }"
    parameters = {"query": query, "variables": '{"full": false}', "operationName": "Me", "extensions": ""}
    assert send(bakery, "GET", params=parameters).json() == {"data": {"viewer": {"role": "OWNER"}}}
    assert send(bakery, "GET", params={"query": VIEWER, "operationName": "", "variables": ""}).status_code == 200


@pytest.mark.parametrize("form", [JSON, RESPONSE])
def test_mutations_may_not(bakery: Bakery, form: str) -> None:
    mutation = 'mutation { createSupplier(input: {name: "By a link"}) { __typename } }'
    with bakery.nothing_changes():
        response = send(bakery, "GET", params={"query": mutation}, headers={"Accept": form})
        both = {"query": f"{mutation} query Q {VIEWER}".replace("mutation", "mutation M", 1), "operationName": "M"}
        assert send(bakery, "GET", params=both).status_code == 405
        # A method is not what some header or parameter says it is.
        told = {"X-HTTP-Method-Override": "POST"}
        assert send(bakery, "GET", params={"query": mutation, "_method": "POST"}, headers=told).status_code == 405
    assert refusal(response)[0] == 405
    assert response.headers["allow"] == "POST"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "NONSENSE"])
def test_other_methods_are_not_for_graphql(bakery: Bakery, method: str) -> None:
    response = send(bakery, method, params={"query": VIEWER}, headers={"Accept": "text/html"})
    assert refusal(response)[0] == 405
    assert response.headers["allow"] == "GET, POST"


# ── what is asked ─────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "not JSON: Expecting value, at line 1, column 1"),
        (b'{\n  "query": nonsense}', "line 2, column 12"),
        (b"\xff\xfe", "not UTF-8, at byte 0"),
        ('{"query": "{ a }"}'.encode("utf-16"), "not UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"query": "{ a }", "variables": {"a": NaN}}', "NaN is no number"),
        (b'{"query": "{ a }", "variables": {"a": 1e999999999999999999999}}', "too many digits"),
        (b'{"query": "{ a }", "variables": {"a": ' + b"9" * 10_000 + b"}}", "too many digits"),
        (b'{"query": "{ a }", "variables": {"a": "\\ud83d"}}', "half a character, \\ud83d"),
        (b'{"query": "{ \\uDC00 }"}', "half a character, \\udc00"),
        (b"[]", "is a list"),
        (b'[{"query": "{ viewer { id } }"}]', "one operation a request"),
        (b"5", "no JSON object"),
        (b"{}", "no document"),
        (b'{"query": ""}', "no document"),
        (b'{"query": null}', "no document"),
        (b'{"query": {}}', "`query` must be a string, and is an object"),
        (b'{"query": 5}', "`query` must be a string, and is a number"),
        (b'{"query": "{ a }", "variables": []}', "`variables` must be an object, and is a list"),
        (b'{"query": "{ a }", "variables": "{}"}', "`variables` must be an object, and is a string"),
        (b'{"query": "{ a }", "operationName": true}', "`operationName` must be a string, and is a boolean"),
        (b'{"query": "{ a }", "extensions": 0}', "`extensions` must be an object, and is a number"),
        (b'{"documentId": []}', "`documentId` must be a string, and is a list"),
        (b'{"documentId": "a", "query": "{ a }"}', "either `documentId` or `query`"),
        (b'{"extensions": {"persistedQuery": 1}}', "must be an object, and is a number"),
        (b'{"extensions": {"persistedQuery": {}}}', "version` must be 1"),
        (b'{"extensions": {"persistedQuery": {"version": 1}}}', "sha256Hash` must be a string"),
    ],
    ids=range(27),
)
@pytest.mark.parametrize("form", [JSON, RESPONSE])
def test_a_request_that_is_none_is_told_what_is_wrong(bakery: Bakery, form: str, body: bytes, told: str) -> None:
    response = send(bakery, content=body, headers={"Content-Type": JSON, "Accept": form})
    status, message = refusal(response)
    assert (status, response.headers["content-type"]) == (400, f"{form}; charset=utf-8")
    assert told in message, message


@pytest.mark.parametrize("name", ["variables", "extensions"])
@pytest.mark.parametrize(("text", "told"), [("nonsense", "not JSON"), ("[]", "a list"), ('"\\ud800"', "half a")])
def test_a_parameter_of_the_url_is_told_by_its_name(bakery: Bakery, name: str, text: str, told: str) -> None:
    status, message = refusal(send(bakery, "GET", params={"query": VIEWER, name: text}))
    assert (status, f"`{name}`" in message, told in message) == (400, True, True)


def test_a_pair_of_surrogates_is_a_character(bakery: Bakery) -> None:
    body = b'{"query": "query ($code: String!) { lot(code: $code) { id } }", "variables": {"code": "\\ud83e\\udd50"}}'
    assert send(bakery, content=body, headers={"Content-Type": JSON}).json() == {"data": {"lot": None}}


# ── status codes ──────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "body",
    [
        {"query": "{"},
        {"query": "{ nothing }"},
        {"query": "query ($code: String!) { lot(code: $code) { id } }"},
        {"query": "query ($code: String!) { lot(code: $code) { id } }", "variables": {"code": {}}},
        {"query": "fragment F on Lot { nothing }"},
    ],
    ids=["syntax", "validation", "missing variable", "wrong variable", "no operation"],
)
def test_what_is_never_executed_has_no_data(bakery: Bakery, body: dict[str, Any]) -> None:
    """`application/json` cannot be told from what a proxy answers, so there the body alone tells."""
    for form, status in ((JSON, (200, 400)), (RESPONSE, (400,))):
        response = send(bakery, json=body, headers={"Accept": form})
        assert response.status_code in status
        assert set(response.json()) == {"errors"}
        assert {error["extensions"]["code"] for error in response.json()["errors"]} == {"BAD_USER_INPUT"}


def test_a_document_of_several_operations_says_which(bakery: Bakery) -> None:
    query = "query A { viewer { id } } query B { viewer { role } }"
    assert refusal(send(bakery, json={"query": query})) == (
        400,
        "The document has no operation, or several: say which by `operationName`.",
    )
    assert refusal(send(bakery, json={"query": query, "operationName": "C"}))[0] == 400
    assert send(bakery, json={"query": query, "operationName": "B"}).json() == {"data": {"viewer": {"role": "OWNER"}}}


@pytest.mark.parametrize("form", [JSON, RESPONSE])
def test_what_was_executed_is_200_whatever_it_led_to(bakery: Bakery, api: InProcessApi, form: str) -> None:
    """Also where all of it was refused: the answer has data, and each field's error its code."""
    response = api.request("POST", "/graphql", json={"query": VIEWER}, headers={"Accept": form})
    assert (response.status_code, response.json()["data"]) == (200, {"viewer": None})
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
