"""What a kill at any moment costs: `python benchmarks/kills.py [FOLDER] --kills N`.

With `--kind snapshot`, `prune`, `restore` (into the library), `apply` or `undo` (of
`organize`), or with several of them, a program that does that is killed at a random
moment, N times for each kind; `--kind all` is every one, and a line a kind is printed:

    python benchmarks/kills.py --kind all --kills 100 --seed 1

Afterwards every listed snapshot must restore bit for bit and `git fsck --full` be
clean, the next backup must run by itself, each file be the old one or the new one, and
going on or taking back end in one of the two states (kills_of_files.py).

Without `--kind` it is whole runs. A round begins with an empty state folder and runs
`orquestrador classify` over the library, with backup and report. At random moments,
drawn over the time that an undisturbed run takes, either the main process or one of its
workers is ended by SIGKILL (on Windows by TerminateProcess). After a kill of the main
process the command is started again at once, on the same state folder, and again until
a run comes to its end; then once more, undisturbed. Then it must hold that

- every run that was not killed itself ended with exit status 0: nothing was locked,
- the export is byte for byte that of an undisturbed run,
- `git fsck --full` finds nothing wrong with the snapshot repository, and the snapshot
  restores to the library, bit for bit,
- no process that a killed one had started is there a few seconds later.

Without FOLDER a library of some hundred files is made from examples/library. Only
processes that this script started are ended. Prints a line a round and the figures of
all; exit status 1 when something did not hold.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import kills_of_files
import psutil
from kills_of_files import KINDS, Kind

KILLS_A_ROUND = 5
LEFT_BEHIND_LIMIT_S = 5.0
_START_S = 0.5
_MARK = "BENCHMARK_KILLS_CAMPAIGN"
_EXAMPLES = Path(__file__).resolve().parents[1] / "examples" / "library"


class DoesNotHoldError(Exception):
    """A promise that was broken; the text says which."""


class Campaign:
    """Rounds of kills over one library."""

    def __init__(self, library: Path, scratch: Path, dice: random.Random) -> None:
        """Take the measure of an undisturbed run."""
        self.library = library
        self.scratch = scratch
        self.dice = dice
        self.killed_mains = 0
        self.killed_workers = 0
        self.longest_left_s = 0.0
        self._mark = uuid.uuid4().hex
        began = time.monotonic()
        state = scratch / "undisturbed"
        self._finish(self._start(state))
        self.run_s = time.monotonic() - began
        self.expected = self._export(state)

    @property
    def kills(self) -> int:
        """Kills so far."""
        return self.killed_mains + self.killed_workers

    def round(self, most: int) -> None:
        """Kill until a run comes to its end or `most` were killed, then check.

        Raises:
            DoesNotHoldError: if a promise is broken.

        """
        state = Path(tempfile.mkdtemp(prefix="state-", dir=self.scratch))
        until, left_s = self.kills + most, self.run_s
        run = self._start(state)
        began, before = time.monotonic(), self.kills
        while self.kills < until:
            moment_s = self.dice.uniform(0.0, left_s)
            if _ends_within(run, moment_s):
                if self.kills == before:
                    # The machine is less busy now than when the measure was taken.
                    self.run_s = min(self.run_s, time.monotonic() - began)
                break
            # What is left takes about the rest of the time, and its own start.
            left_s = max(_START_S, left_s - moment_s + _START_S)
            if self.dice.random() < 0.5:
                self._kill_worker(run)
            else:
                self._kill_main(run)
                run = self._start(state)
        self._finish(run)
        # A content on which two processes were killed is named and tried again by the
        # next run: the promise is about a run that is left alone.
        self._finish(self._start(state))
        self._check(state)
        shutil.rmtree(state)

    def _start(self, state: Path) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            self._command(state, "classify", "--yes"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,  # A line or two: the pipe holds them.
            env={**os.environ, _MARK: self._mark},
        )

    def _command(self, state: Path, *arguments: str) -> list[str]:
        return [
            *(sys.executable, "-m", "orquestrador", "--quiet"),
            *("--library", str(self.library), "--state", str(state), *arguments),
        ]

    def _kill_worker(self, run: "subprocess.Popen[bytes]") -> None:
        workers = list(_children(run.pid))
        if workers:
            self.dice.choice(workers).kill()
            self.killed_workers += 1

    def _kill_main(self, run: "subprocess.Popen[bytes]") -> None:
        run.kill()
        run.communicate()
        self.killed_mains += 1
        began = time.monotonic()
        while left := list(self._left_behind()):
            left_s = time.monotonic() - began
            if left_s > LEFT_BEHIND_LIMIT_S:
                raise DoesNotHoldError(f"left behind after {left_s:.1f} s: {left}")
            time.sleep(0.02)
        self.longest_left_s = max(self.longest_left_s, time.monotonic() - began)

    def _left_behind(self) -> Iterator[psutil.Process]:
        for process in psutil.process_iter():
            try:
                if (
                    process.status() != psutil.STATUS_ZOMBIE
                    and process.environ().get(_MARK) == self._mark
                ):
                    yield process
            except psutil.Error:
                # Not ours to look at, or gone: either way not what we look for.
                continue

    def _finish(self, run: "subprocess.Popen[bytes]") -> None:
        _output, words = run.communicate()
        if run.returncode != 0:
            raise DoesNotHoldError(
                f"a run ended with exit status {run.returncode}: "
                f"{words.decode('utf-8', 'replace').strip()}"
            )

    def _export(self, state: Path) -> bytes:
        file = state / "export.jsonl"
        self._call(self._command(state, "export", str(file)))
        return file.read_bytes()

    def _check(self, state: Path) -> None:
        if self._export(state) != self.expected:
            raise DoesNotHoldError(
                f"the export differs from an undisturbed one's: {state}"
            )
        repository = state / "snapshots"
        if shutil.which("git") is not None:
            self._call(["git", "-C", str(repository), "fsck", "--full", "--strict"])
        if stale := list(repository.rglob("*.lock")):
            raise DoesNotHoldError(f"left locked: {stale}")
        restored = state / "restored"
        self._call(self._command(state, "backup", "restore", "--to", str(restored)))
        if _contents(restored) != _contents(self.library):
            raise DoesNotHoldError(f"{restored} is not the library")

    def _call(self, command: list[str]) -> None:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
        if done.returncode != 0:
            raise DoesNotHoldError(
                f"{' '.join(command)} ended with {done.returncode}: "
                f"{done.stderr.decode('utf-8', 'replace').strip()}"
            )


def main() -> int:
    """Run the campaign; 1 when something did not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", help="the library")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--files", type=int, default=1200, help="of the library made")
    parser.add_argument(
        "--kind", nargs="+", choices=["run", *KINDS, "all"], default=["run"]
    )
    options = parser.parse_args()
    kinds = list(KINDS) if "all" in options.kind else options.kind
    status = _kill_kinds([each for each in kinds if each in KINDS], options)
    if status or ("run" not in kinds and "all" not in options.kind):
        return status
    with tempfile.TemporaryDirectory(prefix="kills-") as scratch:
        library = options.folder or made_library(Path(scratch), options.files)
        try:
            dice = random.Random(options.seed)  # noqa: S311 -- repeatable, not secret
            campaign = Campaign(library.absolute(), Path(scratch), dice)
            return _run(campaign, options.kills)
        except DoesNotHoldError as error:
            print(f"does NOT hold (seed {options.seed}): {error}")
            return 1


def _kill_kinds(kinds: list[str], options: argparse.Namespace) -> int:
    if kinds:
        print(f"{'kind':10} {'kills':>6} {'too late':>9} {'seconds':>8}")
    for name in kinds:
        began = time.monotonic()
        # Of each kind its own: the same kills, whatever else is asked for.
        dice = random.Random(f"{options.seed}/{name}")  # noqa: S311 -- repeatable
        with tempfile.TemporaryDirectory(prefix="kills-") as scratch:
            try:
                too_late = _kill_kind(KINDS[name], Path(scratch), dice, options.kills)
            except kills_of_files.DoesNotHoldError as error:
                print(f"{name} does NOT hold (seed {options.seed}): {error}")
                return 1
        seconds = time.monotonic() - began
        print(f"{name:10} {options.kills:6} {too_late:9} {seconds:8.1f}", flush=True)
    if kinds:
        print("all holds")
    return 0


def _kill_kind(make: type[Kind], scratch: Path, dice: random.Random, kills: int) -> int:
    """Kill so often; return how often the program had come to its end before."""
    kind = make(scratch, dice)
    kind.prepare()
    began = time.monotonic()
    _ends(_begun(kind), None)
    whole_s = time.monotonic() - began
    kind.check()
    killed = too_late = 0
    while killed < kills:
        kind.prepare()
        program = _begun(kind)
        began = time.monotonic()
        if _ends(program, dice.uniform(0.0, whole_s)):
            too_late += 1
            # The machine is less busy now than when the measure was taken.
            whole_s = min(whole_s, time.monotonic() - began)
        else:
            killed += 1
        kind.check()
    return too_late


def _begun(kind: Kind) -> "subprocess.Popen[bytes]":
    program = subprocess.Popen(
        [sys.executable, kills_of_files.__file__, kind.name, kind.folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    if program.stdout is None or program.stdout.readline() != b"ready\n":
        raise kills_of_files.DoesNotHoldError("the program did not start")
    return program


def _ends(program: "subprocess.Popen[bytes]", seconds: float | None) -> bool:
    """Let a program work for so long, then kill it; return whether it had ended."""
    with program:
        if program.stdin is not None:
            program.stdin.write(b"\n")
            program.stdin.flush()
        try:
            status = program.wait(seconds)
        except subprocess.TimeoutExpired:
            program.kill()
            return False
    if status != 0:
        raise kills_of_files.DoesNotHoldError(f"it ended with exit status {status}")
    return True


def _run(campaign: Campaign, kills: int) -> int:
    print(f"an undisturbed run takes {campaign.run_s:.1f} s")
    rounds = 0
    while campaign.kills < kills:
        campaign.round(min(KILLS_A_ROUND, kills - campaign.kills))
        rounds += 1
        print(f"round {rounds} holds, {campaign.kills} kills so far", flush=True)
    print(
        f"{campaign.killed_mains} kills of the main process, "
        f"{campaign.killed_workers} of workers, in {rounds} rounds; "
        f"workers outlived it by at most {campaign.longest_left_s:.2f} s\nall holds"
    )
    return 0


def made_library(scratch: Path, files: int) -> Path:
    """Copy the examples until there are `files`, most of them edited a little."""
    library = scratch / "library"
    examples = sorted(
        path
        for path in _EXAMPLES.rglob("*")
        if path.is_file() and ".orquestrador" not in path.parts
    )
    for number in range(files):
        example = examples[number % len(examples)]
        turn = number // len(examples)
        place = library / f"Copy {turn}" / example.relative_to(_EXAMPLES)
        place.parent.mkdir(parents=True, exist_ok=True)
        # Every fourth turn is an exact copy; the others are contents of their own.
        note = b"" if turn % 4 == 0 else f"\n// edition {turn}\n".encode()
        place.write_bytes(example.read_bytes() + note)
    return library


def _children(pid: int) -> Iterator[psutil.Process]:
    try:
        yield from psutil.Process(pid).children()
    except psutil.Error:
        # It has ended by itself: nobody is there to be killed.
        return


def _ends_within(run: "subprocess.Popen[bytes]", seconds: float) -> bool:
    try:
        run.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def _contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


if __name__ == "__main__":
    sys.exit(main())
