"""Tests of the tests: each of these bugs is found by the schedules of the campaign.

A bug is put into the runtime's own classes for one test; without it the same
schedules hold (test_campaign.py).
"""

# The bugs are planted in what is otherwise nobody's business.
# pyright: reportPrivateUsage=false
# pyright: reportUnknownLambdaType=false
# pyright: reportUnknownArgumentType=false

import logging
from collections.abc import Callable, Iterator

import pytest

from orquestrador.supervisor.cell import Cell
from orquestrador.supervisor.envelope import Envelope
from orquestrador.supervisor.hand import Hand
from orquestrador.supervisor.incarnation import Incarnation
from orquestrador.supervisor.mailbox import Mailbox
from orquestrador.supervisor.procedure import Steps
from orquestrador.supervisor.reason import EndReason
from orquestrador.supervisor.simulation import ScheduleError, explore, simulate
from orquestrador.supervisor.timers import Timers
from orquestrador.supervisor.work import Work
from tests.simulation.couriers import scenario

Plant = Callable[[pytest.MonkeyPatch], None]

BUDGET = 500
"""Schedules; the campaign has forty times as many."""


@pytest.fixture(autouse=True)
def no_tracebacks() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def a_message_lost_at_a_restart(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Mailbox, "put_back", lambda *_: None)


def a_message_delivered_twice(patch: pytest.MonkeyPatch) -> None:
    put_back = Mailbox.put_back

    def twice(mailbox: Mailbox, envelope: Envelope) -> None:
        put_back(mailbox, envelope)
        put_back(mailbox, envelope)

    patch.setattr(Mailbox, "put_back", twice)


def a_tick_of_a_timer_that_is_no_more(patch: pytest.MonkeyPatch) -> None:
    take = Timers.take

    def take_all(timers: Timers, timer: object) -> bool:
        take(timers, timer)  # type: ignore[arg-type]
        return True

    patch.setattr(Timers, "take", take_all)


def an_orphan_after_an_escalation(patch: pytest.MonkeyPatch) -> None:
    stopping_all = Work.stopping_all

    def leave_them(work: Work, reason: EndReason, *, final: bool) -> Steps[None]:
        if reason.info == "gave_up":
            work._supervision.end(reason)
            return
        yield from stopping_all(work, reason, final=final)

    patch.setattr(Work, "stopping_all", leave_them)
    patch.setattr(Cell, "kill_children", lambda *_: None)


def a_reply_of_an_incarnation_that_was_cut_off(patch: pytest.MonkeyPatch) -> None:
    leave = Hand.leave

    def leave_always(hand: Hand) -> bool:
        leave(hand)
        return True

    patch.setattr(Hand, "leave", leave_always)


def a_send_of_an_incarnation_that_was_cut_off(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Incarnation, "check_may_send", lambda _: None)


@pytest.mark.parametrize(
    ("plant", "found"),
    [
        (a_message_lost_at_a_restart, "a message disappeared"),
        (a_message_delivered_twice, "a message has more than one end"),
        (a_tick_of_a_timer_that_is_no_more, "got a tick (of another run|that is void)"),
        (an_orphan_after_an_escalation, "an orphan: "),
        (a_reply_of_an_incarnation_that_was_cut_off, "a message has more than one end"),
        (a_send_of_an_incarnation_that_was_cut_off, "was cut off and sent"),
    ],
)
def test_a_planted_bug_is_found_and_its_schedule_replays(
    plant: Plant, found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch)

    with pytest.raises(ScheduleError, match=found) as failed:
        explore(scenario, range(BUDGET))
    with pytest.raises(ScheduleError) as again:
        simulate(scenario, failed.value.seed)

    assert again.value.trace == failed.value.trace
    print("schedule", failed.value.seed)  # noqa: T201 -- shown by pytest -rP
