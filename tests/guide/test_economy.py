"""What work costs: time, memory, processes, threads and handles."""

import gc
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from orquestrador.messages.run import FilesClassified

Configure = Callable[..., None]
Grow = Callable[..., None]

QUIET = {"backup_auto": False, "gerar_relatorios": False}
HEAVY = ("dulwich", "jinja2", "rich", "prompt_toolkit", "prometheus_client", "watchdog")
OPERATIONS = 1000


def test_files_a_minute_and_memory_beside_the_guide_s(
    central: Any, configure: Configure, grow: Grow, capsys: pytest.CaptureFixture[str]
) -> None:
    """Guide: G19."""
    configure(max_threads=4, classification={"batch_bytes": 65536})
    files = 2000
    grow(central.library, files)
    memory: dict[int, float] = {}
    over = threading.Event()

    def measure() -> None:
        while not over.is_set():
            for each in psutil.Process().children():
                try:
                    used = each.memory_info().rss / 2**20
                except psutil.Error:
                    continue
                memory[each.pid] = max(used, memory.get(each.pid, 0.0))
            time.sleep(0.05)

    thread = threading.Thread(target=measure)
    thread.start()
    began = time.monotonic()
    answer = central.executar_comando_completo("classificar_tudo", QUIET)
    took_s = time.monotonic() - began
    over.set()
    thread.join(30)

    assert answer["sucesso"], answer
    rate = answer["arquivos_processados"] / took_s * 60
    with capsys.disabled():
        print(  # noqa: T201
            f"\nfiles a minute: {rate:,.0f} (guide: 50-100); worker processes: "
            f"{len(memory)} (guide: 4); the largest, MB: {max(memory.values()):.0f} "
            "(guide: 100-200 a thread)"
        )
    assert answer["arquivos_processados"] > files
    assert rate > 100
    assert len(memory) <= 4
    assert max(memory.values()) < 200


def test_workers_are_used_again_over_runs(
    central: Any, configure: Configure, grow: Grow
) -> None:
    """Guide: G20."""
    configure(max_threads=2, classification={"batch_bytes": 1024})
    pids: list[set[int]] = []
    for number in range(3):
        grow(central.library / str(number), 20 * (number + 1))
        assert central.executar_comando_completo("classificar_tudo", QUIET)["sucesso"]
        pids.append({each.pid for each in psutil.Process().children()})

    assert len(pids[0]) == 2
    assert pids[0] == pids[1] == pids[2]


def test_batches_are_bounded(central: Any, configure: Configure, grow: Grow) -> None:
    """Guide: G20."""
    configure(max_threads=1, classification={"batch_bytes": 4096})
    grow(central.library / "many", 100)
    largest = max(each.stat().st_size for each in central.library.rglob("*.mq4"))
    sizes: list[int] = []

    def note(event: FilesClassified) -> None:
        sizes.append(
            sum((central.library / each).stat().st_size for each in event.paths)
        )

    central.subscribe(FilesClassified, note)
    folder = {"diretorio": "CODIGO_FONTE_LIBRARY/many"}
    answer = central.executar_comando_completo("classificar_diretorio", QUIET | folder)
    central._place.held.running.system.events.flush(30)
    central._place.events.flush(30)

    assert answer["sucesso"], answer
    assert len(sizes) > 10
    assert max(sizes) <= 4096 + largest


def test_heavy_modules_are_loaded_only_when_they_are_used(base: Path) -> None:
    """Guide: G20."""
    program = f"""
import sys
import orquestrador
assert "pykka" not in sys.modules
import orquestrador_central
central = orquestrador_central.OrquestradorCentral()
assert not set({HEAVY!r}) & set(sys.modules), set({HEAVY!r}) & set(sys.modules)
answer = central.executar_comando_completo(
    "classificar_tudo", {{"backup_auto": False, "gerar_relatorios": False}}
)
assert answer["sucesso"], answer
assert not {{"jinja2", "rich", "prompt_toolkit"}} & set(sys.modules)
"""
    ended = subprocess.run(
        [sys.executable, "-c", program],
        cwd=base,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.stderr == ""
    assert ended.returncode == 0


def handles() -> int:
    process = psutil.Process()
    return process.num_handles() if os.name == "nt" else process.num_fds()


def test_a_thousand_operations_leak_no_thread_handle_or_memory(
    central: Any, configure: Configure
) -> None:
    """Guide: G23."""
    configure(processamento_paralelo=False)
    folder = central.library / "one"
    folder.mkdir()
    (folder / "a.mq4").write_text("int OnInit() { return 0; }\n", encoding="utf-8")
    process = psutil.Process()

    def operate(count: int) -> None:
        for number in range(count):
            command, given = COMMANDS[number % len(COMMANDS)]
            answer = central.executar_comando_completo(command, given)
            assert answer["sucesso"], answer
        for name, thread in list(central.threads_ativas.items()):
            if not thread.is_alive():
                del central.threads_ativas[name]
        gc.collect()

    operate(OPERATIONS // 10)
    threads, open_before = threading.active_count(), handles()
    memory = process.memory_info().rss
    operate(OPERATIONS)

    assert threading.active_count() <= threads
    assert handles() <= open_before + 2
    grown_mb = (process.memory_info().rss - memory) / 2**20
    assert grown_mb < 20
    assert len(central.threads_ativas) == 4


COMMANDS: list[tuple[str, dict[str, Any]]] = [
    (
        "classificar_diretorio",
        {"diretorio": "CODIGO_FONTE_LIBRARY/one", "backup_auto": False}
        | {"gerar_relatorios": False},
    ),
    ("status_sistema", {}),
    ("status_sistema", {}),
    ("monitorar_tempo_real", {}),
]


def test_systems_that_come_and_go_leak_nothing_either(
    central: Any, configure: Configure
) -> None:
    """Guide: G23."""
    configure(processamento_paralelo=False)

    def come_and_go(times: int) -> None:
        for _ in range(times):
            assert central.executar_comando_completo("backup_completo")["sucesso"]
            assert central.executar_comando_completo("parar_sistema")["parado"]
        gc.collect()

    come_and_go(3)
    threads, open_before = threading.active_count(), handles()
    come_and_go(15)

    limit = time.monotonic() + 30
    while threading.active_count() > threads and time.monotonic() < limit:
        time.sleep(0.01)
    assert threading.active_count() <= threads
    assert handles() <= open_before + 2
