"""One process of the campaign: inputs that a coverage-guided fuzzer makes.

`python -m tests.fuzz.target REPORT INPUTS SEED FOLDER` is called by campaign.py. The
fuzzer is libFuzzer through `atheris`: it keeps an input that reaches new branches of
the classification and mutates it further. Half of the mutations are its own, of bytes;
half put pieces of the seeds together, so that much of what is tried is still a
program.
"""

import os
import random
import sys
from heapq import heappushpop
from pathlib import Path

import atheris
import msgspec

with atheris.instrument_imports(include=["orquestrador.classification"]):
    from tests.fuzz import promises
from tests.fuzz.report import LONGEST, Report

KEPT = 12
"""Slowest inputs, by time for each byte, that are looked at again afterwards."""

LEAST_SLOW = 256
"""Bytes of an input that counts as slow: below it, a call's own cost shows."""

_SPLIT = b"\n"


class Target:
    """Classifies what it is given, until it has done its share."""

    def __init__(self, path: Path, inputs: int) -> None:
        """Write the report to `path` after so many inputs, and end the process."""
        self._path = path
        self._inputs = inputs
        self._report = Report()
        self._slow: list[tuple[float, bytes]] = [(0.0, b"")] * KEPT

    def __call__(self, data: bytes) -> None:
        """Check one input; what it raises ends the process and names the input."""
        result = promises.tried(data)
        report = self._report
        report.inputs += 1
        report.cpu_s += result.cpu_s
        report.programs += result.record.language != "unknown"
        report.labelled += bool(result.record.strategies or result.record.risk)
        if len(data) >= LEAST_SLOW:
            heappushpop(self._slow, (result.cpu_s / len(data), data))
        if report.inputs >= self._inputs:
            report.slowest = [each for _, each in self._slow if each]
            self._path.write_bytes(msgspec.msgpack.encode(report))
            # libFuzzer would go on, and offers no other way out.
            os._exit(0)


class Splicer:
    """Mutates programs as programs: lines and tokens of the seeds change places."""

    def __init__(self, seeds: list[bytes]) -> None:
        """Take pieces of `seeds`."""
        self._lines = [line for seed in seeds for line in seed.split(_SPLIT)]

    def __call__(self, data: bytes, most: int, seed: int) -> bytes:
        """Return another input of at most `most` bytes; libFuzzer's custom mutator."""
        chance = random.Random(seed)
        if chance.random() < 0.5:
            mutated: bytes = atheris.Mutate(data, most)
            return mutated
        lines = data.split(_SPLIT)
        for _ in range(chance.randint(1, 6)):
            self._change(lines, chance)
        changed = _SPLIT.join(lines)
        if chance.random() < 0.05:
            text = changed.decode("utf-8", errors="replace")
            changed = text.encode(chance.choice(["utf-16", "utf-16-le", "utf-8-sig"]))
        return changed[:most]

    def _change(self, lines: list[bytes], chance: random.Random) -> None:
        place = chance.randrange(len(lines))
        match chance.randrange(5):
            case 0:
                lines.insert(place, chance.choice(self._lines))
            case 1:
                first = chance.randrange(len(self._lines))
                lines[place:place] = self._lines[first : first + 12]
            case 2:
                lines[place : place + chance.randint(1, 8)] = [b""]
            case 3:
                words = lines[place].split(b" ")
                other = chance.choice(self._lines).split(b" ")
                words[chance.randrange(len(words))] = chance.choice(other)
                lines[place] = b" ".join(words)
            case _:
                lines[place] *= chance.randint(2, 5)


def main() -> None:
    """Fuzz until the share is done."""
    report, inputs, seed, folder = sys.argv[1:]
    seeds = [each.read_bytes() for each in sorted(Path(folder).iterdir())]
    artifacts = f"{Path(report).parent}{os.sep}"
    atheris.Setup(
        [
            sys.argv[0],
            f"-seed={seed}",
            f"-max_len={LONGEST}",
            f"-artifact_prefix={artifacts}",
            "-timeout=20",
            "-rss_limit_mb=1500",
            "-verbosity=0",
            folder,
        ],
        Target(Path(report), int(inputs)),
        custom_mutator=Splicer(seeds),
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
