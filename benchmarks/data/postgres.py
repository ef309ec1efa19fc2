"""The measured PostgreSQL: a cluster that is kept between runs, as durable as a bakery's would be."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import psycopg
from psycopg import sql

from tests.support.postgres import bundled_binaries, installed_versions, postgres_versions, running_postgres

SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
shared_buffers = 1GB
max_wal_size = 8GB
checkpoint_timeout = 30min
"""
"""Durable as PostgreSQL is by itself; with room, so that checkpoints do not fall into the measurements."""

OWNER = "bakery"
"""Whom the product connects as: an ordinary role that owns its database and may make the server's role."""

PEER = "peer"
"""Whom the peers connect as. No fence holds for it, since they ask for one bakery's rows by themselves."""


@contextmanager
def kept_cluster(folder: Path, version: int | None = None) -> Iterator[tuple[int, str]]:
    """Serve the cluster of a version, by default the machine's own PostgreSQL or else pip's; yields version and URL."""
    versions = postgres_versions()
    if version is None:
        bundled = bundled_binaries()
        version = max(
            (number for number, _ in installed_versions() if number in versions),
            default=next(number for number, bindir in versions.items() if bindir == bundled),
        )
    home = _open_to_all(folder) / f"postgres-{version}"
    with running_postgres(versions[version], home=home, settings=SETTINGS) as url:
        add_roles(url)
        yield version, url


def _open_to_all(folder: Path) -> Path:
    """`folder`, or one under /tmp where root works in a place that the server's unprivileged user may not enter."""
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() != 0 or all(parent.stat().st_mode & 0o001 for parent in (folder, *folder.parents)):
        return folder
    return Path(tempfile.gettempdir()) / f"baketrace-bench-{sha256(bytes(folder.resolve())).hexdigest()[:12]}"


def add_roles(url: str) -> None:
    """Make the two roles that the servers connect as, where they are not there yet."""
    with psycopg.connect(url, autocommit=True) as connection:
        # Several test runs may share a server and come here at once.
        connection.execute("SELECT pg_advisory_lock(hashtext('baketrace-bench'))")
        there = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles").fetchall()}
        if OWNER not in there:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(OWNER)))
        connection.execute(sql.SQL("ALTER ROLE {} CREATEROLE").format(sql.Identifier(OWNER)))
        if PEER not in there:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN BYPASSRLS").format(sql.Identifier(PEER)))
