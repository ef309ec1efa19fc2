"""What the tools of apps write of their documents, read and validated.

A folder is looked through for `.graphql` and `.gql` files, each one document as it stands, and for `.json` files: the
manifests of Apollo's `generate-persisted-query-manifest` and the `persisted_queries.json` of Relay's compiler.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphql import GraphQLError, OperationDefinitionNode

from bakery.store.documents import NewDocument
from bakery.store.tables import NAME_LENGTH
from graphql_api.documents.register import hash_of
from graphql_api.execution.documents import Document

APOLLO_FORMAT = "apollo-persisted-query-manifest"
APOLLO_VERSION = 1
SUFFIXES = (".graphql", ".gql", ".json")
SKIPPED = {"node_modules"}

_SHA256 = re.compile("[0-9a-f]{64}")
_ID = re.compile(f"[!-~]{{1,{NAME_LENGTH}}}")


@dataclass(frozen=True)
class Problem:
    """What is wrong, and where: the line of a file, and of a manifest the entry."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class DocumentsRefused(Exception):
    """Nothing was added; `problems` has every reason."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = list(problems)
        super().__init__(f"{len(self.problems)} problems; nothing was added")


@dataclass(frozen=True)
class Found:
    """A document in a file. In a manifest it is called by `id`, and `line` is that of its entry."""

    file: str
    text: str
    id: str | None = None
    line: int | None = None

    def problem(self, message: str, line: int = 1) -> Problem:
        if self.line is None:
            return Problem(self.file, line, message)
        return Problem(self.file, self.line, f"{self.id}: line {line} of the document: {message}")


def read_documents(path: Path, prepare: Callable[[str], Document]) -> dict[str, list[NewDocument]]:
    """The documents below a folder, or of one file, by the file that they are in. `prepare` validates one.

    Raises `DocumentsRefused`.
    """
    problems: list[Problem] = []
    found: dict[str, list[NewDocument]] = {}
    for file in _files(path):
        name = str(file.relative_to(path)) if path.is_dir() else file.name
        try:
            entries = list(_entries(name, file))
        except DocumentsRefused as refused:
            problems += refused.problems
            continue
        for entry in entries:
            document = prepare(entry.text)
            wrong = list(_problems(entry, document))
            problems += wrong
            if not wrong:
                found.setdefault(name, []).append(_new(entry, document))
    if not found and not problems:
        problems.append(Problem(path.name, 1, f"there is no document in it; looked for {', '.join(SUFFIXES)} files"))
    if problems:
        raise DocumentsRefused(problems)
    return found


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    for file in sorted(path.rglob("*")):
        if file.suffix in SUFFIXES and file.is_file() and not SKIPPED & set(file.relative_to(path).parts):
            yield file


def _entries(name: str, file: Path) -> Iterator[Found]:
    try:
        text = file.read_bytes().decode()
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise DocumentsRefused([Problem(name, line, "this is not UTF-8")]) from error
    if file.suffix != ".json":
        yield Found(name, text)
        return
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise DocumentsRefused([Problem(name, error.lineno, f"this is not JSON: {error.msg}")]) from error
    for id, body in _manifest(name, content):
        yield Found(name, body, id, _line_of(text, id))


def _manifest(name: str, content: Any) -> Iterator[tuple[str, str]]:
    """The documents of a manifest by their ids."""
    if isinstance(content, dict) and content.get("format") == APOLLO_FORMAT:
        if content.get("version") != APOLLO_VERSION:
            raise DocumentsRefused([Problem(name, 1, f"version {APOLLO_VERSION} of {APOLLO_FORMAT} is read here")])
        operations = content.get("operations")
        if not isinstance(operations, list):
            raise DocumentsRefused([Problem(name, 1, "`operations` must be a list")])
        for number, operation in enumerate(operations):
            id, body = (operation.get("id"), operation.get("body")) if isinstance(operation, dict) else (None, None)
            if not isinstance(id, str) or not isinstance(body, str):
                raise DocumentsRefused([Problem(name, 1, f"`operations[{number}]` must have `id` and `body`, as text")])
            yield id, body
    elif isinstance(content, dict) and content and all(isinstance(body, str) for body in content.values()):
        yield from content.items()
    else:
        raise DocumentsRefused(
            [Problem(name, 1, "this is neither Apollo's manifest nor Relay's, which has a document's text by each id")]
        )


def _line_of(text: str, id: str) -> int:
    """The line on which an id stands."""
    place = text.find(json.dumps(id, ensure_ascii=False))
    if place < 0:
        place = text.find(json.dumps(id))
    return text.count("\n", 0, max(place, 0)) + 1


def _problems(entry: Found, document: Document) -> Iterator[Problem]:
    errors = [document.syntax_error] if document.syntax_error is not None else document.errors
    for error in errors:
        yield entry.problem(error.message, _line(error))
    if not errors and not _operations(document):
        yield entry.problem("there is no operation in it")
    if entry.id is None:
        return
    if not _ID.fullmatch(entry.id):
        yield entry.problem(f"an id has 1 to {NAME_LENGTH} printable ASCII characters, and no blanks")
    if _SHA256.fullmatch(entry.id) and entry.id != hash_of(entry.text):
        yield entry.problem(f"its id looks like its SHA-256, which is {hash_of(entry.text)}")


def _line(error: GraphQLError) -> int:
    return error.locations[0].line if error.locations else 1


def _operations(document: Document) -> list[str]:
    definitions = document.parsed.definitions if document.parsed is not None else ()
    return [
        node.name.value if node.name else "(without a name)"
        for node in definitions
        if isinstance(node, OperationDefinitionNode)
    ]


def _new(entry: Found, document: Document) -> NewDocument:
    sha256 = hash_of(entry.text)
    ids = frozenset() if entry.id in (None, sha256) else frozenset([str(entry.id)])
    return NewDocument(sha256, entry.text, ", ".join(_operations(document)), ids)
