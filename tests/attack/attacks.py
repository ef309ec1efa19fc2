"""The attack table.

Each attack makes its request anew each time it is asked, with a number in it: no answer comes from a document that
was kept. The rows of subscriptions over websockets, of JWTs (`alg: none` beside what is here, key confusion), of
introspection that is off, and of exports, which do not exist yet, are added to `ATTACKS` with what they attack.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

JSON = "application/json"
CHUNK = b"x" * 65_536
DOUBLINGS = 26
"""Fragments that each spread the next one twice: with these, 800 characters ask for 67 million fields."""


@dataclass(frozen=True)
class Town:
    """What attackers know: the tokens of the bakery that they are in, and what another has."""

    owner: str
    staff: str
    foreign_id: str
    foreign_code: str
    revoked: str
    expired: str


@dataclass(frozen=True)
class Sent:
    """One HTTP request. `parts` are sent after the head in chunks, without end if they have none; `pause` is waited for
    before each. `declared` is a length that the head claims."""

    body: bytes = b""
    token: str | None = None
    method: str = "POST"
    path: str = "/graphql"
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": JSON})
    parts: Callable[[], Iterator[bytes]] | None = None
    pause: float = 0
    declared: int | None = None


@dataclass(frozen=True)
class Attack:
    """`made` makes the request; one of `statuses` answers it, with `code` and `limit` at its first error, if any."""

    name: str
    made: Callable[[Town, int], Sent]
    statuses: tuple[int, ...] = (200,)
    code: str | None = None
    limit: str | None = None


def document(text: str, **variables: Any) -> Callable[[Town, int], Sent]:
    """An operation that the bakery's owner asks."""

    def made(town: Town, number: int) -> Sent:
        shown = {name: value(town) if callable(value) else value for name, value in variables.items()}
        return Sent(json.dumps({"query": f"{text} # {number}", "variables": shown}).encode(), town.owner)

    return made


def by(token: Callable[[Town], str | None], text: str, **variables: Any) -> Callable[[Town, int], Sent]:
    def made(town: Town, number: int) -> Sent:
        body = {"query": f"{text} # {number}", "variables": variables}
        return Sent(json.dumps(body).encode(), token(town))

    return made


def raw(body: bytes, **options: Any) -> Callable[[Town, int], Sent]:
    """A request of nobody who is signed in."""
    return lambda _town, _number: Sent(body, **options)


# ── documents ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def deep(levels: int) -> str:
    steps = ["originBatch", "outputLot"] * (levels // 2)
    return '{ lot(code: "A") { ' + " { ".join(steps) + " { id" + " }" * (len(steps) + 2)


def doubled(levels: int) -> str:
    parts = [f"fragment F{level} on Query{{...F{level + 1} ...F{level + 1}}}" for level in range(levels)]
    return "{...F0}" + "".join(parts) + f"fragment F{levels} on Query{{viewer{{id}}}}"


def doubled_deep(levels: int) -> str:
    step = "originBatch{{outputLot{{...F{0}}}}} b{0}:originBatch{{outputLot{{...F{0}}}}}"
    parts = [f"fragment F{level} on Lot{{{step.format(level + 1)}}}" for level in range(levels)]
    return '{lot(code:"A"){...F0}}' + "".join(parts) + f"fragment F{levels} on Lot{{id}}"


def wide(fields: int, spreads: int) -> str:
    many = " ".join(f"f{number}: name" for number in range(fields))
    return (
        "{" + " ".join(f"v{number}: viewer {{ ...W }}" for number in range(spreads)) + "}"
        f" fragment W on Viewer {{ {many} }}"
    )


def overlapping(groups: int) -> str:
    """Fields of one name whose selections have to be compared with each other, through fragments."""
    spread = " ".join(f"...G{number}" for number in range(groups))
    parts = [
        f"fragment G{number} on Viewer {{ bakery {{ id name ...H{number} }} features {{ key }} }}"
        f" fragment H{number} on Bakery {{ id name plan }}"
        for number in range(groups)
    ]
    return f"{{ viewer {{ {spread} }} }} " + " ".join(parts)


def conflicting(fields: int) -> str:
    return "{ viewer { " + " ".join(f"a: {('id', 'name', 'role')[number % 3]}" for number in range(fields)) + " } }"


def nested_list(levels: int) -> str:
    return "[" * levels + "]" * levels


ORDER = "mutation ($input: CreateOrderInput!) { createOrder(input: $input) { __typename } }"
LOTS = "query ($filter: LotFilter, $first: Int, $after: String) "
LOTS += "{ lots(filter: $filter, first: $first, after: $after) { edges { node { id } } } }"
NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
SUPPLIER = "mutation ($input: CreateSupplierInput!) { createSupplier(input: $input) { __typename } }"
TRACE = "consumptions { batch { consumptions { lot { consumptions { batch { consumptions { id } } } } } } }"
REFUSED, BAD, OUT = "LIMIT_EXCEEDED", "BAD_USER_INPUT", "UNAUTHENTICATED"
VIEWER = "{ viewer { id } }"


DOCUMENTS = (
    Attack("deep selections", document(deep(120)), code=REFUSED, limit="depth"),
    Attack("selections too deep to parse", document("{ viewer " + "{ a " * 5_000), code=REFUSED),
    Attack("circular fragments", document(
        "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }"
    ), code=BAD),
    Attack("800 characters, each fragment twice", document(doubled(DOUBLINGS)), code=REFUSED),
    Attack("the same, each level deeper", document(doubled_deep(9)), code=REFUSED, limit="aliases"),
    Attack("a chain of 900 fragments", document(
        "{...F0}" + "".join(f"fragment F{n} on Query{{...F{n + 1}}}" for n in range(900))
    ), code=REFUSED),
    Attack("wide fragments, often", document(wide(60, 45)), code=REFUSED),
    Attack("alias flood at the root", document(
        "{" + " ".join(f"a{n}: viewer {{ id }}" for n in range(400)) + "}"
    ), code=REFUSED, limit="rootFields"),
    Attack("alias flood below", document(
        "{ viewer {" + " ".join(f"a{n}: name" for n in range(500)) + "} }"
    ), code=REFUSED, limit="aliases"),
    Attack("repeated fields, most allowed", document("{ viewer {" + " id" * 1_490 + "} }")),
    Attack("repeated objects, most allowed", document("{ viewer {" + " bakery { id }" * 610 + "} }"), statuses=(200,)),
    Attack("repeated fields", document("{ viewer {" + " id" * 2_000 + "} }"), code=REFUSED, limit="fields"),
    Attack("directive flood", document("{ viewer { id" + " @include(if: true)" * 500 + " } }"), code=REFUSED),
    Attack("unknown directives", document("{ viewer { id" + " @a" * 900 + " } }"), code=REFUSED, limit="directives"),
    Attack("overlapping fields", document(overlapping(80))),
    Attack("conflicting fields", document(conflicting(99)), code=BAD),
    Attack("unknown fields", document("{ " + " ".join(f"x{n}" for n in range(50)) + " }"), code=BAD),
    Attack("unknown fields on many lines", document(
        "\n" * 1_900 + "{ viewer { " + " ".join(f"x{n}" for n in range(1_400)) + " } }"
    ), code=BAD),
    Attack("empty lines", document("\n" * 40_000 + VIEWER), code=REFUSED, limit="documentLines"),
    Attack("a comment in each of 1,900 lines", document("#\n" * 1_900 + VIEWER)),
    Attack("tokens", document("{" + " a" * 20_000 + "}"), code=REFUSED, limit="tokens"),
    Attack("a document of 900 KB", document(
        VIEWER + " " * 900_000
    ), code=REFUSED, limit="documentCharacters"),
    Attack("a text of 45 KB in a document", document('{ lot(code: "' + "x" * 45_000 + '") { id } }')),
    Attack("a list in a document", document("{ nodes(ids: [" + '"x" ' * 2_400 + "]) { id } }"), code=BAD),
    Attack("lists in lists", document(
        "{ lots(first: 100) { edges { node { " + TRACE + " } } } }"
    ), code=REFUSED, limit="cost"),
    Attack("brute force through aliases", document(
        "{" + " ".join(f'a{n}: lot(code: "LOT-261124-{n:03}") {{ id }}' for n in range(99)) + "}"
    ), code=REFUSED, limit="rootFields"),
    Attack("names close to real ones", document("{ viewr { id } }"), code=BAD),
)  # fmt: skip

VARIABLES = (
    Attack("huge first", document(LOTS, first=2_147_483_647)),
    Attack("a first beyond 32 bits", document(LOTS, first=10**30), code=BAD),
    Attack("negative first", document(LOTS, first=-1), code=BAD),
    Attack("giant list in input", document(NODES, ids=["x"] * 9_000), code=BAD),
    Attack("a list beyond its limit", document(NODES, ids=["x"] * 90_000), code=REFUSED, limit="variableValues"),
    Attack("giant list of lines", document(
        ORDER, input={"lines": [{"productId": "x", "quantity": "1"}] * 4_000}
    ), code=REFUSED, limit="variableValues"),
    Attack("an object of many names", document(
        SUPPLIER, input={f"n{n}": 1 for n in range(9_000)}
    ), code=REFUSED, limit="variableNames"),
    Attack("many objects of the most names", document(
        ORDER, input={"lines": [{f"n{n}": 1 for n in range(90)}] * 100}
    ), code=BAD),
    Attack("huge text", document(SUPPLIER, input={"name": "x" * 900_000}), code=REFUSED, limit="variableCharacters"),
    Attack("a number of many digits", raw(
        b'{"query": "' + LOTS.encode() + b'", "variables": {"first": ' + b"9" * 4_000 + b"}}"
    ), code=BAD),
    Attack("a number of a million digits", raw(
        b'{"query": "{ __typename }", "variables": {"a": 0.' + b"9" * 900_000 + b"}}"
    ), code=REFUSED, limit="variableCharacters"),
    Attack("a huge exponent", document(
        'mutation { createOrder(input: {lines: [{productId: "x", quantity: 1e999999999}]}) { __typename } }'
    )),
    Attack("deep variables", raw(
        b'{"query": "{ __typename }", "variables": {"a": ' + nested_list(500).encode() + b"}}"
    ), code=REFUSED, limit="variableDepth"),
    Attack("variables too deep to read", raw(
        b'{"query": "{ __typename }", "variables": {"a": ' + nested_list(100_000).encode() + b"}}"
    ), statuses=(400,), code=BAD),
    Attack("SQL in a filter", document(LOTS, filter={"search": "' OR 1=1; DROP TABLE lots; --"})),
    Attack("wildcards in a filter", document(LOTS, filter={"search": "%_%" * 60})),
    Attack("SQL in a sort", document("{ lots(sort: NEWEST_DROP_TABLE) { totalCount } }"), code=BAD),
    Attack("SQL in an id", document(NODES, ids=["1; DROP TABLE lots"])),
    Attack("a guessed cursor", document(LOTS, after="WzEsMSwxXQ=="), code=BAD),
    Attack("another bakery's id", document(NODES, ids=lambda town: [town.foreign_id])),
    Attack("another bakery's code", document("query ($c: String!) { lot(code: $c) { id } }",
                                             c=lambda town: town.foreign_code)),
    Attack("mass assignment", document(SUPPLIER, input={"name": "x", "bakeryId": 1, "role": "OWNER"}), code=BAD),
    Attack("a line feed in a name", document(SUPPLIER, input={"name": "x\nERROR forged line"})),
)  # fmt: skip

CALLERS = (
    Attack("no token", by(lambda _town: None, VIEWER), code=OUT),
    Attack("a token that was made up", by(lambda _town: "bt_person_" + "A" * 43, VIEWER), code=OUT),
    Attack("alg: none", by(lambda _town: "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.", VIEWER), code=OUT),
    Attack("an expired token", by(lambda town: town.expired, VIEWER), code=OUT),
    Attack("a revoked token", by(lambda town: town.revoked, VIEWER), code=OUT),
    Attack("a token of 60 KB", by(lambda _town: "x" * 60_000, VIEWER), code=OUT, statuses=(200, 400, 431)),
    Attack("staff who would be owner", by(
        lambda town: town.staff, "mutation { updateLotTrackingSettings(input: {enabled: true}) { __typename } }"
    )),
    Attack("staff who would read the log", by(
        lambda town: town.staff, "{ auditLog { totalCount } }"
    ), code="FORBIDDEN"),
)  # fmt: skip


def too_large(name: str, made: Callable[[Town, int], Sent]) -> Attack:
    return Attack(name, made, (413,), REFUSED, "bodyBytes")


def endless() -> Iterator[bytes]:
    while True:
        yield CHUNK


BODIES = (
    too_large("50 MB, as declared", raw(b"", declared=50_000_000)),
    too_large("50 MB in chunks", raw(b"", parts=lambda: iter([CHUNK] * 763))),
    too_large("an endless body", raw(b"", parts=endless)),
    Attack("a slow body", raw(
        b"", parts=lambda: iter([b" "] * 10_000), pause=0.2
    ), statuses=(408,), code=REFUSED, limit="bodySeconds"),
    Attack("a megabyte of nothing", raw(b" " * 999_999), statuses=(400,), code=BAD),
    Attack("a megabyte of brackets", raw(b"[" * 999_999), statuses=(400,), code=BAD),
    Attack("a megabyte of numbers", raw(
        b"[" + b"1.5," * 249_000 + b"1]"
    ), statuses=(400,), code=REFUSED, limit="bodyCommas"),
    Attack("the most numbers there may be", raw(b"[" + b"1.5," * 99_000 + b"1]"), statuses=(400,), code=BAD),
    Attack("no JSON", raw(b"<xml/>"), statuses=(400,), code=BAD),
    Attack("half a character", raw(b'{"query": "\\ud800"}'), statuses=(200, 400), code=BAD),
    Attack("array batch", raw(b'[{"query": "{ __typename }"},{"query": "{ __typename }"}]'), statuses=(400,), code=BAD),
    Attack("array batch of 5,000", raw(
        b"[" + b",".join([b'{"query": "{ __typename }"}'] * 5_000) + b"]"
    ), statuses=(400,), code=BAD),
    Attack("CSRF by form", raw(
        b"query=mutation+%7B+__typename+%7D", headers={"Content-Type": "application/x-www-form-urlencoded"}
    ), statuses=(400, 415), code=BAD),
    Attack("CSRF by text", raw(
        b'{"query": "mutation { __typename }"}', headers={"Content-Type": "text/plain"}
    ), statuses=(400, 415), code=BAD),
    Attack("CSRF by multipart", raw(
        b'--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n'
        b'{"query": "mutation { __typename }"}\r\n--x--',
        headers={"Content-Type": "multipart/form-data; boundary=x"},
    ), statuses=(400, 415), code=BAD),
    Attack("mutation by GET", lambda town, _number: Sent(
        method="GET", path="/graphql?query=mutation%7B__typename%7D", token=town.owner, headers={}
    ), statuses=(400, 405), code=BAD),
    Attack("a 60 KB document by GET", lambda town, _number: Sent(
        method="GET", path="/graphql?query=%7B" + "a%20" * 15_000 + "%7D", token=town.owner, headers={}
    ), statuses=(200, 400, 414, 431)),
    Attack("forged forwarding headers", lambda town, number: Sent(
        json.dumps({"query": f"{VIEWER} # {number}"}).encode(), town.owner,
        headers={"Content-Type": JSON, "X-Forwarded-For": "10.66.66.66", "Forwarded": "for=10.66.66.66"},
    )),
)  # fmt: skip

ATTACKS = (*DOCUMENTS, *VARIABLES, *CALLERS, *BODIES)


@dataclass(frozen=True)
class Reply:
    status: int
    text: str

    @property
    def first_error(self) -> dict[str, Any]:
        errors = json.loads(self.text).get("errors") or [{}]
        return dict(errors[0].get("extensions", {}))


def fault(attack: Attack, reply: Reply) -> str:
    """What is wrong with a reply; empty where nothing is."""
    if reply.status not in attack.statuses:
        return f"answered {reply.status}: {reply.text[:200]}"
    if "Traceback" in reply.text or 'File "' in reply.text or "Did you mean" in reply.text:
        return f"shows its insides: {reply.text[:200]}"
    if attack.code is None or not reply.text.startswith("{"):
        return ""
    told = reply.first_error
    if told.get("code") != attack.code or (attack.limit and told.get("limit") != attack.limit):
        return f"told {told}"
    if told["code"] == REFUSED and not told["actual"] >= told["allowed"]:
        return f"told {told}"
    return ""
