"""Several agents at the same time, watched from outside."""

import statistics
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from orquestrador import OrquestradorCentral, processar_diretorio
from orquestrador.catalog import Catalog
from orquestrador.messages.backup import SnapshotFinished
from orquestrador.messages.monitor import MetricsSampled
from orquestrador.messages.report import ReportFinished
from orquestrador.messages.run import FilesClassified, RunFinished, RunStarted

Configure = Callable[..., None]
Grow = Callable[..., None]
Until = Callable[[Callable[[], object]], None]

QUIET = {"backup_auto": False, "gerar_relatorios": False}


def begin(central: Any, command: str, **given: Any) -> threading.Thread:
    thread = threading.Thread(
        target=central.executar_comando_completo, args=(command, given)
    )
    thread.start()
    return thread


def test_a_run_is_watched_backed_up_and_reported_while_it_goes_on(
    central: Any,
    configure: Configure,
    grow: Grow,
    slowly: None,
    until: Until,
) -> None:
    """Guide: G01."""
    configure(intervalo_monitoramento=0.2, max_threads=2)
    grow(central.library, 80)
    order: list[str] = []
    seen: list[object] = []

    def note_sample(_sample: MetricsSampled) -> None:
        if order and "RunFinished" not in order:
            seen.append(central._obter_status_sistema())

    def note(event: object) -> None:
        order.append(type(event).__name__)

    central.subscribe(MetricsSampled, note_sample)
    for kind in (RunStarted, SnapshotFinished, ReportFinished, RunFinished):
        central.subscribe(kind, note)
    run = begin(central, "classificar_tudo", **QUIET)
    until(lambda: order)

    answers = [
        central.executar_comando_completo(command)
        for command in ("backup_completo", "gerar_relatorio_executivo")
    ]
    run.join(60)
    until(lambda: "RunFinished" in order)

    assert [each["erro"] for each in answers] == [None, None]
    assert order == ["RunStarted", "SnapshotFinished", "ReportFinished", "RunFinished"]
    # It was watched meanwhile; how evenly is for the benchmarks.
    assert len(seen) >= 3


def test_a_long_command_leaves_every_other_call_answering(
    central: Any, configure: Configure, grow: Grow, slowly: None, until: Until
) -> None:
    """Guide: G05."""
    configure(max_threads=2)
    grow(central.library, 60)
    central.executar_comando_completo("status_sistema")
    run = begin(central, "classificar_tudo", **QUIET)
    until(lambda: "classificador" in central.threads_ativas.alive())
    system = central._place.held.running.system
    # From now on none of them answers anybody; the run cannot end.
    held_up = ("classifier", "catalog", "backup", "report", "worker-1", "worker-2")
    for name in held_up:
        system.suspend(name)
    calls: dict[str, Callable[[], object]] = {
        "status": central._obter_status_sistema,
        "threads_ativas": lambda: [
            each.is_alive() for each in central.threads_ativas.values()
        ],
        "metricas": central._coletar_metricas_tempo_real,
        "metricas_tempo_real": lambda: central.metricas_tempo_real,
        "alertas": lambda: central._verificar_alertas({"cpu_usage": 99.0}),
        "componentes": lambda: [each.status for each in central.componentes.values()],
        "status_sistema": lambda: central.executar_comando_completo("status_sistema"),
    }

    answered: list[str] = []

    def call_each() -> None:
        for name, call in calls.items():
            call()
            answered.append(name)

    calling = threading.Thread(target=call_each)
    calling.start()
    # One that waited for any of them would never come back.
    calling.join(60)
    meanwhile = tuple(answered)

    assert run.is_alive()
    for name in held_up:
        system.resume(name)
    run.join(60)
    calling.join(60)
    assert not run.is_alive()
    assert meanwhile == tuple(calls)


def test_everything_starts_by_itself(central: Any, until: Until) -> None:
    """Guide: G09, G24."""
    samples: list[MetricsSampled] = []
    central.subscribe(MetricsSampled, samples.append)
    orquestrador = central
    with pytest.MonkeyPatch.context() as often:
        often.setenv("ORQUESTRADOR_MONITOR__INTERVAL_S", "0.1")
        resultado = orquestrador.executar_comando_completo("classificar_tudo")

    assert resultado["sucesso"], resultado
    assert resultado["backup_realizado"] is True
    state = central.library / ".orquestrador"
    assert list((state / "snapshots" / "refs").rglob("*"))
    written = [Path(each) for each in resultado["relatorios_gerados"]]
    assert {each.suffix for each in written} == {".html", ".json"}
    assert all(each.is_file() for each in written)
    until(lambda: samples)


@pytest.mark.parametrize("wanted", [True, False])
def test_what_a_command_says_goes_before_the_settings(
    central: Any, configure: Configure, *, wanted: bool
) -> None:
    """Guide: G09, G15."""
    configure(auto_backup=not wanted)

    resultado = central.executar_comando_completo(
        "classificar_tudo",
        {"nivel": "completo", "backup_auto": wanted, "gerar_relatorios": wanted},
    )

    assert resultado["sucesso"], resultado
    assert resultado["backup_realizado"] is wanted
    assert bool(resultado["relatorios_gerados"]) is wanted


def test_three_folders_in_three_threads(
    tmp_path: Path,
    grow: Grow,
    slowly: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Guide: G16, G24."""
    monkeypatch.chdir(tmp_path)
    diretorios = [
        "CODIGO_FONTE_LIBRARY/MQL4_Source/All_MQ4",
        "CODIGO_FONTE_LIBRARY/MQL5_Source/All_MQ5",
        "CODIGO_FONTE_LIBRARY/TradingView_Scripts",
        "CODIGO_FONTE_LIBRARY/missing",
    ]
    for number, diretorio in enumerate(diretorios[:3]):
        grow(tmp_path / diretorio, 8 + number)
    answers: dict[str, dict[str, Any]] = {}
    spans: dict[str, tuple[float, float]] = {}

    def processar(diretorio: str) -> None:
        began = time.monotonic()
        answers[diretorio] = processar_diretorio(diretorio)
        spans[diretorio] = (began, time.monotonic())

    threads: list[threading.Thread] = []
    for diretorio in diretorios:
        thread = threading.Thread(target=processar, args=(diretorio,))
        thread.start()
        threads.append(thread)
    for thread in threads:
        thread.join(60)

    done = [answers[each] for each in diretorios[:3]]
    assert [each["erro"] for each in done] == [None] * 3
    assert [each["arquivos_processados"] for each in done] == [8, 9, 10]
    assert "a pasta não existe" in answers[diretorios[3]]["erro"]
    # All were at work before the first had ended.
    times = [spans[each] for each in diretorios[:3]]
    assert max(began for began, _ in times) < min(ended for _, ended in times)
    state = tmp_path / "CODIGO_FONTE_LIBRARY" / ".orquestrador"
    with Catalog(state / "catalog.sqlite3", read_only=True) as catalog:
        paths = [each.path for each in catalog.records()]
    assert len(paths) == len(set(paths)) == 8 + 9 + 10
    OrquestradorCentral(tmp_path).executar_comando_completo("parar_sistema")


def test_several_folders_in_one_call_are_seen_at_work_together(
    central: Any, grow: Grow, slowly: None, until: Until
) -> None:
    """Guide: G16, G24."""
    folders = ["CODIGO_FONTE_LIBRARY/a", "CODIGO_FONTE_LIBRARY/b"]
    for folder in folders:
        grow(central.base_path / folder, 15)
    run = begin(central, "classificar_diretorio", diretorio=folders, **QUIET)
    names = [f"classificador:{folder}" for folder in folders]

    until(lambda: set(names) <= set(central.threads_ativas.alive()))

    run.join(60)
    assert not set(names) & set(central.threads_ativas.alive())


def test_more_than_one_processor_is_used_and_no_handler_holds_the_interpreter(
    central: Any, grow: Grow, configure: Configure
) -> None:
    """Guide: G17."""
    configure(max_threads=2, classification={"batch_bytes": 16384})
    grow(central.library, 1000)
    workers: dict[int, float] = {}
    held: list[float] = []
    over = threading.Event()

    def listen_for_the_interpreter() -> None:
        # How long this process computes without this thread getting its turn.
        while not over.is_set():
            before = time.process_time()
            time.sleep(0.005)
            held.append(time.process_time() - before)

    def watch_processes() -> None:
        while not over.is_set():
            for child in psutil.Process().children():
                try:
                    workers[child.pid] = sum(child.cpu_times()[:2])
                except psutil.Error:
                    continue
            time.sleep(0.05)

    threads = [
        threading.Thread(target=each)
        for each in (listen_for_the_interpreter, watch_processes)
    ]
    for thread in threads:
        thread.start()
    answer = central.executar_comando_completo("classificar_tudo", QUIET)
    over.set()
    for thread in threads:
        thread.join(30)

    assert answer["sucesso"], answer
    busy = [seconds for seconds in workers.values() if seconds > 0.2]
    assert len(busy) >= 2, workers
    # Not the longest ones: then it may have waited for a processor.
    assert statistics.median(held) < 0.1, sorted(held)[-5:]


def test_the_orchestrator_coordinates_what_follows_what(
    central: Any, until: Until
) -> None:
    """Guide: G24."""
    order: list[str] = []

    def note(event: object) -> None:
        order.append(type(event).__name__)

    for kind in (FilesClassified, RunFinished, SnapshotFinished, ReportFinished):
        central.subscribe(kind, note)

    assert central.executar_comando_completo("classificar_tudo")["sucesso"]

    until(lambda: order[-1:] == ["ReportFinished"])
    assert order[0] == "FilesClassified"
    assert order[-3:] == ["RunFinished", "SnapshotFinished", "ReportFinished"]


@pytest.mark.parametrize("workers", [1, 3])
def test_resources_are_limited_as_the_settings_say(
    central: Any, configure: Configure, grow: Grow, slowly: None, *, workers: int
) -> None:
    """Guide: G10, G24."""
    configure(max_threads=workers, classification={"batch_bytes": 2048})
    grow(central.library, 20)
    earlier = set(psutil.Process().children())

    assert central.executar_comando_completo("classificar_tudo", QUIET)["sucesso"]

    names = [each.name for each in central._place.standing().actors]
    assert sum(name.startswith("worker-") for name in names) == workers
    assert 1 <= len(set(psutil.Process().children()) - earlier) <= workers
