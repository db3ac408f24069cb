"""Many mutated inputs: `python -m tests.fuzz.campaign --inputs 200000 --seed 1`.

Needs the extra `fuzz` (atheris, for Linux and macOS). Whatever the bytes are,
`classify` raises nothing, its record survives the codec, its evidence points at lines
that exist, and no martingale is ready for a prop firm (promises.py). Inputs are made by
a coverage-guided fuzzer from the sources of a folder, by default examples/library.

Afterwards the slowest inputs are repeated until they are a quarter of a megabyte, and
twice that: twice the size may take 2.3 times as long. Prints the figures; of an input
that breaks a promise its error and the file that holds it. Exit status: 0 all held, 1
something did not.
"""

import argparse
import itertools
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from orquestrador.classification import classify
from tests.fuzz.promises import name_for
from tests.fuzz.report import LONGEST, Report

# ruff: noqa: T201 -- a command prints

LIMIT = 2.3
"""Times as long for twice the size; quadratic time would show as four times."""

_SMALL = 250_000
_TURNS = 3
_AGAIN = 5
_SEED_SUFFIXES = (".mq4", ".mq5", ".mqh", ".pine", ".txt", "")
_MOST_SEEDS = 400


class _BrokenError(Exception):
    """An input broke a promise."""


def main() -> int:
    """Run the campaign; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--folder", type=Path, default=Path("examples/library"))
    parser.add_argument(
        "--limit",
        type=float,
        default=LIMIT,
        help="times as long for twice the size; wider beside other work",
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        reports = _fuzzed(options, Path(folder))
        if reports is None:
            return 1
    total = sum(each.inputs for each in reports)
    cpu_s = sum(each.cpu_s for each in reports)
    print(
        f"{total} inputs, {sum(each.programs for each in reports)} of them in a known "
        f"language, {sum(each.labelled for each in reports)} with labels; "
        f"{1000 * cpu_s / total:.2f} ms each: nothing raised, every promise held"
    )
    limit: float = options.limit
    worst = max(_growth(each, limit) for report in reports for each in report.slowest)
    print(f"slowest inputs, twice as long: at most {worst:.2f} times (limit {limit})")
    return 0 if worst <= limit else 1


def _fuzzed(options: argparse.Namespace, folder: Path) -> list[Report] | None:
    """Return what each process did; None when one found a broken promise."""
    share = -(-options.inputs // options.jobs)
    running: list[tuple[subprocess.Popen[str], Path]] = []
    for number in range(options.jobs):
        place = folder / str(number)
        seeds = place / "seeds"
        seeds.mkdir(parents=True)
        _copy_seeds(options.folder, seeds)
        report = place / "report"
        words = [report, share, options.seed * 1000 + number, seeds]
        command = [sys.executable, "-m", "tests.fuzz.target", *map(str, words)]
        running.append(
            (
                subprocess.Popen(
                    command, stderr=subprocess.PIPE, text=True, errors="replace"
                ),
                report,
            )
        )
    try:
        return [_reported(process, report) for process, report in running]
    except _BrokenError as error:
        print(error)
        return None
    finally:
        for process, _ in running:
            if process.poll() is None:
                process.kill()
                process.communicate()


def _reported(process: subprocess.Popen[str], report: Path) -> Report:
    _, errors = process.communicate()
    if process.returncode or not report.exists():
        kept: list[str] = []
        for each in report.parent.glob("*-*"):
            kept.append(f"fuzz-{each.name}")
            Path(kept[-1]).write_bytes(each.read_bytes())
        where = " ".join(kept) or "nowhere"
        raise _BrokenError(f"{errors[-4000:]}\nthe input is kept as {where}")
    return msgspec.msgpack.decode(report.read_bytes(), type=Report)


def _copy_seeds(folder: Path, seeds: Path) -> None:
    sources = sorted(
        each
        for each in folder.rglob("*")
        if each.is_file()
        and each.suffix.lower() in _SEED_SUFFIXES
        and ".orquestrador" not in each.parts
    )
    for number, each in enumerate(sources[:_MOST_SEEDS]):
        data = each.read_bytes()[:LONGEST]
        (seeds / f"{number:04}").write_bytes(data)


def _growth(data: bytes, limit: float) -> float:
    """Return how much longer the input takes when it is twice as long.

    What is over the limit is measured again: the machine may have been busy.
    """
    return min(itertools.islice(_until_held(data, limit), _AGAIN))


def _until_held(data: bytes, limit: float) -> Iterator[float]:
    while True:
        growth = _measured(data)
        yield growth
        if growth <= limit:
            return


def _measured(data: bytes) -> float:
    small = data * max(1, _SMALL // len(data))
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(_TURNS):
        for found, each in zip(times, (small, small + small), strict=True):
            began = time.process_time()
            classify(each, name_for(data))
            found.append(time.process_time() - began)
    # Below some milliseconds the clock, and not the input, is measured.
    return min(times[1]) / max(min(times[0]), 0.004)


if __name__ == "__main__":
    sys.exit(main())
