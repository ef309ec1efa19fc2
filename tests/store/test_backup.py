"""Copies of a SQLite database: what is taken, what is put back, and what is refused."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bakery.store.backup import Age, BackupRefused, backup, restore
from bakery.store.migration import migrate
from bakery.store.standing import is_current, known_revisions
from tests.api.databases import Templates


@pytest.fixture
def url(templates: Templates, tmp_path: Path) -> Iterator[str]:
    """A migrated database with one bakery in it."""
    with templates.copy("sqlite", tmp_path) as made:
        write(tmp_path / "bakery.db", "First")
        yield made


def write(file: Path, name: str) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        [(last,)] = connection.execute("SELECT coalesce(max(id), 0) FROM bakeries").fetchall()
        row = (last + 1, name, "GROWTH", "UTC", "EUR", "2026-03-02 08:00:00")
        connection.execute("INSERT INTO bakeries VALUES (?, ?, ?, ?, ?, ?)", row)


def names(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM bakeries ORDER BY id")]


def files(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


@pytest.fixture
def copy(url: str, tmp_path: Path) -> Path:
    backup(url, tmp_path / "copy.db")
    return tmp_path / "copy.db"


@pytest.fixture
def in_use(tmp_path: Path, url: str) -> Iterator[sqlite3.Connection]:
    """Somebody has the database open and does nothing with it."""
    with closing(sqlite3.connect(tmp_path / "bakery.db")) as connection:
        connection.execute("SELECT 1 FROM bakeries").fetchall()
        yield connection


def test_a_copy_is_one_file_for_its_owner_only(copy: Path, tmp_path: Path) -> None:
    assert names(copy) == ["First"]
    assert copy.stat().st_mode & 0o777 == 0o600
    assert files(tmp_path) == {"bakery.db", "copy.db"}


def test_a_copy_has_what_was_committed_and_waits_for_nobody(
    url: str, tmp_path: Path, in_use: sqlite3.Connection
) -> None:
    """A change that is under way is not in it; what is in the write-ahead log alone is."""
    write(tmp_path / "bakery.db", "Second")
    in_use.execute("BEGIN IMMEDIATE")
    in_use.execute("UPDATE bakeries SET name = 'Half done'")
    backup(url, tmp_path / "copy.db")
    assert names(tmp_path / "copy.db") == ["First", "Second"]


def test_a_copy_does_not_replace_a_file_unless_it_is_told_to(url: str, copy: Path, tmp_path: Path) -> None:
    write(tmp_path / "bakery.db", "Second")
    with pytest.raises(BackupRefused, match="--force"):
        backup(url, copy)
    assert names(copy) == ["First"]
    backup(url, copy, force=True)
    assert names(copy) == ["First", "Second"]
    with pytest.raises(BackupRefused, match="itself"):
        backup(url, tmp_path / "bakery.db", force=True)


@pytest.mark.parametrize("content", ["", "Flour, water, salt; patience.\n" * 999])
def test_what_is_no_database_of_ours_is_not_copied(tmp_path: Path, content: str) -> None:
    (tmp_path / "notes.txt").write_text(content)
    with pytest.raises(BackupRefused):
        backup(f"sqlite:///{tmp_path / 'notes.txt'}", tmp_path / "copy.db")
    with pytest.raises(BackupRefused, match="no database"):
        backup(f"sqlite:///{tmp_path / 'missing.db'}", tmp_path / "copy.db")
    with pytest.raises(BackupRefused, match="pg_dump"):
        backup("postgresql://baker@localhost/bakery", tmp_path / "copy.db")
    assert files(tmp_path) == {"notes.txt"}


def test_a_folder_that_is_missing_is_told(url: str, tmp_path: Path) -> None:
    with pytest.raises(BackupRefused, match="No such file"):
        backup(url, tmp_path / "missing" / "copy.db")


def test_a_copy_is_put_where_there_is_none(copy: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new' / 'bakery.db'}"
    assert restore(url, copy) is Age.CURRENT
    assert is_current(url)
    assert names(tmp_path / "new" / "bakery.db") == ["First"]
    assert files(tmp_path / "new") == {"bakery.db"}


def test_a_copy_replaces_a_database_only_if_it_is_told_to(url: str, copy: Path, tmp_path: Path) -> None:
    write(tmp_path / "bakery.db", "Second")
    with pytest.raises(BackupRefused, match="--force"):
        restore(url, copy)
    assert names(tmp_path / "bakery.db") == ["First", "Second"]
    assert restore(url, copy, force=True) is Age.CURRENT
    assert names(tmp_path / "bakery.db") == ["First"]
    assert files(tmp_path) == {"bakery.db", "copy.db"}


def test_a_database_in_use_is_not_replaced(url: str, copy: Path, tmp_path: Path, in_use: sqlite3.Connection) -> None:
    """Also by somebody who is idle: what is open now would be written to later."""
    write(tmp_path / "bakery.db", "Second")
    with pytest.raises(BackupRefused, match="in use"):
        restore(url, copy, force=True)
    assert names(tmp_path / "bakery.db") == ["First", "Second"]


def test_a_copy_of_an_older_version_is_put_back_and_migrated(tmp_path: Path) -> None:
    url, older = f"sqlite:///{tmp_path / 'bakery.db'}", f"sqlite:///{tmp_path / 'older.db'}"
    migrate(older, min(known_revisions()))
    write(tmp_path / "older.db", "First")
    backup(older, tmp_path / "copy.db")
    assert restore(url, tmp_path / "copy.db") is Age.OLDER
    assert not is_current(url)
    migrate(url)
    assert names(tmp_path / "bakery.db") == ["First"]


def test_a_copy_of_a_newer_version_is_refused(copy: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(copy)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(BackupRefused, match="newer version"):
        restore(f"sqlite:///{tmp_path / 'new.db'}", copy)
    assert not (tmp_path / "new.db").exists()


def test_a_damaged_copy_is_refused(url: str, copy: Path, tmp_path: Path) -> None:
    """A hole in its middle, and an end that is missing."""
    whole = copy.read_bytes()
    middle = len(whole) // 2
    for damaged in (whole[:middle] + bytes(8192) + whole[middle + 8192 :], whole[: middle + 100]):
        copy.write_bytes(damaged)
        with pytest.raises(BackupRefused):
            restore(url, copy, force=True)
    assert names(tmp_path / "bakery.db") == ["First"]


def test_what_is_no_copy_is_refused(url: str, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("Flour, water, salt; patience.\n" * 999)
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE bakeries (id)")
    for file in ("notes.txt", "other.db", "missing.db"):
        with pytest.raises(BackupRefused):
            restore(url, tmp_path / file, force=True)
    assert names(tmp_path / "bakery.db") == ["First"]
    with pytest.raises(BackupRefused, match="itself"):
        restore(url, tmp_path / "bakery.db", force=True)


def test_a_file_that_is_no_database_is_not_overwritten(copy: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("Flour, water, salt; patience.\n" * 999)
    with pytest.raises(BackupRefused, match="no database"):
        restore(f"sqlite:///{tmp_path / 'notes.txt'}", copy, force=True)
    assert (tmp_path / "notes.txt").read_text().startswith("Flour")


def test_the_log_of_a_database_that_is_gone_is_not_mixed_in(copy: Path, tmp_path: Path) -> None:
    """SQLite would play it back into whatever has the name."""
    (tmp_path / "new.db-wal").write_bytes(b"left behind")
    with pytest.raises(BackupRefused, match=r"new\.db-wal"):
        restore(f"sqlite:///{tmp_path / 'new.db'}", copy)


def test_postgresql_has_tools_of_its_own(copy: Path) -> None:
    with pytest.raises(BackupRefused, match="pg_restore"):
        restore("postgresql://baker@localhost/bakery", copy)
