"""What a report recommends, and why."""

from typing import get_args

from orquestrador.interface.translation import choose
from orquestrador.messages import Tally
from orquestrador.reports.advice import advice
from orquestrador.reports.advice_words import WORDS, advised
from orquestrador.reports.data import Advice, AdviceCode, ReportData
from orquestrador.reports.saying import Said
from orquestrador.words import ENGLISH

PORTUGUESE = choose("pt_BR", {})


def _codes(data: ReportData, **changes: object) -> list[str]:
    given = {"backup": data.backup, "alike": data.alike} | changes
    return [
        each.advice
        for each in advice(data.summary, data.hygiene, given["backup"], given["alike"])  # type: ignore[arg-type] -- both are of the data
    ]


def test_the_most_urgent_comes_first(data: ReportData) -> None:
    assert _codes(data, backup=None)[0] == "no_backup"
    assert _codes(data) == [
        "one_disk",
        "no_stop_loss",
        "martingale",
        "locks",
        "dll_import",
        "decompiled",
        "copies",
        "unread",
        "unknown",
    ]


def test_a_backup_on_another_disk_needs_no_advice(data: ReportData) -> None:
    assert data.backup is not None
    safe = data.backup.replace(only_on_library_disk=False)

    assert _codes(data, backup=safe)[0] == "no_stop_loss"


def test_secrets_come_before_other_dangers(data: ReportData) -> None:
    secret = Tally(code="secret", files=3, contents=2)

    found = advice(data.summary, (secret,), data.backup, None)

    assert found[1] == Advice(advice="secrets", files=3, contents=2, bytes=0)


def test_a_library_in_order_gets_no_advice(data: ReportData) -> None:
    assert data.backup is not None
    calm = data.summary.replace(
        surplus_files=0, unread=(), unknown=(), dangers=(), pending=0
    )

    assert advice(calm, (), data.backup.replace(only_on_library_disk=False), None) == ()


def test_the_reason_names_the_figures_in_the_reader_s_language(
    data: ReportData,
) -> None:
    (copies,) = (each for each in data.advice if each.advice == "copies")

    assert advised(copies, Said(ENGLISH)).why == (
        "Files that repeat the bytes of another: 9,206; they take 371.4 MB."
    )
    assert advised(copies, Said(PORTUGUESE)).why == (
        "Arquivos que repetem os bytes de outro: 9.206; ocupam 371,4 MB."
    )


def test_every_advice_has_its_words() -> None:
    assert sorted(WORDS) == sorted(get_args(AdviceCode))
