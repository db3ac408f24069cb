"""What a supervisor decides: restart, give up, shut down.

Reports of the children and alarms of the clock come in, in the supervisor's own
thread; procedures come out. Requests of others are the business of `supervisor.py`.
"""

from collections.abc import Callable, Sequence
from typing import Any, assert_never

from orquestrador.errors import ChildRequestError, ChildStartError, RestartLimitError
from orquestrador.supervisor.cell import Cell
from orquestrador.supervisor.child_spec import ChildSpec
from orquestrador.supervisor.children import Child, Children, ChildState
from orquestrador.supervisor.control import Ended, LimitPassed, Report, Started, Stuck
from orquestrador.supervisor.flags import AutoShutdown, SupervisorFlags
from orquestrador.supervisor.intensity import RestartWindow
from orquestrador.supervisor.lifecycle import Lifecycle
from orquestrador.supervisor.notices import (
    ChildFailed,
    ChildStarted,
    ChildStopped,
    ChildStuck,
    SupervisorGaveUp,
)
from orquestrador.supervisor.procedure import Procedure, Procedures, Steps
from orquestrador.supervisor.reason import EndKind, EndReason
from orquestrador.supervisor.reply import LaterReply
from orquestrador.supervisor.requests import StartedChild
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
        self.shutting_down = False
        self._cell = cell
        self._flags = flags
        self._end = end
        self._lifecycle = Lifecycle(cell, self.children)
        self._procedures = Procedures(exclusive=flags.strategy.concerns_others())
        self._restarts = RestartWindow(flags.intensity, flags.period_s)
        for spec in () if dynamic else specs:
            self.children.add(Child(spec, dynamic=False))

    # -- what it is asked to do -------------------------------------------------

    def start_all(self) -> None:
        """Start the children in order, then report the supervisor's own start."""
        self._submit(self._starting_all(), *self.children)

    def start(self, child: Child, reply: LaterReply) -> None:
        """Start one more child; answer when it runs or has failed."""
        self._submit(self._starting_one(child, reply), child)

    def terminate(self, child: Child, reply: LaterReply) -> None:
        """Stop a child for good, whatever is being done with it; answer then."""
        if child.procedure is not None and child.state is not ChildState.STOPPING:
            self._interrupt(child.procedure)
        self._submit(self._terminating(child, reply), child)

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
        self._submit(self._stopping_all(reason, final=final))

    def _submit(self, steps: Steps[None], *children: Child) -> None:
        self._procedures.submit(Procedure(steps, children))

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

    def _starting_one(self, child: Child, reply: LaterReply) -> Steps[None]:
        try:
            error = yield from self._lifecycle.starting(child)
            if error is not None:
                self._lifecycle.close(child)
                reply.fail(self._start_error(child, error))
                if not child.was_started:
                    self.children.remove(child)
                return
            ref = None if child.cell is None else child.cell.ref
            reply.set(StartedChild(child.spec.id, ref, child.extra))
            self._drop_if_ignored(child)
        finally:
            # Only the first answer counts: this one is for a cancelled start.
            reply.fail(ChildRequestError("cancelled", child.spec.id))

    def _terminating(self, child: Child, reply: LaterReply) -> Steps[None]:
        yield from self._lifecycle.stopping(child, final=True)
        self._lifecycle.close(child)
        if child.is_forgotten():
            self.children.remove(child)
        reply.set(child.info())

    def _renewing(self, child: Child) -> Steps[None]:
        """Start a child again, and with it those that its strategy names."""
        if child.state is not ChildState.RESTARTING:
            # Somebody has stopped it meanwhile.
            return
        group = self._flags.strategy.group(child, tuple(self.children))
        self._procedures.claim(group)
        for each in reversed(group):
            if each is not child:
                yield from self._lifecycle.stopping(each, final=each.is_temporary())
        for each in group:
            if each is not child and each.is_temporary():
                self._lifecycle.close(each)
                self.children.remove(each)
                continue
            error = yield from self._lifecycle.starting(each)
            if error is not None:
                self._restart(each, EndReason.failed(error))
                return
            self._drop_if_ignored(each)

    def _stopping_all(self, reason: EndReason, *, final: bool) -> Steps[None]:
        """Stop the children one by one from the last, dynamic ones together."""
        everyone = tuple(reversed(tuple(self.children)))
        self._procedures.claim(everyone)
        if self._flags.strategy is Strategy.DYNAMIC:
            for child in everyone:
                self._lifecycle.stop(child, final=True)
        for child in everyone:
            for_good = final or child.is_forgotten()
            yield from self._lifecycle.stopping(child, final=for_good)
            if for_good:
                self._lifecycle.close(child)
        self._end(reason)

    def _drop_if_ignored(self, child: Child) -> None:
        if not child.is_up() and child.is_forgotten():
            self.children.remove(child)

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
        child.was_started = True
        child.extra = report.extra
        if child.is_temporary():
            # It is never started again: let go of its arguments.
            child.spec = child.spec.without_arguments()
        self._publish(ChildStarted, report.cell, child)
        self._procedures.resume(child.procedure)

    def _note_end(self, child: Child, report: Ended) -> None:
        reason, state = report.reason, child.state
        child.cancel_limit()
        # First of all: nobody must wait for it, even if what follows fails.
        child.state = ChildState.STOPPED
        self._publish_end(child, report)
        match state:
            case ChildState.STARTING:
                child.start_error = _why_not_started(reason)
                if reason.kind is EndKind.IGNORED:
                    self._lifecycle.close(child)
            case ChildState.STOPPING:
                if child.procedure is None:
                    # Whoever stopped it was interrupted, and nobody starts it again.
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
            case _:
                return

    def _note_stuck(self, child: Child, report: Stuck) -> None:
        if child.state is not ChildState.RUNNING:
            return
        self._publish(
            ChildStuck,
            report.cell,
            child,
            message_type=report.message_type,
            busy_s=report.busy_s,
            stack=report.stack,
        )
        why = f"stuck in {report.message_type} for {report.busy_s:.1f} s"
        self._lifecycle.kill(child, why)

    # -- decisions ------------------------------------------------------------------

    def _ended_by_itself(self, child: Child, reason: EndReason) -> None:
        stopped_by_hand = child.cell is None or child.cell.mailbox.closed
        if self.shutting_down:
            return
        if child.spec.allows_restart(reason) and not stopped_by_hand:
            self._restart(child, reason)
        else:
            self._lifecycle.close(child)
            if child.is_forgotten():
                self.children.remove(child)
            if child.spec.significant and self._is_last_significant():
                why = EndReason.shutdown(f"{child.spec.id!r} ended")
                self.shut_down(why, final=False)

    def _is_last_significant(self) -> bool:
        match self._flags.auto_shutdown:
            case AutoShutdown.NEVER:
                return False
            case AutoShutdown.ANY_SIGNIFICANT:
                return True
            case AutoShutdown.ALL_SIGNIFICANT:
                return not any(
                    each.spec.significant and each.state is not ChildState.STOPPED
                    for each in self.children
                )
            case _ as mode:
                assert_never(mode)

    def _restart(self, child: Child, reason: EndReason) -> None:
        """Count a restart before it is tried; give up if it is one too many."""
        child.state = ChildState.RESTARTING
        if self._restarts.allows(self._cell.system.clock.now()):
            self._submit(self._renewing(child), child)
        else:
            self._give_up(child, reason)

    def _give_up(self, child: Child, reason: EndReason) -> None:
        window = self._restarts
        error = RestartLimitError(
            f"supervisor {self._cell.name!r} gave up: its children failed more than "
            f"{window.intensity} times in {window.period_s:g} s; the last was "
            f"{child.spec.id!r}: {reason}"
        )
        error.__cause__ = reason.error
        self._cell.system.events.publish(
            SupervisorGaveUp(
                supervisor=self._cell.name, child=child.spec.id, reason=str(error)
            )
        )
        self.shut_down(EndReason.shutdown("gave_up", error), final=False)

    # -- events -----------------------------------------------------------------------

    def _publish_end(self, child: Child, report: Ended) -> None:
        reason = str(report.reason)
        if report.reason.is_abnormal():
            self._publish(
                ChildFailed,
                report.cell,
                child,
                reason=reason,
                message_type=report.message_type,
            )
        else:
            self._publish(ChildStopped, report.cell, child, reason=reason)

    def _publish(
        self,
        event_type: Callable[..., Any],
        cell: Cell,
        child: Child,
        **details: object,
    ) -> None:
        self._cell.system.events.publish(
            event_type(
                supervisor=self._cell.name,
                child=child.spec.id,
                name=cell.name,
                urn=cell.urn,
                incarnation=cell.number,
                **details,
            )
        )


def _why_not_started(reason: EndReason) -> BaseException | None:
    """Return the error of a child that ended before it was ready."""
    if reason.kind is EndKind.IGNORED:
        return None
    if reason.error is not None:
        return reason.error
    return ChildRequestError(str(reason.info or reason.kind.value), "start")
