"""`orquestrador backup restore`."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orquestrador.errors import SettingsError, SnapshotError
from orquestrador.interface.session import Session
from orquestrador.interface.translation import _

if TYPE_CHECKING:
    from orquestrador.messages.backup import RestoreResult, Snapshot


def commands() -> list[click.Command]:
    """Make the commands of this family."""
    return [_restore()]


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
