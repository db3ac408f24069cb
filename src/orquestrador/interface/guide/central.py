"""`OrquestradorCentral`, the guide's controller of everything.

Every command answers with a plain dictionary that is ready for JSON and raises
nothing of its own: an error is `sucesso: false` and a sentence under `erro`.
"""

import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from orquestrador.catalog import Catalog
from orquestrador.errors import CatalogError
from orquestrador.interface import demo_library
from orquestrador.interface.guide.answers import Answer, answer_to, failure, now
from orquestrador.interface.guide.components import (
    AutoBackupIntegration,
    ClassificadorLoteAvancado,
    GeradorRelatoriosAvancados,
)
from orquestrador.interface.guide.last_log import last_line
from orquestrador.interface.guide.monitor import Metrics, MonitorTempoReal
from orquestrador.interface.guide.parameters import Parameters
from orquestrador.interface.guide.place import Place
from orquestrador.interface.guide.threads import ActiveThreads
from orquestrador.messages import Message
from orquestrador.running import find

M = TypeVar("M", bound=Message)

_COMPONENTS = {
    "classificador": "classifier",
    "monitor": "monitor",
    "relatorios": "report",
    "backup": "backup",
}
"""The actor of each component."""

_METRICS_S = 0.02
"""A status has to be there within 50 ms, whatever the monitor is doing."""


class OrquestradorCentral:
    """The guide's controller of everything; starts nothing until it is used.

    The first command that needs the library's system starts it, the next ones find
    it running. It ends with `parar_sistema`, when nobody has an object of the guide
    for this library any more, and with the interpreter. Where another process runs
    it, the commands go there.

    Args:
        base_path: the folder that holds `CODIGO_FONTE_LIBRARY` (where it has no such
            folder, it is the library itself) and `Development/config/`.

    """

    def __init__(self, base_path: str | os.PathLike[str] = ".") -> None:
        self._place = Place.of(base_path)
        self.base_path = self._place.base_path
        self._classifier = ClassificadorLoteAvancado(self._place)
        self._monitor = MonitorTempoReal(self._place)
        self._report = GeradorRelatoriosAvancados(self._place)
        self._backup = AutoBackupIntegration(self._place)
        self.componentes: dict[str, Any] = {
            "classificador": self._classifier,
            "monitor": self._monitor,
            "relatorios": self._report,
            "backup": self._backup,
        }
        """The guide's components, by their Portuguese names."""

    @property
    def library(self) -> Path:
        """The library's folder."""
        return self._place.library

    @property
    def threads_ativas(self) -> ActiveThreads:
        """What is at work on the library in this process; see `ActiveThreads`."""
        return self._place.held.threads

    @property
    def metricas_tempo_real(self) -> Metrics:
        """What was measured last; see `_coletar_metricas_tempo_real`."""
        return self._monitor.metricas_tempo_real

    def subscribe(self, event: type[M], callback: Callable[[M], object]) -> None:
        """Call `callback` with every event of this type, on the callbacks' thread."""
        self._place.subscribe(event, callback)

    def executar_comando_completo(
        self, comando: str, parametros: Mapping[str, Any] | None = None
    ) -> Answer:
        """Run one command of the guide and wait for its end, or its time limit.

        It may be called from several threads at once, and blocks only its caller.

        Args:
            comando: `classificar_tudo`, `classificar_diretorio`, `backup_completo`,
                `gerar_relatorio_executivo`, `monitorar_tempo_real`,
                `status_sistema`, `parar_sistema` or `demo_completo`.
            parametros: by name: `nivel` (`completo`, `rapido`), `backup_auto`,
                `monitoramento`, `gerar_relatorios`, `timeout` (seconds), `diretorio`
                (one or a list), `formatos` (list), `duracao` (seconds).

        Returns:
            `sucesso`, `erro`, `inicio`, `fim`, `timestamp` (ISO 8601),
            `arquivos_processados`, `arquivos_classificados`, `erros`,
            `diretorios_processados`, `relatorios_gerados`, `backup_realizado`, and
            what the command adds.

        """
        return answer_to(
            comando, parametros, lambda checked: self._do(comando, checked)
        )

    def _do(self, command: str, parameters: Parameters) -> Answer:  # noqa: PLR0911 -- one a command
        match command:
            case "classificar_tudo":
                return self._classifier.do_all(parameters)
            case "classificar_diretorio":
                return self._classifier.do_folders(parameters)
            case "gerar_relatorio_executivo":
                return self._report.do_report(parameters)
            case "backup_completo":
                return self._backup.do_backup(parameters)
            case "monitorar_tempo_real":
                return self._watch(parameters)
            case "parar_sistema":
                return self._stop(parameters)
            case "demo_completo":
                return _demonstrate(parameters)
            case _:
                return self._obter_status_sistema() | {"resumo": self._summary()}

    # -- the guide's inner names ---------------------------------------------------

    def _obter_status_sistema(self) -> Answer:
        """Say how the system is, ready for JSON; waits for no command.

        Returns:
            `status` (`parado`, `iniciando`, `executando`, `pausado`, `finalizando`,
            `erro`), `componentes` (each `ativo`, `reiniciando`, `inativo` or `erro`),
            `threads_ativas` (list of the names that are alive),
            `metricas_tempo_real`, `ultimo_log`, `timestamp` (ISO 8601).

        """
        standing = self._place.standing()
        components = {
            name: self._place.status_of(actor, standing)
            for name, actor in _COMPONENTS.items()
        }
        alive = self.threads_ativas.alive()
        running = [name for name, state in components.items() if state == "ativo"]
        return {
            "status": standing.status,
            "componentes": components,
            "threads_ativas": list(dict.fromkeys([*alive, *running])),
            "metricas_tempo_real": self._monitor.now(_METRICS_S),
            "ultimo_log": last_line(self._place.held.state / "log"),
            "timestamp": now(),
        }

    def _coletar_metricas_tempo_real(self) -> Metrics:
        """Measure now: the system under way, or else the machine and the catalog.

        Returns:
            `threads_ativas` (list of names), `files_processed`, `success_rate`,
            `memory_usage`, `cpu_usage` and `disk_usage` (percent, 0 to 100), the
            program's own `process_memory_mb` and `process_cpu`, `alertas` (those
            that fire), `timestamp` (ISO 8601).

        """
        return self._monitor.coletar_metricas()

    def _verificar_alertas(self, metricas: Mapping[str, Any]) -> list[Answer]:
        """Return the alerts that fire by these metrics; see `MonitorTempoReal`."""
        return self._monitor.verificar_alertas(metricas)

    def _thread_monitoramento(self, duracao: float) -> None:
        """Measure at the settings' interval for `duracao` seconds, or until a stop."""
        self._monitor.monitorar(duracao)

    # -- commands of its own -------------------------------------------------------

    def _watch(self, parameters: Parameters) -> Answer:
        samples = self._monitor.monitorar(parameters.get("duracao", 0.0))
        metrics = self.metricas_tempo_real
        return {
            "amostras": samples,
            "metricas": metrics,
            "alertas": self._monitor.verificar_alertas(metrics),
        }

    def _stop(self, parameters: Parameters) -> Answer:
        limit = self._place.limit(parameters)
        held = self._place.held
        if held.stop(limit):
            return {"parado": True}
        elsewhere = find(held.library, held.state)
        if elsewhere is None:
            return {"parado": False, "mensagem": "nenhum sistema estava em execução"}
        with elsewhere:
            elsewhere.stop(timeout=limit.left())
        return {"parado": True, "processo": elsewhere.pid}

    def _summary(self) -> Answer | None:
        """Return the catalog in figures; None before the first run."""
        path = self._place.held.state / "catalog.sqlite3"
        try:
            with Catalog(path, read_only=True) as catalog:
                summary: Answer = msgspec.to_builtins(catalog.summary())
        except CatalogError:
            return None
        return summary


def _demonstrate(parameters: Parameters) -> Answer:
    """Show every command on a small library of examples, in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="orquestrador-demo-") as folder:
        base = Path(folder) / "demo"
        demo_library.write(base)
        central = OrquestradorCentral(base)
        given = {"timeout": parameters["timeout"]} if "timeout" in parameters else {}
        steps = {
            command: central.executar_comando_completo(command, given)
            for command in (
                "classificar_tudo",
                "status_sistema",
                "gerar_relatorio_executivo",
                "backup_completo",
                "parar_sistema",
            )
        }
    first = steps["classificar_tudo"]
    problems = [
        f"{command}: {step['erro']}"
        for command, step in steps.items()
        if not step["sucesso"]
    ]
    return {
        "passos": list(steps.values()),
        "arquivos_processados": first["arquivos_processados"],
        "arquivos_classificados": first["arquivos_classificados"],
        "backup_realizado": first["backup_realizado"],
    } | (failure("; ".join(problems)) if problems else {})
