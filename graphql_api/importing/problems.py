"""What is wrong with the files: every problem, each with its file, line and column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SHOWN_LENGTH = 60


def quoted(text: str) -> str:
    """A cell's text as a message shows it: not too long, and without what would steer a terminal."""
    shown = text if len(text) <= SHOWN_LENGTH else text[: SHOWN_LENGTH - 1] + "…"
    return f"“{''.join(character if character.isprintable() else '�' for character in shown)}”"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, and what is right. `line` counts the file's lines from 1; None for the file itself."""

    file: str
    line: int | None
    column: str | None
    message: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return ": ".join(part for part in (place, self.column, self.message) if part)


class ImportRefused(Exception):
    """The files have problems; nothing of any of them was taken."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        super().__init__(f"Nothing was imported: {count} problem{'' if count == 1 else 's'} to put right first.")


class FileProblems:
    """Collects the problems of one file: of a cell the first, and none of a line that cannot be read as a whole."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.unreadable = False
        self._found: list[Problem] = []
        self._bad_lines: set[int] = set()
        self._settled: set[tuple[int, str | None]] = set()

    def of_file(self, message: str, line: int | None = None, column: str | None = None) -> None:
        """The file cannot be read at all; what its rows say is not known."""
        self.unreadable = True
        self._found.append(Problem(self.file, line, column, message))

    def of_line(self, line: int, message: str) -> None:
        self._bad_lines.add(line)
        self._settled.add((line, None))
        self._found.append(Problem(self.file, line, None, message))

    def of_cell(self, line: int, column: str, message: str) -> None:
        if (line, None) not in self._settled and (line, column) not in self._settled:
            self._found.append(Problem(self.file, line, column, message))
        self.settle(line, column)

    def settle(self, line: int, column: str) -> None:
        """The cell cannot be used; why is told already, here or where the name in it was refused."""
        self._bad_lines.add(line)
        self._settled.add((line, column))

    def is_bad(self, line: int) -> bool:
        return line in self._bad_lines

    def in_order(self) -> list[Problem]:
        """By line; of one line in the order found."""
        return sorted(self._found, key=lambda problem: problem.line or 0)
