"""A PostgreSQL that keeps what it acknowledged, to be killed and started again."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from time import monotonic, sleep
from urllib.parse import urlsplit

import psycopg

from tests.crash.servers import POLL_SECONDS, is_alive
from tests.support.postgres import running_postgres, unprivileged

HANG_SECONDS = 60

# Durable as PostgreSQL is by itself: the tests' own servers lose at a kill what they had acknowledged.
SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 100
"""


@dataclass(frozen=True)
class Cluster:
    """The server at `url`, whose files are in `home`, run by the programs in `bindir`."""

    url: str
    home: Path
    bindir: Path

    @classmethod
    def at(cls, url: str, home: Path) -> "Cluster":
        with psycopg.connect(url) as connection:
            found = connection.execute("SELECT setting FROM pg_config WHERE name = 'BINDIR'").fetchone()
        assert found
        return cls(url, home, Path(found[0]))

    # ── the ways to die ───────────────────────────────────────────────────────────────────────────────────────────
    def kill_all(self) -> None:
        """Every process of it at once, as when the machine loses its power."""
        everybody = [self._postmaster, *self._others()]
        for process_id in everybody:
            with suppress(ProcessLookupError):
                os.kill(process_id, signal.SIGKILL)

    def kill_postmaster(self) -> None:
        """The first process only; the others have to see that it is gone."""
        os.kill(self._postmaster, signal.SIGKILL)

    def kill_backend(self, random: Random) -> None:
        """One connection's process: PostgreSQL then ends all of them and recovers by itself.

        Returns when the others are gone.
        """
        backends = self._others("WHERE backend_type = 'client backend'")
        with suppress(ProcessLookupError):
            os.kill(random.choice(backends), signal.SIGKILL)
        deadline = monotonic() + HANG_SECONDS
        while any(map(is_alive, backends)):
            if monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL does not end its connections: {backends}")
            sleep(POLL_SECONDS)

    def stop(self) -> None:
        """In order, but without waiting for anybody."""
        self._control("stop", "--mode=fast")

    def start(self) -> None:
        """Start it again, as often as it takes: what is left of the one that was killed may stand in the way."""
        deadline = monotonic() + HANG_SECONDS
        port = urlsplit(self.url).port
        while (failure := self._control("start", "--log=log", f"--options=-p {port}", "--wait")) is not None:
            if monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL does not start again:\n{failure}")

    @property
    def _postmaster(self) -> int:
        return int((self.home / "data" / "postmaster.pid").read_text().splitlines()[0])

    def _others(self, which: str = "") -> list[int]:
        statement = f"SELECT pid FROM pg_stat_activity {which}"
        with psycopg.connect(self.url) as connection:
            found = connection.execute(statement.encode()).fetchall()
        return [process_id for (process_id,) in found]

    def _control(self, action: str, *options: str) -> str | None:
        """What went wrong, if anything did."""
        done = subprocess.run(
            [self.bindir / "pg_ctl", action, "--silent", "--pgdata=data", *options],
            cwd=self.home,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=HANG_SECONDS,
            check=False,
            start_new_session=True,
            **unprivileged(),
        )
        return None if done.returncode == 0 else done.stdout.decode()


@contextmanager
def durable_cluster() -> Iterator[Cluster]:
    """A server of its own, gone afterwards, however often it was killed."""
    home = Path(tempfile.mkdtemp(prefix="baketrace-crash-", dir="/tmp" if unprivileged() else None))
    try:
        with running_postgres(home=home, settings=SETTINGS) as url:
            yield Cluster.at(url, home)
    finally:
        shutil.rmtree(home, ignore_errors=True)
