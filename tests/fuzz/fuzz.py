"""`python -m tests.fuzz.fuzz`: documents drawn from the schema, sent to the served application, on both databases.

Ends with 1 when an answer was a server error or had an error without a code, when the server's log has what it had not
foreseen, or when `baketrace check` finds anything in the books afterwards.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from random import randrange

import httpx
from rich.console import Console

from plans import Plan, Role
from tests.api.bakeries import Bakery
from tests.api.callers import Answer
from tests.api.served import ANSWER_SECONDS_MAX, served
from tests.crash.servers import UNFORESEEN
from tests.fuzz.cases import Broken, Fuzzing
from tests.fuzz.scene import furnished
from tests.real.engines import ENGINES
from tests.real.server import CommandLine

CASES = 2_000


class Owner:
    """Whoever owns the bakery: documents may hand it over, or end the token they came with."""

    def __init__(self, bakery: Bakery, client: httpx.Client) -> None:
        self._bakery = bakery
        self._client = client
        self._token = bakery.owner.token

    def send(self, document: str) -> Answer:
        answer = self._sent(document)
        if "UNAUTHENTICATED" in answer.codes:
            self._token = self._bakery.new_token(Role.OWNER)
            answer = self._sent(document)
        return answer

    def _sent(self, document: str) -> Answer:
        headers = {"Authorization": f"Bearer {self._token}"}
        response = self._client.post("/graphql", json={"query": document}, headers=headers)
        try:
            return Answer(response.status_code, response.json())
        except ValueError as error:
            raise Broken(f"{response.status_code}, no JSON: {response.text[:500]}\n{document}") from error


def fuzz(database_url: str, cases: int, seed: int, console: Console) -> Fuzzing:
    """Fuzz on an empty database. Raises `Broken`."""
    command_line = CommandLine(database_url)
    command_line.migrate()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with served(database_url, folder) as api:
            bakery = Bakery.opened(api, Plan.SCALE)
            ids, texts = furnished(bakery)
            with httpx.Client(base_url=api.base_url, timeout=ANSWER_SECONDS_MAX) as client:
                fuzzing = Fuzzing(Owner(bakery, client).send, ids, texts, seed)
                fuzzing.run(cases, lambda place: console.print(f"  … {place}", style="dim"))
        log = (folder / "server.log").read_text(encoding="utf-8", errors="replace")
    if found := UNFORESEEN.search(log):
        raise Broken(f"the server logged:\n{log[found.start() :][:4000]}")
    holds, printed = command_line.check()
    if not holds:
        raise Broken(f"seed {seed}: the books do not hold together:\n{printed}")
    return fuzzing


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=CASES, help="how many documents on each database")
    parser.add_argument("--seed", type=int, help="repeats a run")
    parser.add_argument("--engine", choices=[*ENGINES, "both"], default="both")
    wanted = parser.parse_args(arguments)
    seed = randrange(2**32) if wanted.seed is None else wanted.seed
    console = Console()
    for name in ENGINES if wanted.engine == "both" else [wanted.engine]:
        console.print(f"{name}: {wanted.cases} documents, --seed {seed}")
        with ENGINES[name]() as url:
            try:
                done = fuzz(url, wanted.cases, seed, console)
            except Broken as error:
                console.print(str(error), style="red", markup=False)
                return 1
        told = ", ".join(f"{count} {code}" for code, count in done.sent.most_common())
        console.print(f"{name}: {done.judged} answers in order ({told}); the books hold together.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
