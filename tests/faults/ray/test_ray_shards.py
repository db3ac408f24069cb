"""Shards as tasks of a real Ray: the same folder, whatever dies meanwhile."""

import contextlib
import importlib.util
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orquestrador.errors import RunFailedError
from orquestrador.messages.run import RunProgressed
from orquestrador.sharding import Sharding, classify_shards
from orquestrador.shards.planning import ShardOptions

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

SMALL = ShardOptions(shard_bytes=600)


def settings(engine: str = "ray", address: str = "") -> dict[str, Any]:
    return {"classification": {"engine": engine, "workers": 2, "ray_address": address}}


def contents(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in sorted(folder.iterdir())}


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A data set of fifteen shards; the slow classifier takes three seconds for it."""
    folder = tmp_path / "many"
    folder.mkdir()
    columns = {
        "path": [f"{number}.mq4" for number in range(300)],
        "content": [f"int OnInit() {{ return {number}; }}" for number in range(300)],
    }
    table = pa.Table.from_pydict(columns)
    pq.write_table(table, folder / "x.parquet", row_group_size=20)
    return folder


def finish(many: Path, to: Path, engine: str = "inline") -> Any:
    return classify_shards(
        [many],
        to,
        options=SMALL,
        settings=settings(engine),
        classify="faulty_classifiers:faulty",
    )


@pytest.fixture
def whole(many: Path, tmp_path: Path) -> dict[str, bytes]:
    """What nothing disturbs."""
    finish(many, tmp_path / "whole")
    return contents(tmp_path / "whole")


def run(sharding: Sharding, *, at: int, then: Callable[[], object]) -> Any:
    """Classify; do something once so many rows are done."""
    reached = threading.Event()

    def look(event: RunProgressed) -> None:
        if event.settled >= at:
            reached.set()

    sharding.subscribe(RunProgressed, look)
    with sharding:
        assert reached.wait(120)
        then()
        return sharding.result(timeout=200)


def kill_working() -> int:
    """Kill the workers that are at a shard now; wait for one if there is none."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        killed = 0
        for each in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.Error):
                # A worker has this name while it is at a shard.
                if "ray::call_here" in " ".join(each.cmdline()):
                    each.kill()
                    killed += 1
        if killed:
            return killed
    return 0


def test_a_killed_worker_and_no_fault_at_all_make_the_same_folder(
    many: Path, tmp_path: Path, whole: dict[str, bytes]
) -> None:
    killed: list[int] = []
    sharding = Sharding(
        [many],
        tmp_path / "out",
        options=SMALL,
        settings=settings(),
        classify="faulty_classifiers:slow",
    )

    result = run(sharding, at=40, then=lambda: killed.append(kill_working()))

    assert killed[0]
    assert result.problems == 0
    assert contents(tmp_path / "out") == whole


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
    many: Path, tmp_path: Path, two_nodes: Any, whole: dict[str, bytes]
) -> None:
    second = two_nodes.add_node(num_cpus=1, node_ip_address="127.0.0.1")
    two_nodes.wait_for_nodes()
    sharding = Sharding(
        [many],
        tmp_path / "out",
        options=SMALL,
        settings=settings(address=two_nodes.address),
        classify="faulty_classifiers:slow",
    )

    result = run(
        sharding,
        at=40,
        then=lambda: two_nodes.remove_node(second, allow_graceful=False),
    )

    assert result.problems == 0
    assert contents(tmp_path / "out") == whole


DRIVER = """
import sys
from orquestrador.messages.run import RunProgressed
from orquestrador.sharding import Sharding
from orquestrador.shards.planning import ShardOptions

def main():
    source, to = sys.argv[1:]
    sharding = Sharding(
        [source],
        to,
        options=ShardOptions(shard_bytes=600),
        settings={"classification": {"engine": "ray", "workers": 2}},
        classify="faulty_classifiers:slow",
    )
    sharding.subscribe(RunProgressed, lambda event: print(event.settled, flush=True))
    with sharding:
        sharding.result()

if __name__ == "__main__":
    main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_killed_driver_is_gone_on_after_without_repeating_a_shard(
    many: Path, tmp_path: Path, whole: dict[str, bytes]
) -> None:
    script, to = tmp_path / "driver.py", tmp_path / "out"
    script.write_text(DRIVER, encoding="utf-8")
    driver = subprocess.Popen(
        [sys.executable, script, many, to], stdout=subprocess.PIPE, text=True
    )
    assert driver.stdout is not None
    for line in driver.stdout:
        if int(line) >= 60:
            break
    started = psutil.Process(driver.pid).children(recursive=True)
    names = {each.pid: " ".join(each.cmdline()) for each in started}
    driver.send_signal(signal.SIGKILL)
    driver.wait(30)
    driver.stdout.close()
    # A task may go on writing for a moment; Ray's agents end only after minutes.
    working = [each for each in started if "Agent" not in names[each.pid]]
    _, left = psutil.wait_procs(working, timeout=100)
    assert not left
    kept = {each.name: each.stat().st_mtime_ns for each in to.glob("part-*")}

    result = finish(many, to)

    assert 60 <= 300 - result.classified < 300
    assert contents(to) == whole
    assert {name: (to / name).stat().st_mtime_ns for name in kept} == kept


def test_without_ray_it_says_what_to_install(
    many: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)

    with pytest.raises(RunFailedError, match=r"pip install 'orquestrador\[ray\]'"):
        finish(many, tmp_path / "out", engine="ray")
