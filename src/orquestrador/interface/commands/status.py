"""`orquestrador status`: the running system, the catalog and the backup."""

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from orquestrador.errors import LibraryError
from orquestrador.interface.session import Session
from orquestrador.interface.translation import N_, _
from orquestrador.interface.wrapping import wrapped

if TYPE_CHECKING:
    from orquestrador.messages.backup import Snapshot
    from orquestrador.messages.control import SystemStatus
    from orquestrador.messages.watching import WatcherState
    from orquestrador.scheduling.quiet import Reason
    from orquestrador.state import Owner
    from orquestrador.supervisor import ActorInfo


_RUNS = {
    "running": N_("running"),
    "done": N_("done"),
    "failed": N_("failed"),
    "interrupted": N_("interrupted"),
}
_DETAILS = 4
"""What is said of an actor goes on so much further in."""


def command() -> click.Command:
    """Make the command."""
    return click.Command(
        "status",
        callback=click.pass_obj(status),
        short_help=_("Show the running system, and what is known about the library."),
        help=_(
            "Show the system that runs on the library, with the run under way and "
            "every actor; and what the catalog knows, the last run and the newest "
            "snapshot. Where none runs, the catalog alone. With --wait-idle it first "
            "waits until everything saved so far is in the catalog, which takes a "
            "system that watches the library.\n\n"
            "Exit status: 0 done, 1 failed, or not up to date within --timeout, "
            "2 wrong usage, 130 interrupted."
        ),
        params=[
            click.Option(
                ["--wait-idle"],
                is_flag=True,
                help=_("Wait until everything saved so far is in the catalog."),
            ),
            click.Option(
                ["--timeout"],
                type=click.FloatRange(min=0, min_open=True),
                default=60.0,
                show_default=True,
                metavar="SECONDS",
                help=_("With --wait-idle: wait no longer than this."),
            ),
        ],
    )


def status(session: Session, /, *, wait_idle: bool, timeout: float) -> int:
    """Run the command; returns its exit status."""
    session.require_library()
    running = session.running()
    if running is None:
        if wait_idle:
            raise LibraryError(
                _(
                    "no system runs on {library}, so nothing watches it; start one "
                    "with `{command}`"
                ).format(library=session.library, command=session.command("run"))
            )
        _show(session, None, (), None)
        return 0
    with running:
        if wait_idle:
            running.wait_idle(timeout=timeout)
        system, actors = running.status(), running.actors()
        watches = any(actor.name == "watcher" for actor in actors)
        watcher = running.watcher_state() if watches else None
    _show(session, system, actors, watcher)
    return 0


def _show(
    session: Session,
    system: "SystemStatus | None",
    actors: "tuple[ActorInfo, ...]",
    watcher: "WatcherState | None",
) -> None:
    from orquestrador.interface import summary  # noqa: PLC0415 -- not for --help
    from orquestrador.interface.commands import changes  # noqa: PLC0415 -- likewise

    with session.catalog() as catalog:
        found, run = catalog.summary(), catalog.last_run()
        counts = catalog.count_changes(changes.nanoseconds("yesterday", ""))
    newest = _newest_snapshot(session)
    holder = session.holder() if system is None else None
    paused = None if system is None else _paused(session)
    if session.as_json:
        session.print_json(
            {
                "library": str(session.library),
                "state": str(session.state),
                "running": system is not None,
                "held_by": None if holder is None else holder.pid,
                "system": system,
                "watcher": watcher,
                "actors": actors,
                "summary": found,
                "changed_since_yesterday": counts,
                "last_run": run,
                "newest_snapshot": newest,
                "background_paused": paused,
            }
        )
        return
    session.print(f"{_('Library')}: {session.library}")
    session.print(f"{_('State folder')}: {session.state}")
    for line in _owner(session, system, holder):
        session.print(wrapped(line))
    for line in _watching(session, system, watcher):
        session.print(wrapped(line))
    for line in summary.catalog_lines(session, found):
        session.print(wrapped(line))
    if run is not None:
        session.print(
            wrapped(f"{_('Last run')}: {_(_RUNS[run.state])}" + _reason(run.reason))
        )
    figures = changes.counts_line(session, counts)
    session.print(wrapped(f"{_('Changed since yesterday')}: {figures}"))
    if newest is None:
        session.print(_("Backup: none; `orquestrador backup create` takes one"))
    else:
        words = f"{_('Newest snapshot')}: {newest.id}, {summary.backup_place(session)}"
        session.print(wrapped(words))
    if paused is not None:
        session.print(_paused_line(paused))
    for line in _actors(session, actors):
        session.print(wrapped(line, indent=_DETAILS))


def _paused(session: Session) -> "Reason | None":
    """Return why work in the background waits; None when it does not."""
    from orquestrador.scheduling import Agenda  # noqa: PLC0415 -- not for --help

    return Agenda(session.state).paused


def _paused_line(reason: "Reason") -> str:
    match reason:
        case "battery":
            return _("Work in the background is paused: on battery")
        case "load":
            return _("Work in the background is paused: the processors are busy")


def _owner(
    session: Session, system: "SystemStatus | None", holder: "Owner | None"
) -> Iterator[str]:
    if holder is not None:
        yield _("In use by process {pid} ({command}, since {since})").format(
            pid=holder.pid, command=holder.command, since=holder.since
        )
    if system is None:
        return
    since = dt.datetime.fromtimestamp(system.since).astimezone()
    yield _("The system runs: process {pid}, since {since}").format(
        pid=system.pid, since=f"{since:%Y-%m-%d %H:%M:%S}"
    )
    run = system.run
    if run is not None:
        words = _("Run under way: {settled} of {files} files, {problems} errors")
        yield words.format(
            settled=session.number(run.settled),
            files=session.number(run.files),
            problems=session.number(run.problems),
        )


def _watching(
    session: Session,
    system: "SystemStatus | None",
    watcher: "WatcherState | None",
) -> Iterator[str]:
    from orquestrador.interface import watching  # noqa: PLC0415 -- not for --help

    if system is None:
        return
    if watcher is None:
        yield f"{_('Watching')}: {_('no')}"
        return
    yield f"{_('Watching')}: {', '.join(watching.parts(session, watcher))}"
    for each in watcher.degraded:
        yield f"  {watching.remedy(each)}"


def _actors(session: Session, actors: "tuple[ActorInfo, ...]") -> Iterator[str]:
    from orquestrador.interface import actor_tree  # noqa: PLC0415 -- not for --help

    if actors:
        yield ""
        yield _("Actors:")
        for line in actor_tree.lines(session, actors):
            yield f"  {line}"


def _reason(reason: str | None) -> str:
    return f" ({reason})" if reason else ""


def _newest_snapshot(session: Session) -> "Snapshot | None":
    from orquestrador.snapshots import SnapshotRepository  # noqa: PLC0415 -- loaded when it is used

    if not (session.snapshots / "HEAD").exists():
        return None
    with SnapshotRepository(session.snapshots, read_only=True) as repository:
        return next(iter(repository.list()), None)
