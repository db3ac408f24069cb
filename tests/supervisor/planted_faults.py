"""Faults that a supervisor could have, to be planted into the real one.

A pytest plugin for the runs that `test_planted_bugs.py` starts: the environment
variable `PLANTED_FAULT` names the fault that is planted before the tests of that run
begin. Nothing else uses it.
"""

# A fault is planted inside of things.
# pyright: reportPrivateUsage=false

import os
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import pykka

from orquestrador.supervisor import supervision
from orquestrador.supervisor.child_spec import ChildSpec, Restart
from orquestrador.supervisor.children import Child, ChildState, Retry
from orquestrador.supervisor.flags import SupervisorFlags
from orquestrador.supervisor.incarnation import Incarnation
from orquestrador.supervisor.intensity import RestartWindow
from orquestrador.supervisor.mailbox import Mailbox
from orquestrador.supervisor.procedure import Steps
from orquestrador.supervisor.reason import EndReason
from orquestrador.supervisor.reply import LaterReply
from orquestrador.supervisor.requests import Reconfigured
from orquestrador.supervisor.restarts import Restarts
from orquestrador.supervisor.strategy import Strategy
from orquestrador.supervisor.supervision import Supervision
from orquestrador.supervisor.testkit import EventLog

C = TypeVar("C")


def rest_for_one_forgets_the_rest() -> None:
    """The children after the one that failed are left alone."""
    group = Strategy.group

    def faulty(self: Strategy, failed: C, everyone: Sequence[C]) -> tuple[C, ...]:
        if self is Strategy.REST_FOR_ONE:
            return (failed,)
        return group(self, failed, everyone)

    _plant(Strategy, "group", faulty)


def one_for_all_takes_only_the_rest() -> None:
    """The children before the one that failed are left alone."""

    def faulty(_self: Strategy, failed: C, everyone: Sequence[C]) -> tuple[C, ...]:
        return tuple(everyone[everyone.index(failed) :])

    _plant(Strategy, "group", faulty)


def the_window_does_not_slide() -> None:
    """Restarts count for ever."""

    def faulty(self: RestartWindow, now: float) -> bool:
        self._restarts.append(now)
        return len(self._restarts) <= self.intensity

    _plant(RestartWindow, "allows", faulty)


def a_restart_is_counted_after_it_was_tried() -> None:
    """The one that is tried is not among those that are counted."""
    allows = RestartWindow.allows

    def faulty(self: RestartWindow, now: float) -> bool:
        before = len(self._restarts)
        allows(self, now)
        return before <= self.intensity

    _plant(RestartWindow, "allows", faulty)


def a_temporary_sibling_comes_back() -> None:
    """What is stopped with its group is started with it, whatever its spec says."""

    def faulty(_self: Child) -> bool:
        return False

    _plant(Child, "is_temporary", faulty)


def a_good_end_is_a_failure() -> None:
    """A transient child is restarted whatever its end."""

    def faulty(self: ChildSpec, _reason: EndReason) -> bool:
        return self.restart is not Restart.TEMPORARY

    _plant(ChildSpec, "allows_restart", faulty)


def children_stop_in_the_order_of_their_start() -> None:
    """The last one started is not the first one stopped."""

    def faulty(children: Sequence[C]) -> Sequence[C]:
        return children

    # A name of the module hides the builtin function.
    _plant(supervision, "reversed", faulty)


def the_end_of_a_terminated_child_is_significant() -> None:
    """What was asked for ends the supervisor as if the child had ended by itself."""
    terminating = Supervision._terminating

    def faulty(self: Supervision, child: Child, reply: LaterReply) -> Steps[None]:
        yield from terminating(self, child, reply)
        if child.spec.significant and self._is_last_significant():
            self.shut_down(EndReason.shutdown("significant"), final=False)

    _plant(Supervision, "_terminating", faulty)


def an_actor_that_ended_for_good_takes_messages() -> None:
    """Its mailbox is not closed."""

    def faulty(_self: Mailbox) -> None:
        return None

    _plant(Mailbox, "close", faulty)


def a_terminated_child_comes_back_after_its_delay() -> None:
    """The alarm starts the child whatever has become of it."""

    def faulty(
        self: Restarts, child: Child, reason: EndReason, held_up: Sequence[Child]
    ) -> None:
        retry = child.retry = Retry(reason, held_up)

        def ring() -> None:
            child.state = ChildState.RESTARTING
            self._attempt(child, retry)

        self._system.clock.call_later(
            child.next_delay_s(self._system.clock.now(), self._system.chance), ring
        )

    _plant(Restarts, "plan", faulty)


def a_group_does_not_wait_for_its_longest_delay() -> None:
    """The first delay that is over restarts it."""

    def faulty(self: Restarts, child: Child) -> None:
        retry = child.stop_waiting()
        if retry is not None:
            self._attempt(child, retry)

    _plant(Restarts, "delay_is_over", faulty)


def a_refused_change_is_half_made() -> None:
    """The flags count before the specs are checked."""
    reconfigure = Supervision.reconfigure

    def faulty(
        self: Supervision, flags: SupervisorFlags, specs: Sequence[ChildSpec]
    ) -> Reconfigured:
        self.flags = flags
        self._restarts.change(flags)
        return reconfigure(self, flags, specs)

    _plant(Supervision, "reconfigure", faulty)


def a_killed_incarnation_can_still_speak() -> None:
    """It is replaced, but no fence is put up."""
    fence = Incarnation.fence

    def faulty(self: Incarnation, reason: EndReason) -> bool:
        abandoned = fence(self, reason)
        self.fenced = False
        return abandoned

    _plant(Incarnation, "fence", faulty)


def _plant(where: Any, name: str, fault: Any) -> None:
    """Put a fault in the place of the real thing, until the run is over."""
    setattr(where, name, fault)


FAULTS: dict[str, Callable[[], None]] = {
    each.__name__: each
    for each in (
        rest_for_one_forgets_the_rest,
        one_for_all_takes_only_the_rest,
        the_window_does_not_slide,
        a_restart_is_counted_after_it_was_tried,
        a_temporary_sibling_comes_back,
        a_good_end_is_a_failure,
        children_stop_in_the_order_of_their_start,
        the_end_of_a_terminated_child_is_significant,
        an_actor_that_ended_for_good_takes_messages,
        a_terminated_child_comes_back_after_its_delay,
        a_group_does_not_wait_for_its_longest_delay,
        a_refused_change_is_half_made,
        a_killed_incarnation_can_still_speak,
    )
}


def pytest_configure() -> None:
    """Plant the fault that this run is about."""
    # What never comes because of a fault is not waited for long.
    (EventLog.wait_for.__kwdefaults__ or {})["timeout"] = 1.0
    FAULTS[os.environ["PLANTED_FAULT"]]()


def pytest_unconfigure() -> None:
    """Let the process end: a test that fails halfway leaves bare actors behind."""
    pykka.ActorRegistry.stop_all(block=False)
