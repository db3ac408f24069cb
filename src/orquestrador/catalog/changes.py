"""Reads the history: what happened to a path, and what changed since a moment."""

import datetime as dt
import sqlite3
from collections.abc import Iterable, Iterator
from typing import NamedTuple, cast

from orquestrador.catalog.history import RENAME_WINDOW_NS
from orquestrador.library import shown_name
from orquestrador.messages.history import Change, ChangeKind, PathState

_PRESENT = """
    SELECT NULL, raw, sha256, language, kind, primary_label, problem,
        since_ns, since, renamed_from, NULL, NULL, NULL
    FROM listing
"""
_PAST = """
    SELECT past.id, raw, sha256, past.language, past.kind, past.primary_label, problem,
        since_ns, since, renamed_from, until_ns, until, renamed_to
    FROM past LEFT JOIN contents ON contents.id = content
"""


class _State(NamedTuple):
    """A row of `_PAST` or `_PRESENT`."""

    id: int | None
    """None for the present state of a path."""

    raw: bytes
    sha256: str | None
    language: str | None
    kind: str | None
    primary: str | None
    problem: str | None
    since_ns: int
    since: str
    renamed_from: bytes | None
    until_ns: int | None
    until: str | None
    renamed_to: bytes | None

    def told(self) -> PathState:
        return PathState(
            sha256=self.sha256,
            language=self.language,
            kind=self.kind,
            primary=self.primary,
            problem=self.problem,
        )


def history(connection: sqlite3.Connection, raw: bytes) -> tuple[Change, ...]:
    """Return what happened to a path; see `Catalog.history`."""
    with_past = _states(connection, f"{_PAST} WHERE raw = ?", raw)
    states = [*with_past, *_states(connection, f"{_PRESENT} WHERE raw = ?", raw)]
    events: dict[tuple[int, int | None, str], Change] = {}
    for state in states:
        for each in (*_lineage(connection, state), state):
            for _at_ns, change in _changes_of(connection, each):
                key = (each.since_ns, each.id, change.what)
                events.setdefault(key, change)
        if state.renamed_to is not None:
            key = (state.until_ns or 0, state.id, "renamed")
            events.setdefault(key, _renamed(state, state.renamed_to))
    return tuple(sorted(events.values(), key=_when))


def changes(connection: sqlite3.Connection, since_ns: int) -> tuple[Change, ...]:
    """Return what is another file than it was then; see `Catalog.changes`."""
    connection.execute("BEGIN")  # all readings are of one moment
    try:
        states = [
            *_states(connection, f"{_PRESENT} WHERE since_ns >= ?", since_ns),
            *_states(
                connection,
                f"{_PAST} WHERE since_ns >= ? OR until = 'removed' AND until_ns >= ?",
                since_ns,
                since_ns,
            ),
        ]
        events = [
            change
            for state in states
            for at_ns, change in _changes_of(connection, state)
            if at_ns >= since_ns
        ]
    finally:
        connection.execute("ROLLBACK")
    return _net(sorted(events, key=_when))


def count_changes(connection: sqlite3.Connection, since_ns: int) -> dict[str, int]:
    """Count files by what happened to them last; see `Catalog.count_changes`."""
    counts: dict[str, int] = dict(
        connection.execute(
            "SELECT since, count(*) FROM listing WHERE since_ns >= ? GROUP BY since",
            (since_ns,),
        )
    )
    (removed,) = connection.execute(
        "SELECT count(DISTINCT raw) FROM past WHERE until = 'removed' AND until_ns >= ?"
        " AND NOT EXISTS (SELECT 1 FROM files WHERE files.raw = past.raw)",
        (since_ns,),
    ).fetchone()
    return counts | ({"removed": removed} if removed else {})


def _states(
    connection: sqlite3.Connection, query: str, *parameters: bytes | int | None
) -> list[_State]:
    return [_State(*row) for row in connection.execute(query, parameters).fetchall()]


def _predecessor(connection: sqlite3.Connection, state: _State) -> _State | None:
    """Return the state that a state replaced."""
    if state.since == "added":
        return None
    if state.renamed_from is not None:
        found = _states(
            connection,
            f"{_PAST} WHERE raw = ? AND renamed_to = ? AND until_ns <= ?"
            " ORDER BY until_ns DESC, past.id DESC LIMIT 1",
            state.renamed_from,
            state.raw,
            # Either half of a rename may be seen first, by a save or by a run.
            state.since_ns + RENAME_WINDOW_NS,
        )
    else:
        found = _states(
            connection,
            f"{_PAST} WHERE raw = ? AND until_ns <= ? AND past.id < ?"
            " ORDER BY until_ns DESC, past.id DESC LIMIT 1",
            state.raw,
            state.since_ns,
            2**62 if state.id is None else state.id,
        )
    return found[0] if found else None


def _lineage(connection: sqlite3.Connection, state: _State) -> Iterator[_State]:
    """Yield the states before a rename, the newest first: the file is the same one."""
    renamed = state.renamed_from is not None
    seen = {state.id}
    while renamed and (before := _predecessor(connection, state)) is not None:
        if before.id in seen:
            return
        seen.add(before.id)
        yield before
        state = before


def _changes_of(
    connection: sqlite3.Connection, state: _State
) -> Iterator[tuple[int, Change]]:
    """Yield how a state began, and how its file ended, each with its nanoseconds."""
    before = _predecessor(connection, state)
    came_from = state.renamed_from
    began = Change(
        path=shown_name(state.raw),
        what=cast("ChangeKind", state.since),
        at=_time(state.since_ns),
        before=None if before is None else before.told(),
        after=state.told(),
        renamed_from=None if came_from is None else shown_name(came_from),
    )
    yield state.since_ns, began
    if state.until == "removed" and state.until_ns is not None:
        ended = Change(
            path=shown_name(state.raw),
            what="removed",
            at=_time(state.until_ns),
            before=state.told(),
            after=None,
        )
        yield state.until_ns, ended


def _renamed(state: _State, renamed_to: bytes) -> Change:
    return Change(
        path=shown_name(renamed_to),
        what="renamed",
        at=_time(state.until_ns or state.since_ns),
        before=state.told(),
        after=state.told(),
        renamed_from=shown_name(state.raw),
    )


def _net(events: Iterable[Change]) -> tuple[Change, ...]:
    """Return one change a file: from what it was first to what it is last."""
    found: dict[str, Change] = {}
    gone: list[Change] = []
    for event in events:
        earlier = found.pop(event.renamed_from or event.path, None)
        if earlier is None:
            found[event.path] = event
            continue
        if event.renamed_from is not None and event.path in found:
            # Another file stood there, and went.
            gone.append(found.pop(event.path))
        found[event.path] = _joined(earlier, event)
    net = [*gone, *filter(_is_change, found.values())]
    return tuple(sorted(net, key=lambda change: (change.path, change.at)))


def _joined(first: Change, last: Change) -> Change:
    came_from = first.renamed_from or (
        None if last.renamed_from is None else first.path
    )
    if came_from == last.path:
        came_from = None
    before, after = first.before, last.after
    what: ChangeKind = last.what
    if after is None:
        what = "removed"
    elif before is None:
        what, came_from = "added", None
    elif before.sha256 != after.sha256 or before.problem != after.problem:
        what = "changed"
    elif came_from is not None:
        what = "renamed"
    else:
        what = "reclassified"
    return Change(
        path=last.path,
        what=what,
        at=last.at,
        before=before,
        after=after,
        renamed_from=came_from,
    )


def _is_change(change: Change) -> bool:
    """Whether a file is another one than it was; it may have come and gone."""
    return change.before != change.after or change.renamed_from is not None


def _when(change: Change) -> tuple[dt.datetime, bool, str]:
    return change.at, change.what == "removed", change.path


def _time(at_ns: int) -> dt.datetime:
    # Microseconds: the clock says no more, and whole numbers do not round.
    at = dt.datetime.fromtimestamp(at_ns // 10**9, dt.UTC)
    return at.replace(microsecond=at_ns // 1000 % 10**6)
