"""What the front door costs: BakeTrace as it is served, beside itself without the checks in front, asked in turn.

Asked for the smallest answer there is for somebody who is signed in, so that nothing else hides the cost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from benchmarks.documents import Question
from benchmarks.measures import rounds
from benchmarks.measures.rounds import Effort, Measured
from benchmarks.servers.running import Server

VIEWER_ID = Question("{ viewer { id } }", "ViewerId", lambda _facts: {})


def door(run: asyncio.Runner, servers: Sequence[Server], effort: Effort, tell: Callable[[str], None]) -> list[Measured]:
    """`servers` are the whole one and the one without its door."""
    return rounds.measure(run, servers, [VIEWER_ID], effort, tell)
