"""`orquestrador backup restore`: files of a snapshot, elsewhere or in the library."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orquestrador.errors import SettingsError, SnapshotError
from orquestrador.interface.commands.backup.lines import library_path
from orquestrador.interface.moments import parse_moment
from orquestrador.interface.session import Session
from orquestrador.interface.translation import _, ngettext
from orquestrador.visible import visible

if TYPE_CHECKING:
    from orquestrador.messages.backup import RestoreResult, Snapshot


def commands() -> list[click.Command]:
    """Make the commands of this family."""
    return [_restore()]


def _restore() -> click.Command:
    return click.Command(
        "restore",
        callback=click.pass_obj(restore),
        short_help=_("Bring files of a snapshot back."),
        help=_(
            "Bring back files of a snapshot: all, or PATH, a file or folder as the "
            "library names it. --to writes them into another folder. --in-place writes "
            "them into the library, after a snapshot of what is there now; --undo "
            "takes the last such restore back. A different file that stands there is "
            "only replaced with --force; files that the snapshot does not have stay."
            "\n\n"
            "Exit status: 0 done, 1 something was refused or failed, 2 wrong usage, "
            "130 interrupted."
        ),
        params=[
            click.Argument(["path"], required=False),
            click.Option(
                ["--to"],
                type=click.Path(path_type=Path),
                help=_("The folder to write to."),
            ),
            click.Option(
                ["--in-place"], is_flag=True, help=_("Write into the library itself.")
            ),
            click.Option(
                ["--undo"],
                is_flag=True,
                help=_("Take the last restore into the library back."),
            ),
            click.Option(
                ["--user-data"],
                is_flag=True,
                help=_("Your corrections and notes instead of the files; with --to."),
            ),
            click.Option(
                ["--snapshot"], default="latest", show_default=True, help=_("Its id.")
            ),
            click.Option(
                ["--as-of"],
                metavar=_("TIME"),
                help=_(
                    "The newest snapshot up to then: 2026-01-31, 2026-01-31T18:00, "
                    "18:00, 2h, 3d, today, yesterday. A day counts to its end."
                ),
            ),
            click.Option(["--force"], is_flag=True, help=_("Replace different files.")),
        ],
    )


def restore(  # noqa: PLR0913 -- the command's options
    session: Session,
    /,
    *,
    path: str | None,
    to: Path | None,
    in_place: bool,
    undo: bool,
    user_data: bool,
    snapshot: str,
    as_of: str | None,
    force: bool,
) -> int:
    """Bring files back; returns the exit status."""
    _require_one_place(to=to, in_place=in_place, undo=undo)
    path = None if path is None else library_path(session, path)
    moment = None if as_of is None else _moment(as_of)
    if undo:
        if path is not None or as_of is not None or snapshot != "latest" or user_data:
            raise click.UsageError(_("--undo takes back all of the last restore"))
        return _undo(session, force=force)
    if user_data and (to is None or path is not None):
        raise click.UsageError(_("--user-data needs --to, and takes no PATH"))
    if to is not None:
        to = _other_folder(session, to)
    chosen = _choose(session, snapshot, as_of, moment, in_place=in_place)
    if to is None:
        return _into_library(session, chosen, path, force=force)
    if user_data:
        return _own_words(session, chosen, to, force=force)
    return _elsewhere(session, chosen, path, to, force=force)


def _require_one_place(*, to: Path | None, in_place: bool, undo: bool) -> None:
    if (to is not None) + in_place + undo != 1:
        raise click.UsageError(
            _(
                "say where to: --to DIR for another folder, --in-place for the library "
                "itself (or --undo to take the last --in-place back)"
            )
        )


def _moment(as_of: str) -> dt.datetime:
    try:
        return parse_moment(as_of, now=dt.datetime.now().astimezone(), edge="end")
    except ValueError:
        raise click.BadParameter(
            _(
                "{text} is no time; write 2026-01-31, 2026-01-31T18:00, 2h, 3d or "
                "yesterday"
            ).format(text=as_of),
            param_hint="--as-of",
        ) from None


def _other_folder(session: Session, to: Path) -> Path:
    target = to.expanduser().absolute()
    if target == session.library or (
        target.is_dir()
        and session.library.is_dir()
        and target.samefile(session.library)
    ):
        raise SettingsError(
            _("--to names the library itself: use --in-place, which can be undone")
        )
    return target


def _choose(
    session: Session,
    snapshot: str,
    as_of: str | None,
    moment: dt.datetime | None,
    *,
    in_place: bool,
) -> str:
    """Return the id of the snapshot that is meant."""
    from orquestrador.snapshots import LATEST, SnapshotRepository  # noqa: PLC0415 -- heavy
    from orquestrador.snapshots.in_place import FOR_A_RESTORE  # noqa: PLC0415 -- heavy

    with SnapshotRepository(session.snapshots, read_only=True) as repository:
        listed = repository.list()
        if moment is not None:
            return _as_of(listed, as_of or "", moment)
        found = repository.find(snapshot)
        if snapshot == LATEST and in_place and found.reason.startswith(FOR_A_RESTORE):
            # What an earlier restore kept for its undoing is not wanted back.
            others = (
                each for each in listed if not each.reason.startswith(FOR_A_RESTORE)
            )
            found = next(others, found)
        return found.id


def _as_of(snapshots: "tuple[Snapshot, ...]", text: str, moment: dt.datetime) -> str:
    for snapshot in snapshots:
        if snapshot.time <= moment:
            return snapshot.id
    raise SnapshotError(_("there is no snapshot as old as {text}").format(text=text))


def _elsewhere(
    session: Session, snapshot: str, path: str | None, to: Path, *, force: bool
) -> int:
    from orquestrador.snapshots import SnapshotRepository  # noqa: PLC0415 -- heavy

    with SnapshotRepository(session.snapshots, read_only=True) as repository:
        result = repository.restore(snapshot, to=to, path=path, force=force)
    if session.as_json:
        session.print_json(result)
    else:
        session.print(
            ngettext(
                "{written} file written to {folder}, {unchanged} stood there already",
                "{written} files written to {folder}, {unchanged} stood there already",
                result.written,
            ).format(
                written=session.number(result.written),
                folder=result.to,
                unchanged=session.number(result.unchanged),
            )
        )
    return _tell_refused(session, result)


def _own_words(session: Session, snapshot: str, to: Path, *, force: bool) -> int:
    from orquestrador.snapshots import SnapshotRepository  # noqa: PLC0415 -- heavy
    from orquestrador.snapshots.beside import restore_user_files  # noqa: PLC0415 -- heavy

    with SnapshotRepository(session.snapshots, read_only=True) as repository:
        result = restore_user_files(repository, snapshot, to, force=force)
    if session.as_json:
        session.print_json(result)
    elif not (result.written or result.unchanged or result.refused):
        session.print(_("The snapshot holds no corrections and no notes."))
    else:
        session.print(
            ngettext(
                "{written} file written to {folder}",
                "{written} files written to {folder}",
                result.written,
            ).format(written=session.number(result.written), folder=result.to)
        )
        session.say(
            _(
                "To use them, stop what runs on the library and copy them to {state}"
            ).format(state=session.state)
        )
    return _tell_refused(session, result)


def _into_library(
    session: Session, snapshot: str, path: str | None, *, force: bool
) -> int:
    with session.system() as system:
        result = system.restore(snapshot, path, force=force)
    if session.as_json:
        session.print_json(result)
        return _tell_refused(session, result)
    session.print(
        ngettext(
            "{written} file written into the library, {unchanged} were the same, "
            "{left} that the snapshot does not have stay",
            "{written} files written into the library, {unchanged} were the same, "
            "{left} that the snapshot does not have stay",
            result.written,
        ).format(
            written=session.number(result.written),
            unchanged=session.number(result.unchanged),
            left=session.number(result.left_alone),
        )
    )
    _tell_before(session, result, "backup restore --undo")
    return _tell_refused(session, result)


def _undo(session: Session, *, force: bool) -> int:
    with session.system() as system:
        result = system.undo_restore(force=force)
    if session.as_json:
        session.print_json(result)
        return _tell_refused(session, result)
    session.print(
        _("{written} files brought back, {removed} removed that were not there").format(
            written=session.number(result.written),
            removed=session.number(result.removed),
        )
    )
    return _tell_refused(session, result)


def _tell_before(session: Session, result: "RestoreResult", command: str) -> None:
    session.say(
        _("What was there before is snapshot {id}; `{command}` brings it back.").format(
            id=result.before, command=session.command(command)
        )
    )


def _tell_refused(session: Session, result: "RestoreResult") -> int:
    """Name what was refused; returns the exit status."""
    for refused in result.refused:
        click.echo(f"{visible(refused.path)}: {visible(refused.reason)}", err=True)
    if result.refused_more:
        session.say(
            _("{count} more were refused").format(
                count=session.number(result.refused_more)
            )
        )
    return 1 if result.refused else 0
