"""Documents drawn from the schema, field by field, and what every answer must be.

Whatever is added to the schema is drawn from then on. Ids and texts are mostly those of the bakery, so that mutations
act on what is there; everything else is as odd as its type allows.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core.result import Ok
from schemathesis.graphql import nodes

from tests.api.callers import Answer

SCHEMA = Path(__file__).parents[2] / "graphql_api" / "schema.graphql"
WRONG_EVERY = 4
"""One of so many documents does not fit the schema."""

ODD_DECIMALS = ("0", "-1", "0.000001", "1000000000", "1e5", "99999999999999999999", "NaN", "\u0661", "")
ODD_DAYS = ("0001-01-01", "9999-12-31", "2026-02-30", "2026-13-01", "")
ODD_TEXTS = ("", "%", "a\0b", "\u202e", "💥" * 40, "x" * 300, "'; DROP TABLE lots;--", "=1+1", "null")

Send = Callable[[str], Answer]


class Broken(AssertionError):
    """An answer that may not be."""


@dataclass
class Fuzzing:
    """So many documents over all root fields; `seed` repeats a run."""

    send: Send
    ids: Sequence[str]
    texts: Sequence[str]
    seed: int
    sent: Counter[str] = field(default_factory=Counter)
    """How many answers had each code of an error, and how many (`data`) had none."""
    judged: int = 0

    def run(self, cases: int, tell: Callable[[str], None] = lambda _line: None) -> None:
        """Raises `Broken`, with the document, the smallest that was found."""
        self._register()
        drawn = schemathesis.graphql.from_path(SCHEMA)
        operations = [found.ok() for found in drawn.get_all_operations() if isinstance(found, Ok)]
        # Of some places there are fewer documents than are wanted; others get the rest.
        turn = 0
        while (missing := cases - self.judged) > 0:
            shares = self._shares(missing, len(operations))
            for operation, (right, wrong) in zip(operations, shares, strict=True):
                tell(operation.label)
                self._try(operation, right, GenerationMode.POSITIVE, turn)
                self._try(operation, wrong, GenerationMode.NEGATIVE, turn)
            turn += 1

    @staticmethod
    def _shares(cases: int, places: int) -> Iterator[tuple[int, int]]:
        """How many right and wrong documents each place gets; few are spread over as many places as there are."""
        for place in range(places):
            share = cases * (place + 1) // places - cases * place // places
            wrong = share // WRONG_EVERY if share >= WRONG_EVERY else int(place % WRONG_EVERY == 0 and share > 0)
            yield share - wrong, wrong

    def _try(self, operation: Any, cases: int, mode: GenerationMode, turn: int) -> None:
        if not cases:
            return

        @seed(self.seed + turn)
        @settings(
            max_examples=cases,
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        @given(operation.as_strategy(generation_mode=mode))
        def every_answer_is_in_order(case: Any) -> None:
            self.judge(case.body)

        every_answer_is_in_order()

    def judge(self, document: str) -> None:
        answer = self.send(document)
        self.judged += 1
        codes = [error.get("extensions", {}).get("code") for error in answer.errors]
        self.sent.update(set(map(str, codes)) or {"data"})
        if answer.status >= 500 or None in codes or "INTERNAL" in codes or not ({"data", "errors"} & set(answer.body)):
            raise Broken(f"{answer.status} {json.dumps(answer.body)[:2000]}\nseed {self.seed}, document:\n{document}")

    def _register(self) -> None:
        """What the scalars of the schema are drawn from."""
        decimals = st.one_of(
            st.integers(1, 20).map(str),
            st.decimals(0, 100, places=3).map(str),
            st.sampled_from(ODD_DECIMALS),
        )
        days = st.one_of(
            st.dates(date(2026, 1, 1), date(2027, 12, 31)).map(str), st.dates().map(str), st.sampled_from(ODD_DAYS)
        )
        known_ids = st.sampled_from(list(self.ids))
        ids = st.one_of(known_ids, known_ids, known_ids, known_ids, st.text(max_size=12))
        texts = st.one_of(st.sampled_from(list(self.texts)), st.text(max_size=30), st.sampled_from(ODD_TEXTS))
        for name, values in (("Decimal", decimals), ("Date", days), ("ID", ids), ("String", texts)):
            schemathesis.graphql.scalar(name, values.map(nodes.String))
