"""Which form an answer has: what the client wants most of what there is.

Server-sent events are only ever chosen where they are the client's first choice: urql lists them in every `Accept`, and
expects JSON.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from graphql_api.http.refusals import Refused

JSON = "application/json"
GRAPHQL_RESPONSE = "application/graphql-response+json"
EVENT_STREAM = "text/event-stream"
FORMS = (JSON, GRAPHQL_RESPONSE, EVENT_STREAM)
"""In the order in which they are given to who takes any."""

MAX_KEPT_CHARACTERS = 256
NOT_ACCEPTABLE = 406


class Range(NamedTuple):
    """One of the ranges that an `Accept` lists, such as `application/*;q=0.8`."""

    kind: str
    quality: float

    def takes(self, form: str) -> bool:
        if self.kind in ("*/*", form):
            return True
        return form != EVENT_STREAM and self.kind == f"{form.partition('/')[0]}/*"

    def names(self, form: str) -> bool:
        return self.kind == form


def chosen_form(accept: str | None) -> str:
    """The form of the answer; JSON where nothing is said. Raises `Refused` where nothing there is will do."""
    if not accept or not accept.strip():
        return JSON
    form = _kept(accept) if len(accept) <= MAX_KEPT_CHARACTERS else _chosen(accept)
    if form is None:
        raise Refused(
            f"There is no answer in any form that `Accept` names. Accept {GRAPHQL_RESPONSE} or {JSON}.", NOT_ACCEPTABLE
        )
    return form


def _chosen(accept: str) -> str | None:
    listed = list(_ranges(accept))
    # What is named is refused by its own quality, whatever a range with a star says.
    refused = {form for form in FORMS if any(each.names(form) and not each.quality for each in listed)}
    for wanted in sorted(listed, key=lambda each: -each.quality):
        if wanted.quality > 0:
            for form in FORMS:
                if wanted.takes(form) and form not in refused:
                    return form
    return None


_kept = lru_cache(maxsize=256)(_chosen)


def _ranges(accept: str) -> Iterator[Range]:
    for part in accept.split(","):
        kind, *parameters = (each.strip().lower() for each in part.split(";"))
        quality = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip() == "q":
                try:
                    quality = min(max(float(value), 0.0), 1.0)
                except ValueError:
                    quality = 0.0
        if kind:
            yield Range(kind, quality)
