"""`orquestrador backup`: snapshots of the library."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orquestrador.errors import SettingsError, SnapshotError
from orquestrador.interface.session import Session
from orquestrador.interface.translation import _

if TYPE_CHECKING:
    from orquestrador.messages.backup import RestoreResult, Snapshot, VerifyResult


def command() -> click.Group:
    """Make the command."""
    group = click.Group(
        "backup",
        short_help=_("Take, list, restore and verify snapshots."),
        help=_(
            "Snapshots of the library, kept in a Git repository that plain git can "
            "restore as well."
        ),
    )
    for each in (_create(), _list(), _restore(), _verify()):
        group.add_command(each)
    return group


def _create() -> click.Command:
    return click.Command(
        "create",
        callback=click.pass_obj(create),
        help=_(
            "Take a snapshot of the library; none when nothing changed since the "
            "newest. Prints its id.\n\nExit status: 0 done, 1 failed, 130 interrupted."
        ),
    )


def create(session: Session, /) -> int:
    """Take a snapshot; returns the exit status."""
    with session.system() as system:
        snapshot = system.backup()
    if session.as_json:
        session.print_json({"snapshot": snapshot})
    elif snapshot is None:
        session.say(_("Nothing changed since the newest snapshot."))
    else:
        session.print(_line(session, snapshot))
    return 0


def _list() -> click.Command:
    return click.Command(
        "list",
        callback=click.pass_obj(list_snapshots),
        help=_(
            "Print the snapshots, newest first: id, time, files, size, skipped and "
            "reason, separated by tabs.\n\nExit status: 0 done, 1 failed."
        ),
    )


def list_snapshots(session: Session, /) -> int:
    """Print the snapshots; returns the exit status."""
    from orquestrador.snapshots import SnapshotRepository  # noqa: PLC0415 -- heavy

    with SnapshotRepository(session.snapshots, read_only=True) as repository:
        snapshots = repository.list()
    if session.as_json:
        session.print_json(snapshots)
        return 0
    for snapshot in snapshots:
        session.print(_line(session, snapshot))
    return 0


def _line(session: Session, snapshot: "Snapshot") -> str:
    return "\t".join(
        [
            snapshot.id,
            f"{snapshot.time.astimezone():%Y-%m-%d %H:%M:%S}",
            _("{files} files").format(files=session.number(snapshot.files)),
            session.megabytes(snapshot.bytes),
            _("{count} skipped").format(count=session.number(snapshot.skipped)),
            snapshot.reason,
        ]
    )


def _restore() -> click.Command:
    return click.Command(
        "restore",
        callback=click.pass_obj(restore),
        help=_(
            "Write files of a snapshot into a folder: all, or PATH, a file or folder "
            "as the library names it. A different file that stands there is only "
            "replaced with --force.\n\n"
            "Exit status: 0 done, 1 something was refused or failed, 130 interrupted."
        ),
        params=[
            click.Argument(["path"], required=False),
            click.Option(
                ["--to"],
                type=click.Path(path_type=Path),
                required=True,
                help=_("The folder to write to."),
            ),
            click.Option(
                ["--snapshot"], default="latest", show_default=True, help=_("Its id.")
            ),
            click.Option(
                ["--as-of"], help=_("The newest snapshot up to this time (ISO 8601).")
            ),
            click.Option(["--force"], is_flag=True, help=_("Replace different files.")),
        ],
    )


def restore(  # noqa: PLR0913 -- the command's options
    session: Session,
    /,
    *,
    path: str | None,
    to: Path,
    snapshot: str,
    as_of: str | None,
    force: bool,
) -> int:
    """Write files of a snapshot; returns the exit status."""
    from orquestrador.snapshots import SnapshotRepository  # noqa: PLC0415 -- heavy

    target = to.expanduser().absolute()
    if target == session.library:
        raise SettingsError(
            _("restore writes beside the library, not into it: name another folder")
        )
    with SnapshotRepository(session.snapshots, read_only=True) as repository:
        chosen = snapshot if as_of is None else _as_of(repository.list(), as_of)
        result = repository.restore(chosen, to=target, path=path, force=force)
    _tell_restored(session, result)
    return 1 if result.refused else 0


def _as_of(snapshots: "tuple[Snapshot, ...]", text: str) -> str:
    try:
        moment = dt.datetime.fromisoformat(text).astimezone()
    except ValueError:
        raise click.BadParameter(
            _("{text} is no time; write 2026-01-31 or 2026-01-31T18:00").format(
                text=text
            ),
            param_hint="--as-of",
        ) from None
    for snapshot in snapshots:
        if snapshot.time <= moment:
            return snapshot.id
    raise SnapshotError(_("there is no snapshot as old as {text}").format(text=text))


def _tell_restored(session: Session, result: "RestoreResult") -> None:
    if session.as_json:
        session.print_json(result)
        return
    session.print(
        _(
            "{written} files written to {folder}, {unchanged} stood there already"
        ).format(
            written=session.number(result.written),
            folder=result.to,
            unchanged=session.number(result.unchanged),
        )
    )
    for refused in result.refused:
        click.echo(f"{refused.path}: {refused.reason}", err=True)


def _verify() -> click.Command:
    return click.Command(
        "verify",
        callback=click.pass_obj(verify),
        help=_(
            "Check every byte of one SNAPSHOT, or of all: packs, trees, manifests and "
            "contents. Prints each problem.\n\n"
            "Exit status: 0 sound, 1 something is damaged or missing."
        ),
        params=[click.Argument(["snapshot"], required=False)],
    )


def verify(session: Session, /, *, snapshot: str | None) -> int:
    """Check the repository; returns the exit status."""
    from orquestrador.snapshots import SnapshotRepository  # noqa: PLC0415 -- heavy

    with SnapshotRepository(session.snapshots, read_only=True) as repository:
        result = repository.verify(snapshot)
    _tell_verified(session, result)
    return 1 if result.problems else 0


def _tell_verified(session: Session, result: "VerifyResult") -> None:
    if session.as_json:
        session.print_json(result)
        return
    for problem in result.problems:
        session.print(f"{problem.snapshot or ''}\t{problem.what}")
    session.print(
        _("{snapshots} snapshots, {files} files, {contents} contents checked, ").format(
            snapshots=session.number(result.snapshots),
            files=session.number(result.files),
            contents=session.number(result.contents),
        )
        + (
            _("{count} problems").format(count=session.number(len(result.problems)))
            if result.problems
            else _("sound")
        )
    )
