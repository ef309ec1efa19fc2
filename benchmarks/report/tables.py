"""The results as tables for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple

from rich.console import Console
from rich.table import Table

from benchmarks.measures.rounds import Measured
from benchmarks.measures.split import STAGES
from benchmarks.report.results import Results
from benchmarks.report.targets import Target
from benchmarks.servers.running import LIMIT, OURS

MIB = 1024 * 1024
HELD = {True: "held", False: "MISSED", None: "—"}


def show(results: Results, targets: Sequence[Target], console: Console) -> None:
    setting = results.setting
    console.print(
        f"\n{setting.taken_at}, books of {setting.size}, PostgreSQL {setting.postgresql}, Python {setting.python}, "
        f"{setting.cores} cores of {setting.processor}, load {setting.busy_before:.1f} before"
    )
    for table in (
        _times(results),
        _ratios(results),
        _split(results),
        _memory(results),
        _stall(results),
        _growth(results),
        _writing(results),
        _door(results),
        _plans(results),
        _targets(targets),
    ):
        if table.row_count:
            console.print(table)


def markdown(results: Results) -> str:
    """The comparison as the README has it."""
    servers = results.servers()
    lines = [
        f"| median in ms with 1 client, answers a second with {results.many} | {' | '.join(servers)} |",
        "|---|" + "---|" * len(servers),
    ]
    for question in results.questions():
        cells = []
        for server in servers:
            one, many = results.find(server, question, 1), results.find(server, question, results.many)
            rate = f", {many.rate:,.{0 if many.rate >= 10 else 1}f}/s" if many else ""
            cells.append(f"{one.median_ms:,.1f}{rate}" if one else "–")
        lines.append(f"| {question} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    for place, column in enumerate(columns):
        table.add_column(column, justify="left" if place == 0 else "right", overflow="fold")
    return table


def _times(results: Results) -> Table:
    table = _table(
        "Latency and rate", "question", "server", "clients", "median ms", "p95 ms", "answers/s", "spread", "answers"
    )
    for question in results.questions():
        size = results.answer_bytes.get(question)
        for place, item in enumerate(item for item in results.measured if item.question == question):
            label = f"{question} ({size / 1000:,.1f} kB)" if place == 0 and size else ""
            table.add_row(label, *_cells(item))
        table.add_section()
    return table


def _cells(item: Measured) -> tuple[str, ...]:
    _, _, clients, median, p95, rate, spread, answers = astuple(item)
    return (
        item.server, str(clients), f"{median:,.2f}", f"{p95:,.2f}", f"{rate:,.1f}", f"{spread:.0%}", str(answers)
    )  # fmt: skip


def _ratios(results: Results) -> Table:
    table = _table(
        f"BakeTrace beside the others: above 1 it is faster (latency at 1 client, rate at {results.many})",
        "question", "server", "latency", "rate",
    )  # fmt: skip
    for ratio in results.ratios(OURS):
        rate = "—" if ratio.rate is None else f"{ratio.rate:.2f} ×"
        table.add_row(ratio.question, ratio.beside, f"{ratio.latency:.2f} ×", rate)
    return table


def _split(results: Results) -> Table:
    table = _table("Where BakeTrace's time goes, in ms of one answer", "question", "all", *STAGES)
    for split in results.split:
        spent = [split.stages_ms[stage] for stage in STAGES]
        stages = (f"{milliseconds:.2f} ({milliseconds / split.total_ms:.0%})" for milliseconds in spent)
        table.add_row(split.question, f"{split.total_ms:.2f}", *stages)
    return table


def _memory(results: Results) -> Table:
    table = _table(
        "Memory of the process in MiB",
        "server", "question", "answer", "before", "growth", "× the answer", "many at once",
    )  # fmt: skip
    for item in results.memory:
        table.add_row(
            item.server,
            item.question,
            f"{item.answer / MIB:.1f}",
            f"{item.before / MIB:.0f}",
            f"{item.growth / MIB:.1f}",
            f"{item.growth / item.answer:.1f}",
            "—" if item.growth_of_many is None else f"{item.growth_of_many / MIB:.0f}",
        )
    return table


def _stall(results: Results) -> Table:
    table = _table("{ viewer { id } } in ms", "beside", "alone", "median", "p95", "longest", "asked")
    if (stalled := results.stalled) is not None:
        table.add_row(
            f"{stalled.clients} clients at {stalled.question}",
            f"{stalled.alone_ms:.1f}",
            f"{stalled.median_ms:.1f}",
            f"{stalled.p95_ms:.1f}",
            f"{stalled.worst_ms:.1f}",
            str(stalled.asked),
        )
    return table


def _growth(results: Results) -> Table:
    table = _table("The same trace in larger books: median ms with 1 client", "engine", "question", "medians", "growth")
    for growth in results.growth:
        medians = "  ".join(f"{size} {median:,.2f}" for size, median in growth.median_ms.items())
        table.add_row(growth.engine, growth.question, medians, f"{growth.factor:.2f} ×")
    return table


def _writing(results: Results) -> Table:
    table = _table(
        "confirmProduction of eight ingredients",
        "server", "clients", "median ms", "p95 ms", "answers/s", "spread", "answers",
    )  # fmt: skip
    for item in results.writing:
        name = "raw statements" if item.server == LIMIT else item.server
        table.add_row(name, *_cells(item)[1:])
    return table


def _door(results: Results) -> Table:
    table = _table(
        "{ viewer { id } } through the door",
        "server",
        "clients",
        "median ms",
        "p95 ms",
        "answers/s",
        "spread",
        "answers",
    )
    for item in results.door:
        table.add_row(*_cells(item))
    return table


def _plans(results: Results) -> Table:
    table = _table("Plans that scan a growing table", "engine", "document", "table", "statement")
    for plans in results.plans:
        for scan in plans.scans:
            table.add_row(plans.engine, scan.document, scan.table, f"{scan.statement[:100]} …")
    return table


def _targets(targets: Sequence[Target]) -> Table:
    table = _table("Targets", "what", "wanted", "found", "")
    for target in targets:
        table.add_row(target.what, target.wanted, target.found, HELD[target.held])
    return table
