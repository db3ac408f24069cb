"""`orquestrador organize apply`: carries a plan out, or goes on with one."""

from pathlib import Path

import click

from orquestrador.errors import OrganizeError, SettingsError
from orquestrador.interface.commands.organize.lines import (
    make_sure,
    plan_path,
    progress,
    tell_result,
)
from orquestrador.interface.session import Session
from orquestrador.interface.translation import _


def command() -> click.Command:
    """Make the command."""
    return click.Command(
        "apply",
        callback=click.pass_obj(apply),
        short_help=_("Carry a plan out, after a snapshot."),
        help=_(
            "Take a snapshot, then move files as PLAN says (the last plan, if none is "
            "given). Never replaces a file; one that changed since the plan stays. "
            "After a crash the same command goes on. `undo` brings everything back.\n\n"
            "Exit status: 0 done, 1 failed or files stayed, 2 wrong usage, "
            "130 interrupted."
        ),
        params=[
            click.Argument(
                ["plan"],
                required=False,
                type=click.Path(path_type=Path, dir_okay=False),
            ),
            click.Option(
                ["--fix-includes"],
                is_flag=True,
                help=_("Mend #include, #resource and #import paths."),
            ),
            click.Option(
                ["--copy-to"],
                type=click.Path(path_type=Path, file_okay=False),
                help=_("Build the organized tree there as copies; move nothing."),
            ),
            click.Option(
                ["--force-terminal"],
                is_flag=True,
                help=_("Work on a MetaTrader data folder too."),
            ),
            click.Option(["-y", "--yes"], is_flag=True, help=_("Do not ask.")),
        ],
    )


def apply(  # noqa: PLR0913 -- the command's options
    session: Session,
    /,
    *,
    plan: Path | None,
    fix_includes: bool,
    copy_to: Path | None,
    force_terminal: bool,
    yes: bool,
) -> int:
    """Run the command; returns its exit status."""
    session.require_library()
    if copy_to is not None:
        return _copy(session, plan, copy_to, fix_includes=fix_includes)
    path = _chosen(session, plan)
    question = (
        _("Go on with the moves that were cut short?")
        if path is None
        else _question(session, path)
    )
    make_sure(question, yes=yes)
    with session.system() as system, progress(session, _("Moving")) as tell:
        result = system.apply(
            path,
            fix_includes=fix_includes,
            force_terminal=force_terminal,
            progress=tell,
        )
    words = (
        _("{moved} files brought back") if result.undone else _("{moved} files moved")
    )
    status = tell_result(session, result, words)
    if result.moved and not result.undone:
        session.say(
            _("`{command}` brings them back").format(
                command=session.command("organize undo")
            )
        )
    return status


def _chosen(session: Session, plan: Path | None) -> Path | None:
    """Return the plan's file; None when moves that were cut short are to go on."""
    from orquestrador.organizing import history  # noqa: PLC0415 -- not for --help

    if plan is not None:
        return plan.expanduser().absolute()
    if history.unfinished(session.state) is not None:
        return None
    path = plan_path(session)
    if not path.exists():
        raise OrganizeError(
            _("there is no plan yet; `{command}` makes one").format(
                command=session.command("organize plan")
            )
        )
    return path


def _question(session: Session, path: Path) -> str:
    from orquestrador.organizing.outcome import Place  # noqa: PLC0415 -- heavy
    from orquestrador.organizing.plan_file import read_plan  # noqa: PLC0415 -- heavy

    # Read before anything is started: a plan with a mistake in it ends here.
    plan = read_plan(path, Place(session.library, session.state).protected)
    return _("Move {count} files of {library}?").format(
        count=session.number(len(plan.moves)), library=session.library
    )


def _copy(
    session: Session, plan: Path | None, copy_to: Path, *, fix_includes: bool
) -> int:
    from orquestrador.library import shown_name  # noqa: PLC0415 -- heavy
    from orquestrador.messages.backup import SkippedFile  # noqa: PLC0415 -- heavy
    from orquestrador.messages.organizing import OrganizeResult  # noqa: PLC0415 -- heavy
    from orquestrador.organizing.copying import copy_steps  # noqa: PLC0415 -- heavy
    from orquestrador.organizing.outcome import Place  # noqa: PLC0415 -- heavy
    from orquestrador.organizing.plan_file import read_plan  # noqa: PLC0415 -- heavy
    from orquestrador.snapshots.opening import finish  # noqa: PLC0415 -- heavy

    path = _chosen(session, plan)
    if path is None:
        raise SettingsError(
            _("moves were cut short: apply or undo them before you make copies")
        )
    place = Place(session.library, session.state)
    read = read_plan(path, place.protected)
    outcome = finish(
        copy_steps(
            read,
            place,
            copy_to.expanduser().absolute(),
            fix_includes=fix_includes or read.fix_includes,
        )
    )
    result = OrganizeResult(
        journal=None,
        moved=outcome.moved,
        refused=tuple(
            SkippedFile(path=shown_name(raw), reason=reason)
            for raw, reason in outcome.refused
        ),
        refused_count=len(outcome.refused),
        edited=outcome.edited,
        folders_removed=0,
        snapshot=None,
        undone=False,
    )
    return tell_result(session, result, _("{moved} files copied; nothing was moved"))
