"""Groups of copies in a folder of sources: what they cost, and how true they are.

    python benchmarks/sameness.py FOLDER [--read N]

Classifies every distinct file of the folder in this process, stores it in a new
catalog, and prints one figure a line:

- the cost of the sketches, as a share of classification, and of storing them;
- of the pairs that share 0.85 or more of their shingles, those that are kept as near
  (recall), and of the pairs kept, those that do (precision); and how far off they are.
  The shares are computed anew from whole sets of shingles, without sketch or bands;
- the same against another measure: runs of five tokens;
- the groups of each kind, the time to make them, the space they cost.

`--read N` prints N groups of near copies, for a person to read.
"""

import argparse
import hashlib
import itertools
import random
import re
import tempfile
import time
import zlib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from orquestrador.catalog import Catalog
from orquestrador.classification.assembly import Classified, classify_and_sketch
from orquestrador.classification.decoding import decode
from orquestrador.classification.language import read
from orquestrador.classification.lexing import Source
from orquestrador.classification.sketching import sketch
from orquestrador.library import raw_name
from orquestrador.messages import Batch, ClassifiedContent, FileState
from orquestrador.messages.sameness import Sketch
from orquestrador.sameness.likeness import LEAST_SHARE, Shingles, bands, share

NEAR = 0.85
SUFFIXES = frozenset({".mq4", ".mq5", ".mqh", ".pine", ".txt", ""})
BATCH = 64
_TOKEN = re.compile(rb"[A-Za-z_0-9.\x80-\xff]+|[^\sA-Za-z_0-9.]")
_ENDS = re.compile(rb"[;)=]")
_PINE_ENDS = re.compile(rb"[)=\r\n]")
_RARE = 200
"""A shingle that so many sources have tells nothing about which are alike."""

Pair = tuple[str, str]
Sets = dict[str, frozenset[int]]


class File(NamedTuple):
    """A distinct file and what was found out about it."""

    path: Path
    sha256: str
    size: int
    source: Source | None
    classified: Classified
    seconds: float
    """That the processor took to classify it."""

    @property
    def sketch(self) -> Sketch | None:
        """Its sketch."""
        return self.classified.sketch


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--read", type=int, default=0, metavar="N")
    options = parser.parse_args()
    files = list(_classified(options.folder))
    spent = sum(each.seconds for each in files)
    print(f"distinct files: {len(files)}, classified in {spent:.2f} CPU-seconds")
    _print_cost(files, spent)
    _print_truth(files)
    with (
        tempfile.TemporaryDirectory() as folder,
        Catalog(Path(folder) / "catalog.sqlite3") as catalog,
    ):
        _store(catalog, options.folder, files)
        _print_groups(catalog)
        _print_some(catalog, options.folder, options.read)


def _classified(folder: Path) -> Iterator[File]:
    known: set[str] = set()
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in SUFFIXES or not path.is_file():
            continue
        data = path.read_bytes()
        sha256 = hashlib.sha256(data).hexdigest()
        if sha256 not in known:
            known.add(sha256)
            began = time.process_time()
            classified = classify_and_sketch(data, path.name)
            spent = time.process_time() - began
            source = _source(data, path) if classified.sketch else None
            yield File(path, sha256, len(data), source, classified, spent)


def _source(data: bytes, path: Path) -> Source:
    return read(decode(data).text, path.suffix.lower()).source


def _print_cost(files: list[File], spent: float) -> None:
    sources = [each.source for each in files if each.source is not None]
    for source in sources:
        # The measures and the rules need them in any case.
        _ = source.dense, source.names
    began = time.process_time()
    for source in sources:
        sketch(source)
    took = time.process_time() - began
    print(f"sketches: {took:.2f} CPU-seconds, {took / spent:.1%} of the above")
    whole = sum(each.sketch.complete for each in files if each.sketch is not None)
    print(f"sketches that hold all shingles: {whole / len(sources):.1%}")


def _shingles(source: Source) -> frozenset[int]:
    code = re.sub(rb"[ \t\x0b\x0c]", b"", source.code.encode("utf-8", "surrogatepass"))
    if source.syntax == "mql":
        found = _ENDS.split(code.translate(None, b"\r\n"))
    else:
        found = _PINE_ENDS.split(code)
    return frozenset(map(hash, filter(None, found)))


def _five_tokens(source: Source) -> frozenset[int]:
    code = source.code.encode("utf-8", "surrogatepass")
    hashes = [zlib.crc32(each) for each in _TOKEN.findall(code)]
    return frozenset(
        hash(tuple(hashes[at : at + 5])) for at in range(max(1, len(hashes) - 4))
    )


def _print_truth(files: list[File]) -> None:
    # One of each code: of the same code there is nothing to estimate.
    of_code = {each.sketch.code: each for each in files if each.sketch is not None}
    sources: dict[str, Source] = {}
    sketches: dict[str, Shingles] = {}
    for each in of_code.values():
        if each.source is not None and each.sketch is not None:
            sources[each.sha256] = each.source
            sketches[each.sha256] = Shingles.of(each.sketch)
    kept = _kept(sketches)
    for name, shingles_of in (
        ("shingles", _shingles),
        ("runs of five tokens", _five_tokens),
    ):
        sets = {sha256: shingles_of(source) for sha256, source in sources.items()}
        exact = _exact(sets)
        together = [
            sum(common >= least and pair in kept for pair, common in exact.items())
            / sum(common >= least for common in exact.values())
            for least in (NEAR, LEAST_SHARE)
        ]
        print(
            f"by {name}, with a band in common: {together[0]:.3f} of the pairs that"
            f" share {NEAR}, {together[1]:.3f} of those that share {LEAST_SHARE}"
        )
        true = {pair for pair, common in exact.items() if common >= NEAR}
        near = {pair for pair, common in kept.items() if common >= NEAR}
        off = [
            common - _share(sets, pair)
            for pair, common in kept.items()
            if common >= NEAR - 0.1
        ]
        far = sum(_share(sets, pair) < NEAR - 0.05 for pair in near)
        rms = (sum(each * each for each in off) / len(off)) ** 0.5
        both = len(true & near)
        print(
            f"near by {name}: {len(true)} pairs, recall {both / len(true):.3f},"
            f" precision {both / len(near):.3f}, {far} of {len(near)} below"
            f" {NEAR - 0.05:.2f}, off by {rms:.3f} (rms)"
        )


def _kept(sketches: dict[str, Shingles]) -> dict[Pair, float]:
    """Return what the catalog would keep: the shares of pairs with a common band."""
    by_band: defaultdict[int, list[str]] = defaultdict(list)
    for sha256, shingles in sketches.items():
        for band in bands(shingles):
            by_band[band].append(sha256)
    pairs = {
        pair
        for alike in by_band.values()
        for pair in itertools.combinations(sorted(set(alike)), 2)
    }
    print(f"pairs with a band in common: {len(pairs)} of {len(sketches)} codes")
    return {pair: share(sketches[pair[0]], sketches[pair[1]]) for pair in pairs}


def _exact(sets: Sets) -> dict[Pair, float]:
    """Return the shares of all pairs that have a rare shingle in common."""
    having: defaultdict[int, list[str]] = defaultdict(list)
    for sha256, shingles in sets.items():
        for each in sorted(shingles)[:24]:
            having[each].append(sha256)
    pairs = {
        pair
        for alike in having.values()
        if len(alike) <= _RARE
        for pair in itertools.combinations(sorted(alike), 2)
    }
    return {pair: _share(sets, pair) for pair in pairs}


def _share(sets: Sets, pair: Pair) -> float:
    first, second = sets[pair[0]], sets[pair[1]]
    return len(first & second) / len(first | second)


def _store(catalog: Catalog, folder: Path, files: list[File]) -> None:
    for with_sketch in (False, True):
        began = time.process_time()
        for start in range(0, len(files), BATCH):
            batch = files[start : start + BATCH]
            catalog.store(
                Batch(
                    files=tuple(_state(each, folder) for each in batch),
                    records=tuple(
                        ClassifiedContent(
                            suffix=each.path.suffix.lower(),
                            record=each.classified.record,
                            sketch=each.sketch if with_sketch else None,
                        )
                        for each in batch
                    ),
                )
            )
        spent = time.process_time() - began
        words = "again, with sketches" if with_sketch else "without sketches"
        print(f"stored {words}: {spent:.2f} CPU-seconds")


def _state(file: File, folder: Path) -> FileState:
    stat = file.path.stat()
    return FileState(
        raw=raw_name(str(file.path.relative_to(folder))),
        size=file.size,
        mtime_ns=stat.st_mtime_ns,
        inode=None,
        scanned_at_ns=time.time_ns(),
        sha256=file.sha256,
        suffix=file.path.suffix.lower(),
    )


def _print_groups(catalog: Catalog) -> None:
    for sameness in ("same_code", "near"):
        began = time.perf_counter()
        groups = catalog.copies(sameness)
        took = time.perf_counter() - began
        members = sum(len(group.copies) for group in groups)
        surplus = sum(group.surplus_bytes for group in groups) / 1e6
        print(
            f"{sameness}: {len(groups)} groups of {members} files, {surplus:.1f} MB"
            f" beside the best, in {took:.2f} s"
        )


def _print_some(catalog: Catalog, folder: Path, count: int) -> None:
    groups = [each for each in catalog.copies("near") if each.sameness == "near"]
    for group in random.Random(6).sample(groups, min(count, len(groups))):  # noqa: S311 -- examples
        print(f"\n{group.best}: {group.why} {group.value} against {group.other}")
        for copy in group.copies[:6]:
            data = (folder / copy.path).read_bytes()
            print(f"  {copy.sameness} {copy.share:.3f} {len(data)} {copy.path}")


if __name__ == "__main__":
    main()
