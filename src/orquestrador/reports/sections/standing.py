"""How the library stands: figures at the top, advice, backup, what is not known."""

from orquestrador.messages import Tally
from orquestrador.messages.history import Change
from orquestrador.reports.advice_words import advised
from orquestrador.reports.data import ReportData, RunStatus
from orquestrador.reports.document import (
    AdviceList,
    Block,
    Cell,
    Column,
    Facts,
    Note,
    Section,
    Status,
    Table,
    Tile,
)
from orquestrador.reports.saying import Said, moment
from orquestrador.reports.sections.tables import left_out
from orquestrador.visible import visible
from orquestrador.words import N_

_WHATS = {
    "added": N_("added"),
    "changed": N_("changed"),
    "renamed": N_("renamed"),
    "reclassified": N_("classified anew"),
    "removed": N_("removed"),
}
_STATES = {
    "running": N_("running"),
    "done": N_("done"),
    "failed": N_("failed"),
    "interrupted": N_("interrupted"),
}


def tiles(data: ReportData, say: Said) -> tuple[Tile, ...]:
    """Return the library's most important figures."""
    summary, words = data.summary, say.words
    files, contents, surplus = summary.files, summary.contents, summary.surplus_files
    endangered, pending = summary.endangered.contents, summary.pending
    unread, unknown = _files(summary.unread), _files(summary.unknown)
    shown = (
        Tile(
            say.number(files),
            words.ngettext("file", "files", files),
            say.size(summary.bytes),
        ),
        Tile(
            say.number(contents),
            words.ngettext("distinct content", "distinct contents", contents),
        ),
        Tile(
            say.number(surplus),
            words.ngettext("surplus copy", "surplus copies", surplus),
            say.size(summary.surplus_bytes),
        ),
        Tile(
            say.number(endangered),
            words.ngettext("expert with a danger", "experts with a danger", endangered),
            say.gettext("of %(all)s distinct")
            % {"all": say.number(summary.experts.contents)},
            is_alarming=endangered > 0,
        ),
        Tile(
            say.number(unread),
            words.ngettext("file not read", "files not read", unread),
            say.ngettext(
                "%(count)s not recognised", "%(count)s not recognised", unknown
            ),
        ),
        Tile(
            say.number(pending),
            words.ngettext("file still waiting", "files still waiting", pending),
        ),
    )
    return shown if pending else shown[:-1]


def advice(data: ReportData, say: Said) -> Section:
    """Return what is recommended."""
    items = tuple(advised(each, say) for each in data.advice)
    blocks: tuple[Block, ...] = (
        (AdviceList(items),)
        if items
        else (Status(say.gettext("There is nothing to be done."), is_good=True),)
    )
    return Section(say.gettext("Recommendations"), blocks)


def backup(data: ReportData, say: Said) -> Section:
    """Return what is kept, and where."""
    title, kept = say.gettext("Backup"), data.backup
    if kept is None or not kept.snapshots:
        text = say.gettext(
            "There is no backup yet. Make one with: orquestrador backup create"
        )
        return Section(title, (Status(text, is_good=False),))
    status = (
        Status(
            say.gettext(
                "The only backup is on the same disk as the library: if that disk "
                "fails, both are gone."
            ),
            is_good=False,
        )
        if kept.only_on_library_disk
        else Status(
            say.gettext("There is a backup on another disk than the library's."),
            is_good=True,
        )
    )
    facts = [(say.gettext("Snapshots"), say.number(kept.snapshots))]
    if kept.newest:
        files = say.ngettext("%(count)s file", "%(count)s files", kept.files)
        facts.append((say.gettext("Newest"), f"{moment(kept.newest)}, {files}"))
    place = f"{visible(kept.folder)} ({say.size(kept.bytes)})"
    return Section(title, (status, Facts((*facts, (say.gettext("Folder"), place)))))


def unclassified(data: ReportData, say: Said, shown: int) -> Section:
    """Return what could not be read or recognised, and why."""
    title, summary = say.gettext("Not read or not recognised"), data.summary
    if not summary.unread and not summary.unknown:
        every = say.gettext("Every file was read and recognised.")
        return Section(title, (Note(every),))
    why = Table(
        (Column(say.gettext("Reason")), Column(say.gettext("Files"), is_number=True)),
        tuple(
            (
                Cell(f"{words}: {say.reason(tally.code)}", is_name=True),
                Cell(say.number(tally.files)),
            )
            for words, tallies in (
                (say.gettext("not read"), summary.unread),
                (say.gettext("not recognised"), summary.unknown),
            )
            for tally in tallies
        ),
    )
    files = Table(
        (Column(say.gettext("File")), Column(say.gettext("Reason"))),
        tuple(
            (Cell(visible(each.path), is_name=True), Cell(say.reason(each.reason)))
            for each in data.unclassified[:shown]
        ),
        left_out(
            say,
            min(shown, len(data.unclassified)),
            _files(summary.unread) + _files(summary.unknown),
        ),
    )
    return Section(title, (why, files) if files.rows else (why,))


def recent(data: ReportData, say: Said, shown: int) -> Section:
    """Return what changed since the last report."""
    title, told = say.gettext("Changed since the last report"), data.recent
    if told is None:
        return Section(title, ())
    if not told.changes:
        return Section(title, (Note(say.gettext("Nothing changed.")),))
    table = Table(
        (Column(say.gettext("Change")), Column(say.gettext("File"))),
        tuple(
            (Cell(say.gettext(_WHATS[each.what])), _changed(each, say))
            for each in told.changes[:shown]
        ),
        left_out(say, min(shown, len(told.changes)), told.total),
    )
    return Section(title, (Note(moment(told.since)), table))


def _changed(change: Change, say: Said) -> Cell:
    path = visible(change.path)
    if change.renamed_from:
        path = f"{visible(change.renamed_from)} → {path}"
    kinds = [state.kind for state in (change.before, change.after) if state]
    note = ""
    if len({*kinds}) > 1 and all(kinds):
        note = " → ".join(say.label(kind) for kind in kinds if kind)
    return Cell(path, is_name=True, note=note)


def last_run(data: ReportData, say: Said) -> Section:
    """Return how the last run went."""
    title = say.gettext("Last run")
    return Section(title, (Facts(_run(data.run, say)),) if data.run else ())


def _run(run: RunStatus, say: Said) -> tuple[tuple[str, str], ...]:
    state = say.gettext(_STATES[run.state])
    began = f"{run.started_at:%Y-%m-%d %H:%M:%S} UTC"
    if run.seconds is not None:
        took = say.gettext("took %(seconds)s s")
        began += ", " + took % {"seconds": say.number(run.seconds, 1)}
    return (
        (
            say.gettext("State"),
            f"{state}: {visible(run.reason)}" if run.reason else state,
        ),
        (say.gettext("Began"), began),
        (say.gettext("Files seen"), say.number(run.seen)),
        (say.gettext("Files read"), say.number(run.read)),
        (say.gettext("Contents classified"), say.number(run.classified)),
        (say.gettext("Files failed"), say.number(run.failed)),
        (say.gettext("Files gone since"), say.number(run.removed)),
    )


def _files(tallies: tuple[Tally, ...]) -> int:
    return sum(tally.files for tally in tallies)
