"""The commands that bring a database up to date and serve it."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import Annotated

import typer
import uvicorn

from bakery.store.engine import DatabaseUnavailable
from graphql_api.cli.common import Refused, migrated_settings, plugins, schema, settings
from graphql_api.config import MAX_MESSAGE_BYTES
from graphql_api.observing import logs, metrics
from graphql_api.plugins import PluginError
from graphql_api.workers import SILENCE_SECONDS_MAX
from graphql_api.workers import run as run_server


def migrate(
    remove: Annotated[str, typer.Option(metavar="FEATURE", help="Drop a plug-in's tables, and all in them.")] = "",
) -> None:
    """Bring the database to the schema of this version and of the plug-ins that are installed."""
    from bakery.store.migration import migrate as migrate_database
    from bakery.store.migration import remove as remove_tables

    used = plugins()
    annex = next((plugin.annex for plugin in used if plugin.feature.key == remove), None)
    if remove and annex is None:
        raise Refused(f"no feature {remove} is installed that has tables of its own")
    try:
        if annex is None:
            migrate_database(settings().database_url, annexes=used.annexes)
        else:
            remove_tables(settings().database_url, annex)
    except DatabaseUnavailable as error:
        raise Refused(error) from error
    typer.echo("The database is at the schema of this version." if annex is None else f"{remove} has no tables now.")


def serve(
    host: Annotated[str, typer.Option(help="The address to serve on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to serve on.", min=1, max=65535)] = 8000,
    workers: Annotated[int, typer.Option(help="How many processes serve.", min=1)] = 1,
    drain_seconds: Annotated[
        int, typer.Option(help="How long requests that run may take after SIGTERM, before they are cut.", min=1)
    ] = 30,
) -> None:
    """Serve the API until SIGTERM or Ctrl-C; what was begun by then is still answered."""
    configured = migrated_settings(serves_on=host)
    try:
        configured.refuse_unsafe_address(host)
    except ValueError as error:
        raise Refused(error) from error
    # The processes that serve do not know the address: they are told what follows from it. So they are configured as
    # this one is, whose schema they have.
    os.environ |= {f"BAKETRACE_{name.upper()}": str(flag) for name, flag in configured.flags_on(host).items()}
    logs.configure()
    with ExitStack() as stack:
        try:
            stack.enter_context(metrics.served(configured))
        except OSError as error:
            raise Refused(error) from error
        run_server(
            uvicorn.Config(
                "graphql_api.app:served_app",
                factory=True,
                host=host,
                port=port,
                workers=workers,
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=drain_seconds,
                timeout_worker_healthcheck=SILENCE_SECONDS_MAX,
                ws_max_size=MAX_MESSAGE_BYTES,
                proxy_headers=False,  # the application heeds them itself (`http/front.py`)
            )
        )


def demo(port: Annotated[int, typer.Option(help="The port to serve on.", min=1, max=65535)] = 8000) -> None:
    """Serve a demo bakery on 127.0.0.1; it is loaded once, and kept."""
    from graphql_api.demo.client import DemoFailed
    from graphql_api.demo.command import PortTaken, run_demo

    try:
        run_demo(settings(), port)
    except (PortTaken, DemoFailed, DatabaseUnavailable, PluginError) as error:
        raise Refused(error) from error


def sdl() -> None:
    """Print the schema in GraphQL's schema language."""
    typer.echo(schema().as_str())
