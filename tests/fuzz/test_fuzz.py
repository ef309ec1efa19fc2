"""A short run of `make fuzz`, in this process; the long one asks a served application."""

from collections.abc import Iterator
from random import randrange

import pytest

from plans import Plan
from tests.api.bakeries import Bakery
from tests.api.callers import Answer
from tests.api.databases import Templates
from tests.api.in_process import InProcessApi
from tests.fuzz.cases import Broken, Fuzzing
from tests.fuzz.scene import furnished

CASES = 60


@pytest.fixture
def api(engine: str, templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcessApi]:
    with templates.copy(engine, tmp_path_factory.mktemp("fuzz")) as url:
        running = InProcessApi(url)
        yield running
        running.close()


def test_every_answer_is_in_order_and_so_are_the_books(api: InProcessApi) -> None:
    bakery = Bakery.opened(api, Plan.SCALE)
    ids, texts = furnished(bakery)
    seed = randrange(2**32)
    print("seed", seed)
    fuzzing = Fuzzing(lambda document: api.any_answer({"query": document}, bakery.owner.token), ids, texts, seed)
    fuzzing.run(CASES)
    assert fuzzing.sent["data"]
    assert fuzzing.sent["BAD_USER_INPUT"]
    assert bakery.breaches() == []


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, {"errors": [{"message": "no"}]}),
        Answer(200, {"data": None, "errors": [{"extensions": {"code": "INTERNAL"}}]}),
        Answer(200, {}),
        Answer(503, {"errors": [{"extensions": {"code": "SERVICE_UNAVAILABLE"}}]}),
    ],
)
def test_an_answer_out_of_order_is_found(answer: Answer) -> None:
    """The judge itself: no code, an accident, nothing at all, a server error."""
    with pytest.raises(Broken, match="__typename"):
        Fuzzing(lambda _document: answer, ["a"], ["b"], 0).judge("{ __typename }")
