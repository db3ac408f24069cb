"""The summary of a run: what was found, in the order that matters to the user."""

from collections.abc import Iterator

from orquestrador.interface.session import Session
from orquestrador.interface.translation import _, label_name
from orquestrador.interface.wrapping import wrapped
from orquestrador.library import folder_size
from orquestrador.messages.catalog import Summary, Tally
from orquestrador.reports.reason_words import reason_text
from orquestrador.run_handle import RunResult

_MOST_REASONS = 6
_NEXT = (
    "search --risk lot_multiplier",
    "search --symbol XAUUSD",
    "backup list",
)


def show(session: Session, result: RunResult, *, first: bool) -> None:
    """Print the summary of a run; as JSON where that was asked for."""
    if session.as_json:
        session.print_json(result)
        return
    for line in lines(session, result, first=first):
        session.print(wrapped(line))


def lines(session: Session, result: RunResult, *, first: bool) -> Iterator[str]:
    """Yield the summary's lines."""
    yield _(
        "Nothing in your library was changed. Everything written is in {state}; "
        "delete that folder to undo this."
    ).format(state=session.state)
    yield ""
    yield from _run(session, result, first=first)
    yield from catalog_lines(session, result.summary)
    yield ""
    yield from _backup(session, result)
    yield from _reports(result)
    yield ""
    yield _("Try next:")
    for words in _NEXT:
        yield f"  {session.command(words)}"


def catalog_lines(session: Session, found: Summary) -> Iterator[str]:
    """Yield what the catalog knows, in figures."""
    yield _("{files} files ({size}), {contents} distinct contents").format(
        files=session.number(found.files),
        size=session.megabytes(found.bytes),
        contents=session.number(found.contents),
    )
    yield _("{files} surplus copies cost {size}").format(
        files=session.number(found.surplus_files),
        size=session.megabytes(found.surplus_bytes),
    )
    yield f"{_('Languages')}: {_tallies(session, found.languages)}"
    yield f"{_('Kinds')}: {_tallies(session, found.kinds)}"
    words = _("Experts with a danger: {count} of {all} files, {contents} distinct")
    yield words.format(
        count=session.number(found.endangered.files),
        all=session.number(found.experts.files),
        contents=session.number(found.endangered.contents),
    ) + _dangers(session, found)
    unread = (*found.unread, *found.unknown)
    total = sum(each.files for each in unread)
    yield f"{_('Not read')}: {session.number(total)}"
    for each in unread[:_MOST_REASONS]:
        reason = reason_text(each.code, session.translation)
        yield f"  {session.number(each.files):>6}  {reason}"
    if len(unread) > _MOST_REASONS:
        rest = sum(each.files for each in unread[_MOST_REASONS:])
        yield f"  {session.number(rest):>6}  " + _("for other reasons")
    if found.pending:
        yield _("Waiting for classification: {count}").format(
            count=session.number(found.pending)
        )


def backup_place(session: Session) -> str:
    """Say whether a failure of the library's own disk leaves a snapshot."""
    from orquestrador.snapshots.pushed import has_second_place  # noqa: PLC0415 -- not for --help

    if has_second_place(session.snapshots, session.library):
        return _("on another disk than the library")
    return _("the only backup is on the same disk as the library")


def _run(session: Session, result: RunResult, *, first: bool) -> Iterator[str]:
    if first:
        return
    if result.changed:
        yield _("{count} contents classified in {seconds} s").format(
            count=session.number(result.classified),
            seconds=session.number(result.duration_s, 1),
        )
    else:
        yield _("Nothing changed since the last run.")


def _tallies(session: Session, tallies: tuple[Tally, ...]) -> str:
    return ", ".join(
        f"{label_name(each.code, session.translation)} {session.number(each.files)}"
        for each in tallies
    )


def _dangers(session: Session, found: Summary) -> str:
    shown = [each for each in found.dangers if each.files]
    return f" ({_tallies(session, tuple(shown))})" if shown else ""


def _backup(session: Session, result: RunResult) -> Iterator[str]:
    if not session.snapshots.is_dir():
        yield _("Backup: none; `orquestrador backup create` takes one")
        return
    snapshot = result.snapshot
    size = session.megabytes(folder_size(session.snapshots))
    if snapshot is None:
        yield _("Backup: {place} ({size}), unchanged").format(
            place=session.snapshots, size=size
        )
    else:
        yield _("Backup: {files} files in {place} ({size}), snapshot {id}").format(
            files=session.number(snapshot.files),
            place=session.snapshots,
            size=size,
            id=snapshot.id,
        )
    yield f"  {backup_place(session)}"


def _reports(result: RunResult) -> Iterator[str]:
    for path in result.reports:
        yield f"{_('Report')}: {path}"
