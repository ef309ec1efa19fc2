"""The process that serves the metrics: `python -m graphql_api.observing.exporter FOLDER HOST PORT`.

One of its own, so that neither the parent of workers has a thread, which would cross into them, nor a worker stops to
add figures up. It says `ready` or what is wrong on its standard output, and ends with its standard input: with whoever
started it.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

FOLDER = "PROMETHEUS_MULTIPROC_DIR"


def main(folder: str, host: str, port: int) -> int:
    os.environ[FOLDER] = folder  # read when prometheus_client is first imported
    from prometheus_client import CollectorRegistry, start_http_server
    from prometheus_client.multiprocess import MultiProcessCollector

    class Living(MultiProcessCollector):  # type: ignore[misc, unused-ignore]
        """Forgets what a worker that has died counted as going on."""

        def collect(self) -> Any:
            for file in Path(folder).glob("gauge_live*.db"):
                if not _is_alive(int(file.stem.rpartition("_")[2])):
                    file.unlink(missing_ok=True)
            return super().collect()  # type: ignore[no-untyped-call, unused-ignore]

    # A Ctrl-C is for whoever started this, and is followed by the end of the input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    registry = CollectorRegistry()
    Living(registry)  # type: ignore[no-untyped-call, unused-ignore]
    try:
        start_http_server(port, host, registry)
    except OSError as error:
        print(error.strerror or error, flush=True)
        return 1
    print("ready", flush=True)
    sys.stdin.read()
    return 0


def _is_alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
