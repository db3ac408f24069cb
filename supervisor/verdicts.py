"""What a supervisor makes of a report: restart, give up, escalate, shut down.

Reports of the children and alarms of the clock come in, in the supervisor's own
thread; work comes out.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, assert_never

from orquestrador.errors import ChildRequestError, RestartLimitError
from orquestrador.supervisor.children import Child, ChildState, Retry
from orquestrador.supervisor.control import (
    Ended,
    LimitPassed,
    Report,
    Started,
    StopAsked,
    Stuck,
)
from orquestrador.supervisor.decision import Decision
from orquestrador.supervisor.flags import AutoShutdown
from orquestrador.supervisor.reason import EndKind, EndReason

if TYPE_CHECKING:
    from orquestrador.supervisor.supervision import Supervision


class Verdicts:
    """Decides what follows from what has become of a child."""

    def __init__(self, supervision: "Supervision") -> None:
        """Decide for this supervision."""
        self._supervision = supervision
        self._children = supervision.children
        self._lifecycle = supervision.lifecycle
        self._procedures = supervision.procedures
        self._reporting = supervision.reporting
        self._cell = supervision.cell

    def note(self, report: Report) -> None:
        """Take note of what happened to a child, and act on it."""
        child = self._children.of_cell(report.cell)
        if child is None or report.number != report.cell.number:
            # About an actor, or an incarnation, that is none of ours now.
            return
        match report:
            case Started():
                self._note_start(child, report)
            case Ended():
                self._note_end(child, report)
            case LimitPassed():
                self._note_limit(child)
            case StopAsked():
                self._end_if_waiting(child)
            case Stuck():
                self._note_stuck(child, report)
            case _:
                raise NotImplementedError(f"no such report: {report}")

    def _note_start(self, child: Child, report: Started) -> None:
        if child.state is not ChildState.STARTING:
            return
        child.cancel_limit()
        child.state = ChildState.RUNNING
        child.started_at = self._cell.system.clock.now()
        child.extra = report.extra
        if child.is_temporary():
            # It is never started again: let go of its arguments.
            child.forget_arguments()
        self._reporting.started(child, report.cell)
        self._procedures.resume(child.procedure)

    def _note_end(self, child: Child, report: Ended) -> None:
        reason, state = report.reason, child.state
        if not child.is_up():
            # It was said before; what was decided then, and its delay, stays.
            return
        child.decision, child.left_behind = report.decision, report.left_behind
        child.cancel_limit()
        # First of all: nobody must wait for it, even if what follows fails.
        child.state = ChildState.STOPPED
        self._reporting.ended(child, report, state)
        match state:
            case ChildState.STARTING:
                child.start_error = _why_not_started(reason)
                if reason.kind is EndKind.IGNORED:
                    self._lifecycle.close(child)
            case ChildState.STOPPING:
                if child.procedure is None or report.cell.mailbox.closed:
                    # Whoever stopped it was interrupted, and nobody starts it again;
                    # or it had ended for good before, and its cell is of no use.
                    self._lifecycle.close(child)
            case ChildState.RUNNING:
                self._ended_by_itself(child, reason)
            case _:
                raise NotImplementedError(f"no such state: {state}")
        self._procedures.resume(child.procedure)

    def _note_limit(self, child: Child) -> None:
        match child.state:
            case ChildState.STOPPING:
                self._lifecycle.kill(child, "did not stop in time")
            case ChildState.STARTING:
                self._lifecycle.kill(child, "start_timeout")
            case ChildState.RESTARTING:
                self._supervision.restarts.delay_is_over(child)
            case _:
                return

    def _end_if_waiting(self, child: Child) -> None:
        """End a child that was asked to stop while nothing of it runs."""
        if child.cell is not None and child.cell.stop_asked and not child.is_up():
            ending = self._supervision.work.ending(child)
            self._supervision.submit(ending, child)

    def _note_stuck(self, child: Child, report: Stuck) -> None:
        if child.state is not ChildState.RUNNING:
            return
        self._reporting.stuck(child, report)
        why = f"stuck in {report.message_type} for {report.busy_s:.1f} s"
        self._lifecycle.kill(child, why)

    def _ended_by_itself(self, child: Child, reason: EndReason) -> None:
        if self._supervision.shutting_down:
            return
        if child.decision is Decision.ESCALATE:
            self._escalate(child, reason)
        elif child.restarts_after(reason):
            self.failed(child, reason)
        else:
            self.ended_for_good(child)

    def ended_for_good(self, child: Child) -> None:
        """Note that a child has ended by itself, and is not started again."""
        self._lifecycle.close(child)
        if child.is_forgotten():
            self._children.remove(child)
        if child.spec.significant and self.is_last_significant():
            why = EndReason.shutdown(f"{child.spec.id!r} ended")
            self._supervision.shut_down(why, final=False)

    def is_last_significant(self) -> bool:
        """Return whether the end of one significant child ends the supervisor now."""
        match self._supervision.flags.auto_shutdown:
            case AutoShutdown.NEVER:
                return False
            case AutoShutdown.ANY_SIGNIFICANT:
                return True
            case AutoShutdown.ALL_SIGNIFICANT:
                # One that is stopped with its group keeps its cell: it comes back.
                return not any(
                    each.spec.significant and each.cell is not None
                    for each in self._children
                )
            case _ as mode:
                assert_never(mode)

    def failed(
        self, child: Child, reason: EndReason, held_up: Sequence[Child] = ()
    ) -> None:
        """Decide what follows when a child has failed, or could not start.

        Args:
            child: the one that is to be restarted.
            reason: its failure.
            held_up: those of its group that were to be started after it.

        """
        threads = self._cell.system.abandoned_threads
        if child.decision is Decision.ESCALATE:
            self._escalate(child, reason)
        elif child.left_behind and threads.too_many():
            why = f"{threads.alive()} threads of actors that hang are left behind"
            self._give_up(child, reason, f"{why}, {threads.limit} may be; the last of")
        else:
            child.state = ChildState.RESTARTING
            if child.cell is not None:
                child.cell.begin_restart()
            if _is_not_to_be_tried_again(child):
                child.retry = Retry(reason, held_up)
            else:
                self._supervision.restarts.plan(child, reason, held_up)
            if child.retry is not None:
                self._end_if_waiting(child)

    def attempt(self, child: Child, retry: Retry) -> None:
        """Count a restart before it is tried; give up if it is one too many."""
        if self._supervision.restarts.allowed():
            self._supervision.submit(
                self._supervision.work.renewing(child, retry.held_up), child
            )
        else:
            window = self._supervision.restarts.window
            often = f"more than {window.intensity} times in {window.period_s:g} s"
            why = f"its children failed {often}; the last was"
            self._give_up(child, retry.reason, why)

    def is_left_out(self, child: Child) -> bool:
        """End a child that is not to be started again; return whether it did.

        Its own thread may have ended it for good already, by the spec of that time.
        """
        closed = child.cell is not None and child.cell.mailbox.closed
        stops = child.decision is Decision.STOP
        if not (closed or stops or child.is_temporary()):
            return False
        self.ended_for_good(child)
        return True

    def _give_up(self, child: Child, reason: EndReason, why: str) -> None:
        error = RestartLimitError(
            f"supervisor {self._cell.name!r} gave up: {why} {child.spec.id!r}: {reason}"
        )
        error.__cause__ = reason.error
        ending = EndReason.shutdown("gave_up", error)
        self._reporting.gave_up(child, str(error), ending)
        self._supervision.shut_down(ending, final=False)

    def _escalate(self, child: Child, reason: EndReason) -> None:
        child.state = ChildState.STOPPED
        why = f"child {child.spec.id!r} escalated: {reason}"
        self._reporting.gave_up(child, why, reason)
        self._supervision.shut_down(reason, final=False)


def _is_not_to_be_tried_again(child: Child) -> bool:
    """Return whether it cannot start, and somebody has asked it to end.

    It may never come to read that in its mailbox. One that did start has failed on
    a message before: it is started again, and goes on towards the stop.
    """
    stop_asked = child.cell is not None and child.cell.stop_asked
    return stop_asked and child.start_error is not None


def _why_not_started(reason: EndReason) -> BaseException | None:
    """Return the error of a child that ended before it was ready."""
    if reason.kind is EndKind.IGNORED:
        return None
    if reason.error is not None:
        return reason.error
    return ChildRequestError(str(reason.info or reason.kind.value), "start")
