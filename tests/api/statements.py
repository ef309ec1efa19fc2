"""The statements that the application sends, as the store itself tells them."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

STATEMENTS = logging.getLogger("bakery.store.statements")
TRANSACTION = ("BEGIN", "COMMIT", "ROLLBACK")


class _Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if not record.msg.startswith(TRANSACTION):
            self.texts.append(record.msg)


@contextmanager
def statements_sent() -> Iterator[list[str]]:
    """The statements that the block sends, but for what begins and ends transactions."""
    kept, level = _Kept(), STATEMENTS.level
    STATEMENTS.addHandler(kept)
    STATEMENTS.setLevel(logging.DEBUG)
    try:
        yield kept.texts
    finally:
        STATEMENTS.setLevel(level)
        STATEMENTS.removeHandler(kept)


def beside_sign_in(texts: list[str]) -> list[str]:
    return [text for text in texts if "access_tokens" not in text]


def first_words(texts: list[str]) -> Any:
    """Short enough to compare in a failure: each statement's kind and table."""
    return [" ".join(text.split())[:160] for text in texts]
