"""The comparison as a chart: for each question a bar a server, its median with one client on a logarithmic scale."""

from __future__ import annotations

import math
from pathlib import Path
from xml.sax.saxutils import escape

from benchmarks.report.results import Results

WIDTH, LABELS, FIGURES = 900, 170, 90
BAR, GAP, HEAD, AXIS, LEGEND = 15, 14, 78, 26, 22
COLOURS = ("#b45309", "#6b7280", "#2563eb", "#059669", "#9333ea", "#dc2626")
FONT = 'font-family="system-ui, sans-serif" font-size="12"'


def draw(results: Results, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(_svg(results), encoding="utf-8")


def _svg(results: Results) -> str:
    servers = results.servers()
    bars = [
        [(server, item.median_ms) for server in servers if (item := results.find(server, question, 1))]
        for question in results.questions()
    ]
    medians = [median for group in bars for _, median in group] or [1.0]
    low, high = math.floor(math.log10(min(medians))), math.ceil(math.log10(max(medians) * 1.01))
    height = HEAD + sum(len(group) * BAR + GAP for group in bars) + AXIS

    def across(median: float) -> float:
        share = (math.log10(median) - low) / max(high - low, 1)
        return LABELS + share * (WIDTH - LABELS - FIGURES)

    setting = results.setting
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" {FONT}>',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        _text(
            12, 22, f"Median latency with 1 client, books of {setting.size}, PostgreSQL {setting.postgresql}", bold=True
        ),
        _text(12, 40, f"{setting.taken_at}, {setting.cores} cores of {setting.processor}", colour="#6b7280"),
    ]
    for place, server in enumerate(servers):
        x = 12.0 + place * 150
        parts.append(f'<rect x="{x}" y="{HEAD - LEGEND - 4}" width="11" height="11" fill="{_colour(place)}"/>')
        parts.append(_text(x + 16, HEAD - LEGEND + 6, server))
    for power in range(low, high + 1):
        x = across(10.0**power)
        parts.append(f'<line x1="{x:.1f}" y1="{HEAD}" x2="{x:.1f}" y2="{height - AXIS}" stroke="#e5e7eb"/>')
        parts.append(_text(x, height - 8, f"{10.0**power:g} ms", anchor="middle", colour="#6b7280"))
    y = HEAD + GAP / 2.0
    for question, group in zip(results.questions(), bars, strict=True):
        parts.append(_text(LABELS - 10, y + len(group) * BAR / 2 + 4, question, anchor="end"))
        for server, median in group:
            length = max(across(median) - LABELS, 1)
            colour = _colour(servers.index(server))
            parts.append(
                f'<rect x="{LABELS}" y="{y:.1f}" width="{length:.1f}" height="{BAR - 2}" fill="{colour}">'
                f"<title>{escape(server)}, {escape(question)}: {median:,.2f} ms</title></rect>"
            )
            parts.append(_text(LABELS + length + 5, y + BAR - 4, f"{median:,.1f}"))
            y += BAR
        y += GAP
    return "\n".join([*parts, "</svg>\n"])


def _colour(place: int) -> str:
    return COLOURS[place % len(COLOURS)]


def _text(x: float, y: float, text: str, *, anchor: str = "start", colour: str = "#111827", bold: bool = False) -> str:
    weight = ' font-weight="600"' if bold else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}"{weight}>{escape(text)}</text>'
