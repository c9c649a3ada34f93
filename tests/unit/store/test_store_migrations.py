"""The files: how they are made, migrated, backed up and refused."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import sqlite3
import stat
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from conduit_desktop.errors import ConfigurationError
from conduit_desktop.paths import Home
from conduit_desktop.store import Store, models
from conduit_desktop.store.migrations import ACTIVITY, CONFIGURATION, Migration
from conduit_desktop.store.opening import APPLICATION, _migrate, backup_path, prepare
from tests.unit.store.samples import CAPTURE, DAY, EXCHANGE, KEY, MODEL, NOTICE, PRICE, PROVIDER

SHIPPED = Path(__file__).parents[2] / "data" / "databases"
SERIES = {"conduit": CONFIGURATION, "activity": ACTIVITY}

# What was shipped stays as it is: a changed digest means a changed migration, and that needs a number of its own.
FROZEN = {
    ("conduit", 1): "b98451514671af89",
    ("activity", 1): "8881cc91ba8d43d4",
    ("conduit", 2): "f5724caa57651b8b",
    ("activity", 2): "ec58d4eacf3d311b",
    ("conduit", 3): "764461ee379c54fb",
    ("activity", 3): "25161d4d9afac68e",
}


def schema(path: Path) -> set[tuple[str, str, str]]:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return set(connection.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_master"))


def pragma(path: Path, name: str) -> object:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return connection.execute(f"PRAGMA {name}").fetchone()[0]


def execute(path: Path, *statements: str) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def refused(home: Home) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        Store.open(home)
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize("name", SERIES)
def test_shipped_migrations_are_frozen(name: str) -> None:
    for migration in SERIES[name]:
        digest = hashlib.sha256("\0".join(migration.statements).encode()).hexdigest()[:16]
        assert FROZEN[name, migration.number] == digest


@pytest.mark.parametrize("name", SERIES)
def test_numbers_are_consecutive(name: str) -> None:
    assert [migration.number for migration in SERIES[name]] == list(range(1, len(SERIES[name]) + 1))


def test_fresh_files(home: Home) -> None:
    Store.open(home).close()
    for path, series in ((home.configuration, CONFIGURATION), (home.activity, ACTIVITY)):
        assert pragma(path, "user_version") == series[-1].number
        assert pragma(path, "application_id") == APPLICATION
        assert pragma(path, "journal_mode") == "wal"
    assert not list(home.folder.glob("*.backup*"))


@pytest.mark.skipif(os.name != "posix", reason="POSIX file modes")
def test_only_the_owner_can_read(store: Store, home: Home) -> None:
    store.settings.put("port", 9000)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in home.folder.iterdir()}
    assert "conduit.db-wal" in modes
    assert set(modes.values()) == {0o600}


def test_tables_of_models_are_those_of_the_schema(home: Home) -> None:
    Store.open(home).close()
    found: dict[str, set[str]] = {}
    for path in (home.configuration, home.activity):
        with contextlib.closing(sqlite3.connect(path)) as connection:
            for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                found[table] = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
    tables = [value for value in vars(models).values() if isinstance(value, models.Rows)]
    assert tables
    for rows in tables:
        assert found[rows.name] == set(rows.columns)


@pytest.mark.parametrize("number", range(1, max(len(CONFIGURATION), len(ACTIVITY)) + 1))
def test_every_shipped_schema_opens_with_its_data(home: Home, tmp_path: Path, number: int) -> None:
    home.make()
    before = {}
    for name, series in SERIES.items():
        version = min(number, len(series))
        shutil.copyfile(SHIPPED / f"{name}-schema{version}.db", home.folder / f"{name}.db")
        before[name] = version
    store = Store.open(home)
    try:
        configuration = store.configuration()
        assert configuration.providers == (PROVIDER,)
        assert configuration.models == (MODEL,)
        assert configuration.keys == (KEY,)
        assert configuration.settings["port"] == 9000
        assert configuration.prices == {("openai", "gpt-4o-mini"): PRICE, ("openai", "unheard-of"): None}
        kept = store.exchanges.get(EXCHANGE.id)
        assert kept is not None
        assert kept.attempts == EXCHANGE.attempts
        assert store.captures.get(EXCHANGE.id) == CAPTURE
        assert store.spend.per_key(DAY) == {"key1": EXCHANGE.cost}
        assert [notice.subject for notice in store.notifications.list()] == [NOTICE[0]]
    finally:
        store.close()
    fresh = Home(tmp_path / "fresh")
    Store.open(fresh).close()
    for name, series in SERIES.items():
        assert schema(home.folder / f"{name}.db") == schema(fresh.folder / f"{name}.db")
        copied = backup_path(home.folder / f"{name}.db", before[name]).exists()
        assert copied == (before[name] < len(series))


NEWEST = CONFIGURATION[-1].number
NEXT = Migration(NEWEST + 1, ("ALTER TABLE setting ADD COLUMN note TEXT", "UPDATE setting SET note = 'migrated'"))


def migrated(home: Home, *further: Migration) -> Sequence[Migration]:
    return (*CONFIGURATION, *further)


def test_migrating_copies_the_file_first(home: Home) -> None:
    store = Store.open(home)
    store.settings.put("port", 9000)
    prepare(home.configuration, migrated(home, NEXT))  # the row is still in the write-ahead log
    store.close()
    assert pragma(home.configuration, "user_version") == NEWEST + 1
    with contextlib.closing(sqlite3.connect(home.configuration)) as connection:
        assert connection.execute("SELECT key, note FROM setting").fetchall() == [("port", "migrated")]
    copy = backup_path(home.configuration, NEWEST)
    assert pragma(copy, "user_version") == NEWEST
    with contextlib.closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT key FROM setting").fetchall() == [("port",)]
    if os.name == "posix":
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600


def test_a_failing_migration_changes_nothing(home: Home) -> None:
    Store.open(home).close()
    before = schema(home.configuration)
    broken = Migration(NEWEST + 2, ("CREATE TABLE new (a)", "INSERT INTO no_such_table VALUES (1)"))
    with pytest.raises(ConfigurationError):
        prepare(home.configuration, migrated(home, NEXT, broken))
    assert pragma(home.configuration, "user_version") == NEWEST
    assert schema(home.configuration) == before


def test_migrating_again_does_nothing(home: Home) -> None:
    Store.open(home).close()
    prepare(home.configuration, migrated(home, NEXT))
    backup_path(home.configuration, NEWEST).unlink()
    prepare(home.configuration, migrated(home, NEXT))
    assert not backup_path(home.configuration, NEWEST).exists()


@pytest.mark.parametrize("name", SERIES)
def test_a_newer_schema_is_refused_and_left_alone(home: Home, name: str) -> None:
    Store.open(home).close()
    path = home.folder / f"{name}.db"
    execute(path, "PRAGMA user_version = 99")
    before = path.read_bytes()
    error = refused(home)
    assert error.code == "newer_schema"
    assert "99" in error.message
    assert path.read_bytes() == before


def test_a_damaged_file_is_refused(home: Home) -> None:
    home.make()
    home.activity.write_bytes(b"this was never a database" * 1000)
    error = refused(home)
    assert error.code == "corrupt_database"
    assert str(home.activity) in error.message


def test_a_torn_file_is_refused(home: Home) -> None:
    Store.open(home).close()
    content = home.configuration.read_bytes()
    home.configuration.write_bytes(content[:100] + b"\xff" * (len(content) - 100))
    assert refused(home).code == "corrupt_database"


def test_damage_found_later_is_told_in_words(home: Home) -> None:
    Store.open(home).close()
    content = bytearray(home.configuration.read_bytes())
    with contextlib.closing(sqlite3.connect(home.configuration)) as connection:
        pages = [root for (root,) in connection.execute("SELECT rootpage FROM sqlite_schema WHERE rootpage > 0")]
    for page in pages:  # those of the tables, not those of the schema itself
        content[(page - 1) * 4096 : page * 4096] = b"\xff" * 4096
    home.configuration.write_bytes(content)
    with contextlib.closing(Store.open(home)) as store, pytest.raises(ConfigurationError) as caught:
        store.configuration()
    assert caught.value.code == "corrupt_database"


def test_another_programs_database_is_refused(home: Home) -> None:
    home.make()
    execute(home.configuration, "CREATE TABLE theirs (a)")
    assert refused(home).code == "foreign_database"


def test_a_home_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert refused(Home(tmp_path / "file")).code == "database_unavailable"


def test_one_that_is_made_while_it_is_looked_at_is_ours(tmp_path: Path) -> None:
    """What is read to know whose it is must be of one moment."""
    path = tmp_path / "conduit.db"
    sqlite3.connect(path).execute("PRAGMA journal_mode = wal").connection.close()

    def meanwhile(statement: str) -> None:
        if "sqlite_master" in statement:
            connection.set_trace_callback(None)
            prepare(path, CONFIGURATION)

    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.set_trace_callback(meanwhile)
        _migrate(connection, path, CONFIGURATION)
    assert pragma(path, "user_version") == NEWEST


def test_many_open_a_fresh_home_at_once(home: Home) -> None:
    stores: list[Store] = []
    threads = [threading.Thread(target=lambda: stores.append(Store.open(home))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(stores) == 8
    for number, store in enumerate(stores):
        store.settings.put("port", 9000 + number)
    assert {store.settings.all()["port"] for store in stores} == {9007}
    for store in stores:
        store.close()
