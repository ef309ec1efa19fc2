"""Whose turn it is to write to a SQLite file.

SQLite lets one writer in and others poll with ever longer pauses, so that one which was unlucky waits for seconds. Here
they queue: the tasks of a process for its one place, and processes, each with at most one task, by two locks on files
beside the database. Whoever has the first is next, and waits for the second: so nobody writes twice while another
waits. The kernel lets go of both when a process ends, however it ends.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from pathlib import Path
from types import TracebackType

LOOK_EVERY_SECONDS = 0.001
PATIENCE_SECONDS = 30
"""How long to wait for a turn; after that, SQLite's own waiting decides."""


class WritersQueue:
    """Enter it to write."""

    def __init__(self, file: Path) -> None:
        self._tasks = asyncio.Lock()
        self.waiting = 0
        """How many tasks of this process wait for their turn."""
        self._next = _FileLock(file.with_name(f"{file.name}-next"))
        self._turn = _FileLock(file.with_name(f"{file.name}-turn"))

    async def __aenter__(self) -> None:
        self.waiting += 1
        try:
            await self._turns_come()
        finally:
            self.waiting -= 1

    async def _turns_come(self) -> None:
        await self._tasks.acquire()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._next.take()
                await self._turn.take()
        except TimeoutError:
            pass
        except BaseException:
            self._leave()
            raise
        finally:
            self._next.give_back()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave()

    def close(self) -> None:
        self._next.close()
        self._turn.close()

    def _leave(self) -> None:
        self._turn.give_back()
        self._tasks.release()


class _FileLock:
    """An advisory lock between processes. Its file is made when it is first taken, and stays."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._descriptor: int | None = None

    async def take(self) -> None:
        if self._descriptor is None:
            self._descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        while True:
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                await asyncio.sleep(LOOK_EVERY_SECONDS)

    def give_back(self) -> None:
        if self._descriptor is not None:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
