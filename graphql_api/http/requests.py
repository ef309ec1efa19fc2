"""What a client asks for, read from a request or from a websocket's message, and refused in words where it is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from graphql_api.http.decoding import decoded
from graphql_api.http.negotiation import JSON
from graphql_api.http.refusals import Refused

METHODS = "GET, POST"
UNSUPPORTED_MEDIA_TYPE = 415
METHOD_NOT_ALLOWED = 405
PERSISTED_VERSION = 1
MAX_ID_CHARACTERS = 200
"""No longer id of a document is looked for."""

NAMES: dict[type, str] = {str: "a string", dict: "an object"}


@dataclass(frozen=True)
class Asked:
    """One operation as it was asked for: by its text, by a document's id, or by both its text and its hash."""

    query: str | None
    document_id: str | None
    sha256: str | None
    operation_name: str | None
    variables: dict[str, Any] | None
    extensions: dict[str, Any] | None
    by_get: bool = False


def refuse_other_methods(method: str) -> None:
    if method not in ("GET", "POST"):
        message = f"{method} is not for GraphQL: use POST, or GET for a query."
        raise Refused(message, METHOD_NOT_ALLOWED, headers={"Allow": METHODS})


async def asked_by(request: Request) -> Asked:
    """What a POST or a GET asks for. Raises `Refused`."""
    if request.method == "POST":
        _refuse_other_than_json(request.headers.get("content-type"))
        body = decoded(await request.body(), "The body")
        if isinstance(body, list):
            raise Refused("The body is a list: send one operation a request, as a JSON object.")
        if not isinstance(body, dict):
            raise Refused("The body is no JSON object: send one with `query`, and `variables` where it has any.")
        return asked(body)
    found: dict[str, Any] = dict(request.query_params)
    for name in ("variables", "extensions"):
        if name in found:
            text = found[name]
            found[name] = decoded(text, f"`{name}` in the URL") if text else None
    return asked(found, by_get=True)


def asked(parameters: Mapping[str, Any], *, by_get: bool = False) -> Asked:
    """What these parameters ask for. Raises `Refused`."""
    query = _one_of_type(parameters, "query", str)
    document_id = _one_of_type(parameters, "documentId", str)
    extensions = _one_of_type(parameters, "extensions", dict)
    sha256 = _persisted_hash(extensions)
    if not query and not document_id and not sha256:
        raise Refused("There is no document: send one as `query`, or the id of a trusted one as `documentId`.")
    if document_id and (query or sha256):
        raise Refused("Send either `documentId` or `query`: a document is asked for by one of them.")
    return Asked(
        query or None,
        document_id or None,
        sha256,
        _one_of_type(parameters, "operationName", str) or None,
        _one_of_type(parameters, "variables", dict),
        extensions,
        by_get,
    )


def _one_of_type(parameters: Mapping[str, Any], name: str, kind: type) -> Any:
    value = parameters.get(name)
    if value is not None and not isinstance(value, kind):
        raise Refused(f"`{name}` must be {NAMES[kind]}, and is {_named(value)}.")
    return value


def _named(value: object) -> str:
    match value:
        case bool():
            return "a boolean"
        case str():
            return "a string"
        case list():
            return "a list"
        case dict():
            return "an object"
    return "a number"


def _persisted_hash(extensions: Mapping[str, Any] | None) -> str | None:
    """The hash of Apollo's and urql's persisted queries."""
    persisted = (extensions or {}).get("persistedQuery")
    if persisted is None:
        return None
    if not isinstance(persisted, dict):
        raise Refused(f"`extensions.persistedQuery` must be an object, and is {_named(persisted)}.")
    if persisted.get("version") != PERSISTED_VERSION:
        raise Refused(f"`extensions.persistedQuery.version` must be {PERSISTED_VERSION}.")
    sha256 = persisted.get("sha256Hash")
    if not isinstance(sha256, str) or not sha256:
        raise Refused("`extensions.persistedQuery.sha256Hash` must be a string: the document's SHA-256 in hex.")
    return sha256


def _refuse_other_than_json(content_type: str | None) -> None:
    if content_type == JSON:
        return
    if not content_type:
        raise _unsupported("There is no `Content-Type`")
    kind, *parameters = (part.strip().lower() for part in content_type.split(";"))
    if kind != JSON:
        raise _unsupported(f"The body's `Content-Type` is {kind[:MAX_ID_CHARACTERS]}")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "charset" and value.strip().strip('"') not in ("utf-8", "utf8"):
            raise _unsupported(f"The body's charset is {value.strip()[:MAX_ID_CHARACTERS]}")


def _unsupported(what: str) -> Refused:
    # A page of another origin cannot send this one without asking first, so no form or image posts for a visitor.
    return Refused(f"{what}: send {JSON}, in UTF-8.", UNSUPPORTED_MEDIA_TYPE, headers={"Accept": JSON})
