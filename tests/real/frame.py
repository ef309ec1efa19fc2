"""The frame of the heavy runs: on which databases, with how many clients, by which seed, and the exit code."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from tests.real.engines import ENGINES

BOTH = "both"


def parser(program: str, description: str | None, *, clients: int, seed: int) -> argparse.ArgumentParser:
    """The options that every heavy run has."""
    made = argparse.ArgumentParser(prog=f"python -m {program}", description=description)
    made.add_argument("--engine", choices=[*ENGINES, BOTH], default=BOTH, help=f"database (default: {BOTH})")
    made.add_argument("--clients", type=at_least_one, default=clients, help=f"at once (default: {clients})")
    made.add_argument("--seed", type=int, default=seed, help=f"of everything left to chance (default: {seed})")
    return made


def at_least_one(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("has to be 1 or more")
    return value


def run_on_each(arguments: argparse.Namespace, run: Callable[[str, str], bool]) -> int:
    """Give each engine that is asked for, and an empty database of it, to `run`, which tells whether all was right.

    Returns the exit code.
    """
    engines = list(ENGINES) if arguments.engine == BOTH else [arguments.engine]
    is_right = True
    for engine in engines:
        with ENGINES[engine]() as database_url:
            is_right = run(engine, database_url) and is_right
    return 0 if is_right else 1
