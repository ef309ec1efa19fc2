"""The garbage collector of a process that serves.

Records and answers hold no cycles: counting references frees them at once, and the collector has next to nothing to
find among them. But by its defaults it goes through the hundred thousands of a large answer time and again while they
are made, and everybody waits (docs/execution.md has the figures).
"""

from __future__ import annotations

import gc

ALLOCATIONS = 50_000
"""How many more objects than were freed bring about a look at those only: some ten milliseconds."""

LOOKS = 1_000
"""How many such looks bring about one at older objects, if no idle moment did before."""

LOOKS_BEFORE_IDLE = 20
"""How many such looks make one at older objects worth while in an idle moment."""


def tune() -> None:
    """Leave what the process started with (modules, the schema) out of every later look, and look seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(ALLOCATIONS, LOOKS, LOOKS)


def tidy() -> None:
    """To be called while no operation runs: what is left then is little, and cycles among it are garbage."""
    if gc.get_count()[1] >= LOOKS_BEFORE_IDLE:
        gc.collect()
