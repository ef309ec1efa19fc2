"""The processes that serve together: a parent that does nothing else, and workers, each a copy of it.

Where processes can be copied (`os.fork`), the application is imported and its schema built once, by the parent, and a
worker is there at once, also the one that takes the place of one that died. No connection and no thread crosses into
it: the parent has opened none. Elsewhere uvicorn's own parent starts each worker from nothing.
"""

from __future__ import annotations

import logging
import mmap
import multiprocessing
import os
import signal
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NoReturn

from uvicorn import Config, Server
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from graphql_api import memory

# macOS can copy a process, too, but some of its libraries do not survive that.
CAN_COPY = sys.platform == "linux"

SILENCE_SECONDS_MAX = 120
"""After how long a silent worker is replaced. On a busy machine one may be silent for some seconds, and to kill it then
would cut the very requests that it is busy with."""

SHORT_LIFE_SECONDS = 1.0
"""A worker that lives for less is not replaced before: one that always dies must not keep the machine busy."""

LOOK_SECONDS = 1.0
_WAKING = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)
_BEAT = struct.Struct("d")

logger = logging.getLogger("uvicorn.error")


def run(config: Config) -> None:
    """Serve until told to stop: in this process, or in as many workers as are configured."""
    with suppress(KeyboardInterrupt):
        if config.workers == 1:
            Server(config).run()
        elif CAN_COPY:
            Parent(config).run()
        else:
            Multiprocess(config, sockets=[config.bind_socket()]).run()


@dataclass
class Worker:
    """A process that serves. Its event loop leaves the time in `beat`, memory that it shares with its parent: all
    processes of a machine have this clock in common."""

    process_id: int = 0
    born: float = field(default_factory=time.monotonic)
    beat: mmap.mmap = field(default_factory=lambda: mmap.mmap(-1, _BEAT.size))

    def live(self) -> None:
        _BEAT.pack_into(self.beat, 0, time.monotonic())

    @property
    def is_silent(self) -> bool:
        last: float = _BEAT.unpack_from(self.beat, 0)[0] or self.born
        return time.monotonic() - last > SILENCE_SECONDS_MAX


class Parent:
    """Starts workers, replaces those that die or fall silent, and drains them when it is told to stop.

    It takes signals one at a time, between other things: none arrives in the middle of something. Should it be killed
    itself, its workers see that the other end of their lifeline is gone, drain and leave, and nothing keeps the port
    from the server that is started instead.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._socket: socket.socket = config.bind_socket()
        self._workers: list[Worker] = []
        self._lifeline, self._held = os.pipe()

    def run(self) -> None:
        logger.info("Started parent process [%d]", os.getpid())
        memory.tune()  # so that what all have in common is left alone in each
        former = signal.pthread_sigmask(signal.SIG_BLOCK, _WAKING)
        try:
            for _ in range(self._config.workers):
                self._start(former)
            while self._is_needed(signal.sigtimedwait(_WAKING, LOOK_SECONDS)):
                for worker in [worker for worker in self._workers if worker.is_silent]:
                    logger.error("Child process [%d] is silent", worker.process_id)
                    os.kill(worker.process_id, signal.SIGKILL)
                self._replace_the_dead(former)
        finally:
            self._stop()
            signal.pthread_sigmask(signal.SIG_SETMASK, former)
        logger.info("Stopping parent process [%d]", os.getpid())

    def _is_needed(self, received: signal.struct_siginfo | None) -> bool:
        return received is None or received.si_signo == signal.SIGCHLD

    def _start(self, mask: Iterable[int]) -> None:
        worker = Worker()
        worker.process_id = os.fork()
        if worker.process_id == 0:
            self._serve(worker, mask)
        self._workers.append(worker)

    def _serve(self, worker: Worker, mask: Iterable[int]) -> NoReturn:
        """What a worker does from its first to its last moment. Until the server handles signals, one ends it."""
        code = 1
        try:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            os.close(self._held)
            threading.Thread(target=_leave_at_end_of, args=(self._lifeline,), name="lifeline", daemon=True).start()

            async def live() -> None:
                worker.live()

            self._config.callback_notify = live
            self._config.timeout_notify = 1
            with suppress(KeyboardInterrupt):
                Server(self._config).run([self._socket])
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        except BaseException:
            logger.exception("Child process [%d] failed", os.getpid())
        finally:
            for stream in (sys.stdout, sys.stderr):
                with suppress(OSError, ValueError):
                    stream.flush()
            os._exit(code)

    def _replace_the_dead(self, mask: Iterable[int]) -> None:
        for worker in list(self._workers):
            ended, status = os.waitpid(worker.process_id, os.WNOHANG)
            if not ended:
                continue
            self._workers.remove(worker)
            worker.beat.close()
            if os.waitstatus_to_exitcode(status) == STARTUP_FAILURE:
                logger.error("Child process [%d] failed to start, stopping the parent process.", ended)
                sys.exit(STARTUP_FAILURE)
            logger.info("Child process [%d] died", ended)
            time.sleep(max(0.0, worker.born + SHORT_LIFE_SECONDS - time.monotonic()))
            self._start(mask)

    def _stop(self) -> None:
        for worker in self._workers:
            os.kill(worker.process_id, signal.SIGTERM)
        for worker in self._workers:
            os.waitpid(worker.process_id, 0)
        self._socket.close()
        os.close(self._lifeline)
        os.close(self._held)


def _leave_at_end_of(lifeline: int) -> None:
    """Drain and end, as on SIGTERM, once nobody holds the other end any more."""
    os.read(lifeline, 1)
    os.kill(os.getpid(), signal.SIGTERM)


def leave_with_parent() -> None:
    """The same for a worker that uvicorn has started, which would outlive its parent, and keep the port."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def wait() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="parent watch", daemon=True).start()
