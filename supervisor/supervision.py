"""The children of a supervisor, and what it can be asked to do with them.

How that is done stands in `work`, and what follows from the children's own reports in
`verdicts`. What others may ask, and when, is the business of `supervisor`.
"""

from collections.abc import Callable, Sequence

from orquestrador.supervisor.cell import Cell
from orquestrador.supervisor.child_spec import ChildSpec
from orquestrador.supervisor.children import Child, Children, ChildState
from orquestrador.supervisor.flags import SupervisorFlags
from orquestrador.supervisor.lifecycle import Lifecycle
from orquestrador.supervisor.owed import LaterReply
from orquestrador.supervisor.procedure import Procedure, Procedures, Steps
from orquestrador.supervisor.reason import EndReason
from orquestrador.supervisor.reconfiguration import change, check_change
from orquestrador.supervisor.reporting import Reporting
from orquestrador.supervisor.requests import Reconfigured
from orquestrador.supervisor.restarts import Restarts
from orquestrador.supervisor.strategy import Strategy
from orquestrador.supervisor.verdicts import Verdicts
from orquestrador.supervisor.work import Work


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
        self.cell = cell
        self.flags = flags
        self.end = end
        self.shutting_down = False
        self.children = Children(specs[0] if dynamic else None)
        self.reporting = Reporting(cell)
        self.lifecycle = Lifecycle(cell, self.children)
        self.procedures = Procedures(exclusive=flags.strategy.concerns_others())
        self.work = Work(self)
        self.verdicts = Verdicts(self)
        self.restarts = Restarts(
            cell, flags, self.children, self.lifecycle, self.verdicts.attempt
        )
        for spec in () if dynamic else specs:
            self.children.add(Child(spec, dynamic=False))

    def start_all(self) -> None:
        """Start the children in order, then report the supervisor's own start."""
        self.procedures.submit(Procedure(self.work.starting_all(), self.children))

    def reconfigure(
        self, flags: SupervisorFlags, specs: Sequence[ChildSpec]
    ) -> Reconfigured:
        """Go on with other flags and specs, all checked; see `reconfiguration`.

        Raises:
            ChildSpecError: then nothing has changed.

        """
        check_change(self.children, flags, specs)
        self.flags = flags
        self.restarts.change(flags)
        self.procedures.exclusive = flags.strategy.concerns_others()
        changed = change(self.children, specs)
        self.restarts.go_on()
        return changed

    def start(self, child: Child, reply: LaterReply, *, new: bool) -> None:
        """Start a child; answer when it runs or has failed.

        Args:
            child: one that does not run.
            reply: goes to whoever asked for it.
            new: True forgets the child if it cannot start.

        """
        self.submit(self.work.starting_one(child, reply, new=new), child)

    def restart_now(self, child: Child, reply: LaterReply) -> None:
        """Start a child, and its group, without the rest of its delay.

        It is not counted: somebody asked for it.
        """
        held_up: list[Child] = []
        for each in self.flags.strategy.group(child, tuple(self.children)):
            retry = each.stop_waiting()
            held_up += () if retry is None else (each, *retry.held_up)
        self.submit(self.work.renewing_now(child, reply, held_up), child)
        self.restarts.look_again()

    def renew(self, child: Child, reply: LaterReply) -> None:
        """Stop a child that runs, and start it and its group again; answer then.

        It keeps its mailbox, and is not counted: somebody asked for it.
        """
        self.submit(self.work.stopping_and_renewing(child, reply), child)

    def is_idle(self, child: Child) -> bool:
        """Return whether nothing is being done with a child, nor going to be."""
        return not self.procedures.concern(child)

    def delete(self, child: Child) -> None:
        """Forget a child that does not run."""
        self.lifecycle.close(child)
        self.children.remove(child)

    def terminate(self, child: Child, reply: LaterReply) -> None:
        """Stop a child for good, and answer then.

        Its own start, and that of its group after its failure, is broken off for it.
        What is being done for the sake of others comes to its end first.
        """
        self.work.stop_retry(child)
        procedure = child.procedure
        if procedure is not None and _only_starts(procedure, child):
            self._interrupt(procedure)
        self.submit(self.work.terminating(child, reply), child)
        self.restarts.look_again()

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
        self.procedures.cancel_all()
        self.restarts.cancel_all()
        self.submit(self.work.stopping_all(reason, final=final))

    def submit(self, steps: Steps[object], child: Child | None = None) -> None:
        """Have work done as soon as what is in hand allows.

        Args:
            steps: the work.
            child: for whose sake it is done; None if for all.

        """
        children = () if child is None else (child,)
        self.procedures.submit(Procedure(steps, children, subject=child))

    def _interrupt(self, procedure: Procedure) -> None:
        """End a procedure; children that it has stopped stay stopped."""
        self.procedures.cancel(procedure)
        for child in procedure.children:
            if not child.is_up():
                self.lifecycle.close(child)


def _only_starts(procedure: Procedure, child: Child) -> bool:
    """Return whether a procedure has nothing else in hand than to start this child."""
    in_hand = {each for each in procedure.children if each.state is ChildState.STARTING}
    settled = child.state in {ChildState.RUNNING, ChildState.STOPPING}
    return procedure.subject is child and not settled and in_hand <= {child}
