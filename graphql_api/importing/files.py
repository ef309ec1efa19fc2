"""A CSV file to rows: UTF-8 with or without byte order mark, commas, quotes doubled inside quotes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from graphql_api.importing.forms import Form
from graphql_api.importing.problems import FileProblems


@dataclass(frozen=True, slots=True)
class Row:
    """A row's cells by column, without outer white space; `line` is the physical line on which it begins."""

    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        """The text of a cell; empty where the file does not have the column."""
        return self.cells.get(column, "")


@dataclass(frozen=True)
class Sheet:
    """What a file of one form holds, and what is wrong with it."""

    form: Form
    rows: list[Row]
    problems: FileProblems


def read(path: Path, form: Form) -> Sheet:
    """The file's rows; one that is unreadable has none, and says why."""
    problems = FileProblems(str(path))
    text = _text(path, problems)
    rows = [] if text is None else list(_rows(_lines(text, problems), form, problems))
    return Sheet(form, [] if problems.unreadable else rows, problems)


def _text(path: Path, problems: FileProblems) -> str | None:
    try:
        content = path.read_bytes()
    except OSError as error:
        problems.of_file(f"It cannot be read: {error.strerror}.")
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problems.of_file("It is not UTF-8. Save it as “CSV UTF-8”.", line)
        return None


def _lines(text: str, problems: FileProblems) -> Iterator[tuple[int, list[str]]]:
    """The cells of each line that has any, with the number of the physical line on which they begin."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            if any(stripped):
                yield line, stripped
            line = reader.line_num + 1
    except csv.Error as error:
        # Where the quotes are not what they seem, every row from here on may be another than was meant.
        problems.of_file(f"The row that begins here is no CSV ({error}). A quote inside quotes is doubled.", line)


def _rows(lines: Iterator[tuple[int, list[str]]], form: Form, problems: FileProblems) -> Iterator[Row]:
    header = next(lines, None)
    if header is None:
        if not problems.unreadable:
            problems.of_file(f"It is empty. Begin with a header of the columns, such as {','.join(form.columns)}.")
        return
    columns = _columns(*header, form, problems)
    if problems.unreadable:
        return
    for line, cells in lines:
        if len(cells) != len(columns):
            problems.of_line(
                line,
                f"It has {len(cells)} cells, the header has {len(columns)}. "
                "Give each column a cell, if an empty one, and quote a cell that holds a comma.",
            )
        # Also of a row that is too short or too long: other rows may name what it stands for.
        yield Row(line, dict(zip(columns, cells, strict=False)))


def _columns(line: int, cells: Sequence[str], form: Form, problems: FileProblems) -> list[str]:
    """The columns that the header names, in its order."""
    columns = [cell.lower().replace(" ", "_") for cell in cells]
    if len(columns) == 1 and any(separator in columns[0] for separator in ";\t"):
        problems.of_file("Its columns are not separated by commas. Save it as comma-separated CSV.", line)
        return columns
    for position, column in enumerate(columns, start=1):
        if not column:
            problems.of_file(f"Column {position} has no name. Name it, or take it out.", line)
        elif column not in form.columns:
            problems.of_file(f"There is no such column; {form.noun} have {', '.join(form.columns)}.", line, column)
        elif column in columns[: position - 1]:
            problems.of_file("The column is there twice. Take one out.", line, column)
    for column in form.required:
        if column not in columns:
            problems.of_file("The column is missing; it is required.", line, column)
    return columns
