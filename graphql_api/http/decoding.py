"""JSON as clients send it: read strictly, and with numbers by their digits."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import NoReturn

from graphql_api.http.refusals import Refused


def decoded(data: str | bytes, what: str) -> object:
    """The value. Raises `Refused`, whose message names `what` and the place where it goes wrong."""
    try:
        text = data.decode() if isinstance(data, bytes) else data
    except UnicodeDecodeError as error:
        raise Refused(f"{what} is not UTF-8, at byte {error.start}.") from error
    if "\\u" in text and "\\ud" in text.lower():
        _refuse_half_characters(text, what)
    try:
        # Numbers with a point are read by their digits: a quantity never passes through a binary fraction.
        return json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise Refused(f"{what} is not JSON: {error.msg}, at line {error.lineno}, column {error.colno}.") from error
    except RecursionError as error:
        raise Refused(f"{what} is nested too deeply to be read.") from error
    except (ValueError, ArithmeticError) as error:
        raise Refused(f"{what} has a number with too many digits.") from error


def _refuse_half_characters(text: str, what: str) -> None:
    # Half a character may be escaped in JSON, but neither database nor answer could hold it.
    try:
        json.dumps(json.loads(text, parse_float=str, parse_int=str), ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        half = f"\\u{ord(error.object[error.start]):04x}"
        raise Refused(f"{what} has half a character, {half}: it is one of a pair of surrogates alone.") from error
    except (ValueError, RecursionError):
        return  # is told by who reads it


def _refuse_constant(name: str) -> NoReturn:
    raise json.JSONDecodeError(f"{name} is no number in JSON", name, 0)
