"""The organizer's actor: moves files of the library, under a journal."""

import contextlib
import logging
import time
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from orquestrador.errors import OrganizeError, OrquestradorError
from orquestrador.library import os_name, raw_of_shown, shown_name
from orquestrador.library.rearranging import rearranging
from orquestrador.messages.backup import SkippedFile, SnapshotFinished, TakeSnapshot
from orquestrador.messages.organizing import (
    MOST_REFUSED,
    ApplyPlan,
    OrganizeFinished,
    OrganizeProgressed,
    OrganizeResult,
    UndoMoves,
)
from orquestrador.supervisor import ProtocolActor, handles

if TYPE_CHECKING:
    from collections.abc import Generator

    from orquestrador.organizing.outcome import Outcome, Place, Progress

    Steps = Generator[Progress, None, Outcome]

logger = logging.getLogger(__name__)

_TELL_EVERY_S = 0.1


class OrganizerActor(ProtocolActor[ApplyPlan | UndoMoves | SnapshotFinished]):
    """Carries plans out and takes them back.

    Private state: the orders that wait for their snapshot, and the one under way.
    What has been moved is in the journal, where the next incarnation, or the next
    process, finds it.
    """

    def __init__(self, library: Path, state: Path) -> None:
        super().__init__()
        self._library = library
        self._state = state
        self._waiting: dict[str, ApplyPlan] = {}
        self._under_way: str | None = None

    def on_failure(
        self,
        exception_type: type[BaseException] | None,
        exception_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Tell those whose order is lost with this incarnation."""
        lost = [*self._waiting, *filter(None, [self._under_way])]
        for token in lost:
            self._finish(
                token,
                None,
                f"the organizer failed: {exception_value}; `orquestrador organize "
                "apply` goes on with what was begun, `orquestrador organize undo` "
                "takes it back",
            )

    @handles(ApplyPlan)
    def _apply(self, message: ApplyPlan) -> None:
        if message.plan is None:
            # The snapshot was taken before the first move.
            self._do(message.token, self._resumed())
            return
        self._waiting[message.token] = message
        backup = self.system.ref("backup")
        backup.tell(TakeSnapshot(token=message.token, reason="before organizing"))

    @handles(SnapshotFinished)
    def _snapshot_finished(self, message: SnapshotFinished) -> None:
        order = self._waiting.pop(message.token, None)
        if order is None:
            return
        if message.problem is not None:
            self._finish(
                order.token,
                None,
                f"nothing was moved, because no snapshot was taken: {message.problem}",
            )
            return
        snapshot = message.snapshot.id if message.snapshot else None
        self._do(order.token, self._applied(order, snapshot))

    @handles(UndoMoves)
    def _undo(self, message: UndoMoves) -> None:
        self._do(message.token, self._undone(message.journal))

    def _applied(self, order: ApplyPlan, snapshot: str | None) -> "Steps":
        from orquestrador.organizing.applying import apply_steps  # noqa: PLC0415 -- loaded when it is used
        from orquestrador.organizing.plan_file import read_plan  # noqa: PLC0415 -- likewise

        place = self._place()
        plan = read_plan(Path(os_name(raw_of_shown(order.plan or ""))), place.protected)
        return (
            yield from apply_steps(
                plan,
                place,
                snapshot=snapshot or self._newest_snapshot(),
                fix_includes=order.fix_includes or plan.fix_includes,
                force_terminal=order.force_terminal,
            )
        )

    def _resumed(self) -> "Steps":
        from orquestrador.organizing.applying import resume_steps  # noqa: PLC0415 -- loaded when it is used

        return (yield from resume_steps(self._place()))

    def _undone(self, journal: str | None) -> "Steps":
        from orquestrador.organizing.undoing import undo_steps  # noqa: PLC0415 -- loaded when it is used

        return (yield from undo_steps(self._place(), journal))

    def _place(self) -> "Place":
        from orquestrador.organizing.outcome import Place  # noqa: PLC0415 -- loaded when it is used

        return Place(self._library, self._state)

    def _newest_snapshot(self) -> str:
        """Return the snapshot that the library has not changed since."""
        from orquestrador.snapshots import SnapshotRepository  # noqa: PLC0415 -- loaded when it is used

        with SnapshotRepository(self._state / "snapshots", read_only=True) as found:
            return found.find().id

    def _do(self, token: str, steps: "Steps") -> None:
        """Take the steps, one by one: a stop that ran out of patience ends them."""
        told = 0.0
        self._under_way = token
        try:
            with rearranging(self._state), contextlib.closing(steps):
                while True:
                    if self.abandoned:
                        raise OrganizeError(
                            "cut short because the system stops; `orquestrador "
                            "organize apply` goes on, `orquestrador organize undo` "
                            "takes it back"
                        )
                    progress = next(steps)
                    if time.monotonic() - told > _TELL_EVERY_S:
                        told = time.monotonic()
                        self.publish(
                            OrganizeProgressed(
                                token=token, done=progress.done, total=progress.total
                            )
                        )
        except StopIteration as end:
            self._finish(token, _result(end.value), None)
        except OrquestradorError as error:
            self._finish(token, None, str(error))
        self._under_way = None

    def _finish(
        self, token: str, result: OrganizeResult | None, problem: str | None
    ) -> None:
        if problem is not None:
            logger.error("Nothing, or not all, was moved: %s", problem)
        elif result is not None:
            logger.info(
                "%s files %s, %s stayed",
                result.moved,
                "brought back" if result.undone else "moved",
                result.refused_count,
            )
        self.publish(OrganizeFinished(token=token, result=result, problem=problem))


def _result(outcome: "Outcome") -> OrganizeResult:
    refused = (*outcome.refused, *outcome.edits_refused)
    return OrganizeResult(
        journal=outcome.journal,
        moved=outcome.moved,
        refused=tuple(
            SkippedFile(path=shown_name(raw), reason=reason)
            for raw, reason in refused[:MOST_REFUSED]
        ),
        refused_count=len(refused),
        edited=outcome.edited,
        folders_removed=outcome.folders_removed,
        snapshot=outcome.snapshot,
        undone=outcome.undone,
    )
