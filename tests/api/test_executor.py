"""The compiled executor beside graphql-core's, on a bakery in memory: the same answers whatever the records hold.

No database here: so a record can hold what no database would give.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import orjson
import pytest

from bakery.production import Consumption
from bakery.store.turns import SLICE
from benchmarks.synthetic import Books
from graphql_api.execution.documents import MAX_CHARACTERS, MAX_DOCUMENTS, MAX_LENGTH, MAX_OTHERS, Documents
from graphql_api.limits import Limits
from graphql_api.schema import roots
from plans import Role
from tests.api.documents import document

COMPILED, CORE = roots.build(), roots.build(compiled=False)
CODE = {"code": "LOT-260302-001"}


@pytest.fixture
def left(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """What the compiled road left to graphql-core while it ran."""
    caplog.set_level(logging.DEBUG, logger="graphql_api.execution.executor")
    return caplog


async def answer(schema: roots.Schema, text: str, variables: dict[str, Any], context: Any) -> bytes:
    result = await schema.execute(text, variables, context)
    return orjson.dumps({"data": result.data, "errors": [error.formatted for error in result.errors or ()]})


def same(text: str, books: Books, role: Role = Role.OWNER, **variables: Any) -> dict[str, Any]:
    """The answer that both roads give."""

    async def both() -> list[bytes]:
        return [await answer(schema, text, CODE | variables, books.context(role)) for schema in (COMPILED, CORE)]

    compiled, core = asyncio.run(both())
    assert compiled == core
    told: dict[str, Any] = orjson.loads(compiled)
    return told


# ── what it takes over ────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_whole_nested_trace_is_compiled(left: pytest.LogCaptureFixture) -> None:
    told = same(document("LotUsage"), Books(100))
    assert not told["errors"]
    assert len(told["data"]["lot"]["consumptions"]) == 5
    assert left.records == []
    writers = COMPILED.documents.get(document("LotUsage")).writers({})
    assert {key[0] for key in writers} >= {"Lot", "Consumption", "ProductionBatch", "Allocation", "Order", "Customer"}
    assert all(writers.values())


def test_reads_do_not_grow_with_the_answer() -> None:
    """One read for each set of each place, however many records are in it."""

    async def reads(books: Books) -> list[int]:
        context = books.context()
        await answer(COMPILED, document("LotUsage"), CODE, context)
        return [len(ids) for ids in context.reads]

    small, large = asyncio.run(reads(Books(40))), asyncio.run(reads(Books(4_000)))
    assert len(small) == len(large) == 9
    assert sum(large) > 4_000


def test_each_record_is_written_once_for_each_place() -> None:
    text = """
        query ($code: String!) {
          lot(code: $code) { consumptions { batch { allocations { order { number customer { name } } } } } }
        }
    """
    books = Books(2_000)

    async def customers() -> list[Any]:
        result = await COMPILED.execute(text, CODE, books.context())
        assert result.data
        return [
            allocation["order"]["customer"]
            for consumption in result.data["lot"]["consumptions"]
            for allocation in consumption["batch"]["allocations"]
        ]

    written = asyncio.run(customers())
    assert len(written) == 2_000
    assert len({id(customer) for customer in written}) == len(books.customers)


@pytest.mark.parametrize(
    ("role", "word", "path"),
    [(Role.OWNER, "$shown", ["lot", "consumptions", 0]), (Role.STAFF, "Only owner", ["lot", "consumptions"])],
)
def test_what_is_wrong_with_a_selection_is_told_where_it_is(role: Role, word: str, path: list[Any]) -> None:
    """R-1.7: the gate asks first; a null where a directive wants a choice does not hide its denial."""
    text = """
        query ($code: String!, $shown: Boolean = true) {
            lot(code: $code) { consumptions { quantity @include(if: $shown) } }
        }
    """
    told = same(text, Books(20), role, shown=None)
    assert told["data"] == {"lot": {"consumptions": None}}
    assert [error["path"] for error in told["errors"]] == [path]
    assert word in told["errors"][0]["message"]


# ── how a document may ask ────────────────────────────────────────────────────────────────────────────────────────────
def test_fragments_aliases_and_merged_fields() -> None:
    text = """
        query ($code: String!) {
          lot(code: $code) {
            ...Parts consumptions { again: quantity quantity ... on Consumption { __typename batch { id } } }
            consumptions { batch { code } unit kind: __typename }
          }
        }
        fragment Parts on Node { id ... on Lot { code b: code } }
    """
    told = same(text, Books(20))["data"]["lot"]
    assert list(told) == ["id", "code", "b", "consumptions"]
    assert list(told["consumptions"][0]) == ["again", "quantity", "__typename", "batch", "unit", "kind"]


def test_directives_follow_their_variables() -> None:
    text = """
        query ($code: String!, $a: Boolean!, $b: Boolean = true) {
          lot(code: $code) { consumptions { quantity @include(if: $a) unit @skip(if: $b) source } }
        }
    """
    asked = [{"a": True, "b": True}, {"a": False, "b": False}, {"a": True}, {"a": False}]
    shown = [list(same(text, Books(20), Role.OWNER, **given)["data"]["lot"]["consumptions"][0]) for given in asked]
    assert shown == [["quantity", "source"], ["unit", "source"], ["quantity", "source"], ["source"]]


@pytest.mark.parametrize("role", Role)
def test_gates_are_asked_for_whoever_calls(role: Role) -> None:
    told = same(document("LotUsage"), Books(60), role)
    denied = ["supplierLotNumber", "supplier", "consumptions"] if role is Role.STAFF else []
    assert [error["path"] for error in told["errors"]] == [["lot", name] for name in denied]


def test_errors_stand_in_the_order_of_the_answer() -> None:
    fields = "consumptions { unit } unitCost supplier { id } balance { closes }"
    told = same(f"query ($code: String!) {{ lot(code: $code) {{ {fields} }} }}", Books(20), Role.STAFF)
    assert [error["path"][-1] for error in told["errors"]] == ["consumptions", "unitCost", "supplier", "balance"]


def test_introspection() -> None:
    """Types that no class of ours declares."""
    told = same(
        '{ __schema { queryType { name fields { name } } } __type(name: "Lot") { kind fields { name } } }', Books(20)
    )
    assert told["data"]["__type"]["kind"] == "OBJECT"


# ── what is unusual ───────────────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class OtherConsumption(Consumption):
    """Another class that the type shows as well."""


def _first_consumption(**changes: Any) -> Callable[[Books], None]:
    def spoil(books: Books) -> None:
        books.consumptions[1][1] = replace(books.consumptions[1][1], **changes)

    return spoil


def _other_class(books: Books) -> None:
    first = books.consumptions[1][0]
    books.consumptions[1][0] = OtherConsumption(*(getattr(first, name) for name in Consumption.__slots__))


def _other_kind(books: Books) -> None:
    books.consumptions[1][2] = books.lot  # type: ignore[call-overload]


def _too_long_a_shelf_life(books: Books) -> None:
    books.products[2] = replace(books.products[2], shelf_life_days=2**40)


def _no_list(books: Books) -> None:
    books.allocations[3] = None  # type: ignore[assignment]


def _failing(books: Books) -> None:
    del books.orders[5]


UNUSUAL = {
    "null where none may be": _first_consumption(quantity=None),
    "an enum's value instead of its member": _first_consumption(unit="kg"),
    "no value of the enum": _first_consumption(unit="stone"),
    "an exception": _first_consumption(source=ValueError("broken")),
    "no decimal": _first_consumption(quantity="five"),
    "a record that is not there": _first_consumption(batch_id=999),
    "a subclass": _other_class,
    "another kind of record": _other_kind,
    "a number that is no Int": _too_long_a_shelf_life,
    "null instead of a list": _no_list,
    "an order that is not there": _failing,
}


@pytest.mark.parametrize("spoil", UNUSUAL.values(), ids=UNUSUAL)
def test_what_is_unusual_is_told_as_always(spoil: Callable[[Books], None]) -> None:
    """Null propagation, messages, paths and locations are graphql-core's own."""
    books = Books(120)
    spoil(books)
    same(
        """
        query ($code: String!) {
          lot(code: $code) {
            code
            consumptions {
              quantity unit source
              batch { code product { name shelfLifeDays } allocations { quantity order { number customer { name } } } }
            }
          }
        }
        """,
        books,
    )


# ── large answers ─────────────────────────────────────────────────────────────────────────────────────────────────────
def test_large_answers_leave_the_loop_to_others() -> None:
    """Of however many answers in the making, one slice is written in a round of the loop."""
    books, clients = Books(SLICE * 20 * 2), 4
    slices: list[int] = []
    rounds = 0

    async def story() -> None:
        nonlocal rounds
        contexts = [books.context(turns=lambda: slices.append(rounds)) for _ in range(clients)]
        asked = [asyncio.ensure_future(answer(COMPILED, document("LotUsage"), CODE, context)) for context in contexts]
        while not all(one.done() for one in asked):
            await asyncio.sleep(0)
            rounds += 1

    asyncio.run(story())
    assert len(slices) > clients * 20 * 2
    assert len(set(slices)) == len(slices)


# ── the document pipeline ─────────────────────────────────────────────────────────────────────────────────────────────
def _documents() -> Documents:
    return Documents(COMPILED._schema, Limits())


def test_a_document_is_parsed_and_validated_once() -> None:
    documents = _documents()
    first = documents.get("{ viewer { id } }")
    assert documents.get("{ viewer { id } }") is first
    assert (documents.hits, documents.misses) == (1, 1)
    assert documents.get("{ nothing }").errors
    assert documents.get("{").syntax_error


def test_what_is_kept_is_bounded() -> None:
    documents = _documents()
    for number in range(MAX_DOCUMENTS + 5):
        documents.get(f"{{ viewer {{ id }} }} # {number}")
    assert len(documents) == MAX_DOCUMENTS
    for number in range(2 * MAX_CHARACTERS // MAX_LENGTH):
        documents.get(f"{{ viewer {{ id }} }} # {number}".ljust(MAX_LENGTH))
    assert len(documents) == MAX_CHARACTERS // MAX_LENGTH
    assert documents.get("#" * (MAX_LENGTH + 1)) is not documents.get("#" * (MAX_LENGTH + 1))


def test_what_is_refused_or_strange_pushes_nothing_out() -> None:
    documents = _documents()
    good = documents.get("{ viewer { id } }")
    for number in range(MAX_DOCUMENTS + 5):
        documents.get(f"{{ a{number}")
        documents.get(f"{{ viewer {{ id }} }} # {number}", is_known=False)
    assert len(documents) == 1 + MAX_OTHERS
    assert documents.get("{ viewer { id } }") is good
