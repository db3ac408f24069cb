"""What a supervisor decides: restart, give up, shut down.

Reports of the children and alarms of the clock come in, in the supervisor's own
thread; procedures come out. Requests of others are the business of `supervisor.py`.
"""

from collections.abc import Callable, Sequence
from typing import assert_never

from orquestrador.errors import ChildRequestError, ChildStartError, RestartLimitError
from orquestrador.supervisor.cell import Cell
from orquestrador.supervisor.child_spec import ChildSpec
from orquestrador.supervisor.children import Child, Children, ChildState, Retry
from orquestrador.supervisor.control import Ended, LimitPassed, Report, Started, Stuck
from orquestrador.supervisor.decision import Decision
from orquestrador.supervisor.flags import AutoShutdown, SupervisorFlags
from orquestrador.supervisor.lifecycle import Lifecycle
from orquestrador.supervisor.owed import LaterReply
from orquestrador.supervisor.procedure import Procedure, Procedures, Steps
from orquestrador.supervisor.reason import EndKind, EndReason
from orquestrador.supervisor.reconfiguration import change, check_change
from orquestrador.supervisor.reporting import Reporting
from orquestrador.supervisor.requests import Reconfigured, StartedChild
from orquestrador.supervisor.restarts import Restarts
from orquestrador.supervisor.strategy import Strategy


class Supervision:
    """The children of one incarnation of a supervisor, and what becomes of them."""

    def __init__(
        self,
        cell: Cell,
        flags: SupervisorFlags,
        specs: Sequence[ChildSpec],
        end: Callable[[EndReason], None],
    ) -> None:
        """Start nothing yet.

        Args:
            cell: the supervisor's own.
            flags: how the children are treated together.
            specs: checked specs; the template of a dynamic supervisor.
            end: ends the supervisor's loop, once nothing runs any more.

        """
        dynamic = flags.strategy is Strategy.DYNAMIC
        self.children = Children(specs[0] if dynamic else None)
        self.flags = flags
        self.shutting_down = False
        self._cell = cell
        self._end = end
        self._reporting = Reporting(cell)
        self._lifecycle = Lifecycle(cell, self.children)
        self._procedures = Procedures(exclusive=flags.strategy.concerns_others())
        self._restarts = Restarts(
            cell, flags, self.children, self._lifecycle, self._try
        )
        for spec in () if dynamic else specs:
            self.children.add(Child(spec, dynamic=False))

    # -- what it is asked to do -------------------------------------------------

    def start_all(self) -> None:
        """Start the children in order, then report the supervisor's own start."""
        self._procedures.submit(Procedure(self._starting_all(), self.children))

    def reconfigure(
        self, flags: SupervisorFlags, specs: Sequence[ChildSpec]
    ) -> Reconfigured:
        """Go on with other flags and specs, all checked; see `reconfiguration`.

        Raises:
            ChildSpecError: then nothing has changed.

        """
        check_change(self.children, flags, specs)
        self.flags = flags
        self._restarts.change(flags)
        self._procedures.exclusive = flags.strategy.concerns_others()
        changed = change(self.children, specs)
        self._restarts.go_on()
        return changed

    def start(self, child: Child, reply: LaterReply, *, new: bool) -> None:
        """Start a child; answer when it runs or has failed.

        Args:
            child: one that does not run.
            reply: goes to whoever asked for it.
            new: True forgets the child if it cannot start.

        """
        self._submit(self._starting_one(child, reply, new=new), child)

    def restart_now(self, child: Child, reply: LaterReply) -> None:
        """Start a child, and its group, without the rest of its delay.

        It is not counted: somebody asked for it.
        """
        held_up: list[Child] = []
        for each in self.flags.strategy.group(child, tuple(self.children)):
            retry = each.stop_waiting()
            held_up += () if retry is None else (each, *retry.held_up)
        self._submit(self._renewing_now(child, reply, held_up), child)
        self._restarts.look_again()

    def renew(self, child: Child, reply: LaterReply) -> None:
        """Stop a child that runs, and start it and its group again; answer then.

        It keeps its mailbox, and is not counted: somebody asked for it.
        """
        self._submit(self._stopping_and_renewing(child, reply), child)

    def is_idle(self, child: Child) -> bool:
        """Return whether nothing is being done with a child, nor going to be."""
        return not self._procedures.concern(child)

    def delete(self, child: Child) -> None:
        """Forget a child that does not run."""
        self._lifecycle.close(child)
        self.children.remove(child)

    def terminate(self, child: Child, reply: LaterReply) -> None:
        """Stop a child for good, and answer then.

        Its own start, and that of its group after its failure, is broken off for it.
        What is being done for the sake of others comes to its end first.
        """
        self._stop_retry(child)
        procedure = child.procedure
        if procedure is not None and _only_starts(procedure, child):
            self._interrupt(procedure)
        self._submit(self._terminating(child, reply), child)
        self._restarts.look_again()

    def shut_down(self, reason: EndReason, *, final: bool) -> None:
        """Stop all children in reverse order, then end the supervisor.

        Args:
            reason: what the supervisor ends with.
            final: False keeps the static children's refs and mailboxes, until it
                is decided whether the supervisor is started again.

        """
        if self.shutting_down:
            return
        self.shutting_down = True
        self._procedures.cancel_all()
        self._restarts.cancel_all()
        self._submit(self._stopping_all(reason, final=final))

    def _submit(self, steps: Steps[object], child: Child | None = None) -> None:
        children = () if child is None else (child,)
        self._procedures.submit(Procedure(steps, children, subject=child))

    def _stop_retry(self, child: Child) -> None:
        retry = child.stop_waiting()
        if retry is not None:
            self._leave_stopped(retry.held_up)

    def _leave_stopped(self, held_up: Sequence[Child]) -> None:
        """End those that were to be started after one that nobody starts any more."""
        for each in held_up:
            if each.state is ChildState.STOPPED and each.procedure is None:
                self._lifecycle.close(each)

    def _interrupt(self, procedure: Procedure) -> None:
        """End a procedure; children that it has stopped stay stopped."""
        self._procedures.cancel(procedure)
        for child in procedure.children:
            if not child.is_up():
                self._lifecycle.close(child)

    # -- procedures ---------------------------------------------------------------

    def _starting_all(self) -> Steps[None]:
        for child in self.children:
            error = yield from self._lifecycle.starting(child)
            if error is not None:
                failed = self._start_error(child, error)
                reason = EndReason.shutdown("failed_to_start_child", failed)
                self.shut_down(reason, final=False)
                return
            self._drop_if_ignored(child)
        self._lifecycle.close_kept()
        self._cell.report_start()

    def _starting_one(
        self, child: Child, reply: LaterReply, *, new: bool
    ) -> Steps[None]:
        if not self.children.has(child):
            # It was forgotten while this waited for others.
            reply.fail(ChildRequestError("not_found", child.spec.id))
            return
        try:
            error = yield from self._lifecycle.starting(child)
            if error is not None:
                self._lifecycle.close(child)
            self._answer_start(child, reply)
            if error is not None and new:
                self.children.remove(child)
            self._drop_if_ignored(child)
        finally:
            self._answer_cancelled(child, reply)

    def _renewing_now(
        self, child: Child, reply: LaterReply, held_up: Sequence[Child]
    ) -> Steps[None]:
        try:
            yield from self._renewing(child, held_up)
            self._answer_start(child, reply)
        finally:
            self._answer_cancelled(child, reply)

    def _stopping_and_renewing(self, child: Child, reply: LaterReply) -> Steps[None]:
        try:
            yield from self._lifecycle.stopping(child, final=False)
            child.state = ChildState.RESTARTING
            yield from self._renewing(child)
            self._answer_start(child, reply)
        finally:
            self._answer_cancelled(child, reply)

    def _terminating(self, child: Child, reply: LaterReply) -> Steps[None]:
        self._stop_retry(child)
        yield from self._lifecycle.stopping(child, final=True)
        self._lifecycle.close(child)
        if child.is_forgotten():
            self.children.remove(child)
        reply.set(child.info())

    def _renewing(self, child: Child, held_up: Sequence[Child] = ()) -> Steps[None]:
        """Start a child again, and with it those that its strategy names."""
        if child.state is not ChildState.RESTARTING:
            # Somebody has stopped it meanwhile.
            self._leave_stopped(held_up)
            self._renew_others()
            return
        group = self._group(child, held_up)
        self._procedures.claim(group)
        for each in reversed(group):
            if each is not child:
                yield from self._lifecycle.stopping(each, final=each.is_temporary())
        group = self._without_temporary(group)
        for number, each in enumerate(group, 1):
            error = yield from self._lifecycle.starting(each)
            if error is not None and not self._is_left_out(each):
                if child in group[number:]:
                    # It waits for `each` now, as the others that come after it.
                    child.state = ChildState.STOPPED
                self._failed(each, EndReason.failed(error), group[number:])
                return
            if self.shutting_down:
                return
            self._drop_if_ignored(each)

    def _group(self, child: Child, held_up: Sequence[Child]) -> tuple[Child, ...]:
        """Return what is started with a child: also who waits for it already.

        Other flags may name fewer than were stopped for it under the old ones.
        """
        everyone = tuple(self.children)
        group = set(self.flags.strategy.group(child, everyone))
        group |= {each for each in held_up if each.cell and not each.is_up()}
        return tuple(each for each in everyone if each in group)

    def _renew_others(self) -> None:
        """Start those that a restart of their group would have started too."""
        if self.flags.strategy.concerns_others():
            for each in self.children:
                if each.state is ChildState.RESTARTING and each.retry is None:
                    self._submit(self._renewing(each), each)

    def _without_temporary(self, group: Sequence[Child]) -> tuple[Child, ...]:
        """Forget the temporary ones of a group that has stopped; return the others."""
        for each in group:
            if each.is_temporary():
                self._lifecycle.close(each)
                self.children.remove(each)
        return tuple(each for each in group if not each.is_temporary())

    def _stopping_all(self, reason: EndReason, *, final: bool) -> Steps[None]:
        """Stop the children one by one from the last, dynamic ones together."""
        everyone = tuple(reversed(tuple(self.children)))
        self._procedures.claim(everyone)
        if self.flags.strategy is Strategy.DYNAMIC:
            self._reporting.begin_group()
            for child in everyone:
                self._lifecycle.stop(child, final=True)
        for child in everyone:
            for_good = final or child.is_forgotten()
            yield from self._lifecycle.stopping(child, final=for_good)
            if for_good:
                self._lifecycle.close(child)
        self._reporting.end_group()
        self._end(reason)

    def _drop_if_ignored(self, child: Child) -> None:
        if not child.is_up() and child.is_forgotten():
            self.children.remove(child)

    def _answer_start(self, child: Child, reply: LaterReply) -> None:
        if child.start_error is not None:
            reply.fail(self._start_error(child, child.start_error))
        else:
            ref = None if child.cell is None else child.cell.ref
            reply.set(StartedChild(child.spec.id, ref, child.extra))

    def _answer_cancelled(self, child: Child, reply: LaterReply) -> None:
        """Answer a start that was cancelled: only the first answer counts."""
        reply.fail(ChildRequestError("cancelled", child.spec.id))

    def _start_error(self, child: Child, error: BaseException) -> ChildStartError:
        failed = ChildStartError(self._cell.name, child.spec.id, error)
        failed.__cause__ = error
        return failed

    # -- reports ------------------------------------------------------------------

    def note(self, report: Report) -> None:
        """Take note of what happened to a child, and act on it."""
        child = self.children.of_cell(report.cell)
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
            case ChildState.RESTARTING | ChildState.STOPPED:
                # It was said before.
                child.state = state
        self._procedures.resume(child.procedure)

    def _note_limit(self, child: Child) -> None:
        match child.state:
            case ChildState.STOPPING:
                self._lifecycle.kill(child, "did not stop in time")
            case ChildState.STARTING:
                self._lifecycle.kill(child, "start_timeout")
            case ChildState.RESTARTING:
                self._restarts.delay_is_over(child)
            case _:
                return

    def _note_stuck(self, child: Child, report: Stuck) -> None:
        if child.state is not ChildState.RUNNING:
            return
        self._reporting.stuck(child, report)
        why = f"stuck in {report.message_type} for {report.busy_s:.1f} s"
        self._lifecycle.kill(child, why)

    # -- decisions ------------------------------------------------------------------

    def _ended_by_itself(self, child: Child, reason: EndReason) -> None:
        if self.shutting_down:
            return
        if child.decision is Decision.ESCALATE:
            self._escalate(child, reason)
        elif child.restarts_after(reason):
            self._failed(child, reason)
        else:
            self._ended_for_good(child)

    def _ended_for_good(self, child: Child) -> None:
        self._lifecycle.close(child)
        if child.is_forgotten():
            self.children.remove(child)
        if child.spec.significant and self._is_last_significant():
            why = EndReason.shutdown(f"{child.spec.id!r} ended")
            self.shut_down(why, final=False)

    def _is_last_significant(self) -> bool:
        match self.flags.auto_shutdown:
            case AutoShutdown.NEVER:
                return False
            case AutoShutdown.ANY_SIGNIFICANT:
                return True
            case AutoShutdown.ALL_SIGNIFICANT:
                # One that is stopped with its group keeps its cell: it comes back.
                return not any(
                    each.spec.significant and each.cell is not None
                    for each in self.children
                )
            case _ as mode:
                assert_never(mode)

    def _failed(
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
            self._restarts.plan(child, reason, held_up)

    def _try(self, child: Child, retry: Retry) -> None:
        """Count a restart before it is tried; give up if it is one too many."""
        if self._restarts.allowed():
            self._submit(self._renewing(child, retry.held_up), child)
        else:
            window = self._restarts.window
            often = f"more than {window.intensity} times in {window.period_s:g} s"
            why = f"its children failed {often}; the last was"
            self._give_up(child, retry.reason, why)

    def _is_left_out(self, child: Child) -> bool:
        """End a child that is not to be started again; return whether it did.

        Its own thread may have ended it for good already, by the spec of that time.
        """
        closed = child.cell is not None and child.cell.mailbox.closed
        stops = child.decision is Decision.STOP
        if not (closed or stops or child.is_temporary()):
            return False
        self._ended_for_good(child)
        return True

    def _give_up(self, child: Child, reason: EndReason, why: str) -> None:
        error = RestartLimitError(
            f"supervisor {self._cell.name!r} gave up: {why} {child.spec.id!r}: {reason}"
        )
        error.__cause__ = reason.error
        ending = EndReason.shutdown("gave_up", error)
        self._reporting.gave_up(child, str(error), ending)
        self.shut_down(ending, final=False)

    def _escalate(self, child: Child, reason: EndReason) -> None:
        child.state = ChildState.STOPPED
        why = f"child {child.spec.id!r} escalated: {reason}"
        self._reporting.gave_up(child, why, reason)
        self.shut_down(reason, final=False)


def _only_starts(procedure: Procedure, child: Child) -> bool:
    """Return whether a procedure has nothing else in hand than to start this child."""
    in_hand = {each for each in procedure.children if each.state is ChildState.STARTING}
    settled = child.state in {ChildState.RUNNING, ChildState.STOPPING}
    return procedure.subject is child and not settled and in_hand <= {child}


def _why_not_started(reason: EndReason) -> BaseException | None:
    """Return the error of a child that ended before it was ready."""
    if reason.kind is EndKind.IGNORED:
        return None
    if reason.error is not None:
        return reason.error
    return ChildRequestError(str(reason.info or reason.kind.value), "start")
