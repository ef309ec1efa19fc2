"""Copies of a SQLite database, taken while people work, and put back.

A copy is one file in one piece, whole or not there: it is written beside its place under another name, looked through,
brought to the disk, and only then renamed. PostgreSQL brings tools of its own (docs/operations.md).

A database that is there already is overwritten through SQLite itself, in one transaction, and not by another file of
its name: whoever opened the old file a moment before would go on writing into it, and all that would be lost.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from enum import Enum
from pathlib import Path

from bakery.store.engine import driver_url
from bakery.store.standing import head, known_revisions

SIDE_FILES = ("-wal", "-shm", "-journal")


class BackupRefused(Exception):
    """Why a copy was not taken or not put back. Nothing was changed."""


class Age(Enum):
    """How the schema of what was put back compares with that of this version."""

    CURRENT = "CURRENT"
    OLDER = "OLDER"


def backup(url: str, target: Path, *, force: bool = False) -> None:
    """Copy the database at `url` to the file `target`. Raises `BackupRefused`."""
    source = _sqlite_file(url, "pg_dump")
    if not source.is_file():
        raise BackupRefused(f"there is no database {source}")
    if target.exists() and (not force or target.samefile(source)):
        itself = target.samefile(source)
        raise BackupRefused(f"{target} is the database itself" if itself else f"{target} is there; --force replaces it")
    with _told(), _new_file(target) as new:
        _copy(source, new, "rw")
        _version(new)
        new.replace(target)
        _to_disk(target.parent)


def restore(url: str, backup_file: Path, *, force: bool = False) -> Age:
    """Put the copy in `backup_file` in the place of the database at `url`. Raises `BackupRefused`."""
    target = _sqlite_file(url, "pg_restore")
    if not backup_file.is_file():
        raise BackupRefused(f"there is no file {backup_file}")
    if target.exists() and target.samefile(backup_file):
        raise BackupRefused(f"{target} is the database itself")
    if target.exists() and not force:
        raise BackupRefused(f"there is a database {target}; --force replaces it, and all in it is lost")
    if not target.exists() and (left := [file for file in _side_files(target) if file.exists()]):
        raise BackupRefused(f"{left[0]} belongs to a database that is gone; move it away first")
    with _told():
        target.parent.mkdir(parents=True, exist_ok=True)
        with _new_file(target) as new:
            _copy(backup_file, new, "ro")
            age = _age(_version(new))
            if target.exists():
                _overwrite(target, new)
            else:
                new.replace(target)
            _to_disk(target.parent)
    return age


# ── files ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
def _sqlite_file(url: str, tool: str) -> Path:
    parsed = driver_url(url, asynchronous=False)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        raise BackupRefused(f"this is for SQLite; for PostgreSQL use {tool} (docs/operations.md)")
    return Path(parsed.database)


def _side_files(file: Path) -> list[Path]:
    return [file.with_name(file.name + ending) for ending in SIDE_FILES]


@contextmanager
def _new_file(target: Path) -> Iterator[Path]:
    """A file beside `target`, for its owner only, and gone at the end unless it was renamed."""
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    os.close(handle)
    new = Path(name)
    try:
        yield new
    finally:
        for file in (new, *_side_files(new)):
            file.unlink(missing_ok=True)


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _told() -> Iterator[None]:
    """What the machine or SQLite refuses, in one line."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise BackupRefused(str(error)) from error


# ── SQLite ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def _copy(source: Path, new: Path, mode: str) -> None:
    """Copy a database as it is at one moment, and look the copy through.

    In one step: nobody who writes meanwhile has to wait, or makes it begin anew. A database that was not closed in
    order has to be opened for writing, so that SQLite can see to what its last server left behind.
    """
    with closing(_opened(source, mode)) as reader, closing(sqlite3.connect(new)) as writer:
        try:
            reader.backup(writer)
        except sqlite3.DatabaseError as error:
            raise BackupRefused(f"{source} cannot be read: {error}") from error
        # A file by itself, which needs no others beside it; a server sets its own mode.
        writer.execute("PRAGMA journal_mode=DELETE")
        faults = [row[0] for row in writer.execute("PRAGMA integrity_check") if row[0] != "ok"]
        strays = writer.execute("PRAGMA foreign_key_check").fetchall()
    if faults or strays:
        what = faults[0].splitlines()[0] if faults else f"{len(strays)} rows refer to none"
        raise BackupRefused(f"{source} is damaged: {what}")
    _to_disk(new)


def _opened(file: Path, mode: str = "ro") -> sqlite3.Connection:
    """A connection that makes no file where there is none."""
    return sqlite3.connect(f"{file.resolve().as_uri()}?mode={mode}", uri=True)


def _version(file: Path) -> str:
    """The revision of our own tables in it."""
    with closing(_opened(file)) as reader:
        try:
            found = reader.execute("SELECT version_num FROM alembic_version").fetchall()
            reader.execute("SELECT 1 FROM bakeries").fetchone()
        except sqlite3.OperationalError:
            found = []
    if len(found) != 1:
        raise BackupRefused("this is no database of BakeTrace")
    return str(found[0][0])


def _age(version: str) -> Age:
    if version not in known_revisions():
        raise BackupRefused(f"it is at the schema {version} of a newer version; install that version")
    return Age.CURRENT if version == head() else Age.OLDER


def _overwrite(target: Path, new: Path) -> None:
    """Replace all that is in `target`, in one transaction, unless somebody uses it."""
    with closing(sqlite3.connect(target, timeout=0, isolation_level=None)) as writer:
        try:
            writer.execute("PRAGMA locking_mode=EXCLUSIVE")
            # To leave the write-ahead log behind, one has to be alone with the file, and so stays.
            writer.execute("PRAGMA journal_mode=DELETE")
            writer.execute("BEGIN EXCLUSIVE")
            writer.execute("COMMIT")
        except sqlite3.OperationalError as error:
            raise BackupRefused(f"{target} is in use; stop the server first ({error})") from error
        except sqlite3.DatabaseError as error:
            raise BackupRefused(f"{target} is no database ({error}); move it away first") from error
        with closing(_opened(new)) as reader:
            reader.backup(writer)
