"""`python -m tests.real.replay`: the months of a real bakery through the API, on SQLite, PostgreSQL or both.

Ends with 1 when a request failed that the rules do not refuse, a trace is not what the replay's own books say, or the
product's `check` finds a breach.
"""

import argparse
import sys
from collections.abc import Sequence

from rich.console import Console

from tests.real import shared
from tests.real.engines import ENGINES
from tests.real.formulas import load_formulas
from tests.real.report import print_matches, print_outcome
from tests.real.run import SEED, ReplayFailed, plan_replay, run_replay

REPORT_COLUMNS = 150


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.real.replay", description=__doc__)
    parser.add_argument("--engine", choices=[*ENGINES, "both"], default="both", help="database (default: both)")
    parser.add_argument("--days", type=_count, help="only the first so many trading days (default: all 159)")
    parser.add_argument("--clients", type=_count, default=8, help="orders under way at once (default: 8)")
    parser.add_argument("--seed", type=int, default=SEED, help=f"of everything left to chance (default: {SEED})")
    return parser.parse_args(given)


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("has to be 1 or more")
    return value


def main(given: Sequence[str] | None = None) -> int:
    """Replay on each engine asked for; returns the exit code."""
    arguments = _arguments(given)
    console = Console(width=REPORT_COLUMNS, highlight=False)
    if not shared.is_present():
        console.print(shared.ABSENT_REASON, markup=False)
        return 1
    print_matches(console, load_formulas(shared.FORMULAS_CSV))
    plan = plan_replay(arguments.days, arguments.seed)
    engines = list(ENGINES) if arguments.engine == "both" else [arguments.engine]
    is_right = True
    for engine in engines:
        try:
            with ENGINES[engine]() as database_url:
                outcome = run_replay(
                    database_url, plan, arguments.clients, lambda line: console.print(line, markup=False)
                )
        except ReplayFailed as failed:
            console.print(f"replay on {engine} stopped: {failed}", markup=False)
            is_right = False
            continue
        print_outcome(console, engine, arguments.seed, outcome)
        is_right = is_right and outcome.is_right
    return 0 if is_right else 1


if __name__ == "__main__":
    sys.exit(main())
