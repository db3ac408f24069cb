"""Opens the database, and says what to do about SQLite's errors.

Write-ahead logging with `synchronous=NORMAL`: a killed program loses nothing that
was stored; a power cut can lose the last transactions, never the database. What is
lost is classified again, because the catalog follows from the library's files.
"""

import os
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from orquestrador.catalog import schema
from orquestrador.catalog.words import folded
from orquestrador.errors import CatalogError

OLDEST_SQLITE = (3, 35)
"""The first with `RETURNING` and `DROP COLUMN` (March 2021)."""

BUSY_TIMEOUT_S = 5.0
"""How long to wait for another program that writes, before it is an error."""

SETTINGS = (
    "synchronous = NORMAL",
    "foreign_keys = ON",
    "cache_size = -16000",  # kB; holds the indexes of a large library
    "wal_autocheckpoint = 4000",  # pages; a first run rewrites many of them often
)
"""What the writer sets when it opens."""

_REBUILD = (
    "the file is damaged: move it away and run `orquestrador classify`, "
    "which builds the catalog again from the library"
)
_ADVICE = {
    sqlite3.SQLITE_CORRUPT: _REBUILD,
    sqlite3.SQLITE_NOTADB: _REBUILD,
    sqlite3.SQLITE_FULL: (
        "the disk is full: nothing of this step was kept and the catalog is as it "
        "was before it; free some space and run the command again"
    ),
    sqlite3.SQLITE_BUSY: (
        "another program holds the catalog: close it, or try again in a moment"
    ),
    sqlite3.SQLITE_CANTOPEN: "check that its folder exists and that you may write it",
    sqlite3.SQLITE_PERM: "check that you may read and write the file and its folder",
    sqlite3.SQLITE_READONLY: "check that you may write the file and its folder",
    sqlite3.SQLITE_PROTOCOL: (
        "the folder may stand on a network drive, where SQLite cannot lock: choose a "
        "local one with `--state DIR`"
    ),
    sqlite3.SQLITE_IOERR: (
        "the disk or network drive failed; a catalog belongs on a local disk: choose "
        "one with `--state DIR`"
    ),
}


@contextmanager
def explained(path: Path) -> Generator[None]:
    """Turn an error of the database into a `CatalogError` that says what to do."""
    try:
        yield
    except (sqlite3.ProgrammingError, sqlite3.InterfaceError):
        raise  # ours: a closed catalog, or one used from another thread
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
        # The low byte is the error, the rest its variety.
        advice = _ADVICE.get(code & 0xFF, "run `orquestrador doctor` to check it")
        raise CatalogError(f"catalog {path}: {error}; {advice}") from error


@contextmanager
def transaction(connection: sqlite3.Connection) -> Generator[None]:
    """Run the block as one transaction that writes: all of it is kept, or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # A full disk may have ended the transaction already.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def open_writer(path: Path) -> sqlite3.Connection:
    """Open the catalog for its writer; create it or bring it to this schema.

    Raises:
        CatalogError: if it is damaged, locked, of a newer schema or no catalog, or
            cannot be written where it stands.

    """
    connection = _connect(path)
    try:
        with explained(path):
            _use_write_ahead_log(connection, path)
            for setting in SETTINGS:
                connection.execute(f"PRAGMA {setting}")
            if schema.version(connection, path) < schema.CURRENT:
                with transaction(connection):
                    schema.migrate(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def open_reader(path: Path) -> sqlite3.Connection:
    """Open the catalog beside its writer, without ever changing it.

    Raises:
        CatalogError: if there is none, or it cannot be read by this version.

    """
    # Asked before, because opening a file that is not there would make one.
    if not os.path.exists(path):  # noqa: PTH110 -- Path.exists() raises where it may not look
        raise CatalogError(
            f"there is no catalog at {path}; run `orquestrador classify` to make one"
        )
    connection = _connect(path)
    try:
        with explained(path):
            connection.execute("PRAGMA query_only = ON")
            schema.require_current(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _connect(path: Path) -> sqlite3.Connection:
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise CatalogError(
            f"this Python comes with SQLite {sqlite3.sqlite_version}; the catalog "
            f"needs {'.'.join(map(str, OLDEST_SQLITE))} or newer: use another Python"
        )
    with explained(path):
        # Transactions begin and end where the code says so.
        connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
    # Paths are few and short enough to be folded when they are searched.
    connection.create_function("folded", 1, folded, deterministic=True)
    return connection


def _use_write_ahead_log(connection: sqlite3.Connection, path: Path) -> None:
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise CatalogError(
            f"catalog {path}: this file system cannot hold a write-ahead log (it "
            f"offers {mode!r}); choose a local folder with `--state DIR`"
        )
