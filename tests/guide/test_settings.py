"""The guide's settings and limits: each one is in force."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from orquestrador import (
    INTERVALO_MONITORAMENTO,
    MAX_THREADS,
    TIMEOUT_OPERACOES,
    OrquestradorCentral,
)
from orquestrador.messages.monitor import MetricsSampled

Configure = Callable[..., None]
Grow = Callable[..., None]
Until = Callable[[Callable[[], object]], None]

QUIET = {"backup_auto": False, "gerar_relatorios": False}
GUIDE = {
    "max_threads": 4,
    "auto_backup": True,
    "intervalo_relatorios": 300,
    "monitoramento_tempo_real": True,
    "processamento_paralelo": True,
}
"""As it stands in the guide."""


def test_the_guide_s_own_file_is_right(
    base: Path, configure: Configure, central: Any
) -> None:
    """Guide: G10."""
    configure(**GUIDE)

    settings = central._place.settings()

    assert settings.classification.workers == 4
    assert settings.classification.engine == "processes"
    assert settings.backup.automatic is True
    assert settings.report.interval_s == 300
    assert settings.monitor.enabled is True
    answer = central.executar_comando_completo("classificar_tudo")
    assert answer["sucesso"], answer
    assert answer["backup_realizado"] is True


def test_auto_backup_alone(configure: Configure, central: Any) -> None:
    """Guide: G10."""
    configure(**GUIDE | {"auto_backup": False})

    answer = central.executar_comando_completo("classificar_tudo")

    assert answer["sucesso"], answer
    assert answer["backup_realizado"] is False
    assert answer["relatorios_gerados"]


def test_intervalo_relatorios_alone(
    configure: Configure, central: Any, grow: Grow, slowly: None, until: Until
) -> None:
    """Guide: G10, G24."""
    configure(**GUIDE | {"intervalo_relatorios": 1, "max_threads": 1})
    grow(central.library, 20)
    reports = central.library / ".orquestrador" / "reports"
    run = threading.Thread(
        target=central.executar_comando_completo, args=("classificar_tudo", QUIET)
    )
    run.start()

    until(lambda: list(reports.glob("*")))

    assert run.is_alive(), "it was to be written in the middle of the run"
    run.join(60)


def test_processamento_paralelo_alone(configure: Configure, central: Any) -> None:
    """Guide: G10."""
    configure(**GUIDE | {"processamento_paralelo": False})
    before = set(psutil.Process().children())

    answer = central.executar_comando_completo("classificar_tudo", QUIET)

    assert answer["sucesso"], answer
    assert answer["arquivos_classificados"] > 60
    assert set(psutil.Process().children()) <= before


@pytest.mark.parametrize("wanted", [True, False])
def test_monitoramento_tempo_real_alone(
    configure: Configure, central: Any, slowly: None, *, wanted: bool
) -> None:
    """Guide: G10."""
    configure(
        **GUIDE | {"monitoramento_tempo_real": wanted}, intervalo_monitoramento=0.2
    )
    samples: list[MetricsSampled] = []
    central.subscribe(MetricsSampled, samples.append)

    assert central.executar_comando_completo("classificar_tudo", QUIET)["sucesso"]

    central._place.held.running.system.events.flush(30)
    central._place.events.flush(30)
    assert bool(samples) is wanted
    assert central._coletar_metricas_tempo_real()["files_processed"] > 60


def test_the_limits_are_the_guide_s_and_in_force(central: Any) -> None:
    """Guide: G11."""
    assert (MAX_THREADS, TIMEOUT_OPERACOES, INTERVALO_MONITORAMENTO) == (4, 3600, 30)
    settings = central._place.settings()
    assert 1 <= settings.classification.workers <= MAX_THREADS
    assert central._place.limit({}).seconds == TIMEOUT_OPERACOES
    assert settings.monitor.interval_s == INTERVALO_MONITORAMENTO


def test_no_more_workers_than_the_limit_on_a_large_machine(
    central: Any, monkeypatch: pytest.MonkeyPatch, configure: Configure
) -> None:
    """Guide: G11."""
    monkeypatch.setattr("orquestrador.config.sections._processors", lambda: 64)

    assert central._place.settings().classification.workers == MAX_THREADS
    configure(max_threads=6)
    assert central._place.settings().classification.workers == 6


def test_the_interval_is_in_force(central: Any, configure: Configure) -> None:
    """Guide: G11."""
    configure(intervalo_monitoramento=0.2)

    answer = central.executar_comando_completo("monitorar_tempo_real", {"duracao": 1.2})

    # A busy machine may cost all but two.
    assert 2 <= answer["amostras"] <= 7


# -- config show, config check ---------------------------------------------------------


def config(base: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [
            *(sys.executable, "-m", "orquestrador", "--library", str(base)),
            *("--lang", "en", *arguments),
        ],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def test_show_says_each_value_where_it_comes_from_and_what_it_does(
    base: Path, configure: Configure
) -> None:
    """Guide: G27."""
    configure(**GUIDE | {"max_threads": 3})

    ended = config(base, "--json", "config", "show")

    shown = {each["name"]: each for each in json.loads(ended.stdout)}
    workers = shown["classification.workers"]
    assert workers["value"] == 3
    assert workers["guide_name"] == "max_threads"
    assert "orquestrador.json" in workers["origin"]
    assert shown["monitor.interval_s"]["origin"] == "default"
    for each in shown.values():
        assert each["meaning"]
        assert each["allowed"]
    guide_names = {each["guide_name"] for each in shown.values()}
    assert set(GUIDE) <= guide_names


@pytest.mark.parametrize(
    ("place", "text", "said"),
    [
        ("library", '{"max_thread": 4}', ["max_thread", "max_threads"]),
        ("guide", '{"max_threads": "four"}', ["max_threads", "whole number"]),
        ("guide", '{"max_threads": 1000}', ["max_threads", "64"]),
        ("guide", '{"auto_backup": "yes"}', ["auto_backup", "true or false"]),
        ("guide", '{"pasta": "C:\\Users"}', ["C:/Users"]),
        ("guide", "{", ["orquestrador.json"]),
    ],
)
def test_check_finds_each_kind_of_mistake(
    base: Path, place: str, text: str, said: list[str]
) -> None:
    """Guide: G27."""
    folder = base if place == "library" else base / "Development" / "config"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "orquestrador.json").write_text(text, encoding="utf-8")

    ended = config(base, "config", "check")

    assert ended.returncode == 2, ended
    for words in said:
        assert words in ended.stderr, ended.stderr


def test_an_unknown_key_in_the_guide_s_place_is_one_warning(
    base: Path, configure: Configure
) -> None:
    """Guide: G27."""
    configure(**GUIDE, cor_favorita="azul")

    ended = config(base, "config", "check")

    assert ended.returncode == 0, ended.stderr
    assert ended.stderr.count("cor_favorita") == 1
    answer = OrquestradorCentral(base).executar_comando_completo("status_sistema")
    assert answer["sucesso"], answer


# -- the same numbers on the screen ----------------------------------------------------


def test_monitor_shows_the_five_metrics(central: Any) -> None:
    """Guide: G26."""
    central.executar_comando_completo("classificar_tudo", QUIET)
    shown = config(central.library, "--json", "monitor", "--once")
    metrics = central._coletar_metricas_tempo_real()

    document = json.loads(shown.stdout)["metrics"]
    library = document["library"]
    done = library["classified"] + library["failed"]
    assert done == metrics["files_processed"] > 60
    assert library["success_percent"] == pytest.approx(metrics["success_rate"])
    assert document["memory_percent"] == pytest.approx(metrics["memory_usage"], abs=5)
    assert 0 <= document["cpu_percent"] <= 100
    alive = {each["name"] for each in document["actors"] if each["state"] == "running"}
    assert {"classifier", "monitor", "backup", "report"} <= alive
    assert len(metrics["threads_ativas"]) == 4
