"""Engine `ray`, on a real Ray: the same records, whatever dies meanwhile."""

import contextlib
import importlib.util
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from orquestrador import Orchestrator
from orquestrador.catalog import Catalog
from orquestrador.errors import RunFailedError
from orquestrador.messages.run import RunProgressed

if TYPE_CHECKING:
    from orquestrador.messages import Record

Export = Callable[[Path], bytes]

installed = importlib.util.find_spec("ray") is not None
pytestmark = [
    pytest.mark.skipif(
        not installed and not os.environ.get("REQUIRE_RAY"),
        reason="Ray is not installed",
    ),
    # It takes seconds to start, and many on a busy machine.
    pytest.mark.timeout(300),
    # Ray opens files and sockets of its own, and leaves them to the process's end.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:.*:FutureWarning"),
]


def settings(**classification: Any) -> dict[str, Any]:
    return {
        "classification": {
            "engine": "ray",
            "workers": 2,
            "batch_bytes": 4096,
            **classification,
        }
    }


@pytest.fixture
def many(library: Path) -> Path:
    """Enough contents that something can die in their midst."""
    for number in range(300):
        text = f"int OnInit() {{ return {number}; }}\n"
        (library / f"{number}.mq4").write_text(text, encoding="utf-8")
    return library


def run(orq: Orchestrator, *, at: int, then: Callable[[], object]) -> Any:
    """Classify; do something once so many contents are done."""
    reached = threading.Event()

    def look(event: RunProgressed) -> None:
        if event.classified >= at:
            reached.set()

    orq.subscribe(RunProgressed, look)
    handle = orq.classify(backup=False, report=False)
    assert reached.wait(120)
    then()
    return handle.result(timeout=200)


def ray_processes(of: psutil.Process, name: str) -> list[psutil.Process]:
    found: list[psutil.Process] = []
    for child in of.children(recursive=True):
        try:
            if name in " ".join(child.cmdline()):
                found.append(child)
        except psutil.Error:
            continue
    return found


def test_the_records_are_the_same_and_nothing_listens_but_on_loopback(
    library: Path, tmp_path: Path, undisturbed: Export, export: Export
) -> None:
    listening: list[str] = []

    def look() -> None:
        for each in psutil.Process().children(recursive=True):
            try:
                found = each.net_connections("tcp")
            except psutil.Error:
                continue
            listening.extend(one.laddr.ip for one in found if one.status == "LISTEN")

    state = tmp_path / "state"
    with Orchestrator(library, state=state, settings=settings()) as orq:
        result = run(orq, at=1, then=look)

    assert result.problems == 0
    assert export(state) == undisturbed(library)
    assert listening
    assert {each.removeprefix("::ffff:") for each in listening} == {"127.0.0.1"}
    assert not ray_processes(psutil.Process(), "raylet")


def test_a_harmful_content_costs_its_own_file_only(
    library: Path, tmp_path: Path, undisturbed: Export, export: Export
) -> None:
    untouched = undisturbed(library)
    reasons = {
        "segfault": r"classification ended a worker of the cluster, or took .*",
        "hold-interpreter": r"classification ended a worker of the cluster, or took .*",
        "raise": r"classification failed: ValueError: a rule of mine is wrong",
    }
    for name in reasons:
        text = f"//FAULT {name}\nvoid OnTick() {{ int x = {len(name)}; }}\n"
        (library / f"{name}.mq4").write_text(text, encoding="utf-8")
    state = tmp_path / "state"
    with Orchestrator(
        library,
        state=state,
        settings=settings(content_limit_s=3),
        classify="faulty_classifiers:faulty",
    ) as orq:
        result = orq.classify(backup=False, report=False).result(timeout=200)

    with Catalog(state / "catalog.sqlite3", read_only=True) as catalog:
        found: dict[str, Record] = {each.path: each for each in catalog.records()}
    for name, reason in reasons.items():
        record = found[f"{name}.mq4"]
        assert record.kind == "unknown"
        assert re.fullmatch(reason, record.reason or ""), (name, record.reason)
    assert result.problems == len(reasons)
    for name in reasons:
        (library / f"{name}.mq4").unlink()
    with Orchestrator(library, state=state) as orq:
        orq.classify(backup=False, report=False).result(timeout=60)
    assert export(state) == untouched


def test_a_worker_killed_from_outside_costs_nothing(
    many: Path, tmp_path: Path, undisturbed: Export, export: Export
) -> None:
    killed: list[int] = []

    def kill() -> None:
        # A worker has this name while it is at a piece; between two it is idle.
        until = time.monotonic() + 60
        while not killed and time.monotonic() < until:
            for each in ray_processes(psutil.Process(), "ray::classify_piece"):
                with contextlib.suppress(psutil.NoSuchProcess):
                    each.kill()
                    killed.append(each.pid)

    state = tmp_path / "state"
    with Orchestrator(
        many, state=state, settings=settings(), classify="faulty_classifiers:slow"
    ) as orq:
        result = run(orq, at=20, then=kill)

    assert killed
    assert result.problems == 0
    assert export(state) == undisturbed(many)


@pytest.fixture
def two_nodes(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A cluster of two nodes on this machine; the second can be killed."""
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    from ray.cluster_utils import Cluster  # noqa: PLC0415 -- an extra

    head = {"num_cpus": 1, "include_dashboard": False, "node_ip_address": "127.0.0.1"}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    yield cluster
    cluster.shutdown()


def test_a_node_killed_costs_nothing(
    many: Path, tmp_path: Path, two_nodes: Any, undisturbed: Export, export: Export
) -> None:
    second = two_nodes.add_node(num_cpus=1, node_ip_address="127.0.0.1")
    two_nodes.wait_for_nodes()
    state = tmp_path / "state"
    with Orchestrator(
        many,
        state=state,
        settings=settings(ray_address=two_nodes.address),
        classify="faulty_classifiers:slow",
    ) as orq:
        result = run(
            orq,
            at=20,
            then=lambda: two_nodes.remove_node(second, allow_graceful=False),
        )

    assert result.problems == 0
    assert export(state) == undisturbed(many)


DRIVER = """
import sys
from orquestrador import Orchestrator
from orquestrador.messages.run import RunProgressed

settings = {"classification": {"engine": "ray", "workers": 2, "batch_bytes": 4096}}

def main():
    library, state = sys.argv[1:]
    with Orchestrator(
        library, state=state, settings=settings, classify="faulty_classifiers:slow"
    ) as orq:
        orq.subscribe(RunProgressed, lambda event: print(event.classified, flush=True))
        orq.classify(backup=False, report=False).result()

if __name__ == "__main__":
    main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_killed_driver_leaves_nothing_and_the_next_run_goes_on(
    many: Path, tmp_path: Path, undisturbed: Export, export: Export
) -> None:
    script, state = tmp_path / "driver.py", tmp_path / "state"
    script.write_text(DRIVER, encoding="utf-8")
    driver = subprocess.Popen(
        [sys.executable, script, many, state], stdout=subprocess.PIPE, text=True
    )
    assert driver.stdout is not None
    for line in driver.stdout:
        if int(line) >= 40:
            break
    started = psutil.Process(driver.pid).children(recursive=True)
    names = {each.pid: " ".join(each.cmdline()) for each in started}
    driver.send_signal(signal.SIGKILL)
    driver.wait(30)
    driver.stdout.close()

    with Catalog(state / "catalog.sqlite3", read_only=True) as catalog:
        kept = len(list(catalog.records()))
    with Orchestrator(many, state=state, settings=settings(engine="inline")) as orq:
        result = orq.classify(backup=False, report=False).result(timeout=100)
        assert 0 < result.classified <= len(list(many.rglob("*.mq?"))) - kept
    assert export(state) == undisturbed(many)
    # Ray's two agents look only from time to time whether their node is still there.
    working = [each for each in started if "Agent" not in names[each.pid]]
    _, left = psutil.wait_procs(working, timeout=100)
    assert not left


def test_without_ray_the_run_says_what_to_install(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)

    with (
        Orchestrator(library, state=tmp_path / "state", settings=settings()) as orq,
        pytest.raises(RunFailedError, match=r"pip install 'orquestrador\[ray\]'"),
    ):
        orq.classify(backup=False, report=False).result(timeout=60)


def test_it_is_not_imported_before_it_is_used() -> None:
    code = "import sys, orquestrador.tree; sys.exit('ray' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_cluster_that_is_not_there_is_named(library: Path, tmp_path: Path) -> None:
    with (
        Orchestrator(
            library,
            state=tmp_path / "state",
            settings=settings(ray_address="127.0.0.1:9"),
        ) as orq,
        pytest.raises(RunFailedError, match=r"no Ray cluster answers at 127"),
    ):
        orq.classify(backup=False, report=False).result(timeout=100)
