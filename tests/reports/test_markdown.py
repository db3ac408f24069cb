"""A report as Markdown: tables, and names that stay names."""

import re
from collections.abc import Callable

import pytest

from orquestrador.messages import Record
from orquestrador.reports import ReportData
from orquestrador.reports.to_markdown import escaped, report_markdown
from orquestrador.words import ENGLISH

RecordOf = Callable[..., Record]
ReportOf = Callable[..., ReportData]


def test_headings_lists_and_tables_say_the_figures(data: ReportData) -> None:
    text = report_markdown(data, ENGLISH).decode("utf-8")

    assert text.startswith("# Library report\n\nLibrary: /home/ana/")
    assert "- **12,196** files (487.0 MB)\n" in text
    assert (
        "| Languages | Contents | Files |\n| --- | ---: | ---: |\n"
        "| MQL4 | 2,011 | 8,410 |\n"
    ) in text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a|b", r"a\|b"),
        ("*bold* _it_ `code`", r"\*bold\* \_it\_ \`code\`"),
        ("[x](javascript:1)", r"\[x\](javascript:1)"),
        ("![x](y)", r"\!\[x\](y)"),
        ("<script>", r"\<script\>"),
        ("&lt;", r"\&lt;"),
        ("http://evil.example", r"http:\/\/evil.example"),
        ("www.evil.example", r"www\.evil.example"),
        ("a@b.example", r"a\@b.example"),
        ("back\\slash", r"back\\slash"),
        ("~~gone~~ $x$ # {a}", r"\~\~gone\~\~ \$x\$ \# \{a\}"),
    ],
)
def test_markup_in_a_text_is_shown_as_it_is(text: str, shown: str) -> None:
    assert escaped(text) == shown


def test_every_row_of_a_table_has_the_columns_of_its_head(
    report_of: ReportOf, record_of: RecordOf
) -> None:
    evil = "a|b\n# <b>x</b>\u202e\udcff.mq4"
    data = report_of(record_of(evil, symbols=(evil,)), kind="full")

    text = report_markdown(data, ENGLISH).decode("utf-8")

    assert r"a\|b\\n\# \<b\>x\</b\>\\u202e\\udcff.mq4" in text
    for table in re.findall(r"(?:^\|.*\|\n)+", text, re.MULTILINE):
        bars = {len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}
        assert len(bars) == 1
