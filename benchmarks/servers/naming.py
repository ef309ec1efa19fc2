"""One answer in many namings: a peer's answer with our names and forms, so that all can be compared."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

PEERS = Path(__file__).parents[1] / "peers"
MILLION = 10**6


@cache
def text_for_postgraphile(document: str) -> str:
    return (PEERS / f"{document}.graphql").read_text(encoding="utf-8")


def as_ours(data: Any) -> Any:
    """PostGraphile's answer as ours: it counts in millionths, and knows no unit of a consumption and no single lot."""
    match data:
        case list():
            return [as_ours(item) for item in data]
        case dict():
            return _object(data)
        case _:
            return data


def _object(data: dict[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for name, value in data.items():
        match name:
            case "quantity":
                shown[name] = _plain(int(value))
            case "outputLot":
                shown[name] = as_ours(value[0]) if value else None
            case "ingredient" if "unit" in value:
                shown["unit"] = value["unit"]
                if "name" in value:
                    shown[name] = {"name": value["name"]}
            case _:
                shown[name] = as_ours(value)
    return shown


def _plain(millionths: int) -> str:
    whole, rest = divmod(millionths, MILLION)
    return f"{whole}.{rest:06d}".rstrip("0") if rest else str(whole)
