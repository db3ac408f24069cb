"""A report's data as a document in the reader's language: what is said, in order."""

from orquestrador.reports.data import ReportData
from orquestrador.reports.document import AllFiles, Document, Note, Section
from orquestrador.reports.saying import Said, moment
from orquestrador.reports.sections import copies, figures, risk, standing
from orquestrador.visible import visible
from orquestrador.words import N_, Words

SHOWN_ROWS = {"executive": 10, "full": 25, "statistics": 10}
"""Rows of a list, by the report's kind; the JSON report has more."""

TITLES = {
    "executive": N_("Library report"),
    "full": N_("Full library report"),
    "statistics": N_("Library statistics"),
}


def document(data: ReportData, words: Words) -> Document:
    """Return what a report says, in the language of `words`."""
    say = Said(words)
    return Document(
        language=words.language.replace("_", "-"),
        title=say.gettext(TITLES[data.kind]),
        library=visible(data.library),
        about=say.gettext("as of %(moment)s") % {"moment": moment(data.as_of)}
        + f" · {visible(data.program)}",
        tiles=standing.tiles(data, say),
        sections=tuple(section for section in _sections(data, say) if section.blocks),
        footer=say.gettext(
            "Nothing in the library was changed. A label says what the code does, "
            "found by rules; each rests on the lines shown. It is no advice to trade."
        ),
        say=say,
    )


def _sections(data: ReportData, say: Said) -> tuple[Section, ...]:
    if data.kind == "statistics":
        return (
            figures.holdings(data, say),
            figures.distributions(data, say),
            risk.overview(data, say),
            copies.cost(data, say),
            figures.trend(data, say),
            standing.last_run(data, say),
        )
    shown = SHOWN_ROWS[data.kind]
    return (
        standing.advice(data, say),
        *([_all_files(say)] if data.contents is not None else []),
        standing.backup(data, say),
        risk.dangers(data, say, shown),
        risk.shortlist(data, say, shown),
        risk.marked(data, say, shown),
        copies.cost(data, say),
        copies.same_bytes(data, say, shown),
        copies.variants(data, say, shown),
        figures.holdings(data, say),
        figures.trend(data, say),
        standing.unclassified(data, say, shown),
        standing.recent(data, say, shown),
        standing.last_run(data, say),
        *([] if data.contents is not None else [_full_report(say)]),
    )


def _all_files(say: Said) -> Section:
    return Section(say.gettext("All files"), (AllFiles(),))


def _full_report(say: Said) -> Section:
    note = say.gettext(
        "The full report lists every file, to be searched and filtered: "
        "orquestrador report --kind full"
    )
    return Section(say.gettext("All files"), (Note(note),))
