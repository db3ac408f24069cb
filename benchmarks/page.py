"""What the page costs, in a real browser: time until it lives, memory, processor.

    python benchmarks/page.py [LIBRARY] [--files 12196] [--seconds 60] [--smoke]

It runs a whole system in a process of its own, on a copy of a library or on one of so
many files that it makes, opens the page in Chromium, and prints JSON:

- `alive_s`: from the link to the figures and the open stream of events, each in a new
  window; its limit is 1 s for the slowest but the first, which starts the browser;
- `heap_kb`, `nodes`: what the page holds after garbage is collected, at the begin and
  after `--seconds` of runs that look at every file, told live; its limit is a growth
  of 25 % and 1 MB;
- `idle_share`: of one processor, by the system at rest with a page that is looked at,
  with one in a tab that is hidden, and without one; the limit is 1 % for the first;
- `silent`: what a thousand connections that say nothing cost the system in memory, how
  many of them it keeps, and how long the page takes meanwhile; its limits are 8 MB,
  and that the page comes.

Exit status: 0 within the limits, 1 not. `--smoke` takes seconds and judges nothing.
"""

import argparse
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
from playwright.sync_api import Browser, Page, sync_playwright

from orquestrador.running import RunningLibrary, find

if sys.platform != "win32":
    import resource

ALIVE_S = 1.0
GROWTH = 1.25
GROWTH_KB = 1024
IDLE_SHARE = 0.01
SILENT = 1000
SILENT_KB = 8 * 1024
DISTINCT = 2990
"""Contents of the library; three quarters of its files are copies."""

_ALIVE = """() => document.querySelector("#status .connection.good") !== null
    && /\\d/.test(document.querySelector(".figures dd")?.textContent ?? "")"""


def main() -> int:
    """Measure; print the figures."""
    parser = argparse.ArgumentParser(description="What the page costs.")
    parser.add_argument("library", nargs="?", type=Path)
    parser.add_argument("--files", type=int, default=12_196)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--smoke", action="store_true")
    options = parser.parse_args()
    files = 100 if options.smoke else options.files
    seconds = 1.0 if options.smoke else options.seconds
    _allow_many_connections()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        library = Path(folder) / "library"
        if options.library is None:
            _write(library, files)
        else:
            state = shutil.ignore_patterns(".orquestrador")
            shutil.copytree(options.library, library, symlinks=True, ignore=state)
        with _run(library) as process:
            try:
                figures = _measured(library, process, seconds)
            finally:
                process.terminate()
                process.wait(60)
    print(json.dumps(figures, indent=2))
    return 0 if options.smoke or _is_within(figures) else 1


def _write(library: Path, files: int) -> None:
    body = "void OnTick() { OrderSend(NULL, 0, Lots, Ask, 3, 0, 0); }\n"
    for number in range(files):
        folder = library / f"folder {number % 200}"
        folder.mkdir(parents=True, exist_ok=True)
        source = f"// {number % DISTINCT}\n{body * 20}"
        (folder / f"{number}.mq4").write_text(source, encoding="utf-8")


def _run(library: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "orquestrador", "--lang", "en"),
            *("--library", str(library), "run", "--yes"),
        ],
        stdout=subprocess.DEVNULL,
    )


def _connected(library: Path) -> RunningLibrary:
    limit = time.monotonic() + 60
    while (found := find(library, library / ".orquestrador")) is None:
        if time.monotonic() > limit:
            raise TimeoutError("the system does not start")
        time.sleep(0.1)
    return found


def _measured(
    library: Path, process: "subprocess.Popen[bytes]", seconds: float
) -> dict[str, Any]:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with _connected(library) as system, sync_playwright() as playwright:
        # Its own first run comes before this one.
        files = system.classify(backup=False, report=False).result(600).files
        # What follows a first run: its snapshot and its reports.
        _rest(process.pid, seconds)
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        alive = [_alive(browser, system) for _ in range(6)]
        page = browser.new_page()
        page.goto(system.page_link())
        page.wait_for_function(_ALIVE)
        before = _held(page)
        runs = _work(system, seconds)
        after = _held(page)
        _rest(process.pid, seconds)
        silent = _silent(browser, system, process.pid)
        _rest(process.pid, seconds)
        looked_at = _share(process.pid, seconds)
        page.evaluate(
            """() => {
                Object.defineProperty(document, "hidden", { value: true });
                document.dispatchEvent(new Event("visibilitychange"));
            }"""
        )
        hidden = _share(process.pid, seconds)
        browser.close()
        alone = _share(process.pid, seconds)
    return {
        "files": files,
        "seconds": seconds,
        "alive_s": [round(each, 3) for each in alive],
        "runs": runs,
        "heap_kb": [before["JSHeapUsedSize"] // 1024, after["JSHeapUsedSize"] // 1024],
        "nodes": [before["Nodes"], after["Nodes"]],
        "idle_share": {"looked_at": looked_at, "hidden": hidden, "alone": alone},
        "silent": silent,
    }


def _alive(browser: Browser, system: RunningLibrary) -> float:
    window = browser.new_context()
    page = window.new_page()
    link = system.page_link()
    began = time.monotonic()
    page.goto(link, wait_until="commit")
    page.wait_for_function(_ALIVE)
    took = time.monotonic() - began
    window.close()
    return took


def _silent(browser: Browser, system: RunningLibrary, pid: int) -> dict[str, Any]:
    """Connect a thousand times without a word; return what that costs."""
    port = urlsplit(system.page_link()).port or 0
    before = _rss_kb(pid)
    silent = [
        socket.create_connection(("127.0.0.1", port), timeout=30) for _ in range(SILENT)
    ]
    took = _alive(browser, system)
    kept = sum(
        each.status == psutil.CONN_ESTABLISHED and each.laddr.port == port
        for each in psutil.Process(pid).net_connections("tcp")
    )
    after = _rss_kb(pid)
    for each in silent:
        each.close()
    return {
        "count": SILENT,
        "kept": kept,
        "rss_kb": [before, after],
        "alive_s": round(took, 3),
    }


def _allow_many_connections() -> None:
    """Let this process have the files that it takes; on Windows it may anyway."""
    if sys.platform != "win32":
        limit, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(limit, min(most, 4096)), most))


def _rss_kb(pid: int) -> int:
    rss: int = psutil.Process(pid).memory_info().rss
    return rss // 1024


def _work(system: RunningLibrary, seconds: float) -> int:
    """Let run follow run; return how many there were."""
    until, runs = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        run = system.classify(verify=True, backup=False, report=False)
        runs += 1
        run.result(timeout=300)
    return runs


def _held(page: Page) -> dict[str, int]:
    session: Any = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    metrics = session.send("Performance.getMetrics")["metrics"]
    session.detach()
    return {each["name"]: int(each["value"]) for each in metrics}


def _rest(pid: int, seconds: float) -> None:
    """Wait until the system does nothing but look at itself."""
    limit = time.monotonic() + 300
    while _share(pid, min(3.0, seconds)) > 0.05:
        if time.monotonic() > limit:
            raise TimeoutError("the system does not come to rest")


def _share(pid: int, seconds: float) -> float:
    """Return which part of one processor a process and its own take."""

    def used() -> float:
        first = psutil.Process(pid)
        times = [each.cpu_times() for each in (first, *first.children(recursive=True))]
        return sum(each.user + each.system for each in times)

    before = used()
    time.sleep(seconds)
    return round((used() - before) / seconds, 4)


def _is_within(figures: dict[str, Any]) -> bool:
    before, after = figures["heap_kb"]
    return (
        max(figures["alive_s"][1:]) <= ALIVE_S
        and after <= before * GROWTH + GROWTH_KB
        and figures["idle_share"]["looked_at"] <= IDLE_SHARE
        and figures["silent"]["rss_kb"][1] <= figures["silent"]["rss_kb"][0] + SILENT_KB
    )


if __name__ == "__main__":
    sys.exit(main())
