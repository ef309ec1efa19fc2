"""No document costs more statements because there is more to read or write, and no trace more than eight."""

from collections import Counter
from collections.abc import Iterator

import pytest
from graphql import GraphQLObjectType, build_schema, get_named_type

from graphql_api.schema import roots
from tests.api.bakeries import Bakery
from tests.api.crawl import Crawl
from tests.api.in_process import InProcessApi
from tests.api.shelves import SHIPPED, Shelves, nested_traces
from tests.api.statements import beside_sign_in, first_words, statements_sent

SCHEMA = build_schema(roots.build().as_str())
CONNECTIONS = [
    (kind.name, name)
    for kind in SCHEMA.type_map.values()
    if isinstance(kind, GraphQLObjectType)
    for name, field in kind.fields.items()
    if get_named_type(field.type).name.endswith("Connection")
]
CONNECTION_DEPTH = 4
LITTLE, MUCH = 1, 10
BY_CHANCE = 1  # what grows, grows by nine
TRACE_MOST = 8


@pytest.fixture(scope="module")
def shelves(shared_api: InProcessApi) -> Iterator[tuple[Shelves, Shelves]]:
    little, much = (Shelves(Bakery.opened(shared_api), size) for size in (LITTLE, MUCH))
    yield little, much
    assert little.bakery.breaches() == much.bakery.breaches() == []


@pytest.mark.parametrize("name", SHIPPED)
def test_a_document_costs_as_many_statements_however_much_there_is(shelves: tuple[Shelves, Shelves], name: str) -> None:
    """Siblings are read in any order: whether one finds what another has loaded, or loads the rest, is chance."""
    little, much = (Counter(shelf.statements(name)) for shelf in shelves)
    assert little
    assert {text: times for text, times in much.items() if times > little[text] + BY_CHANCE} == {}


@pytest.mark.parametrize("name", ["LotUsage", "LotTrace", "OrderTrace"])
def test_a_shipped_trace_takes_eight_statements_at_most(shelves: tuple[Shelves, Shelves], name: str) -> None:
    sent = beside_sign_in(shelves[1].statements(name))
    assert len(sent) <= TRACE_MOST, first_words(sent)


@pytest.mark.parametrize("depth", [1, 2, 3, 5])
def test_a_nested_trace_takes_eight_statements_at_any_depth(shelves: tuple[Shelves, Shelves], depth: int) -> None:
    for document in nested_traces(shelves[1], depth):
        with statements_sent() as sent:
            answer = shelves[1].bakery.owner.send(document)
        assert not answer.errors, answer.errors
        assert len(beside_sign_in(sent)) <= TRACE_MOST, first_words(sent)


@pytest.mark.parametrize(("kind", "name"), CONNECTIONS)
def test_a_page_costs_as_many_statements_however_much_is_on_it(
    shelves: tuple[Shelves, Shelves], kind: str, name: str
) -> None:
    """With all that its records have, but for pages and traces of each: every one of those is read by itself."""
    little, much = (Counter(_statements_of_page(shelf, kind, name)) for shelf in shelves)
    assert little
    assert {text: times for text, times in much.items() if times > little[text] + BY_CHANCE} == {}


def _statements_of_page(shelf: Shelves, kind: str, name: str) -> list[str]:
    parent = SCHEMA.type_map[kind]
    assert isinstance(parent, GraphQLObjectType)
    crawl = Crawl(SCHEMA, shelf.world.ids, CONNECTION_DEPTH, without=("Connection", "Trace"))
    page = crawl.asked(name, parent.fields[name], (kind,))
    parents = {
        "Query": "{{ {} }}",
        "Viewer": "{{ viewer {{ {} }} }}",
        "Member": _node(shelf.world.ids["Member"]),
        "InventoryDashboard": "{{ inventoryDashboard {{ {} }} }}",
        "Customer": _node(shelf.customers[0]),
        "Ingredient": _node(shelf.grains[0]),
        "Lot": _node(shelf.lots[0]["id"]),
        "Product": _node(shelf.bread),
        "Supplier": _node(shelf.supplier),
    }
    with statements_sent() as sent:
        answer = shelf.bakery.owner.send(parents[kind].format(f"... on {kind} {{ {page} }}"))
    assert not answer.errors, answer.errors
    return sent


def _node(node_id: str) -> str:
    return f'{{{{ node(id: "{node_id}") {{{{ {{}} }}}} }}}}'
