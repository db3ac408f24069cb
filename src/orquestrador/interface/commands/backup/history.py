"""`orquestrador backup history`: what a path held over the snapshots."""

from typing import TYPE_CHECKING

import click

from orquestrador.interface.commands.backup.lines import (
    library_path,
    time_text,
)
from orquestrador.interface.session import Session
from orquestrador.interface.translation import _
from orquestrador.visible import visible

if TYPE_CHECKING:
    from orquestrador.messages.comparing import KeptContent

_SHOWN = 3
"""Snapshots that are named of each content; `--json` names all."""


def commands() -> list[click.Command]:
    """Make the commands of this family."""
    return [_history()]


def _history() -> click.Command:
    return click.Command(
        "history",
        callback=click.pass_obj(history),
        short_help=_("Tell what a file held over the snapshots."),
        help=_(
            "Print each content that the file PATH had, the newest first: when it was "
            "first and last kept, its size in bytes, its hash, the path it had then "
            "and the snapshots that hold it, separated by tabs. A file that was "
            "renamed is followed to its earlier name.\n\n"
            "Exit status: 0 done, 1 no snapshot has it."
        ),
        params=[click.Argument(["path"])],
    )


def history(session: Session, /, *, path: str) -> int:
    """Print what a path held; returns the exit status."""
    from orquestrador.snapshots import SnapshotRepository  # noqa: PLC0415 -- heavy
    from orquestrador.snapshots.differences import Differences  # noqa: PLC0415 -- heavy

    with SnapshotRepository(session.snapshots, read_only=True) as repository:
        found = Differences(repository, session.library).history(
            library_path(session, path)
        )
    if session.as_json:
        session.print_json(found)
        return 0
    for each in found.contents:
        session.print(_line(session, each))
    session.say(
        {
            "same": _("The library holds the newest of these."),
            "different": _("The file in the library is another one by now."),
            "missing": _("There is no such file in the library now."),
        }[found.present]
    )
    return 0


def _line(session: Session, each: "KeptContent") -> str:
    ids = " ".join(each.snapshots[:_SHOWN])
    more = len(each.snapshots) - _SHOWN
    return "\t".join(
        [
            time_text(each.first),
            time_text(each.last),
            session.number(each.size),
            each.sha256[:12],
            visible(each.path),
            ids + (f" +{session.number(more)}" if more > 0 else ""),
        ]
    )
