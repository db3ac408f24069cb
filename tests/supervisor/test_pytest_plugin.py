"""The pytest plugin: it must fail where a test leaves something behind."""

import pytest

pytest_plugins = ["pytester"]

HEAD = """
import threading
import pykka
import pytest
from orquestrador.supervisor import (
    ActorSystem, ChildSpec, Supervisor, SupervisorFlags
)
from orquestrador.supervisor.testkit import Probe, Puppet, crash

FLAGS = SupervisorFlags()
leave = threading.Event()

def tell_the_dead(system):
    dead = Probe(system).ref
    dead.stop(timeout=30.0)
    with pytest.raises(pykka.ActorDeadError):
        dead.tell("lost")
"""

GOOD = """
def test_fixtures_go_together(
    actor_system, manual_clock, event_log, dead_letters, probe
):
    assert actor_system.clock is manual_clock
    Supervisor.start(FLAGS, [ChildSpec(id="a", actor=Puppet)], system=actor_system)
    probe.tell(actor_system.ref("a"), lambda puppet: puppet.publish("news"))
    assert event_log.wait_for(str) == "news"
    tell_the_dead(actor_system)
    dead_letters.expect("lost")

def test_systems_and_bare_actors_are_stopped():
    global started
    system = ActorSystem()
    Supervisor.start(FLAGS, [ChildSpec(id="a", actor=Puppet)], system=system)
    started = [Puppet.start(), system.ref("a")]
    assert all(ref.is_alive() for ref in started)

def test_nothing_of_the_last_test_is_left():
    assert not any(ref.is_alive() for ref in started)
    assert not {*started} & {*pykka.ActorRegistry.get_all()}

def test_a_stop_by_the_guard_makes_no_problem_of_what_waits(actor_system):
    Supervisor.start(FLAGS, [ChildSpec(id="a", actor=Puppet)], system=actor_system)
    actor_system.suspend("a")
    actor_system.ref("a").tell("waits")

@pytest.mark.allow_dead_letters
def test_dead_letters_can_be_allowed(actor_system):
    tell_the_dead(actor_system)

@pytest.mark.allow_threads("patient")
def test_threads_can_be_allowed():
    threading.Thread(target=leave.wait, name="patient-1", daemon=True).start()
"""

BAD = """
@pytest.fixture(scope="module", autouse=True)
def _let_go_at_the_end():
    yield
    leave.set()

def test_unread_letter(actor_system):
    tell_the_dead(actor_system)

def test_unread_letter_of_a_bare_actor():
    dead = Puppet.start()
    dead.stop()
    with pytest.raises(pykka.ActorDeadError):
        dead.tell("bare")

def test_handler_that_fails_at_the_end(actor_system):
    Supervisor.start(FLAGS, [ChildSpec(id="a", actor=Puppet)], system=actor_system)
    actor_system.ref("a").tell(crash)
    # Otherwise it may not have been taken yet.
    actor_system.ref("a").ask("behind", timeout=30.0)

def test_leaked_thread():
    threading.Thread(target=leave.wait, name="leaked", daemon=True).start()

def test_hung_actor(actor_system):
    entered = threading.Event()
    def hang(_):
        entered.set()
        leave.wait()
    Supervisor.start(
        FLAGS, [ChildSpec(id="a", actor=Puppet, shutdown_s=None)], system=actor_system
    )
    actor_system.ref("a").tell(hang)
    assert entered.wait(30.0)
"""

INI = """
[pytest]
addopts = -p orquestrador.supervisor.pytest_plugin -p no:cacheprovider
filterwarnings = error
orquestrador_stop_s = 0.3
"""


def run(pytester: pytest.Pytester, tests: str) -> pytest.RunResult:
    pytester.makeini(INI)
    pytester.makepyfile(HEAD + tests)
    # In a process of its own: what it leaks is not ours.
    return pytester.runpytest_subprocess()


def test_clean_tests_pass_and_nothing_outlives_them(pytester: pytest.Pytester) -> None:
    result = run(pytester, GOOD)

    result.assert_outcomes(passed=6)


def test_each_thing_left_behind_fails_its_test(pytester: pytest.Pytester) -> None:
    result = run(pytester, BAD)

    # The tests themselves pass; what they leave is the guard's to tell.
    result.assert_outcomes(passed=5, errors=5)
    told = result.stdout.str()
    assert "unread dead letter: 'lost' from outside to ProbeActor" in told
    assert "unread dead letter: 'bare' from outside to Puppet" in told
    assert "its handler failed: Crash: crash of incarnation 1" in told
    assert "threads still run: leaked" in told
    assert "a system did not stop in 0.3 s" in told
    assert "a (Puppet) running, 0 waiting" in told
