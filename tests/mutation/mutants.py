"""`python -m tests.mutation.mutants`: change the engine a little, a thousand times, and see each time a test fail.

The modules and their tests are named in `pyproject.toml`, under `tool.mutmut`. It works on a copy, which is gone
afterwards. Ends with 1 when too few mutants are killed, or when those that live are not those of `docs/mutation.md`.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import chdir
from pathlib import Path

from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code
from mutmut.utils.format_utils import orig_function_and_class_names_from_key
from rich.console import Console
from rich.table import Table

from tests.mutation.survivors import LIST, Mutant, Score, changed, complaints, listed, numbered
from tests.real.shared import REPOSITORY

COPIED = ("pyproject.toml", "bakery", "tests/__init__.py", "tests/bakery")
KILLED_MIN = 0.9
SECONDS_MAX = 1800
KILLED = "killed"
TAIL_LINES = 40


def run(folder: Path, children: int) -> None:
    """Let mutmut try every mutant, in a copy of the engine and its tests."""
    for name in COPIED:
        source, target = REPOSITORY / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, target)
    command = [str(Path(sys.executable).with_name("mutmut")), "run", "--max-children", str(children)]
    # It counts what it has done, hundreds of times: told only where it could not do it.
    done = subprocess.run(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    if done.returncode != 0:
        raise SystemExit("\n".join(done.stdout.replace("\r", "\n").splitlines()[-TAIL_LINES:]))


def scores(folder: Path) -> dict[str, Score]:
    """By module, what became of its mutants. What a time limit ended is not counted as killed."""
    found = {}
    with chdir(folder):
        for told in sorted(Path("mutants").rglob("*.py.meta")):
            module = told.relative_to("mutants").with_suffix("")
            statuses = json.loads(told.read_text())["exit_code_by_key"]
            if not statuses:
                continue
            score = found[str(module)] = Score(made=len(statuses))
            for mutant, code in zip(numbered(_changes(module, statuses)), statuses.values(), strict=True):
                if status_by_exit_code[code] != KILLED:
                    score.survived.append(mutant)
    return found


def _changes(module: Path, names: Sequence[str]) -> Iterator[tuple[str, str, str, str]]:
    for name in names:
        function, of_class = orig_function_and_class_names_from_key(name)
        was, became = changed(get_diff_for_mutant(name, path=module).splitlines())
        yield str(module), f"{of_class}.{function}" if of_class else function, was, became


def show(console: Console, found: dict[str, Score], known: dict[Mutant, str], seconds: float) -> None:
    table = Table("module", "mutants", "killed", "survived", "score", title=f"Mutants, in {seconds:.0f} s")
    made = survived = 0
    for module, score in found.items():
        made, survived = made + score.made, survived + len(score.survived)
        table.add_row(module, *_figures(score.made, len(score.survived)))
    table.add_row("all", *_figures(made, survived))
    console.print(table)
    console.print(f"{len(known)} survivors are explained in {LIST.relative_to(REPOSITORY)}")


def _figures(made: int, survived: int) -> Sequence[str]:
    return f"{made}", f"{made - survived}", f"{survived}", f"{1 - survived / made:.1%}"


def main(given: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation.mutants", description=__doc__)
    parser.add_argument("--children", type=int, default=os.cpu_count() or 1, help="mutants that are tried at once")
    arguments = parser.parse_args(given)
    console = Console(width=160, highlight=False, soft_wrap=True)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="baketrace-mutants-") as name:
        run(Path(name), arguments.children)
        found = scores(Path(name))
    known = listed(LIST.read_text(encoding="utf-8")) if LIST.exists() else {}
    show(console, found, known, time.monotonic() - started)
    wrong = list(complaints(found, known, KILLED_MIN))
    for line in wrong:
        console.print(line, markup=False)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
