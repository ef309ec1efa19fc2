"""From what a request asks for to the text of its document: sent, trusted, or registered by a client before.

A trusted document is read from the database once a process, and kept. What clients register by themselves (automatic
persisted queries) is kept in memory alone: a client whose document is unknown here sends it again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection

from bakery.store import Database
from bakery.store.documents import TrustedDocuments
from graphql_api.config import EVERYBODY
from graphql_api.context import Context
from graphql_api.execution.documents import MAX_CHARACTERS, MAX_DOCUMENTS, MAX_LENGTH
from graphql_api.http.refusals import Refused
from graphql_api.http.requests import MAX_ID_CHARACTERS, Asked
from graphql_api.kept import Kept

PREFIX = "sha256:"
FORBIDDEN = 403
NOT_FOUND_CODE = "PERSISTED_QUERY_NOT_FOUND"
NOT_FOUND_MESSAGE = "PersistedQueryNotFound"
"""Apollo's and urql's clients look for this very word, and send the document then."""

TRUSTED_MAX_CHARACTERS = 10 * MAX_CHARACTERS


class UnknownDocument(Refused):
    """A document that is asked for by an id or a hash which nobody knows."""

    def __init__(self, message: str = NOT_FOUND_MESSAGE) -> None:
        super().__init__(message, code=NOT_FOUND_CODE)

    @property
    def status_as_json(self) -> int:
        return 200


class Register:
    """What this process knows of documents. `trusted_only` are the roles that may ask for nothing but trusted ones."""

    def __init__(self, database: Database, trusted_only: Collection[str] = ()) -> None:
        self._database = database
        self._trusted_only = frozenset(trusted_only)
        self._trusted = Kept[str](10 * MAX_DOCUMENTS, TRUSTED_MAX_CHARACTERS)
        self._sent_by_clients = Kept[str](MAX_DOCUMENTS, MAX_CHARACTERS)

    async def text_of(self, asked: Asked, context: Context) -> str:
        """The text of the document that is asked for. Raises `Refused`."""
        if asked.document_id is not None:
            found = await self._find(asked.document_id.removeprefix(PREFIX), context)
            if found is None:
                raise UnknownDocument("No trusted document has this id: register it by `baketrace documents add`.")
            return found
        if asked.sha256 is None:
            assert asked.query is not None
            if self._is_strict(asked, context):
                await self._refuse_untrusted(hash_of(asked.query), context)
            return asked.query
        return await self._persisted(asked, asked.sha256.lower(), context)

    async def _persisted(self, asked: Asked, sha256: str, context: Context) -> str:
        """By its hash, as Apollo's and urql's clients do: by it alone, and with the text where that is unknown."""
        is_strict = self._is_strict(asked, context)
        if asked.query is None:
            found = await self._find(sha256, context)
            if found is None and not is_strict:
                found = self._sent_by_clients.get(sha256)
            if found is None:
                raise UnknownDocument
            return found
        if hash_of(asked.query) != sha256:
            raise Refused("`extensions.persistedQuery.sha256Hash` is not the SHA-256 of `query`.")
        if is_strict:
            await self._refuse_untrusted(sha256, context)
        elif len(asked.query) <= MAX_LENGTH:
            self._sent_by_clients.keep(sha256, asked.query, len(asked.query))
        return asked.query

    def _is_strict(self, asked: Asked, context: Context) -> bool:
        if not self._trusted_only:
            return False
        caller = context.signed_in
        # What a link can make a browser ask for is trusted or nothing, whoever follows it.
        return (
            asked.by_get
            or EVERYBODY in self._trusted_only
            or (caller is not None and caller.role.value.lower() in self._trusted_only)
        )

    async def _refuse_untrusted(self, sha256: str, context: Context) -> None:
        if await self._find(sha256, context) is None:
            raise Refused(
                "Only trusted documents are taken here: register this one by `baketrace documents add`, "
                "and ask for it by its id.",
                FORBIDDEN,
                "TRUSTED_DOCUMENTS_ONLY",
            )

    async def _find(self, id: str, context: Context) -> str | None:
        text = self._trusted.get(id)
        if text is None and len(id) <= MAX_ID_CHARACTERS and "\0" not in id:
            text = await self._read(id, context)
            if text is not None:
                self._trusted.keep(id, text, len(text))
        return text

    async def _read(self, id: str, context: Context) -> str | None:
        if context.signed_in is not None:
            return await (await context.reading()).documents.text_of(id)
        # Whoever waits for a connection holds none: else all could come to wait for each other.
        await context.close()
        async with self._database.reading() as session:
            return await TrustedDocuments(session).text_of(id)


def hash_of(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
