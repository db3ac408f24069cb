"""The HTML page of a report: one file, no scripts, nothing from the network."""

import importlib.resources
from collections.abc import Callable, Iterable, Mapping

from jinja2 import Environment, FunctionLoader, StrictUndefined

from orquestrador.messages import Tally
from orquestrador.messages.sameness import Copy, CopyGroup
from orquestrador.reports import copy_words, labels
from orquestrador.reports.charts import Chart, Row, bar_chart
from orquestrador.reports.data import ReportData
from orquestrador.reports.reason_words import reason_text
from orquestrador.visible import visible
from orquestrador.words import Words

SHOWN_ROWS = 100
"""Rows of a list on the page; the JSON report has more."""

Names = Mapping[str, str]


def report_html(data: ReportData, words: Words) -> bytes:
    """Return a report as a UTF-8 page in the language of `words`."""
    template = _environment(words).get_template(
        "report.html", globals={"_": words.gettext, "ngettext": words.ngettext}
    )
    page = template.render(
        data=data,
        summary=data.summary,
        language=words.language.replace("_", "-"),
        shown_rows=SHOWN_ROWS,
        charts=_charts(data, words),
    )
    return page.encode("utf-8")


def _environment(words: Words) -> Environment:
    environment = Environment(
        loader=FunctionLoader(_template),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(_filters(words))
    return environment


def _filters(words: Words) -> dict[str, Callable[..., str]]:
    def size(count: int) -> str:
        return readable_size(count, words)

    def label(code: str) -> str:
        return words.gettext(labels.label(code))

    def danger(code: str) -> str:
        return words.gettext(labels.EXPERT_DANGERS.get(code, code))

    def reason(text: str) -> str:
        return reason_text(text, words)

    def alike(copy: Copy) -> str:
        return copy_words.likeness(copy, words)

    def why(group: CopyGroup) -> str:
        return copy_words.reason(group, words)

    return {
        "alike": alike,
        "danger": danger,
        "label": label,
        "number": words.number,
        "reason": reason,
        "size": size,
        "visible": visible,
        "why": why,
    }


def _template(name: str) -> str:
    folder = importlib.resources.files("orquestrador.reports") / "templates"
    return (folder / name).read_text(encoding="utf-8")


def _charts(data: ReportData, words: Words) -> dict[str, Chart]:
    def chart(tallies: Iterable[Tally], names: Names) -> Chart:
        return bar_chart(
            Row(
                words.gettext(names.get(each.code, each.code)),
                each.contents,
                each.files,
            )
            for each in tallies
        )

    summary = data.summary
    return {
        "languages": chart(_by_contents(summary.languages), labels.LANGUAGES),
        "kinds": chart(_by_contents(summary.kinds), labels.KINDS),
        "strategies": chart(data.strategies, labels.STRATEGIES),
        "symbols": chart(data.symbols, {}),
        "dangers": chart(summary.dangers, labels.EXPERT_DANGERS),
    }


def _by_contents(tallies: Iterable[Tally]) -> list[Tally]:
    # The catalog sorts by files; the bars are contents.
    return sorted(tallies, key=lambda each: -each.contents)


def readable_size(count: int, words: Words) -> str:
    """Return bytes in the unit a person would choose; 1 MB is a million."""
    if count < 1000:
        return f"{words.number(count)} B"
    value, unit = count / 1000, "kB"
    for larger in ("MB", "GB", "TB"):
        if value < 1000:
            break
        value, unit = value / 1000, larger
    return f"{words.number(value, 1)} {unit}"
