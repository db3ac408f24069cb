"""The progress of a run: a bar on a terminal, nothing elsewhere."""

from collections.abc import Callable
from typing import Any

from orquestrador.interface.session import Session
from orquestrador.interface.translation import _
from orquestrador.messages.backup import SnapshotFinished
from orquestrador.messages.run import RunFinished, RunProgressed, RunStarted
from orquestrador.run_handle import FollowedRun


def follow(
    session: Session,
    handle: FollowedRun,
    *,
    until: Callable[[], bool] | None = None,
) -> None:
    """Wait for the end of a run; on a terminal, show how far it is.

    Args:
        session: says whether there is a terminal.
        handle: the run.
        until: asked again and again; True ends the wait before the run.

    """
    if not session.is_terminal:
        for _event in handle.events(until=until):
            pass
        return
    from rich.console import Console  # noqa: PLC0415 -- for a terminal only
    from rich.progress import (  # noqa: PLC0415 -- likewise
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}", markup=False),
        TimeRemainingColumn(compact=True),
        TextColumn("{task.fields[errors]}", markup=False),
        TextColumn("{task.fields[current]}", markup=False),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        task = bar.add_task(_("Listing"), total=None, rate="", errors="", current="")
        for event in handle.events(until=until):
            match event:
                case RunStarted():
                    bar.update(task, description=_("Classifying"), total=event.files)
                case RunProgressed():
                    told = _told(session, event, bar.tasks[0].speed)
                    bar.update(task, completed=event.settled, **told)
                case RunFinished():
                    bar.update(task, description=_("Keeping"), rate="", current="")
                case SnapshotFinished():
                    bar.update(task, description=_("Reporting"))
                case _:
                    pass


def _told(
    session: Session, event: RunProgressed, speed: float | None
) -> dict[str, Any]:
    name = (event.current or "").rpartition("/")[2]
    return {
        "rate": ""
        if speed is None
        else _("{rate}/s").format(rate=session.number(speed)),
        "errors": _("{count} errors").format(count=event.problems)
        if event.problems
        else "",
        "current": name if len(name) <= 24 else name[:11] + "…" + name[-12:],
    }
