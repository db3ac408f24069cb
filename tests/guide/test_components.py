"""The guide's components alone and together, and its callbacks."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orquestrador import (
    AutoBackupIntegration,
    ClassificadorLoteAvancado,
    GeradorRelatoriosAvancados,
    MonitorTempoReal,
)
from orquestrador.errors import RunFailedError
from orquestrador.messages.run import FilesClassified, RunFinished
from orquestrador.supervisor import ChildFailed, ChildStarted

Until = Callable[[Callable[[], object]], None]

QUIET = {"backup_auto": False, "gerar_relatorios": False}


@pytest.fixture
def componentes(base: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return the four of the guide, made as the guide makes them."""
    monkeypatch.chdir(base)
    return {
        "classificador": ClassificadorLoteAvancado(),
        "monitor": MonitorTempoReal(),
        "relatorios": GeradorRelatoriosAvancados(),
        "backup": AutoBackupIntegration(),
    }


def test_each_works_alone(componentes: dict[str, Any]) -> None:
    """Guide: G04."""
    backup = componentes["backup"].backup_completo()
    metrics = componentes["monitor"].coletar_metricas()
    done = componentes["classificador"].classificar_tudo(QUIET)
    report = componentes["relatorios"].gerar_relatorio_executivo()

    assert backup["sucesso"], backup
    assert backup["arquivos_copiados"] > 60
    assert metrics["files_processed"] == 0
    assert done["sucesso"], done
    assert done["arquivos_processados"] > 60
    assert all(Path(each).is_file() for each in report["relatorios"])


def test_they_work_together_and_keep_their_own_state(
    componentes: dict[str, Any],
) -> None:
    """Guide: G04."""
    calls = {
        "classificador": (componentes["classificador"].classificar_tudo, (QUIET,)),
        "relatorios": (componentes["relatorios"].gerar_relatorio_executivo, ()),
        "backup": (componentes["backup"].backup_completo, ()),
        "monitor": (componentes["monitor"].monitorar, (0.5,)),
    }
    threads = [
        threading.Thread(target=call, args=given) for call, given in calls.values()
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    kept = {
        name: componentes[name].ultimo_resultado for name in calls if name != "monitor"
    }
    assert kept["classificador"]["arquivos_processados"] > 60
    assert kept["backup"]["backup_realizado"] is True
    assert kept["relatorios"]["relatorios"]
    assert componentes["monitor"].metricas_tempo_real["memory_usage"] > 0
    assert {each.status for each in componentes.values()} == {"ativo"}


def test_a_crash_of_one_is_not_seen_by_the_others(
    central: Any, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guide: G04, G24."""
    crashed = threading.Event()

    def fail(*_given: object) -> None:
        crashed.set()
        raise RuntimeError("a bug in the monitor")

    central.executar_comando_completo("status_sistema")
    failed: list[ChildFailed] = []
    started: list[ChildStarted] = []
    central.subscribe(ChildFailed, failed.append)
    central.subscribe(ChildStarted, started.append)
    with monkeypatch.context() as broken:
        broken.setattr("orquestrador.actors.monitor.Monitor.sample", fail)
        central.executar_comando_completo("backup_completo")
        running = central._place.held.running
        with pytest.raises(RunFailedError, match="a bug in the monitor"):
            running.metrics()
        assert crashed.is_set()

    answers = [
        central.executar_comando_completo(command)
        for command in ("classificar_tudo", "gerar_relatorio_executivo")
    ]

    assert [each["erro"] for each in answers] == [None, None]
    until(lambda: failed and any(each.incarnation > 1 for each in started))
    assert {each.child for each in failed} == {"monitor"}
    assert {each.child for each in started if each.incarnation > 1} == {"monitor"}
    assert central._coletar_metricas_tempo_real()["files_processed"] > 60


# -- callbacks -------------------------------------------------------------------------


def test_progress_is_told_in_words_and_percent(
    central: Any, until: Until, slowly: None
) -> None:
    """Guide: G06."""
    told: list[tuple[str, float]] = []
    threads: set[str] = set()

    def note(mensagem: str, percentual: float) -> None:
        told.append((mensagem, percentual))
        threads.add(threading.current_thread().name)

    central.componentes["classificador"].set_progress_callback(note)

    def note_thread(_status: str) -> None:
        threads.add(threading.current_thread().name)

    central.componentes["monitor"].add_status_callback(note_thread)

    answer = central.executar_comando_completo("classificar_tudo", QUIET)

    until(lambda: told and told[-1][1] == 100)
    percents = [percent for _, percent in told]
    assert percents == sorted(percents)
    assert 0 <= percents[0] < percents[-1]
    assert f"de {answer['arquivos_processados']} arquivos" in told[-1][0]
    assert len(threads) == 1


def test_a_raising_callback_is_logged_and_kept(
    central: Any, until: Until, caplog: pytest.LogCaptureFixture
) -> None:
    """Guide: G06."""
    calls: list[str] = []

    def fail(status: str) -> None:
        calls.append(status)
        raise ValueError("a bug of the user's")

    central.componentes["monitor"].add_status_callback(fail)
    answer = central.executar_comando_completo("classificar_tudo", QUIET)
    central.executar_comando_completo("parar_sistema")

    assert answer["sucesso"]
    until(lambda: calls[-1:] == ["parado"])
    assert calls == ["iniciando", "executando", "finalizando", "parado"]
    assert "a bug of the user's" in caplog.text


def test_a_slow_callback_delays_nothing_but_later_callbacks(central: Any) -> None:
    """Guide: G06."""
    hold, entered = threading.Event(), threading.Event()
    finished: list[RunFinished] = []

    def wait(_event: FilesClassified) -> None:
        entered.set()
        hold.wait(60)

    central.subscribe(FilesClassified, wait)
    central.subscribe(RunFinished, finished.append)

    answer = central.executar_comando_completo("classificar_tudo")

    assert answer["sucesso"], answer
    assert entered.wait(30)
    assert finished == []
    assert central.executar_comando_completo("backup_completo")["sucesso"]
    hold.set()
    limit = time.monotonic() + 30
    while not finished:
        assert time.monotonic() < limit
        time.sleep(0.01)
