"""What a replay prints: how items were matched, what was counted, what differs."""

from collections.abc import Mapping
from statistics import quantiles

from rich.console import Console
from rich.table import Table

from tests.real.catalogue import matching_lines
from tests.real.formulas import Formula
from tests.real.matches import NOT_BAKED
from tests.real.run import Outcome

DIFFERENCES_SHOWN_MAX = 50
MILLISECONDS = 1000


def print_matches(console: Console, formulas: Mapping[str, Formula]) -> None:
    """Each item of the till: its formula, or why it has none."""
    table = Table("item", "formula", "levels", "portion and reason", title="Items baked by a formula of the USDA")
    for line in matching_lines(formulas):
        table.add_row(*line)
    console.print(table)
    for reason, items in NOT_BAKED.items():
        console.print(f"bought in, {reason}: {', '.join(items)}", markup=False)


def print_outcome(console: Console, engine: str, seed: int, outcome: Outcome) -> None:
    """The figures of a replay, then every difference."""
    figures = {
        "seed": seed,
        "days": f"{outcome.days:,}",
        "orders": f"{outcome.orders:,}",
        "lots": f"{outcome.lots:,}",
        "batches": f"{outcome.batches:,}",
        "movements, as the API counts them": f"{outcome.movements:,}",
        "requests": f"{outcome.requests:,}",
        "wall time": f"{outcome.seconds:,.1f} s",
        "requests a second": f"{outcome.requests / outcome.seconds:,.0f}",
        "rejected requests, all meant to be": _counts(outcome.refusals) or "none",
        "check": "finds nothing" if outcome.check_passed else "finds breaches",
    }
    table = Table("what", "how much", title=f"Replay on {engine}")
    for name, value in figures.items():
        table.add_row(name, str(value))
    console.print(table)
    _print_times(console, outcome)
    for found in outcome.compared:
        verdict = f"{len(found.differences)} differences" if found.differences else "equal"
        console.print(f"{found.title} ({found.size}): {verdict}", markup=False)
    if not outcome.check_passed:
        console.print(f"check:\n{outcome.check_output}", markup=False)
    for difference in outcome.differences[:DIFFERENCES_SHOWN_MAX]:
        console.print(f"DIFFERENCE {difference}", markup=False)
    if outcome.differences:
        console.print(f"{len(outcome.differences)} differences in all", markup=False)


def _counts(refusals: Mapping[str, int]) -> str:
    return ", ".join(f"{kind} {count}" for kind, count in sorted(refusals.items()))


def _print_times(console: Console, outcome: Outcome) -> None:
    """How long requests took as the client saw it: waiting for a free connection counts."""
    table = Table("operation", "requests", "median ms", "95 % within ms")
    for name, seconds in sorted(outcome.tally.seconds_by_operation.items()):
        cuts = quantiles(seconds, n=20) if len(seconds) > 1 else [seconds[0]] * 19
        median, most = cuts[9] * MILLISECONDS, cuts[18] * MILLISECONDS
        table.add_row(name, f"{len(seconds):,}", f"{median:.2f}", f"{most:.2f}")
    console.print(table)
