"""All files as columns: complete, and safe inside a page."""

import json
from collections.abc import Callable
from typing import Any

from orquestrador.interface.translation import choose
from orquestrador.messages import Label, Record
from orquestrador.reports import ReportData
from orquestrador.reports.rows import columns_json
from orquestrador.reports.saying import Said
from orquestrador.words import ENGLISH

RecordOf = Callable[..., Record]
ReportOf = Callable[..., ReportData]
SAID = Said(ENGLISH)


def _columns(data: ReportData, say: Said = SAID) -> Any:
    return json.loads(columns_json(data, say))


def _paths(columns: Any) -> list[str]:
    files = columns["files"]
    return [
        f"{columns['folders'][folder]}/{name}".lstrip("/")
        for folder, name in zip(files["folder"], files["name"], strict=True)
    ]


def test_every_file_is_there_once_in_path_order(report_of: ReportOf) -> None:
    columns = _columns(report_of(kind="full"))

    paths = _paths(columns)
    assert paths == sorted(paths)
    assert len(paths) == len({*paths}) == len(columns["files"]["content"]) == 8


def test_what_is_said_of_a_content_stands_once(report_of: ReportOf) -> None:
    columns = _columns(report_of(kind="full"))

    numbers = columns["files"]["content"]
    by_path = dict(zip(_paths(columns), numbers, strict=True))
    assert (
        by_path["EAs/Gold Grid v3.mq4"]
        == by_path["Downloads/Gold Grid v3.mq4"]
        == by_path["Backup/antigos/2019/Gold Grid v3 (cópia).mq4"]
    )
    assert len(columns["contents"]) == len({*numbers}) == 6


def test_codes_are_in_the_reader_s_language_and_the_worst_comes_first(
    report_of: ReportOf, record_of: RecordOf, label_of: Callable[..., Label]
) -> None:
    record = record_of(
        "a.mq4",
        risk=(label_of("stop_loss"), label_of("adds_to_losers")),
        hygiene=(label_of("decompiled"),),
    )
    columns = _columns(report_of(record, kind="full"), Said(choose("pt_BR", {})))

    (content,) = columns["contents"]
    labels = columns["labels"]
    assert labels[content[1]] == "Expert Advisor"
    assert [labels[each] for each in content[4]] == [
        "Aumenta posições perdedoras (grid, preço médio)",
        "Código descompilado",
        "Stop loss",
    ]
    assert columns["codes"] == ["XAUUSD", "M5"]


def test_nothing_in_it_ends_the_element_it_stands_in(
    report_of: ReportOf, record_of: RecordOf
) -> None:
    evil = "</script><!--&\u2028\u202e\udcff.mq4"
    data = report_of(record_of(evil, symbols=(evil,)), kind="full")

    text = columns_json(data, SAID)

    assert not {*"<>&\u2028\u202e"} & {*text}
    shown = "</script><!--&\\u2028\\u202e\\udcff.mq4"
    assert _paths(json.loads(text)) == [shown]
