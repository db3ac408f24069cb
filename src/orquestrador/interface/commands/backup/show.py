"""`orquestrador backup show`: one snapshot, and what is new in it."""

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from orquestrador.interface.commands.backup.lines import time_text
from orquestrador.interface.session import Session
from orquestrador.interface.snapshot_words import snapshot_reason
from orquestrador.interface.translation import _
from orquestrador.visible import visible

if TYPE_CHECKING:
    from orquestrador.messages.backup import Snapshot
    from orquestrador.messages.comparing import Difference
    from orquestrador.snapshots import Manifest, SnapshotRepository

_SHOWN = 20
"""Skipped files that are named; `--all` names the rest."""


def commands() -> list[click.Command]:
    """Make the commands of this family."""
    return [_show()]


def _show() -> click.Command:
    return click.Command(
        "show",
        callback=click.pass_obj(show),
        short_help=_("Show one snapshot, and what is new in it."),
        help=_(
            "Show one SNAPSHOT (the newest, unless named): when and why it was taken, "
            "its files and size, what could not be kept and why, and in figures how it "
            "differs from the one before. SNAPSHOT is an id, its beginning or its last "
            "eight digits.\n\nExit status: 0 done, 1 failed."
        ),
        params=[
            click.Argument(["snapshot"], default="latest"),
            click.Option(
                ["--files"], is_flag=True, help=_("List its files: path, size, time.")
            ),
            click.Option(
                ["--all", "every"],
                is_flag=True,
                help=_("Name everything that was skipped."),
            ),
        ],
    )


def show(session: Session, /, *, snapshot: str, files: bool, every: bool) -> int:
    """Print one snapshot; returns the exit status."""
    from orquestrador.snapshots import SnapshotRepository  # noqa: PLC0415 -- heavy

    with SnapshotRepository(session.snapshots, read_only=True) as repository:
        found = repository.find(snapshot)
        manifest = repository.manifest(found.id)
        difference = _since_the_one_before(session, repository, found)
        beside = sorted(set(repository.beside(found.id)) - {"manifest.jsonl"})
    if session.as_json:
        session.print_json(_document(found, manifest, difference, beside, files=files))
        return 0
    _tell(session, found, difference, beside)
    _tell_skipped(session, manifest, every=every)
    if files:
        _tell_files(session, manifest)
    return 0


def _since_the_one_before(
    session: Session, repository: "SnapshotRepository", found: "Snapshot"
) -> "Difference | None":
    from orquestrador.snapshots.differences import Differences  # noqa: PLC0415 -- heavy

    older = [each for each in repository.list() if each.time < found.time]
    if not older:
        return None
    return Differences(repository, session.library).between(older[0].id, found.id)


def _document(
    found: "Snapshot",
    manifest: "Manifest",
    difference: "Difference | None",
    beside: list[str],
    *,
    files: bool,
) -> dict[str, Any]:
    from orquestrador.library import shown_name  # noqa: PLC0415 -- not for --help

    document: dict[str, Any] = {
        "snapshot": found,
        "skipped": [
            {"path": shown_name(raw), "reason": reason}
            for raw, reason in manifest.skipped
        ],
        "beside": beside,
        "since_the_one_before": difference
        and {
            "snapshot": difference.old,
            "added": difference.added,
            "removed": difference.removed,
            "changed": difference.changed,
            "renamed": difference.renamed,
            "same": difference.same,
            "reclassified": len(difference.reclassified)
            if difference.labels == "both"
            else None,
        },
    }
    if files:
        document["files"] = [
            {
                "path": shown_name(row.raw),
                "size": row.size,
                "mtime_ns": row.mtime_ns,
                "sha256": row.sha256,
            }
            for row in sorted(manifest.rows())
        ]
    return document


def _tell(
    session: Session,
    found: "Snapshot",
    difference: "Difference | None",
    beside: list[str],
) -> None:
    number = session.number
    lines = [
        (_("Snapshot"), found.id),
        (_("Taken"), time_text(found.time)),
        (_("Reason"), visible(snapshot_reason(found.reason, session.translation))),
        (
            _("Files"),
            _("{files} with {contents} different contents, {size}").format(
                files=number(found.files),
                contents=number(found.contents),
                size=session.megabytes(found.bytes),
            ),
        ),
        (_("Kept beside"), ", ".join(visible(each) for each in beside)),
        (_("Since the one before"), _figures(session, difference)),
        (_("Skipped"), number(found.skipped)),
    ]
    for title, text in lines:
        if text:
            session.print(f"{title}: {text}")


def _figures(session: Session, difference: "Difference | None") -> str:
    if difference is None:
        return _("there is none before it")
    number = session.number
    told = _(
        "{added} added, {removed} removed, {changed} changed, {renamed} renamed"
    ).format(
        added=number(difference.added),
        removed=number(difference.removed),
        changed=number(difference.changed),
        renamed=number(difference.renamed),
    )
    if difference.labels == "both":
        told += ", " + _("{count} reclassified").format(
            count=number(len(difference.reclassified))
        )
    return f"{told} ({difference.old})"


def _tell_skipped(session: Session, manifest: "Manifest", *, every: bool) -> None:
    from orquestrador.library import shown_name  # noqa: PLC0415 -- not for --help

    reasons = Counter(reason for _raw, reason in manifest.skipped)
    if len(manifest.skipped) > _SHOWN and not every:
        for reason, count in reasons.most_common():
            session.print(f"  {session.number(count)}\t{visible(reason)}")
    shown = manifest.skipped if every else manifest.skipped[:_SHOWN]
    for raw, reason in shown:
        session.print(f"  {visible(shown_name(raw))}\t{visible(reason)}")
    if len(shown) < len(manifest.skipped):
        more = len(manifest.skipped) - len(shown)
        session.say(
            _("{count} more; --all names them").format(count=session.number(more))
        )


def _tell_files(session: Session, manifest: "Manifest") -> None:
    from orquestrador.library import shown_name  # noqa: PLC0415 -- not for --help

    for row in sorted(manifest.rows()):
        modified = dt.datetime.fromtimestamp(row.mtime_ns / 1e9, dt.UTC)
        name, size = visible(shown_name(row.raw)), session.number(row.size)
        session.print(f"{name}\t{size}\t{time_text(modified)}")
