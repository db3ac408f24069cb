"""The work of a supervisor: how children are started, renewed and stopped in order.

Each piece is a `Procedure`: it can be read from top to bottom, and waits at every
`yield from`, when the children may have changed.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from orquestrador.errors import ChildRequestError, ChildStartError
from orquestrador.supervisor.children import Child, ChildState
from orquestrador.supervisor.owed import LaterReply
from orquestrador.supervisor.procedure import Steps
from orquestrador.supervisor.reason import EndReason
from orquestrador.supervisor.requests import StartedChild
from orquestrador.supervisor.strategy import Strategy

if TYPE_CHECKING:
    from orquestrador.supervisor.supervision import Supervision


class Work:
    """What one incarnation of a supervisor can be doing."""

    def __init__(self, supervision: "Supervision") -> None:
        """Do it for this supervision."""
        self._supervision = supervision
        self._children = supervision.children
        self._lifecycle = supervision.lifecycle
        self._procedures = supervision.procedures
        self._reporting = supervision.reporting
        self._cell = supervision.cell

    def stop_retry(self, child: Child) -> None:
        """Give up a restart that waits for its delay, and end who waits with it."""
        retry = child.stop_waiting()
        if retry is not None:
            self.leave_stopped(retry.held_up)

    def leave_stopped(self, held_up: Sequence[Child]) -> None:
        """End those that were to be started after one that nobody starts any more."""
        for each in held_up:
            if each.state is ChildState.STOPPED and each.procedure is None:
                self._lifecycle.close(each)

    def starting_all(self) -> Steps[None]:
        """Start all in their order; then the supervisor itself is ready."""
        for child in self._children:
            error = yield from self._lifecycle.starting(child)
            if error is not None:
                failed = self._start_error(child, error)
                reason = EndReason.shutdown("failed_to_start_child", failed)
                self._supervision.shut_down(reason, final=False)
                return
            self._drop_if_ignored(child)
        self._lifecycle.close_kept()
        self._cell.report_start()

    def starting_one(
        self, child: Child, reply: LaterReply, *, new: bool
    ) -> Steps[None]:
        """Start a child because somebody asked for it; see `Supervision.start`."""
        if not self._children.has(child):
            # It was forgotten while this waited for others.
            reply.fail(ChildRequestError("not_found", child.spec.id))
            return
        try:
            error = yield from self._lifecycle.starting(child)
            if error is not None:
                self._lifecycle.close(child)
            self._answer_start(child, reply)
            if error is not None and new:
                self._children.remove(child)
            self._drop_if_ignored(child)
        finally:
            self._answer_cancelled(child, reply)

    def renewing_now(
        self, child: Child, reply: LaterReply, held_up: Sequence[Child]
    ) -> Steps[None]:
        """Start a child and its group again, before its delay is over."""
        try:
            yield from self.renewing(child, held_up)
            self._answer_start(child, reply)
        finally:
            self._answer_cancelled(child, reply)

    def stopping_and_renewing(self, child: Child, reply: LaterReply) -> Steps[None]:
        """Stop a child that runs, and start it and its group again."""
        try:
            yield from self._lifecycle.stopping(child, final=False)
            child.state = ChildState.RESTARTING
            yield from self.renewing(child)
            self._answer_start(child, reply)
        finally:
            self._answer_cancelled(child, reply)

    def terminating(self, child: Child, reply: LaterReply) -> Steps[None]:
        """Stop a child for good."""
        self.stop_retry(child)
        yield from self._lifecycle.stopping(child, final=True)
        self._lifecycle.close(child)
        if child.is_forgotten():
            self._children.remove(child)
        reply.set(child.info())

    def ending(self, child: Child) -> Steps[None]:
        """End a child that was stopped through its ref while it waited to run."""
        if not child.is_up() and child.cell is not None:
            self.stop_retry(child)
            self._supervision.verdicts.ended_for_good(child)
            self._supervision.restarts.look_again()
        yield from ()

    def renewing(self, child: Child, held_up: Sequence[Child] = ()) -> Steps[None]:
        """Start a child again, and with it those that its strategy names."""
        if child.state is not ChildState.RESTARTING:
            # Somebody has stopped it meanwhile.
            self.leave_stopped(held_up)
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
            if error is not None and not self._supervision.verdicts.is_left_out(each):
                if child in group[number:]:
                    # It waits for `each` now, as the others that come after it.
                    child.state = ChildState.STOPPED
                self._supervision.verdicts.failed(
                    each, EndReason.failed(error), group[number:]
                )
                return
            if self._supervision.shutting_down:
                return
            self._drop_if_ignored(each)

    def _group(self, child: Child, held_up: Sequence[Child]) -> tuple[Child, ...]:
        """Return what is started with a child: also who waits for it already.

        Other flags may name fewer than were stopped for it under the old ones.
        """
        strategy = self._supervision.flags.strategy
        if not (held_up or strategy.concerns_others()):
            return (child,)
        everyone = tuple(self._children)
        group = set(strategy.group(child, everyone))
        group |= {each for each in held_up if each.cell and not each.is_up()}
        return tuple(each for each in everyone if each in group)

    def _renew_others(self) -> None:
        """Start those that a restart of their group would have started too."""
        if self._supervision.flags.strategy.concerns_others():
            for each in self._children:
                if each.state is ChildState.RESTARTING and each.retry is None:
                    self._supervision.submit(self.renewing(each), each)

    def _without_temporary(self, group: Sequence[Child]) -> tuple[Child, ...]:
        """Forget the temporary ones of a group that has stopped; return the others."""
        for each in group:
            if each.is_temporary():
                self._lifecycle.close(each)
                self._children.remove(each)
        return tuple(each for each in group if not each.is_temporary())

    def stopping_all(self, reason: EndReason, *, final: bool) -> Steps[None]:
        """Stop the children one by one from the last, dynamic ones together."""
        everyone = tuple(reversed(tuple(self._children)))
        self._procedures.claim(everyone)
        if self._supervision.flags.strategy is Strategy.DYNAMIC:
            self._reporting.begin_group()
            for child in everyone:
                self._lifecycle.stop(child, final=True)
        for child in everyone:
            for_good = final or child.is_forgotten()
            yield from self._lifecycle.stopping(child, final=for_good)
            if for_good:
                self._lifecycle.close(child)
        self._reporting.end_group()
        self._supervision.end(reason)

    def _drop_if_ignored(self, child: Child) -> None:
        if not child.is_up() and child.is_forgotten():
            self._children.remove(child)

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
