"""Reads the groups of copies."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterator

from orquestrador.catalog import likeness
from orquestrador.messages.sameness import CopyGroup, Sameness
from orquestrador.sameness.grouping import Links, groups
from orquestrador.sameness.merits import Content, Member

_FILES = """
    SELECT listing.raw, listing.size, listing.sha256, listing.content, mtime_ns,
        sketched.code, version, codes.size, comment_lines, quality
    FROM listing JOIN files USING (raw)
        LEFT JOIN sketched ON sketched.content = listing.content
        LEFT JOIN codes ON codes.id = sketched.code
    WHERE listing.sha256 IS NOT NULL
    ORDER BY listing.raw
"""
_MARKED = "SELECT content FROM labels WHERE facet = 'hygiene' AND code = ?"


def copies(
    connection: sqlite3.Connection, sameness: Sameness, near_share: float
) -> tuple[CopyGroup, ...]:
    """Return the groups of copies; see `Catalog.copies`."""
    links, members = _read(connection, near_share if sameness == "near" else None)
    return groups(members, sameness, links)


def variants(
    connection: sqlite3.Connection, near_share: float
) -> tuple[CopyGroup, ...]:
    """Return the groups of more than one content; see `Catalog.variants`."""
    links, members = _read(connection, near_share)
    contents: defaultdict[int, set[str]] = defaultdict(set)
    for member in members:
        contents[member.content.node].add(member.content.sha256)
    # Which of a content's files is the best takes long to find out: not of those
    # that stand alone.
    some = {
        node for node, hashes in contents.items() if len(hashes) > 1 or links.get(node)
    }
    found = groups(
        (each for each in members if each.content.node in some), "near", links
    )
    return tuple(
        group for group in found if len({copy.sha256 for copy in group.copies}) > 1
    )


def _read(
    connection: sqlite3.Connection, near_share: float | None
) -> tuple[Links, list[Member]]:
    """Return which codes are alike, if a share is given, and the files."""
    connection.execute("BEGIN")  # all readings are of one moment
    try:
        links: Links = {}
        if near_share is not None:
            links = likeness.links(connection, near_share)
        return links, list(_members(connection))
    finally:
        connection.execute("ROLLBACK")


def _members(connection: sqlite3.Connection) -> Iterator[Member]:
    truncated, decompiled = (
        {content for (content,) in connection.execute(_MARKED, (code,))}
        for code in ("truncated", "decompiled")
    )
    rows = connection.execute(_FILES).fetchall()
    made: defaultdict[str, list[int]] = defaultdict(list)
    for _raw, _size, sha256, _content, mtime_ns, *_merits in rows:
        made[sha256].append(int(mtime_ns))
    contents: dict[str, Content] = {}
    for raw, size, sha256, content, _mtime, code, version, *merits in rows:
        # Bytes under another suffix may be read as another language: one is enough.
        if sha256 not in contents:
            # What has no code is alike only where the bytes are: a number of its own.
            node = -1 - len(contents) if code is None else code
            code_size, comment_lines, quality = (each or 0 for each in merits)
            contents[sha256] = Content(
                sha256=sha256,
                node=node,
                truncated=content in truncated,
                decompiled=content in decompiled,
                version=version,
                code_size=code_size,
                comment_lines=comment_lines,
                quality=quality,
                made_ns=min(made[sha256]),
            )
        yield Member(raw, size, contents[sha256])
