"""The library in figures as it was at the end of each earlier run."""

import datetime as dt
import sqlite3
from bisect import bisect_left
from collections import Counter, defaultdict
from typing import NamedTuple

from orquestrador.catalog.summary import DANGERS
from orquestrador.messages.history import TrendPoint

_RUNS = """
    SELECT id, ended_at_ns FROM runs
    WHERE ended_at_ns IS NOT NULL AND state <> 'running' ORDER BY id DESC LIMIT ?
"""
# What a path held before is told by the labels its content has today, so that rules
# which have learned since do not look like a change of the library.
_STATES = """
    SELECT since_ns, NULL, sha256, kind, content, problem IS NOT NULL FROM listing
    UNION ALL
    SELECT since_ns, until_ns, sha256, past.kind, content, problem IS NOT NULL
    FROM past LEFT JOIN contents ON contents.id = content
"""


class _State(NamedTuple):
    """What a path held from one moment until another."""

    since_ns: int
    until_ns: int | None
    """None: it still does."""

    sha256: str | None
    kind: str | None
    content: int | None
    is_unread: int


def trend(connection: sqlite3.Connection, limit: int) -> tuple[TrendPoint, ...]:
    """Return the library's figures run by run; see `Catalog.trend`."""
    connection.execute("BEGIN")  # all readings are of one moment
    try:
        runs = sorted(connection.execute(_RUNS, (limit,)), key=lambda run: run[1])
        states = [_State(*row) for row in connection.execute(_STATES)]
        endangered = _endangered(connection)
    finally:
        connection.execute("ROLLBACK")
    count = _Count([ended_ns for _run, ended_ns in runs], endangered)
    for state in states:
        count.add(state)
    return tuple(
        count.point(place, run, ended_ns) for place, (run, ended_ns) in enumerate(runs)
    )


def _endangered(connection: sqlite3.Connection) -> set[int]:
    codes = [code for codes in DANGERS.values() for code in codes]
    marks = ", ".join("?" * len(codes))
    rows = connection.execute(
        "SELECT DISTINCT content FROM labels"  # noqa: S608 -- question marks
        f" WHERE facet IN ('risk', 'hygiene') AND code IN ({marks})",
        codes,
    )
    return {content for (content,) in rows}


class _Count:
    """Counts by moments; a set of moments is a number whose bits they are."""

    def __init__(self, moments: list[int], endangered: set[int]) -> None:
        self._moments = moments
        self._dangers = endangered
        self._files: Counter[int] = Counter()
        self._unread: Counter[int] = Counter()
        self._contents: defaultdict[str, int] = defaultdict(int)
        self._experts: defaultdict[str, int] = defaultdict(int)
        self._endangered: defaultdict[str, int] = defaultdict(int)

    def add(self, state: _State) -> None:
        began = bisect_left(self._moments, state.since_ns)
        until = state.until_ns
        ended = (
            len(self._moments) if until is None else bisect_left(self._moments, until)
        )
        present = (1 << max(began, ended)) - (1 << began)
        self._files[present] += 1
        if state.is_unread:
            self._unread[present] += 1
        if state.sha256 is None:
            return
        self._contents[state.sha256] |= present
        if state.kind == "expert" and not state.is_unread:
            self._experts[state.sha256] |= present
            if state.content in self._dangers:
                self._endangered[state.sha256] |= present

    def point(self, place: int, run: int, moment_ns: int) -> TrendPoint:
        bit = 1 << place
        return TrendPoint(
            run=run,
            at=dt.datetime.fromtimestamp(moment_ns // 10**9, dt.UTC),
            files=sum(count for mask, count in self._files.items() if mask & bit),
            contents=_holding(self._contents, bit),
            experts=_holding(self._experts, bit),
            endangered=_holding(self._endangered, bit),
            unread=sum(count for mask, count in self._unread.items() if mask & bit),
        )


def _holding(masks: dict[str, int], bit: int) -> int:
    return sum(1 for mask in masks.values() if mask & bit)
