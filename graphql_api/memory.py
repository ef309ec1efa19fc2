"""The garbage collector, tuned once a process has started."""

from __future__ import annotations

import gc

ALLOCATIONS = 50_000
"""How many more objects than were freed bring about a look at the youngest. Python's 700 means one for each few dozen
nodes of an answer; records and answers hold no cycles, so a look finds next to nothing."""

YOUNG_LOOKS = 20
MIDDLE_LOOKS = 50


def tune() -> None:
    """Leave what the process started with (modules, the schema) out of every later look, and look seldom.

    Its effect is measured in docs/performance.md.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(ALLOCATIONS, YOUNG_LOOKS, MIDDLE_LOOKS)
