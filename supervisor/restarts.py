"""When a child that failed is started again: at once, after a delay, or not at all.

A restart is counted when it is tried, before it is tried, and so is every further
attempt after a failed start. While a child waits for the end of its delay its
siblings go on. Where one restart concerns others, all that wait are restarted
together, once, after the last of their delays; it counts as one.
"""

from collections.abc import Callable, Sequence

from orquestrador.supervisor.cell import Cell
from orquestrador.supervisor.children import Child, Children, Retry
from orquestrador.supervisor.flags import SupervisorFlags
from orquestrador.supervisor.intensity import RestartWindow
from orquestrador.supervisor.lifecycle import Lifecycle
from orquestrador.supervisor.reason import EndReason


class Restarts:
    """The restarts of one supervisor's children that are still to be tried."""

    def __init__(
        self,
        cell: Cell,
        flags: SupervisorFlags,
        children: Children,
        lifecycle: Lifecycle,
        attempt: Callable[[Child, Retry], None],
    ) -> None:
        """Plan restarts.

        Args:
            cell: the supervisor's own.
            flags: with strategy and intensity.
            children: all there are.
            lifecycle: sets the alarm.
            attempt: is called when a restart is to be tried.

        """
        self.window = RestartWindow(flags.intensity, flags.period_s)
        cell.window = self.window
        self._system = cell.system
        self._flags = flags
        self._children = children
        self._lifecycle = lifecycle
        self._attempt = attempt

    def change(self, flags: SupervisorFlags) -> None:
        """Go on with other flags; what was counted stays counted."""
        self._flags = flags
        self.window.change(flags.intensity, flags.period_s)

    def allowed(self) -> bool:
        """Count one restart; return whether it is within the limit."""
        return self.window.allows(self._system.clock.now())

    def plan(self, child: Child, reason: EndReason, held_up: Sequence[Child]) -> None:
        """Have a restart tried when the child's delay is over."""
        child.retry = Retry(reason, held_up)
        delay_s = child.next_delay_s(self._system.clock.now(), self._system.chance)
        # Without a cell it is only its name that was taken by somebody else.
        if delay_s > 0 and child.cell is not None:
            self._lifecycle.set_limit(child, delay_s)
        else:
            self.delay_is_over(child)

    def delay_is_over(self, child: Child) -> None:
        """Have a restart tried, unless another of its group still waits."""
        retry = child.retry
        if retry is None:
            return
        retry.is_due = True
        if self._flags.strategy.concerns_others():
            self.look_again()
        else:
            child.stop_waiting()
            self._attempt(child, retry)

    def go_on(self) -> None:
        """Have those tried that other flags would not have made wait."""
        for child in self._children:
            if child.retry is not None and child.retry.is_due:
                self.delay_is_over(child)

    def look_again(self) -> None:
        """Have a group's restart tried if nobody in it waits any longer.

        Any two groups overlap, and the one of the earlier child holds the other:
        unless the order or the strategy was changed meanwhile.
        """
        if not self._flags.strategy.concerns_others():
            return
        waiting = {
            each: each.retry for each in self._children if each.retry is not None
        }
        if waiting and all(retry.is_due for retry in waiting.values()):
            for each in waiting:
                each.stop_waiting()
            (first, retry), *others = waiting.items()
            for each, its in others:
                retry.held_up += (each, *its.held_up)
            self._attempt(first, retry)

    def cancel_all(self) -> None:
        """Try none of them any more."""
        for child in self._children:
            child.stop_waiting()
