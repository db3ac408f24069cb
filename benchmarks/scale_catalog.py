"""What a large catalog costs: searches, facets, full text, saves.

    python benchmarks/scale_catalog.py [--files 1000000] [--keep FILE] [--smoke]

Fills a catalog with so many files and a quarter as many contents, each content a
record of examples/library with figures, names and labels of its own, through the same
calls as a run; then asks each kind of question again and again and prints one line
each: p50 and p95 in milliseconds, and how many files the query finds. The limits at a
million files: 50 ms for a search, 100 ms for facets, 150 ms for full text, 3 ms for
one save (p95). Exit status: 0 within the limits, 1 not; `--smoke` judges nothing.
"""

import argparse
import hashlib
import itertools
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import psutil

from orquestrador import classify
from orquestrador.catalog import Catalog
from orquestrador.messages import (
    Batch,
    ClassifiedContent,
    FileState,
    Record,
    SearchQuery,
)

# ruff: noqa: S311 -- the same numbers each time

EXAMPLES = Path(__file__).parents[1] / "examples" / "library"
SUFFIXES = (".mq4", ".mq5", ".mqh", ".pine")
COPIES = 4
"""Files a content has, on the mean."""

BATCH = 500
PAGE = 50
"""Files that a search returns at a time, as the page and the command do."""

SEARCH_MS, FACETS_MS, TEXT_MS, SAVE_MS = 50.0, 100.0, 150.0, 3.0
ROUNDS = 15
SYMBOLS = ("XAUUSD", "EURUSD", "GBPUSD", "USDJPY", "US30", "NAS100", "BTCUSD")
WORDS = (
    *("gold", "scalper", "breakout", "london", "grid", "hedge", "ninja"),
    *("trend", "channel", "night", "zone", "recovery", "pulse", "matrix"),
    *("hunter", "sniper", "velocity", "quantum", "ranger", "falcon"),
)

SEARCHES = {
    "everything": SearchQuery(),
    "kind": SearchQuery(kind="expert"),
    "rare kind": SearchQuery(kind="service"),
    "language": SearchQuery(language="pine"),
    "strategy": SearchQuery(strategy=("grid",)),
    "two strategies": SearchQuery(strategy=("grid", "martingale")),
    "risk": SearchQuery(risk=("lot_multiplier",)),
    "without": SearchQuery(kind="expert", no_risk=("stop_loss",)),
    "gold grids without": SearchQuery(
        kind="expert", strategy=("grid",), symbol="XAUUSD", no_risk=("stop_loss",)
    ),
    "hygiene": SearchQuery(hygiene=("dll_import",)),
    "symbol": SearchQuery(symbol="GOLD"),
    "timeframe": SearchQuery(timeframe="H4"),
    "prop firm": SearchQuery(prop_firm="ready"),
    "nothing": SearchQuery(strategy=("arbitrage",), symbol="USDTRY"),
    "far page": SearchQuery(kind="expert", offset=10_000),
}
TEXTS = {
    "word": SearchQuery(words="falcon"),
    "two words": SearchQuery(words="night hedge"),
    "phrase": SearchQuery(text="velocity falcon"),
    "author": SearchQuery(author="maria"),
    "no such word": SearchQuery(words="zzyzx"),
}
FACETS = {
    "facets of everything": SearchQuery(),
    "facets of a strategy": SearchQuery(strategy=("grid",)),
    "facets of experts": SearchQuery(kind="expert"),
}


def main() -> int:
    """Fill, ask, print."""
    parser = argparse.ArgumentParser(description="What a large catalog costs.")
    parser.add_argument("--files", type=int, default=1_000_000)
    parser.add_argument("--keep", type=Path, help="made once, then only asked")
    parser.add_argument("--smoke", action="store_true", help="small, judges nothing")
    options = parser.parse_args()
    files = 4_000 if options.smoke else options.files
    rounds = 3 if options.smoke else ROUNDS
    with tempfile.TemporaryDirectory() as folder:
        path = options.keep or Path(folder) / "catalog.sqlite3"
        if not path.exists():
            _fill(path, files)
        print(f"{path.stat().st_size / files:.0f} bytes a file")
        with Catalog(path) as catalog:
            held = [
                _report(SEARCHES, catalog.search, catalog.count, rounds, SEARCH_MS),
                _report(TEXTS, catalog.search, catalog.count, rounds, TEXT_MS),
                _report(FACETS, catalog.facets, catalog.count, rounds, FACETS_MS),
                _saves(catalog, files, rounds),
            ]
    print(f"memory {psutil.Process().memory_info().rss / 1e6:.0f} MB")
    return 0 if all(held) or options.smoke else 1


# -- the catalog -----------------------------------------------------------------------


def _fill(path: Path, files: int) -> None:
    began = time.monotonic()
    chance = random.Random(1)
    with Catalog(path) as catalog:
        contents = _contents(chance)
        numbers = iter(range(files))
        while batch := list(itertools.islice(numbers, BATCH)):
            fresh = list(itertools.islice(contents, max(1, len(batch) // COPIES)))
            states = (_state(number, chance.choice(fresh), chance) for number in batch)
            catalog.store(Batch(files=tuple(states), records=tuple(fresh)))
    took = time.monotonic() - began
    print(f"{files} files stored in {took:.1f} s, {files / took:.0f} a second")


def _contents(chance: random.Random) -> Iterator[ClassifiedContent]:
    """Yield records of contents that do not end."""
    found = [each for each in sorted(EXAMPLES.rglob("*")) if each.suffix in SUFFIXES]
    models = [
        (each.suffix, classify(each.read_bytes(), name=each.name)) for each in found
    ]
    for number in itertools.count():
        suffix, model = chance.choice(models)
        yield ClassifiedContent(suffix=suffix, record=_varied(model, number, chance))


def _varied(model: Record, number: int, chance: random.Random) -> Record:
    facts = model.facts
    if facts is not None:
        name = " ".join(chance.sample(WORDS, 3))
        author = chance.choice(("Maria Souza", "J. Trader", "Fx Lab", None))
        facts = facts.replace(name=f"{name} {number}", author=author)
    symbols = tuple(sorted(chance.sample(SYMBOLS, chance.choice((0, 0, 1, 2)))))
    return model.replace(
        path="",
        sha256=hashlib.sha256(b"%d" % number).hexdigest(),
        facts=facts,
        symbols=symbols if model.symbols is not None else None,
        evidence=model.evidence.replace(symbols=()),
    )


def _state(number: int, content: ClassifiedContent, chance: random.Random) -> FileState:
    words = chance.sample(WORDS, 2)
    folder = f"{WORDS[number % 20]}/{number % 1000:03}"
    return FileState(
        raw=f"{folder}/{' '.join(words)} {number}{content.suffix}".encode(),
        size=content.record.size,
        mtime_ns=1_700_000_000_000_000_000 + number,
        inode=number,
        scanned_at_ns=1_700_000_000_000_000_000 + number,
        sha256=content.record.sha256,
        suffix=content.suffix,
    )


# -- the questions ---------------------------------------------------------------------


def _report(
    queries: dict[str, SearchQuery],
    ask: Callable[[SearchQuery], object],
    count: Callable[[SearchQuery], int],
    rounds: int,
    limit_ms: float,
) -> bool:
    held = True
    for name, query in queries.items():
        paged = query.replace(limit=PAGE)
        times = [_time_ms(partial(ask, paged)) for _ in range(rounds)]
        held &= _line(name, times, limit_ms, f"{count(query)} files")
    return held


def _saves(catalog: Catalog, files: int, rounds: int) -> bool:
    chance = random.Random(2)
    contents = itertools.islice(_contents(chance), files, files + 10 * rounds)
    times: list[float] = []
    for number, content in enumerate(contents):
        state = _state(chance.randrange(files), content, chance)
        # A save of a file that is known, with a content that is not.
        state = state.replace(scanned_at_ns=time.time_ns() + number)
        batch = Batch(files=(state,), records=(content,))
        times.append(_time_ms(partial(catalog.store, batch)))
    return _line("a save", times, SAVE_MS, "")


def _time_ms(do: Callable[[], object]) -> float:
    began = time.perf_counter()
    do()
    return 1000 * (time.perf_counter() - began)


def _line(name: str, times: list[float], limit_ms: float, note: str) -> bool:
    p50 = statistics.median(times)
    p95 = statistics.quantiles(times, n=20, method="inclusive")[-1]
    mark = "" if p95 <= limit_ms else "  over the limit"
    print(f"{name:24} p50 {p50:9.1f}  p95 {p95:9.1f} ms  {note}{mark}", flush=True)
    return p95 <= limit_ms


if __name__ == "__main__":
    sys.exit(main())
