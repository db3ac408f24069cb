"""The page: whole, safe against what names hold, and in the reader's language."""

import base64
import datetime as dt
import gettext
import hashlib
import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from orquestrador.interface.translation import Translation, choose
from orquestrador.messages import Label, Record
from orquestrador.reports import ReportData
from orquestrador.reports.saying import readable_size
from orquestrador.reports.sections import SHOWN_ROWS
from orquestrador.reports.to_html import report_html
from orquestrador.visible import visible

ENGLISH = choose("en", {})
PORTUGUESE = choose("pt_BR", {})
RecordOf = Callable[..., Record]
LabelOf = Callable[..., Label]
ReportOf = Callable[..., ReportData]
VOID = {"meta", "rect", "input", "polyline"}


class _Reader(HTMLParser):
    """Reads a page as a browser does, and fails where it is not well-formed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data


def _read(data: ReportData, words: Translation = ENGLISH) -> _Reader:
    return _Reader(report_html(data, words).decode("utf-8"))


def _words(reader: _Reader) -> str:
    return " ".join(reader.text.split())


def test_the_same_data_gives_the_same_bytes(
    data: ReportData, report_of: ReportOf
) -> None:
    assert report_html(data, ENGLISH) == report_html(report_of(), ENGLISH)


def test_the_page_says_the_library_s_figures(data: ReportData) -> None:
    text = _words(_read(data))

    for words in (
        "Library report",
        "/home/ana/Codigos Fonte/CODIGO_FONTE_LIBRARY",
        "as of 2026-11-22 14:30 UTC · orquestrador 0.1.0",
        "12,196files487.0 MB",
        "2,990distinct contents",
        "9,206surplus copies371.4 MB",
        "560experts with a dangerof 981 distinct",
        "4files not read3 not recognised",
        "EAs/Gold Grid v3.mq4 Grid · XAUUSD · 2 copies",
        "Raises the lot (martingale) 212: lot = NormalizeDouble(lot*Factor,2);",
        "not recognised: HTML page 2",
        "not read: permission denied 1",
        "48.2 kB 96.4 kB",
        "done Began2026-11-22 14:28:20 UTC, took 12.5 s",
    ):
        assert words in text


def test_the_page_speaks_portuguese(data: ReportData) -> None:
    reader = _read(data, PORTUGUESE)
    text = _words(reader)

    assert ("html", {"lang": "pt-BR"}) in reader.tags
    for words in (
        "Relatório da biblioteca",
        "12.196arquivos487,0 MB",
        "Seguidor de tendência",
        "Aumenta o lote (martingale)",
        "O único backup está no mesmo disco da biblioteca",
        "levou 12,5 s",
    ):
        assert words in text


class _Shouting(Translation):
    """Says every text in capitals, what is filled in aside."""

    def gettext(self, text: str) -> str:
        return re.sub(
            r"%\(\w+\)s|[^%]+", lambda part: _shouted(part[0]), super().gettext(text)
        )

    def ngettext(self, singular: str, plural: str, count: int) -> str:
        return self.gettext(super().ngettext(singular, plural, count))


def _shouted(part: str) -> str:
    return part if part.startswith("%(") else part.upper()


def test_every_text_of_the_page_is_asked_for_in_the_reader_s_language(
    report_of: ReportOf, record_of: RecordOf, label_of: LabelOf
) -> None:
    data = _data_full_of("NAME", report_of, record_of, label_of)
    shouting = _Shouting("en", gettext.NullTranslations())

    for changes in ({}, {"backup": None, "endangered": (), "copies": ()}):
        text = _words(_read(data.replace(**changes), shouting))

        assert re.findall(r"[a-z]{2,}", text) == []


HOSTILE = (
    "<script>alert(1)</script>",
    "\" onmouseover='alert(1)",
    "</td><img src=x onerror=alert(1)>",
    "{{ 7 * 7 }}{% raw %}",
    "&lt;script&gt;",
    "]]><!--",
    "</style><script>alert(1)</script>",
)


@pytest.mark.parametrize("evil", HOSTILE)
@pytest.mark.parametrize("words", [ENGLISH, PORTUGUESE], ids=["en", "pt_BR"])
def test_a_hostile_name_stays_a_name_wherever_it_stands(
    evil: str,
    words: Translation,
    report_of: ReportOf,
    record_of: RecordOf,
    label_of: LabelOf,
) -> None:
    harmless = "harmless"
    pages = [
        _read(_data_full_of(each, report_of, record_of, label_of), words)
        for each in (evil, harmless)
    ]

    tags = [
        [(tag, sorted(attributes)) for tag, attributes in page.tags] for page in pages
    ]
    assert tags[0] == tags[1]
    assert pages[0].text.count(evil) == pages[1].text.count(harmless) >= 12


def _data_full_of(
    text: str, report_of: ReportOf, record_of: RecordOf, label_of: LabelOf
) -> ReportData:
    data = report_of(
        record_of(
            text,
            sha256="a" * 64,
            primary=text,
            symbols=(text,),
            risk=(label_of("lot_multiplier", 3, text),),
        ),
        record_of(f"COPY/{text}", sha256="a" * 64),
        record_of(f"NO/{text}", kind="unknown", reason=text, primary=None, symbols=()),
    )
    assert data.backup is not None
    assert data.run is not None
    tally = data.summary.kinds[0].replace(code=text)
    return data.replace(
        library=text,
        program=text,
        summary=data.summary.replace(
            kinds=(tally,), languages=(tally,), unread=(tally,), unknown=(tally,)
        ),
        run=data.run.replace(state="failed", reason=text),
        backup=data.backup.replace(folder=text),
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Gold Grid (cópia) 日本.mq4", "Gold Grid (cópia) 日本.mq4"),
        ("a\u202egnp.exe", r"a\u202egnp.exe"),
        ("two\nlines\x00\x7f", r"two\nlines\x00\x7f"),
        ("\u2028", r"\u2028"),
    ],
)
def test_what_cannot_be_seen_is_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize("kind", ["executive", "full", "statistics"])
def test_the_page_needs_nothing_from_anywhere(kind: str, report_of: ReportOf) -> None:
    content = report_html(report_of(kind=kind), ENGLISH).decode("utf-8")
    reader = _Reader(content)

    foreign = {"link", "img", "iframe", "object", "embed", "base"}
    assert {tag for tag, _ in reader.tags} & foreign == set()
    assert not [
        attrs for _, attrs in reader.tags if {"src", "href", "style"} & set(attrs)
    ]
    assert not re.search(r"https?:|//|@import|url\(", _without_script(content))
    assert len(re.findall(r"<script>", content)) == (kind == "full")


def _without_script(content: str) -> str:
    return re.sub(r"<script>.*?</script>", "", content, flags=re.DOTALL).replace(
        "://", ""
    )


@pytest.mark.parametrize("kind", ["executive", "full"])
def test_only_the_page_s_own_style_and_script_are_allowed(
    kind: str, report_of: ReportOf
) -> None:
    content = report_html(report_of(kind=kind), ENGLISH).decode("utf-8")
    policy = {"http-equiv": "Content-Security-Policy"}

    (found,) = [
        attrs for _, attrs in _Reader(content).tags if policy.items() <= attrs.items()
    ]

    allowed = [f"style-src {_hash_of('style', content)}"]
    if kind == "full":
        allowed.append(f"script-src {_hash_of('script', content)}")
    assert (found["content"] or "").split("; ") == [
        "default-src 'none'",
        *allowed,
        "base-uri 'none'",
        "form-action 'none'",
    ]


def _hash_of(tag: str, content: str) -> str:
    (text,) = re.findall(f"<{tag}>(.*?)</{tag}>", content, re.DOTALL)
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def test_every_chart_has_its_bars_and_a_table_behind_it(data: ReportData) -> None:
    reader = _read(data)

    charts = [attrs for tag, attrs in reader.tags if tag == "svg"]
    assert [
        attrs["aria-label"] for attrs in charts if "chart" in (attrs["class"] or "")
    ] == [
        "Experts with a danger",
        "Protections and dangers of experts",
        "Hygiene of all files",
        "Languages",
        "Kinds",
        "Primary strategies",
        "Symbols",
    ]
    bars = [attrs["width"] for _, attrs in reader.tags if attrs.get("class") == "bar"]
    assert bars[:4] == ["100.00%", "72.43%", "31.89%", "10.30%"]
    assert len(bars) == 6 + 2 + 3 + 4 + 7 + 4 + 3
    assert "LanguagesContentsFiles MQL42,0118,410 MQL57022,900" in _words(reader)


def test_the_trend_is_drawn_from_the_first_run_to_the_last(data: ReportData) -> None:
    reader = _read(data)

    lines = [attrs["points"] for tag, attrs in reader.tags if tag == "polyline"]
    assert lines[0] == "4.0,56.0 296.0,4.0 "
    assert lines[2] == "4.0,30.0 296.0,30.0 "
    assert "2026-11-21 14:28 UTC 11,900 2,950 981 590 4" in _words(reader)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "The only backup is on the same disk as the library"),
        ({"only_on_library_disk": False}, "There is a backup on another disk"),
        ({"snapshots": 0, "newest": None}, "There is no backup yet."),
    ],
)
def test_the_page_says_how_safe_the_backup_is(
    data: ReportData, changes: dict[str, object], words: str
) -> None:
    assert data.backup is not None

    text = _words(_read(data.replace(backup=data.backup.replace(**changes))))

    states = ("The only backup is", "There is a backup", "There is no backup")
    assert words in text
    assert sum(state in text for state in states) == 1


def test_the_page_of_an_empty_library_is_whole(report_of: ReportOf) -> None:
    nothing = {"endangered": (), "copies": (), "unclassified": (), "strategies": ()}
    data = report_of(**nothing, symbols=(), run=None, backup=None)
    zero = data.summary.endangered.replace(files=0, contents=0)
    empty = data.summary.replace(
        files=0,
        bytes=0,
        contents=0,
        surplus_files=0,
        surplus_bytes=0,
        languages=(),
        kinds=(),
        experts=zero,
        endangered=zero,
        dangers=(),
        unknown=(),
        unread=(),
    )

    text = _words(_read(data.replace(summary=empty)))

    assert "0files0 B" in text
    assert "No expert with a danger was found." in text
    assert "No two files have the same bytes." in text
    assert "Every file was read and recognised." in text


def test_a_long_list_says_how_much_of_it_is_shown(
    monkeypatch: pytest.MonkeyPatch, data: ReportData
) -> None:
    monkeypatch.setitem(SHOWN_ROWS, "executive", 1)

    text = _words(_read(data))

    assert "The first 1 of 560; the JSON report has more." in text
    listed = text.partition("ExpertDangers ")[2].partition("The first")[0]
    assert "Gold Grid" in listed
    assert "Night Scalper" not in listed


def test_a_run_that_is_under_way_has_no_duration_yet(data: ReportData) -> None:
    assert data.run is not None
    run = data.run.replace(
        state="running", seconds=None, started_at=dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
    )

    text = _words(_read(data.replace(run=run)))

    assert "running Began2026-01-02 00:00:00 UTC Files seen" in text


@pytest.mark.parametrize(
    ("count", "english", "portuguese"),
    [
        (0, "0 B", "0 B"),
        (999, "999 B", "999 B"),
        (1_000, "1.0 kB", "1,0 kB"),
        (487_300_000, "487.3 MB", "487,3 MB"),
        (2_500_000_000_000, "2.5 TB", "2,5 TB"),
        (5_000_000_000_000_000, "5,000.0 TB", "5.000,0 TB"),
    ],
)
def test_a_size_is_given_in_a_person_s_unit(
    count: int, english: str, portuguese: str
) -> None:
    assert readable_size(count, ENGLISH) == english
    assert readable_size(count, PORTUGUESE) == portuguese


def test_the_bars_go_from_the_longest_to_the_shortest(data: ReportData) -> None:
    kinds = (
        data.summary.kinds[0].replace(code="script", files=90, contents=1),
        data.summary.kinds[1].replace(code="library", files=5, contents=3),
    )

    text = _words(_read(data.replace(summary=data.summary.replace(kinds=kinds))))

    assert "KindsContentsFiles Library35 Script190" in text


def test_files_that_still_wait_are_said(data: ReportData) -> None:
    text = _words(_read(data.replace(summary=data.summary.replace(pending=2))))

    assert "2files still waiting" in text
    assert "still waiting" not in _words(_read(data))
