"""The list of survivors: it is read as it is written, and speaks of code that is there. `make mutants` judges it."""

import tomllib
from dataclasses import replace
from typing import Any

import pytest

from tests.mutation.survivors import LIST, Mutant, Score, changed, complaints, listed, numbered
from tests.real.shared import REPOSITORY

MUTANT = Mutant("bakery/trace.py", "_edges", "if one | other:", "if one:")
KNOWN = listed(LIST.read_text(encoding="utf-8"))


def configured() -> Any:
    return tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mutmut"]


@pytest.mark.parametrize(
    "mutant", [MUTANT, replace(MUTANT, nth=2), replace(MUTANT, became=""), replace(MUTANT, function="_Flow.users_of")]
)
def test_a_row_is_read_as_it_was_written(mutant: Mutant) -> None:
    assert listed(f"| in | was | became | why |\n|---|---|---|---|\n{mutant.row} it is the same |") == {
        mutant: "it is the same"
    }


def test_a_change_is_told_by_its_lines() -> None:
    diff = ["--- a", "+++ a", "@@ -1,3 +1,3 @@", " kept", "-    return a < b", "+    return a <= b", " kept"]
    assert changed(diff) == ("return a < b", "return a <= b")


def test_changes_that_read_the_same_are_told_apart() -> None:
    one, other = ("a.py", "f", "continue", "break"), ("a.py", "g", "continue", "break")
    assert [mutant.nth for mutant in numbered([one, other, one])] == [1, 1, 2]


@pytest.mark.parametrize(
    ("score", "known", "words"),
    [
        (Score(10, [MUTANT]), {MUTANT: "why"}, []),
        (Score(10, [MUTANT]), {}, ["survived, and is not in"]),
        (Score(10), {MUTANT: "why"}, ["there is no such survivor"]),
        (Score(9, [MUTANT]), {MUTANT: "why"}, ["88.9% of 9"]),
        (Score(10, [replace(MUTANT, nth=2)]), {MUTANT: "why"}, ["survived", "no such survivor"]),
    ],
    ids=["as listed", "new", "gone", "too many", "another of the same"],
)
def test_what_is_complained_of(score: Score, known: dict[Mutant, str], words: list[str]) -> None:
    told = list(complaints({MUTANT.module: score}, known, 0.9))
    assert len(told) == len(words)
    assert all(word in line for word, line in zip(words, told, strict=True))


def test_each_survivor_is_of_code_that_is_there() -> None:
    """A listed line that was edited since has to be judged anew: `make mutants`."""
    modules = configured()["only_mutate"]
    assert all((REPOSITORY / module).exists() for module in modules)
    for mutant in KNOWN:
        assert mutant.module in modules, mutant
        code = " ".join((REPOSITORY / mutant.module).read_text(encoding="utf-8").split())
        assert f"def {mutant.function.rpartition('.')[2]}(" in code, mutant
        assert " ".join(mutant.was.split()) in code, mutant


def test_each_survivor_has_a_reason() -> None:
    assert KNOWN
    assert [mutant for mutant, why in KNOWN.items() if len(why) < 10] == []
