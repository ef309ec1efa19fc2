"""The processes that serve together: uvicorn's parent and its workers, each of which sees it when the other is gone."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from contextlib import suppress

from uvicorn import Config, Server
from uvicorn.supervisors import Multiprocess


class Workers(Multiprocess):
    """uvicorn's parent of several workers, without its blindness for one that was killed.

    It asks each worker now and then whether it lives, and waits for the answer. It also keeps the worker's own end of
    the line. So the line stays open where the worker is killed meanwhile, and the parent waits its full time, in which
    it does not heed a signal to stop, either.
    """

    def init_processes(self) -> None:
        super().init_processes()
        self._let_go()

    def keep_subprocess_alive(self) -> None:
        self._let_go()  # of those that a signal has added
        super().keep_subprocess_alive()
        self._let_go()

    def _let_go(self) -> None:
        for process in self.processes:
            process.child_conn.close()


def run(config: Config) -> None:
    """Serve until told to stop: in this process, or in as many workers as are configured."""
    with suppress(KeyboardInterrupt):
        if config.workers > 1:
            Workers(config, sockets=[config.bind_socket()]).run()
        else:
            Server(config).run()


def leave_with_parent() -> None:
    """Let this worker drain and end, as on SIGTERM, once its parent is gone.

    A parent that is told to stop ends its workers. If it is killed outright, they would go on for ever, without anybody
    who could stop them, and keep the port from the server that is started instead.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def wait() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="parent watch", daemon=True).start()
