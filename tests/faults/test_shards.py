"""Shards by processes of this machine: whatever dies, the folder is the same."""

import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from orquestrador.errors import RunFailedError
from orquestrador.messages.run import RunProgressed
from orquestrador.sharding import Sharding, ShardsResult, classify_shards
from orquestrador.shards.importing import rows_of
from orquestrador.shards.planning import ShardOptions

Contents = dict[str, bytes]

SMALL = ShardOptions(shard_bytes=600)
INLINE = {"classification": {"engine": "inline"}}
PROCESSES: dict[str, Any] = {"classification": {"engine": "processes", "workers": 2}}


def contents(folder: Path) -> Contents:
    return {each.name: each.read_bytes() for each in sorted(folder.iterdir())}


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Fifteen shards or so, that the slow classifier takes three seconds for."""
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(300):
        text = f"int OnInit() {{ return {number}; }}\n"
        (folder / f"{number}.mq4").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def whole(many: Path, tmp_path: Path) -> Contents:
    """What nothing disturbs."""
    go_on(many, tmp_path / "whole")
    return contents(tmp_path / "whole")


def go_on(source: Path, to: Path) -> ShardsResult:
    """Classify what is not there yet, with nothing in the way."""
    return classify_shards(
        [source],
        to,
        options=SMALL,
        settings=INLINE,
        classify="faulty_classifiers:faulty",
    )


def processes() -> list[psutil.Process]:
    found: list[psutil.Process] = []
    for each in psutil.Process().children(recursive=True):
        try:
            if "orquestrador.shards.process" in each.cmdline():
                found.append(each)
        except psutil.Error:
            continue
    return found


def run(sharding: Sharding, *, at: int, then: Callable[[], object]) -> Any:
    """Classify; do something once so many files are done."""
    reached = threading.Event()

    def look(event: RunProgressed) -> None:
        if event.settled >= at:
            reached.set()

    sharding.subscribe(RunProgressed, look)
    with sharding:
        assert reached.wait(60)
        then()
        return sharding.result(timeout=100)


def test_workers_killed_from_outside_cost_nothing(
    many: Path, tmp_path: Path, whole: Contents
) -> None:
    killed: list[int] = []

    def kill() -> None:
        for each in processes():
            each.kill()
            killed.append(each.pid)

    sharding = Sharding(
        [many],
        tmp_path / "out",
        options=SMALL,
        settings=PROCESSES,
        classify="faulty_classifiers:slow",
    )
    result = run(sharding, at=40, then=kill)

    assert len(killed) == 2
    assert result.problems == 0
    assert contents(tmp_path / "out") == whole


DRIVER = """
import sys
from orquestrador.messages.run import RunProgressed
from orquestrador.sharding import Sharding
from orquestrador.shards.planning import ShardOptions

def main():
    engine, source, to = sys.argv[1:]
    sharding = Sharding(
        [source],
        to,
        options=ShardOptions(shard_bytes=600),
        settings={"classification": {"engine": engine, "workers": 2}},
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
    many: Path, tmp_path: Path, whole: Contents
) -> None:
    script, to = tmp_path / "driver.py", tmp_path / "out"
    script.write_text(DRIVER, encoding="utf-8")
    driver = subprocess.Popen(
        [sys.executable, script, "processes", many, to],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert driver.stdout is not None
    for line in driver.stdout:
        if int(line) >= 60:
            break
    started = psutil.Process(driver.pid).children(recursive=True)
    driver.send_signal(signal.SIGKILL)
    driver.wait(30)
    driver.stdout.close()
    _, left = psutil.wait_procs(started, timeout=30)
    assert not left
    kept = {each.name: each.stat() for each in to.glob("part-*")}

    result = go_on(many, to)

    assert 60 <= 300 - result.classified < 300
    assert contents(to) == whole
    for name, before in kept.items():
        after = (to / name).stat()
        assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_harmful_contents_are_named_and_the_rest_of_their_shards_is_done(
    library: Path, tmp_path: Path
) -> None:
    ended = r"classification ended its worker twice, or took longer than 2 s"
    reasons = {
        "segfault": ended,
        "hold-interpreter": ended,
        "exit": ended,
        "eat-at-once": r"classification needed more memory than a worker may use",
        "raise": r"classification failed: ValueError: a rule of mine is wrong",
    }
    classify_shards([library], tmp_path / "before", settings=INLINE)
    for name in reasons:
        text = f"//FAULT {name}\nvoid OnTick() {{ int x = {len(name)}; }}\n"
        (library / f"{name}.mq4").write_text(text, encoding="utf-8")

    result = classify_shards(
        [library],
        tmp_path / "out",
        settings={"classification": {"workers": 1, "content_limit_s": 2}},
        classify="faulty_classifiers:faulty",
    )

    found = {record.path: record for record, _ in rows_of(tmp_path / "out")}
    for name, reason in reasons.items():
        record = found.pop(f"{name}.mq4")
        assert record.kind == "unknown"
        assert re.fullmatch(reason, record.reason or ""), (name, record.reason)
    assert result.problems == len(reasons)
    assert list(found.values()) == [
        record for record, _ in rows_of(tmp_path / "before")
    ]
    assert not list((tmp_path / "out").glob("_begun-*"))


def test_a_worker_that_cannot_start_ends_the_run_with_its_words(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "msgspec.py").write_text(
        "raise RuntimeError('no disk for code')", "utf-8"
    )
    monkeypatch.setenv("PYTHONPATH", str(broken))

    with (
        Sharding([library], tmp_path / "out", settings=PROCESSES) as sharding,
        pytest.raises(RunFailedError, match=r"part-000000 ends .*no disk for code"),
    ):
        sharding.result(timeout=60)
