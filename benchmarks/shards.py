"""Shards of a folder by each engine: how quick, and whether it is the same.

    python benchmarks/shards.py FOLDER [--engines processes,ray] [--workers 2]
        [--rounds 2] [--most-files N] [--smoke]

Classifies the folder into a folder of parts with each engine, in turns (a, b, b, a),
and prints one figure a line: the seconds until the first shard was done (what the
engine takes to start), the files a second from then on, and what a thousand files cost
in seconds of a core, of all processes together: that says the same on a machine that
does other things, where worker processes let others go first and Ray's do not. Then
each engine's rates as a share of the first one's, and whether all folders are the same,
byte for byte. Exit status 1 if they are not.

`--most-files` takes the first so many files, a copy of which is made; `--smoke` is one
round with shards of a few files.
"""

import argparse
import contextlib
import hashlib
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import psutil

from orquestrador.messages.run import RunFinished, RunProgressed
from orquestrador.sharding import Sharding
from orquestrador.shards.planning import SHARD_BYTES, ShardOptions


class Round(NamedTuple):
    """One engine, once over the folder."""

    start_s: float
    """Until the first shard was done."""

    rate: float
    """Files a second after that."""

    core_rate: float
    """Files a second of a core after that."""

    digest: str
    """Of all names and bytes of the output."""


def measure(folder: Path, engine: str, workers: int, shard_bytes: int) -> Round:
    """Classify the folder once."""
    settings = {"classification": {"engine": engine, "workers": workers}}
    options = ShardOptions(shard_bytes=shard_bytes, input_format="folder")
    with tempfile.TemporaryDirectory() as place:
        to = Path(place) / "out"
        began = time.perf_counter()
        told: list[Told] = []
        sharding = Sharding([folder], to, options=options, settings=settings)
        with sharding:
            for event in sharding.run.events():
                if isinstance(event, RunProgressed) and event.settled:
                    told.append(Told(time.perf_counter(), event.settled, core_s()))
                if isinstance(event, RunFinished) and event.problem is not None:
                    sys.exit(f"{engine}: {event.problem}")
        first = told[0]
        # The processes may be gone when the last shard is told of.
        last = max(told, key=lambda each: each.core_s)
        files = last.files - first.files
        return Round(
            first.at - began,
            (told[-1].files - first.files) / max(told[-1].at - first.at, 0.001),
            files / max(last.core_s - first.core_s, 0.001),
            digest(to),
        )


class Told(NamedTuple):
    """How far a round was at a moment."""

    at: float
    files: int
    core_s: float


def core_s() -> float:
    """Return the seconds of a core that this process and its children have taken."""
    found = 0.0
    ours = psutil.Process()
    for each in (ours, *ours.children(recursive=True)):
        with contextlib.suppress(psutil.Error):
            times = each.cpu_times()
            found += times.user + times.system
    return found


def digest(to: Path) -> str:
    """Return a hash of all names and bytes of a folder."""
    found = hashlib.sha256()
    for each in sorted(to.iterdir()):
        found.update(f"{each.name} {each.stat().st_size}\n".encode())
        found.update(each.read_bytes())
    return found.hexdigest()


def turns(engines: list[str], rounds: int) -> list[str]:
    """Return who is measured when: there and back, so that a drift is nobody's."""
    order: list[str] = []
    for number in range(rounds):
        order += engines if number % 2 == 0 else engines[::-1]
    return order


def some_files(folder: Path, most: int, place: Path) -> Path:
    """Copy the first so many files of a folder."""
    files = sorted(each for each in folder.rglob("*") if each.is_file())
    for each in files[:most]:
        target = place / each.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(each, target)
    return place


def share(found: dict[str, list[Round]], engine: str, first: str, of: str) -> float:
    """Return an engine's median of a figure as a share of the first engine's."""
    ours, others = (
        statistics.median(getattr(each, of) for each in found[name])
        for name in (engine, first)
    )
    return ours / others if others else 0.0


def main() -> int:
    """Print the figures; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--engines", default="processes,ray")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--most-files", type=int)
    parser.add_argument("--smoke", action="store_true")
    given = parser.parse_args()
    engines: list[str] = given.engines.split(",")
    rounds, shard_bytes = (1, 20_000) if given.smoke else (given.rounds, SHARD_BYTES)
    with tempfile.TemporaryDirectory() as place:
        folder: Path = given.folder.absolute()
        if given.most_files:
            folder = some_files(folder, given.most_files, Path(place))
        found: dict[str, list[Round]] = {engine: [] for engine in engines}
        for engine in turns(engines, rounds):
            found[engine].append(measure(folder, engine, given.workers, shard_bytes))
            last = found[engine][-1]
            print(
                f"{engine}: start {last.start_s:.1f} s, {last.rate:.1f} files/s, "
                f"{1000 / max(last.core_rate, 0.001):.1f} s of a core a 1,000 files"
            )
    for engine in engines:
        rate = share(found, engine, engines[0], "rate")
        core_rate = share(found, engine, engines[0], "core_rate")
        print(f"{engine}: {rate:.2f} of {engines[0]}, {core_rate:.2f} by cores")
    same = len({each.digest for some in found.values() for each in some}) == 1
    print(f"the same bytes: {'yes' if same else 'NO'}")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
