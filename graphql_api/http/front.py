"""What stands in front of the application, from outside in: each a plain ASGI middleware."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.middleware import Middleware
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from graphql_api.config import Settings
from graphql_api.http.cors import CrossOrigin
from graphql_api.http.headers import SecurityHeaders
from graphql_api.http.proxies import Proxies
from graphql_api.observing.metrics import Metrics
from graphql_api.observing.observer import Observer
from graphql_api.observing.traces import Traces


def front(settings: Settings, metrics: Metrics | None, traces: Traces | None) -> Iterator[Middleware]:
    yield Middleware(Observer, Proxies(settings.trusted_proxies), metrics, traces)
    if settings.trusted_proxies:
        # From here on the client is who the proxy says it is, and the scheme the one that it came by.
        yield Middleware(ProxyHeadersMiddleware, settings.trusted_proxies)
    yield Middleware(SecurityHeaders)
    if settings.allowed_origins:
        yield Middleware(CrossOrigin, settings.allowed_origins)
