"""How the classification of a library in shards grows with its files.

    python benchmarks/scale_shards.py [--files 10000,30000] [--engines processes]
        [--workers 2] [--plan 1000000] [--keep FOLDER] [--smoke]
    python benchmarks/scale_shards.py --reckon SECONDS

Each library is generated, as a Parquet data set: the sources of `examples/library` in
turns, with other numbers in each, so that no two contents are the same. Each is
classified in a process of its own, and a line says: the files, their bytes, the files
a second, what a thousand files cost in seconds of a core (of all processes together),
the same for the first and the last third of the run, and the memory of all processes
after the first tenth, at the end, and at most. Then, for each engine, how much less a
core does in the largest library than in the smallest one, and the straight line
through the first and the last size, with how far off it is on the sizes between.

Then what a million files and more would take on the cloud instance that is named below:
reckoned, not measured. `--reckon` prints that for a library of which 1,000 files take
so many seconds of a core, as `benchmarks/shards.py FOLDER` says of your own.

`--plan N` only plans the shards of N files, without classifying them: what the program
holds for each of them. `--keep` leaves the libraries in a folder, and takes them from
there. `--smoke` is one small size and judges no speed. Exit status 1 if a record is
missing.
"""

import argparse
import contextlib
import random
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import pyarrow as pa
import pyarrow.parquet as pq

from orquestrador.classification.decoding import decode
from orquestrador.config import load_settings
from orquestrador.messages.run import RunFinished, RunProgressed
from orquestrador.sharding import Sharding
from orquestrador.shards.planning import ShardOptions, plan

EXAMPLES = Path(__file__).parent.parent / "examples" / "library"
SUFFIXES = frozenset({".mq4", ".mq5", ".mqh", ".pine"})
FILE_ROWS = 50_000
GROUP_ROWS = 500
SHARD_BYTES = 2_000_000
"""The examples are small: so a shard is some hundred files, as usual."""
RECKONED = (1_000_000, 10_000_000, 100_000_000)
INSTANCE = "c6i.4xlarge"
"""Of Amazon EC2, Linux on demand in us-east-1: 16 virtual cores, 32 GiB."""
INSTANCE_CORES = 16
INSTANCE_USD = 0.68
"""An hour; the list price of June 2024, an assumption. So is that a virtual core does
what one of the measuring machine does."""
_NUMBER = re.compile(r"(?<![\w.])\d{2,6}(?![\w.])")


class Moment(NamedTuple):
    """How far a run was."""

    at: float
    files: int
    core_s: float
    """That all processes had taken."""

    mb: float
    """That they held, without what is shared counted once: an upper bound."""


class Grown(NamedTuple):
    """A library classified."""

    engine: str
    files: int
    source_mb: float
    output_mb: float
    rate: float
    """Files a second."""

    core_s: float
    """Seconds of a core for a thousand files."""

    first_core_s: float
    last_core_s: float
    early_mb: float
    end_mb: float
    most_mb: float
    records: int


def main() -> int:
    """Print the figures; returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--files", default="10000,30000")
    parser.add_argument("--engines", default="processes")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--plan", type=int)
    parser.add_argument("--reckon", type=float, metavar="SECONDS")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--smoke", action="store_true")
    given = parser.parse_args()
    if given.reckon is not None:
        _print_reckoned(given.reckon)
        return 0
    sizes = [100] if given.smoke else [int(each) for each in given.files.split(",")]
    engines = ["inline"] if given.smoke else given.engines.split(",")
    shard_bytes = 50_000 if given.smoke else SHARD_BYTES
    with tempfile.TemporaryDirectory() as temporary:
        place = given.keep or Path(temporary)
        if given.plan:
            _alone(plan_only, _library(place, given.plan), given.plan)
            return 0
        found: list[Grown] = []
        for files in sizes:
            library = _library(place, files)
            for engine in engines:
                to = place / f"out-{engine}-{files}"
                found.append(
                    _alone(measure, library, to, engine, given.workers, shard_bytes)
                )
                print(_line(found[-1]), flush=True)
                shutil.rmtree(to)
        for engine in engines:
            of_engine = [each for each in found if each.engine == engine]
            _print_growth(of_engine)
            _print_reckoned(of_engine[-1].core_s)
    return 0 if all(each.records == each.files for each in found) else 1


def _alone(call: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401 -- what the call returns
    """Call in a process of its own, whose memory is of nothing else."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(call, *arguments).result()


def _library(place: Path, files: int) -> Path:
    """Return a library of so many files; it is written if it is not there."""
    folder = place / f"library-{files}"
    if not folder.exists():
        began = time.perf_counter()
        _alone(write_library, folder, files)
        took = time.perf_counter() - began
        print(f"{files} files generated in {took:.0f} s", file=sys.stderr)
    return folder


def write_library(folder: Path, files: int) -> None:
    """Write Parquet files of `path` and `content`."""
    draft = folder.with_suffix(".draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    for number, start in enumerate(range(0, files, FILE_ROWS)):
        name = draft / f"sources-{number:04}.parquet"
        _write_file(name, range(start, min(files, start + FILE_ROWS)))
    draft.rename(folder)


def _write_file(path: Path, numbers: range) -> None:
    columns = pa.schema(
        [pa.field("path", pa.string()), pa.field("content", pa.string())]
    )
    with (
        path.open("wb") as stream,
        pq.ParquetWriter(stream, columns, compression="zstd") as writer,
    ):
        for start in range(0, len(numbers), GROUP_ROWS):
            rows = map(generated, numbers[start : start + GROUP_ROWS])
            plain = [{"path": path, "content": content} for path, content in rows]
            writer.write_table(pa.Table.from_pylist(plain, columns))


def generated(number: int) -> tuple[str, str]:
    """Return the path and the source of a file of the library: always the same."""
    sources = _sources()
    name, text = sources[number % len(sources)]
    chance = random.Random(number)  # noqa: S311 -- examples
    text = _NUMBER.sub(lambda found: _other(found[0], chance), text)
    mark = f"// variant {number}\n" if chance.random() < 0.5 else f"//{number}\n"
    path = f"{number // 1000:04}/{number:07} {name}"
    return path, mark + text


def _other(number: str, chance: random.Random) -> str:
    return number if chance.random() < 0.5 else str(int(number) + chance.randrange(90))


_KEPT: list[tuple[str, str]] = []


def _sources() -> list[tuple[str, str]]:
    if not _KEPT:
        _KEPT.extend(
            (path.name, decode(path.read_bytes()).text)
            for path in sorted(EXAMPLES.rglob("*"))
            if path.suffix in SUFFIXES and path.stat().st_size
        )
    return _KEPT


def measure(
    library: Path, to: Path, engine: str, workers: int, shard_bytes: int
) -> Grown:
    """Classify a library."""
    moments: list[Moment] = []
    settings = {"classification": {"engine": engine, "workers": workers}}
    options = ShardOptions(input_format="parquet", shard_bytes=shard_bytes)
    with Sharding([library], to, options=options, settings=settings) as sharding:
        for event in sharding.run.events():
            if isinstance(event, RunProgressed) and event.settled:
                moments.append(_moment(event.settled))
            if isinstance(event, RunFinished) and event.problem is not None:
                sys.exit(f"{engine}: {event.problem}")
    # What the engine needs to start is told apart: `benchmarks/shards.py`.
    first, last = moments[0], max(moments, key=lambda each: each.core_s)
    third = [_nearest(moments, last.files * part / 3) for part in (1, 2)]
    parts = sorted(to.glob("part-*.parquet"))
    return Grown(
        engine=engine,
        files=last.files,
        source_mb=_source_bytes(library) / 1e6,
        output_mb=sum(each.stat().st_size for each in parts) / 1e6,
        rate=(last.files - first.files) / max(last.at - first.at, 0.001),
        core_s=_core_s(first, last),
        first_core_s=_core_s(first, third[0]),
        last_core_s=_core_s(third[1], last),
        early_mb=_nearest(moments, last.files / 10).mb,
        # At the end the processes may be gone.
        end_mb=_nearest(moments[:-1] or moments, last.files).mb,
        most_mb=max(each.mb for each in moments),
        records=sum(pq.read_metadata(each).num_rows for each in parts),
    )


def plan_only(library: Path, files: int) -> None:
    """Print what planning takes."""
    ours = psutil.Process()
    settings = load_settings(library, environment={}).settings.classification
    with tempfile.TemporaryDirectory() as to:
        before, began = ours.memory_info().rss, time.process_time()
        manifest = plan(
            [str(library)],
            str(Path(to) / "out"),
            ShardOptions(input_format="parquet"),
            settings,
            "1+0",
        )
        took = time.process_time() - began
        grown = (ours.memory_info().rss - before) / 1e6
    print(
        f"{files} files planned: {len(manifest.shards)} shards, {took:.1f} s of a core,"
        f" {grown:.0f} MB more"
    )


def _moment(files: int) -> Moment:
    core_s = memory = 0.0
    ours = psutil.Process()
    for each in (ours, *ours.children(recursive=True)):
        with contextlib.suppress(psutil.Error):
            times = each.cpu_times()
            core_s += times.user + times.system
            memory += each.memory_info().rss
    return Moment(time.perf_counter(), files, core_s, memory / 1e6)


def _nearest(moments: list[Moment], files: float) -> Moment:
    return min(moments, key=lambda each: abs(each.files - files))


def _core_s(first: Moment, last: Moment) -> float:
    files = max(last.files - first.files, 1)
    return 1000 * (last.core_s - first.core_s) / files


def _source_bytes(library: Path) -> int:
    return sum(
        len(content.encode())
        for file in library.glob("*.parquet")
        for content in _contents(file)
    )


def _contents(file: Path) -> Iterator[str]:
    for batch in pq.ParquetFile(file).iter_batches(
        batch_size=1000, columns=["content"]
    ):
        yield from batch.column("content").to_pylist()


def _line(grown: Grown) -> str:
    return (
        f"{grown.engine}, {grown.files} files: {grown.source_mb:.1f} MB of sources, "
        f"{grown.output_mb:.1f} MB of records, {grown.rate:.1f} files/s, "
        f"{grown.core_s:.2f} s of a core a 1,000 files (first third "
        f"{grown.first_core_s:.2f}, last {grown.last_core_s:.2f}); "
        f"{grown.early_mb:.0f} MB after a tenth, {grown.end_mb:.0f} at the end, "
        f"{grown.most_mb:.0f} at most"
    )


def _print_growth(found: list[Grown]) -> None:
    first, last = found[0], found[-1]
    print(
        f"{first.engine}: a core does {last.core_s and first.core_s / last.core_s:.3f}"
        f" of {first.files} files' rate with {last.files}"
    )
    costs = [each.files * each.core_s / 1000 for each in found]
    each_s = (costs[-1] - costs[0]) / max(last.files - first.files, 1)
    fixed_s = costs[0] - each_s * first.files
    print(f"{first.engine}: core seconds = {fixed_s:.1f} + {each_s * 1000:.3f} / 1,000")
    for grown, cost in zip(found[1:-1], costs[1:-1], strict=True):
        reckoned = fixed_s + each_s * grown.files
        print(f"{grown.files} files: {cost:.1f}, reckoned {reckoned / cost - 1:+.1%}")


def _print_reckoned(core_s: float) -> None:
    """Print what more files would take, at so many core seconds for a thousand."""
    for files in RECKONED:
        hours = files / 1000 * core_s / 3600
        there = hours / INSTANCE_CORES
        print(
            f"reckoned for {files} files: {hours:.1f} hours of a core,"
            f" {there:.2f} of one {INSTANCE}, {there * INSTANCE_USD:.2f} USD"
        )


if __name__ == "__main__":
    sys.exit(main())
