"""Many schedules: `python -m tests.simulation.campaign --schedules 20000 --seed 1`.

Nineteen of twenty are of the couriers (couriers.py), one is of the orchestrator's own
tree (library.py). Each has more than six actors and fifty deliveries; in more than
half of them something crashes. After each of them the promises of DESIGN.md must
hold: 2 (every message handled once or a dead letter), 3 (refs and mailboxes kept), 7
(no handler waits), and for the orchestrator's tree 4 (the export is that of an
undisturbed run).

Prints the figures of all; for a schedule that fails the end of its trace, and the
command that replays it: `python -m tests.simulation.campaign --replay couriers 829`
prints the whole trace. Exit status: 0 all promises held, 1 one was broken, or the
schedules were not what is said above.
"""

import argparse
import atexit
import logging
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import NamedTuple

from orquestrador.supervisor.simulation import (
    ScheduleError,
    Simulation,
    simulate,
)
from tests.simulation import couriers
from tests.simulation.library import library_world

# ruff: noqa: T201 -- a command prints

ONE_IN = 20
"""One schedule of so many is of the orchestrator's tree."""

_AT_ONCE = 50
_SHOWN_LINES = 30
_FEWEST_DELIVERIES = 50


class Chunk(NamedTuple):
    """Some schedules of one world."""

    world: str
    seeds: range


@dataclass
class Figures:
    """What is known of some schedules."""

    schedules: int = 0
    crashed: int = 0
    """In how many something crashed."""

    deliveries: int = 0
    fewest: int = sys.maxsize
    cpu_s: float = 0.0
    failures: list[str] = field(default_factory=list[str])

    def count(self, simulation: Simulation) -> None:
        """Add one schedule that has ended."""
        deliveries = simulation.ledger.completed + simulation.ledger.dead
        self.schedules += 1
        self.crashed += simulation.faults.crashes > 0
        self.deliveries += deliveries
        self.fewest = min(self.fewest, deliveries)

    def add(self, other: "Figures") -> None:
        """Add those of other schedules."""
        self.schedules += other.schedules
        self.crashed += other.crashed
        self.deliveries += other.deliveries
        self.fewest = min(self.fewest, other.fewest)
        self.cpu_s += other.cpu_s
        self.failures += other.failures

    def __str__(self) -> str:
        return (
            f"{self.schedules} schedules, a crash in {self.crashed}, "
            f"{self.deliveries} deliveries (at least {self.fewest} in each), "
            f"{self.cpu_s:.0f} s of processor time, {len(self.failures)} failed"
        )


class Worlds:
    """The scenarios of this process, each made when it is first needed."""

    def __init__(self) -> None:
        self._kept = ExitStack()
        self._scenarios: dict[str, Callable[[Simulation], None]] = {
            "couriers": couriers.scenario
        }

    def scenario(self, world: str) -> Callable[[Simulation], None]:
        """Return the scenario of a world, by its name."""
        if world not in self._scenarios:
            made = self._kept.enter_context(library_world())
            self._scenarios["library"] = made.scenario
        return self._scenarios[world]

    def close(self) -> None:
        """Let go of them; they are made again when they are needed again."""
        self._kept.close()
        self._scenarios.pop("library", None)


worlds = Worlds()
"""Of this process."""

atexit.register(worlds.close)


def run_chunk(chunk: Chunk) -> Figures:
    """Run some schedules, in whatever process this is."""
    logging.disable(logging.CRITICAL)
    figures = Figures()
    scenario = worlds.scenario(chunk.world)
    began = time.process_time()
    for seed in chunk.seeds:
        try:
            figures.count(simulate(scenario, seed))
        except ScheduleError as error:
            figures.failures.append(_failure(chunk.world, error))
    figures.cpu_s = time.process_time() - began
    return figures


def _failure(world: str, error: ScheduleError) -> str:
    end = "\n".join(error.trace.splitlines()[-_SHOWN_LINES:])
    return (
        f"{end}\n{world}, seed {error.seed}: {error.__cause__}\n"
        f"replay it: python -m tests.simulation.campaign --replay {world} {error.seed}"
    )


def chunks(schedules: int, seed: int) -> Iterator[Chunk]:
    """Yield the work: the tree's part first, for it takes longest."""
    of_tree = schedules // ONE_IN
    for world, count in (("library", of_tree), ("couriers", schedules - of_tree)):
        for first in range(seed, seed + count, _AT_ONCE):
            seeds = range(first, min(first + _AT_ONCE, seed + count))
            yield Chunk(world, seeds)


def campaign(schedules: int, seed: int, processes: int) -> dict[str, Figures]:
    """Run all of it; returns the figures of each world."""
    figures = {"couriers": Figures(), "library": Figures()}
    work = list(chunks(schedules, seed))
    with ProcessPoolExecutor(
        processes, multiprocessing.get_context("spawn")
    ) as executor:
        for chunk, found in zip(work, executor.map(run_chunk, work), strict=True):
            figures[chunk.world].add(found)
            for failure in found.failures:
                print(failure, flush=True)
    return figures


def replay(world: str, seed: int) -> int:
    """Run one schedule and print everything that happened in it."""
    logging.disable(logging.CRITICAL)
    try:
        print(simulate(worlds.scenario(world), seed).trace)
    except ScheduleError as error:
        print(f"{error.trace}\nfailed: {error.__cause__}")
        return 1
    finally:
        worlds.close()
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    parser = argparse.ArgumentParser(description="Run simulated schedules.")
    parser.add_argument("--schedules", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--replay", nargs=2, metavar=("WORLD", "SEED"))
    options = parser.parse_args(arguments)
    if options.replay is not None:
        return replay(options.replay[0], int(options.replay[1]))
    began = time.monotonic()
    figures = campaign(options.schedules, options.seed, options.processes)
    for world, found in figures.items():
        print(f"{world}: {found}")
    print(f"{time.monotonic() - began:.0f} s with {options.processes} processes")
    return 0 if all(map(_holds, figures.values())) else 1


def _holds(figures: Figures) -> bool:
    if not figures.schedules:
        return not figures.failures
    enough = figures.fewest >= _FEWEST_DELIVERIES
    return not figures.failures and enough and 2 * figures.crashed >= figures.schedules


if __name__ == "__main__":
    sys.exit(main())
