"""`orquestrador backup push`."""

import json
import sys
from typing import TYPE_CHECKING

import click

from orquestrador.errors import PublicRepositoryError, SettingsError
from orquestrador.interface.commands.backup.place import require_snapshots
from orquestrador.interface.session import Session
from orquestrador.interface.translation import _

if TYPE_CHECKING:
    from orquestrador.messages.backup import PushResult


def commands() -> list[click.Command]:
    """Make the commands of this family."""
    return [
        click.Command(
            "push",
            callback=click.pass_obj(push),
            help=_(
                "Bring a second place up to date: REMOTE, a folder on another disk or "
                "the address of a Git repository, or else the setting backup.remote. "
                "It uses the credentials that git has on this computer. A push that "
                "was interrupted goes on the next time. Prints the place, the "
                "snapshots there and those sent, separated by tabs.\n\n"
                "Exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted."
            ),
            params=[
                click.Argument(["remote"], required=False),
                click.Option(["--to"], metavar="REMOTE", help=_("The same as REMOTE.")),
                click.Option(
                    ["--prune"],
                    is_flag=True,
                    help=_("Remove the snapshots there that are not here any more."),
                ),
                click.Option(
                    ["-y", "--yes"],
                    is_flag=True,
                    help=_("Push though anybody could read it there."),
                ),
            ],
        )
    ]


def push(
    session: Session,
    /,
    *,
    remote: str | None,
    to: str | None,
    prune: bool,
    yes: bool,
) -> int:
    """Push; returns the exit status."""
    configured = session.loaded.settings.backup.remote
    place = remote or to or configured
    if not place:
        raise SettingsError(
            _(
                "no second place is known: name a folder on another disk, or the "
                "address of a Git repository, or set backup.remote"
            )
        )
    require_snapshots(session)
    result = push_to(session, place, prune=prune, yes=yes)
    if session.as_json:
        session.print_json(result)
        return 0
    session.print(f"{result.remote}\t{result.snapshots}\t{result.sent}")
    if result.only_there:
        session.say(
            _(
                "{count} snapshots are there that were pruned here; --prune removes "
                "them"
            ).format(count=session.number(len(result.only_there)))
        )
    if place != configured:
        session.say(_("To push there after each snapshot, write in orquestrador.json:"))
        session.say(
            f'  "backup": {{"remote": {json.dumps(place, ensure_ascii=False)}}}'
        )
    return 0


def push_to(
    session: Session, place: str, *, prune: bool = False, yes: bool = False
) -> "PushResult":
    """Push to a place, and say what is needed when that fails."""
    from orquestrador.snapshots import SnapshotRepository  # noqa: PLC0415 -- heavy
    from orquestrador.snapshots.opening import finish  # noqa: PLC0415 -- likewise

    with SnapshotRepository(session.snapshots, read_only=True) as repository:
        known = repository.pushes().places.get(place)
        steps = repository.push_steps(
            place,
            session.library,
            prune=prune,
            may_ask=sys.stdin.isatty(),
            may_be_public=yes or (known is not None and known.may_be_public),
        )
        try:
            return finish(steps)
        except PublicRepositoryError as error:
            raise PublicRepositoryError(
                _(
                    "anybody can read {place}: your sources would be public. Make the "
                    "repository private, or say --yes"
                ).format(place=place)
            ) from error
