"""GraphQL over a websocket: the protocol graphql-transport-ws, its close codes, and what holds as over HTTP."""

import json
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket
from websockets import Subprotocol
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from bakery.store import Database
from graphql_api.app import machine_clock
from graphql_api.config import MAX_MESSAGE_BYTES
from graphql_api.http.operations import Operations
from graphql_api.http.sockets import MAX_OPERATIONS, serve_socket
from graphql_api.schema import roots
from plans import Role
from tests.api.doors import ADDED, CLOSED, PROTOCOL, SECRET_WORD, Door, Socket, listening
from tests.real.server import SECRET

TWICE = {"Authorization": "Bearer nonsense", "authorization": "Bearer nonsense"}
VIEWER = "{ viewer { role } }"
CREATE = "mutation ($input: CreateSupplierInput!) { createSupplier(input: $input) { __typename } }"


def next_of(id: str, data: Any) -> dict[str, Any]:
    return {"id": id, "type": "next", "payload": {"data": data}}


@pytest.mark.parametrize("role", Role)
def test_a_query_is_answered_as_whoever_opened_the_connection(door: Door, role: Role) -> None:
    with door.opened_socket(role) as socket:
        socket.ask("1", VIEWER)
        said, ended = socket.hear_all("1")
        assert said["payload"]["data"] == {"viewer": {"role": role.value}}
        assert ended == {"id": "1", "type": "complete"}


def test_the_token_may_come_with_the_handshake(door: Door) -> None:
    """No browser can put it there; other programs do."""
    with door.socket(additional_headers=door.headers()) as socket:
        socket.say("connection_init")
        assert socket.hear() == {"type": "connection_ack"}


def test_what_one_is_acts_from_the_next_operation_on(door: Door) -> None:
    """R-1.9, R-1.10: over a connection that is open all the while."""
    owner = door.bakery.owner
    invited = owner.does("InviteMember", name="Kim", role="STAFF")
    token = door.bakery.nobody.does("AcceptInvitation", invitation=invited["invitation"])["token"]
    member = invited["member"]["id"]

    with door.socket() as socket:
        socket.say("connection_init", payload={"Authorization": f"Bearer {token}"})
        assert socket.hear() == {"type": "connection_ack"}

        def role() -> Any:
            socket.ask("1", VIEWER)
            return socket.hear_all("1")[0]["payload"]["data"]["viewer"]

        assert role() == {"role": "STAFF"}
        owner.does("UpdateMember", memberId=member, role="MANAGER")
        assert role() == {"role": "MANAGER"}
        owner.does("RemoveMember", memberId=member)
        assert role() is None


def test_a_mutation_and_its_refusals(door: Door) -> None:
    """R-1.7: gates, inputs and unions as over HTTP; each operation has a context of its own."""
    with door.opened_socket(Role.OWNER) as owner, door.opened_socket(Role.STAFF) as staff:
        owner.ask("a", CREATE, variables={"input": {"name": "Over the wire"}})
        staff.ask("a", CREATE, variables={"input": {"name": "Over the wire"}})
        assert owner.hear() == next_of("a", {"createSupplier": {"__typename": "CreateSupplierSuccess"}})
        assert staff.hear() == next_of("a", {"createSupplier": {"__typename": "RoleRequired"}})
        staff.hear()
        staff.ask("b", "{ lotTrackingSettings { enabled } }")
        payload = staff.hear()["payload"]
        assert payload["data"] == {"lotTrackingSettings": None}
        assert payload["errors"][0]["extensions"]["code"] == "FORBIDDEN"


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"query": "{"}, "BAD_USER_INPUT"),
        ({"query": "{ nothing }"}, "BAD_USER_INPUT"),
        ({"query": "query ($code: String!) { lot(code: $code) { id } }"}, "BAD_USER_INPUT"),
        ({"query": VIEWER, "operationName": "Other"}, "BAD_USER_INPUT"),
        ({"query": 5}, "BAD_USER_INPUT"),
        ({"query": VIEWER, "variables": []}, "BAD_USER_INPUT"),
        ({}, "BAD_USER_INPUT"),
        ({"documentId": "nothing"}, "PERSISTED_QUERY_NOT_FOUND"),
    ],
)
def test_what_is_never_executed_is_told_as_an_error_and_the_connection_goes_on(
    door: Door, payload: dict[str, Any], code: str
) -> None:
    with door.opened_socket() as socket:
        socket.say("subscribe", id="1", payload=payload)
        told = socket.hear()
        assert (told["type"], [error["extensions"]["code"] for error in told["payload"]]) == ("error", [code])
        socket.ask("1", VIEWER)
        assert socket.hear()["type"] == "next"


# ── subscriptions ─────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_subscription_is_answered_until_it_ends(door: Door) -> None:
    with door.opened_socket() as socket:
        socket.ask("1", "subscription { ticks }")
        assert socket.hear_all("1") == [
            *(next_of("1", {"ticks": number}) for number in range(3)),
            {"id": "1", "type": "complete"},
        ]


def test_each_event_reads_its_own_moment(door: Door) -> None:
    """No snapshot is held while the next event is waited for."""
    ADDED.clear()
    with door.opened_socket() as socket:
        socket.ask("1", "subscription { moments { number suppliers } }")
        before = socket.hear()["payload"]["data"]["moments"]
        door.bakery.supplier("Between two events")
        ADDED.set()
        after = socket.hear()["payload"]["data"]["moments"]
        assert after == {"number": 2, "suppliers": before["suppliers"] + 1}


def test_a_client_ends_a_subscription(door: Door) -> None:
    """The stream behind it is closed, and its id is free again."""
    CLOSED.clear()
    with door.opened_socket() as socket:
        for _ in range(2):
            socket.ask("1", "subscription { endless }")
            assert socket.hear() == next_of("1", {"endless": 1})
            socket.say("complete", id="1")
        socket.ask("2", "subscription { ticks(count: 1) }")
        socket.hear_all("2")
        assert CLOSED.count("endless") == 2


def test_a_stream_that_breaks_is_told_without_its_insides(door: Door) -> None:
    with door.opened_socket() as socket:
        socket.ask("1", "subscription { broken }")
        first, last = socket.hear_all("1")
        assert first == next_of("1", {"broken": 1})
        [error] = last["payload"]
        assert (last["type"], error["extensions"]["code"]) == ("error", "INTERNAL")
        assert SECRET_WORD not in json.dumps(last)


# ── the protocol ──────────────────────────────────────────────────────────────────────────────────────────────────────
def test_pings_are_answered(door: Door) -> None:
    """Also before anybody has said who it is."""
    with door.socket() as socket:
        socket.say("ping")
        assert socket.hear() == {"type": "pong"}
        socket.say("ping", payload={"at": 1})
        assert socket.hear() == {"type": "pong", "payload": {"at": 1}}
        socket.say("pong")


@pytest.mark.parametrize(
    "text",
    ["", "nonsense", "[]", "5", "null", "{}", '{"type": 5}', '{"type": "nothing"}', '{"type": "ping", "payload": 5}']
    + ['{"type": "connection_init", "payload": []}', '{"type": "pong", "payload": "\\ud800"}', "[" * 100_000]
    + [f'{{"type": "subscribe"{rest}}}' for rest in ("", ', "id": 5', ', "id": ""', ', "id": "1", "payload": []')],
    ids=range(16),
)
def test_what_is_no_message_closes_with_4400(door: Door, text: str) -> None:
    with door.socket() as socket:
        socket.connection.send(text)
        assert socket.closing()[0] == 4400


def test_frames_are_text(door: Door) -> None:
    with door.socket() as socket:
        socket.connection.send(b'{"type": "ping"}')
        assert socket.closing() == (4400, "WebSocket message type must be text")


def test_who_has_not_said_who_it_is_asks_nothing(door: Door) -> None:
    with door.socket() as socket:
        socket.ask("1", VIEWER)
        assert socket.closing() == (4401, "Unauthorized")


@pytest.mark.parametrize(
    "payload",
    [None, {}, {"Authorization": "Bearer nonsense"}, {"Authorization": 5}, {"authorization": "Basic x"}, TWICE],
)
def test_whom_no_token_proves_is_refused(door: Door, payload: Any) -> None:
    with door.socket() as socket:
        socket.say("connection_init", payload=payload)
        assert socket.closing() == (4403, "Forbidden")


def test_who_does_not_say_who_it_is_in_time(door: Door) -> None:
    """4408; with less time than is usual."""
    operations = Operations(roots.build(), Database(door.database_url), machine_clock, SECRET)

    async def serve(socket: WebSocket) -> None:
        await serve_socket(socket, operations, (), init_seconds_max=0.01)

    with listening(Starlette(routes=[WebSocketRoute("/graphql", serve)])) as base_url:
        url = f"{base_url}/graphql".replace("http", "ws", 1)
        with connect(url, subprotocols=[PROTOCOL]) as connection:
            assert Socket(connection).closing() == (4408, "Connection initialisation timeout")


def test_who_says_it_twice(door: Door) -> None:
    with door.opened_socket() as socket:
        socket.say("connection_init", payload=door.headers())
        assert socket.closing() == (4429, "Too many initialisation requests")


def test_an_id_is_used_by_one_operation_at_a_time(door: Door) -> None:
    with door.opened_socket() as socket:
        socket.ask("1", "subscription { endless }")
        socket.hear()
        socket.ask("1", VIEWER)
        assert socket.closing() == (4409, "Subscriber for 1 already exists")


def test_another_protocol_is_not_spoken(door: Door) -> None:
    with door.socket(protocol=Subprotocol("graphql-ws")) as socket:
        assert socket.closing()[0] == 4406


def test_a_connection_has_a_bounded_number_of_operations(door: Door) -> None:
    """Told with how many there are and may be; the others go on."""
    with door.opened_socket() as socket:
        for number in range(MAX_OPERATIONS):
            socket.ask(str(number), "subscription { endless }")
            socket.hear()
        socket.ask("more", VIEWER)
        told = socket.hear()
        [error] = told["payload"]
        assert (told["id"], told["type"], error["extensions"]["code"]) == ("more", "error", "RATE_LIMITED")
        assert str(MAX_OPERATIONS) in error["message"]
        socket.say("complete", id="0")
        socket.ask("more", VIEWER)
        assert socket.hear()["type"] == "next"


def test_a_message_is_bounded(door: Door) -> None:
    with door.opened_socket() as socket:
        socket.ask("1", "#" * MAX_MESSAGE_BYTES)
        assert socket.closing()[0] == 1009


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", "nonsense", "http://127.0.0.1:1"])
def test_a_page_of_another_origin_opens_no_connection(door: Door, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused, door.socket(origin=Origin(origin)):
        pass
    assert refused.value.response.status_code == 403


def test_a_page_of_our_own_does(door: Door) -> None:
    with door.socket(origin=Origin(door.base_url)) as socket:
        socket.say("ping")
        assert socket.hear() == {"type": "pong"}


def test_a_change_is_brought_to_its_end_though_its_client_has_gone(door: Door) -> None:
    """As over HTTP: what a client no longer waits for is done whole, and its connection given back."""
    names = [f"Gone {number}" for number in range(20)]
    for name in names:
        with door.opened_socket() as socket:
            socket.ask("1", CREATE, variables={"input": {"name": name}})
            socket.say("complete", id="1")
            socket.say("ping")
            while socket.hear()["type"] != "pong":
                pass
    text = "query ($after: String) { suppliers(first: 100, after: $after) { edges { node { name } } } }"
    for _ in range(100):
        edges = door.post({"query": text}).json()["data"]["suppliers"]["edges"]
        if {edge["node"]["name"] for edge in edges} >= set(names):
            return
    raise AssertionError("some were left undone")
