"""Replies for asyncio: the event loop goes on, and nobody is waited for in vain."""

# What is sent to an actor has no declared type here.
# pyright: reportUnknownLambdaType=false
# pyright: reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false

import asyncio
import subprocess
import sys
import threading
from typing import Any

import pykka
import pytest

from orquestrador.supervisor import (
    Actor,
    ActorRef,
    ActorSystem,
    BlockingAskError,
    ChildSpec,
    DeadLetter,
    Supervisor,
    SupervisorFlags,
)
from orquestrador.supervisor.future import ReplyFuture
from orquestrador.supervisor.testkit import (
    Crash,
    EventLog,
    Puppet,
    busy,
    crash,
    received,
)

FLAGS = SupervisorFlags(intensity=1000, period_s=3600.0)


@pytest.fixture
def ref(timed_system: ActorSystem) -> ActorRef[Any]:
    Supervisor.start(
        FLAGS, [ChildSpec(id=each, actor=Puppet) for each in "ab"], system=timed_system
    )
    return timed_system.ref("a")


def test_a_reply_is_awaited_while_the_loop_goes_on(ref: ActorRef[Any]) -> None:
    async def main(leave: threading.Event) -> object:
        asked = asyncio.create_task(ref.ask_async("hello", timeout=30.0))
        # Only a loop that goes on gets here, and lets the actor go on.
        await asyncio.sleep(0)
        leave.set()
        return await asked

    with busy(ref) as leave:
        assert asyncio.run(main(leave)) == "hello"


def test_many_asks_are_awaited_together(ref: ActorRef[Any]) -> None:
    async def main() -> list[object]:
        return await asyncio.gather(*(ref.ask_async(number) for number in range(100)))

    assert asyncio.run(main()) == list(range(100))


def test_an_error_is_raised_where_it_is_awaited(ref: ActorRef[Any]) -> None:
    with pytest.raises(Crash):
        asyncio.run(ref.ask_async(crash))


def test_an_ask_of_an_actor_that_ended_is_an_error(ref: ActorRef[Any]) -> None:
    ref.stop(timeout=30.0)

    with pytest.raises(pykka.ActorDeadError):
        asyncio.run(ref.ask_async("hello"))


def test_an_ask_that_takes_too_long_is_not_handled(
    ref: ActorRef[Any], timed_system: ActorSystem
) -> None:
    """Own: ask_deadline."""
    log = EventLog(timed_system)
    with busy(ref), pytest.raises(pykka.Timeout):
        asyncio.run(ref.ask_async("late", timeout=0.05))

    assert ref.ask(received, timeout=30.0) == ()
    (letter,) = log.of(DeadLetter)
    assert (letter.message, letter.reason) == ("late", "its deadline has passed")


def test_an_ask_whose_awaiting_is_cancelled_is_not_handled(
    ref: ActorRef[Any], timed_system: ActorSystem
) -> None:
    log = EventLog(timed_system)

    async def main() -> None:
        asked = asyncio.create_task(ref.ask_async("cancelled"))
        await asyncio.sleep(0)
        assert ref.mailbox_size == 1
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked

    with busy(ref):
        asyncio.run(main())

    assert ref.ask(received, timeout=30.0) == ()
    (letter,) = log.of(DeadLetter)
    assert (letter.message, letter.reason) == ("cancelled", "its asker has given up")


def test_a_future_is_awaited_and_shared(ref: ActorRef[Any]) -> None:
    async def wait(future: pykka.Future[Any]) -> object:
        return await future

    results: list[object] = []
    with busy(ref) as leave:
        asked = ref.ask("hello", block=False)
        # One loop a thread; and one thread without any.
        threads = [
            threading.Thread(target=lambda: results.append(asyncio.run(wait(asked))))
            for _ in range(3)
        ]
        threads.append(threading.Thread(target=lambda: results.append(asked.get())))
        for thread in threads:
            thread.start()
        leave.set()
    for thread in threads:
        thread.join(30.0)

    assert results == ["hello"] * 4
    assert asyncio.run(wait(asked)) == "hello"


def test_a_future_goes_on_when_one_awaiting_is_cancelled(ref: ActorRef[Any]) -> None:
    async def main(leave: threading.Event) -> object:
        asked = ref.ask("hello", block=False)

        async def wait() -> object:
            return await asked

        first, second = asyncio.create_task(wait()), asyncio.create_task(wait())
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.sleep(0)
        leave.set()
        return await second

    with busy(ref) as leave:
        assert asyncio.run(main(leave)) == "hello"


def test_a_reply_for_a_loop_that_is_closed_hurts_nobody(ref: ActorRef[Any]) -> None:
    async def give_up() -> None:
        task = asyncio.create_task(ref.ask_async("hello"))
        await asyncio.sleep(0)
        task.cancel()

    future: ReplyFuture[Any] = ReplyFuture()

    async def wait_a_little() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await future

    with busy(ref):
        asyncio.run(give_up())
    asyncio.run(wait_a_little())
    future.set("late")

    assert ref.ask("alive", timeout=30.0) == "alive"
    assert ref.incarnation == 1


def test_a_future_made_of_futures_is_awaited(ref: ActorRef[Any]) -> None:
    async def main(leave: threading.Event) -> object:
        both = ref.ask(1, block=False).join(ref.ask(2, block=False))
        task = asyncio.create_task(_awaited(both))
        await asyncio.sleep(0)
        leave.set()
        return await task

    with busy(ref) as leave:
        assert asyncio.run(main(leave)) == [1, 2]


async def _awaited(future: Any) -> object:
    return await future


def test_a_proxys_call_is_awaited() -> None:
    class Adding(Actor):
        total = 1

        def add(self, amount: int) -> int:
            return amount + 1

    proxy = Adding.start().proxy()

    async def main() -> tuple[object, object]:
        return await proxy.add(2), await proxy.total

    assert asyncio.run(main()) == (3, 1)
    proxy.stop()


def test_no_handler_awaits(ref: ActorRef[Any], timed_system: ActorSystem) -> None:
    other = timed_system.ref("b")

    def ask(_puppet: Puppet) -> object:
        return asyncio.run(other.ask_async("hello"))

    def wait(_puppet: Puppet) -> object:
        return asyncio.run(_awaited(ReplyFuture()))

    for act in (ask, wait):
        with pytest.raises(BlockingAskError):
            ref.ask(act, timeout=30.0)
    assert other.ask(received, timeout=30.0) == ()


def test_the_package_does_not_load_asyncio() -> None:
    program = (
        "import sys, orquestrador.supervisor as s; print('asyncio' in sys.modules)"
    )

    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert run.stdout.strip() == "False"
