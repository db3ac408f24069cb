"""A system's log beside the logging of the program that it is embedded in."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pykka
import pytest

from orquestrador import Orchestrator
from orquestrador.monitoring.log_reading import LogLine, LogReader
from orquestrador.supervisor import Actor, ChildSpec

SETTINGS = {"classification": {"engine": "inline"}, "monitor": {"interval_s": 0.2}}


class FaultyActor(Actor):
    def on_receive(self, message: object) -> None:
        raise ZeroDivisionError(f"on {message}")


FAULTY = ChildSpec(id="faulty", actor=FaultyActor)


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    folder.mkdir()
    (folder / "a.mq4").write_text("int OnInit() { return 0; }", encoding="utf-8")
    return folder


def orchestrator(library: Path, **options: object) -> Orchestrator:
    state = library.parent / f"state-{library.name}"
    return Orchestrator(library, state=state, settings=SETTINGS, **options)  # type: ignore[arg-type]


def lines(orq: Orchestrator) -> list[LogLine]:
    return list(LogReader(orq.state / "log").new())


def said(orq: Orchestrator) -> str:
    return "\n".join(f"{line.actor} {line.message}" for line in lines(orq))


@pytest.fixture(autouse=True)
def _loggers_are_left_as_they_were() -> Iterator[None]:
    names = ("", "pykka", "orquestrador", "orquestrador.actors")

    def look() -> list[object]:
        found: list[object] = []
        for name in names:
            one = logging.getLogger(name or None)
            found += [one.level, one.propagate, list(one.handlers)]
        return found

    before = look()
    yield
    assert look() == before


def test_what_a_system_does_is_in_its_log(library: Path) -> None:
    with orchestrator(library) as orq:
        orq.classify().result(timeout=30)

    text = said(orq)
    assert "classifier Run 1 ended: 1 files, 1 contents classified" in text
    assert "backup Snapshot " in text
    assert "report Report written: report.html" in text
    assert text.startswith("None The system starts on ")
    assert text.endswith("None The system has stopped")


def test_a_failed_actor_is_in_the_log_with_its_traceback_and_its_return(
    library: Path,
) -> None:
    with orchestrator(library, extra=[FAULTY]) as orq:
        orq.system.ref("faulty").tell("purpose")
        orq.system.events.flush(30)
        # The traceback is written while the next incarnation works already.
        while "is back: incarnation 2" not in said(orq) or "Unhandled" not in said(orq):
            orq.system.events.flush(30)

    (failure,) = [each for each in lines(orq) if each.error]
    assert (failure.actor, failure.level) == ("faulty", "error")
    assert failure.error is not None
    assert failure.error.endswith("ZeroDivisionError: on purpose")


def test_two_systems_in_one_process_have_a_log_each(
    library: Path, tmp_path: Path
) -> None:
    other_library = tmp_path / "other"
    other_library.mkdir()
    with (
        orchestrator(library) as one,
        orchestrator(other_library, extra=[FAULTY]) as two,
    ):
        two.system.ref("faulty").tell("purpose")
        while "is back" not in said(two):
            two.system.events.flush(30)
        one.classify().result(timeout=30)

    assert "faulty" not in said(one)
    assert "Run 1" not in said(two)


def test_the_level_of_the_settings_holds(library: Path) -> None:
    settings = SETTINGS | {"log": {"level": "error"}}
    state = library.parent / "state"
    with Orchestrator(library, state=state, settings=settings) as orq:
        orq.classify().result(timeout=30)

    assert lines(orq) == []


def test_the_program_around_hears_no_more_than_before(
    library: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with orchestrator(library, extra=[FAULTY]) as orq:
        orq.classify().result(timeout=30)
        orq.system.ref("faulty").tell("purpose")
        # As without us: the failure is heard, by Pykka's own record.
        while "ERROR" not in {each.levelname for each in caplog.records}:
            orq.system.events.flush(30)

    assert all(each.levelno >= logging.WARNING for each in caplog.records)
    assert "Run 1" not in caplog.text


def test_a_program_that_asks_for_more_hears_it(
    library: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with orchestrator(library) as orq:
        orq.classify().result(timeout=30)

    assert caplog.text.count("Run 1 ended") == 1


def test_another_program_s_pykka_actors_are_not_in_our_log(library: Path) -> None:
    class ForeignActor(pykka.ThreadingActor):
        def on_receive(self, message: object) -> None:
            raise ZeroDivisionError("foreign")

    with orchestrator(library) as orq:
        foreign = ForeignActor.start()
        foreign.tell("x")
        foreign.actor_stopped.wait(30)

    assert "Foreign" not in said(orq)


def test_without_any_logging_set_up_nothing_is_on_standard_error(
    library: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    root = logging.getLogger()
    handlers, root.handlers = root.handlers, []
    try:
        with orchestrator(library, extra=[FAULTY]) as orq:
            orq.system.ref("faulty").tell("purpose")
            while "is back" not in said(orq):
                orq.system.events.flush(30)
    finally:
        root.handlers = handlers

    assert capfd.readouterr().err == ""
