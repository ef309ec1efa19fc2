"""A worker whose parent is gone leaves too.

The parent that `baketrace serve` starts ends its workers when it is told to stop. If it is killed outright, they would
go on for ever, without anybody who could stop them, and keep the port from the server that is started instead.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading


def leave_with_parent() -> None:
    """Drain and end this process, as on SIGTERM, once the process is gone that made it a worker."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def wait() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="parent watch", daemon=True).start()
