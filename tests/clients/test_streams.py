"""The clients of graphql-ws and graphql-sse."""

from tests.clients.serving import Served


def test_graphql_ws(served: Served) -> None:
    found = served.runs("sockets.js")
    assert found["owner"] == {"answer": {"viewer": {"role": "OWNER"}}}
    assert found["nobody"] == {"code": 4403, "reason": "Forbidden"}


def test_graphql_sse(served: Served) -> None:
    found = served.runs("events.js")
    assert found["query"] == [{"data": {"viewer": {"role": "OWNER"}}}]
    [mistake] = found["mistake"]
    assert "data" not in mistake
    assert [error["extensions"]["code"] for error in mistake["errors"]] == ["BAD_USER_INPUT"]
