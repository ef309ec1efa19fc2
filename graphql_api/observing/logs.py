"""The log: standard error, JSON lines, or words on a terminal. All that this process logs goes there, libraries too.

What is logged may be read by many, and is kept long. So an exception is told by its kind and where it was raised, and
by its message only where that cannot quote a value; a database's error by its state and the names of what it is about.
"""

from __future__ import annotations

import builtins
import logging
import re
import sys
import traceback
from collections.abc import Iterator
from typing import Any, TextIO

import orjson
import structlog
from structlog.types import EventDict, Processor, WrappedLogger

from bakery.store import outages
from graphql_api.observing import notes

FRAMES_MAX = 30
CHAIN_MAX = 10

NAMING = (AttributeError, ImportError, MemoryError, ModuleNotFoundError, NameError, RecursionError, UnboundLocalError)
"""Exceptions whose message has names of code in it, and never a value."""

_QUOTED = re.compile(r"(['\"`])(.*?)\1", re.DOTALL)
_TYPES = frozenset({name for name in dir(builtins) if name[0].islower()}) | {"NoneType", "Decimal", "coroutine"}

_POOL = "sqlalchemy.pool"
_OF_A_CONNECTION = re.compile(r"\"WebSocket|^connection (open|closed|rejected)")
"""What uvicorn says of each websocket, with the query string of its URL: we have a line of our own for it."""


def configure(stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Have everything from this level on go to the stream, standard error if none is given."""
    stream = stream or sys.stderr
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter(for_people=stream.isatty()))
    handler.addFilter(_is_ours_to_tell)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # uvicorn may have set up its own by then. Requests are told by the observer, once and without their addresses.
    for name, is_told in (("uvicorn", True), ("uvicorn.error", True), ("uvicorn.access", False)):
        theirs = logging.getLogger(name)
        theirs.handlers.clear()
        theirs.propagate = is_told
    # Of libraries, only what is out of order; but uvicorn tells when it begins and ends.
    for name in ("asyncio", "sqlalchemy", "psycopg", "aiosqlite", "opentelemetry", "websockets", "httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)


def formatter(*, for_people: bool) -> logging.Formatter:
    common: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
        _add_request,
        _tell_exception,
    ]
    shown: Processor = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if for_people
        else structlog.processors.JSONRenderer(_as_json)
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=common, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, shown]
    )


def _as_json(event: EventDict, **_options: Any) -> str:
    return orjson.dumps(event, default=str).decode()


def _is_ours_to_tell(record: logging.LogRecord) -> bool:
    return not (record.name.startswith("uvicorn") and _OF_A_CONNECTION.search(str(record.msg)))


# ── what is added to each entry ───────────────────────────────────────────────────────────────────────────────────────
def _add_request(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Which request it belongs to; uvicorn's own colours and further lines are left out."""
    event.pop("color_message", None)
    # What follows on further lines is no message of ours; asyncio puts a task with the text of its exception there.
    event["event"] = str(event["event"]).strip().partition("\n")[0]
    note = notes.current()
    if note is not None:
        event.setdefault("request_id", note.request_id)
    return event


def _tell_exception(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    name = event["logger"] = event["_record"].name
    raised = event.pop("exc_info", None)
    event.pop("stack_info", None)
    if not raised or raised[1] is None:
        return event
    error: BaseException = raised[1]
    if name.startswith(_POOL) or outages.is_outage(error):
        # The pool drops a connection that it finds dead: that is its work, and no accident of ours.
        event["level"] = "warning"
        event["reason"] = outages.reason(error) if outages.is_outage(error) else told(error)
        return event
    event["exception"] = "\n".join(_lines(error))
    return event


# ── exceptions ────────────────────────────────────────────────────────────────────────────────────────────────────────
def told(error: BaseException) -> str:
    """An exception in one line, without any value that its message may quote."""
    name = type(error).__name__
    message = _message(error)
    return f"{name}: {message}" if message else name


def _message(error: BaseException) -> str:
    found = outages.circumstances(error)
    if found is not None:
        return found
    if type(error) in NAMING:
        return notes.bounded(str(error))
    if type(error) is TypeError:
        return notes.bounded(_QUOTED.sub(lambda quoted: quoted[0] if quoted[2] in _TYPES else "...", str(error)))
    return ""


def _lines(error: BaseException) -> Iterator[str]:
    """The exception and its causes, the first one first, each with the frames that it came through."""
    chain: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and len(chain) < CHAIN_MAX and cause not in chain:
        chain.append(cause)
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    for each in reversed(chain):
        for frame in traceback.extract_tb(each.__traceback__, limit=-FRAMES_MAX):
            yield f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}'
            if frame.line:
                yield f"    {frame.line}"
        yield told(each)
