"""An end that was asked for is no trouble: nothing says that it was."""

import json
from pathlib import Path

import pytest
from pykka import ActorDeadError

from orquestrador import Orchestrator
from orquestrador.messages.monitor import SetSampling
from orquestrador.messages.work import ProcessEnded
from orquestrador.supervisor import DeadLetter


def logged(state: Path) -> list[str]:
    """Return the log's messages; one that is never written to has no file."""
    return [
        json.loads(line)["message"]
        for path in sorted((state / "log").glob("*.jsonl"))
        for line in path.read_text("utf-8").splitlines()
    ]


@pytest.mark.parametrize("engine", ["processes", "inline"])
def test_a_stop_in_order_warns_of_nothing(library: Path, engine: str) -> None:
    settings = {
        "classification": {"engine": engine, "workers": 2},
        "monitor": {"interval_s": 0.1},
        "log": {"level": "warning"},
    }
    letters: list[DeadLetter] = []
    for wanted in (None, False):
        orq = Orchestrator(library, settings=settings, control=True)
        with orq:
            orq.subscribe(DeadLetter, letters.append)
            run = orq.classify(verify=True, backup=wanted, report=wanted)
            run.result(timeout=60)
        orq.system.events.flush(30)

    # What a worker's process says at its end is for nobody.
    assert ProcessEnded not in {type(each.message) for each in letters}
    assert logged(orq.state) == []


def test_a_message_that_an_actor_s_end_has_lost_is_warned_of(library: Path) -> None:
    settings = {"classification": {"engine": "inline"}, "log": {"level": "warning"}}
    letters: list[DeadLetter] = []
    with Orchestrator(library, settings=settings) as orq:
        orq.subscribe(DeadLetter, letters.append)
        supervisor = orq.system.supervisor("services")
        monitor = orq.system.ref("monitor")
        supervisor.terminate_child("monitor")
        with pytest.raises(ActorDeadError):
            monitor.tell(SetSampling(enabled=True))
        orq.system.events.flush(30)

    assert [type(each.message) for each in letters] == [SetSampling]
    assert "Dead letter: SetSampling" in logged(orq.state)[0]
