"""The GraphQL-over-HTTP specification, as graphql-http audits it."""

from collections.abc import Callable

from tests.clients.serving import Served

AUDITS = 61


def test_every_audit_of_graphql_http_passes(served: Served, tell: Callable[[str], None]) -> None:
    results = served.runs("audit.js")
    passed = [result for result in results if result["status"] == "ok"]
    tell(f"graphql-http's audit: {len(passed)} of {len(results)} pass")
    assert [result for result in results if result["status"] != "ok"] == []
    assert len(results) == AUDITS
