"""A server that can be killed in the ways in which servers die, and started again on the same port."""

import asyncio
import os
import re
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import monotonic

from tests.real.http1 import Connection, HttpFailure
from tests.real.server import COMMAND, CommandLine, free_port, log_tail
from tests.real.shared import REPOSITORY

HANG_SECONDS = 90
POLL_SECONDS = 0.01
HTTP_OK = 200
SURPRISE_SHOWN = 4000
STARTED = "Application startup complete"
UNFORESEEN = re.compile(r'"incident":"[0-9a-f]|Exception in ASGI application')
PROCESS = re.compile(r"Started (server|parent) process \[(\d+)\]")


class Hanging(Exception):
    """Something that must happen did not, with the end of the server's log."""


@dataclass
class Server:
    """`baketrace serve` on one port. `drain_seconds` is the option of that name, its default if None."""

    database_url: str
    log: Path
    workers: int = 2
    drain_seconds: int | None = None
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        drain = [] if self.drain_seconds is None else ["--drain-seconds", str(self.drain_seconds)]
        # An answer that takes long enough to be killed in is more than a client may ask for.
        environment = CommandLine(self.database_url, {"BAKETRACE_MAX_COST": str(10**9)}).environment
        # An installed package has its bytecode beside it, and so has this one after its first start.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [*COMMAND, "serve", "--port", str(self.port), "--workers", str(self.workers), *drain],
                cwd=REPOSITORY,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def _written(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""

    @property
    def starts(self) -> int:
        """How many processes have begun to take requests so far."""
        return self._written.count(STARTED)

    @property
    def worker_ids(self) -> list[int]:
        """The workers of the server that runs, the newest last."""
        found = PROCESS.findall(self._written)
        parents = [at for at, (kind, _) in enumerate(found) if kind == "parent"]
        return [int(number) for kind, number in found[parents[-1] if parents else 0 :] if kind == "server"]

    @property
    def surprise(self) -> str:
        """What it logged of the first thing that it had not foreseen, if there is any."""
        found = UNFORESEEN.search(self._written)
        return self._written[found.start() :][:SURPRISE_SHOWN] if found else ""

    async def ready(self, starts: int = 0) -> None:
        """Wait until it answers that it is ready, and until so many processes have begun in all."""
        probe, deadline = Connection(self.base_url), monotonic() + HANG_SECONDS
        try:
            while True:
                with suppress(HttpFailure):
                    if (await probe.request("GET", "/readyz")).status == HTTP_OK and self.starts >= starts:
                        return
                probe.close()
                if self.process is None or self.process.poll() is not None or monotonic() > deadline:
                    raise Hanging(f"the server is not ready:\n{log_tail(self.log)}")
                await asyncio.sleep(POLL_SECONDS)
        finally:
            probe.close()

    async def gone(self, process_ids: Sequence[int]) -> None:
        """Wait until these processes have ended."""
        deadline = monotonic() + HANG_SECONDS
        while left := [number for number in process_ids if is_alive(number)]:
            if monotonic() > deadline:
                raise Hanging(f"{left} have not ended:\n{log_tail(self.log)}")
            await asyncio.sleep(POLL_SECONDS)

    # ── the ways to die ───────────────────────────────────────────────────────────────────────────────────────────
    def kill_all(self) -> None:
        """All of it at once, as when the machine takes the container away."""
        assert self.process
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(HANG_SECONDS)

    def kill_parent(self) -> None:
        """The process that the operator sees; its workers have to leave by themselves."""
        assert self.process
        self.process.kill()
        self.process.wait(HANG_SECONDS)

    def kill_worker(self, random: Random) -> None:
        """One worker, as when the machine runs out of memory; its parent has to start another."""
        alive = [number for number in self.worker_ids if is_alive(number)]
        os.kill(random.choice(alive), signal.SIGKILL)

    def terminate(self) -> None:
        assert self.process
        self.process.terminate()

    async def ended(self, seconds_max: float = HANG_SECONDS) -> int:
        """Wait until it has ended; returns its exit code."""
        assert self.process
        try:
            return await asyncio.to_thread(self.process.wait, seconds_max)
        except subprocess.TimeoutExpired as error:
            raise Hanging(f"the server does not end:\n{log_tail(self.log)}") from error

    def stop(self) -> None:
        """Whatever is left of it."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(HANG_SECONDS)


@contextmanager
def stopped_at_last(server: Server) -> Iterator[Server]:
    """Whatever happens, nothing of the server outlives the block."""
    try:
        yield server
    finally:
        server.stop()


def is_alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True
