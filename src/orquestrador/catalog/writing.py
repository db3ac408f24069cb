"""Stores a batch: records with their labels and words, files, removals.

Everything here runs inside the caller's transaction.
"""

import sqlite3
import time
from collections.abc import Iterator

from orquestrador.catalog.words import indexed
from orquestrador.library import shown_name
from orquestrador.messages import Batch, FileState, Record, encode

_LabelRow = tuple[int, str, str, float | None]

# Not OR IGNORE, which would also ignore what is no hash.
_ADD_CONTENT = """
    INSERT INTO contents (sha256, suffix) VALUES (?, ?)
    ON CONFLICT (sha256, suffix) DO NOTHING
"""
_CLASSIFY_CONTENT = """
    INSERT INTO contents
        (sha256, suffix, classifier, level, language, kind, reason)
    VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (sha256, suffix) DO UPDATE SET
        classifier = excluded.classifier, level = excluded.level,
        language = excluded.language, kind = excluded.kind,
        reason = excluded.reason
    RETURNING id
"""
_SET_RECORD = "INSERT OR REPLACE INTO records VALUES (?, ?)"
_ADD_WORDS = """
    INSERT OR REPLACE INTO content_words
        (rowid, name, author, description, inputs, functions)
    VALUES (?, ?, ?, ?, ?, ?)
"""
_SET_FILE = """
    INSERT INTO files
        (raw, shown, size, mtime_ns, inode, scanned_at_ns, problem, sniffed, content)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?,
        (SELECT id FROM contents WHERE sha256 = ? AND suffix = ?))
    ON CONFLICT (raw) DO UPDATE SET
        size = excluded.size, mtime_ns = excluded.mtime_ns,
        inode = excluded.inode, scanned_at_ns = excluded.scanned_at_ns,
        problem = excluded.problem, sniffed = excluded.sniffed,
        content = excluded.content
"""


def store(connection: sqlite3.Connection, batch: Batch) -> None:
    """Write a batch; what it says of a file or content replaces what was known."""
    # Of one key that comes twice, the last word counts.
    records = {(each.record.sha256, each.suffix): each.record for each in batch.records}
    _store_records(connection, records)
    held = {
        (file.sha256, file.suffix) for file in batch.files if file.sha256 is not None
    }
    connection.executemany(_ADD_CONTENT, held - records.keys())
    connection.executemany(_SET_FILE, [_file_row(file) for file in batch.files])
    connection.executemany(
        "DELETE FROM files WHERE raw = ?", [(raw,) for raw in batch.removed]
    )
    connection.execute(
        "INSERT OR REPLACE INTO about VALUES ('saved_at_ns', ?)", (time.time_ns(),)
    )


def _store_records(
    connection: sqlite3.Connection, records: dict[tuple[str, str], Record]
) -> None:
    contents: list[tuple[int]] = []
    stored: list[tuple[int, bytes]] = []
    labels: list[_LabelRow] = []
    words: list[tuple[int | str, ...]] = []
    for key, record in records.items():
        (content,) = connection.execute(
            _CLASSIFY_CONTENT, _content_row(key, record)
        ).fetchone()
        contents.append((content,))
        pathless = record.replace(path="") if record.path else record
        stored.append((content, encode(pathless)))
        labels.extend(_label_rows(content, record))
        words.append((content, *indexed(record.facts)))
    connection.executemany(_SET_RECORD, stored)
    connection.executemany("DELETE FROM labels WHERE content = ?", contents)
    connection.executemany("INSERT OR IGNORE INTO labels VALUES (?, ?, ?, ?)", labels)
    connection.executemany(_ADD_WORDS, words)


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
    )


def _label_rows(content: int, record: Record) -> Iterator[_LabelRow]:
    for strategy in record.strategies or ():
        yield content, "strategy", strategy.label, strategy.weight
    for facet, labels in (("risk", record.risk), ("hygiene", record.hygiene)):
        for label in labels or ():
            yield content, facet, label.label, None
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
        file.sha256,
        file.suffix,
    )
