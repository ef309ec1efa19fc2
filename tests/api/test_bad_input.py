"""Bad input at every field of every mutation: told by the field's name, with what is right, and nothing changes.

The fields come from the schema: a new mutation or field fails here until `world.py` has a correct input for it, and
`mistakes.py` says what can be wrong with it.
"""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from graphql import build_schema

from graphql_api.refs import Ref, global_id, parse_global_id
from graphql_api.schema import roots
from tests.api.bakeries import Bakery
from tests.api.callers import Answer
from tests.api.databases import Templates
from tests.api.in_process import InProcessApi
from tests.api.mistakes import Leaf, against_a_rule, against_the_type, at, leaves, replaced
from tests.api.world import World

LEAVES = leaves(build_schema(roots.build().as_str()))
MUTATIONS = sorted({leaf.mutation for leaf in LEAVES})


@pytest.fixture(scope="module")
def world(engine: str, templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """On a database of its own, small enough to be compared as a whole time and again."""
    with templates.copy(engine, tmp_path_factory.mktemp("world")) as url:
        api = InProcessApi(url)
        yield World.made(Bakery.opened(api), with_a_stranger=True)
        api.close()


def send(bakery: Bakery, mutation: str, *inputs: Any) -> Answer:
    """The mutation once for each input, all in one request."""
    name = mutation[0].upper() + mutation[1:]
    declared = ", ".join(f"$input{number}: {name}Input!" for number in range(len(inputs)))
    asked = " ".join(
        f"answer{number}: {mutation}(input: $input{number}) {{ __typename "
        "... on Error { message } ... on InvalidInput { fields { path message } } }"
        for number in range(len(inputs))
    )
    return bakery.owner.send(
        f"mutation ({declared}) {{ {asked} }}", {f"input{number}": value for number, value in enumerate(inputs)}
    )


def with_a_new_key(input: Any) -> Any:
    """So that what was accepted by mistake does not stand in the way of what comes next."""
    return {**input, "idempotencyKey": uuid4().hex} if "idempotencyKey" in input else input


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_the_correct_input_is_correct_and_complete(bakery: Bakery, mutation: str) -> None:
    """So that whatever is refused below is refused for its one mistake, and no field is forgotten."""
    sample = World.made(bakery).correct(mutation)
    for leaf in LEAVES:
        if leaf.mutation == mutation:
            at(sample, leaf.path)
    assert send(bakery, mutation, sample).root["__typename"].endswith("Success")


@pytest.mark.parametrize("leaf", LEAVES, ids=str)
def test_what_breaks_a_rule_is_told_by_its_field(world: World, leaf: Leaf) -> None:
    """R-1.7, R-2.2, R-4.6: `InvalidInput` with the path as the client wrote it; stock, lots and ledger unchanged."""
    sample = world.inputs[leaf.mutation]
    wrong_answers = []
    with world.bakery.nothing_changes():
        for value, word in against_a_rule(leaf, at(sample, leaf.path), world):
            answer = send(world.bakery, leaf.mutation, replaced(with_a_new_key(sample), leaf.path, value))
            told = answer.root if not answer.errors else answer.errors
            problems = told.get("fields", []) if isinstance(told, dict) else []
            if [problem["path"] for problem in problems] != [leaf.path] or word.lower() not in problems[0][
                "message"
            ].lower():
                wrong_answers.append((str(value)[:60], word, told))
    assert wrong_answers == []


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)  # it never gets as far as a database
@pytest.mark.parametrize("leaf", LEAVES, ids=str)
def test_what_is_of_another_type_is_told_by_its_field(world: World, leaf: Leaf) -> None:
    """The contract: a `BAD_USER_INPUT` of the request, which names the field; nothing is done."""
    sample = world.inputs[leaf.mutation]
    values = list(against_the_type(leaf))
    with world.bakery.nothing_changes():
        answer = send(world.bakery, leaf.mutation, *(replaced(sample, leaf.path, value) for value in values))
    assert answer.body.get("data") is None
    assert set(answer.codes) == {"BAD_USER_INPUT"}
    messages = [error["message"] for error in answer.errors]
    not_told = [
        value
        for number, value in enumerate(values)
        if not any(f"'$input{number}'" in message and f" at .{leaf.path}" in message for message in messages)
    ]
    assert not_told == [], messages


@pytest.mark.parametrize("leaf", [leaf for leaf in LEAVES if leaf.type_name == "ID"], ids=str)
def test_another_bakerys_id_is_like_none(world: World, leaf: Leaf) -> None:
    """R-1.1: the same answer, byte for byte, as for an id that does not exist."""
    sample = world.inputs[leaf.mutation]
    ref = parse_global_id(at(sample, leaf.path))
    assert ref
    unknown, foreign = global_id(Ref(ref.kind, 999_999_999)), world.foreign[ref.kind]
    with world.bakery.nothing_changes():
        answers = [
            send(world.bakery, leaf.mutation, replaced(sample, leaf.path, other)) for other in (unknown, foreign)
        ]
    assert answers[0].root["__typename"] == "InvalidInput"
    assert answers[1] == answers[0]


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_all_mistakes_are_told_at_once(world: World, mutation: str) -> None:
    """errors.py: `fields` names every problem that was found; here of an input that is nothing but mistakes."""
    sample = world.inputs[mutation]
    wrong: dict[str, Any] = {}
    for leaf in LEAVES:
        if leaf.mutation == mutation and not leaf.is_list:
            values = [value for value, _ in against_a_rule(leaf, at(sample, leaf.path), world)]
            sample = replaced(sample, leaf.path, values[0]) if values else sample
            wrong |= dict.fromkeys([leaf.path] if values else [])
    with world.bakery.nothing_changes():
        answer = send(world.bakery, mutation, sample)
    assert answer.root["__typename"] == "InvalidInput"
    assert {problem["path"] for problem in answer.root["fields"]} <= set(wrong)
    assert answer.root["message"]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize("mutation", MUTATIONS)
def test_an_unknown_field_is_refused(world: World, mutation: str) -> None:
    """A misspelt field is never taken for one that was left out."""
    with world.bakery.nothing_changes():
        answer = send(world.bakery, mutation, {**world.inputs[mutation], "colour": "red"})
    assert answer.codes == ["BAD_USER_INPUT"]
    assert "colour" in answer.errors[0]["message"]
