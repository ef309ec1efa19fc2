"""A small run of `make bench`, so that it cannot rot, and the check of the plans on books as large as a planner's S.

Speed is a benchmark and never a test: nothing here looks at a figure's size.
"""

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import orjson
import pytest
from rich.console import Console

from benchmarks.data.databases import Library
from benchmarks.data.postgres import add_roles
from benchmarks.data.sizes import SIZES
from benchmarks.measures.plans import plans
from benchmarks.measures.rounds import Effort
from benchmarks.measures.split import STAGES
from benchmarks.report.chart import draw
from benchmarks.report.tables import markdown, show
from benchmarks.report.targets import judged
from benchmarks.run import Bench, Wanted
from benchmarks.servers.running import DOORLESS, LIMIT, OURS, PLAIN
from tests.support.postgres import drop_database

COUNTED = "SELECT count(*)"
"""Where all that a bakery has is counted, SQLite may read a table that is all that bakery's as a whole."""


@pytest.fixture
def library(tmp_path: Path, postgres_url: str) -> Iterator[Library]:
    add_roles(postgres_url)
    made = Library(tmp_path, postgres_url, print)
    yield made
    for card in tmp_path.glob("books_*.json"):
        if not card.name.endswith("-sqlite.json"):
            name = card.name.rpartition("-")[0]
            drop_database(f"{postgres_url.rpartition('/')[0]}/{name}")


@pytest.mark.timeout(400)
def test_a_small_run_measures_all_there_is_to_measure(library: Library, postgres_url: str, tmp_path: Path) -> None:
    wanted = Wanted(
        size="TINY",
        sizes=("TINY",),
        effort=Effort(rounds=1, seconds=0, warm_up_seconds=0, many=2, writers=2),
        may_fetch=False,
        growth_engines=("sqlite",),
        with_plans=False,
    )
    results = Bench(library, postgres_url, tmp_path, print).run(wanted)

    assert results.servers()[:3] == [OURS, LIMIT, PLAIN]
    questions = results.questions()
    assert questions == ["small", "order, nested", "typical", "600 links", "order, flat"]
    for question in questions:
        for server in results.servers() if question != "order, flat" else (OURS, LIMIT):
            for clients in (1, 2):
                assert results.find(server, question, clients), (server, question, clients)
    assert {(item.server, item.clients) for item in results.writing} == {
        (server, clients) for server in (OURS, LIMIT) for clients in (1, 2)
    }
    assert {(item.server, item.clients) for item in results.door} == {
        (server, clients) for server in (OURS, DOORLESS) for clients in (1, 2)
    }
    assert [growth.engine for growth in results.growth] == ["sqlite"] * 5
    assert {tuple(split.stages_ms) for split in results.split} == {STAGES}
    assert results.stalled
    assert results.stalled.large_answers == 4

    targets = judged(results)
    show(results, targets, Console(width=150))
    assert markdown(results).count("\n") == 1 + len(questions)
    results.write(tmp_path / "bench.json", targets=targets)
    assert orjson.loads((tmp_path / "bench.json").read_bytes())["setting"]["size"] == "TINY"
    draw(results, tmp_path / "bench.svg")
    drawn = ElementTree.parse(tmp_path / "bench.svg").getroot()
    assert len(drawn.findall(".//{*}title")) == sum(item.clients == 1 for item in results.measured)


@pytest.mark.timeout(400)
@pytest.mark.parametrize("engine", ["postgresql", "sqlite"])
def test_no_document_scans_a_table_that_grows(library: Library, engine: str) -> None:
    size = SIZES["PLANS"]
    books = library.sqlite(size) if engine == "sqlite" else library.postgresql(size)
    with library.copy(books) as written:
        found = plans(written)

    assert found.refused == ()
    assert len(found.documents) >= 38
    assert [scan for scan in found.scans if engine != "sqlite" or not scan.statement.startswith(COUNTED)] == []
