"""`orquestrador backup verify`."""

from typing import TYPE_CHECKING

import click

from orquestrador.interface.session import Session
from orquestrador.interface.translation import _

if TYPE_CHECKING:
    from orquestrador.messages.backup import VerifyResult


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
