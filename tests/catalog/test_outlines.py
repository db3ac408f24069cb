"""What reports are told of every file, and how the figures went from run to run."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from orquestrador.catalog import Catalog
from orquestrador.catalog.outlines import outline
from orquestrador.catalog.reading import PENDING
from orquestrador.errors import CatalogError
from orquestrador.messages import Batch, ClassifiedContent, FileState, Record
from orquestrador.messages.run import RunOrder

MakeRecord = Callable[..., Record]
MakeState = Callable[..., FileState]
Put = Callable[..., Record]


def test_an_outline_says_what_the_record_says(catalog: Catalog, put: Put) -> None:
    put("b.mq4", risk=("no_stop_loss",), symbols=("XAUUSD",))
    put("a.mq4", hygiene=("decompiled",), kind="indicator")

    assert list(catalog.outlines()) == [outline(each) for each in catalog.records()]


def test_files_of_one_content_share_what_is_said_of_it(
    catalog: Catalog, put: Put
) -> None:
    put("b.mq4", "same")
    put("a.mq4", "same")

    first, second = catalog.outlines()

    assert [first.path, second.path] == ["a.mq4", "b.mq4"]
    assert first.said is second.said


def test_a_file_without_a_record_says_why(
    catalog: Catalog, make_state: MakeState
) -> None:
    unread = make_state(b"a.mq4", None, problem="no permission to read: x")
    catalog.store(Batch(files=(unread, make_state(b"b.mq4", "waits"))))

    found = [(each.sha256, each.said.reason) for each in catalog.outlines()]

    assert found[0] == ("", "no permission to read: x")
    assert found[1][1] == PENDING


def test_a_damaged_record_is_named(catalog: Catalog, put: Put, path: Path) -> None:
    record = put("a.mq4")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE records SET record = x'c1'")

    with pytest.raises(CatalogError, match=record.sha256[:12]):
        list(catalog.outlines())


class _Runs:
    """Stores files in runs that end one after the other."""

    def __init__(self, catalog: Catalog, record: MakeRecord, state: MakeState) -> None:
        self.catalog = catalog
        self._record = record
        self._state = state

    def run(self, *removed: bytes, says: Any = None, **held: str | None) -> None:
        """Run once, and see files hold contents; None could not be read."""
        begun = self.catalog.begin_run(RunOrder(token=str(time.time_ns())), "1")
        now_ns = time.time_ns()
        states = tuple(
            self._state(
                f"{name}.mq4".encode(),
                content,
                scanned_at_ns=now_ns,
                problem=None if content else "broken",
            )
            for name, content in held.items()
        )
        records = tuple(
            ClassifiedContent(
                suffix=".mq4", record=self._record(content, **(says or {}))
            )
            for content in sorted(filter(None, held.values()))
        )
        self.catalog.store(
            Batch(
                files=states,
                records=records,
                removed=removed,
                removed_at_ns=(now_ns,) * len(removed),
            )
        )
        self.catalog.end_run(begun.id, "done")


@pytest.fixture
def runs(catalog: Catalog, make_record: MakeRecord, make_state: MakeState) -> _Runs:
    return _Runs(catalog, make_record, make_state)


def _figures(catalog: Catalog, limit: int = 100) -> list[tuple[int, ...]]:
    return [
        (each.files, each.contents, each.experts, each.endangered, each.unread)
        for each in catalog.trend(limit)
    ]


def test_the_trend_tells_the_figures_at_the_end_of_each_run(
    catalog: Catalog, runs: _Runs
) -> None:
    runs.run(a="1", b="1", c="2")
    runs.run(d="3", e=None, says={"risk": ("no_stop_loss",)})
    runs.run(b"d.mq4", a="4", says={"kind": "indicator"})

    assert _figures(catalog) == [
        (3, 2, 2, 0, 0),
        (5, 3, 3, 1, 1),
        (4, 3, 2, 0, 1),
    ]


def test_the_trend_keeps_to_the_last_runs_and_leaves_the_open_one_out(
    catalog: Catalog, runs: _Runs
) -> None:
    runs.run(a="1")
    runs.run(b="2")
    runs.run(c="3")
    catalog.begin_run(RunOrder(token="open"), "1")  # noqa: S106 -- a run's name

    assert [each[0] for each in _figures(catalog, 2)] == [2, 3]
    assert _figures(catalog) == _figures(catalog)


def test_without_a_run_there_is_no_trend(catalog: Catalog, put: Put) -> None:
    put("a.mq4")

    assert catalog.trend() == ()
