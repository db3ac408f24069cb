"""Death watch: one notice in every interleaving, behind all that the watched sent."""

# What is sent to an actor has no declared type here.
# pyright: reportUnknownLambdaType=false
# pyright: reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false

import threading
from collections.abc import Iterator
from queue import SimpleQueue
from typing import Any

import pykka
import pytest

from orquestrador.supervisor import (
    ActorRef,
    ActorSystem,
    ChildSpec,
    ChildStarted,
    DeadLetter,
    EndKind,
    FencedError,
    ManualClock,
    RequestFailed,
    Supervisor,
    SupervisorFlags,
    SupervisorRef,
    Terminated,
    watching,
)
from orquestrador.supervisor.simulation import (
    Chances,
    Fault,
    FaultKind,
    Hook,
    Simulation,
    simulate,
)
from orquestrador.supervisor.testkit import EventLog, Puppet, crash, received
from orquestrador.supervisor.watching import EndEvent

FLAGS = SupervisorFlags(intensity=2, period_s=3600.0)


class Gate:
    """Keeps a puppet busy until the test lets it go."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.leave = threading.Event()

    def __call__(self, _puppet: Puppet) -> None:
        self.entered.set()
        assert self.leave.wait(30.0)


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.leave.set()


def start(
    system: ActorSystem, watched: dict[str, Any] | None = None, **watcher: Any
) -> tuple[SupervisorRef, ActorRef[Any], ActorRef[Any]]:
    """Start a watcher under a supervisor of its own, and the watched under another."""
    Supervisor.start(
        FLAGS, [ChildSpec(id="watcher", actor=Puppet, **watcher)], system=system
    )
    top = Supervisor.start(
        FLAGS,
        [ChildSpec(id="watched", actor=Puppet, **(watched or {}))],
        system=system,
        name="top",
    )
    return top, system.ref("watcher"), system.ref("watched")


def watch(watcher: ActorRef[Any], watched: ActorRef[Any]) -> None:
    watcher.ask(lambda puppet: puppet.watch(watched), timeout=30.0)


def told(watcher: ActorRef[Any]) -> list[Any]:
    return list(watcher.ask(received, block=True, timeout=30.0))


def test_a_hung_actor_that_is_replaced_gives_no_notice_and_one_that_is_killed_does(
    system: ActorSystem, clock: ManualClock, log: EventLog, gate: Gate
) -> None:
    """Own: watch (hung)."""
    top, watcher, watched = start(system, {"stuck_after_s": 1.0, "shutdown_s": 0.0})
    watch(watcher, watched)
    watched.tell(gate)
    assert gate.entered.wait(30.0)
    for _ in range(3):
        clock.advance(1.0)
    log.wait_for(ChildStarted, child="watched", incarnation=2)
    assert told(watcher) == []

    second = Gate()
    watched.tell(second)
    assert second.entered.wait(30.0)
    top.terminate_child("watched", timeout=30.0)

    (notice,) = told(watcher)
    assert notice.ref is watched
    second.leave.set()
    assert told(watcher) == [notice]


def test_a_supervisor_that_gives_up_ends_its_children_with_one_notice_each(
    system: ActorSystem,
) -> None:
    """Own: watch (restarting)."""
    top, watcher, watched = start(system)
    watch(watcher, watched)
    watch(watcher, top)

    for _ in range(3):
        watched.tell(crash)
    assert top.ended.wait(30.0)
    watch(watcher, top)

    notices = told(watcher)
    assert [each.ref for each in notices] == [watched, top, top]
    assert notices[1].reason.kind is EndKind.SHUTDOWN


def test_the_notice_comes_behind_what_is_sent_in_the_last_hook(
    system: ActorSystem, gate: Gate
) -> None:
    watcher_ref: list[ActorRef[Any]] = []

    def stop(puppet: Puppet) -> None:
        gate(puppet)
        watcher_ref[0].tell("last words")

    _, watcher, watched = start(system, {"kwargs": {"stop": stop}})
    watcher_ref.append(watcher)
    stopped = watched.stop(block=False)
    assert gate.entered.wait(30.0)

    # The mailbox of the watched has closed; its last hook still runs.
    watch(watcher, watched)
    assert told(watcher) == []
    gate.leave.set()
    assert stopped.get(timeout=30.0)

    words, notice = told(watcher)
    assert (words, notice.ref) == ("last words", watched)


def test_the_notice_comes_behind_the_end_of_promised_and_of_waiting_requests(
    system: ActorSystem, gate: Gate
) -> None:
    _, watcher, watched = start(system)
    watch(watcher, watched)

    def promise(puppet: Puppet) -> None:
        puppet.reply_later()

    watcher.ask(lambda puppet: puppet.request(watched, promise), timeout=30.0)
    watched.ask("promised", timeout=30.0)
    watched.tell(gate)
    assert gate.entered.wait(30.0)
    stopped = watched.stop(block=False)
    watcher.ask(lambda puppet: puppet.request(watched, "too late"), timeout=30.0)
    gate.leave.set()
    assert stopped.get(timeout=30.0)

    *failed, notice = told(watcher)
    assert [type(each) for each in failed] == [RequestFailed, RequestFailed]
    assert isinstance(notice, Terminated)


def test_watching_again_before_the_notice_is_handled_gives_no_second_one(
    system: ActorSystem, gate: Gate
) -> None:
    _, watcher, watched = start(system)
    watch(watcher, watched)

    def watch_twice_more(puppet: Puppet) -> None:
        puppet.watch(watched)
        gate(puppet)
        # Now the notice waits in the mailbox.
        puppet.watch(watched)

    watcher.tell(watch_twice_more)
    assert gate.entered.wait(30.0)
    watched.stop(timeout=30.0)
    assert watcher.mailbox_size == 1
    gate.leave.set()

    assert len(told(watcher)) == 1
    # Watching whoever has ended, after that, is another question.
    watch(watcher, watched)
    assert len(told(watcher)) == 2


def test_no_notice_comes_after_the_watch_was_taken_back(
    system: ActorSystem, gate: Gate
) -> None:
    _, watcher, watched = start(system)
    watch(watcher, watched)
    watcher.tell(gate)
    assert gate.entered.wait(30.0)
    watcher.tell(lambda puppet: puppet.unwatch(watched))
    watched.stop(timeout=30.0)
    assert watcher.mailbox_size == 2
    gate.leave.set()

    assert told(watcher) == []


def test_a_notice_outlives_a_restart_of_the_watcher_and_stays_the_only_one(
    system: ActorSystem, log: EventLog, gate: Gate
) -> None:
    whom: list[ActorRef[Any]] = []

    def watch_at_start(puppet: Puppet) -> None:
        for ref in whom:
            puppet.watch(ref)

    _, watcher, watched = start(system, kwargs={"start": watch_at_start})
    watch(watcher, watched)
    whom.append(watched)
    watcher.tell(gate)
    assert gate.entered.wait(30.0)
    watcher.tell(crash)
    watched.stop(timeout=30.0)
    gate.leave.set()
    log.wait_for(ChildStarted, child="watcher", incarnation=2)

    assert [type(each) for each in told(watcher)] == [Terminated]


class Mourner(Puppet):
    """Fails on its first notice; puts the second aside for once."""

    seen: int = 0

    def on_receive(self, message: Any) -> object:
        if isinstance(message, Terminated):
            Mourner.seen += 1
            if Mourner.seen == 1:
                raise ValueError("too much")
            if Mourner.seen == 2:
                self.stash()
                return None
        return super().on_receive(message)


def test_a_notice_is_handled_again_and_put_aside_like_any_message(
    system: ActorSystem,
) -> None:
    Mourner.seen = 0
    Supervisor.start(
        FLAGS, [ChildSpec(id="mourner", actor=Mourner, redeliveries=1)], system=system
    )
    _, _, watched = start(system)
    mourner = system.ref("mourner")
    watch(mourner, watched)

    watched.stop(timeout=30.0)
    assert mourner.ask("alive", timeout=30.0) == "alive"
    assert Mourner.seen == 2
    mourner.ask(lambda puppet: puppet.unstash_all(), timeout=30.0)

    assert [type(each) for each in told(mourner)] == [str, Terminated]
    assert Mourner.seen == 3


def test_a_notice_that_nobody_can_take_is_no_dead_letter(
    system: ActorSystem, log: EventLog, gate: Gate
) -> None:
    _, watcher, watched = start(system)
    watch(watcher, watched)
    watcher.tell(gate)
    assert gate.entered.wait(30.0)
    stopped = watcher.stop(block=False)
    watched.stop(timeout=30.0)
    gate.leave.set()
    assert stopped.get(timeout=30.0)

    assert log.of(DeadLetter) == []


def test_an_incarnation_that_was_cut_off_watches_nobody(
    system: ActorSystem, clock: ManualClock, log: EventLog, gate: Gate
) -> None:
    _, watcher, watched = start(system, stuck_after_s=1.0)
    errors: list[BaseException] = []
    done = threading.Event()

    def hang_and_watch(puppet: Puppet) -> None:
        gate(puppet)
        try:
            puppet.watch(watched)
        except FencedError as error:
            errors.append(error)
        done.set()

    watcher.tell(hang_and_watch)
    assert gate.entered.wait(30.0)
    for _ in range(3):
        clock.advance(1.0)
    log.wait_for(ChildStarted, child="watcher", incarnation=2)
    gate.leave.set()
    assert done.wait(30.0)

    assert len(errors) == 1
    watched.stop(timeout=30.0)
    assert told(watcher) == []


def test_watching_at_the_moment_of_the_end_gives_exactly_one_notice() -> None:
    """Own: watch (every interleaving of one watch with one end)."""
    known = pykka.ActorRegistry.get_all()
    watcher = Puppet.start()
    for number in range(200):
        watched = Puppet.start()
        go = threading.Barrier(2)

        def end(watched: Any = watched, go: threading.Barrier = go) -> None:
            go.wait(30.0)
            watched.stop(timeout=30.0)

        ending = threading.Thread(target=end)
        ending.start()

        def watch_now(
            puppet: Puppet, watched: Any = watched, go: threading.Barrier = go
        ) -> None:
            go.wait(30.0)
            puppet.watch(watched)

        watcher.ask(watch_now, timeout=30.0)
        ending.join(30.0)
        notices = told(watcher)
        assert len(notices) == number + 1
        assert notices[-1].ref is watched
    watcher.stop()
    # An actor of an earlier test may not have ended yet.
    assert [each for each in pykka.ActorRegistry.get_all() if each not in known] == []


# -- the end, for threads --------------------------------------------------------------


def test_every_thread_that_waits_for_an_end_hears_of_it() -> None:
    """The first waits for it and the last asks when it has come; all get the same."""
    ref = Puppet.start()
    ended = ref.ended
    assert isinstance(ended, threading.Event)
    assert not ended.wait(0.001)
    assert (ended.is_set(), ended.reason) == (False, None)
    heard: SimpleQueue[bool] = SimpleQueue()
    waiting = [
        threading.Thread(target=lambda: heard.put(ended.wait(30.0))) for _ in range(3)
    ]
    for thread in waiting:
        thread.start()

    assert ref.stop(timeout=30.0)

    assert [heard.get(timeout=30.0) for _ in waiting] == [True] * 3
    for thread in waiting:
        thread.join(30.0)
    assert ended.wait(0.0)
    assert ended.wait()
    assert str(ended.reason) == "shutdown"
    with pytest.raises(NotImplementedError, match="does not begin again"):
        ended.clear()


def test_a_wait_that_begins_at_the_moment_of_the_end_does_not_miss_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Whoever misses it would look again after a slice.
    monkeypatch.setattr(watching, "SLICE_S", 60.0)
    heard: list[bool] = []
    waiting: list[threading.Thread] = []

    class Event(EndEvent):
        """Lets a thread begin to wait just when `set` looks who waits."""

        @property
        def _waited(self) -> threading.Condition | None:
            found = self._found
            if threading.current_thread() is threading.main_thread():
                waiting.append(
                    threading.Thread(
                        target=lambda: heard.append(self.wait()), daemon=True
                    )
                )
                waiting[-1].start()
                waiting[-1].join(0.1)
            return found

        @_waited.setter
        def _waited(  # pyright: ignore[reportIncompatibleVariableOverride]
            self, condition: threading.Condition | None
        ) -> None:
            self._found = condition

    Event().set()

    for thread in waiting:
        thread.join(30.0)
    assert heard == [True] * len(waiting)
    assert waiting


def test_in_every_schedule_there_is_one_notice_behind_all_that_was_sent() -> None:
    """Own: watch (three hundred schedules: a crash, a restart, an end, two watches)."""

    def scenario(simulation: Simulation) -> None:
        system = simulation.system
        specs = [ChildSpec(id=each, actor=Puppet) for each in ("watcher", "talker")]
        flags = SupervisorFlags(intensity=100, period_s=3600.0)
        top = Supervisor.start(flags, specs, system=system)
        watcher, talker = system.ref("watcher"), system.ref("talker")

        def watch_it(puppet: Puppet) -> None:
            puppet.watch(talker)

        watcher.tell(watch_it)
        for number in range(6):
            talker.tell(lambda _, number=number: watcher.tell(number))
        watcher.tell(watch_it)
        if simulation.random.random() < 0.5:
            top.terminate_child("talker", timeout=30.0)
        else:
            talker.stop(timeout=30.0)
        got = watcher.ask(received, block=True, timeout=30.0)
        assert [type(each) for each in got].count(Terminated) == 1
        assert isinstance(got[-1], Terminated)
        assert list(got[:-1]) == sorted(got[:-1])

    for seed in range(300):
        crash_at = ("talker", Hook.RECEIVE, 1 + seed % 8)
        simulate(
            scenario,
            seed,
            chances=Chances(switch=0.5, hurry=0.1),
            plan={crash_at: Fault(kind=FaultKind.CRASH)},
        )
