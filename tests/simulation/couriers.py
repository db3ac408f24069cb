"""A small world of actors that pass messages on, for schedules of every kind.

    top                 one for one
    ├── desk            rest for one: inbox, sorter, outbox
    ├── crew            one for all: anna, boris
    ├── depot           one for one, gives up at the second failure: cart, van
    └── pool            dynamic: riders, started and stopped as it goes

What the runtime promises for every message the simulation checks itself; this checks
what these actors can see: their order, their timers, their refs, their answers.
"""

import contextlib
import itertools
from random import Random
from typing import Any, NamedTuple

import pykka

from orquestrador.errors import FencedError
from orquestrador.supervisor import (
    Actor,
    ActorRef,
    ChildRequestError,
    ChildSpec,
    ChildStartError,
    LaterReply,
    RequestFailed,
    Restart,
    Strategy,
    Supervisor,
    SupervisorFlags,
    SupervisorRef,
    Terminated,
    UnknownActorError,
)
from orquestrador.supervisor.simulation import InjectedCrashError, Simulation

NAMES = ("inbox", "sorter", "outbox", "anna", "boris", "cart", "van")
ACTIONS = 60
QUIET_S = 130.0
"""Longer than anything is stuck."""

LONG_S = 2000.0
"""Longer than anything takes: what is stuck can hold up what was stuck before."""


class Parcel(NamedTuple):
    """Goes to the actors of its route, one after the other."""

    number: int
    route: tuple[str, ...]
    direct: bool = False
    """Whether it comes from outside."""


class Question(NamedTuple):
    number: int


class Answer(NamedTuple):
    number: int
    incarnation: int


class AskAround(NamedTuple):
    """Request an answer from another actor."""

    number: int
    whom: str


class AnswerLater(NamedTuple):
    """Answer with the ring of a timer."""

    number: int


class SetTimer(NamedTuple):
    key: str
    delay_s: float
    periodic: bool


class CancelTimer(NamedTuple):
    key: str


class Ring(NamedTuple):
    """A timer's message."""

    key: str
    setting: int
    """Which setting of this key; a later one replaces it."""

    incarnation: int


class WatchOver(NamedTuple):
    name: str


class Leave(NamedTuple):
    """Stop yourself."""


class World:
    """What the actors tell about what they have seen."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.last_parcel: dict[tuple[str, str], int] = {}

    def see_parcel(self, urn: str, name: str, number: int) -> None:
        """Note a parcel that came straight from outside: these come in order."""
        last = self.last_parcel.get((urn, name), 0)
        if number < last:
            self.problems.append(f"{name} got parcel {number} after {last}")
        self.last_parcel[urn, name] = number


class Courier(Actor):
    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world
        self._settings: dict[str, int] = {}
        self._setting = 0
        self._later: dict[str, tuple[LaterReply, int]] = {}

    def on_start(self) -> None:
        self._set("pulse", 100.0, periodic=True)

    def on_receive(  # noqa: C901 -- one line a message
        self, message: object
    ) -> object:
        match message:
            case Parcel():
                self._carry(message)
            case Question(number):
                return self._answer(number)
            case AskAround(number, whom):
                self.request(self.system.ref(whom), Question(number))
            case AnswerLater(number):
                key = f"later-{number}"
                self._later[key] = (self.reply_later(), number)
                self._set(key, 2.0)
            case SetTimer(key, delay_s, periodic):
                self._set(key, delay_s, periodic=periodic)
            case CancelTimer(key):
                self.timers.cancel(key)
                self._settings.pop(key, None)
            case Ring():
                self._ring(message)
            case WatchOver(name):
                self.watch(self.system.ref(name))
            case Leave():
                self.stop()
            case Answer() | RequestFailed() | Terminated():
                pass
            case _:
                raise NotImplementedError(message)
        return None

    def _answer(self, number: int) -> Answer:
        return Answer(number, self._incarnation.number)

    def _carry(self, parcel: Parcel) -> None:
        if parcel.direct and not self.abandoned:
            name = self.actor_ref.name
            self._world.see_parcel(self.actor_urn, name, parcel.number)
        for name in parcel.route[:1]:
            with contextlib.suppress(UnknownActorError, pykka.ActorDeadError):
                self.system.ref(name).tell(Parcel(parcel.number, parcel.route[1:]))

    def _set(self, key: str, delay_s: float, *, periodic: bool = False) -> None:
        self._setting += 1
        self._settings[key] = self._setting
        ring = Ring(key, self._setting, self._incarnation.number)
        if periodic:
            self.timers.start_periodic(key, delay_s, ring)
        else:
            self.timers.start_once(key, delay_s, ring)

    def _ring(self, ring: Ring) -> None:
        if self.abandoned:
            return
        if ring.incarnation != self._incarnation.number:
            self._world.problems.append(f"{self} got a tick of another run: {ring}")
        elif self._settings.get(ring.key) != ring.setting:
            self._world.problems.append(f"{self} got a tick that is void: {ring}")
        if ring.key in self._later:
            reply, number = self._later.pop(ring.key)
            reply.set(self._answer(number))


def specs(world: World, random: Random) -> list[ChildSpec]:
    def courier(name: str, restart: Restart = Restart.PERMANENT) -> ChildSpec:
        return ChildSpec(
            id=name,
            actor=Courier,
            args=(world,),
            restart=restart,
            redeliveries=random.choice((0, 1, 2)),
            stuck_after_s=random.choice((None, 20.0)),
            shutdown_s=random.choice((0.0, 0.5, 5.0)),
            start_s=random.choice((None, 20.0)),
        )

    def group(
        name: str, strategy: Strategy, intensity: int, *children: ChildSpec
    ) -> ChildSpec:
        flags = SupervisorFlags(
            strategy=strategy, intensity=intensity, period_s=10 * LONG_S
        )
        return ChildSpec(id=name, actor=Supervisor, args=(flags, list(children)))

    return [
        group(
            "desk",
            Strategy.REST_FOR_ONE,
            20,
            courier("inbox"),
            courier("sorter", Restart.TRANSIENT),
            courier("outbox"),
        ),
        group("crew", Strategy.ONE_FOR_ALL, 20, courier("anna"), courier("boris")),
        group("depot", Strategy.ONE_FOR_ONE, 1, courier("cart"), courier("van")),
        group("pool", Strategy.DYNAMIC, 20, courier("rider", Restart.TEMPORARY)),
    ]


class Driver:
    """What the world outside does to the actors, by chance."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self.system = simulation.system
        self.random = simulation.random
        self.world = World()
        self._numbers = itertools.count(1)
        self._riders: list[ActorRef[Any]] = []
        self._refs: dict[str, ActorRef[Any]] = {}
        self.top: SupervisorRef = self._start()

    def _start(self) -> SupervisorRef:
        flags = SupervisorFlags(intensity=10, period_s=10 * LONG_S)
        top = None
        while top is None:
            # In a hurry the time for a start can be over before it has begun.
            with (
                self.simulation.without_faults(),
                contextlib.suppress(ChildStartError),
            ):
                top = Supervisor.start(
                    flags,
                    specs(self.world, self.random),
                    system=self.system,
                    name="top",
                )
        self._refs = {name: self.system.ref(name) for name in NAMES}
        return top

    def act(self) -> None:
        """Do one thing, then let the actors go on for a while."""
        if not self.top.is_alive():
            self.simulation.run_until(self.top.ended.is_set, LONG_S)
            self.simulation.run(QUIET_S)
            self.top = self._start()
        action = self.random.choice(_ACTIONS)
        with contextlib.suppress(
            UnknownActorError,
            pykka.ActorDeadError,
            pykka.Timeout,
            FencedError,
            InjectedCrashError,
            ChildRequestError,
            ChildStartError,
        ):
            action(self)
        for _ in range(self.random.choice((0, 0, 1, 3, 10))):
            self.simulation.step()

    def someone(self) -> ActorRef[Any]:
        if self._riders and self.random.random() < 0.2:
            return self.random.choice(self._riders)
        return self._refs[self.random.choice(NAMES)]

    def send_parcel(self) -> None:
        length = self.random.randrange(4)
        route = tuple(self.random.choice(NAMES) for _ in range(length))
        self.someone().tell(Parcel(next(self._numbers), route, direct=True))

    def ask(self) -> None:
        number = next(self._numbers)
        kind = self.random.choice((Question, AnswerLater))
        self._check(number, self.someone().ask(kind(number), timeout=5.0))

    def ask_without_waiting(self) -> None:
        self.someone().ask(AnswerLater(next(self._numbers)), block=False)

    def let_ask(self) -> None:
        whom = self.random.choice(NAMES)
        self.someone().tell(AskAround(next(self._numbers), whom))

    def set_timer(self) -> None:
        delay_s = self.random.choice((0.0, 1.0, 15.0))
        key = self.random.choice("xy")
        periodic = delay_s > 0 and self.random.random() < 0.3
        ref = self.someone()
        ref.tell(SetTimer(key, delay_s, periodic))
        if self.random.random() < 0.5:
            ref.tell(CancelTimer(key))

    def watch(self) -> None:
        self.someone().tell(WatchOver(self.random.choice(NAMES)))

    def send_home(self) -> None:
        self.someone().tell(Leave())

    def start_rider(self) -> None:
        rider: Any = self._group("pool").start_child(timeout=LONG_S)
        if rider is not None:
            self._riders.append(rider)

    def stop_rider(self) -> None:
        if self._riders:
            rider = self._riders.pop()
            self._group("pool").terminate_child(rider, timeout=LONG_S)

    def restart_by_hand(self) -> None:
        group, child = self.random.choice(
            (("desk", "sorter"), ("crew", "anna"), ("depot", "van"))
        )
        supervisor = self._group(group)
        supervisor.terminate_child(child, timeout=LONG_S)
        ref: Any = supervisor.restart_child(child, timeout=LONG_S)
        if ref is not None:
            self._refs[child] = ref

    def let_time_pass(self) -> None:
        self.simulation.run(self.random.choice((0.5, 5.0, 40.0)))

    def finish(self) -> None:
        """Let everything come to rest, and look whether it is as it has to be."""
        with self.simulation.without_faults():
            self.simulation.run(QUIET_S)
            self.simulation.check()
            for name, ref in self._refs.items():
                if ref.is_alive():
                    self._check_answers(name, ref)
        assert not self.world.problems, "; ".join(self.world.problems)

    def _check_answers(self, name: str, ref: ActorRef[Any]) -> None:
        assert self.system.ref(name) is ref, f"{name} has another ref now"
        number = next(self._numbers)
        self._check(number, ref.ask(Question(number), timeout=LONG_S))

    def _check(self, number: int, answer: Answer) -> None:
        assert answer.number == number, f"{answer} is the answer to {number}"

    def _group(self, name: str) -> SupervisorRef:
        ref = self.system.ref(name)
        assert isinstance(ref, SupervisorRef)
        return ref


_ACTIONS = (
    *[Driver.send_parcel] * 8,
    *[Driver.ask] * 2,
    *[Driver.ask_without_waiting] * 2,
    *[Driver.let_ask] * 2,
    *[Driver.set_timer] * 2,
    Driver.watch,
    Driver.send_home,
    Driver.start_rider,
    Driver.stop_rider,
    Driver.restart_by_hand,
    Driver.let_time_pass,
)


def scenario(simulation: Simulation) -> None:
    """Sixty things that happen to the couriers."""
    driver = Driver(simulation)
    for _ in range(ACTIONS):
        driver.act()
    driver.finish()
