"""Limits, stash, deadlines and asks that fail fast, in schedules of every kind.

The simulation itself checks that every message is handled once or is one dead letter,
and that every ask has an answer.
"""

import contextlib
from typing import Any

import pykka
import pytest

from orquestrador.errors import (
    FencedError,
    MailboxFullError,
    RestartingError,
    StashFullError,
)
from orquestrador.supervisor import (
    Actor,
    ChildSpec,
    ChildStartError,
    Overflow,
    ReceiveTimeout,
    RequestFailed,
    RestartingAsk,
    Supervisor,
    SupervisorFlags,
)
from orquestrador.supervisor.simulation import (
    InjectedCrashError,
    Simulation,
    explore,
)

FLAGS = SupervisorFlags(intensity=10_000, period_s=3600.0)
ACTIONS = 40
START_FAILED = (ChildStartError, InjectedCrashError, FencedError)
EXPECTED = (
    pykka.Timeout,
    pykka.ActorDeadError,
    FencedError,
    InjectedCrashError,
    MailboxFullError,
    RestartingError,
    StashFullError,
)


class Door(Actor):
    """Is open or closed; what comes while it is closed it puts aside."""

    def __init__(self, seen: list[tuple[int, object]]) -> None:
        super().__init__()
        self.open = False
        self.seen = seen

    def on_start(self) -> None:
        self.timers.set_receive_timeout(5.0)
        self.timers.start_periodic("beat", 3.0, "beat")

    def on_receive(self, message: object) -> object:
        match message:
            case "open" | ReceiveTimeout():
                self.open = True
                self.unstash_all()
            case "close":
                self.open = False
            case "some":
                self.unstash(2)
            case "beat":
                self.seen.append((self.actor_ref.incarnation, message))
            case _ if self.open:
                self.seen.append((self.actor_ref.incarnation, message))
                return message
            case _:
                self.stash()
        return None


class Guest(Actor):
    """Passes numbers on to the door, and counts what comes of them."""

    def __init__(self, requests: dict[object, list[object]]) -> None:
        super().__init__()
        self.requests = requests

    def on_receive(self, message: Any) -> object:
        match message:
            case RequestFailed():
                self.requests[message.request].append(message.reason)
            case ("ask", number, limit_s):
                self.requests[number] = []
                self.request(self.system.ref("door"), number, timeout=limit_s)
            case _:
                self.requests[message].append(message)
        return None


def scenario(overflow: Overflow, restarting: RestartingAsk) -> Any:
    def run(simulation: Simulation) -> None:
        seen: list[tuple[int, object]] = []
        requests: dict[object, list[object]] = {}
        try:
            Supervisor.start(
                FLAGS,
                [
                    ChildSpec(
                        id="door",
                        actor=Door,
                        args=(seen,),
                        mailbox_limit=4,
                        overflow=overflow,
                        stash_limit=6,
                        restarting_ask=restarting,
                        redeliveries=1,
                        stuck_after_s=20.0,
                    ),
                    ChildSpec(
                        id="guest", actor=Guest, args=(requests,), stuck_after_s=20.0
                    ),
                ],
                system=simulation.system,
            )
        except START_FAILED:
            return
        door, guest = (simulation.system.ref(each) for each in ("door", "guest"))
        chance = simulation.random
        asked: list[pykka.Future[Any]] = []
        for number in range(ACTIONS):
            with contextlib.suppress(*EXPECTED):
                match chance.randrange(6):
                    case 0:
                        door.tell(chance.choice(("open", "close", "some")))
                    case 1:
                        door.tell(number)
                    case 2:
                        limit_s = chance.choice((None, 1.0, 10.0))
                        asked.append(door.ask(number, block=False, timeout=limit_s))
                    case 3 | 4:
                        guest.tell(("ask", number, chance.choice((2.0, 30.0))))
                    case _:
                        simulation.run(chance.random() * 5.0)
        simulation.run(500.0)

        # Nothing was handled twice, though redelivered, put aside and given back.
        numbers = [each for _, each in seen if isinstance(each, int)]
        assert len(numbers) == len(set(numbers))
        # Every request that was begun had one answer, in time or not.
        assert all(len(answers) <= 1 for answers in requests.values())
        for each in asked:
            with contextlib.suppress(*EXPECTED):
                assert each.get(timeout=1.0) in range(ACTIONS)

    return run


@pytest.mark.parametrize("restarting", list(RestartingAsk))
@pytest.mark.parametrize(
    "overflow", [Overflow.FAIL, Overflow.DROP_NEWEST, Overflow.DROP_OLDEST]
)
def test_no_schedule_loses_or_doubles_a_message(
    overflow: Overflow, restarting: RestartingAsk
) -> None:
    explore(scenario(overflow, restarting), range(25))
