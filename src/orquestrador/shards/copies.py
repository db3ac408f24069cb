"""Finds copies among the files of output folders, however many there are.

An index beside the folders, a SQLite file, knows of each file where it stands and of
each code what it is near to. Parts are noted one by one: a part that came since costs
the comparison of its own codes. Memory does not grow with the files, except for eight
bytes a code, and for the files of the largest family of codes that hang together.
"""

import contextlib
import sqlite3
from collections.abc import Generator, Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from orquestrador.errors import DatasetError
from orquestrador.library import raw_of_record, suffix_of
from orquestrador.messages.sameness import CopyGroup, Sameness, Sketch
from orquestrador.sameness import code_index
from orquestrador.sameness.grouping import groups
from orquestrador.sameness.merits import Content, Member
from orquestrador.shards.importing import parts_of
from orquestrador.shards.row_names import leads_out
from orquestrador.tables import read_columns

NEAR_SHARE = 0.85
"""As the setting `sameness.near_share` is unless it is set."""

_APPLICATION_ID = 0x4F525150
"""`ORQP`: marks a database as an index of copies."""
_VERSION = 1
_COLUMNS = (
    "path",
    "sha256",
    "size",
    "language",
    "sketch",
    "facts.version",
    "quality.comment_lines",
    "quality.score",
    "hygiene.list.element.label",
)
_TABLES = (
    *code_index.TABLES,
    # node: the number of its code; what has no code has a negative one of its own.
    """
    CREATE TABLE contents (
        id INTEGER PRIMARY KEY,
        sha256 TEXT NOT NULL UNIQUE,
        node INTEGER NOT NULL,
        truncated INTEGER NOT NULL,
        decompiled INTEGER NOT NULL,
        version TEXT,
        code_size INTEGER NOT NULL,
        comment_lines INTEGER NOT NULL,
        quality INTEGER NOT NULL
    )
    """,
    """
    CREATE TABLE files (
        raw BLOB PRIMARY KEY,
        size INTEGER NOT NULL,
        content INTEGER NOT NULL REFERENCES contents (id)
    ) WITHOUT ROWID
    """,
    "CREATE TABLE parts (place TEXT PRIMARY KEY, size INTEGER NOT NULL) WITHOUT ROWID",
)
_SETTINGS = ("journal_mode = WAL", "synchronous = NORMAL", "cache_size = -64000")
_ADD_CONTENT = "INSERT INTO contents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_MEMBERS = """
    SELECT coalesce(family, node) AS together, raw, size, sha256, node, truncated,
        decompiled, version, code_size, comment_lines, quality
    FROM files JOIN contents ON contents.id = files.content
        LEFT JOIN temp.families ON families.code = node
    ORDER BY together, raw
"""


class CopyIndex:
    """Copies among the files of output folders of Parquet parts.

    Args:
        path: of the index; made if it is not there. A folder that went or was made
            anew needs a new index.

    Raises:
        DatasetError: if it is no such index, or cannot be read or written.

    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._explained():
            self._connection = sqlite3.connect(path, isolation_level=None)
            try:
                self._prepare()
            except BaseException:
                self._connection.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._connection.close()

    def add(self, folder: Path) -> int:
        """Note the parts of a folder that are not noted yet; returns their files.

        Each is noted whole or not at all. Of a path that comes twice the first counts.

        Raises:
            DatasetError: if parts are missing, were replaced, or are no Parquet.

        """
        manifest, parts = parts_of(folder)
        sniffed = frozenset(manifest.job.sources.sniffed)
        count = 0
        for part in parts:
            with self._explained():
                if not self._knows(part):
                    count += self._add(part, sniffed)
        return count

    def copies(
        self, sameness: Sameness = "near", near_share: float = NEAR_SHARE
    ) -> Iterator[CopyGroup]:
        """Yield the groups of two files and more; as `Catalog.copies`, in no order.

        Args:
            sameness: the loosest that counts.
            near_share: what near ones share at least, 0.7 to 1.0.

        """
        with self._explained():
            # What hangs together by nothing is a family of its own.
            least = near_share if sameness == "near" else 2.0
            self._connection.execute("BEGIN")  # all readings are of one moment
            try:
                code_index.find_families(self._connection, least)
                links = code_index.NearLinks(self._connection, least)
                rows = self._connection.execute(_MEMBERS)
                for _family, some in groupby(rows, key=itemgetter(0)):
                    members = [_member(row[1:]) for row in some]
                    if len(members) > 1:
                        yield from groups(members, sameness, links)
            finally:
                self._connection.execute("ROLLBACK")

    def _prepare(self) -> None:
        execute = self._connection.execute
        (version,) = execute("PRAGMA user_version").fetchone()
        (owner,) = execute("PRAGMA application_id").fetchone()
        (tables,) = execute("SELECT count(*) FROM sqlite_master").fetchone()
        if tables and (owner, version) != (_APPLICATION_ID, _VERSION):
            raise DatasetError(
                f"{self._path} is no index of copies of this version: choose another"
            )
        for setting in _SETTINGS:
            execute(f"PRAGMA {setting}")
        if tables:
            return
        with self._transaction():
            for statement in _TABLES:
                execute(statement)
            execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            execute(f"PRAGMA user_version = {_VERSION}")

    def _knows(self, part: Path) -> bool:
        known = self._connection.execute(
            "SELECT size FROM parts WHERE place = ?", (str(part.absolute()),)
        ).fetchone()
        if known is not None and known[0] != part.stat().st_size:
            raise DatasetError(f"{part} was replaced: make a new index")
        return known is not None

    def _add(self, part: Path, sniffed: frozenset[str]) -> int:
        with self._transaction():
            count = sum(
                self._add_row(row, sniffed) for row in read_columns(part, _COLUMNS)
            )
            self._connection.execute(
                "INSERT INTO parts VALUES (?, ?)",
                (str(part.absolute()), part.stat().st_size),
            )
        return count

    def _add_row(self, row: dict[str, Any], sniffed: frozenset[str]) -> bool:
        """Note a file; whether it is one that may have copies."""
        raw = raw_of_record(row["path"])
        is_other = row["language"] == "unknown" and suffix_of(raw) in sniffed
        if not row["sha256"] or is_other or leads_out(raw):
            return False
        added = self._connection.execute(
            "INSERT OR IGNORE INTO files VALUES (?, ?, ?)",
            (raw, row["size"], self._content(row)),
        )
        return bool(added.rowcount)

    def _content(self, row: dict[str, Any]) -> int:
        known = self._connection.execute(
            "SELECT id FROM contents WHERE sha256 = ?", (row["sha256"],)
        ).fetchone()
        if known is not None:
            return int(known[0])
        (content,) = self._connection.execute(
            "SELECT coalesce(max(id), 0) + 1 FROM contents"
        ).fetchone()
        sketch = msgspec.convert(row["sketch"], Sketch | None)
        node = -content if sketch is None else code_index.note(self._connection, sketch)
        self._connection.execute(
            _ADD_CONTENT,
            (content, row["sha256"], node, *_merits(row, sketch)),
        )
        return int(content)

    @contextlib.contextmanager
    def _transaction(self) -> Generator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise

    @contextlib.contextmanager
    def _explained(self) -> Generator[None]:
        try:
            yield
        except sqlite3.ProgrammingError:
            raise  # ours: a closed index, or one used from another thread
        except sqlite3.Error as error:
            raise DatasetError(
                f"index of copies {self._path}: {error}; check its folder and the free "
                "space, or make a new one from the folders of parts"
            ) from error


def _merits(row: dict[str, Any], sketch: Sketch | None) -> Iterable[object]:
    """Return what is asked of a content when the best is looked for."""
    facts: dict[str, Any] = row["facts"] or {}
    quality: dict[str, Any] = row["quality"] or {}
    hygiene = {label["label"] for label in row["hygiene"] or ()}
    yield "truncated" in hygiene
    yield "decompiled" in hygiene
    # As in a catalog: of what has no code nothing else is noted.
    yield None if sketch is None else facts.get("version")
    yield 0 if sketch is None else sketch.size
    yield 0 if sketch is None else quality.get("comment_lines", 0)
    yield 0 if sketch is None else quality.get("score", 0)


def _member(row: tuple[Any, ...]) -> Member:
    raw, size, sha256, node, truncated, decompiled, *merits = row
    version, code_size, comment_lines, quality = merits
    content = Content(
        sha256=sha256,
        node=node,
        truncated=bool(truncated),
        decompiled=bool(decompiled),
        version=version,
        code_size=code_size,
        comment_lines=comment_lines,
        quality=quality,
    )
    return Member(raw, size, content)
