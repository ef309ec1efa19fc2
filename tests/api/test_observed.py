"""What an operator sees of a served application: metrics of all its workers, traces, and a log that is all JSON."""

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from prometheus_client import CollectorRegistry

from graphql_api.app import create_app
from graphql_api.cli import serving
from graphql_api.observing.metrics import Metrics, outcome
from graphql_api.observing.notes import Note
from graphql_api.schema import roots
from plans import Role
from tests.api.bakeries import Bakery
from tests.api.documents import document
from tests.api.served import served
from tests.real.server import free_port

SECONDS_MAX = 60
ASKED = 24
TRACE = "0af7651916cd43dd8448eb211c80319c"


@dataclass
class Collector:
    """An OpenTelemetry collector that keeps what it is sent."""

    url: str
    spans: list[Any] = field(default_factory=list)


@contextmanager
def collector() -> Iterator[Collector]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                for scope in resource.scope_spans:
                    kept.spans.extend(scope.spans)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept = Collector(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def until(holds: Callable[[], bool]) -> None:
    """A request is counted after its answer has gone out."""
    deadline = time.monotonic() + SECONDS_MAX
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def figure(page: str, name: str, **labels: str) -> float:
    for line in page.splitlines():
        found = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line)
        if found and found[1] == name and dict(re.findall(r'(\w+)="([^"]*)"', found[2] or "")) == labels:
            return float(found[3])
    return 0.0


@pytest.mark.timeout(300)
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_an_operator_sees_what_all_workers_do(database_url: str, tmp_path: Path) -> None:
    port = free_port()
    with collector() as traces:
        settings = {
            "BAKETRACE_METRICS_PORT": str(port),
            "BAKETRACE_TRUSTED_PROXIES": "127.0.0.1",
            "OTEL_EXPORTER_OTLP_ENDPOINT": traces.url,
        }
        with served(database_url, tmp_path, **settings) as api:
            bakery = Bakery.opened(api)

            def ask(body: dict[str, Any], **headers: str) -> httpx.Response:
                # On a connection of its own, so that both workers take part.
                sent = {"Authorization": f"Bearer {bakery.tokens[Role.OWNER]}", **headers}
                return httpx.post(f"{api.base_url}/graphql", json=body, headers=sent, timeout=SECONDS_MAX)

            parent = f"00-{TRACE}-b7ad6b7169203331-01"
            for number in range(ASKED):
                answer = ask({"query": document("Viewer")}, **{"X-Request-Id": f"ask-{number}", "traceparent": parent})
                assert answer.headers["X-Request-Id"] == f"ask-{number}"
            ask({"query": document("CreateIngredient"), "variables": {"input": {"name": "Rye", "unit": "kg"}}})
            ask({"query": "{ nothing }"})
            # Served on loopback, so the workers were told to answer what is in the schema.
            assert "errors" not in ask({"query": "{ __schema { queryType { name } } }"}).json()

            def page() -> str:
                return httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=SECONDS_MAX).text

            def all_counted() -> bool:
                found = figure(page(), "baketrace_requests_total", operation_type="query", outcome="ok")
                return found == ASKED + 1 and "baketrace_documents_total{" in page()

            until(all_counted)
            until(lambda: figure(page(), "baketrace_documents_total", found="yes") >= ASKED - 2)
            told = page()
    assert figure(told, "baketrace_requests_total", operation_type="mutation", outcome="ok") == 1
    assert figure(told, "baketrace_errors_total", code="BAD_USER_INPUT") == 1
    assert figure(told, "baketrace_request_seconds_count", operation_type="query") == ASKED + 2
    assert figure(told, "baketrace_request_sql_statements_sum", operation_type="query") >= ASKED
    assert figure(told, "baketrace_sql_seconds_total") > 0
    assert "baketrace_connections_in_use " in told
    assert "baketrace_writers_waiting " in told
    for private in (str(bakery.id), "Corner", "OWNER"):
        assert f'"{private}"' not in told

    asked = [span for span in traces.spans if span.name == "query Viewer"]
    assert len(asked) == ASKED
    assert {span.trace_id.hex() for span in asked} == {TRACE}
    assert any(span.name.startswith("mutation CreateIngredient") for span in traces.spans)
    ids = {span.span_id for span in asked}
    below = [span for span in traces.spans if span.parent_span_id in ids]
    assert len(below) >= ASKED
    assert {span.name for span in below} == {"SQL"}

    entries = [json.loads(line) for line in (tmp_path / "server.log").read_text(encoding="utf-8").splitlines()]
    requests = [entry for entry in entries if entry["event"] == "request"]
    assert {f"ask-{number}" for number in range(ASKED)} <= {entry["request_id"] for entry in requests}
    assert {entry["trace_id"] for entry in requests if entry["request_id"].startswith("ask-")} == {TRACE}
    assert not [entry for entry in entries if entry["level"] not in ("info",)]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("host", "flag"), [("127.0.0.1", "True"), ("0.0.0.0", "False")])
def test_workers_are_told_what_follows_from_the_address(
    host: str, flag: str, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    """The process that starts them knows it; they have their environment."""
    monkeypatch.setenv("BAKETRACE_DATABASE_URL", database_url)
    monkeypatch.setenv("BAKETRACE_SECRET_KEY", "a secret of the tests, of more than 32 characters")
    for name in ("BAKETRACE_EXPLORER", "BAKETRACE_INTROSPECTION"):
        monkeypatch.setenv(name, "")
    told: dict[str, str] = {}
    monkeypatch.setattr(serving, "run_server", lambda _config: told.update(os.environ))
    monkeypatch.setattr("graphql_api.observing.logs.configure", lambda: None)
    serving.serve(host=host, port=8000, workers=2, drain_seconds=1)
    assert {told["BAKETRACE_EXPLORER"], told["BAKETRACE_INTROSPECTION"]} == {flag}
    # Their settings are the parent's, so they find the schema that it has built.
    built = roots.installed.cache_info().misses
    create_app()
    assert roots.installed.cache_info().misses == built


def test_what_is_not_configured_is_not_even_imported() -> None:
    """Metrics and traces cost nothing where nobody wants them."""
    code = (
        "import sys; from graphql_api.app import create_app; create_app(); "
        "print([name for name in sys.modules if name.partition('.')[0] in ('prometheus_client', 'opentelemetry')])"
    )
    quiet = {name: value for name, value in os.environ.items() if not name.startswith(("BAKETRACE_", "OTEL_"))}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=quiet)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("codes", "status", "expected"),
    [
        ([], 200, "ok"),
        (["FORBIDDEN"], 200, "refused"),
        ([], 413, "refused"),
        (["SERVICE_UNAVAILABLE"], 200, "unavailable"),
        ([], 503, "unavailable"),
        (["FORBIDDEN", "INTERNAL"], 200, "failed"),
        ([], 500, "failed"),
        ([], 0, "failed"),
    ],
)
def test_the_outcome_of_a_request_is_its_worst(codes: list[str], status: int, expected: str) -> None:
    assert outcome(Note("id", codes=dict.fromkeys(codes, 1)), status) == expected


def test_the_codes_of_one_request_are_bounded() -> None:
    note = Note("id")
    for number in range(1000):
        note.add_code(f"CODE_{number}")
    registry = CollectorRegistry()
    Metrics(registry).observe(note, 200, 0.1)
    assert len(note.codes) == 20
    assert registry.get_sample_value("baketrace_errors_total", {"code": "CODE_0"}) == 1
