"""The commands that register what apps send: trusted documents."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from bakery.store import Database
from bakery.store.documents import IdTaken, NewDocument, TrustedDocument, TrustedDocuments, merged
from graphql_api.app import machine_clock
from graphql_api.cli.common import JsonOption, Refused, ask, refuse_files, schema
from graphql_api.documents.register import PREFIX

T = TypeVar("T")


def documents_add(
    path: Annotated[
        Path,
        typer.Argument(
            metavar="DIR",
            exists=True,
            help="A folder or a file: .graphql and .gql files, Apollo's manifest, Relay's persisted_queries.json.",
        ),
    ],
    as_json: JsonOption = False,
) -> None:
    """Register every document of a folder for all bakeries, all or nothing; docs/http.md tells how to use them.

    Each is validated against the schema, and every bad one told with its file and line.
    """
    from graphql_api.documents.manifests import DocumentsRefused, read_documents

    try:
        found = read_documents(path, schema().documents.get)
        documents = merged(document for documents in found.values() for document in documents)
        fresh = _on_database(lambda trusted: trusted.add(documents, machine_clock()))
    except DocumentsRefused as refused:
        refuse_files(refused, refused.problems, as_json=as_json)
    except IdTaken as error:
        raise Refused(error) from error
    if as_json:
        typer.echo(json.dumps({file: [_told(each) for each in documents] for file, documents in found.items()}))
        return
    for file, in_file in found.items():
        for document in in_file:
            typer.echo(f"{PREFIX}{document.sha256}  {file}: {document.operations}")
    typer.echo(f"{len(documents)} documents are trusted, {fresh} of them new.")


def documents_list(as_json: JsonOption = False) -> None:
    """List the trusted documents; as JSON with their texts."""
    documents, ids = _on_database(_everything)
    called = {each.sha256: sorted(id for id, sha256 in ids.items() if sha256 == each.sha256) for each in documents}
    if as_json:
        told = [
            asdict(each) | {"recorded_at": each.recorded_at.isoformat(), "ids": called[each.sha256]}
            for each in documents
        ]
        typer.echo(json.dumps(told))
        return
    for each in documents:
        typer.echo("  ".join([f"{PREFIX}{each.sha256}", each.operations, *called[each.sha256]]))
    typer.echo(f"{len(documents)} documents.")


def documents_remove(
    ids: Annotated[list[str], typer.Argument(metavar="ID", help="A document's hash, or what a manifest calls it.")],
) -> None:
    """Remove trusted documents, all or none. A server that has used one takes it until it is started again."""

    async def take_out(trusted: TrustedDocuments) -> list[str]:
        documents, called = await _everything(trusted)
        hashes = called | {each.sha256: each.sha256 for each in documents}
        wanted = {id: hashes.get(id.removeprefix(PREFIX)) for id in ids}
        unknown = [id for id, sha256 in wanted.items() if sha256 is None]
        if not unknown:
            await trusted.remove({sha256 for sha256 in wanted.values() if sha256 is not None})
        return unknown

    if unknown := _on_database(take_out):
        raise Refused(f"there is no document {', '.join(unknown)}; none was removed")
    typer.echo(f"Removed {len(ids)}; start the server again for it to forget them.")


def _on_database(act: Callable[[TrustedDocuments], Awaitable[T]]) -> T:
    """Run one act, in one transaction, as the owner of the tables: who serves may only read them."""

    async def run(database: Database) -> T:
        async with database.writing() as session:
            return await act(TrustedDocuments(session))

    return ask(run, across_bakeries=True)


async def _everything(trusted: TrustedDocuments) -> tuple[list[TrustedDocument], dict[str, str]]:
    return await trusted.all(), await trusted.ids()


def _told(document: NewDocument) -> dict[str, object]:
    return {
        "documentId": f"{PREFIX}{document.sha256}",
        "operations": document.operations,
        "ids": sorted(document.ids),
    }
