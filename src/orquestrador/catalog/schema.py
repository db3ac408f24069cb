"""The tables, and the way from each older schema to this one.

`PRAGMA user_version` counts the steps of `MIGRATIONS` that a file has taken. A step
that was released never changes; a new catalog takes all of them, so that there is
one way to the present schema and not two.
"""

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

from orquestrador.errors import CatalogError

APPLICATION_ID = 0x4F525143
"""`ORQC`: marks a database as a catalog of this program."""

# Step 1.
_TABLES = (
    "CREATE TABLE about (key TEXT PRIMARY KEY, value) WITHOUT ROWID",
    # A record follows from the bytes, the suffix and the classifier. The record is
    # NULL until the content is classified; it is last because it is long.
    """
    CREATE TABLE contents (
        id INTEGER PRIMARY KEY,
        sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
        suffix TEXT NOT NULL,
        classifier TEXT,
        level TEXT,
        language TEXT,
        kind TEXT,
        reason TEXT,
        record BLOB,
        UNIQUE (sha256, suffix)
    )
    """,
    # facet: strategy, risk, hygiene, symbol, timeframe, prop_firm.
    """
    CREATE TABLE labels (
        content INTEGER NOT NULL REFERENCES contents (id),
        facet TEXT NOT NULL,
        code TEXT NOT NULL,
        weight REAL,
        PRIMARY KEY (content, facet, code)
    ) WITHOUT ROWID
    """,
    # rowid is the content's id.
    """
    CREATE VIRTUAL TABLE content_words USING fts5 (
        name, author, description, inputs, functions,
        tokenize = 'unicode61 remove_diacritics 2'
    )
    """,
    # Times and inodes are decimal text: file systems have some over 63 bits.
    """
    CREATE TABLE files (
        id INTEGER PRIMARY KEY,
        raw BLOB NOT NULL UNIQUE,
        shown TEXT NOT NULL,
        size INTEGER NOT NULL,
        mtime_ns TEXT NOT NULL,
        inode TEXT,
        scanned_at_ns INTEGER NOT NULL,
        content INTEGER REFERENCES contents (id),
        problem TEXT
    )
    """,
    # run_order and counts are JSON.
    """
    CREATE TABLE runs (
        id INTEGER PRIMARY KEY,
        token TEXT NOT NULL UNIQUE,
        state TEXT NOT NULL,
        run_order TEXT NOT NULL,
        classifier TEXT NOT NULL,
        started_at_ns INTEGER NOT NULL,
        ended_at_ns INTEGER,
        reason TEXT,
        counts TEXT NOT NULL
    )
    """,
)


def _create(connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    for statement in _TABLES:
        connection.execute(statement)
    connection.execute(
        "INSERT INTO about VALUES ('created_at_ns', ?)", (time.time_ns(),)
    )


# Step 2. Long records between the columns that are searched made every search read
# them. A sniffed file belongs to the library only when its content is a source: it
# is known, so that it is not read again, and not listed.
_PART_RECORDS = (
    """
    CREATE TABLE records (
        content INTEGER PRIMARY KEY REFERENCES contents (id),
        record BLOB NOT NULL
    )
    """,
    "INSERT INTO records SELECT id, record FROM contents WHERE record IS NOT NULL",
    "ALTER TABLE contents DROP COLUMN record",
    "ALTER TABLE files ADD COLUMN sniffed INTEGER NOT NULL DEFAULT 0",
    # sha256 is of the bytes; content and what follows it are NULL unless the file
    # has a record that may be shown.
    """
    CREATE VIEW listing AS
    SELECT files.shown, files.size, files.problem, held.sha256, content.id AS content,
        content.level, content.language, content.kind, content.reason
    FROM files
        LEFT JOIN contents AS held ON held.id = files.content
        LEFT JOIN contents AS content ON content.id = files.content
            AND content.classifier IS NOT NULL AND files.problem IS NULL
    WHERE NOT files.sniffed OR files.problem IS NOT NULL
        OR coalesce(content.language, 'unknown') <> 'unknown'
    """,
    # Merging the full-text index less often makes a first run faster.
    "INSERT INTO content_words (content_words, rank) VALUES ('automerge', 16)",
)


def _part_records(connection: sqlite3.Connection) -> None:
    for statement in _PART_RECORDS:
        connection.execute(statement)


# Step 3. What a path held before. A file says when and how its present state began; a
# state that ends is copied to past, with what was said of it then. What an older
# catalog holds is there since it was made, as far as anybody knows.
_KEEP_HISTORY = (
    "ALTER TABLE files ADD COLUMN since_ns INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE files ADD COLUMN since TEXT NOT NULL DEFAULT 'added'",
    "ALTER TABLE files ADD COLUMN renamed_from BLOB",
    """
    UPDATE files SET since_ns = coalesce(
        (SELECT value FROM about WHERE key = 'created_at_ns'), 0)
    """,
    "CREATE INDEX files_since ON files (since_ns)",
    "ALTER TABLE contents ADD COLUMN primary_label TEXT",
    """
    UPDATE contents SET primary_label = (
        SELECT code FROM labels WHERE content = id AND facet = 'strategy'
        ORDER BY weight DESC, code LIMIT 1)
    """,
    # since: added, changed, renamed, reclassified; until: changed, renamed,
    # reclassified, removed.
    """
    CREATE TABLE past (
        id INTEGER PRIMARY KEY,
        raw BLOB NOT NULL,
        shown TEXT NOT NULL,
        content INTEGER REFERENCES contents (id),
        problem TEXT,
        language TEXT,
        kind TEXT,
        primary_label TEXT,
        inode TEXT,
        since_ns INTEGER NOT NULL,
        since TEXT NOT NULL,
        renamed_from BLOB,
        until_ns INTEGER NOT NULL,
        until TEXT NOT NULL,
        renamed_to BLOB
    )
    """,
    "CREATE INDEX past_raw ON past (raw)",
    "CREATE INDEX past_until ON past (until_ns)",
    "CREATE INDEX past_content ON past (content)",
    "DROP VIEW listing",
    """
    CREATE VIEW listing AS
    SELECT files.raw, files.shown, files.size, files.problem, held.sha256,
        content.id AS content, content.level, content.language, content.kind,
        content.reason, content.primary_label, files.since_ns, files.since,
        files.renamed_from
    FROM files
        LEFT JOIN contents AS held ON held.id = files.content
        LEFT JOIN contents AS content ON content.id = files.content
            AND content.classifier IS NOT NULL AND files.problem IS NULL
    WHERE NOT files.sniffed OR files.problem IS NOT NULL
        OR coalesce(content.language, 'unknown') <> 'unknown'
    """,
)


def _keep_history(connection: sqlite3.Connection) -> None:
    for statement in _KEEP_HISTORY:
        connection.execute(statement)


# Step 4. Which contents are copies of one another: see `likeness`. A code is a token
# stream, that several contents may have; near are codes that have most shingles in
# common, first being the smaller id.
_FIND_COPIES = (
    """
    CREATE TABLE codes (
        id INTEGER PRIMARY KEY,
        code BLOB NOT NULL UNIQUE,
        size INTEGER NOT NULL,
        complete INTEGER NOT NULL,
        shingles BLOB NOT NULL
    )
    """,
    """
    CREATE TABLE sketched (
        content INTEGER PRIMARY KEY REFERENCES contents (id),
        code INTEGER NOT NULL REFERENCES codes (id),
        version TEXT,
        comment_lines INTEGER NOT NULL,
        quality INTEGER NOT NULL
    )
    """,
    "CREATE INDEX sketched_code ON sketched (code)",
    """
    CREATE TABLE bands (
        band INTEGER NOT NULL,
        code INTEGER NOT NULL,
        PRIMARY KEY (band, code)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE near (
        first INTEGER NOT NULL,
        second INTEGER NOT NULL,
        share REAL NOT NULL,
        PRIMARY KEY (first, second)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX near_second ON near (second)",
)


def _find_copies(connection: sqlite3.Connection) -> None:
    for statement in _FIND_COPIES:
        connection.execute(statement)


# Step 5. A page of a large catalog in path order, and the files of few contents,
# without a look at all of them; `held` is what a file holds, also where that is not
# shown.
_FIND_QUICKLY = (
    "CREATE INDEX files_shown ON files (shown)",
    "CREATE INDEX files_content ON files (content)",
    "CREATE INDEX labels_code ON labels (facet, code)",
    "CREATE INDEX contents_kind ON contents (kind)",
    "CREATE INDEX contents_language ON contents (language)",
    "DROP VIEW listing",
    """
    CREATE VIEW listing AS
    SELECT files.raw, files.shown, files.size, files.problem, held.sha256,
        files.content AS held, content.id AS content, content.level, content.language,
        content.kind, content.reason, content.primary_label, files.since_ns,
        files.since, files.renamed_from
    FROM files
        LEFT JOIN contents AS held ON held.id = files.content
        LEFT JOIN contents AS content ON content.id = files.content
            AND content.classifier IS NOT NULL AND files.problem IS NULL
    WHERE NOT files.sniffed OR files.problem IS NOT NULL
        OR coalesce(content.language, 'unknown') <> 'unknown'
    """,
)


def _find_quickly(connection: sqlite3.Connection) -> None:
    for statement in _FIND_QUICKLY:
        connection.execute(statement)


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (
    _create,
    _part_records,
    _keep_history,
    _find_copies,
    _find_quickly,
)
CURRENT = len(MIGRATIONS)


def version(connection: sqlite3.Connection, path: Path) -> int:
    """Return the schema's version; 0 is an empty database.

    Raises:
        CatalogError: if it is newer than this program, or no catalog.

    """
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    if found > CURRENT:
        raise CatalogError(
            f"catalog {path} was written by a newer version (schema {found}, this one "
            f"knows {CURRENT}); update orquestrador, or choose another `--state DIR`"
        )
    (owner,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if tables and owner != APPLICATION_ID:
        raise CatalogError(
            f"{path} is another program's database, no catalog; choose another "
            "`--state DIR`"
        )
    return int(found)


def require_current(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a catalog that a writer has to bring to this schema first.

    Raises:
        CatalogError: if its schema is another one than `CURRENT`, or it is none.

    """
    found = version(connection, path)
    if found < CURRENT:
        raise CatalogError(
            f"catalog {path} was written by an older version (schema {found}, this "
            f"one reads {CURRENT}); run `orquestrador classify` to update it"
        )


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Take the steps that are missing, inside the caller's transaction."""
    # Asked again, now that no one else can write: another program may have been first.
    for number in range(version(connection, path), CURRENT):
        MIGRATIONS[number](connection)
    connection.execute(f"PRAGMA user_version = {CURRENT}")
