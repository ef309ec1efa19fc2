"""`python -m tests.tenancy.tenancy`: every bakery tries all that every other has, at every place of the schema.

In each role: as owner, manager, staff, and as a partner with a key of every scope. On SQLite, on PostgreSQL, and on
PostgreSQL without the application's own filter, where row-level security alone is left. Ends with 1 when anything was
told, or anything changed.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from random import Random

from graphql import build_schema

from bakery.store.migration import migrate
from graphql_api.schema import roots
from plans import Role
from tests.api.in_process import InProcessApi
from tests.support.postgres import fresh_database, running_postgres
from tests.tenancy.attack import Attack, Findings, Town
from tests.tenancy.unfiltered import unfiltered

BAKERIES = 3
TRIES_EACH = 12
TOLD = 20
ENGINES = ("sqlite", "postgresql")


@contextmanager
def _database(engine: str) -> Iterator[str]:
    if engine == "sqlite":
        with tempfile.TemporaryDirectory(prefix="baketrace-tenancy-") as folder:
            yield f"sqlite:///{Path(folder) / 'bakery.db'}"
        return
    with running_postgres() as base_url:
        yield fresh_database(base_url)


def attacked(
    engine: str, bakeries: int, tries_each: int | None, seed: int, roles: Sequence[Role]
) -> Iterator[tuple[str, Findings, float]]:
    """What came of it, by how bakeries were kept apart and who attacked, and how many seconds it took."""
    with _database(engine) as url:
        migrate(url)
        api = InProcessApi(url)
        town = Town.settled(api, build_schema(roots.build().as_str()), bakeries)
        ways: dict[str, Callable[[], AbstractContextManager[object]]] = {engine: nullcontext}
        if engine != "sqlite":
            ways[f"{engine}, unfiltered"] = unfiltered
        # Partners last: what they ask for stands in the log of their own bakery, where its owner finds it.
        for role in sorted(roles, key=list(Role).index):
            for way, how in ways.items():
                attack, started = Attack(town, Random(seed), tries_each, role), time.monotonic()
                with how():
                    for attacker, victim in town.pairs():
                        attack.run(attacker, victim)
                yield f"{way}, {role.value.lower()}", attack.findings, time.monotonic() - started
        api.close()


def main(given: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.tenancy.tenancy", description=__doc__)
    parser.add_argument("--bakeries", type=int, default=BAKERIES, help=f"how many (default: {BAKERIES})")
    parser.add_argument(
        "--tries", type=int, default=TRIES_EACH, help=f"values a place and pair, 0 for all (default: {TRIES_EACH})"
    )
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of what is tried (default: the time)")
    parser.add_argument("--engine", choices=ENGINES, action="append", help="database (default: both)")
    parser.add_argument("--role", choices=[role.value for role in Role], action="append", help="who attacks (all)")
    arguments = parser.parse_args(given)
    roles = [Role(name) for name in arguments.role or [role.value for role in Role]]
    print(f"seed {arguments.seed}", flush=True)
    is_right = True
    tries = arguments.tries or None
    for engine in arguments.engine or ENGINES:
        for way, findings, seconds in attacked(engine, arguments.bakeries, tries, arguments.seed, roles):
            print(f"{way}: {findings}, {seconds:.0f} s", flush=True)
            for leak in findings.leaks[:TOLD]:
                print(f"  {leak}")
            is_right = is_right and not findings.leaks
    return 0 if is_right else 1


if __name__ == "__main__":
    sys.exit(main())
