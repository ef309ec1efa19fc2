"""Trusted documents: the texts that apps registered, by their hash and by what their manifests call them."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import bindparam, delete, or_, select

from bakery.proof import Breach
from bakery.store.session import Session
from bakery.store.statement import records, tuples
from bakery.store.tables import NAME_LENGTH, trusted_document_ids, trusted_documents


@dataclass(frozen=True, slots=True)
class TrustedDocument:
    """`operations` are the names of its operations, parted by commas."""

    sha256: str
    text: str
    operations: str
    recorded_at: datetime


@dataclass(frozen=True)
class NewDocument:
    """`ids` are what it is called by beside its hash."""

    sha256: str
    text: str
    operations: str
    ids: frozenset[str] = frozenset()


class IdTaken(Exception):
    """An id that stands for another document already."""

    def __init__(self, document_id: str, sha256: str) -> None:
        self.document_id = document_id
        super().__init__(f"the id {document_id} stands for another document already, {sha256}; remove that one first")


def merged(documents: Iterable[NewDocument]) -> list[NewDocument]:
    """Each document once, with all that it is called by."""
    found: dict[str, NewDocument] = {}
    for each in documents:
        known = found.setdefault(each.sha256, each)
        found[each.sha256] = replace(each, ids=known.ids | each.ids)
    return list(found.values())


_DOCUMENTS, _IDS = trusted_documents.c, trusted_document_ids.c
_ID = bindparam("id", type_=_IDS.document_id.type)
_TEXT = tuples(
    select(_DOCUMENTS.text).where(
        or_(
            _DOCUMENTS.sha256 == _ID,
            _DOCUMENTS.sha256 == select(_IDS.sha256).where(_IDS.document_id == _ID).scalar_subquery(),
        )
    )
)
_ALL = records(
    select(_DOCUMENTS.sha256, _DOCUMENTS.text, _DOCUMENTS.operations, _DOCUMENTS.recorded_at).order_by(
        _DOCUMENTS.operations, _DOCUMENTS.sha256
    ),
    TrustedDocument,
)
_ALL_IDS = tuples(select(_IDS.document_id, _IDS.sha256).order_by(_IDS.document_id))


@dataclass(frozen=True)
class TrustedDocuments:
    """The same for every bakery; who serves may only read them."""

    session: Session

    async def text_of(self, document_id: str) -> str | None:
        """The text of the document that has this hash or is called by this id."""
        rows = await self.session.read(_TEXT, id=document_id)
        return rows[0][0] if rows else None

    async def all(self) -> list[TrustedDocument]:
        return await self.session.read(_ALL)

    async def ids(self) -> dict[str, str]:
        """The hash of the document that each id stands for."""
        return {str(row[0]): str(row[1]) for row in await self.session.read(_ALL_IDS)}

    async def add(self, documents: Sequence[NewDocument], now: datetime) -> int:
        """Add those that are not there; returns how many that were. Raises `IdTaken`."""
        standing = {document.sha256 for document in await self.all()}
        ids = await self.ids()
        fresh = {document.sha256: document for document in documents if document.sha256 not in standing}
        called = {}
        for document in documents:
            for document_id in sorted(document.ids):
                taken = ids.setdefault(document_id, document.sha256)
                if taken != document.sha256:
                    raise IdTaken(document_id, taken)
                called[document_id] = document.sha256
        await self.session.insert(
            trusted_documents,
            [
                {
                    "sha256": document.sha256,
                    "text": document.text,
                    "operations": document.operations[:NAME_LENGTH],
                    "recorded_at": now,
                }
                for document in fresh.values()
            ],
        )
        known = await self.ids()
        await self.session.insert(
            trusted_document_ids,
            [{"document_id": each, "sha256": sha256} for each, sha256 in called.items() if each not in known],
        )
        return len(fresh)

    async def remove(self, sha256s: Collection[str]) -> None:
        """Take these out, with what they are called by."""
        for sha256 in sha256s:
            await self.session.execute(delete(trusted_document_ids).where(_IDS.sha256 == sha256))
            await self.session.execute(delete(trusted_documents).where(_DOCUMENTS.sha256 == sha256))


async def altered(session: Session) -> list[Breach]:
    """Documents that are not what was registered: whoever asks for one by its hash would get another."""
    return [
        Breach("hash", f"trusted_documents {each.sha256}", "Its text has another SHA-256.")
        for each in await TrustedDocuments(session).all()
        if hashlib.sha256(each.text.encode()).hexdigest() != each.sha256
    ]
