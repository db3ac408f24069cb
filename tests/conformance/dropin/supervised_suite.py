"""A pytest plugin: Pykka's own tests, with our actor class in place of Pykka's.

It is loaded with `-p` in a process of its own, before Pykka's `conftest` asks for the
actor class. `ACTOR_KIND` names a kind in `kinds.toml`; the differences listed there are
expected failures, and strict: a test that no longer differs is a failure too.
"""

import os
import re
import threading
import tomllib
from pathlib import Path
from typing import Any

import pykka
import pytest

from orquestrador.errors import ChildStartError
from orquestrador.supervisor import (
    Actor,
    ActorRef,
    ActorSystem,
    Backoff,
    ChildSpec,
    EndReason,
    FailingAsk,
    Restart,
    Supervisor,
    SupervisorFlags,
)
from orquestrador.supervisor.current import current
from orquestrador.supervisor.future import ReplyFuture
from orquestrador.supervisor.incarnation import Incarnation
from orquestrador.supervisor.loop import Build

TESTS = 152
LISTS = tomllib.loads(
    Path(__file__).with_name("kinds.toml").read_text(encoding="utf-8")
)
KIND: dict[str, Any] = LISTS["kinds"][os.environ["ACTOR_KIND"]]


_systems: list[ActorSystem] = []


class PykkaSpec(ChildSpec, frozen=True, kw_only=True):
    """A child for which Pykka's word about a `BaseException` holds: it ends all."""

    def allows_restart(self, reason: EndReason) -> bool:
        """Return whether a child that ended like this is started again."""
        fatal = reason.error is not None and not isinstance(reason.error, Exception)
        return not fatal and super().allows_restart(reason)


class PykkaSystem(ActorSystem):
    """Runs actors as Pykka does: in threads that keep the program alive."""

    ref_of_child: ActorRef[Any]
    """There when it has started, also if it has ended since."""

    def run(
        self, incarnation: Incarnation, build: Build | None, *, daemon: bool
    ) -> None:
        """Run an incarnation; only what is no supervisor counts as Pykka's."""
        actor_class = incarnation.cell.actor_class
        if not actor_class.is_supervisor:
            daemon = actor_class.use_daemon_thread
        super().run(incarnation, build, daemon=daemon)


class StartedOnceMade(type(Actor)):
    """With Pykka an actor has started once it is made: `on_start` comes later."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        """Make an actor; in a supervised cell, say so."""
        actor = super().__call__(*args, **kwargs)
        if current.incarnation is not None and not actor._cell.bare:
            # From here on it is treated as one that a Pykka program has started.
            actor._cell.bare = True
            actor._cell.system.ref_of_child = actor.actor_ref
            actor._cell.report_start()
        return actor


class SupervisedActor(Actor, metaclass=StartedOnceMade):
    """An actor whose `start()` puts it under a supervisor of its own."""

    reports_its_start = True

    @classmethod
    def start(cls, *args: Any, **kwargs: Any) -> ActorRef[Any]:
        """Start it as the only child of a new supervisor.

        Raises:
            Exception: what the constructor raises.

        """
        system = PykkaSystem()
        _systems.append(system)
        spec = PykkaSpec(
            id="child",
            actor=cls,
            args=args,
            kwargs=kwargs,
            restart=Restart(KIND["restart"]),
            failing_ask=FailingAsk.RETURN,
            codec=KIND.get("codec", False),
            codec_replies=KIND.get("codec_replies", False),
            backoff=Backoff(minimum_s=KIND["delay_s"], maximum_s=KIND["delay_s"]),
        )
        flags = SupervisorFlags(intensity=KIND["intensity"], period_s=3600.0)
        try:
            Supervisor.start(flags, [spec], system=system)
        except ChildStartError as error:
            raise error.__cause__ or error from None
        return system.ref_of_child


pykka.ThreadingActor = Actor if "restart" not in KIND else SupervisedActor
pykka.ThreadingFuture = ReplyFuture


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown() -> None:
    """Stop what a test has left, which with plain Pykka is not there any more."""
    if not _systems:
        return
    while _systems:
        assert _systems.pop().stop(timeout=10.0)
    # One that has failed writes its log a moment later: not into the next test's.
    for thread in threading.enumerate():
        if re.search(r"Actor-\d+$", thread.name):
            thread.join(30.0)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the listed differences, one by one."""
    if len(items) != TESTS:
        raise pytest.UsageError(f"Pykka's suite has {len(items)} tests, not {TESTS}")
    reasons: dict[str, str] = LISTS["differences"]
    for name in KIND["differences"]:
        names = {name, f"{name}[threading]"}
        (item,) = (each for each in items if each.name in names)
        item.add_marker(pytest.mark.xfail(reason=reasons[name], strict=True))
