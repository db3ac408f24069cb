"""How one child is started, stopped, cut off and ended for good.

Nothing here waits: each step makes a report come, now or when a limit has passed.
"""

import functools
from typing import TYPE_CHECKING

from orquestrador.errors import ChildRequestError
from orquestrador.supervisor.actor import Actor
from orquestrador.supervisor.cell import Cell
from orquestrador.supervisor.children import Child, Children, ChildState
from orquestrador.supervisor.choices import BRUTAL_KILL
from orquestrador.supervisor.control import LimitPassed, Shutdown
from orquestrador.supervisor.procedure import Steps
from orquestrador.supervisor.reason import SHUTDOWN, EndReason

if TYPE_CHECKING:
    from orquestrador.supervisor.system import ActorSystem


class Lifecycle:
    """Starts and stops single children of one supervisor."""

    def __init__(self, supervisor: Cell, children: Children) -> None:
        """Work for the supervisor in this cell."""
        self._supervisor = supervisor
        self._system: ActorSystem = supervisor.system
        self._children = children
        self._dynamic_number = 0
        # An earlier incarnation of this supervisor has left its static children.
        self._kept = {cell.spec.id: cell for cell in supervisor.children.values()}

    def starting(self, child: Child) -> Steps[BaseException | None]:
        """Start a child; returns its error, or None if it runs or was ignored."""
        if child.is_up():
            return None
        child.forget_last_end()
        try:
            self._begin(child)
        except ChildRequestError as error:
            child.state = ChildState.STOPPED
            child.start_error = error
            return error
        while child.state is ChildState.STARTING:
            yield
        return child.start_error

    def stopping(self, child: Child, *, final: bool) -> Steps[None]:
        """Stop a child; it keeps cell and mailbox if that is not `final`."""
        self.stop(child, final=final)
        while child.state is ChildState.STOPPING:
            yield

    def stop(self, child: Child, *, final: bool) -> None:
        """Ask a child to stop, and set its limit."""
        if child.state is ChildState.RESTARTING:
            child.state = ChildState.STOPPED
            child.stop_waiting()
        cell = child.cell
        if cell is None or child.state not in _STOPPABLE:
            return
        child.state = ChildState.STOPPING
        if child.spec.shutdown_s == BRUTAL_KILL:
            self.kill(child, "brutal kill")
            return
        cell.control(Shutdown(cell.number, SHUTDOWN, final=final))
        self.set_limit(child, child.spec.shutdown_s)

    def kill(self, child: Child, why: str) -> None:
        """Cut a child off, and whatever runs below it; its end is reported."""
        cell = child.cell
        incarnation = None if cell is None else cell.incarnation
        if cell is None or incarnation is None:
            return
        reason = EndReason.killed(why)
        cell.kill_children(reason)
        incarnation.fence(reason)

    def close(self, child: Child) -> None:
        """End a child that does not run for good: its mailbox and its ref too."""
        cell = child.cell
        child.state = ChildState.STOPPED
        child.failures = 0
        if cell is not None:
            cell.close(cell.stopped.reason or SHUTDOWN)
            self._supervisor.children.pop(cell.urn, None)
            self._children.detach(child)

    def close_kept(self) -> None:
        """End what the earlier incarnation had and this one has not started."""
        for cell in self._kept.values():
            cell.close(SHUTDOWN)
            self._supervisor.children.pop(cell.urn, None)
        self._kept.clear()

    def _begin(self, child: Child) -> None:
        cell = child.cell or self._kept_cell(child.spec.id) or self._cell_of(child)
        self._children.attach(child, cell)
        child.state = ChildState.STARTING
        cell.begin(child.builder())
        self.set_limit(child, child.spec.start_s)

    def _kept_cell(self, child_id: str) -> Cell | None:
        cell = self._kept.get(child_id)
        if cell is None or cell.mailbox.closed:
            # It had ended for good, and the earlier incarnation did not get to note it.
            return None
        return self._kept.pop(child_id)

    def _cell_of(self, child: Child) -> Cell:
        spec, name = child.spec, child.spec.name
        if child.dynamic:
            self._dynamic_number += 1
            shown = f"{spec.id}-{self._dynamic_number}"
        else:
            name = shown = name or spec.id
        cell = Cell(
            actor_class=spec.actor_class() or Actor,
            spec=spec.without_arguments() if child.is_temporary() else spec,
            parent=self._supervisor,
            system=self._system,
            name=shown,
        )
        if name is not None:
            self._system.claim_name(name, cell)
        self._supervisor.children[cell.urn] = cell
        cell.register()
        return cell

    def set_limit(self, child: Child, limit_s: float | None) -> None:
        """Have `LimitPassed` reported about a child after so many seconds."""
        child.cancel_limit()
        if limit_s is None or child.cell is None:
            return
        report = LimitPassed(child.cell, child.cell.number)
        child.limit = self._system.clock.call_later(
            limit_s, functools.partial(self._supervisor.notify, report)
        )


_STOPPABLE = (ChildState.STARTING, ChildState.RUNNING)
