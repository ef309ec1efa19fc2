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

LOOKS_BEFORE_IDLE = 2
"""How many such looks make one at what they left worth while in an idle moment: with more, documents that were refused
leave so much behind, in cycles of the validation's, that freeing it takes half a second."""

YOUNG_LOOKS = 100
"""How many of these make one at all there is worth while."""


def tune() -> None:
    """Leave what the process started with (modules, the schema) out of every later look, and look seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(ALLOCATIONS, LOOKS, LOOKS)


def tidy() -> None:
    """To be called while no operation runs: of what is young then little is in use, and cycles among it are garbage.

    What is old is mostly kept documents, which cost more to go through than there is to find.
    """
    looks = gc.get_count()
    if looks[1] >= LOOKS_BEFORE_IDLE:
        gc.collect(2 if looks[2] >= YOUNG_LOOKS else 1)
