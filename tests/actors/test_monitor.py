"""The monitor's numbers against psutil's own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from orquestrador.actors import MonitorActor
from orquestrador.messages.monitor import GetMetrics, MetricsSampled
from orquestrador.supervisor import ChildSpec

BUSY = "print(flush=True); hoard = bytearray(50_000_000); input(); sum(range(10**9))"


@pytest.fixture
def tree(
    plant: Callable[..., Any], puppet: Callable[[str], ChildSpec], tmp_path: Path
) -> Any:
    return plant(
        puppet("catalog"),
        ChildSpec(id="monitor", actor=MonitorActor, args=(tmp_path, None)),
    )


def sample(tree: Any) -> MetricsSampled:
    taken: MetricsSampled = tree.system.ref("monitor").ask(GetMetrics(), timeout=30)
    return taken


def test_memory_threads_and_disk_are_those_of_psutil(tree: Any, tmp_path: Path) -> None:
    process = psutil.Process()

    taken = sample(tree)

    assert taken.process_memory_mb == pytest.approx(
        process.memory_info().rss / 2**20, rel=0.1
    )
    assert taken.threads == process.num_threads()
    assert taken.disk_percent == pytest.approx(
        psutil.disk_usage(os.fspath(tmp_path)).percent, abs=1.0
    )
    assert taken.memory_percent == pytest.approx(
        psutil.virtual_memory().percent, abs=10.0
    )
    assert 0.0 <= taken.cpu_percent <= 100.0


def test_worker_processes_count_as_ours(tree: Any) -> None:
    before = sample(tree)
    with subprocess.Popen(
        [sys.executable, "-c", BUSY], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdout.readline()
        child.stdin.write(b"\n")
        child.stdin.flush()
        used = psutil.Process(child.pid)
        while used.cpu_times().user < 0.2:
            pass
        taken = sample(tree)
        child.kill()

    assert taken.process_memory_mb > before.process_memory_mb + 40
    assert taken.process_cpu_percent > 10


def test_messages_of_every_actor_are_counted_and_rated(tree: Any) -> None:
    sample(tree)
    for number in range(100):
        tree.tell("catalog", number)
    tree.received("catalog", 100)

    taken = {each.name: each for each in sample(tree).actors}

    assert taken["catalog"].handled >= 101
    assert taken["catalog"].rate > 1
    assert taken["catalog"].mailbox == 0
    assert taken["catalog"].restarts == 0
    assert taken["monitor"].busy_s >= 0
