"""What is asked: the contract's own documents, and one more that walks an order backwards."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from benchmarks.data.databases import Books
from tests.api.documents import document

FOLDER = Path(__file__).parent

LOT_USAGE = "LotUsage"
ORDER_BACKWARDS = "OrderBackwards"
ORDER_TRACE = "OrderTrace"
LOT_TRACE = "LotTrace"

VIEWER = "query Viewer { viewer { id } }"


@dataclass(frozen=True)
class Question:
    """One thing that is asked of every server, each in its own naming. `name` is what reports call it."""

    name: str
    document: str
    variables: dict[str, Any]

    @property
    def text(self) -> str:
        """The document as BakeTrace's clients send it."""
        own = FOLDER / f"{self.document}.graphql"
        return own.read_text(encoding="utf-8") if own.exists() else document(self.document)

    def body(self, text: str | None = None, **more: Any) -> bytes:
        """The request; `text` and `more` variables are of a server that names things otherwise."""
        return orjson.dumps(
            {"query": text or self.text, "operationName": self.document, "variables": self.variables | more}
        )


def comparable(books: Books) -> list[Question]:
    """What every server can be asked, the smallest answers first."""
    facts = books.facts
    return [
        Question("small", LOT_USAGE, {"code": facts.small_code}),
        Question("order, nested", ORDER_BACKWARDS, {"number": facts.order_number}),
        Question("typical", LOT_USAGE, {"code": facts.typical_code}),
        *(
            Question(f"{int(links):,} links", LOT_USAGE, {"code": code})
            for links, code in sorted(facts.hot_codes.items(), key=lambda item: int(item[0]))
        ),
    ]


def order_trace(books: Books) -> Question:
    """The flat trace of an order, which the peers have nothing like."""
    return Question("order, flat", ORDER_TRACE, {"number": books.facts.order_number})


def lot_trace(books: Books) -> Question:
    return Question("typical, flat", LOT_TRACE, {"code": books.facts.typical_code})
