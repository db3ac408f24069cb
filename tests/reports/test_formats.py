"""All formats of a report say the same figures."""

import csv
import io
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from orquestrador.interface.translation import Translation, choose
from orquestrador.reports import ReportData, write_report
from orquestrador.reports.figures import Figure, figures
from orquestrador.reports.labels import EXPERT_DANGERS, label

ReportOf = Callable[..., ReportData]
Told = set[tuple[str, str, int, int]]
"""What charts say: section, label, contents, files."""

CHARTS = {
    "language": "Languages",
    "kind": "Kinds",
    "strategy": "Primary strategies",
    "symbol": "Symbols",
    "danger": "Experts with a danger",
    "risk": "Protections and dangers of experts",
    "hygiene": "Hygiene of all files",
    "timeframe": "Timeframes",
    "quality": "Quality, of 100 points",
    "encoding": "Encodings",
}
ONLY_STATISTICS = {"timeframe", "quality", "encoding"}


@pytest.fixture(params=["en", "pt_BR"])
def words(request: pytest.FixtureRequest) -> Translation:
    return choose(request.param, {})


@pytest.mark.parametrize("kind", ["executive", "full", "statistics"])
def test_every_format_says_the_same_figures(
    kind: str, words: Translation, report_of: ReportOf, tmp_path: Path
) -> None:
    data = report_of(kind=kind)
    html, markdown, pdf, plain = (
        path.read_bytes()
        for path in write_report(data, tmp_path, words, ["html", "md", "pdf", "json"])
    )
    expected = _expected(figures(data), kind, words)
    assert len(expected) >= 25

    assert _of_grids(_html_tables(html.decode("utf-8")), words) == expected
    assert _of_grids(_markdown_tables(markdown.decode("utf-8")), words) == expected
    assert _of_texts(_pdf_texts(pdf), words) == expected
    assert _expected(_json_figures(json.loads(plain)), kind, words) == expected


@pytest.mark.parametrize("kind", ["executive", "statistics"])
def test_the_csv_has_these_figures_and_those_at_the_top(
    kind: str, report_of: ReportOf, tmp_path: Path
) -> None:
    data = report_of(kind=kind)

    (path,) = write_report(data, tmp_path, choose("en", {}), ["csv"])

    rows = csv.reader(io.StringIO(path.read_text("utf-8"), newline=""))
    assert next(rows) == list(Figure._fields)
    told = [
        Figure(row[0], row[1], *(int(each) if each else None for each in row[2:]))
        for row in rows
    ]
    assert told == list(figures(data))
    assert Figure("library", "all", 12_196, 2_990, 487_000_000) in told


def test_a_full_csv_and_its_json_have_the_same_files(
    report_of: ReportOf, tmp_path: Path
) -> None:
    table, plain = write_report(
        report_of(kind="full"), tmp_path, choose("en", {}), ["csv", "json"]
    )

    rows = csv.DictReader(io.StringIO(table.read_text("utf-8"), newline=""))
    assert {(row["path"], row["kind"], row["size"]) for row in rows} == {
        (path, each["kind"], str(each["size"]))
        for each in json.loads(plain.read_bytes())["contents"]
        for path in each["paths"]
    }


def _expected(told: Any, kind: str, words: Translation) -> Told:
    """Return what a report's charts are to say."""
    return {
        (each.section, _name(each, words), each.contents or 0, each.files or 0)
        for each in told
        if each.section in CHARTS
        and (kind == "statistics" or each.section not in ONLY_STATISTICS)
    }


def _name(figure: Figure, words: Translation) -> str:
    if figure.section in {"symbol", "timeframe", "quality", "encoding"}:
        return figure.code
    if figure.section == "danger":
        return words.gettext(EXPERT_DANGERS[figure.code])
    return words.gettext(label(figure.code))


def _json_figures(plain: dict[str, Any]) -> list[Figure]:
    places = {
        "language": plain["summary"]["languages"],
        "kind": plain["summary"]["kinds"],
        "danger": plain["summary"]["dangers"],
        "strategy": plain["strategies"],
        "symbol": plain["symbols"],
        "timeframe": plain["timeframes"],
        "risk": plain["risk"],
        "hygiene": plain["hygiene"],
        "quality": plain["quality"],
        "encoding": plain["encodings"],
    }
    return [
        Figure(section, each["code"], each["files"], each["contents"])
        for section, tallies in places.items()
        for each in tallies
    ]


def _number(text: str) -> int:
    return int(re.sub(r"[.,]", "", text))


def _of_grids(grids: list[list[list[str]]], words: Translation) -> Told:
    titles = {words.gettext(title): section for section, title in CHARTS.items()}
    return {
        (titles[head[0]], row[0], _number(row[1]), _number(row[2]))
        for head, *rows in grids
        if head[0] in titles and head[1] == words.gettext("Contents")
        for row in rows
    }


class _Tables(HTMLParser):
    """Reads the tables of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self._in_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in {"th", "td"}:
            self.tables[-1][-1].append("")
            self._in_cell = True

    def handle_endtag(self, tag: str) -> None:
        if tag in {"th", "td"}:
            self._in_cell = False

    def handle_data(self, data: str) -> None:
        if self._in_cell:
            self.tables[-1][-1][-1] += data


def _html_tables(text: str) -> list[list[list[str]]]:
    reader = _Tables()
    reader.feed(text)
    return [table for table in reader.tables if len(table[0]) > 1]


def _markdown_tables(text: str) -> list[list[list[str]]]:
    found = re.findall(r"(?:^\|.*\|\n)+", text, re.MULTILINE)
    return [
        [
            [re.sub(r"\\(.)", r"\1", each) for each in row[2:-2].split(" | ")]
            for row in table.splitlines()
            if not row.startswith("| ---")
        ]
        for table in found
    ]


def _pdf_texts(content: bytes) -> list[str]:
    import zlib  # noqa: PLC0415 -- a PDF's own compression

    texts: list[str] = []
    for stream in re.findall(rb"stream\n(.*?)\nendstream", content, re.DOTALL):
        page = zlib.decompress(stream)
        found = re.findall(rb"\(((?:[^()\\]|\\.)*)\) Tj", page)
        # The last of each is the page's number.
        texts += (
            re.sub(rb"\\(.)", rb"\1", each).decode("cp1252") for each in found[:-1]
        )
    return texts


def _of_texts(texts: list[str], words: Translation) -> Told:
    """Return what a PDF's charts say: a title, two heads, then three texts a row."""
    titles = {words.gettext(title): section for section, title in CHARTS.items()}
    heads = [words.gettext("Contents"), words.gettext("Files")]
    full = {
        words.gettext(name)[:35]: words.gettext(name)
        for name in (*map(label, _codes()), *EXPERT_DANGERS.values())
    }
    starts = [
        place
        for place, text in enumerate(texts)
        if text in titles and texts[place + 1 : place + 3] == heads
    ]
    told: Told = set()
    for start, end in pairwise([*starts, len(texts)]):
        section = titles[texts[start]]
        for place in range(start + 3, end - 2, 3):
            name, contents, files = texts[place : place + 3]
            if not (_is_number(contents) and _is_number(files)):
                break
            name = full.get(name[:35], name)
            told.add((section, name, _number(contents), _number(files)))
    return told


def _codes() -> list[str]:
    from orquestrador.reports.labels import LABELS  # noqa: PLC0415 -- for long names

    return [*LABELS]


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[\d.,]+", text) is not None
