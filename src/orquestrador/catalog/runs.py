"""The runs of a catalog: begun, ended, found again after a failure."""

import sqlite3

import msgspec

from orquestrador.errors import CatalogError
from orquestrador.messages import Run, RunCounts
from orquestrador.messages.run import RunOrder

_SELECT = """
    SELECT id, state, run_order, classifier, started_at_ns, ended_at_ns, reason, counts
    FROM runs
"""
_order = msgspec.json.Decoder(RunOrder)
_counts = msgspec.json.Decoder(RunCounts)


def begin(
    connection: sqlite3.Connection, order: RunOrder, classifier: str, now_ns: int
) -> Run:
    """Enter a run, unless its token was entered before; return it."""
    connection.execute(
        "INSERT OR IGNORE INTO runs"
        " (token, state, run_order, classifier, started_at_ns, counts)"
        " VALUES (?, 'running', ?, ?, ?, ?)",
        (order.token, _json(order), classifier, now_ns, _json(RunCounts())),
    )
    connection.execute(
        "INSERT OR REPLACE INTO about VALUES ('classifier', ?)", (classifier,)
    )
    return _run(
        connection.execute(f"{_SELECT} WHERE token = ?", (order.token,)).fetchone()
    )


def end(
    connection: sqlite3.Connection,
    run: int,
    outcome: tuple[str, str | None, RunCounts],
    now_ns: int,
) -> None:
    """Note how a run ended: its state, the reason and its counts.

    Raises:
        CatalogError: if there is no such run.

    """
    state, reason, counts = outcome
    changed = connection.execute(
        "UPDATE runs SET state = ?, reason = ?, counts = ?, ended_at_ns = ?"
        " WHERE id = ?",
        (state, reason, _json(counts), now_ns, run),
    ).rowcount
    if not changed:
        raise CatalogError(f"there is no run {run} that could end as {state!r}")


def interrupt_open(connection: sqlite3.Connection, reason: str, now_ns: int) -> int:
    """End every open run as interrupted; return how many there were."""
    return connection.execute(
        "UPDATE runs SET state = 'interrupted', reason = ?, ended_at_ns = ?"
        " WHERE state = 'running'",
        (reason, now_ns),
    ).rowcount


def oldest_open(connection: sqlite3.Connection, after: int) -> Run | None:
    """Return the first run begun later than `after` that has not ended."""
    row = connection.execute(
        f"{_SELECT} WHERE state = 'running' AND id > ? ORDER BY id LIMIT 1", (after,)
    ).fetchone()
    return None if row is None else _run(row)


def newest(connection: sqlite3.Connection) -> Run | None:
    """Return the run that began last."""
    row = connection.execute(f"{_SELECT} ORDER BY id DESC LIMIT 1").fetchone()
    return None if row is None else _run(row)


def _json(message: RunOrder | RunCounts) -> str:
    return msgspec.json.encode(message).decode()


def _run(row: tuple[int, str, str, str, int, int | None, str | None, str]) -> Run:
    number, state, order, classifier, started, ended, reason, counts = row
    return msgspec.convert(
        {
            "type": "Run",
            "id": number,
            "state": state,
            "order": _order.decode(order),
            "classifier": classifier,
            "started_at_ns": started,
            "ended_at_ns": ended,
            "reason": reason,
            "counts": _counts.decode(counts),
        },
        Run,
    )
