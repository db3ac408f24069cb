"""How finding copies grows: of 10,000 to 1,000,000 generated codes, in one process.

    python benchmarks/scale_sameness.py [--codes 10000,100000] [--catalog] [--smoke]
    python benchmarks/scale_sameness.py --same FOLDER
    python benchmarks/scale_sameness.py --groups INDEX

Generates the parts of a data set, with the columns by which copies are found: half of
the codes stand alone, the others in families of variants, and one code of a hundred is
of a single family. Notes the parts in an index of copies and makes the groups of near
ones, in a process of its own for each size. A line says what a thousand codes cost in
seconds of a core, the same of the first and the last tenth, what ten more codes cost
when all is noted, what the groups cost, the memory of the process before and at most,
and the size of the index. Then how far the straight line through the first and the
last size is off on those between.

`--catalog` imports the same into a catalog instead, and makes the groups there.
`--same FOLDER` takes an output folder of `orquestrador shards`, and says whether the
index and a catalog make the same groups of it; exit status 1 if they do not. `--groups`
makes the groups of an index that is there, and says what they cost. `--smoke`
is one small size of both, and judges no speed.
"""

import argparse
import hashlib
import itertools
import random
import struct
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import msgspec
import psutil
import pyarrow as pa
import pyarrow.parquet as pq

from orquestrador import classify
from orquestrador.catalog import Catalog
from orquestrador.messages.record import Record
from orquestrador.messages.sameness import CopyGroup, Sameness, Sketch
from orquestrador.messages.shards import Shard, ShardJob, Sources
from orquestrador.shards.copies import CopyIndex
from orquestrador.shards.importing import Row, import_rows, rows_of
from orquestrador.shards.manifest import NAME, Manifest, write_manifest
from orquestrador.shards.places import folder_at
from orquestrador.tables import read_columns
from orquestrador.tables.schema import SCHEMA_VERSION, schema

PART_ROWS = 1000
MOST_SHINGLES = 512
PART = "part-000000.parquet"
ALONE = 0.75
"""Of families: those of a single code."""
LARGEST = 100
"""One code of so many is of the largest family."""
SNIFFED = frozenset({".txt", ""})
SAMENESS: tuple[Sameness, ...] = ("exact", "same_code", "near")

MANIFEST = Manifest(
    ShardJob(
        schema_version="1",
        inputs=("/generated",),
        sources=Sources(
            format="parquet",
            root="/generated",
            path_columns=("path",),
            content_column="content",
            suffixes=(".mq4",),
            sniffed=tuple(sorted(SNIFFED)),
            counted=(),
            archives=False,
            max_bytes=10**6,
        ),
        output="parquet",
        level="full",
        classifier="1+0",
        shard_bytes=10**6,
    ),
    (Shard(name="part-000000", files=("a.parquet",), count=PART_ROWS, size=1),),
)


class Grown(NamedTuple):
    """A data set whose copies were found."""

    codes: int
    core_s: float
    """Of all codes."""

    first_core_s: float
    """Of the first tenth, for a thousand."""

    last_core_s: float
    more_ms: float
    """Of a core, for ten more codes."""

    groups_core_s: float
    groups: int
    members: int
    before_mb: float
    noted_mb: float
    most_mb: float
    stored_mb: float


def main() -> int:
    """Print the figures; returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--codes", default="10000,100000")
    parser.add_argument("--catalog", action="store_true")
    parser.add_argument("--same", type=Path, metavar="FOLDER")
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--groups", type=Path, metavar="INDEX")
    given = parser.parse_args()
    if given.groups is not None:
        _print_groups(given.groups)
        return 0
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        if given.smoke:
            folder = place / "smoke"
            write_parts(folder, range(1500), 1500)
            print(_line("index", noted(folder, place / "smoke.sqlite3", 1500)))
            return 0 if same(folder, place) else 1
        if given.same is not None:
            return 0 if same(given.same, place) else 1
        found: list[Grown] = []
        for codes in [int(each) for each in given.codes.split(",")]:
            folder = place / f"parts-{codes}"
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                pool.submit(write_parts, folder, range(codes), codes).result()
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                call = imported if given.catalog else noted
                database = place / f"{codes}.sqlite3"
                found.append(pool.submit(call, folder, database, codes).result())
            print(_line("catalog" if given.catalog else "index", found[-1]), flush=True)
        _print_growth(found)
    return 0


def same(folder: Path, place: Path) -> bool:
    """Print whether the index and a catalog make the same groups."""
    catalog_path, index_path = place / "catalog.sqlite3", place / "index.sqlite3"
    with Catalog(catalog_path) as catalog, CopyIndex(index_path) as index:
        import_rows(catalog, _rows(folder), SNIFFED)
        for each in _data_sets(folder):
            index.add(each)
        are_same = True
        for sameness in SAMENESS:
            ours = sorted(index.copies(sameness), key=_best)
            theirs = sorted(catalog.copies(sameness), key=_best)
            are_same = are_same and ours == theirs
            files = sum(len(each.copies) for each in ours)
            words = "the same" if ours == theirs else "OTHERS"
            print(f"{sameness}: {len(ours)} groups of {files} files, {words} by both")
    return are_same


def _best(group: CopyGroup) -> str:
    return group.best


def noted(folder: Path, database: Path, codes: int) -> Grown:
    """Note a data set in an index and make its groups."""
    before = most = _mb()
    times: list[float] = []
    more = folder.with_name(f"more-{codes}")
    write_parts(more, range(codes, codes + 10), codes)
    with CopyIndex(database) as index:
        for some in _data_sets(folder):
            began = time.process_time()
            index.add(some)
            times.append(time.process_time() - began)
            most = max(most, _mb())
        after = _mb()
        began = time.process_time()
        index.add(more / "00000")
        more_s = time.process_time() - began
        began = time.process_time()
        groups = members = 0
        for group in index.copies("near"):
            groups += 1
            members += len(group.copies)
            if groups % 1000 == 0:
                most = max(most, _mb())
        groups_s = time.process_time() - began
        most = max(most, _mb())
    return _grown(
        codes,
        times,
        more_s,
        groups_s,
        (groups, members),
        (before, after, most),
        database,
    )


def imported(folder: Path, database: Path, codes: int) -> Grown:
    """Import a data set into a catalog and make its groups."""
    before = _mb()
    times: list[float] = []
    more = folder.with_name(f"more-{codes}")
    write_parts(more, range(codes, codes + 10), codes)
    with Catalog(database) as catalog:
        rows = _rows(folder)
        while some := list(itertools.islice(rows, max(PART_ROWS, codes // 10))):
            began = time.process_time()
            import_rows(catalog, some, SNIFFED)
            times.append(time.process_time() - began)
        some.clear()
        after = _mb()
        ten = list(_rows(more))
        began = time.process_time()
        import_rows(catalog, ten, SNIFFED)
        more_s = time.process_time() - began
        began = time.process_time()
        found = catalog.copies("near")
        groups_s = time.process_time() - began
        counts = len(found), sum(len(each.copies) for each in found)
        memory = before, after, _mb()
    return _grown(codes, times, more_s, groups_s, counts, memory, database)


def _print_groups(database: Path) -> None:
    before, most = _mb(), 0.0
    began = time.process_time()
    files: list[int] = []
    with CopyIndex(database) as index:
        for group in index.copies("near"):
            files.append(len(group.copies))
            if len(files) % 100 == 0:
                most = max(most, _mb())
    took = time.process_time() - began
    print(
        f"{len(files)} groups of {sum(files)} files, the largest of"
        f" {max(files, default=0)}, in {took:.1f} s of a core; {before:.0f} MB before,"
        f" {max(most, _mb()):.0f} at most"
    )


def _grown(  # noqa: PLR0913, PLR0917 -- what was measured
    codes: int,
    times: list[float],
    more_s: float,
    groups_s: float,
    counts: tuple[int, int],
    memory: tuple[float, float, float],
    database: Path,
) -> Grown:
    tenth = max(len(times) // 10, 1)
    thousands = codes / 1000 / len(times) * tenth
    return Grown(
        codes,
        sum(times),
        sum(times[:tenth]) / thousands,
        sum(times[-tenth:]) / thousands,
        1000 * more_s,
        groups_s,
        *counts,
        *memory,
        stored_mb=database.stat().st_size / 1e6,
    )


def _data_sets(folder: Path) -> list[Path]:
    """Return the data sets below a folder, or the one that it is."""
    below = sorted(each for each in folder.iterdir() if each.is_dir())
    return below or [folder]


def _rows(folder: Path) -> Iterator[Row]:
    """Yield records with sketches; of generated parts, records without labels."""
    if (folder / NAME).exists():
        yield from rows_of(folder)
        return
    record = _record()
    for each in _data_sets(folder):
        for row in read_columns(each / PART, ("path", "sha256", "sketch")):
            sketch = msgspec.convert(row["sketch"], Sketch)
            yield record.replace(path=row["path"], sha256=row["sha256"]), sketch


@cache
def _record() -> Record:
    return classify(b"int start() { return OrderSend(Symbol(), 0, 1); }", name="a.mq4")


def write_parts(folder: Path, numbers: range, codes: int) -> None:
    """Write data sets of a part each, below a folder."""
    sketches = generated(numbers, codes)
    for number, start in enumerate(range(0, len(numbers), PART_ROWS)):
        some = numbers[start : start + PART_ROWS]
        _write_part(folder / f"{number:05}", some, sketches)


def _write_part(folder: Path, numbers: range, sketches: Iterator[Sketch]) -> None:
    folder.mkdir(parents=True)
    record = msgspec.to_builtins(_record())
    said = {name: record[name] for name in ("size", "language", "facts", "quality")}
    rows = [
        {
            "path": f"{at // 1000:04}/{at:07}.mq4",
            "sha256": hashlib.sha256(str(at).encode()).hexdigest(),
            "hygiene": record["hygiene"],
            "sketch": msgspec.to_builtins(next(sketches), builtin_types=(bytes,)),
            **said,
        }
        for at in numbers
    ]
    every = schema({})
    columns = pa.schema(
        [every.field(name) for name in rows[0]],
        {"orquestrador.schema_version": SCHEMA_VERSION},
    )
    table = pa.Table.from_pylist(rows, columns)
    pq.write_table(table, folder / PART, compression="zstd")
    write_manifest(folder_at(str(folder)), MANIFEST)


def generated(numbers: range, codes: int) -> Iterator[Sketch]:
    """Yield the sketches of codes: the same ones for the same numbers."""
    chance = random.Random(numbers.start)  # noqa: S311 -- examples
    largest = _shingles(random.Random(0), 200)  # noqa: S311 -- examples
    family: list[int] = []
    left = 0
    for number in numbers:
        if number % LARGEST == 0:
            hashes = _varied(largest, chance)
        else:
            if not left:
                # Half of all are alone; of the others most families are small.
                alone = chance.random() < ALONE
                left = 1 if alone else min(1 + int(chance.paretovariate(1.2)), 300)
                family = _shingles(chance, int(min(5000, chance.lognormvariate(5, 1))))
            left -= 1
            hashes = _varied(family, chance)
        kept = sorted(set(hashes))[:MOST_SHINGLES]
        yield Sketch(
            code=hashlib.blake2b(f"{codes} {number}".encode(), digest_size=16).digest(),
            size=20 * len(hashes),
            shingles=struct.pack(f"<{len(kept)}I", *kept),
            complete=len(hashes) <= MOST_SHINGLES,
        )


def _shingles(chance: random.Random, count: int) -> list[int]:
    count = max(count, 8)
    return list(struct.unpack(f"<{count}I", chance.randbytes(4 * count)))


def _varied(shingles: list[int], chance: random.Random) -> list[int]:
    """Return others in place of up to a fifth."""
    hashes = shingles.copy()
    for _ in range(int(chance.random() * len(hashes) / 5)):
        hashes[int(chance.random() * len(hashes))] = chance.getrandbits(32)
    return hashes


def _mb() -> float:
    return float(psutil.Process().memory_info().rss) / 1e6


def _line(by: str, grown: Grown) -> str:
    each = 1000 * grown.core_s / grown.codes
    return (
        f"{by}, {grown.codes} codes: {each:.2f} s of a core a 1,000 (first tenth"
        f" {grown.first_core_s:.2f}, last {grown.last_core_s:.2f}),"
        f" ten more {grown.more_ms:.0f} ms; {grown.groups} groups of"
        f" {grown.members} files in {grown.groups_core_s:.1f} s;"
        f" {grown.before_mb:.0f} MB before, {grown.noted_mb:.0f} when noted,"
        f" {grown.most_mb:.0f} with the groups; {grown.stored_mb:.0f} MB stored"
    )


def _print_growth(found: list[Grown]) -> None:
    first, last = found[0], found[-1]
    each = (last.core_s - first.core_s) / max(last.codes - first.codes, 1)
    fixed = first.core_s - each * first.codes
    print(f"core seconds = {fixed:.1f} + {1000 * each:.3f} a 1,000 codes")
    for grown in found[1:-1]:
        off = (fixed + each * grown.codes) / grown.core_s - 1
        print(f"{grown.codes} codes: {grown.core_s:.1f}, reckoned {off:+.1%}")


if __name__ == "__main__":
    sys.exit(main())
