"""`make bench`: measure BakeTrace beside a limit and its peers; print it, and keep it as JSON and as a chart."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from benchmarks.data.databases import Library
from benchmarks.data.postgres import kept_cluster
from benchmarks.data.sizes import SIZES
from benchmarks.load.client import Failed
from benchmarks.measures.equality import Differs
from benchmarks.measures.rounds import Effort
from benchmarks.measures.writing import NotTheSame
from benchmarks.report.chart import draw
from benchmarks.report.tables import markdown, show
from benchmarks.report.targets import judged
from benchmarks.run import Bench, Wanted
from benchmarks.servers.running import NotReady

VAR = Path(__file__).parents[1] / "var"
COMPARED = "M"
"""What the targets are about: larger books only add to the growth."""
GROWTH = {"S": ("S",), "M": ("S", "M"), "L": ("S", "M", "L"), "TINY": ("TINY",)}


def main(
    size: Annotated[str, typer.Option(help=f"The largest books: {', '.join(SIZES)}.")] = COMPARED,
    rounds: Annotated[int, typer.Option(help="How often each server is asked in turn.", min=1)] = 5,
    seconds: Annotated[float, typer.Option(help="For how long, each time.", min=0.01)] = 1.0,
    postgres: Annotated[int | None, typer.Option(help="Which PostgreSQL; the machine's own, or else pip's.")] = None,
    peers: Annotated[bool, typer.Option(help="Measure the peers from npm, too.")] = True,
    strict: Annotated[bool, typer.Option(help="End with 1 where a target is missed.")] = False,
) -> None:
    """Measure BakeTrace beside a limit and its peers."""
    console = Console(width=None if Console().is_terminal else 150)
    size = size.upper()
    if size not in SIZES:
        raise typer.BadParameter(f"{size} is none of {', '.join(SIZES)}")
    wanted = Wanted(
        size=COMPARED if size == "L" else size,
        sizes=GROWTH[size],
        effort=Effort(rounds, seconds, seconds),
        with_node_peers=peers,
    )

    def tell(step: str) -> None:
        console.print(f"[dim]… {step}[/dim]")

    folder = (VAR / "bench").resolve()
    try:
        with kept_cluster(folder, postgres) as (_, url):
            results = Bench(Library(folder, url, tell), url, folder, tell).run(wanted)
    except (Differs, Failed, NotReady, NotTheSame) as error:
        console.print(f"{type(error).__name__}: {error}", style="red", markup=False)
        raise typer.Exit(2) from error
    targets = judged(results)
    show(results, targets, console)
    results.write(VAR / "bench.json", targets=targets, markdown=markdown(results))
    draw(results, VAR / "bench.svg")
    missed = [target for target in targets if target.held is False]
    console.print(
        f"{len(targets) - len(missed)} of {len(targets)} targets held. Kept in var/bench.json and var/bench.svg."
    )
    if strict and missed:
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
