"""A small library's records and figures, as a report gets them."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from orquestrador.catalog.outlines import outline
from orquestrador.messages import (
    Evidence,
    Label,
    Record,
    RecordEvidence,
    Run,
    RunCounts,
    Summary,
    Tally,
)
from orquestrador.messages.history import TrendPoint
from orquestrador.messages.run import RunOrder
from orquestrador.reports import About, BackupStatus, ReportData, collect

SECOND = 10**9
ABOUT = About(
    library="/home/ana/Codigos Fonte/CODIGO_FONTE_LIBRARY",
    program="orquestrador 0.1.0",
    as_of=dt.datetime(2026, 11, 22, 14, 30, tzinfo=dt.UTC),
)
BACKUP = BackupStatus(
    snapshots=12,
    newest=dt.datetime(2026, 11, 22, 14, 29, tzinfo=dt.UTC),
    files=12_196,
    bytes=21_400_000,
    folder="/home/ana/Codigos Fonte/CODIGO_FONTE_LIBRARY/.orquestrador/snapshots",
    only_on_library_disk=True,
)
RUN = Run(
    id=1,
    state="done",
    order=RunOrder(token="first"),  # noqa: S106 -- a run's name
    classifier="1+5f3a",
    started_at_ns=1_795_357_700 * SECOND,
    ended_at_ns=1_795_357_712 * SECOND + SECOND // 2,
    reason=None,
    counts=RunCounts(seen=12_196, read=12_196, classified=2_990, failed=3, removed=0),
)

TREND = tuple(
    TrendPoint(
        run=number,
        at=dt.datetime(2026, 11, 20 + number, 14, 28, tzinfo=dt.UTC),
        files=files,
        contents=contents,
        experts=981,
        endangered=endangered,
        unread=4,
    )
    for number, files, contents, endangered in (
        (1, 11_900, 2_950, 590),
        (2, 12_196, 2_990, 560),
    )
)


def make_label(code: str, line: int = 12, text: str = "Lots = Lots * 2;") -> Label:
    return Label(
        label=code, evidence=(Evidence(rule=f"{code}.rule", line=line, text=text),)
    )


def make_record(path: str, **changes: Any) -> Record:
    record = Record(
        path=path,
        sha256=f"{hash_of(path):064x}",
        size=48_211,
        encoding="utf-8",
        language="mql4",
        language_version=None,
        kind="expert",
        primary="grid",
        strategies=(),
        risk=(),
        hygiene=(),
        prop_firm=None,
        symbols=("XAUUSD",),
        timeframes=("M5",),
        facts=None,
        quality=None,
        evidence=RecordEvidence(),
        confidence=0.9,
        reason=None,
        level="full",
        classifier="1+5f3a",
    )
    return record.replace(**changes)


def hash_of(text: str) -> int:
    return int.from_bytes(text.encode("utf-8", "surrogatepass")[:31], "big")


def tallies(*rows: tuple[str, int, int]) -> tuple[Tally, ...]:
    return tuple(
        Tally(code=code, files=files, contents=contents)
        for code, files, contents in rows
    )


SUMMARY = Summary(
    files=12_196,
    bytes=487_000_000,
    contents=2_990,
    surplus_files=9_206,
    surplus_bytes=371_400_000,
    languages=tallies(
        ("mql4", 8_410, 2_011),
        ("mql5", 2_900, 702),
        ("pine", 610, 240),
        ("mql", 90, 37),
    ),
    kinds=tallies(
        ("indicator", 5_810, 1_420),
        ("expert", 4_100, 981),
        ("include", 1_300, 322),
        ("script", 520, 140),
        ("strategy", 200, 90),
        ("library", 80, 36),
        ("unknown", 3, 1),
    ),
    experts=Tally(code="expert", files=4_100, contents=981),
    endangered=Tally(code="any", files=2_350, contents=560),
    dangers=tallies(
        ("martingale", 1_200, 301),
        ("no_stop_loss", 900, 218),
        ("dll_import", 410, 96),
        ("web_request", 130, 31),
        ("locks", 220, 54),
        ("decompiled", 610, 149),
    ),
    unknown=tallies(("HTML page", 2, 1), ("empty", 1, 1)),
    unread=tallies(("archive, not read (.rar)", 3, 0), ("permission denied", 1, 0)),
    pending=0,
)

RECORDS = (
    make_record(
        "EAs/Gold Grid v3.mq4",
        sha256="a" * 64,
        risk=(
            make_label("lot_multiplier", 212, "lot = NormalizeDouble(lot*Factor,2);"),
            make_label("no_stop_loss", 97, "OrderSend(Symbol(),OP_BUY,lot,Ask,3,0,0)"),
        ),
        hygiene=(make_label("dll_import", 9, '#import "wininet.dll"'),),
    ),
    make_record("Downloads/Gold Grid v3.mq4", sha256="a" * 64),
    make_record("Backup/antigos/2019/Gold Grid v3 (cópia).mq4", sha256="a" * 64),
    make_record(
        "EAs/Night Scalper PRO.mq5",
        language="mql5",
        primary="scalping",
        symbols=("EURUSD", "GBPUSD"),
        hygiene=(
            make_label("account_lock", 31, "if(AccountNumber()!=123456) return;"),
            make_label("expiry_lock", 33, "if(TimeCurrent()>D'2021.12.31') return;"),
        ),
    ),
    make_record(
        "Indicators/SuperTrend.mq4", kind="indicator", primary="trend_following"
    ),
    make_record(
        "Pine/liquidity sweep.pine",
        kind="indicator",
        language="pine",
        primary="smc_ict",
        symbols=(),
    ),
    make_record(
        "misc/pagina.mq4",
        language="unknown",
        kind="unknown",
        primary=None,
        reason="HTML page",
        symbols=(),
    ),
    make_record(
        "misc/fontes.rar",
        sha256="",
        language="unknown",
        kind="unknown",
        primary=None,
        strategies=None,
        risk=None,
        hygiene=None,
        symbols=None,
        reason="archive, not read (.rar)",
        level="quick",
    ),
)


def make_data(*records: Record, **changes: Any) -> ReportData:
    kind = changes.pop("kind", "executive")
    data = collect(
        ABOUT._replace(kind=kind),
        SUMMARY,
        map(outline, records or RECORDS),
        run=RUN,
        backup=BACKUP,
        trend=TREND,
    )
    return data.replace(**changes)


@pytest.fixture
def data() -> ReportData:
    return make_data()


@pytest.fixture(scope="session")
def report_of() -> Callable[..., ReportData]:
    return make_data


@pytest.fixture(scope="session")
def record_of() -> Callable[..., Record]:
    return make_record


@pytest.fixture(scope="session")
def label_of() -> Callable[..., Label]:
    return make_label
