"""Two versions of the product, beside each other: how long the same requests take in each.

    python -m benchmarks.beside PATH [--database postgresql://…] [--rounds 12] [--case confirm]

PATH is a checkout of the other version, such as `git worktree add ../before 729f426b`. Each version runs in a process
of its own, on a database of its own, without HTTP; they take turns, so that what else the machine does hits both. Told
are medians in milliseconds and the ratio of the other version's to ours.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parents[1]
REPEATS = 20
ORDERS = 300
WARM_UP = 6


# ── one version ───────────────────────────────────────────────────────────────────────────────────────────────────────
def serve(url: str) -> None:
    """Furnish a bakery, then run and time what standard input asks for, one name a line."""
    from tests.api.in_process import InProcessApi

    api = InProcessApi(url)
    cases = _cases(api)
    for case in cases.values():
        for _ in range(WARM_UP):
            case()
    print(json.dumps(list(cases)), flush=True)
    for line in sys.stdin:
        print(json.dumps(list(_timed(cases[line.strip()]))), flush=True)


def _timed(case: Callable[[], None]) -> Iterator[float]:
    for _ in range(REPEATS):
        start = time.perf_counter()
        case()
        yield time.perf_counter() - start


def _cases(api: Any) -> dict[str, Callable[[], None]]:
    from pydantic import SecretStr

    from graphql_api.app import create_app
    from graphql_api.config import Settings
    from tests.api.bakeries import Bakery
    from tests.api.documents import document
    from tests.api.in_process import SECRET

    app = create_app(Settings(database_url=api.database_url, secret_key=SecretStr(SECRET)), clock=lambda: api.now)
    runner = asyncio.Runner()
    bakery = Bakery.opened(api)
    bakery.tracks_lots()
    grains = [bakery.ingredient(f"Grain {number}") for number in range(8)]
    lots = [bakery.restock(grain, "100000") for grain in grains]
    bread = bakery.product("Bread", dict.fromkeys(grains, "0.1"))
    rare = bakery.ingredient("Rare")
    rare_lot = bakery.restock(rare, "100")
    cake = bakery.product("Cake", {rare: "1"})
    customers = [bakery.customer(f"Café {number}") for number in range(20)]
    _fill(bakery, cake, customers, 3, "S")
    _fill(bakery, bread, customers, ORDERS, "M")

    def request(name: str, variables: dict[str, Any], root: str) -> Callable[[], None]:
        body = json.dumps({"query": document(name), "variables": variables}).encode()

        def run() -> None:
            answer = runner.run(_post(app, body, bakery.owner.token or ""))
            assert b'"errors"' not in answer, answer[:500]
            assert root.encode() in answer, answer[:500]

        return run

    run_of_eight = {"productId": bread, "quantity": "1"}
    return {
        "viewer": request("Viewer", {}, "viewer"),
        "small nested trace": request("LotUsage", {"code": rare_lot["code"]}, '"S-0"'),
        "small flat trace": request("LotTrace", {"code": rare_lot["code"]}, '"S-0"'),
        "an order's trace": request("OrderTrace", {"number": "M-0"}, '"PROVEN"'),
        f"nested trace to {ORDERS} orders": request("LotUsage", {"code": lots[0]["code"]}, '"M-0"'),
        f"flat trace to {ORDERS} orders": request("LotTrace", {"code": lots[0]["code"]}, '"M-0"'),
        "a page of 50 orders": request("Orders", {"first": 50}, '"M-299"'),
        "confirmProduction, 8 ingredients": request("ConfirmProduction", {"input": run_of_eight}, "CONFIRMED"),
    }


def _fill(bakery: Any, product: str, customers: list[str], count: int, prefix: str) -> None:
    """So many orders of a product, each from a bake of ten."""
    for number in range(count):
        if number % 10 == 0:
            bakery.bake(product, "10")
        order = bakery.order({product: "1"}, number=f"{prefix}-{number}", customerId=customers[number % len(customers)])
        bakery.move(order, "COMPLETED")


async def _post(app: Any, body: bytes, token: str) -> bytes:
    """A request straight to the application."""
    headers = [(b"content-type", b"application/json"), (b"authorization", f"Bearer {token}".encode())]
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/graphql",
        "raw_path": b"/graphql",
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    answer = bytearray()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        answer.extend(message.get("body", b""))

    await app(scope, receive, send)
    return bytes(answer)


# ── both ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
class Version:
    """One version's process."""

    def __init__(self, checkout: Path, url: str) -> None:
        command = [sys.executable, __file__, "--serve", url]
        environment = {**os.environ, "PYTHONPATH": str(checkout)}
        self._process = subprocess.Popen(
            command, cwd=checkout, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.cases: list[str] = self._answer()

    def time(self, case: str) -> list[float]:
        assert self._process.stdin
        self._process.stdin.write(f"{case}\n")
        self._process.stdin.flush()
        return list(self._answer())

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()

    def _answer(self) -> Any:
        assert self._process.stdout
        return json.loads(self._process.stdout.readline())


def _migrated(checkout: Path, url: str) -> str:
    """An empty database of that version's schema; on a server, a new one."""
    make = (
        "import sys; from bakery.store.migration import migrate; from tests.support.postgres import fresh_database\n"
        "url = sys.argv[1]; url = fresh_database(url) if url.startswith('postgresql') else url\n"
        "migrate(url); print(url)"
    )
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    made = subprocess.run(
        [sys.executable, "-c", make, url], cwd=checkout, env=environment, capture_output=True, text=True, check=True
    )
    return made.stdout.split()[-1]


def compare(other: Path, database: str | None, rounds: int, wanted: str) -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        versions = {}
        for name, checkout in (("other", other), ("ours", HERE)):
            url = _migrated(checkout, database or f"sqlite:///{folder / name}.db")
            versions[name] = Version(checkout, url)
            stack.callback(versions[name].close)
        times: dict[tuple[str, str], list[float]] = {}
        for _ in range(rounds):
            for case in (case for case in versions["ours"].cases if wanted in case):
                for name, version in versions.items():
                    times.setdefault((name, case), []).extend(version.time(case))
    print(f"{'':36}{'other':>10}{'ours':>10}{'ratio':>8}   (medians in ms, {rounds * REPEATS} runs each)")
    for case in dict.fromkeys(case for _, case in times):
        theirs, ours = (statistics.median(times[name, case]) * 1000 for name in ("other", "ours"))
        print(f"{case:36}{theirs:10.2f}{ours:10.2f}{theirs / ours:8.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("other", type=Path, nargs="?", help="a checkout of the other version")
    parser.add_argument("--database", help="a PostgreSQL server's URL; SQLite if left out")
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--case", default="", help="only cases with this in their name")
    parser.add_argument("--serve", metavar="URL", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        serve(given.serve)
    elif given.other:
        compare(given.other.resolve(), given.database, given.rounds, given.case)
    else:
        parser.error("give the path of the other checkout")


if __name__ == "__main__":
    main()
