"""`orquestrador backup verify`."""

from typing import TYPE_CHECKING, Literal

import click

from orquestrador.interface.commands.backup.place import require_snapshots
from orquestrador.interface.session import Session
from orquestrador.interface.translation import _

if TYPE_CHECKING:
    from orquestrador.messages.backup import VerifyResult

_PATIENCE_S = 60.0


def commands() -> list[click.Command]:
    """Make the commands of this family."""
    return [_verify()]


def _verify() -> click.Command:
    return click.Command(
        "verify",
        callback=click.pass_obj(verify),
        help=_(
            "Check every byte of one SNAPSHOT, or of all: packs, trees, manifests and "
            "contents. Prints each problem.\n\n"
            "Exit status: 0 sound, 1 something is damaged or missing."
        ),
        params=[
            click.Argument(["snapshot"], required=False),
            click.Option(
                ["--structure"],
                is_flag=True,
                help=_("Read no contents; only check that all are there."),
            ),
            click.Option(
                ["--share"],
                is_flag=True,
                help=_(
                    "Read the contents that were never read, and a day's share of "
                    "those read longest ago (setting backup.verify_days)."
                ),
            ),
            click.Option(
                ["--repair"],
                is_flag=True,
                help=_("Mend what is damaged, from the library where it still has it."),
            ),
        ],
    )


def verify(
    session: Session,
    /,
    *,
    snapshot: str | None,
    structure: bool,
    share: bool,
    repair: bool,
) -> int:
    """Check the repository; returns the exit status."""
    from orquestrador.snapshots import SnapshotRepository  # noqa: PLC0415 -- heavy
    from orquestrador.snapshots.opening import finish  # noqa: PLC0415 -- likewise

    if structure + share + (repair or snapshot is not None) > 1:
        raise click.UsageError(
            _("choose one: a SNAPSHOT, --structure, --share or --repair")
        )
    require_snapshots(session)
    with SnapshotRepository(
        session.snapshots, read_only=not repair, wait_s=_PATIENCE_S
    ) as repository:
        if repair:
            result = finish(repository.repair_steps(session.library))
        else:
            depth: Literal["structure", "share", "full"] = (
                "structure" if structure else "share" if share else "full"
            )
            days = session.loaded.settings.backup.verify_days if share else 0
            result = finish(
                repository.verify_steps(snapshot, depth=depth, days=days or 30)
            )
    _tell_verified(session, result)
    return 1 if result.problems else 0


def _tell_verified(session: Session, result: "VerifyResult") -> None:
    if session.as_json:
        session.print_json(result)
        return
    for each in result.mended:
        session.print(f"{_('mended')}\t{each}")
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
    if result.problems and not result.mended:
        session.say(
            _("`{command}` mends what it can").format(
                command=session.command("backup verify --repair")
            )
        )
