"""Processes that are started for a while, and ended by their own id."""

from __future__ import annotations

import subprocess
from typing import Any

STOP_SECONDS_MAX = 15
"""What a process has to end in by itself; it is killed then."""


def stop(process: subprocess.Popen[Any]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(STOP_SECONDS_MAX)
