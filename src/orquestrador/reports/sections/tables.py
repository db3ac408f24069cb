"""Parts that several sections have."""

from collections.abc import Iterable, Mapping

from orquestrador.messages import Evidence, Tally
from orquestrador.reports.charts import Row, bar_chart
from orquestrador.reports.data import Danger
from orquestrador.reports.document import BarChart, Cell
from orquestrador.reports.saying import Said
from orquestrador.visible import visible


def left_out(say: Said, shown: int, total: int) -> str:
    """Return what is said below a list of which not all is shown; else nothing."""
    if total <= shown:
        return ""
    return say.gettext("The first %(shown)s of %(all)s; the JSON report has more.") % {
        "shown": say.number(shown),
        "all": say.number(total),
    }


def bars(
    say: Said,
    title: str,
    tallies: Iterable[Tally],
    names: Mapping[str, str] | None = None,
) -> BarChart:
    """Return the chart of tallies, in their order.

    Args:
        say: the language.
        title: of the chart, in that language.
        tallies: what is counted.
        names: English names of the codes; a code without one is shown as it is.

    """
    return BarChart(
        title,
        bar_chart(
            Row(
                visible(say.gettext((names or {}).get(tally.code, tally.code))),
                tally.contents,
                tally.files,
            )
            for tally in tallies
        ),
    )


def named(
    say: Said, path: str, copies: int, primary: str | None, symbols: Iterable[str] = ()
) -> Cell:
    """Return the cell of a content: its plainest path, and what it is."""
    parts = [
        say.label(primary) if primary else "",
        visible(", ".join(symbols)),
        say.ngettext("%(count)s copy", "%(count)s copies", copies) if copies else "",
    ]
    note = " · ".join(filter(None, parts))
    return Cell(visible(path), is_name=True, note=note)


def dangers(say: Said, found: Iterable[Danger]) -> Cell:
    """Return the cell of dangers, each with the first line that shows it."""
    lines = tuple(
        Cell(say.danger(each.danger), note=_source(each.evidence)) for each in found
    )
    return Cell("", lines=lines)


def _source(evidence: tuple[Evidence, ...]) -> str:
    if not evidence:
        return ""
    line, text = evidence[0].line, visible(evidence[0].text)
    return f"{line}: {text}" if line else text
