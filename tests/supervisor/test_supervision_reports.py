"""What a supervisor says about its children, and how it is written down."""

# What is sent to an actor has no declared type here.
# pyright: reportUnknownLambdaType=false
# pyright: reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false

import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from orquestrador.errors import ChildStartError
from orquestrador.supervisor import (
    BRUTAL_KILL,
    INFINITY,
    ActorSystem,
    ChildSpec,
    ChildStarted,
    EndKind,
    EndReason,
    ManualClock,
    Offender,
    ProgressReport,
    Restart,
    Strategy,
    Supervisor,
    SupervisorFlags,
    SupervisorGaveUp,
    SupervisorReport,
    format_report,
)
from orquestrador.supervisor.testkit import Crash, EventLog, Puppet, crash

LOGGER = "orquestrador.supervisor"
FLAGS = SupervisorFlags(intensity=2, period_s=3600.0)
DYNAMIC = SupervisorFlags(strategy=Strategy.DYNAMIC, intensity=2, period_s=3600.0)


def connect() -> None:
    raise Crash("no connection to the printer")


def failure() -> EndReason:
    """Return the reason of an end with an error that has two causes."""
    inner = ChildStartError("inner", "printer", "it is off")
    outer = ChildStartError("outer", "inner", "see below")
    try:
        connect()
    except Crash as error:
        inner.__cause__ = error
    outer.__cause__ = inner
    return EndReason.shutdown(("failed", ("to", ("start",))), outer)


def offender(**words: Any) -> Offender:
    puppet: dict[str, Any] = {
        "id": "printer",
        "ref": "<the ref>",
        "factory": "office.Printer",
        "restart": Restart.TRANSIENT,
        "shutdown_s": 2.5,
        "type": "worker",
        **words,
    }
    return Offender(**puppet)


REPORT = SupervisorReport("office", "child_terminated", failure(), offender())


# -- formatting ---------------------------------------------------------------


def test_a_report_names_everything_line_by_line() -> None:
    """OTP: format_log_2."""
    lines = format_report(REPORT).splitlines()

    assert lines[0] == "Supervisor report"
    for field in (
        "supervisor: office",
        "context:    child_terminated",
        "reason:     shutdown (('failed', ('to', ('start',))))",
        "offender:",
        "ref:        <the ref>",
        "id:         printer",
        "factory:    office.Printer",
        "restart:    transient",
        "shutdown:   2.5 s",
        "type:       worker",
    ):
        assert sum(line.strip() == field for line in lines) == 1, field
    causes = [line for line in lines if "Error: " in line or "Crash: " in line]
    assert ["see below" in causes[0], "it is off" in causes[1]] == [True, True]
    assert causes[2].strip().startswith("Crash: no connection to the printer (")
    # Where it was raised.
    assert f"{__file__}:" in causes[2]
    assert causes[2].endswith("in connect)")
    assert str(REPORT) == format_report(REPORT)


def test_a_progress_report_names_the_child_that_started() -> None:
    """OTP: format_log_2."""
    report = ProgressReport("office", offender(shutdown_s=INFINITY, type="supervisor"))
    lines = [line.strip() for line in format_report(report).splitlines()]

    assert lines == [
        "Progress report",
        "supervisor: office",
        "started:",
        "ref:        <the ref>",
        "id:         printer",
        "factory:    office.Printer",
        "restart:    transient",
        "shutdown:   infinity",
        "type:       supervisor",
    ]
    assert format_report(report, single_line=True) == (
        "supervisor office, started: printer, ref: <the ref>"
    )


def test_a_depth_limit_leaves_out_the_inner_causes_and_values() -> None:
    """OTP: format_log_2."""
    whole = format_report(REPORT)
    shallow = format_report(REPORT, depth=1)

    assert "see below" in shallow
    assert "it is off" not in shallow
    assert "no connection" not in shallow
    assert "'start'" not in shallow
    assert "(...)" in shallow
    assert "…" in shallow
    assert len(shallow) < len(format_report(REPORT, depth=2)) < len(whole)
    assert format_report(REPORT, depth=10) == whole


@pytest.mark.parametrize("single_line", [False, True])
def test_a_character_limit_cuts_the_reason_first(*, single_line: bool) -> None:
    """OTP: format_log_2."""
    whole = format_report(REPORT, single_line=single_line)
    limit = len(whole) - 40

    cut = format_report(REPORT, single_line=single_line, chars_limit=limit)

    assert len(cut) == limit
    assert "…" in cut
    assert "child_terminated" in cut
    assert "printer" in cut
    assert cut.endswith("<the ref>" if single_line else "type:       worker")
    for tight in (0, 1, 10, 80):
        short = format_report(REPORT, single_line=single_line, chars_limit=tight)
        assert len(short) == tight
    assert format_report(REPORT, single_line=single_line, chars_limit=10_000) == whole


def test_a_single_line_has_context_reason_id_and_ref() -> None:
    """OTP: format_log_2."""
    error = Crash("two\nlines")
    report = SupervisorReport(
        "office", "start_error", EndReason.failed(error), offender()
    )

    assert format_report(report, single_line=True) == (
        "supervisor office, context: start_error, "
        "reason: failed < Crash: two lines, offender: printer, ref: <the ref>"
    )
    assert "\n" not in format_report(REPORT, single_line=True)


@pytest.mark.parametrize("single_line", [False, True])
def test_a_group_of_dynamic_children_says_how_many(*, single_line: bool) -> None:
    """OTP: format_log_2."""
    group = offender(number=12, ref=None)
    report = SupervisorReport("office", "shutdown_error", failure(), group)

    text = format_report(report, single_line=single_line)

    assert ("12 children" if single_line else "children:   12") in text
    assert "ref:" not in text


# -- when there is one --------------------------------------------------------


def reports(log: EventLog) -> list[tuple[str, str, EndKind]]:
    return [
        (each.context, each.offender.id, each.reason.kind)
        for each in log.of(SupervisorReport)
    ]


def test_a_child_that_failed_is_reported_with_its_ref_and_spec(
    system: ActorSystem, log: EventLog
) -> None:
    spec = ChildSpec(
        id="a", actor=Puppet, restart=Restart.TRANSIENT, shutdown_s=BRUTAL_KILL
    )
    Supervisor.start(FLAGS, [spec], system=system, name="top")
    ref = system.ref("a")

    ref.tell(crash)
    log.wait_for(ChildStarted, incarnation=2)

    (report,) = log.of(SupervisorReport)
    assert (report.supervisor, report.context) == ("top", "child_terminated")
    assert isinstance(report.reason.error, Crash)
    assert report.offender == Offender(
        id="a",
        ref=ref,
        factory="orquestrador.supervisor.testkit.puppet.Puppet",
        restart=Restart.TRANSIENT,
        shutdown_s=BRUTAL_KILL,
        type="worker",
    )
    assert [each.started.ref for each in log.of(ProgressReport)] == [ref, ref]


def test_a_child_that_cannot_start_and_a_supervisor_that_gives_up_are_reported(
    system: ActorSystem, log: EventLog
) -> None:
    starts: list[int] = []

    def once(puppet: Puppet) -> None:
        starts.append(1)
        if len(starts) > 1:
            crash(puppet)

    flags = SupervisorFlags(intensity=1, period_s=3600.0)
    spec = ChildSpec(id="a", actor=Puppet, kwargs={"start": once})
    top = Supervisor.start(flags, [spec], system=system)

    system.ref("a").tell(crash)

    assert top.ended.wait(30.0)
    assert reports(log) == [
        ("child_terminated", "a", EndKind.FAILED),
        ("start_error", "a", EndKind.FAILED),
        ("shutdown", "a", EndKind.SHUTDOWN),
    ]
    assert len(log.of(SupervisorGaveUp)) == 1


@pytest.mark.parametrize("restart", Restart)
def test_only_a_permanent_child_is_reported_for_a_normal_end(
    system: ActorSystem, log: EventLog, restart: Restart
) -> None:
    top = Supervisor.start(
        FLAGS,
        [
            ChildSpec(id="while it ran", actor=Puppet, restart=restart),
            ChildSpec(
                id="during the stop",
                actor=Puppet,
                restart=restart,
                kwargs={"stop": lambda puppet: puppet.stop()},
            ),
        ],
        system=system,
    )
    system.ref("while it ran").tell(lambda puppet: puppet.stop())
    log.wait_for(ChildStarted, count=3 if restart is Restart.PERMANENT else 2)

    assert top.stop(timeout=30.0)

    permanent = [
        ("child_terminated", "while it ran", EndKind.NORMAL),
        ("shutdown_error", "during the stop", EndKind.NORMAL),
    ]
    assert reports(log) == (permanent if restart is Restart.PERMANENT else [])


def test_an_error_during_the_stop_is_reported_and_the_stop_goes_on(
    system: ActorSystem, log: EventLog
) -> None:
    top = Supervisor.start(
        FLAGS,
        [
            ChildSpec(id="first", actor=Puppet),
            ChildSpec(id="last", actor=Puppet, kwargs={"stop": crash}),
        ],
        system=system,
    )

    assert top.stop(timeout=30.0)

    assert reports(log) == [("shutdown_error", "last", EndKind.FAILED)]


def test_dynamic_children_that_stop_in_the_same_wrong_way_are_one_report(
    system: ActorSystem, log: EventLog
) -> None:
    """OTP: format_log_2."""

    def puppet(how: str) -> Puppet:
        def fail(_puppet: Puppet) -> None:
            raise Crash(how)

        return Puppet(stop=fail if how != "well" else None)

    template = ChildSpec(id="w", actor=puppet, restart=Restart.TEMPORARY)
    top = Supervisor.start(DYNAMIC, [template], system=system)
    for how in ("badly", "well", "worse", "badly", "badly"):
        top.start_child(args=(how,))

    assert top.stop(timeout=30.0)

    found = {
        str(each.reason.error): (each.offender.number, each.offender.ref is None)
        for each in log.of(SupervisorReport, context="shutdown_error")
    }
    assert found == {"badly": (3, True), "worse": (1, False)}


def test_a_brutal_kill_is_what_was_asked_for(
    system: ActorSystem, log: EventLog
) -> None:
    spec = ChildSpec(id="a", actor=Puppet, shutdown_s=BRUTAL_KILL)
    top = Supervisor.start(FLAGS, [spec], system=system)

    assert top.stop(timeout=30.0)

    assert reports(log) == []


# -- the log ------------------------------------------------------------------


@pytest.fixture
def asked_for() -> Iterator[None]:
    logger = logging.getLogger(LOGGER)
    before = logger.level
    logger.setLevel(logging.DEBUG)
    yield
    logger.setLevel(before)


def logged(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """Return level and first lines of the supervisors' own records."""
    return [
        (each.levelname, each.getMessage())
        for each in caplog.records
        if each.name.startswith(LOGGER)
    ]


def run_and_fail(system: ActorSystem, log: EventLog) -> None:
    top = Supervisor.start(FLAGS, [ChildSpec(id="a", actor=Puppet)], system=system)
    ref = system.ref("a")
    thread: threading.Thread = ref.ask(
        lambda _: threading.current_thread(), block=True, timeout=5.0
    )
    ref.tell(crash)
    log.wait_for(ChildStarted, incarnation=2)
    # Pykka's record is written after the restart, the supervisor's after the event.
    thread.join(30.0)
    top.count_children()


def test_a_failure_is_one_record_unless_reports_are_asked_for(
    system: ActorSystem, log: EventLog, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    run_and_fail(system, log)

    assert logged(caplog) == []
    errors = [each for each in caplog.records if each.levelno >= logging.INFO]
    assert [each.name for each in errors] == ["pykka"]


@pytest.mark.usefixtures("asked_for")
def test_reports_that_are_asked_for_tell_what_the_supervisor_did(
    system: ActorSystem, log: EventLog, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    run_and_fail(system, log)

    records = logged(caplog)
    assert [level for level, _ in records] == ["DEBUG", "ERROR", "DEBUG"]
    assert "Crash: crash of incarnation 1" in records[1][1]


@pytest.mark.usefixtures("asked_for")
def test_a_start_is_no_news_at_the_level_of_information(
    system: ActorSystem, log: EventLog, caplog: pytest.LogCaptureFixture
) -> None:
    """OTP: external_start_no_progress_log."""
    caplog.set_level(logging.INFO)
    top = Supervisor.start(FLAGS, system=system)
    top.start_child(ChildSpec(id="child1", actor=Puppet))

    system.ref("child1").tell(lambda puppet: puppet.stop())
    log.wait_for(ChildStarted, incarnation=2)
    top.count_children()

    # The first that is heard of the child is its end, and nothing of its starts.
    ((level, text),) = [each for each in logged(caplog) if each[0] != "DEBUG"]
    assert level == "ERROR"
    assert "context:    child_terminated" in text
    assert not [
        each
        for each in caplog.records
        if "rogress" in each.getMessage() and each.levelno >= logging.INFO
    ]


def test_what_nothing_else_tells_is_logged_unasked(
    system: ActorSystem,
    log: EventLog,
    clock: ManualClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    entered, leave = threading.Event(), threading.Event()

    def hang(_puppet: Puppet) -> None:
        entered.set()
        leave.wait(30.0)

    flags = SupervisorFlags(intensity=1, period_s=3600.0)
    spec = ChildSpec(id="a", actor=Puppet, stuck_after_s=1.0)
    top = Supervisor.start(flags, [spec], system=system, name="top")
    system.ref("a").tell(hang)
    assert entered.wait(30.0)
    clock.advance(1.5)
    clock.advance(1.5)
    log.wait_for(ChildStarted, incarnation=2)
    system.ref("a").tell(crash)
    assert top.ended.wait(30.0)
    leave.set()

    (_, stuck), (_, gave_up) = logged(caplog)
    assert "killed (stuck in function for" in stuck
    assert "supervisor 'top' gave up" in gave_up


QUIET_PROGRAM = """
from orquestrador.supervisor import (
    ActorSystem,
    ChildFailed,
    ChildSpec,
    DeadLetter,
    Supervisor,
    SupervisorFlags,
)
from orquestrador.supervisor.testkit import Puppet, crash

system = ActorSystem()
system.events.subscribe(ChildFailed, lambda event: 1 / 0)


def decide(error):
    raise RuntimeError("no decision")


top = Supervisor.start(
    SupervisorFlags(intensity=0),
    [
        ChildSpec(id="a", actor=Puppet, decisions=decide),
        ChildSpec(id="b", actor=Puppet),
    ],
    system=system,
)
other = system.ref("b")
system.ref("a").tell(crash)
assert top.ended.wait(30.0)
try:
    other.tell("a dead letter")
except Exception:
    pass
assert system.dead_letters.count >= 1
assert system.events.flush(10.0)
"""


def test_a_program_without_logging_is_not_written_into() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", QUIET_PROGRAM],
        capture_output=True,
        check=True,
        text=True,
        timeout=30.0,
    )
    assert ended.stderr == ""
