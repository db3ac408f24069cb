"""Shards of a folder by each engine: how quick, and whether it is the same.

    python benchmarks/shards.py FOLDER [--engines processes,ray] [--workers 2]
        [--rounds 2] [--most-files N] [--smoke]

Classifies the folder into a folder of parts with each engine, in turns (a, b, b, a),
and prints one figure a line: the seconds until the first shard was done (what the
engine takes to start), the files a second from then on, each engine's steady rate as a
share of the first one's, and whether all folders are the same, byte for byte. Exit
status 1 if they are not.

`--most-files` takes the first so many files, a copy of which is made; `--smoke` is one
round with shards of a few files.
"""

import argparse
import hashlib
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from orquestrador.messages.run import RunFinished, RunProgressed
from orquestrador.sharding import Sharding
from orquestrador.shards.planning import SHARD_BYTES, ShardOptions


class Round(NamedTuple):
    """One engine, once over the folder."""

    start_s: float
    """Until the first shard was done."""

    rate: float
    """Files a second after that."""

    digest: str
    """Of all names and bytes of the output."""


def measure(folder: Path, engine: str, workers: int, shard_bytes: int) -> Round:
    """Classify the folder once."""
    settings = {"classification": {"engine": engine, "workers": workers}}
    options = ShardOptions(shard_bytes=shard_bytes, input_format="folder")
    with tempfile.TemporaryDirectory() as place:
        to = Path(place) / "out"
        began = time.perf_counter()
        told: list[tuple[float, int]] = []
        sharding = Sharding([folder], to, options=options, settings=settings)
        with sharding:
            for event in sharding.run.events():
                if isinstance(event, RunProgressed) and event.settled:
                    told.append((time.perf_counter(), event.settled))
                if isinstance(event, RunFinished) and event.problem is not None:
                    sys.exit(f"{engine}: {event.problem}")
        (first_at, first), (last_at, last) = told[0], told[-1]
        rate = (last - first) / (last_at - first_at) if last > first else 0.0
        return Round(first_at - began, rate, digest(to))


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
            print(f"{engine}: start {last.start_s:.1f} s, {last.rate:.1f} files/s")
    medians = {
        engine: statistics.median(each.rate for each in some)
        for engine, some in found.items()
    }
    first = medians[engines[0]]
    for engine, rate in medians.items():
        if first:
            print(f"{engine}: {rate / first:.2f} of {engines[0]}")
    same = len({each.digest for some in found.values() for each in some}) == 1
    print(f"the same bytes: {'yes' if same else 'NO'}")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
