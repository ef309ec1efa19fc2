"""The product as its users start it: the command line, and a server process of our own.

Errors: `CommandFailed`, a command that ended badly, with the end of what it printed.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import orjson

from tests.real.shared import REPOSITORY
from tests.support.processes import stop

COMMAND = (sys.executable, "-m", "graphql_api")
SETUP_SECONDS_MAX = 120
CHECK_SECONDS_MAX = 900
READY_SECONDS_MAX = 60
POLL_SECONDS = 0.05
TAIL_LINES = 60
SECRET = "replay-" + "0123456789abcdef" * 3


class CommandFailed(Exception):
    """A command of the product that did not do what it is for."""


@dataclass(frozen=True)
class Bakery:
    """A bakery as `bakery create --json` prints it: a token for each role."""

    bakery_id: str
    tokens: dict[str, str]


@dataclass(frozen=True)
class CommandLine:
    """The product's commands on one database; `settings` are further variables of its environment."""

    database_url: str
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """The caller's environment, without settings of the product that the caller may have."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("BAKETRACE_")}
        own = {"BAKETRACE_DATABASE_URL": self.database_url, "BAKETRACE_SECRET_KEY": SECRET}
        return inherited | own | dict(self.settings)

    def migrate(self) -> None:
        """Make the tables."""
        self._run(["migrate"], SETUP_SECONDS_MAX)

    def create_bakery(self) -> Bakery:
        """A new bakery with a person in each role."""
        arguments = ["--name", "The Bread Basket", "--plan", "GROWTH", "--time-zone", "Europe/London"]
        printed = self._run(["bakery", "create", *arguments, "--currency", "GBP", "--json"], SETUP_SECONDS_MAX)
        content = orjson.loads(printed)
        return Bakery(content["id"], content["tokens"])

    def check(self) -> tuple[bool, str]:
        """Whether the whole database holds together, and what was printed."""
        done = self._start(["check"], CHECK_SECONDS_MAX)
        return done.returncode == 0, _tail(done.stdout + done.stderr)

    @contextmanager
    def serve(self, log: Path) -> Iterator[str]:
        """Serve while the block runs; yields the base URL. The process is ended by its own id, always."""
        with self.serve_by(2, log) as (base_url, _):
            yield base_url

    @contextmanager
    def serve_by(self, workers: int, log: Path) -> Iterator[tuple[str, int]]:
        """The same by so many workers; yields the process as well, which serves itself where it is the only one."""
        port = free_port()
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*COMMAND, "serve", "--host", "127.0.0.1", "--port", str(port), "--workers", str(workers)],
                cwd=REPOSITORY,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        base_url = f"http://127.0.0.1:{port}"
        try:
            _wait_until_ready(process, base_url, log)
            yield base_url, process.pid
        finally:
            stop(process)

    def _run(self, arguments: Sequence[str], seconds_max: float) -> str:
        done = self._start(arguments, seconds_max)
        if done.returncode != 0:
            raise CommandFailed(f"{' '.join(arguments)} ended with {done.returncode}:\n{_tail(done.stderr)}")
        return done.stdout

    def _start(self, arguments: Sequence[str], seconds_max: float) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(
                [*COMMAND, *arguments],
                cwd=REPOSITORY,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=seconds_max,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise CommandFailed(f"{' '.join(arguments)} did not end in {seconds_max} s") from error


def log_tail(log: Path) -> str:
    """The last lines that a server wrote."""
    return _tail(log.read_text(encoding="utf-8", errors="replace")) if log.exists() else "(no log)"


def _tail(text: str) -> str:
    return "\n".join(text.rstrip().splitlines()[-TAIL_LINES:])


def _wait_until_ready(process: subprocess.Popen[bytes], base_url: str, log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS_MAX
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise CommandFailed(f"the server ended with {process.returncode}:\n{log_tail(log)}")
        try:
            if httpx.get(f"{base_url}/readyz", timeout=READY_SECONDS_MAX).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        time.sleep(POLL_SECONDS)
    raise CommandFailed(f"the server was not ready within {READY_SECONDS_MAX} s:\n{log_tail(log)}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
