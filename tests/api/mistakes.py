"""What can be wrong with an input field, by its type in the schema and by its name.

Two kinds of mistakes. A value that breaks a rule is answered by `InvalidInput`, which names the field and says what is
right. A value that is none of the field's type never reaches a rule: GraphQL refuses the request, and names it too.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLInputObjectType, GraphQLSchema, get_named_type, is_list_type, is_required_input_field
from graphql.type import GraphQLInputField, GraphQLNonNull

from graphql_api.refs import Ref, global_id, parse_global_id
from tests.api.world import World

NUL = "a\0b"
TOO_LONG = "x" * 10_000
ZERO_IS_FINE = {"openingStock", "reorderPoint", "countedQuantity", "unitCost"}
MOST = {"unitCost": 10**8, "density": 100}
PAST_DAYS = {"receivedOn", "producedOn", "on"}
TAKES_MANY_KINDS = dict.fromkeys(("archive", "restore"), ("Supplier", "Customer", "Ingredient", "Product", "Order"))
NOT_BLANK = {"name", "reason", "number", "idempotencyKey", "feature"}
WHOLE = {"expiryWarningDays": (0, 365), "shelfLifeDays": (0, 3650)}


@dataclass(frozen=True)
class Leaf:
    """A field of a mutation's input that holds a value, or a list of lines; `path` as errors name it."""

    mutation: str
    path: str
    field: GraphQLInputField

    @property
    def name(self) -> str:
        return self.path.rpartition(".")[2]

    @property
    def type_name(self) -> str:
        return str(get_named_type(self.field.type).name)

    @property
    def is_list(self) -> bool:
        return is_list(self.field)

    def __str__(self) -> str:
        return f"{self.mutation}.{self.path}"


def is_list(field: GraphQLInputField) -> bool:
    kind = field.type
    return is_list_type(kind.of_type if isinstance(kind, GraphQLNonNull) else kind)


def leaves(schema: GraphQLSchema) -> list[Leaf]:
    """Every field of every mutation's input, those of lines too."""
    mutations = schema.mutation_type
    assert mutations
    return [
        leaf
        for name, field in mutations.fields.items()
        for leaf in _leaves(name, get_named_type(field.args["input"].type), "")
    ]


def _leaves(mutation: str, kind: Any, prefix: str) -> Iterator[Leaf]:
    assert isinstance(kind, GraphQLInputObjectType)
    for name, field in kind.fields.items():
        yield Leaf(mutation, f"{prefix}{name}", field)
        if is_list(field) and isinstance(get_named_type(field.type), GraphQLInputObjectType):
            yield from _leaves(mutation, get_named_type(field.type), f"{prefix}{name}[0].")


def replaced(value: Any, path: str, by: Any) -> Any:
    """A copy of an input with something else at `path`."""
    step, _, rest = path.partition(".")
    name, is_line, _ = step.partition("[")
    if not rest:
        return {**value, name: by}
    first, *others = value[name]
    assert is_line
    return {**value, name: [replaced(first, rest, by), *others]}


def at(value: Any, path: str) -> Any:
    """What an input has at `path`."""
    for step in path.split("."):
        name, is_line, _ = step.partition("[")
        value = value[name][0] if is_line else value[name]
    return value


# ── against a rule ────────────────────────────────────────────────────────────────────────────────────────────────────
def against_a_rule(leaf: Leaf, sample: Any, world: World) -> Iterator[tuple[Any, str]]:
    """Values that break a rule, each with a word that the message must have."""
    if leaf.name == "scopes":
        yield [], "at least one of trace:read"
        for wrong in ("everything", "", "TRACE:READ", "trace:read ", "trace:write", "*", NUL, TOO_LONG):
            yield ["trace:read", wrong], "choose from trace:read"
        return
    if leaf.is_list:
        if is_required_input_field(leaf.field):
            yield [], "at least one line"
        yield [sample[0]] * 2000, "at most 1000"
        return
    match leaf.type_name:
        case "ID":
            for wrong in unknown_ids(sample, world, TAKES_MANY_KINDS.get(leaf.mutation, ())):
                yield wrong, "this "
        case "Decimal":
            yield from _quantities(leaf.name)
        case "String":
            yield from _texts(leaf.name)
        case "Date":
            yield from _days(leaf.name)
        case "Int":
            least, most = WHOLE[leaf.name]
            for number in (least - 1, most + 1, 2**31 - 1, -(2**31)):
                yield number, f"from {least} to {most}"
        case "Unit" if leaf.mutation == "updateIngredient":
            yield "g", "first movement"
        case "Unit" if leaf.mutation != "createIngredient":  # there the unit is the choice itself
            yield "each", "cannot be converted"
            yield "ml", "density"
        case "OrderStatus":
            yield "DRAFT", "only moves forward"
        case "PurchaseOrderStatus":
            for status in ("DRAFT", "PARTIALLY_RECEIVED", "RECEIVED"):
                yield status, "cannot be set"
        case "Role":
            yield "OWNER", "handOverOwnership"
            yield "PARTNER", "createApiKey"
        case "Unit" | "Boolean" | "ConsumptionOrder" | "WriteOffReason":
            pass  # every value of the type is right
        case other:
            raise AssertionError(f"say what can be wrong with {other}, the type of {leaf}")


def unknown_ids(sample: str, world: World, kinds: Collection[str] = ()) -> list[str]:
    """Ids of nothing, of something else, and what is no id at all; the stranger's is another test's.

    `kinds` are all that would be right, where that is more than the sample's.
    """
    ref = parse_global_id(sample)
    assert ref
    right = kinds or (ref.kind,)
    others = [other for kind, other in world.ids.items() if not kind.endswith(tuple(right))]
    numbers = ("999999999", str(2**63 - 1), str(2**63), "0", "-1", "1.5", " 1", "1_0", "१", "9" * 5000, "")
    made_up = [global_id(Ref(ref.kind, number)) for number in numbers]  # type: ignore[arg-type]
    nonsense = [
        "",
        " ",
        "nonsense",
        "💥",
        "\0",
        TOO_LONG,
        "=",
        "../..",
        str(ref.id),
        sample + "=",
        sample[:-1],
    ]
    return [*others, *made_up, *nonsense]


def _quantities(name: str) -> Iterator[tuple[str, str]]:
    least = "0 or more" if name in ZERO_IS_FINE else "more than 0"
    yield "-1", least
    yield "-0.000001", least
    if name not in ZERO_IS_FINE:
        yield "0", least
        yield "-0.0", least
    most, decimals = MOST.get(name, 10**9), 10 if name == "unitCost" else 6
    for too_large in (f"{most + 1}", f"{most}.000001", "1" + "0" * 39, "9" * 40):
        yield too_large, str(most)
    for too_fine in (f"1.{'0' * decimals}1", f"1.{'0' * 30}1", f"0.{'9' * 40}"):
        yield too_fine, f"at most {decimals} are allowed"


def _texts(name: str) -> Iterator[tuple[str, str]]:
    if name == "idempotencyKey":
        for wrong in ("", NUL, "x" * 201, TOO_LONG):
            yield wrong, "1 to 200 printable characters"
        return
    if name == "invitation":
        for wrong in ("", " ", "nonsense", NUL, TOO_LONG, "bt_invite_", "bt_invite_" + "x" * 43, "💥"):
            yield wrong, "no invitation"
        return
    yield TOO_LONG, "at most"
    for unprintable in (NUL, "\x1b[31m", "a\x7f"):
        yield unprintable, "control characters"
    if name in NOT_BLANK:
        for blank in ("", "   ", "\t\n", "\u2003"):
            yield blank, "It is empty"
    if name == "feature":
        yield "UNKNOWN", "What can be switched: TASTINGS, GUEST_BAKERS."
        yield "tastings", "no feature with this key"
        yield "LOT_TRACKING", "use `updateLotTrackingSettings`"
    if name == "email":
        for wrong in ("nonsense", "@", "a@", "@b", "a b@c", "a@b@c"):
            yield wrong, "name@example.com"


def _days(name: str) -> Iterator[tuple[str, str]]:
    if name in PAST_DAYS:
        yield "2026-03-03", "today is 2026-03-02"
        yield "9999-12-31", "in the future"
        yield "0001-01-01", "1970-01-01" if name != "on" else ""
        return
    if name == "lastDay":
        yield "2026-03-01", "today is 2026-03-02"
        yield "0001-01-01", "is over"
        yield "2032-01-01", "at most"
        yield "9999-12-31", "at most"
        return
    yield "0001-01-01", ""
    yield "9999-12-31", "2999-12-31"
    if name == "expiresOn":
        yield "2026-02-28", "before the day it was received, 2026-03-01"


# ── against the type ──────────────────────────────────────────────────────────────────────────────────────────────────
def against_the_type(leaf: Leaf) -> Iterator[Any]:
    """Values that are none of the field's type."""
    if is_required_input_field(leaf.field):
        yield None
    if leaf.is_list:
        yield from ("nonsense", 1, [None], ["nonsense"], [[]]) if leaf.type_name != "String" else (1, [None], [1], [[]])
        return
    yield from ([], {}, {"a": 1})
    match leaf.type_name:
        case "Decimal":
            yield from ("", " 1", "1,5", "1e5", "NaN", "Infinity", "0x10", "१", True, "9" * 41, "9" * 10_000)
        case "Date":
            yield from ("", "today", "2026-02-30", "2026-3-2", "20260302", "2026-03-02T00:00:00Z", 5, True)
        case "Int":
            yield from ("7", 1.5, 2**31, True)
        case "Boolean":
            yield from ("yes", 1, "true")
        case "String":
            yield from (5, True)
        case "ID":
            yield from (1.5, True)
        case _:
            yield from ("", "nonsense", 5, True)
