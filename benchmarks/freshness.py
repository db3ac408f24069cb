"""How soon a save is in the catalog: `python benchmarks/freshness.py FOLDER`.

A copy of the library is watched while it is classified again and again, each time
every content anew, as if the rules had changed. Meanwhile files are saved in four
ways: written in place, written beside and renamed, copied in, moved in. Each save is
another content. From the moment that it is complete on disk until its row can be
read by another connection of another process (this one) counts, settling included.
"""

import argparse
import contextlib
import hashlib
import itertools
import math
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Generator, Sequence
from pathlib import Path

P50_LIMIT_MS = 250.0
P95_LIMIT_MS = 500.0
_LOOK_S = 0.002
_GIVEN_UP_S = 30.0


def main() -> int:
    """Print the figures of each way of saving and of all; 1 when a limit is passed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the library; it is copied")
    parser.add_argument("--saves", type=int, default=500)
    parser.add_argument("--pause-ms", type=float, default=150.0, help="between two")
    parser.add_argument("--idle", action="store_true", help="without the bulk work")
    parser.add_argument(
        "--smoke", action="store_true", help="12 saves; the limits are not judged"
    )
    parser.add_argument("--serve", nargs=2, type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve is not None:
        serve(*options.serve, bulk=not options.idle)
        return 0
    saves = 12 if options.smoke else options.saves
    with tempfile.TemporaryDirectory() as folder:
        place = Place(options.folder, Path(folder))
        print(f"{options.folder.name}: {place.files} files, copied", flush=True)
        with served(place, idle=options.idle) as runs:
            found = save_all(place, saves, options.pause_ms / 1000)
            print(f"classified all of it {runs()} times meanwhile")
    held = report(found)
    if options.smoke:
        return 0
    print("limits held" if held else "limits NOT held")
    return 0 if held else 1


# -- the system that is measured ---------------------------------------------------


def serve(library: Path, state: Path, *, bulk: bool) -> None:
    """Watch, and classify all again and again until standard input ends."""
    from orquestrador import Orchestrator  # noqa: PLC0415 -- in its own process alone

    ended = threading.Event()

    def wait() -> None:
        sys.stdin.read()
        ended.set()

    threading.Thread(target=wait, daemon=True).start()
    with Orchestrator(library, state=state, watch=True) as orq:
        orq.classify(backup=False, report=False).result()
        print("ready", flush=True)
        while not ended.is_set():
            if not bulk:
                ended.wait()
                break
            forget_records(state / "catalog.sqlite3")
            result = orq.classify(backup=False, report=False, verify=True).result()
            print(result.classified, flush=True)


def forget_records(catalog: Path) -> None:
    """Let every content be classified anew, as after a change of the rules."""
    with contextlib.closing(sqlite3.connect(catalog, timeout=30)) as connection:
        connection.execute("UPDATE contents SET classifier = '0'")
        connection.commit()


class Place:
    """The copy of a library, and what is saved in it."""

    def __init__(self, source: Path, folder: Path) -> None:
        self.library = folder / "library"
        self.state = folder / "state"
        self.outside = folder / "outside"
        shutil.copytree(source, self.library, symlinks=True)
        self.outside.mkdir()
        self.sources = [
            path
            for path in sorted(self.library.rglob("*.mq[45]"))
            if path.is_file() and path.stat().st_size < 200_000
        ]
        self.files = sum(path.is_file() for path in self.library.rglob("*"))
        self._random = random.Random(1)  # noqa: S311 -- which files, not secrets
        self._numbers = itertools.count(1)
        self._random.shuffle(self.sources)

    def any_source(self) -> Path:
        """Return one of the library's files; none comes twice soon."""
        return self.sources[next(self._numbers) % len(self.sources)]

    def new_content(self) -> bytes:
        """Return a content that nobody has seen, of a usual size."""
        data = self.any_source().read_bytes()
        return data + f"\n// saved {next(self._numbers)}\n".encode()

    def new_path(self) -> Path:
        """Return a path in the library where nothing stands."""
        beside = self.any_source()
        return beside.with_name(f"saved {next(self._numbers)}{beside.suffix}")


@contextlib.contextmanager
def served(place: Place, *, idle: bool) -> Generator[Callable[[], int]]:
    """Run the system in a process of its own; yields how often it was through."""
    process = subprocess.Popen(
        [
            *(sys.executable, __file__, str(place.library)),
            *("--serve", str(place.library), str(place.state)),
            *(("--idle",) if idle else ()),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("a process without pipes")
    lines: list[str] = []
    words = process.stdout
    try:
        if words.readline().strip() != "ready":
            raise SystemExit("the system did not start")
        threading.Thread(target=lambda: lines.extend(words), daemon=True).start()
        yield lines.__len__
    finally:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        process.wait(120)


# -- saving ------------------------------------------------------------------------


def write_in_place(place: Place) -> Path:
    """Write a file of the library anew, as simple editors do."""
    path, data = place.any_source(), place.new_content()
    path.write_bytes(data)
    return path


def write_and_rename(place: Place) -> Path:
    """Write beside and rename over it, as careful editors do."""
    path, data = place.any_source(), place.new_content()
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_bytes(data)
    temporary.replace(path)
    return path


def copy_in(place: Place) -> Path:
    """Copy a file into the library, its time with it."""
    outside = place.outside / "copied"
    outside.write_bytes(place.new_content())
    os.utime(outside, (1_700_000_000, 1_700_000_000))
    path = place.new_path()
    shutil.copy2(outside, path)
    return path


def move_in(place: Place) -> Path:
    """Move a file into the library."""
    outside = place.outside / "moved"
    outside.write_bytes(place.new_content())
    path = place.new_path()
    outside.rename(path)
    return path


WAYS = (write_in_place, write_and_rename, copy_in, move_in)


def save_all(place: Place, count: int, pause_s: float) -> dict[str, list[float]]:
    """Save in turns; returns seconds from each save to its row, by way of saving."""
    waits: list[tuple[str, Path, str, float]] = []
    found: defaultdict[str, list[float]] = defaultdict(list)
    reader = contextlib.closing(sqlite3.connect(place.state / "catalog.sqlite3"))
    with reader as connection:
        for way, _ in zip(itertools.cycle(WAYS), range(count), strict=False):
            path = way(place)
            saved = time.monotonic()
            sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
            waits.append((way.__name__, path, sha256, saved))
            collect(connection, place, waits, found, until=saved + pause_s)
        collect(connection, place, waits, found, until=time.monotonic() + _GIVEN_UP_S)
    for way, path, *_ in waits:
        print(f"never in the catalog ({way}): {path}")
        found[way].append(math.inf)
    return found


def collect(
    connection: sqlite3.Connection,
    place: Place,
    waits: list[tuple[str, Path, str, float]],
    found: dict[str, list[float]],
    *,
    until: float,
) -> None:
    """Ask for the rows that are waited for, until a time or until all are there."""
    last = until - time.monotonic() > _GIVEN_UP_S / 2
    while time.monotonic() < until and (waits or not last):
        for each in list(waits):
            way, path, sha256, saved = each
            if is_stored(connection, place.library, path, sha256):
                found[way].append(time.monotonic() - saved)
                waits.remove(each)
        time.sleep(_LOOK_S)


def is_stored(
    connection: sqlite3.Connection, library: Path, path: Path, sha256: str
) -> bool:
    """Whether the catalog has a path with this content, classified."""
    raw = os.fsencode(path.relative_to(library))
    row = connection.execute(
        "SELECT sha256 FROM files JOIN contents ON contents.id = content"
        " WHERE raw = ? AND classifier IS NOT NULL",
        (raw,),
    ).fetchone()
    return row is not None and row[0] == sha256


def report(found: dict[str, list[float]]) -> bool:
    """Print the figures; returns whether the limits were held."""
    everything = [each for times in found.values() for each in times]
    for way, times in (*sorted(found.items()), ("all", everything)):
        p50, p95 = quantile(times, 0.5), quantile(times, 0.95)
        print(
            f"{way:17} {len(times):4} saves   p50 {p50:6.0f} ms   p95 {p95:6.0f} ms   "
            f"most {1000 * max(times):6.0f} ms"
        )
    p50, p95 = quantile(everything, 0.5), quantile(everything, 0.95)
    print(f"limits: p50 {P50_LIMIT_MS:.0f} ms, p95 {P95_LIMIT_MS:.0f} ms")
    return p50 <= P50_LIMIT_MS and p95 <= P95_LIMIT_MS


def quantile(times: Sequence[float], share: float) -> float:
    """Return, in ms, the least time that so many did not exceed."""
    return 1000 * sorted(times)[max(0, math.ceil(share * len(times)) - 1)]


if __name__ == "__main__":
    sys.exit(main())
