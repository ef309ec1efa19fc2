"""Traces by OpenTelemetry: a span for each request, and one below it for each round of SQL.

Spans are made when a request has ended, from what its note holds; so where no exporter is configured, nothing is done
and nothing of OpenTelemetry is imported. What a span tells is what the log tells, and the texts of statements, which
have no values in them.
"""

from __future__ import annotations

import logging
import os
from time import time_ns
from typing import TYPE_CHECKING, Any

from starlette.types import Scope

from graphql_api.observing.notes import Note, bounded

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

logger = logging.getLogger(__name__)

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
SERVICE = "baketrace"
STATEMENT_CHARACTERS_MAX = 2_000
FAILED = 500
PARENT = {b"traceparent": "traceparent", b"tracestate": "tracestate"}


def configured() -> Traces | None:
    """Traces where the environment names an exporter; None, and a warning, where the packages are missing."""
    if not any(map(os.environ.get, ENDPOINTS)):
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        logger.warning("there are no traces: OpenTelemetry is not installed; add the extra `otel` of baketrace")
        return None
    name = os.environ.get("OTEL_SERVICE_NAME") or SERVICE
    provider = TracerProvider(resource=Resource.create({"service.name": name}), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return Traces(provider)


class Traces:
    def __init__(self, provider: TracerProvider) -> None:
        from opentelemetry.trace import SpanKind, Status, StatusCode, set_span_in_context
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._provider = provider
        self._tracer = provider.get_tracer(SERVICE)
        self._within = set_span_in_context
        self._parent = TraceContextTextMapPropagator().extract
        self._server, self._client = SpanKind.SERVER, SpanKind.CLIENT
        self._failed = Status(StatusCode.ERROR)

    def record(self, note: Note, scope: Scope, method: str, status: int, seconds: float, is_trusted: bool) -> str:
        """The id of the trace. A trusted proxy's trace goes on; a stranger's word for one is not taken."""
        ended_at = time_ns()
        carrier = {PARENT[name]: value.decode("latin-1") for name, value in scope["headers"] if name in PARENT}
        parent = self._parent(carrier) if is_trusted and carrier else None
        name = " ".join(filter(None, (note.kind, note.operation))) or method
        attributes = {
            "http.request.method": method,
            "http.response.status_code": status,
            "url.path": bounded(scope["path"]),
            "graphql.operation.type": note.kind,
            "graphql.operation.name": note.operation,
            "baketrace.request_id": note.request_id,
            "baketrace.bakery": note.bakery,
            "baketrace.role": note.role,
            "baketrace.cost": note.cost,
            "baketrace.errors": list(note.codes) or None,
            "baketrace.sql.statements": note.tally.statements,
            "baketrace.sql.seconds": note.tally.seconds,
        }
        span = self._tracer.start_span(
            name, parent, self._server, _known(attributes), start_time=ended_at - int(seconds * 1e9)
        )
        within = self._within(span)
        for sent in note.tally.sent or ():
            text = "; ".join(sent.texts)[:STATEMENT_CHARACTERS_MAX]
            below = self._tracer.start_span(
                "SQL", within, self._client, {"db.query.text": text}, start_time=sent.began_at
            )
            below.end(sent.ended_at)
        if status >= FAILED or "INTERNAL" in note.codes:
            span.set_status(self._failed)
        span.end(ended_at)
        return f"{span.get_span_context().trace_id:032x}"

    def close(self) -> None:
        """Send what is left; blocks for as long as that takes."""
        self._provider.shutdown()


def _known(attributes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in attributes.items() if value is not None}
