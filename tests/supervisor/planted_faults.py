"""Faults that a supervisor could have, planted into the real one while a test runs.

`python planted_faults.py` reads pairs of a fault's name and a test, one pair a line
(no name: no fault), runs each, and writes what came of it as a line of JSON. It is a
process of its own, started by `test_planted_bugs.py`: what a fault leaves behind ends
with it.
"""

# A fault is planted inside of things.
# pyright: reportPrivateUsage=false

import json
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

import pytest

from orquestrador.supervisor import work
from orquestrador.supervisor.child_spec import ChildSpec
from orquestrador.supervisor.children import Child, ChildState, Retry
from orquestrador.supervisor.choices import Restart
from orquestrador.supervisor.flags import SupervisorFlags
from orquestrador.supervisor.incarnation import Incarnation
from orquestrador.supervisor.intensity import RestartWindow
from orquestrador.supervisor.mailbox import Mailbox
from orquestrador.supervisor.owed import LaterReply
from orquestrador.supervisor.procedure import Steps
from orquestrador.supervisor.reason import EndReason
from orquestrador.supervisor.requests import Reconfigured
from orquestrador.supervisor.restarts import Restarts
from orquestrador.supervisor.strategy import Strategy
from orquestrador.supervisor.supervision import Supervision
from orquestrador.supervisor.testkit import EventLog
from orquestrador.supervisor.work import Work

C = TypeVar("C")
Plant = Callable[[Any, str, Any], None]
"""Puts something in the place of the real thing until the test is over."""


def rest_for_one_forgets_the_rest(plant: Plant) -> None:
    """The children after the one that failed are left alone."""
    group = Strategy.group

    def faulty(self: Strategy, failed: C, everyone: Sequence[C]) -> tuple[C, ...]:
        if self is Strategy.REST_FOR_ONE:
            return (failed,)
        return group(self, failed, everyone)

    plant(Strategy, "group", faulty)


def one_for_all_takes_only_the_rest(plant: Plant) -> None:
    """The children before the one that failed are left alone."""

    def faulty(_self: Strategy, failed: C, everyone: Sequence[C]) -> tuple[C, ...]:
        return tuple(everyone[everyone.index(failed) :])

    plant(Strategy, "group", faulty)


def the_window_does_not_slide(plant: Plant) -> None:
    """Restarts count for ever."""

    def faulty(self: RestartWindow, now: float) -> bool:
        self._restarts.append(now)
        return len(self._restarts) <= self.intensity

    plant(RestartWindow, "allows", faulty)


def a_restart_is_counted_after_it_was_tried(plant: Plant) -> None:
    """The one that is tried is not among those that are counted."""
    allows = RestartWindow.allows

    def faulty(self: RestartWindow, now: float) -> bool:
        before = len(self._restarts)
        allows(self, now)
        return before <= self.intensity

    plant(RestartWindow, "allows", faulty)


def a_temporary_sibling_comes_back(plant: Plant) -> None:
    """What is stopped with its group is started with it, whatever its spec says."""

    def faulty(_self: Child) -> bool:
        return False

    plant(Child, "is_temporary", faulty)


def a_good_end_is_a_failure(plant: Plant) -> None:
    """A transient child is restarted whatever its end."""

    def faulty(self: ChildSpec, _reason: EndReason) -> bool:
        return self.restart is not Restart.TEMPORARY

    plant(ChildSpec, "allows_restart", faulty)


def children_stop_in_the_order_of_their_start(plant: Plant) -> None:
    """The last one started is not the first one stopped."""

    def faulty(children: Sequence[C]) -> Sequence[C]:
        return children

    # A name of the module hides the builtin function.
    plant(work, "reversed", faulty)


def the_end_of_a_terminated_child_is_significant(plant: Plant) -> None:
    """What was asked for ends the supervisor as if the child had ended by itself."""
    terminating = Work.terminating

    def faulty(self: Work, child: Child, reply: LaterReply) -> Steps[None]:
        yield from terminating(self, child, reply)
        supervision = self._supervision
        if child.spec.significant and supervision.verdicts.is_last_significant():
            supervision.shut_down(EndReason.shutdown("significant"), final=False)

    plant(Work, "terminating", faulty)


def an_actor_that_ended_for_good_takes_messages(plant: Plant) -> None:
    """Its mailbox is not closed."""

    def faulty(_self: Mailbox) -> None:
        return None

    plant(Mailbox, "close", faulty)


def a_terminated_child_comes_back_after_its_delay(plant: Plant) -> None:
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

    plant(Restarts, "plan", faulty)


def a_group_does_not_wait_for_its_longest_delay(plant: Plant) -> None:
    """The first delay that is over restarts it."""

    def faulty(self: Restarts, child: Child) -> None:
        retry = child.stop_waiting()
        if retry is not None:
            self._attempt(child, retry)

    plant(Restarts, "delay_is_over", faulty)


def a_refused_change_is_half_made(plant: Plant) -> None:
    """The flags count before the specs are checked."""
    reconfigure = Supervision.reconfigure

    def faulty(
        self: Supervision, flags: SupervisorFlags, specs: Sequence[ChildSpec]
    ) -> Reconfigured:
        self.flags = flags
        self.restarts.change(flags)
        return reconfigure(self, flags, specs)

    plant(Supervision, "reconfigure", faulty)


def a_killed_incarnation_can_still_speak(plant: Plant) -> None:
    """It is replaced, but no fence is put up."""
    fence = Incarnation.fence

    def faulty(self: Incarnation, reason: EndReason) -> bool:
        abandoned = fence(self, reason)
        self.fenced = False
        return abandoned

    plant(Incarnation, "fence", faulty)


FAULTS: dict[str, Callable[[Plant], None]] = {
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


class Failures:
    """A pytest plugin that notes what failed, and where in it."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a part of a test."""
        if report.failed:
            self.found.append(report.when)


def run(fault: str, node: str) -> dict[str, object]:
    """Run one test with a fault, or without one if it has no name."""
    failures = Failures()
    with pytest.MonkeyPatch.context() as patch:
        if fault:
            # What never comes because of a fault is not waited for long.
            patch.setitem(EventLog.wait_for.__kwdefaults__ or {}, "timeout", 1.0)
            FAULTS[fault](partial(patch.setattr, raising=False))
        ended = pytest.main(["-q", "-p", "no:cacheprovider", node], plugins=[failures])
    return {"ended": int(ended), "failed": failures.found}


def main() -> None:
    """Answer line by line; what pytest prints goes to standard error."""
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin.read().splitlines():
        fault, _, node = line.partition(" ")
        print(json.dumps(run(fault, node)), file=answers, flush=True)
    # A test that fails halfway leaves actors behind, which nobody is to wait for.
    os._exit(0)


if __name__ == "__main__":
    main()
