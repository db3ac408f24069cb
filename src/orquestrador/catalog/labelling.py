"""The labels of every content that a file holds, without its evidence."""

import sqlite3
from collections.abc import Iterator

from orquestrador.messages.comparing import ContentLabels

_CONTENTS = """
    SELECT id, sha256, suffix, language, kind, classifier FROM contents
    WHERE classifier IS NOT NULL AND id IN (SELECT content FROM files)
"""
_LABELS = """
    SELECT content, facet, code FROM labels
    WHERE facet IN ('strategy', 'risk', 'hygiene')
    ORDER BY content, facet, weight DESC, code
"""


def content_labels(connection: sqlite3.Connection) -> Iterator[ContentLabels]:
    """Yield the labels of each classified content; see `Catalog.content_labels`."""
    found: dict[int, dict[str, list[str]]] = {}
    for content, facet, code in connection.execute(_LABELS):
        found.setdefault(content, {}).setdefault(facet, []).append(code)
    rows = connection.execute(_CONTENTS)
    for content, sha256, suffix, language, kind, classifier in rows:
        labels = found.get(content, {})
        yield ContentLabels(
            sha256=sha256,
            suffix=suffix,
            language=language,
            kind=kind,
            strategies=tuple(labels.get("strategy", ())),
            risk=tuple(labels.get("risk", ())),
            hygiene=tuple(labels.get("hygiene", ())),
            classifier=classifier,
        )
