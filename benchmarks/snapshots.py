"""Snapshots beside restic's: `python benchmarks/snapshots.py FOLDER`.

Both do the same to the same files, in turns, because machines are shared and noisy:
the first snapshot, one more with nothing changed, one file restored, everything
restored, every byte verified. Of restic that is the time of a whole process, as it has
no other; of ours it is the time that a running system takes, where the program is
loaded already, and in brackets that of a whole process that does nothing else. Then
61 snapshots are pruned to 5. The folder is copied first; it is only read.

Needs Debian's `restic`; with `--smoke` it is left out where it is missing.
"""

import argparse
import importlib
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import psutil

LIMITS = {
    "first": 1.7,
    "nothing changed": 0.3,
    "one file": 0.3,
    "full restore": 1.2,
    "full verify": 0.8,
}
"""The most that ours may take, in times of restic's."""

SIZE_LIMIT = 1.0
MEMORY_LIMIT_MB = 250.0
SNAPSHOTS, KEPT = 61, 5
_SAMPLE_S = 0.01
_LEAST_BYTES = 1000
_PLAIN = re.compile(r"[\w ./-]+", re.ASCII)
"""A path that restic does not take for a pattern."""

_CHANGED_BYTES = 200_000
_PASSWORD = "measured"  # noqa: S105 -- of a repository that is thrown away


class Turn(NamedTuple):
    """What one turn measured."""

    ours: dict[str, float]
    """Seconds by step."""

    whole: dict[str, float]
    """Likewise, of the whole process."""

    restic: dict[str, float]
    ours_bytes: int
    restic_bytes: int
    memory_mb: float


def main() -> int:
    """Print each turn and the medians; 1 when a limit is passed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the library")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument(
        "--smoke", action="store_true", help="one turn; the limits are not judged"
    )
    parser.add_argument("--step", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    folder: Path = options.folder.absolute()
    if options.step:
        _do(folder, *options.step)
        return 0
    has_restic = shutil.which("restic") is not None
    if not has_restic and not options.smoke:
        parser.error("restic is not installed; apt-get install restic, or --smoke")
    with tempfile.TemporaryDirectory() as name:
        library = Path(name) / "library"
        shutil.copytree(folder, library, symlinks=True)
        turns = [
            _turn(library, Path(name), restic=has_restic)
            for _ in range(1 if options.smoke else options.turns)
        ]
        held = not has_restic or _judged(turns)
        held &= _pruned(library, Path(name) / "pruned")
    if options.smoke:
        return 0
    print("limits held" if held else "limits NOT held")
    return 0 if held else 1


# -- ours -------------------------------------------------------------------------


def _do(library: Path, step: str, repository: str, target: str = "") -> None:
    """Do one step in this process; print the seconds that it took."""
    from orquestrador.snapshots import SnapshotRepository  # noqa: PLC0415 -- not for restic's

    for part in ("building", "restoring", "verifying"):
        importlib.import_module(f"orquestrador.snapshots.{part}")
    began = time.perf_counter()
    reads = step != "create"
    with SnapshotRepository(Path(repository), read_only=reads) as opened:
        match step:
            case "create":
                with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as executor:
                    opened.create(
                        library,
                        reason="measured",
                        now=datetime.now(UTC),
                        executor=executor,
                    )
            case "restore":
                _require(not opened.restore(to=Path(target)).refused, "restored")
            case "verify":
                _require(not opened.verify().problems, "sound")
            case _:
                restored = opened.restore(to=Path(target), path=step)
                _require(restored.written == 1, "one file restored")
    print(time.perf_counter() - began)


def _ours(library: Path, place: Path, one: str) -> "dict[str, Ran]":
    repository = str(place / "ours")
    steps = {
        "first": ["create", repository],
        "nothing changed": ["create", repository],
        "one file": [one, repository, str(place / "one")],
        "full restore": ["restore", repository, str(place / "all")],
        "full verify": ["verify", repository],
    }
    command = [sys.executable, __file__, str(library), "--step"]
    found = {name: _run([*command, *words]) for name, words in steps.items()}
    _require_same(library, place / "all")
    shutil.rmtree(place / "all")
    shutil.rmtree(place / "one")
    return found


# -- restic's ---------------------------------------------------------------------


def _restic(library: Path, place: Path, one: str) -> dict[str, float]:
    repository = place / "restic"
    command = ["restic", "--quiet", "--repo", str(repository)]
    _run([*command, "init"])
    restore = [*command, "restore", "latest", "--target"]
    steps = {
        "first": [*command, "backup", str(library)],
        "nothing changed": [*command, "backup", str(library)],
        "one file": [*restore, str(place / "one"), "--include", str(library / one)],
        "full restore": [*restore, str(place / "all")],
        "full verify": [*command, "check", "--read-data"],
    }
    found = {name: _run(words).seconds for name, words in steps.items()}
    shutil.rmtree(place / "all")
    shutil.rmtree(place / "one")
    return found


# -- turns ------------------------------------------------------------------------


def _turn(library: Path, folder: Path, *, restic: bool) -> Turn:
    one = next(
        path.relative_to(library).as_posix()
        for path in sorted(library.rglob("*"))
        if path.is_file()
        and path.stat().st_size > _LEAST_BYTES
        and _PLAIN.fullmatch(path.relative_to(library).as_posix())
    )
    with tempfile.TemporaryDirectory(dir=folder) as name:
        place = Path(name)
        theirs = _restic(library, place, one) if restic else {}
        ours = _ours(library, place, one)
        turn = Turn(
            {step: float(ran.printed) for step, ran in ours.items()},
            {step: ran.seconds for step, ran in ours.items()},
            theirs,
            _size(place / "ours"),
            _size(place / "restic"),
            max(ran.memory_mb for ran in ours.values()),
        )
    for step, seconds in turn.ours.items():
        beside = f"   restic {theirs[step]:6.2f} s" if restic else ""
        whole = f"({turn.whole[step]:.2f} s)"
        print(f"  {step:16} {seconds:6.2f} s {whole:>9}{beside}", flush=True)
    print(
        f"  repository {turn.ours_bytes / 1e6:.1f} MB"
        + (f", restic's {turn.restic_bytes / 1e6:.1f} MB" if restic else "")
        + f"; peak memory {turn.memory_mb:.0f} MB",
        flush=True,
    )
    return turn


def _judged(turns: Sequence[Turn]) -> bool:
    """Print the medians of the turns' ratios; whether all limits are kept."""
    held = True
    for step, limit in LIMITS.items():
        ratio = statistics.median(turn.ours[step] / turn.restic[step] for turn in turns)
        held &= ratio <= limit
        print(f"{step:16} {ratio:5.2f} of restic's time (limit {limit})")
    size = statistics.median(turn.ours_bytes / turn.restic_bytes for turn in turns)
    memory_mb = max(turn.memory_mb for turn in turns)
    print(f"repository size  {size:5.2f} of restic's (limit {SIZE_LIMIT})")
    print(f"peak memory      {memory_mb:5.0f} MB (limit {MEMORY_LIMIT_MB:.0f})")
    return held and size <= SIZE_LIMIT and memory_mb <= MEMORY_LIMIT_MB


def _pruned(library: Path, place: Path) -> bool:
    """Take 61 snapshots, prune them to 5; whether the space is given back."""
    from orquestrador.snapshots import Keep, SnapshotRepository  # noqa: PLC0415 -- not for the steps

    begin = datetime(2026, 1, 1, tzinfo=UTC)
    changing = library / "changing.mq4"
    with SnapshotRepository(place) as repository:
        repository.create(library, reason="first", now=begin)
        alone = _size(place)
        for day in range(1, SNAPSHOTS):
            changing.write_bytes(os.urandom(_CHANGED_BYTES))
            moment = begin + timedelta(days=day)
            repository.create(library, reason=f"day {day}", now=moment)
        before = _size(place)
        began = time.perf_counter()
        repository.prune(Keep(last=KEPT), now=begin + timedelta(days=SNAPSHOTS))
        seconds = time.perf_counter() - began
        _require(len(repository.list()) == KEPT, "pruned to what was to be kept")
        _require(not repository.verify().problems, "sound after the prune")
    changing.unlink()
    after = _size(place)
    # Each snapshot that is kept may have a content, its folder and a manifest more.
    gone = 1 - (after - alone) / (before - alone)
    print(
        f"{SNAPSHOTS} snapshots pruned to {KEPT} in {seconds:.1f} s: "
        f"{before / 1e6:.1f} MB became {after / 1e6:.1f} MB; {100 * gone:.0f} % of "
        "what came after the first is given back"
    )
    return gone >= 1 - (KEPT + 1) / SNAPSHOTS


# -- the parts --------------------------------------------------------------------


class Ran(NamedTuple):
    """What a command took."""

    seconds: float
    memory_mb: float
    """At its peak."""

    printed: str


def _run(command: Sequence[str]) -> Ran:
    """Run a command to its end.

    Raises:
        SystemExit: if it fails.

    """
    environment = {**os.environ, "RESTIC_PASSWORD": _PASSWORD}
    began = time.perf_counter()
    with subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        peak = 0
        watched = psutil.Process(process.pid)
        while process.poll() is None:
            peak = max(peak, _resident(watched))
            time.sleep(_SAMPLE_S)
        seconds = time.perf_counter() - began
        printed = process.stdout.read() if process.stdout else ""
        if process.returncode:
            raise SystemExit(f"{' '.join(command)}: {printed}")
    return Ran(seconds, peak / 1e6, printed)


def _resident(process: psutil.Process) -> int:
    try:
        return process.memory_info().rss
    except psutil.Error:
        return 0  # It has just ended.


def _size(folder: Path) -> int:

    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _require_same(library: Path, restored: Path) -> None:
    for path in library.rglob("*"):
        if path.is_file():
            twin = restored / path.relative_to(library)
            _require(twin.read_bytes() == path.read_bytes(), f"{path} is the same")


def _require(holds: bool, what: str) -> None:  # noqa: FBT001 -- read as a sentence
    if not holds:
        raise SystemExit(f"not {what}")


if __name__ == "__main__":
    sys.exit(main())
