"""How fast a whole library is classified: `python benchmarks/library.py FOLDER`.

The yardstick is `sha256sum` over the same files, run in turns with ours in this
script, because machines are shared and noisy. Each turn is one yardstick, one first
run with an empty state folder and one second run with nothing changed, all as whole
processes. Modules are compiled before, as those of an installed program are. Needs
`find`, `xargs` and `sha256sum`.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

FIRST_RUN_LIMIT = 3.0
SECOND_RUN_LIMIT = 0.35
MEMORY_LIMIT_MB = 250.0
_SAMPLE_S = 0.02


def main() -> int:
    """Print the figures of each turn and their medians; 1 when a limit is passed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the library")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument(
        "--smoke", action="store_true", help="one turn; the limits are not judged"
    )
    options = parser.parse_args()
    folder: Path = options.folder.absolute()
    files, size = _count(folder)
    print(f"{folder.name}: {files} files, {size / 1e6:.0f} MB")
    _yardstick(folder)  # The page cache is warm from here on.
    with tempfile.TemporaryDirectory() as compiled:
        environment = _compile(Path(compiled))
        turns = [
            _turn(folder, environment)
            for _ in range(1 if options.smoke else options.turns)
        ]
    first, second, memory = _report(turns, files)
    if options.smoke:
        return 0
    held = (
        first <= FIRST_RUN_LIMIT
        and second <= SECOND_RUN_LIMIT
        and memory <= MEMORY_LIMIT_MB
    )
    print("limits held" if held else "limits NOT held")
    return 0 if held else 1


def _compile(folder: Path) -> Mapping[str, str]:
    """Return an environment in which every module that a run loads is compiled."""
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(folder / "modules")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    library = folder / "library"
    library.mkdir()
    (library / "expert.mq4").write_text("int start() { return 0; }", "utf-8")
    for _ in range(2):
        _run(_command(library, folder / "state"), environment)
    return environment


def _command(library: Path, state: Path) -> list[str]:
    return [
        *(sys.executable, "-m", "orquestrador"),
        *("--library", str(library), "--state", str(state)),
        *("classify", "--no-backup", "--no-report", "--yes"),
    ]


def _turn(
    folder: Path, environment: Mapping[str, str]
) -> tuple[float, float, float, float]:
    with tempfile.TemporaryDirectory() as state:
        command = _command(folder, Path(state) / "state")
        yardstick = _yardstick(folder)
        first, memory = _run(command, environment)
        _require_classified(command[:7])
        second, _ = _run(command, environment)
    print(
        f"  sha256sum {yardstick:.2f} s   first run {first:.2f} s "
        f"({first / yardstick:.2f})   second run {second:.2f} s "
        f"({second / yardstick:.2f})   peak memory {memory:.0f} MB"
    )
    return yardstick, first, second, memory


def _require_classified(orquestrador: list[str]) -> None:
    """End with an error when files failed: they would cost less time than others."""
    status = json.loads(
        subprocess.run(
            [*orquestrador, "--json", "status"], capture_output=True, check=True
        ).stdout
    )
    reasons = [*status["summary"]["unknown"], *status["summary"]["unread"]]
    failed = [each["code"] for each in reasons if "classification" in each["code"]]
    if failed:
        raise SystemExit(f"files failed, so that no time means anything: {failed}")


def _report(
    turns: list[tuple[float, float, float, float]], files: int
) -> tuple[float, float, float]:
    first = statistics.median(turn[1] / turn[0] for turn in turns)
    second = statistics.median(turn[2] / turn[0] for turn in turns)
    memory = max(turn[3] for turn in turns)
    rate = files / statistics.median(turn[1] for turn in turns)
    print(f"first run   {first:.2f} times sha256sum (limit {FIRST_RUN_LIMIT})")
    print(f"second run  {second:.2f} times sha256sum (limit {SECOND_RUN_LIMIT})")
    print(f"peak memory {memory:.0f} MB, all processes (limit {MEMORY_LIMIT_MB:.0f})")
    print(f"rate        {rate:.0f} files/s, {rate * 60:.0f} files/min on the first run")
    return first, second, memory


def _yardstick(folder: Path) -> float:
    began = time.perf_counter()
    find = subprocess.Popen(
        ["find", str(folder), "-type", "f", "-print0"], stdout=subprocess.PIPE
    )
    subprocess.run(
        ["xargs", "-0", "sha256sum"],
        stdin=find.stdout,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    find.wait()
    return time.perf_counter() - began


def _run(command: Sequence[str], environment: Mapping[str, str]) -> tuple[float, float]:
    """Return seconds and the peak of the resident MB of all its processes."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment)
    peak = _Peak(process.pid)
    status = process.wait()
    elapsed = time.perf_counter() - began
    if status:
        raise SystemExit(f"{' '.join(command)} ended with {status}")
    return elapsed, peak.stop()


class _Peak:
    """Samples the resident memory of a process and its children."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._most = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sample)
        self._thread.start()

    def stop(self) -> float:
        self._ended.set()
        self._thread.join()
        return self._most

    def _sample(self) -> None:
        while not self._ended.wait(_SAMPLE_S):
            total = 0
            try:
                for each in (self._process, *self._process.children(recursive=True)):
                    total += each.memory_info().rss
            except psutil.Error:
                continue
            self._most = max(self._most, total / 1024 / 1024)


def _count(folder: Path) -> tuple[int, int]:
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    return len(sizes), sum(sizes)


if __name__ == "__main__":
    sys.exit(main())
