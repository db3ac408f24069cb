"""Stores a batch: records with their labels and words, files, removals.

Everything here runs inside the caller's transaction.
"""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet

from orquestrador.catalog import history, likeness
from orquestrador.catalog.words import indexed
from orquestrador.library import shown_name
from orquestrador.messages import (
    Batch,
    ClassifiedContent,
    FileState,
    Record,
    encode,
)

_LabelRow = tuple[int, str, str, float | None]

# Not OR IGNORE, which would also ignore what is no hash.
_ADD_CONTENT = """
    INSERT INTO contents (sha256, suffix) VALUES (?, ?)
    ON CONFLICT (sha256, suffix) DO NOTHING
"""
_CLASSIFY_CONTENT = """
    INSERT INTO contents
        (sha256, suffix, classifier, level, language, kind, reason, primary_label)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (sha256, suffix) DO UPDATE SET
        classifier = excluded.classifier, level = excluded.level,
        language = excluded.language, kind = excluded.kind,
        reason = excluded.reason, primary_label = excluded.primary_label
    RETURNING id
"""
_SAID_BEFORE = """
    SELECT id, level, language, kind, primary_label FROM contents
    WHERE sha256 = ? AND suffix = ? AND classifier IS NOT NULL
"""
_SET_RECORD = "INSERT OR REPLACE INTO records VALUES (?, ?)"
_ADD_WORDS = """
    INSERT OR REPLACE INTO content_words
        (rowid, name, author, description, inputs, functions)
    VALUES (?, ?, ?, ?, ?, ?)
"""
_SET_FILE = """
    INSERT INTO files
        (raw, shown, size, mtime_ns, inode, scanned_at_ns, problem, sniffed,
        since_ns, since, content)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'added',
        (SELECT id FROM contents WHERE sha256 = ? AND suffix = ?))
    ON CONFLICT (raw) DO UPDATE SET
        size = excluded.size, mtime_ns = excluded.mtime_ns,
        inode = excluded.inode, scanned_at_ns = excluded.scanned_at_ns,
        problem = excluded.problem, sniffed = excluded.sniffed,
        content = excluded.content
"""
_BEGIN_CHANGED = """
    UPDATE files SET since_ns = max(?, since_ns), since = 'changed', renamed_from = NULL
    WHERE raw = ?
"""


def store(connection: sqlite3.Connection, batch: Batch) -> None:
    """Write a batch; what it says of a file or content replaces what was known.

    An older look at a file never replaces a newer one. What a state was before is
    kept: see `history`.
    """
    now_ns = time.time_ns()
    # Of one key that comes twice, the last word counts.
    records = {(each.record.sha256, each.suffix): each for each in batch.records}
    _store_records(connection, records, now_ns)
    looks = _store_files(connection, batch, records.keys(), now_ns)
    times: Sequence[int | None] = batch.removed_at_ns or (None,) * len(batch.removed)
    removed = list(zip(batch.removed, times, strict=True))
    gone = history.remove(connection, removed, now_ns)
    if gone:
        looks += [now_ns if at_ns is None else at_ns for _, at_ns in removed]
    if looks:
        history.match_renames(connection, min(looks) - history.RENAME_WINDOW_NS)
    if batch.files or records or gone:
        connection.execute(
            "INSERT OR REPLACE INTO about VALUES ('saved_at_ns', ?)", (now_ns,)
        )


def _store_files(
    connection: sqlite3.Connection,
    batch: Batch,
    classified: AbstractSet[tuple[str, str]],
    now_ns: int,
) -> list[int]:
    """Write what files hold; returns when those were looked at that are new."""
    held = {
        (file.sha256, file.suffix) for file in batch.files if file.sha256 is not None
    }
    connection.executemany(_ADD_CONTENT, held - classified)
    latest = {file.raw: file for file in sorted(batch.files, key=_looked_at)}
    known = history.present(connection, list(latest))
    files = [
        file
        for raw, file in latest.items()
        if raw not in known or not history.is_outdated(file, known[raw], now_ns)
    ]
    changed = [
        file
        for file in files
        if file.raw in known and history.differs(file, known[file.raw])
    ]
    history.end_changed(connection, changed)
    connection.executemany(_SET_FILE, [_file_row(file) for file in files])
    connection.executemany(
        _BEGIN_CHANGED, [(file.scanned_at_ns, file.raw) for file in changed]
    )
    return [file.scanned_at_ns for file in files if file.raw not in known]


def _looked_at(file: FileState) -> int:
    return file.scanned_at_ns


def _store_records(
    connection: sqlite3.Connection,
    records: dict[tuple[str, str], ClassifiedContent],
    now_ns: int,
) -> None:
    history.end_reclassified(connection, _reclassified(connection, records), now_ns)
    contents: list[tuple[int]] = []
    stored: list[tuple[int, bytes]] = []
    labels: list[_LabelRow] = []
    words: list[tuple[int | str, ...]] = []
    found: list[likeness.Found] = []
    for key, classified in records.items():
        record = classified.record
        (content,) = connection.execute(
            _CLASSIFY_CONTENT, _content_row(key, record)
        ).fetchone()
        contents.append((content,))
        pathless = record.replace(path="") if record.path else record
        stored.append((content, encode(pathless)))
        labels.extend(_label_rows(content, record))
        words.append((content, *indexed(record.facts)))
        found.append((content, record, classified.sketch))
    connection.executemany(_SET_RECORD, stored)
    connection.executemany("DELETE FROM labels WHERE content = ?", contents)
    connection.executemany("INSERT OR IGNORE INTO labels VALUES (?, ?, ?, ?)", labels)
    connection.executemany(_ADD_WORDS, words)
    likeness.note(connection, found)


def _reclassified(
    connection: sqlite3.Connection, records: dict[tuple[str, str], ClassifiedContent]
) -> list[int]:
    """Return the contents of which something else is said than before."""
    found: list[int] = []
    for key, classified in records.items():
        record = classified.record
        before = connection.execute(_SAID_BEFORE, key).fetchone()
        if before is None:
            continue
        content, *said = before
        now = [record.level, record.language, record.kind, record.primary]
        # Another level says more or less, and nothing else.
        if said[0] == now[0] and said != now:
            found.append(content)
    return found


def _content_row(
    key: tuple[str, str], record: Record
) -> tuple[str | bytes | None, ...]:
    return (
        *key,
        record.classifier,
        record.level,
        record.language,
        record.kind,
        record.reason,
        record.primary,
    )


def _label_rows(content: int, record: Record) -> Iterator[_LabelRow]:
    for strategy in record.strategies or ():
        yield content, "strategy", strategy.label, strategy.weight
    for facet, labels in (("risk", record.risk), ("hygiene", record.hygiene)):
        for label in labels or ():
            yield content, facet, label.label, None
    if record.prop_firm is not None:
        yield content, "prop_firm", record.prop_firm.level, None
    for facet, codes in (
        ("symbol", record.symbols),
        ("timeframe", record.timeframes),
    ):
        for code in codes or ():
            yield content, facet, code, None


def _file_row(file: FileState) -> tuple[str | bytes | int | None, ...]:
    return (
        file.raw,
        shown_name(file.raw),
        file.size,
        str(file.mtime_ns),
        None if file.inode is None else str(file.inode),
        file.scanned_at_ns,
        file.problem,
        file.sniffed,
        file.scanned_at_ns,
        file.sha256,
        file.suffix,
    )
