"""What the library holds, counted; and how that went from run to run."""

from collections.abc import Iterable

from orquestrador.messages import Tally
from orquestrador.reports import labels
from orquestrador.reports.charts import line
from orquestrador.reports.data import ReportData
from orquestrador.reports.document import (
    BarChart,
    Cell,
    Column,
    LineChart,
    Note,
    Section,
    Table,
)
from orquestrador.reports.saying import Said, moment
from orquestrador.reports.sections.tables import bars


def holdings(data: ReportData, say: Said) -> Section:
    """Return languages, kinds, strategies and symbols."""
    summary = data.summary
    charts = (
        bars(
            say,
            say.gettext("Languages"),
            _by_contents(summary.languages),
            labels.LANGUAGES,
        ),
        bars(say, say.gettext("Kinds"), _by_contents(summary.kinds), labels.KINDS),
        bars(
            say, say.gettext("Primary strategies"), data.strategies, labels.STRATEGIES
        ),
        bars(say, say.gettext("Symbols"), data.symbols),
    )
    return Section(
        say.gettext("What the library holds"), (_counted(say), *_full(charts))
    )


def distributions(data: ReportData, say: Said) -> Section:
    """Return timeframes, quality and encodings."""
    charts = (
        bars(say, say.gettext("Timeframes"), data.timeframes),
        bars(say, say.gettext("Quality, of 100 points"), data.quality),
        bars(say, say.gettext("Encodings"), data.encodings),
    )
    return Section(say.gettext("How it is written"), (_counted(say), *_full(charts)))


def trend(data: ReportData, say: Said) -> Section:
    """Return how the figures went from run to run."""
    title, points = say.gettext("Trend"), data.trend
    if not points:
        return Section(title, ())
    figures = {
        say.gettext("Files"): [each.files for each in points],
        say.gettext("Distinct contents"): [each.contents for each in points],
        say.gettext("Experts"): [each.experts for each in points],
        say.gettext("Experts with a danger"): [each.endangered for each in points],
        say.gettext("Files not read"): [each.unread for each in points],
    }
    note = say.gettext(
        "After each run that changed something, counted by what is said of the files "
        "today."
    )
    lines = tuple(
        LineChart(name, line(values), say.number(values[0]), say.number(values[-1]))
        for name, values in figures.items()
        if len(values) > 1
    )
    table = Table(
        (
            Column(say.gettext("Run")),
            *(Column(name, is_number=True) for name in figures),
        ),
        tuple(
            (Cell(moment(point.at)), *(Cell(say.number(each)) for each in row))
            for point, row in zip(
                points, zip(*figures.values(), strict=True), strict=True
            )
        ),
    )
    return Section(title, (Note(note), *lines, table))


def _counted(say: Said) -> Note:
    return Note(
        say.gettext("Bars count distinct contents: a file and its copies count once.")
    )


def _full(charts: Iterable[BarChart]) -> tuple[BarChart, ...]:
    return tuple(each for each in charts if each.chart.rows)


def _by_contents(tallies: Iterable[Tally]) -> list[Tally]:
    # The catalog sorts by files; the bars are contents.
    return sorted(tallies, key=lambda each: -each.contents)
