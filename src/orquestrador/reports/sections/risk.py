"""Dangers, what a prop firm might take, and files that need a look."""

from orquestrador.config.profiles import own_profile, profile_names
from orquestrador.reports import labels
from orquestrador.reports.data import Candidate, ReportData
from orquestrador.reports.document import Cell, Column, Note, Section, Table
from orquestrador.reports.saying import Said
from orquestrador.reports.sections.tables import bars, left_out, named
from orquestrador.reports.sections.tables import dangers as dangers_cell
from orquestrador.visible import visible


def overview(data: ReportData, say: Said) -> Section:
    """Return the figures of dangers and protections."""
    charts = (
        bars(
            say,
            say.gettext("Experts with a danger"),
            data.summary.dangers,
            labels.EXPERT_DANGERS,
        )._replace(is_alarming=True),
        bars(
            say,
            say.gettext("Protections and dangers of experts"),
            data.risk,
            labels.RISK,
        ),
        bars(say, say.gettext("Hygiene of all files"), data.hygiene, labels.HYGIENE),
        bars(say, say.gettext("Prop-firm verdicts"), data.verdicts, labels.VERDICTS),
    )
    shown = tuple(each for each in charts if each.chart.rows)
    return Section(say.gettext("Risk overview"), shown)


def dangers(data: ReportData, say: Said, shown: int) -> Section:
    """Return the experts with a danger."""
    title = say.gettext("Dangers")
    if not data.summary.endangered.contents:
        return Section(
            title, (Note(say.gettext("No expert with a danger was found.")),)
        )
    table = Table(
        (Column(say.gettext("Expert")), Column(say.gettext("Dangers"))),
        tuple(
            (
                named(say, each.path, each.copies, each.primary, each.symbols),
                dangers_cell(say, each.dangers),
            )
            for each in data.endangered[:shown]
        ),
        left_out(
            say, min(shown, len(data.endangered)), data.summary.endangered.contents
        ),
    )
    return Section(title, (*overview(data, say).blocks, table))


def shortlist(data: ReportData, say: Said, shown: int) -> Section:
    """Return what a prop firm might take, and what it still misses."""
    title = say.gettext("Prop-firm shortlist")
    if not data.shortlist:
        note = say.gettext("Nothing in the library would pass a prop firm's rules.")
        return Section(title, (Note(note),))
    note = say.gettext(
        "By the profile %(profile)s. A verdict follows from the code alone: it is no "
        "promise of the firm, and no test of how a program trades."
    ) % {"profile": visible(data.shortlist[0].profile)}
    levels = {each.code: each.contents for each in data.verdicts}
    total = sum(levels.get(each, 0) for each in ("ready", "needs_work"))
    table = Table(
        (
            Column(say.gettext("Program")),
            Column(say.gettext("Score"), is_number=True),
            Column(say.gettext("Verdict")),
            Column(say.gettext("Missed")),
        ),
        tuple(
            (
                named(say, each.path, each.copies, each.primary, each.symbols),
                Cell(say.number(each.score)),
                Cell(say.label(each.level)),
                Cell("", lines=_missed(each, say)),
            )
            for each in data.shortlist[:shown]
        ),
        left_out(say, min(shown, len(data.shortlist)), total),
    )
    return Section(title, (Note(note), table))


def _missed(candidate: Candidate, say: Said) -> tuple[Cell, ...]:
    words: dict[str, str] = {}
    # A profile of the user's own is not at hand here: its ids are shown.
    if candidate.profile in profile_names():
        words = {
            rule.id: rule.words.spoken(say.words.language)
            for rule in own_profile(candidate.profile).rule
        }
    return tuple(Cell(visible(words.get(each, each))) for each in candidate.missed)


def marked(data: ReportData, say: Said, shown: int) -> Section:
    """Return the files that are locked, decompiled, or hold a secret."""
    title = say.gettext("Locked, decompiled and with secrets")
    if not data.marked:
        return Section(title, (Note(say.gettext("No such file was found.")),))
    table = Table(
        (
            Column(say.gettext("File")),
            Column(say.gettext("Kind")),
            Column(say.gettext("Why")),
        ),
        tuple(
            (
                named(say, each.path, each.copies, None),
                Cell(say.label(each.kind)),
                dangers_cell(say, each.marks),
            )
            for each in data.marked[:shown]
        ),
        left_out(say, min(shown, len(data.marked)), data.marked_total),
    )
    return Section(title, (table,))
