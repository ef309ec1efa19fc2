"""How far an import is, on the terminal that waits for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from graphql_api.importing.command import Advance


@contextmanager
def shown_progress() -> Iterator[Advance]:
    """Shows a bar for each file while the block runs, on stderr; nothing where that is no terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("Importing {task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        tasks: dict[str, TaskID] = {}

        def advance(noun: str, done: int, of: int) -> None:
            if noun not in tasks:
                tasks[noun] = progress.add_task(noun, total=of)
            progress.advance(tasks[noun], done)

        yield advance
