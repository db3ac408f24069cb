"""`orquestrador organize undo`: brings back what an apply has moved."""

import datetime as dt

import click

from orquestrador.interface.commands.organize.lines import (
    make_sure,
    progress,
    tell_result,
)
from orquestrador.interface.session import Session
from orquestrador.interface.translation import N_, _

_STATES = {
    "applied": N_("applied"),
    "unfinished": N_("cut short"),
    "undone": N_("undone"),
    "partly undone": N_("partly undone"),
    "damaged": N_("its journal is damaged"),
}


def command() -> click.Command:
    """Make the command."""
    return click.Command(
        "undo",
        callback=click.pass_obj(undo),
        short_help=_("Bring back what an apply has moved."),
        help=_(
            "Bring back names, folders, times and bytes as they were before the last "
            "apply, or before APPLY, an id of --list. What you changed since stays, "
            "with the reason. Doing it twice does no harm.\n\n"
            "Exit status: 0 done, 1 failed or files stayed, 2 wrong usage, "
            "130 interrupted."
        ),
        params=[
            click.Argument(["journal"], required=False, metavar="[APPLY]"),
            click.Option(
                ["--list", "listed"],
                is_flag=True,
                help=_("Print the applies: id, time, files moved and state."),
            ),
            click.Option(["-y", "--yes"], is_flag=True, help=_("Do not ask.")),
        ],
    )


def undo(session: Session, /, *, journal: str | None, listed: bool, yes: bool) -> int:
    """Run the command; returns its exit status."""
    from orquestrador.organizing import history  # noqa: PLC0415 -- not for --help

    session.require_library()
    if listed:
        return _list(session)
    chosen = journal
    if journal is not None or history.unfinished(session.state) is None:
        chosen = history.find(session.state, journal)
    question = (
        _("Take back the moves that were cut short?")
        if chosen is None
        else _("Take back the moves of {id}?").format(id=chosen)
    )
    make_sure(question, yes=yes)
    with session.system() as system, progress(session, _("Bringing back")) as tell:
        result = system.undo(chosen, progress=tell)
    return tell_result(session, result, _("{moved} files brought back"))


def _list(session: Session) -> int:
    from orquestrador.organizing import history  # noqa: PLC0415 -- not for --help

    found = list(history.applies(session.state))
    if session.as_json:
        session.print_json([each._asdict() for each in found])
        return 0
    for each in found:
        at = dt.datetime.fromtimestamp(each.at_ns / 1e9).astimezone()
        session.print(
            "\t".join(
                [
                    each.id,
                    f"{at:%Y-%m-%d %H:%M:%S}",
                    _("{count} files").format(count=session.number(each.moved)),
                    _(_STATES[each.state]),
                ]
            )
        )
    return 0
