"""`orquestrador backup prune`."""

import datetime as dt
from typing import TYPE_CHECKING

import click

from orquestrador.interface.commands.backup.lines import snapshot_line
from orquestrador.interface.commands.backup.place import require_snapshots
from orquestrador.interface.session import Session
from orquestrador.interface.translation import N_, _

if TYPE_CHECKING:
    from orquestrador.messages.backup import PruneResult

_PATIENCE_S = 60.0
_KINDS = {
    "last": N_("Keep so many of the newest."),
    "hourly": N_("Keep the newest of each of so many hours."),
    "daily": N_("Keep the newest of each of so many days."),
    "weekly": N_("Keep the newest of each of so many weeks."),
    "monthly": N_("Keep the newest of each of so many months."),
    "yearly": N_("Keep the newest of each of so many years."),
}
_REASONS = {
    "newest": N_("newest"),
    "last": N_("last"),
    "hourly": N_("hourly"),
    "daily": N_("daily"),
    "weekly": N_("weekly"),
    "monthly": N_("monthly"),
    "yearly": N_("yearly"),
    "from the future": N_("from the future"),
    "needed by a restore": N_("needed by a restore"),
}


def commands() -> list[click.Command]:
    """Make the commands of this family."""
    count = click.IntRange(min=0)
    options = [
        click.Option([f"--keep-{kind}"], type=count, metavar="N", help=_(words))
        for kind, words in _KINDS.items()
    ]
    dry_run = click.Option(
        ["--dry-run"], is_flag=True, help=_("Change nothing; only say what would be.")
    )
    return [
        click.Command(
            "prune",
            callback=click.pass_obj(prune),
            help=_(
                "Remove the snapshots that a policy does not keep, and give their "
                "space back. Without an option of it the policy is that of the "
                "settings backup.keep. The newest snapshot is always kept, and so is "
                "one from the future. Prints each snapshot: keep with the reasons, or "
                "remove.\n\nExit status: 0 done, 1 failed, 2 wrong usage."
            ),
            params=[*options, dry_run],
        )
    ]


def prune(session: Session, /, *, dry_run: bool, **kept: int | None) -> int:
    """Remove snapshots; returns the exit status."""
    import msgspec  # noqa: PLC0415 -- not for --help

    from orquestrador.snapshots import Keep, SnapshotRepository  # noqa: PLC0415 -- heavy
    from orquestrador.snapshots.restore_journal import needed_snapshots  # noqa: PLC0415 -- heavy

    given = {
        name.removeprefix("keep_"): count
        for name, count in kept.items()
        if count is not None
    }
    settings = session.loaded.settings.backup.keep
    keep = Keep(**(given or msgspec.structs.asdict(settings)))
    if keep.is_empty():
        raise click.UsageError(
            _(
                "a policy that keeps nothing would remove every snapshot: say how many "
                "are kept, such as --keep-last 10, or set backup.keep"
            )
        )
    require_snapshots(session)
    with SnapshotRepository(
        session.snapshots, read_only=dry_run, wait_s=_PATIENCE_S
    ) as repository:
        result = repository.prune(
            keep,
            now=dt.datetime.now(dt.UTC),
            dry_run=dry_run,
            needed=needed_snapshots(session.state / "journal" / "restore"),
        )
    if session.as_json:
        session.print_json(result)
    else:
        _tell(session, result)
    return 0


def _tell(session: Session, result: "PruneResult") -> None:
    for each in result.kept:
        reasons = ", ".join(_(_REASONS.get(word, word)) for word in each.reasons)
        line = snapshot_line(session, each.snapshot)
        session.print(f"{_('keep')}\t{line}\t{reasons}")
    for snapshot in result.removed:
        session.print(f"{_('remove')}\t{snapshot_line(session, snapshot)}")
    words = (
        _(
            "{kept} snapshots would be kept, {removed} removed; {before} would become "
            "{after}"
        )
        if result.dry_run
        else _("{kept} snapshots kept, {removed} removed; {before} became {after}")
    )
    session.say(
        words.format(
            kept=session.number(len(result.kept)),
            removed=session.number(len(result.removed)),
            before=session.megabytes(result.bytes_before),
            after=session.megabytes(result.bytes_after),
        )
    )
    if result.packs_in_use:
        session.say(
            _("Another program is reading old packs; the next prune removes them.")
        )
