"""What is asked: the contract's own documents, and one more that walks an order backwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from benchmarks.data.books import Facts
from tests.api.documents import document

FOLDER = Path(__file__).parent

VIEWER = "query Viewer { viewer { id } }"


@dataclass(frozen=True)
class Question:
    """One thing that is asked of every server, each in its own naming. `name` is what reports call it.

    Which lot or order it is about depends on the books that are asked.
    """

    name: str
    document: str
    variables: Callable[[Facts], dict[str, Any]]

    @property
    def text(self) -> str:
        """The document as BakeTrace's clients send it."""
        own = FOLDER / f"{self.document}.graphql"
        return own.read_text(encoding="utf-8") if own.exists() else document(self.document)

    def body(self, facts: Facts, text: str | None = None, **more: Any) -> bytes:
        """The request; `text` and `more` variables are of a server that names things otherwise."""
        variables = self.variables(facts) | more
        return orjson.dumps({"query": text or self.text, "operationName": self.document, "variables": variables})


def _hot_code(links: str, facts: Facts) -> dict[str, Any]:
    return {"code": facts.hot_codes[links]}


SMALL = Question("small", "LotUsage", lambda facts: {"code": facts.small_code})
TYPICAL = Question("typical", "LotUsage", lambda facts: {"code": facts.typical_code})
ORDER_NESTED = Question("order, nested", "OrderBackwards", lambda facts: {"number": facts.order_number})
ORDER_FLAT = Question("order, flat", "OrderTrace", lambda facts: {"number": facts.order_number})
"""Asked of BakeTrace and the limit; the peers have nothing like it."""
LOT_FLAT = Question("typical, flat", "LotTrace", lambda facts: {"code": facts.typical_code})


def hot(facts: Facts) -> list[Question]:
    """The lots of many order links, the fewest first."""
    return [
        Question(f"{int(links):,} links", "LotUsage", partial(_hot_code, links))
        for links in sorted(facts.hot_codes, key=int)
    ]


def comparable(facts: Facts) -> list[Question]:
    """What every server can be asked, the smallest answers first."""
    return [SMALL, ORDER_NESTED, TYPICAL, *hot(facts)]
