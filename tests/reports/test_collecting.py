"""A report's data: what is kept of the records, and in which order."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from orquestrador.catalog import Catalog
from orquestrador.messages import Batch, ClassifiedContent, FileState, Label, Record
from orquestrador.reports import About, ReportData, collect, contents

RecordOf = Callable[..., Record]
LabelOf = Callable[..., Label]
ReportOf = Callable[..., ReportData]


def test_an_endangered_expert_is_listed_once_with_its_copies(data: ReportData) -> None:
    expert = data.endangered[0]

    assert expert.path == "EAs/Gold Grid v3.mq4"
    assert expert.copies == 2
    assert expert.primary == "grid"
    assert [each.danger for each in expert.dangers] == [
        "martingale",
        "no_stop_loss",
        "dll_import",
    ]


def test_a_danger_shows_the_lines_it_rests_on(data: ReportData) -> None:
    locks = data.endangered[1].dangers[0]

    assert locks.danger == "locks"
    assert [evidence.line for evidence in locks.evidence] == [31, 33]


def test_more_dangers_come_first_and_then_the_path_decides(
    report_of: ReportOf, record_of: RecordOf, label_of: LabelOf
) -> None:
    one, two = (
        (label_of("decompiled"),),
        (label_of("decompiled"), label_of("dll_import")),
    )

    data = report_of(
        record_of("a.mq4", hygiene=one),
        record_of("b.mq4", hygiene=two),
        record_of("c.mq4", hygiene=one),
    )

    assert [each.path for each in data.endangered] == ["b.mq4", "a.mq4", "c.mq4"]


def test_what_is_no_expert_is_not_endangered(
    report_of: ReportOf, record_of: RecordOf, label_of: LabelOf
) -> None:
    data = report_of(
        record_of("a.mq4", kind="indicator", hygiene=(label_of("dll_import"),))
    )

    assert data.endangered == ()


def test_copies_are_grouped_by_content_and_the_costliest_come_first(
    report_of: ReportOf, record_of: RecordOf
) -> None:
    data = report_of(
        record_of("small 1", sha256="a" * 64, size=10),
        record_of("small 2", sha256="a" * 64, size=10),
        record_of("large 1", sha256="b" * 64, size=1000),
        record_of("large 2", sha256="b" * 64, size=1000),
        record_of("large 3", sha256="b" * 64, size=1000),
        record_of("alone", sha256="c" * 64, size=5000),
    )

    assert [(each.files, each.surplus_bytes) for each in data.copies] == [
        (3, 2000),
        (2, 10),
    ]
    assert data.copies[0].paths == ("large 1", "large 2", "large 3")


def test_files_without_content_are_no_copies_of_each_other(
    report_of: ReportOf, record_of: RecordOf
) -> None:
    unread = {"sha256": "", "kind": "unknown", "reason": "permission denied"}

    data = report_of(record_of("b", **unread), record_of("a", **unread))

    assert data.copies == ()
    assert [each.path for each in data.unclassified] == ["a", "b"]


def test_strategies_and_symbols_are_counted_by_content_and_by_file(
    data: ReportData,
) -> None:
    strategies = {each.code: (each.contents, each.files) for each in data.strategies}
    symbols = [(each.code, each.contents, each.files) for each in data.symbols]

    assert strategies == {
        "grid": (1, 3),
        "scalping": (1, 1),
        "smc_ict": (1, 1),
        "trend_following": (1, 1),
    }
    assert symbols == [("XAUUSD", 2, 4), ("EURUSD", 1, 1), ("GBPUSD", 1, 1)]


def test_a_list_ends_where_a_report_would_grow_without_end(
    monkeypatch: pytest.MonkeyPatch, report_of: ReportOf, record_of: RecordOf
) -> None:
    monkeypatch.setattr(contents, "MOST_ROWS", 2)
    records = [record_of(f"{n}", kind="unknown", reason="empty") for n in range(5)]

    assert [each.path for each in report_of(*records).unclassified] == ["0", "1"]


def test_the_time_is_the_caller_s_and_is_kept_in_utc(data: ReportData) -> None:
    brasilia = dt.timezone(dt.timedelta(hours=-3))
    about = About("/x", "p 1", dt.datetime(2026, 1, 1, 22, 0, tzinfo=brasilia))

    as_of = collect(about, data.summary, []).as_of

    assert as_of == dt.datetime(2026, 1, 2, 1, 0, tzinfo=dt.UTC)
    assert as_of.tzinfo is dt.UTC


def test_the_last_run_says_how_long_it_took(data: ReportData) -> None:
    assert data.run is not None
    assert data.run.seconds == 12.5
    assert data.run.seen == 12_196


def test_a_report_on_a_catalog_says_what_the_catalog_knows(
    tmp_path: Path, record_of: RecordOf, label_of: LabelOf
) -> None:
    record = record_of("any", sha256="a" * 64, hygiene=(label_of("decompiled"),))
    about = About("/x", "p 1", dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    with Catalog(tmp_path / "catalog.sqlite3") as catalog:
        catalog.store(
            Batch(
                files=tuple(_file(name) for name in (b"b.mq4", b"a.mq4")),
                records=(ClassifiedContent(suffix=".mq4", record=record),),
            )
        )

        data = collect(about, catalog.summary(), catalog.outlines())

    assert data.summary.files == 2
    assert data.summary.surplus_files == 1
    assert [(each.path, each.copies) for each in data.endangered] == [("a.mq4", 1)]
    assert data.run is None
    assert data.backup is None


def _file(name: bytes) -> FileState:
    return FileState(
        raw=name,
        size=48_211,
        mtime_ns=1,
        inode=None,
        scanned_at_ns=2,
        sha256="a" * 64,
        suffix=".mq4",
    )
