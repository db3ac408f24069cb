"""The guide's monitor, by the guide's names."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

import orquestrador
import orquestrador_central
from orquestrador.catalog import Catalog
from orquestrador.interface.guide.monitor import MonitorTempoReal

Configure = Callable[..., None]
Until = Callable[[Callable[[], object]], None]

QUIET = {"backup_auto": False, "gerar_relatorios": False}


@pytest.fixture(autouse=True)
def often(configure: Configure) -> None:
    configure(intervalo_monitoramento=0.3, processamento_paralelo=False)


@pytest.fixture
def classified(central: Any) -> Iterator[Any]:
    assert central.executar_comando_completo("classificar_tudo", QUIET)["sucesso"]
    yield central
    central.componentes["monitor"].parar()


def test_it_is_importable_and_starts_nothing() -> None:
    threads = set(threading.enumerate())

    assert orquestrador.MonitorTempoReal is MonitorTempoReal
    assert orquestrador_central.MonitorTempoReal is MonitorTempoReal
    assert MonitorTempoReal().metricas_tempo_real == {}
    assert set(threading.enumerate()) <= threads


def test_the_guide_s_loop_measures_and_verifies(
    classified: Any,
) -> None:
    """Guide: G03."""
    orquestrador = classified
    duracao, inicio, voltas = 0.5, time.time(), 0
    while time.time() - inicio < duracao:
        metricas = orquestrador._coletar_metricas_tempo_real()
        alertas = orquestrador._verificar_alertas(metricas)
        voltas += 1

        assert {each["alerta"] for each in alertas} <= {"cpu_percent", "disk_percent"}
    assert voltas >= 1


def test_the_thread_samples_at_the_interval_and_ends_on_time(
    classified: Any, until: Until
) -> None:
    """Guide: G03."""
    seen: list[object] = []
    classified.componentes["monitor"].add_update_callback(seen.append)
    began = time.monotonic()

    classified._thread_monitoramento(1.5)

    assert time.monotonic() - began > 1.4
    # A busy machine may cost some of five.
    until(lambda: len(seen) >= 2)
    assert len(seen) <= 6


def test_the_thread_ends_on_a_stop(classified: Any) -> None:
    """Guide: G03."""
    monitor = classified.componentes["monitor"]
    seen = threading.Event()

    def note(_metrics: object) -> None:
        seen.set()

    monitor.add_update_callback(note)
    thread = threading.Thread(target=classified._thread_monitoramento, args=(600,))
    thread.start()
    assert seen.wait(30)
    assert "monitor" in classified.metricas_tempo_real["threads_ativas"]

    monitor.parar()

    thread.join(30)
    assert not thread.is_alive()


@pytest.mark.parametrize(
    ("values", "alerts"),
    [
        ({"cpu_usage": 89.0, "memory_usage": 91.0, "success_rate": 90.1}, []),
        ({"cpu_usage": 90.0}, ["cpu_percent"]),
        (
            {"memory_usage": 99, "success_rate": 12.5},
            ["memory_percent", "success_percent"],
        ),
        ({"disk_usage": 96.0, "anything": "else"}, ["disk_percent"]),
        ({}, []),
    ],
)
def test_alerts_are_verified_on_the_metrics_given(
    central: Any, values: dict[str, Any], alerts: list[str]
) -> None:
    """Guide: G03."""
    found = central._verificar_alertas(values)

    assert [each["alerta"] for each in found] == alerts
    for each in found:
        assert set(each) == {"alerta", "assunto", "valor", "limite", "mensagem"}


def test_the_settings_limits_hold(base: Path, central: Any) -> None:
    """Guide: G03."""
    place = base / "Development" / "config" / "orquestrador.json"
    limit = {"alerts": {"cpu_percent": {"raise_at": 20, "clear_at": 10}}}
    place.write_text(json.dumps(limit), encoding="utf-8")

    (found,) = central._verificar_alertas({"cpu_usage": 23.1})

    assert (found["alerta"], found["limite"]) == ("cpu_percent", 20)


def test_the_five_metrics_are_right(classified: Any) -> None:
    """Guide: G14."""
    classified.executar_comando_completo("parar_sistema")
    metrics = classified._coletar_metricas_tempo_real()
    state = classified.library / ".orquestrador"
    with Catalog(state / "catalog.sqlite3", read_only=True) as catalog:
        summary = catalog.summary()
    unread = sum(each.files for each in summary.unread if "not read" not in each.code)
    done = summary.files - summary.pending - sum(each.files for each in summary.unread)

    assert metrics["threads_ativas"] == []
    assert metrics["files_processed"] == done + unread > 60
    assert metrics["success_rate"] == pytest.approx(100 * done / (done + unread))
    memory = psutil.virtual_memory().percent
    assert metrics["memory_usage"] == pytest.approx(memory, abs=5)
    assert 0 <= metrics["cpu_usage"] <= 100
    resident = psutil.Process().memory_info().rss / 2**20
    assert metrics["process_memory_mb"] == pytest.approx(resident, rel=0.1)
    assert metrics["process_cpu"] >= 0
    assert classified.metricas_tempo_real == metrics
    assert json.loads(json.dumps(metrics)) == metrics


def test_before_the_first_file_the_metrics_say_so(central: Any) -> None:
    """Guide: G14."""
    metrics = central._coletar_metricas_tempo_real()

    assert (metrics["files_processed"], metrics["success_rate"]) == (0, 100.0)
    assert not (central.library / ".orquestrador").exists()


def test_a_command_is_watched_while_it_runs(central: Any, until: Until) -> None:
    """Guide: G14."""
    seen: list[dict[str, Any]] = []
    statuses: list[str] = []
    monitor = central.componentes["monitor"]
    monitor.add_update_callback(seen.append)
    monitor.add_status_callback(statuses.append)
    assert central.executar_comando_completo("classificar_tudo", QUIET)["sucesso"]

    now = central._coletar_metricas_tempo_real()
    central.executar_comando_completo("parar_sistema")

    until(lambda: len(statuses) == 4)
    assert statuses == ["iniciando", "executando", "finalizando", "parado"]
    names = ["classificador", "monitor", "backup", "relatorios"]
    assert now["threads_ativas"] == names
    assert now in seen


def test_a_callback_that_raises_harms_nobody(
    classified: Any, until: Until, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[Any] = []
    monitor = classified.componentes["monitor"]

    def fail(metrics: dict[str, Any]) -> object:
        return metrics["no such key"]

    monitor.add_update_callback(fail)
    monitor.add_update_callback(heard.append)

    classified._coletar_metricas_tempo_real()
    classified._coletar_metricas_tempo_real()

    until(lambda: len(heard) == 2)
    assert "A subscriber to" in caplog.text


def test_the_command_answers_with_the_last_metrics(
    classified: Any,
) -> None:
    """Guide: G03."""
    answer = classified.executar_comando_completo(
        "monitorar_tempo_real", {"duracao": 0.7}
    )

    assert answer["sucesso"] is True
    assert answer["amostras"] == 3
    assert answer["metricas"]["files_processed"] > 60
    assert isinstance(answer["alertas"], list)


@pytest.mark.usefixtures("slowly")
@pytest.mark.parametrize("watched", [True, False])
def test_monitoring_can_be_left_out(
    configure: Configure, central: Any, *, watched: bool
) -> None:
    configure(intervalo_monitoramento=0.1)
    seen: list[Any] = []
    monitor = central.componentes["monitor"]
    monitor.add_update_callback(seen.append)
    parameters = {"diretorio": "CODIGO_FONTE_LIBRARY/Experts", **QUIET}
    parameters |= {"monitoramento": watched}

    done = central.executar_comando_completo("classificar_diretorio", parameters)

    assert done["sucesso"], done
    central._place.held.running.system.events.flush(30)
    central._place.events.flush(30)
    assert bool(seen) is watched


def test_a_stop_of_the_system_ends_the_watching(central: Any) -> None:
    """Guide: G03."""
    thread = threading.Thread(target=central._thread_monitoramento, args=(600,))
    thread.start()
    central.executar_comando_completo("monitorar_tempo_real")

    central.executar_comando_completo("parar_sistema")

    thread.join(30)
    assert not thread.is_alive()
