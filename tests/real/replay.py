"""`python -m tests.real.replay`: the months of a real bakery through the API, on SQLite, PostgreSQL or both.

Ends with 1 when a request failed that the rules do not refuse, a trace is not what the replay's own books say, or the
product's `check` finds a breach.
"""

import sys
from collections.abc import Sequence

from rich.console import Console

from tests.real import frame, shared
from tests.real.formulas import load_formulas
from tests.real.report import print_matches, print_outcome
from tests.real.run import SEED, ReplayFailed, plan_replay, run_replay

REPORT_COLUMNS = 150
CLIENTS = 8
"""Orders under way at once."""


def main(given: Sequence[str] | None = None) -> int:
    """Replay on each engine asked for; returns the exit code."""
    parser = frame.parser("tests.real.replay", __doc__, clients=CLIENTS, seed=SEED)
    parser.add_argument(
        "--days", type=frame.at_least_one, help="only the first so many trading days (default: all 159)"
    )
    arguments = parser.parse_args(given)
    console = Console(width=REPORT_COLUMNS, highlight=False)
    if not shared.is_present():
        console.print(shared.ABSENT_REASON, markup=False)
        return 1
    print_matches(console, load_formulas(shared.FORMULAS_CSV))
    plan = plan_replay(arguments.days, arguments.seed)

    def run(engine: str, database_url: str) -> bool:
        try:
            outcome = run_replay(database_url, plan, arguments.clients, lambda line: console.print(line, markup=False))
        except ReplayFailed as failed:
            console.print(f"replay on {engine} stopped: {failed}", markup=False)
            return False
        print_outcome(console, engine, arguments.seed, outcome)
        return outcome.is_right

    return frame.run_on_each(arguments, run)


if __name__ == "__main__":
    sys.exit(main())
