"""The list of mutants that no test can tell from the engine: what stands in `docs/mutation.md`, and why.

A mutant is told by its function and the lines that it changes, not by a number: numbers move with each edit.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tests.real.shared import REPOSITORY

LIST = REPOSITORY / "docs" / "mutation.md"
ROW = re.compile(r"^\| `(?P<place>[\w./]+):(?P<function>[\w.]+)` \| (?P<was>.+?) \| (?P<became>.+?) \| (?P<why>.+) \|$")
NOTHING = "(nothing)"


@dataclass(frozen=True, order=True)
class Mutant:
    """One change of a function: the lines that went, and those that came instead.

    `nth` tells changes apart that read the same, in the order of the function.
    """

    module: str
    function: str
    was: str
    became: str
    nth: int = 1

    @property
    def row(self) -> str:
        """As it stands in the list, up to why."""
        ordinal = f" (no. {self.nth})" if self.nth > 1 else ""
        return f"| `{self.module}:{self.function}` | {_code(self.was)}{ordinal} | {_code(self.became)} |"


def _code(text: str) -> str:
    return f"`{text.replace('|', '&#124;')}`" if text else NOTHING


def _text(code: str) -> str:
    return "" if code == NOTHING else code.strip("`").replace("&#124;", "|")


def changed(diff: Iterable[str]) -> tuple[str, str]:
    """The lines of a unified diff that went and that came, as one line each."""
    lines = [line for line in diff if not line.startswith(("---", "+++", "@@"))]
    went, came = (" ".join(line[1:].strip() for line in lines if line.startswith(sign)) for sign in "-+")
    return went, came


def numbered(mutants: Iterable[tuple[str, str, str, str]]) -> Iterator[Mutant]:
    """Mutants in the order in which they were made, those that read the same told apart."""
    met: Counter[tuple[str, str, str, str]] = Counter()
    for each in mutants:
        met[each] += 1
        yield Mutant(*each, nth=met[each])


def listed(text: str) -> dict[Mutant, str]:
    """Each mutant of the list, with why no test can see it."""
    found: dict[Mutant, str] = {}
    for line in text.splitlines():
        if row := ROW.match(line):
            was, _, nth = row["was"].partition("` (no. ")
            mutant = Mutant(
                row["place"], row["function"], _text(was), _text(row["became"]), int(nth.rstrip(")")) if nth else 1
            )
            found[mutant] = row["why"].strip()
    return found


@dataclass
class Score:
    """How many mutants of a module there were, and which of them no test saw."""

    made: int = 0
    survived: list[Mutant] = field(default_factory=list)

    @property
    def killed(self) -> float:
        return 1 - len(self.survived) / self.made


def complaints(scores: dict[str, Score], known: dict[Mutant, str], least: float) -> Iterator[str]:
    """What is wrong: a module whose tests see too little, a survivor that nobody explained, and one that is none."""
    survived = {mutant for score in scores.values() for mutant in score.survived}
    for module, score in scores.items():
        if score.killed < least:
            yield f"{module}: {score.killed:.1%} of {score.made} mutants were killed, at least {least:.0%} have to be"
    for mutant in sorted(survived - known.keys()):
        yield f"survived, and is not in {LIST.name}: {mutant.row}"
    for mutant in sorted(known.keys() - survived):
        yield f"is in {LIST.name}, but there is no such survivor: {mutant.row}"
