"""What a full report costs: its size, the time to write it and to filter it.

    python benchmarks/reports.py FOLDER [--state DIR] [--turns 5] [--smoke]

FOLDER is classified once into a temporary state folder, unless `--state` names one
that holds its catalog. Then, in turns with a yardstick (the standard library's `json`
writing what the full report's JSON holds), a full report is collected and written as
HTML; after that each format is written of the data alone. Where Playwright and a
Chromium are, every letter of some searches is typed into the page's table, and timed in
the page.

The limits are of 12,196 files: 1 MB and 1 s for the HTML, collecting included, in the
turn that other programs disturb least; 100 ms for a filter. Exit status: 0 within them,
1 not. `--smoke` is one turn, and judges none.
"""

import argparse
import contextlib
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from orquestrador import Orchestrator
from orquestrador.reports import ReportData, library_data, report_library, write_report
from orquestrador.reports.writing import FORMATS
from orquestrador.words import ENGLISH

SIZE_LIMIT, WRITE_LIMIT_S, FILTER_LIMIT_MS = 1_000_000, 1.0, 100.0
SEARCHES = ("grid xauusd", "scalper 2", "martingale")

_TYPE = """
words => {
    const input = document.querySelector("#files input[type=search]");
    const times = [];
    for (let end = 0; end <= words.length; end += 1) {
        input.value = words.slice(0, end);
        const began = performance.now();
        input.dispatchEvent(new Event("input", { bubbles: true }));
        times.push(performance.now() - began);
    }
    return times;
}
"""


def main() -> int:
    """Print the figures; 1 when a limit is passed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--state", type=Path)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--smoke", action="store_true")
    options = parser.parse_args()
    folder: Path = options.folder.absolute()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        state = _state(folder, Path(temporary) / "state", options.state)
        size, write_s = _measure(folder, state, 1 if options.smoke else options.turns)
        filter_ms = _filtered(state / "reports" / "report-full.html")
    if options.smoke:
        return 0
    held = (
        size <= SIZE_LIMIT
        and write_s <= WRITE_LIMIT_S
        and (filter_ms is None or filter_ms <= FILTER_LIMIT_MS)
    )
    print("limits held" if held else "limits NOT held")
    return 0 if held else 1


def _state(folder: Path, state: Path, given: Path | None) -> Path:
    """Return a state folder of our own, with a catalog of the folder."""
    state.mkdir()
    if given is None:
        with Orchestrator(folder, state=state) as orq:
            orq.classify(backup=False, report=False).result(timeout=3600)
    else:
        shutil.copy(given / "catalog.sqlite3", state)
    return state


def _measure(folder: Path, state: Path, turns: int) -> tuple[int, float]:
    """Print what the turns took; return the page's bytes and the least seconds."""
    data = library_data(folder, state, "full")
    (plain,) = write_report(data, state, ENGLISH, ["json"])
    # What is loaded when it is first used is loaded from here on.
    write_report(data, state, ENGLISH, FORMATS)
    loaded = json.loads(plain.read_bytes())
    files, contents = data.summary.files, data.summary.contents
    print(f"{folder.name}: {files} files, {contents} contents")
    took: list[float] = []
    shares: list[float] = []
    for _ in range(turns):
        yardstick = _seconds(lambda: json.dumps(loaded, indent=1))
        took.append(
            _seconds(
                lambda: report_library(folder, state, ENGLISH, ["html"], kind="full")
            )
        )
        shares.append(took[-1] / yardstick)
    page = state / "reports" / "report-full.html"
    size = page.stat().st_size
    print(
        f"full HTML   {size} bytes, collected and written in {min(took):.2f} to "
        f"{max(took):.2f} s, {statistics.median(shares):.1f} times json "
        f"(limits {SIZE_LIMIT}, {WRITE_LIMIT_S} s)"
    )
    for name in FORMATS:
        _print_format(data, state, name)
    return size, min(took)


def _print_format(data: ReportData, folder: Path, name: str) -> None:
    began = time.perf_counter()
    (path,) = write_report(data, folder, ENGLISH, [name])
    seconds = time.perf_counter() - began
    print(f"  {name:5} {path.stat().st_size:>9} bytes in {seconds:.2f} s, of the data")


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _filtered(page: Path) -> float | None:
    """Print and return the median milliseconds of a filter; None without a browser."""
    times = list(_typed(page))
    if not times:
        print("filter      not measured: it needs Playwright and a Chromium")
        return None
    median = statistics.median(times)
    print(
        f"filter      {median:.0f} ms, at most {max(times):.0f} ms "
        f"(limit {FILTER_LIMIT_MS:.0f})"
    )
    return median


def _typed(page: Path) -> Iterator[float]:
    """Yield the milliseconds of each filter as searches are typed."""
    chromium = shutil.which("chromium")
    with contextlib.suppress(ModuleNotFoundError):
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 -- may be missing

        if chromium is None:
            return
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=chromium, args=["--no-sandbox"]
            )
            tab = browser.new_page()
            tab.goto(page.as_uri())
            for words in SEARCHES:
                yield from tab.evaluate(_TYPE, words)
            browser.close()


if __name__ == "__main__":
    sys.exit(main())
