"""GraphQL over server-sent events: each request a stream of its own, and only for who wants it most."""

import httpx
import pytest

from plans import Role
from tests.api.doors import CLOSED, SECONDS_MAX, SECRET_WORD, Door

VIEWER = "{ viewer { role } }"


def test_a_query_is_one_event_and_the_end(door: Door) -> None:
    assert door.events(VIEWER) == [("next", {"data": {"viewer": {"role": "OWNER"}}}), ("complete", None)]


def test_a_subscription_is_an_event_each(door: Door) -> None:
    assert door.events("subscription { ticks }") == [
        *(("next", {"data": {"ticks": number}}) for number in range(3)),
        ("complete", None),
    ]


def test_it_is_served_by_get_too_as_a_browser_asks(door: Door) -> None:
    response = door.get(headers={"Accept": "text/event-stream"}, query="subscription { ticks }")
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.text.count("event: next") == 3


@pytest.mark.parametrize("query", ["{", "{ nothing }", "subscription { nothing }", "subscription { ticks(count: {}) }"])
def test_what_is_never_executed_is_an_event_of_the_accepted_stream(door: Door, query: str) -> None:
    (name, told), end = door.events(query)
    assert (name, end) == ("next", ("complete", None))
    assert "data" not in told
    assert {error["extensions"]["code"] for error in told["errors"]} == {"BAD_USER_INPUT"}


def test_a_stream_is_refused_to_nobody_and_breaks_without_its_insides(door: Door) -> None:
    """R-1.7: also before its first event."""
    (_, told), _ = door.events("subscription { moments { number } }", role=None)
    assert [error["extensions"]["code"] for error in told["errors"]] == ["UNAUTHENTICATED"]
    first, (_, told), _ = door.events("subscription { broken }")
    assert first == ("next", {"data": {"broken": 1}})
    assert [error["extensions"]["code"] for error in told["errors"]] == ["INTERNAL"]
    assert SECRET_WORD not in str(told)


def test_who_leaves_ends_the_stream(door: Door) -> None:
    CLOSED.clear()
    headers = door.headers(Role.OWNER) | {"Accept": "text/event-stream"}
    body = {"query": "subscription { endless }"}
    with httpx.stream("POST", door.url, json=body, headers=headers, timeout=SECONDS_MAX) as response:
        assert next(response.iter_text()).startswith("event: next")
    # Another connection's whole stream: by its end, the server has seen the first one go.
    for _ in range(100):
        if "endless" in CLOSED:
            break
        door.events("subscription { ticks(count: 1) }")
    assert "endless" in CLOSED


def test_a_subscription_is_not_answered_as_json(door: Door) -> None:
    response = door.post({"query": "subscription { ticks }"})
    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert "text/event-stream" in error["message"]


@pytest.mark.parametrize(
    "accept",
    [
        "application/graphql-response+json, application/graphql+json, application/json, text/event-stream",
        "application/json, text/event-stream",
        "text/event-stream;q=0.9, application/json",
        "*/*, text/event-stream",
        "text/*, application/json",
    ],
)
def test_who_wants_json_more_gets_json(door: Door, accept: str) -> None:
    """urql lists event streams in every request."""
    response = door.post({"query": VIEWER}, Accept=accept)
    assert response.json() == {"data": {"viewer": {"role": "OWNER"}}}
