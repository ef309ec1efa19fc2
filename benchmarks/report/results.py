"""All results of one run, as plain values that become JSON as they are."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson

from benchmarks.measures.growth import Growth
from benchmarks.measures.memory import Grown
from benchmarks.measures.plans import Plans
from benchmarks.measures.rounds import Effort, Measured
from benchmarks.measures.split import Split
from benchmarks.measures.stall import Stalled


@dataclass(frozen=True)
class Setting:
    """When, where and on what it was measured. `size` is the books that the servers were compared on."""

    taken_at: str
    size: str
    postgresql: str
    effort: Effort
    cores: int = field(default_factory=lambda: os.cpu_count() or 0)
    processor: str = field(default_factory=lambda: _processor())
    python: str = field(default_factory=platform.python_version)
    busy_before: float = field(default_factory=lambda: os.getloadavg()[0])
    """The load average of the machine as the run began: figures from a busy machine say little."""


@dataclass(frozen=True)
class Ratio:
    """BakeTrace beside another server on one question. Above one, the latency and the rate favour BakeTrace."""

    question: str
    beside: str
    latency: float
    rate: float | None


@dataclass
class Results:
    setting: Setting
    answer_bytes: dict[str, int] = field(default_factory=dict)
    measured: list[Measured] = field(default_factory=list)
    split: list[Split] = field(default_factory=list)
    memory: list[Grown] = field(default_factory=list)
    stalled: Stalled | None = None
    growth: list[Growth] = field(default_factory=list)
    writing: list[Measured] = field(default_factory=list)
    door: list[Measured] = field(default_factory=list)
    """The whole server and the one without its door, with one client and with many."""
    plans: list[Plans] = field(default_factory=list)

    @property
    def many(self) -> int:
        return self.setting.effort.many

    def questions(self) -> list[str]:
        return list(dict.fromkeys(item.question for item in self.measured))

    def servers(self) -> list[str]:
        return list(dict.fromkeys(item.server for item in self.measured))

    def find(self, server: str, question: str, clients: int) -> Measured | None:
        return next(
            (
                item
                for item in (*self.measured, *self.writing, *self.door)
                if (item.server, item.question, item.clients) == (server, question, clients)
            ),
            None,
        )

    def ratio(self, ours: str, beside: str, question: str, many: int) -> Ratio | None:
        """Latency with one client, and rate with many; None where one of the two was not measured."""
        one, other = self.find(ours, question, 1), self.find(beside, question, 1)
        if one is None or other is None:
            return None
        of_many, other_of_many = self.find(ours, question, many), self.find(beside, question, many)
        rate = None if of_many is None or other_of_many is None else of_many.rate / other_of_many.rate
        return Ratio(question, beside, other.median_ms / one.median_ms, rate)

    def ratios(self, ours: str) -> Iterator[Ratio]:
        for question in self.questions():
            for server in self.servers():
                ratio = None if server == ours else self.ratio(ours, server, question, self.many)
                if ratio is not None:
                    yield ratio

    def write(self, file: Path, **more: Any) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(orjson.dumps(asdict(self) | more, option=orjson.OPT_INDENT_2))


def _processor() -> str:
    """The name of the processor; Linux tells it best."""
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
