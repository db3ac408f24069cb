"""Copies: of the same bytes, of the same code, near ones; and what they cost."""

from orquestrador.messages.sameness import CopyGroup
from orquestrador.reports import copy_words
from orquestrador.reports.data import ReportData
from orquestrador.reports.document import Cell, Column, Note, Section, Table
from orquestrador.reports.saying import Said
from orquestrador.reports.sections.tables import left_out
from orquestrador.visible import visible
from orquestrador.words import N_

MOST_NAMED = 8
"""Paths named of one group; the JSON report has more."""

SAMENESS = {
    "exact": N_("The same bytes"),
    "same_code": N_("The same code in other bytes"),
    "near": N_("Nearly the same code"),
}


def cost(data: ReportData, say: Said) -> Section:
    """Return the space that copies take."""
    table = Table(
        (
            Column(say.gettext("Copies")),
            Column(say.gettext("Files"), is_number=True),
            Column(say.gettext("Space"), is_number=True),
        ),
        tuple(
            (
                Cell(say.gettext(SAMENESS[each.sameness])),
                Cell(say.number(each.files)),
                Cell(say.size(each.bytes)),
            )
            for each in data.cost
        ),
    )
    return Section(say.gettext("What copies cost"), (table,))


def same_bytes(data: ReportData, say: Said, shown: int) -> Section:
    """Return the costliest groups of files with the same bytes."""
    title = say.gettext("Copies")
    if not data.copies:
        note = say.gettext("No two files have the same bytes.")
        return Section(title, (Note(note),))
    table = Table(
        (
            Column(say.gettext("The same bytes")),
            Column(say.gettext("Files"), is_number=True),
            Column(say.gettext("Each"), is_number=True),
            Column(say.gettext("Surplus"), is_number=True),
        ),
        tuple(
            (
                Cell(
                    visible(group.paths[0]),
                    is_name=True,
                    folded=_others(tuple(map(visible, group.paths)), group.files, say),
                ),
                Cell(say.number(group.files)),
                Cell(say.size(group.size)),
                Cell(say.size(group.surplus_bytes)),
            )
            for group in data.copies[:shown]
        ),
        left_out(say, min(shown, len(data.copies)), data.copies_total),
    )
    return Section(title, (table,))


def _others(paths: tuple[str, ...], files: int, say: Said) -> tuple[str, ...]:
    """Return the paths beside the first, and how many files these leave out."""
    named = paths[1 : MOST_NAMED + 1]
    missing = files - 1 - len(named)
    if not missing:
        return named
    return (*named, say.gettext("and %(count)s more") % {"count": say.number(missing)})


def variants(data: ReportData, say: Said, shown: int) -> Section:
    """Return the groups of the same code, or nearly, in other bytes."""
    title, alike = say.gettext("Variants"), data.alike
    if alike is None:
        return Section(title, ())
    note = say.ngettext(
        "%(count)s further file is a variant of another: the same code, or nearly, "
        "in other bytes. It takes %(size)s.",
        "%(count)s further files are variants of another: the same code, or nearly, "
        "in other bytes. They take %(size)s.",
        alike.files,
        size=say.size(alike.bytes),
    )
    table = Table(
        (
            Column(say.gettext("The best")),
            Column(say.gettext("Why")),
            Column(say.gettext("Variants"), is_number=True),
        ),
        tuple(_variant(group, say) for group in alike.groups[:shown]),
        left_out(say, min(shown, len(alike.groups)), alike.total),
    )
    return Section(title, (Note(note), table))


def _variant(group: CopyGroup, say: Said) -> tuple[Cell, ...]:
    paths = tuple(
        f"{visible(copy.path)} ({copy_words.likeness(copy, say.words)})"
        for copy in group.copies[: MOST_NAMED + 1]
    )
    others = _others(paths, len(group.copies), say)
    return (
        Cell(visible(group.best), is_name=True, folded=others),
        Cell(visible(copy_words.reason(group, say.words))),
        Cell(say.number(len(group.copies) - 1)),
    )
