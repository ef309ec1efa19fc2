"""The targets, and whether a run held them. None of them fails a run: speed is a benchmark, not a test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.documents import ORDER_FLAT, ORDER_NESTED, SMALL, TYPICAL
from benchmarks.measures.door import VIEWER_ID
from benchmarks.measures.writing import CONFIRM
from benchmarks.report.results import Results
from benchmarks.servers.running import DOORLESS, LIMIT, OURS, POSTGRAPHILE, YOGA

LIMIT_TIMES_MAX = {SMALL.name: 2.5, ORDER_NESTED.name: 2.5, ORDER_FLAT.name: 2.5, TYPICAL.name: 1.3}
HOT_LIMIT_TIMES_MAX = 1.7
PEER_TIMES_MIN = {
    POSTGRAPHILE: {SMALL.name: 1.5, ORDER_NESTED.name: 1.5, TYPICAL.name: 2.0},
    YOGA: {SMALL.name: 1.3, ORDER_NESTED.name: 1.3, TYPICAL.name: 1.5},
}
HOT_PEER_TIMES_MIN = {POSTGRAPHILE: 3.0, YOGA: 2.0}
GROWTH_MAX = 1.3
MEMORY_TIMES_MAX = 10
STALL_MS_MAX = 250
WRITING_SHARE_MIN = 0.5
DOOR_TIMES_MAX = 1.5


@dataclass(frozen=True)
class Target:
    """`held` is None where the run did not measure it."""

    what: str
    wanted: str
    found: str
    held: bool | None


def judged(results: Results) -> list[Target]:
    return [
        *_beside_the_limit(results),
        *_beside_peers(results),
        *_growth(results),
        *_memory(results),
        *_stall(results),
        *_writing(results),
        *_door(results),
        *_plans(results),
    ]


def _beside_the_limit(results: Results) -> Iterator[Target]:
    for question in results.questions():
        ratio = results.ratio(OURS, LIMIT, question, results.many)
        if ratio is not None:
            most, times = LIMIT_TIMES_MAX.get(question, HOT_LIMIT_TIMES_MAX), 1 / ratio.latency
            yield Target(f"{question}: median beside the limit", f"≤ {most} ×", f"{times:.2f} ×", times <= most)


def _beside_peers(results: Results) -> Iterator[Target]:
    for peer, wanted in PEER_TIMES_MIN.items():
        for question in results.questions():
            least = wanted.get(question, HOT_PEER_TIMES_MIN[peer])
            ratio = results.ratio(OURS, peer, question, results.many)
            if ratio is None:
                continue
            for what, times in (("median at 1 client", ratio.latency), (f"rate at {results.many} clients", ratio.rate)):
                yield Target(
                    f"{question}: {what} beside {peer}",
                    f"≥ {least} ×",
                    "not measured" if times is None else f"{times:.2f} ×",
                    None if times is None else times >= least,
                )


def _growth(results: Results) -> Iterator[Target]:
    for growth in results.growth:
        sizes = list(growth.median_ms)
        if len(sizes) < 2:
            continue
        # Only the step to the largest books is the target; smaller steps show the same earlier.
        held = growth.factor <= GROWTH_MAX
        yield Target(
            f"{growth.question} on {growth.engine}: {sizes[-1]} beside {sizes[0]}",
            f"≤ {GROWTH_MAX} ×",
            f"{growth.factor:.2f} ×",
            held,
        )


def _memory(results: Results) -> Iterator[Target]:
    for grown in results.memory:
        if grown.server == OURS:
            times = grown.growth / grown.answer
            yield Target(
                f"{grown.question}: growth of the process beside the answer",
                f"≤ {MEMORY_TIMES_MAX} ×",
                f"{times:.1f} ×",
                times <= MEMORY_TIMES_MAX,
            )


def _stall(results: Results) -> Iterator[Target]:
    stalled = results.stalled
    if stalled is not None:
        yield Target(
            f"{{ viewer {{ id }} }} beside {stalled.clients} clients at {stalled.question}: the longest",
            f"≤ {STALL_MS_MAX} ms",
            f"{stalled.worst_ms:.0f} ms",
            stalled.worst_ms <= STALL_MS_MAX,
        )


def _writing(results: Results) -> Iterator[Target]:
    writers = results.setting.effort.writers
    ratio = results.ratio(OURS, LIMIT, CONFIRM.name, writers)
    if ratio is not None and ratio.rate is not None:
        yield Target(
            f"confirmProduction at {writers} clients: rate beside raw statements",
            f"≥ {WRITING_SHARE_MIN} ×",
            f"{ratio.rate:.2f} ×",
            ratio.rate >= WRITING_SHARE_MIN,
        )


def _door(results: Results) -> Iterator[Target]:
    ratio = results.ratio(OURS, DOORLESS, VIEWER_ID.name, results.many)
    if ratio is not None:
        times = 1 / ratio.latency
        yield Target(
            f"{VIEWER_ID.name}: median through the door, beside the same server without its checks",
            f"≤ {DOOR_TIMES_MAX} ×",
            f"{times:.2f} ×",
            times <= DOOR_TIMES_MAX,
        )


def _plans(results: Results) -> Iterator[Target]:
    for plans in results.plans:
        documents = sorted({scan.document for scan in plans.scans})
        yield Target(
            f"{len(plans.documents)} shipped documents on {plans.engine}: plans that scan a growing table",
            "none",
            f"{len(plans.scans)}, of {', '.join(documents)}" if documents else "none",
            not documents,
        )
