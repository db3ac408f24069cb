"""A report as PDF: the same bytes each time, with fonts that every reader has."""

import re
import subprocess
import sys
import zlib
from collections.abc import Callable

import pytest

from orquestrador.interface.translation import choose
from orquestrador.messages import Record
from orquestrador.reports import ReportData
from orquestrador.words import ENGLISH

pytest.importorskip("fpdf")
from orquestrador.reports.to_pdf import drawable, report_pdf

PORTUGUESE = choose("pt_BR", {})
RecordOf = Callable[..., Record]
ReportOf = Callable[..., ReportData]


def pdf_texts(content: bytes) -> list[str]:
    """Return the texts of a PDF in the order they are drawn."""
    streams = re.findall(rb"stream\n(.*?)\nendstream", content, re.DOTALL)
    pages = b"\n".join(zlib.decompress(each) for each in streams[:-1] or streams)
    found = re.findall(rb"\(((?:[^()\\]|\\.)*)\) Tj", pages)
    return [re.sub(rb"\\(.)", rb"\1", each).decode("cp1252") for each in found]


def test_the_same_data_gives_the_same_bytes(
    data: ReportData, report_of: ReportOf
) -> None:
    content = report_pdf(data, ENGLISH)

    assert content.startswith(b"%PDF-")
    assert content == report_pdf(report_of(), ENGLISH)
    assert b"(D:20261122143000Z)" in content


def test_it_says_the_most_important_in_the_reader_s_language(data: ReportData) -> None:
    english = " ".join(pdf_texts(report_pdf(data, ENGLISH)))
    portuguese = " ".join(pdf_texts(report_pdf(data, PORTUGUESE)))

    assert "Library report" in english
    assert "12,196" in english
    assert "Recomendações" in portuguese
    assert "Aumenta o lote (martingale)" in portuguese


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("cópia, já", "cópia, já"),
        ("黄金.mq4", r"\u9ec4\u91d1.mq4"),
        ("Золото", r"\u0417\u043e\u043b\u043e\u0442\u043e"),
    ],
)
def test_a_character_that_the_fonts_lack_is_written_out(text: str, shown: str) -> None:
    assert drawable(text) == shown


def test_a_hostile_name_stays_a_name(report_of: ReportOf, record_of: RecordOf) -> None:
    evil = "(x) Tj (\\)\n\u202e\udcff" + "w" * 300
    data = report_of(record_of(evil), record_of("b", sha256="a" * 64))

    content = report_pdf(data.replace(library=evil, program=evil), ENGLISH)

    # A line may end at a blank, which is then not drawn.
    drawn = "".join(pdf_texts(content)).replace(" ", "")
    assert r"(x)Tj(\)\n\u202e\udcffwww" in drawn


def test_without_the_library_it_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['fpdf'] = None\n"
        "from pathlib import Path\n"
        "from orquestrador.errors import ReportError\n"
        "from orquestrador.reports.writing import write_report\n"
        "try: write_report(None, Path(sys.argv[1]), None, ['json', 'pdf'])\n"
        "except ReportError as error: print(error)\n"
    )

    ended = subprocess.run(
        [sys.executable, "-c", code, "nowhere"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert "pip install 'orquestrador[pdf]'" in ended.stdout
