"""Disturbs everything that writes, at each of its steps, in every way there is.

    python -m tests.faults.filesystem.campaign [--cuts 20] [--seed 1] [NAME ...]

Prints a line for each way to disturb each of them, and at the end how often it was
done; exit status 1 when something did not hold, with what, where and by which seed.
Without NAME all of `worlds.WORLDS`. Some minutes; the tests do a part of it.
"""

import argparse
import os
import sys
import tempfile
import time
import traceback
import warnings
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.faults.filesystem.trials import TRIALS, DoesNotHoldError, Dose, Ground
from tests.faults.filesystem.worlds import WORLDS


def run(world: str, dose: Dose) -> list[tuple[str, str, int, float, str]]:
    """Disturb one world in every way.

    Returns:
        For each way: the world, the way, how often, seconds, what did not hold.

    """
    # Files of a program that was killed are closed by the collector.
    warnings.simplefilter("ignore", ResourceWarning)
    rows: list[tuple[str, str, int, float, str]] = []
    with tempfile.TemporaryDirectory(prefix="faults-") as scratch:
        folder = Path(scratch, "world")
        folder.mkdir()
        ground = Ground(WORLDS[world](folder))
        for how, trial in TRIALS.items():
            began = time.monotonic()
            times, problem = 0, ""
            try:
                times = trial(ground, dose)
            except DoesNotHoldError:
                problem = traceback.format_exc()
            rows.append((world, how, times, time.monotonic() - began, problem))
    return rows


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """Run the campaign; 1 when something did not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="*", choices=[[], *WORLDS], metavar="NAME")
    parser.add_argument("--cuts", type=int, default=20, help="outcomes of a power cut")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    dose = Dose(cuts=options.cuts, seed=options.seed)
    chosen = options.name or list(WORLDS)
    done, problems = 0, 0
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        pending = [pool.submit(run, world, dose) for world in chosen]
        for future in pending:
            for world, how, times, seconds, problem in future.result():
                say(f"{world:32} {how:28} {times:6} times {seconds:7.1f} s")
                done += times
                if problem:
                    problems += 1
                    say(f"does NOT hold (seed {options.seed}):\n{problem}")
    say(f"{done} disturbances; {problems or 'no'} promises broken")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
