"""A small part of the campaign, always the same; see campaign.py for all of it."""

# The bugs are planted in what is otherwise nobody's business.
# pyright: reportPrivateUsage=false
# pyright: reportUnknownLambdaType=false
# pyright: reportUnknownArgumentType=false

import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest

from orquestrador.supervisor.mailbox import Mailbox
from orquestrador.supervisor.simulation import simulate
from tests.simulation import campaign
from tests.simulation.campaign import Chunk, chunks, run_chunk


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    yield
    campaign.worlds.close()
    logging.disable(logging.NOTSET)


# An actor that crashes in its last hook leaves its catalog to the collector.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize(("world", "schedules"), [("couriers", 150), ("library", 15)])
def test_no_promise_is_broken(world: str, schedules: int) -> None:
    figures = run_chunk(Chunk(world, range(schedules)))

    assert not figures.failures, figures.failures[0]
    assert figures.schedules == schedules
    assert figures.fewest >= 50
    assert figures.crashed >= schedules / 2


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_schedule_of_the_tree_replays_line_by_line() -> None:
    scenario = campaign.worlds.scenario("library")
    logging.disable(logging.CRITICAL)

    traces = [str(simulate(scenario, seed).trace) for seed in (1, 2, 1, 2)]

    assert traces[:2] == traces[2:]
    assert traces[0] != traces[1]


def test_one_schedule_of_twenty_is_of_the_orchestrators_tree() -> None:
    work = list(chunks(20_000, 7))
    counts = {
        world: sum(len(chunk.seeds) for chunk in work if chunk.world == world)
        for world in ("couriers", "library")
    }
    seeds = [seed for chunk in work for seed in chunk.seeds if chunk.world == "library"]

    assert counts == {"couriers": 19_000, "library": 1_000}
    assert seeds == list(range(7, 1_007))


def test_a_failure_is_told_with_the_command_that_replays_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Mailbox, "put_back", lambda *_: None)
    figures = run_chunk(Chunk("couriers", range(10)))
    failure = figures.failures[0]
    *trace, words, command = failure.splitlines()
    *_python, option, world, seed = command.split()

    assert "a message disappeared" in words
    assert option == "--replay"
    assert campaign.main([option, world, seed]) == 1
    replayed = capsys.readouterr().out.splitlines()
    assert set(trace) <= set(replayed)
    assert "a message disappeared" in replayed[-1]


def test_the_command_prints_the_figures_of_both_worlds() -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tests.simulation.campaign"),
            *("--schedules", "40", "--seed", "3", "--processes", "2"),
        ],
        check=False,
        capture_output=True,
        text=True,
    )

    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    couriers, library, _time = done.stdout.splitlines()
    assert couriers.startswith("couriers: 38 schedules, a crash in ")
    assert library.startswith("library: 2 schedules, a crash in ")
    assert library.endswith(", 0 failed")
