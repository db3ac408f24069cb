"""Reads what is known: files, contents, records.

Records come out in the order of their shown paths, which is nobody's insertion
order; ids never leave the catalog.
"""

import sqlite3
import sys
from collections import OrderedDict
from collections.abc import Iterator
from typing import NamedTuple

from orquestrador.errors import CatalogError, MessageDecodeError
from orquestrador.messages import Decoder, Level, Record
from orquestrador.messages.record import unknown_record

PENDING = "not classified yet; run `orquestrador classify`"
"""The reason of a file whose content waits for its record."""

ROW = "shown, size, problem, sha256, content"
"""The columns of a `Row`, from `listing`."""

Row = tuple[str, int, str | None, str | None, int | None]

_IS_CURRENT = (
    "classifier = coalesce(:classifier, classifier) AND level IN ('full', :level)"
)

NEAR_SHARE = 0.85
"""Where the settings have not said otherwise yet."""

STREAMED_CACHE = 1024
"""Decoded records that a stream keeps for a content's next copy; some 20 kB each."""


class KnownFile(NamedTuple):
    """What the catalog knows of one file."""

    size: int
    mtime_ns: int
    inode: int | None
    scanned_at_ns: int
    sha256: str | None
    """None when its bytes could not be read."""

    suffix: str | None
    problem: str | None
    classified: bool
    """Whether its content has a record (of the classifier and level asked for), and
    nothing stands against showing it."""


class About(NamedTuple):
    """What a catalog says of itself."""

    created_at_ns: int
    library: str | None = None
    """The library's root, as noted last."""

    classifier: str | None = None
    """The version that the last run began with."""

    saved_at_ns: int | None = None
    """When a batch was stored last."""

    near_share: float = NEAR_SHARE
    """Of their shingles, what files have in common that are near copies."""


def about(connection: sqlite3.Connection) -> About:
    """Return what the catalog says of itself."""
    wanted = "SELECT key, value FROM about WHERE key <> 'corrections'"
    return About(**dict(connection.execute(wanted)))


def shown_paths(connection: sqlite3.Connection) -> list[str]:
    """Return the shown paths of all files, in order; see `Catalog.paths`."""
    rows = connection.execute("SELECT shown FROM files ORDER BY shown")
    return [shown for (shown,) in rows]


def problems(connection: sqlite3.Connection) -> list[str]:
    """Look for damage; see `Catalog.problems`."""
    rows = connection.execute("PRAGMA integrity_check").fetchall()
    found = [text for (text,) in rows if text != "ok"]
    for table, *_ in connection.execute("PRAGMA foreign_key_check"):
        found.append(f"a row of {table} points at a content that is not there")
    return found


def known_files(
    connection: sqlite3.Connection, classifier: str | None, level: Level
) -> dict[bytes, KnownFile]:
    """Return every file by its raw name; see `Catalog.known_files`."""
    connection.execute("BEGIN")  # both readings are of one moment
    try:
        files = connection.execute(
            "SELECT raw, size, mtime_ns, inode, scanned_at_ns, problem, content"
            " FROM files"
        ).fetchall()
        # Joined here, so that copies share their hash.
        contents: dict[int | None, tuple[str | None, str | None, bool]] = {
            content: (sha256, suffix, current == 1)
            for content, sha256, suffix, current in connection.execute(
                f"SELECT id, sha256, suffix, {_IS_CURRENT} FROM contents",  # noqa: S608 -- our own text
                {"classifier": classifier, "level": level},
            )
        }
    finally:
        connection.execute("ROLLBACK")
    contents[None] = (None, None, False)
    known: dict[bytes, KnownFile] = {}
    for raw, size, mtime_ns, inode, scanned_at_ns, problem, content in files:
        sha256, suffix, current = contents[content]
        known[raw] = KnownFile(
            size,
            int(mtime_ns),
            None if inode is None else int(inode),
            scanned_at_ns,
            sha256,
            suffix,
            problem,
            current and problem is None,
        )
    return known


def files_below(
    connection: sqlite3.Connection, raw: bytes, classifier: str, level: Level
) -> dict[bytes, KnownFile]:
    """Return a file, and those below it; see `Catalog.files_below`."""
    below = "raw = :raw OR raw > :first AND raw < :end"
    rows = connection.execute(
        "SELECT raw, size, mtime_ns, inode, scanned_at_ns, sha256, suffix, problem,"  # noqa: S608 -- our own text
        f" {_IS_CURRENT} FROM files LEFT JOIN contents ON contents.id = content"
        f" WHERE {below if raw else 'TRUE'}",
        {
            "classifier": classifier,
            "level": level,
            "raw": raw,
            "first": raw + b"/",
            "end": raw + b"0",  # the character after the slash
        },
    )
    known: dict[bytes, KnownFile] = {}
    for each, size, mtime_ns, inode, scanned_at_ns, sha256, suffix, problem, ok in rows:
        known[each] = KnownFile(
            size,
            int(mtime_ns),
            None if inode is None else int(inode),
            scanned_at_ns,
            sha256,
            suffix,
            problem,
            ok == 1 and problem is None,
        )
    return known


def knows_content(
    connection: sqlite3.Connection,
    key: tuple[str, str],
    classifier: str,
    level: Level,
) -> bool:
    """Whether a content needs no classification; see `Catalog.knows_content`."""
    found = connection.execute(
        "SELECT 1 FROM contents WHERE sha256 = ? AND suffix = ?"
        " AND classifier = ? AND level IN ('full', ?)",
        (*key, classifier, level),
    ).fetchone()
    return found is not None


def known_contents(
    connection: sqlite3.Connection, classifier: str, level: Level
) -> set[tuple[str, str]]:
    """Return the keys of current records; see `Catalog.known_contents`."""
    return set(
        connection.execute(
            "SELECT sha256, suffix FROM contents"
            " WHERE classifier = ? AND level IN ('full', ?)",
            (classifier, level),
        )
    )


def all_records(connection: sqlite3.Connection) -> Iterator[Record]:
    """Yield the record of every file, in path order, as of one moment.

    The connection is then of that moment until it is closed.
    """
    connection.execute("BEGIN")
    # Names first, records one by one: sorting must not carry the long records.
    rows = connection.execute(
        f"SELECT {ROW} FROM listing ORDER BY shown"  # noqa: S608 -- our own text
    ).fetchall()
    reader = RecordReader(connection, cached=STREAMED_CACHE)
    for row in rows:
        yield reader.record(row)


def one_record(connection: sqlite3.Connection, raw: bytes) -> Record | None:
    """Return the record of one file; see `Catalog.record`."""
    row = connection.execute(
        f"SELECT {ROW} FROM listing WHERE raw = ?",  # noqa: S608 -- our own text
        (raw,),
    ).fetchone()
    return None if row is None else RecordReader(connection).record(row)


class RecordReader:
    """Makes records of rows; a content's copies share the work of decoding it."""

    def __init__(
        self, connection: sqlite3.Connection, *, cached: int = sys.maxsize
    ) -> None:
        """Read from `connection`; keep at most `cached` decoded records."""
        self._connection = connection
        self._cached = cached
        self._decoder = Decoder(Record)
        self._decoded: OrderedDict[int, Record] = OrderedDict()
        self._classifier = about(connection).classifier or ""

    def record(self, row: Row) -> Record:
        """Return the record of one file.

        Raises:
            CatalogError: if what is stored of its content is no record.

        """
        shown, size, problem, sha256, content = row
        if content is None:
            return self._unread(shown, size, problem or PENDING, sha256 or "")
        return self._content(content).replace(path=shown)

    def _content(self, content: int) -> Record:
        record = self._decoded.get(content)
        if record is None:
            record = self._decoded[content] = self._decode(content)
            if len(self._decoded) > self._cached:
                self._decoded.popitem(last=False)
        else:
            self._decoded.move_to_end(content)
        return record

    def _decode(self, content: int) -> Record:
        (sha256, data) = self._connection.execute(
            "SELECT sha256, record FROM contents JOIN records ON content = id"
            " WHERE id = ?",
            (content,),
        ).fetchone()
        try:
            return self._decoder.decode(data)
        except MessageDecodeError as error:
            raise CatalogError(
                f"the catalog's record of content {sha256[:12]} cannot be read: "
                f"{error}; move the catalog away and run `orquestrador classify`, "
                "which builds it again"
            ) from error

    def _unread(self, shown: str, size: int, reason: str, sha256: str) -> Record:
        # Nothing but its name and size is known, so no label field says anything:
        # that is what level `quick` looks like.
        return unknown_record(
            sha256=sha256,
            size=size,
            reason=reason,
            level="quick",
            classifier=self._classifier,
        ).replace(path=shown)
